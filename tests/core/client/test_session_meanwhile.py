"""What happens between two steps of a session counts: while its disk is slow, and while a question is under way."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import msgspec
import pytest
import trio
from coachline_core.client.channel import OUTSTANDING
from coachline_core.client.errors import Refused, SignedOut
from coachline_core.client.secrets import FileSecrets
from coachline_core.client.session import Session
from coachline_core.client.values import ConnectionChanged, ConnectionState
from coachline_core.runtime.executor import InlineExecutor
from coachline_protocol import limits, ops
from coachline_protocol.codes import CloseCode, RefusalCode
from coachline_protocol.connection import Asked
from coachline_protocol.rows import Consent, Member, Relationship, StreamId, Window
from support.client_world import MAYA, ME, STREAM, TALK, World, cached, synced, until
from support.scripted_server import Visit, ignore, refuse
from trio.testing import MockClock

T = TypeVar("T")

TURNS = pytest.mark.parametrize("turn", range(6))
"""Which of two tasks that were woken together goes first is a matter of chance."""
SLOW = 0.2
"""Seconds that a slow disk takes before and after what it does."""


def slow_disk() -> InlineExecutor:
    return InlineExecutor(lambda: SLOW)


@TURNS
async def test_what_is_looked_at_last_is_said_last(turn: int, autojump_clock: MockClock, world: World) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        called: list[bytes | None] = []

        async def look(viewed: bytes | None) -> None:
            called.append(viewed)
            await session.view(viewed)

        async with trio.open_nursery() as nursery:
            for viewed in (TALK, MAYA, None):
                nursery.start_soon(look, viewed)
        await trio.sleep(1)
        assert world.server.asked(ops.ConversationView) == [ops.ConversationView(conversation=one) for one in called]


async def test_what_was_given_up_is_not_said(autojump_clock: MockClock, world: World) -> None:
    """Its time to be said again comes while the disk is about to hear that it was given up."""
    world.server.script(ops.MessagePost, refuse(RefusalCode.RATE_LIMITED, 5_000))
    async with world.serving(), world.session(executor=slow_disk()) as session:
        await synced(session)
        id = await session.post(TALK, "no, rather not")
        await until(session, lambda: session.waiting()[0].refusal is not None)
        await trio.sleep(5 - 3 * SLOW)  # to write that down took it twice that
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.set_draft, TALK, "something for the disk to do")
            await trio.sleep(SLOW / 2)
            await session.discard(id)
        await trio.sleep(10)
        assert (len(world.server.asked(ops.MessagePost)), session.waiting()) == (1, ())


async def test_what_was_told_before_a_cut_is_not_shown_after_it(autojump_clock: MockClock, world: World) -> None:
    """Events wait for the disk, and the connection ends meanwhile: nobody is known to be here or to look any more."""
    async with world.serving(), world.session(executor=slow_disk()) as session:
        await synced(session)
        await trio.sleep(5)
        world.server.say(TALK, MAYA, "something for the disk to do")
        await trio.sleep(SLOW / 2)
        world.server.tell("presence", ops.Presence(person=MAYA, state="online"))
        world.server.tell("viewing", ops.Viewing(conversation=TALK, people=(MAYA,)))
        await trio.sleep(SLOW / 2)
        world.server.cut()
        await trio.sleep(10)
        assert session.connection.synced
        assert (session.presence(MAYA), session.viewing_in(TALK)) == (None, ())


async def test_it_comes_back_when_the_server_says_however_slow_the_disk_is(
    autojump_clock: MockClock, world: World
) -> None:
    async with world.serving(), world.session(executor=slow_disk()) as session:
        await synced(session)
        await trio.sleep(5)
        world.server.say(TALK, MAYA, "something for the disk to do")
        await trio.sleep(SLOW / 2)
        world.server.tell("closing", ops.Closing(retry_after_ms=60_000))
        await trio.sleep(0.05)
        for visit in world.server.visits:
            visit.close(CloseCode.DRAINING)
        await until(session, lambda: session.connection.retry_in is not None)
        assert session.connection.retry_in is not None
        assert session.connection.retry_in >= 60


@asynccontextmanager
async def signing_out(world: World, meanwhile: Callable[[Session], Awaitable[None]]) -> AsyncIterator[Session]:
    """A session that has been signed out on a slow disk, while something was done again and again."""
    async with (
        world.serving(),
        world.session(executor=slow_disk()) as session,
        trio.open_nursery() as nursery,
    ):
        await synced(session)
        nursery.start_soon(session.sign_out)
        while session.person is not None:
            nursery.start_soon(meanwhile, session)
            await trio.sleep(SLOW / 4)
        yield session


async def test_a_draft_written_while_somebody_signs_out_does_not_stay(autojump_clock: MockClock, world: World) -> None:
    async def write(session: Session) -> None:
        await session.set_draft(TALK, "only for us two")

    async with signing_out(world, write) as session:
        await session.set_draft(TALK, "only for us two")
        await trio.sleep(20)
        assert session.draft(TALK) == ""
    cache = world.cache()
    assert cache.load().drafts == {}
    cache.close()


async def test_what_is_given_while_somebody_signs_out_is_not_left_for_the_next_one(
    autojump_clock: MockClock, world: World
) -> None:
    refused = 0

    async def remove_a_template(session: Session) -> None:
        nonlocal refused
        try:
            await session.remove_template(MAYA)
        except SignedOut:
            refused += 1

    async with signing_out(world, remove_a_template) as session:
        await trio.sleep(20)
        assert refused
        assert session.waiting() == ()
    cache = world.cache()
    assert cache.load().outbox == ()
    cache.close()


async def test_what_somebody_asked_before_he_signed_out_is_not_asked_for_the_next_one(
    autojump_clock: MockClock, world: World
) -> None:
    async with world.session() as session, trio.open_nursery() as nursery:
        async with world.serving():
            await synced(session)
        outcome: list[type[Exception]] = []

        async def rename() -> None:
            try:
                await session.set_profile(display_name="Somebody else")
            except (SignedOut, Refused) as error:
                outcome.append(type(error))

        nursery.start_soon(rename)
        await trio.sleep(1)
        await session.sign_out()
        world.server.script(ops.ProfileSet, ignore)
        async with world.serving():
            await session.sign_in("ben", "password", "phone")
            await synced(session)
            await trio.sleep(30)
        assert (outcome, world.server.asked(ops.ProfileSet)) == ([SignedOut], [])


async def test_whom_i_may_not_know_any_more_is_not_brought_back_by_an_answer_from_before(
    autojump_clock: MockClock, world: World
) -> None:
    """The server looks who is here, and answers after it has told that we are not related any more."""
    held: list[tuple[Visit, Asked]] = []

    def hold(visit: Visit, asked: Asked) -> bool:
        held.append((visit, asked))
        return True

    mine = StreamId("record", ME)
    related = Relationship(rev=0, trainer=MAYA, client=ME, state="active", since=1, consent=Consent())
    world.server.put(mine, lambda rev: msgspec.structs.replace(related, rev=rev))
    world.server.script(ops.PresenceQuery, hold)
    async with world.serving(), world.session() as session:
        await synced(session)
        await trio.sleep(1)
        world.server.put(mine, lambda rev: msgspec.structs.replace(related, rev=rev, state="ended"))
        await trio.sleep(1)
        ((visit, asked),) = held
        here = ops.Presences(presences=(ops.Presence(person=MAYA, state="online"),))
        visit.writer.offer(visit.connection.reply(asked.id, here))
        await trio.sleep(10)
        assert session.presence(MAYA) is None


async def test_a_cursor_refused_while_the_conversation_was_away_is_told_when_it_is_back(
    autojump_clock: MockClock, world: World
) -> None:
    world.server.script(ops.CursorDelivered, refuse(RefusalCode.NOT_FOUND))
    async with world.serving(), world.session() as session:
        await synced(session)
        await trio.sleep(1)
        away_and_back(world)
        await trio.sleep(10)
        assert world.server.cursors[TALK][ME].delivered == 3


async def test_history_refused_while_the_conversation_was_away_is_filled_when_it_is_back(
    autojump_clock: MockClock, world: World
) -> None:
    for n in range(limits.SNAPSHOT_MESSAGES):
        world.server.say(TALK, MAYA, f"more {n}")
    world.server.script(ops.History, refuse(RefusalCode.NOT_FOUND))
    async with world.serving(), world.session() as session:
        await synced(session)
        await trio.sleep(1)
        away_and_back(world)
        await trio.sleep(10)
    assert len(cached(world)) == 3 + limits.SNAPSHOT_MESSAGES


def away_and_back(world: World) -> None:
    """The conversation is withdrawn, and mine to see again as it was."""
    rows, rev = world.server.rows[STREAM], world.server.revs[STREAM]
    world.server.withdraw(STREAM)
    world.server.rows[STREAM], world.server.revs[STREAM] = rows, rev
    world.server.put(STREAM, lambda rev: Member(rev=rev, person=ME, windows=(Window(join=1),)))


class SlowSecrets(InlineExecutor):
    """Looks a while for a token."""

    async def read(self, fn: Callable[[], T]) -> T:
        found = await super().read(fn)
        await trio.sleep(3 if isinstance(getattr(fn, "__self__", None), FileSecrets) else 0)
        return found


async def test_who_signs_in_while_a_token_is_looked_for_is_not_told_that_nobody_is(
    autojump_clock: MockClock, world: World
) -> None:
    world.secrets().forget()
    async with world.serving(), world.session(executor=SlowSecrets()) as session:
        await session.sign_in("me", "password", "phone")
        seen: list[ConnectionState] = []
        with trio.move_on_after(10), session.subscribe() as updates:
            async for update in updates:
                seen += [update.state] if isinstance(update, ConnectionChanged) else []
        assert "disconnected" not in {state.phase for state in seen}
        assert seen[-1].synced


async def test_who_waits_to_ask_hears_the_end_of_the_connection(autojump_clock: MockClock, world: World) -> None:
    """More wait than may be under way: none of them may take a place with him."""
    everybody = 3 * OUTSTANDING
    world.server.script(ops.ConversationView, *[ignore] * everybody)
    async with world.serving(), world.session() as session:
        await synced(session)
        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                for _ in range(everybody):
                    nursery.start_soon(session.view, TALK)
                await trio.sleep(1)
                world.server.cut()


async def test_a_server_that_hears_and_never_answers_is_left_by_who_waits_to_ask(
    autojump_clock: MockClock, world: World
) -> None:
    """It pings, so it is alive; whoever asked and does not wait for the answer would not notice."""
    world.server.script(ops.ConversationView, *[ignore] * OUTSTANDING)
    async with world.serving(), world.session() as session:
        await synced(session)
        with trio.fail_after(60):
            for _ in range(OUTSTANDING + 1):
                await session.view(TALK)
        await until(session, lambda: session.connection.synced and len(world.server.asked(ops.Hello)) == 2)
