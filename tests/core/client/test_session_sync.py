"""After anything a session has exactly what the server has, and nothing it may not have (SPEC.md, S5 to S8)."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import pytest
import trio
from coachline_core.client.errors import StorageFailed
from coachline_core.runtime.executor import InlineExecutor
from coachline_protocol import ops
from coachline_protocol.codes import RefusalCode
from coachline_protocol.connection import Asked
from coachline_protocol.rows import Cursor, Listing
from support.client_world import MAYA, PERSON, STREAM, TALK, World, cached, states, synced, texts, until
from support.scripted_server import Trick, Visit, refuse
from trio.testing import MockClock

T = TypeVar("T")


def said(world: World) -> list[str]:
    return [message.text for message in cached(world)]


async def test_what_was_missed_is_fetched_and_nothing_else(autojump_clock: MockClock, world: World) -> None:
    async with world.session() as session:
        async with world.serving():
            await synced(session)
        for n in range(4, 10):
            world.server.say(TALK, MAYA, f"m{n}")
        world.server.heard.clear()
        async with world.serving():
            await synced(session)
        assert texts(session) == [f"m{n}" for n in range(1, 10)]
        assert world.server.asked(ops.Changes) == [ops.Changes(stream=STREAM, epoch=b"E" * 16, after=6)]
        assert world.server.asked(ops.Snapshot) == []


async def test_a_hole_between_events_is_asked_for(autojump_clock: MockClock, world: World) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        world.server.say(TALK, MAYA, "lost", quiet=True)
        world.server.say(TALK, MAYA, "heard")
        await until(session, lambda: texts(session)[-2:] == ["lost", "heard"])


@pytest.mark.parametrize("code", [RefusalCode.NOT_FOUND, RefusalCode.NO_RELATIONSHIP])
async def test_a_stream_that_is_lost_while_it_is_asked_for_is_gone_and_the_line_holds(
    autojump_clock: MockClock, world: World, code: RefusalCode
) -> None:
    """[H7] The word of the end may come after the refusal; it is no reason to begin anew."""
    async with world.serving(), world.session() as session:
        await synced(session)
        world.server.script(ops.Changes, refuse(code))
        world.server.say(TALK, MAYA, "lost", quiet=True)
        world.server.say(TALK, MAYA, "never shown")
        await until(session, lambda: texts(session) == [])
        assert len(world.server.asked(ops.Hello)) == 1


async def test_an_event_said_twice_is_shown_once(autojump_clock: MockClock, world: World) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        world.server.say(TALK, MAYA, "four")
        row = world.server.messages(STREAM)[-1]
        change = ops.Change(stream=STREAM, epoch=world.server.epoch, after=row.rev - 1, rev=row.rev, rows=(row,))
        world.server.tell("message", change)
        await trio.sleep(1)
        assert texts(session) == ["m1", "m2", "m3", "four"]


async def test_events_while_catching_up_are_not_lost(autojump_clock: MockClock, world: World) -> None:
    def speak_up(visit: Visit, asked: Asked) -> bool:
        world.server.say(TALK, MAYA, "meanwhile")
        return False

    tricks: list[Trick] = [speak_up, speak_up]
    world.server.script(ops.Snapshot, *tricks)
    async with world.serving(), world.session() as session:
        await until(session, lambda: texts(session).count("meanwhile") == 2)
        await synced(session)
        assert texts(session) == world.server.texts(TALK)


async def test_a_cursor_that_moves_behind_a_snapshot_is_not_lost(autojump_clock: MockClock, world: World) -> None:
    """Told right after a snapshot that does not know of it yet: it would not be said again."""

    def move_after(visit: Visit, asked: Asked) -> bool:
        visit.answer(asked)
        visit.tell("cursor", ops.CursorMoved(conversation=TALK, cursors=(Cursor(person=MAYA, delivered=3),)))
        return True

    world.server.script(ops.Snapshot, move_after, move_after)
    async with world.serving(), world.session() as session:
        await synced(session)
        timeline = session.timeline(TALK)
        assert timeline is not None
        assert timeline.cursors[MAYA].delivered == 3


async def test_far_behind_takes_a_snapshot_and_fills_up_in_the_background(
    autojump_clock: MockClock, world: World
) -> None:
    async with world.session() as session:
        async with world.serving():
            await synced(session)
        for n in range(4, 700):
            world.server.say(TALK, MAYA, f"m{n}", quiet=True)
        world.server.heard.clear()
        async with world.serving():
            await synced(session)
            assert world.server.asked(ops.Snapshot) == [ops.Snapshot(stream=STREAM)]
            await trio.sleep(5)
        assert world.server.asked(ops.CursorDelivered) == [ops.CursorDelivered(conversation=TALK, seq=699)]
        kinds = [type(body) for body in world.server.heard]
        assert kinds.index(ops.CursorDelivered) > max(n for n, kind in enumerate(kinds) if kind is ops.History)
        assert session.conversations()[0].unread == 699
    assert said(world) == world.server.texts(TALK)


async def test_a_second_device_gets_the_whole_history_and_a_cut_costs_at_most_a_page(
    autojump_clock: MockClock, world: World
) -> None:
    for n in range(4, 900):
        world.server.say(TALK, MAYA, f"m{n}", quiet=True)
    async with world.session() as session:
        async with world.serving():
            await synced(session)
            await until(session, lambda: len(world.server.asked(ops.History)) == 3)
        async with world.serving():
            await synced(session)
            await trio.sleep(5)
        timeline = session.timeline(TALK)
        assert timeline is not None
        assert timeline.holes() == ()
    assert said(world) == world.server.texts(TALK)
    assert len(world.server.asked(ops.History)) <= 6


async def test_a_program_that_ended_before_it_had_the_whole_history_gets_the_rest_when_it_starts_again(
    autojump_clock: MockClock, world: World
) -> None:
    for n in range(4, 900):
        world.server.say(TALK, MAYA, f"m{n}", quiet=True)
    async with world.serving():
        async with world.session() as session:
            await synced(session)
            await until(session, lambda: len(world.server.asked(ops.History)) == 2)
        assert 0 < len(said(world)) < 600
        async with world.session() as session:
            await synced(session)
            await trio.sleep(5)
            timeline = session.timeline(TALK)
            assert timeline is not None
            assert timeline.holes() == ()
    assert said(world) == world.server.texts(TALK)


async def test_older_messages_are_loaded_when_somebody_scrolls(autojump_clock: MockClock, world: World) -> None:
    for n in range(4, 300):
        world.server.say(TALK, MAYA, f"m{n}", quiet=True)
    async with world.serving(), world.session() as session:
        await synced(session)
        await session.saw(TALK, 299)
        await trio.sleep(5)
    async with world.session() as session:
        assert len(texts(session)) == 50
        await session.history_before(TALK, 250)
        assert texts(session) == [f"m{n}" for n in range(200, 300)]


async def test_another_epoch_wipes_and_takes_everything_anew(autojump_clock: MockClock, world: World) -> None:
    async with world.session() as session:
        async with world.serving():
            await synced(session)
        await session.post(TALK, "unsent")
        world.server.epoch = b"F" * 16
        world.server.rows[STREAM] = [row for row in world.server.rows[STREAM] if row.rev <= 4]
        world.server.revs[STREAM] = 4
        async with world.serving():
            await synced(session)
            await until(session, lambda: states(session) == ["sent"])
        assert texts(session) == ["m1", "unsent"]
    assert world.server.texts(TALK) == ["m1", "unsent"]
    assert said(world) == ["m1", "unsent"]


@pytest.mark.parametrize("online", [True, False])
async def test_what_is_withdrawn_is_wiped_from_the_disk(autojump_clock: MockClock, world: World, online: bool) -> None:
    world.server.say(TALK, MAYA, "a secret between us")
    async with world.session() as session:
        async with world.serving():
            await synced(session)
            if online:
                world.server.withdraw(STREAM)
                await until(session, lambda: session.timeline(TALK) is None)
        if not online:
            world.server.withdraw(STREAM)
            async with world.serving():
                await until(session, lambda: session.timeline(TALK) is None)
    assert cached(world) == ()
    for file in world.folder.glob("phone.db*"):
        assert b"a secret between us" not in file.read_bytes()


async def test_a_snapshot_under_way_does_not_bring_back_what_is_withdrawn(
    autojump_clock: MockClock, world: World
) -> None:
    def withdraw_after(visit: Visit, asked: Asked) -> bool:
        visit.answer(asked)
        world.server.withdraw(STREAM)
        return True

    world.server.revs.pop(PERSON)
    world.server.script(ops.Snapshot, withdraw_after)
    async with world.serving(), world.session() as session:
        await trio.sleep(2)
        assert session.timeline(TALK) is None
    assert cached(world) == ()


async def test_a_new_conversation_appears_by_itself(autojump_clock: MockClock, world: World) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        other = b"\x07" * 16
        world.server.put(PERSON, lambda rev: Listing(rev=rev, conversation=other, kind="direct", other=b"\x08" * 16))
        world.server.say(other, b"\x08" * 16, "hi")
        await until(session, lambda: texts(session, other) == ["hi"])
        assert len(session.conversations()) == 2
        await trio.sleep(1)
        assert len(world.server.asked(ops.PeopleList)) == 2


class FailsOnce(InlineExecutor):
    """The n-th write fails: before it is done, or after."""

    def __init__(self, n: int, *, after: bool) -> None:
        super().__init__()
        self.left = n
        self.after = after

    async def write(self, fn: Callable[[], T], *, then: Callable[[T], None] | None = None) -> T:
        self.left -= 1
        if self.left == 0:
            if self.after:
                fn()
            raise OSError("no space left")
        return await super().write(fn, then=then)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("n", range(1, 13))
async def test_whatever_write_fails_nothing_acknowledged_is_lost(
    autojump_clock: MockClock, world: World, n: int, after: bool
) -> None:
    promised: list[str] = []
    async with world.serving():
        async with world.session(executor=FailsOnce(n, after=after)) as session:
            await synced(session)
            for number in range(4):
                with suppress(StorageFailed):
                    await session.post(TALK, f"p{number}")
                    promised.append(f"p{number}")
            await trio.sleep(2)
        async with world.session() as session:
            await synced(session)
            await trio.sleep(60)
            shown, kept = texts(session), world.server.texts(TALK)
    assert shown == kept
    assert len(set(kept)) == len(kept)
    assert set(promised) <= set(kept)


async def test_what_i_posted_is_taken_in_with_the_reply(autojump_clock: MockClock, world: World) -> None:
    """[S5] The server tells nobody by an event what the reply says."""
    async with world.serving(), world.session() as session:
        await synced(session)
        world.server.heard.clear()
        for word in ("four", "five"):
            await session.post(TALK, word)
        await until(session, lambda: states(session)[-2:] == ["sent", "sent"])
        world.server.say(TALK, MAYA, "six")
        await until(session, lambda: texts(session)[-1] == "six")
        assert texts(session) == ["m1", "m2", "m3", "four", "five", "six"]
        assert world.server.asked(ops.Changes) == []


async def test_what_came_unheard_before_what_i_posted_is_fetched(autojump_clock: MockClock, world: World) -> None:
    """[S5] A reply can show a hole as well as an event."""
    async with world.serving(), world.session() as session:
        await synced(session)
        world.server.say(TALK, MAYA, "lost", quiet=True)
        await session.post(TALK, "mine")
        await until(session, lambda: texts(session)[-2:] == ["lost", "mine"])


async def test_my_own_cursor_moves_with_the_reply(autojump_clock: MockClock, world: World) -> None:
    """[R2]"""
    async with world.serving(), world.session() as session:
        await synced(session)
        world.server.say(TALK, MAYA, "four")
        await until(session, lambda: bool(world.server.asked(ops.CursorDelivered)))
        await trio.sleep(1)
        world.server.say(TALK, MAYA, "five")
        await trio.sleep(1)
        timeline = session.timeline(TALK)
        assert timeline is not None
        assert timeline.cursors[world.server.me].delivered == 5
