"""How a session stays connected: states, waiting, giving up, tokens (SPEC.md, C9 and C11)."""

from collections.abc import Callable
from typing import TypeVar

import pytest
import trio
from coachline_core.client.cache import Cache
from coachline_core.client.values import ConnectionChanged, ConnectionState
from coachline_core.runtime.executor import InlineExecutor
from coachline_protocol import ops
from coachline_protocol.codes import CloseCode, RefusalCode
from coachline_protocol.connection import Asked
from support.client_world import TALK, World, cached, synced, texts, until
from support.scripted_server import Visit, close_with, ignore, lose_reply, refuse
from trio.testing import MockClock

T = TypeVar("T")


async def test_it_never_gives_up_on_a_server_that_is_not_there(autojump_clock: MockClock, world: World) -> None:
    async with world.session() as session:
        await trio.sleep(3_600)
        assert (session.connection.phase, session.connection.reason) == ("reconnecting", "unreachable")
        async with world.serving():
            await synced(session)


async def test_the_states_are_told_with_reason_and_time(autojump_clock: MockClock, world: World) -> None:
    seen: list[ConnectionState] = []
    async with world.session() as session:
        with trio.move_on_after(1), session.subscribe() as updates:
            async for update in updates:
                seen += [update.state] if isinstance(update, ConnectionChanged) else []
    assert {state.phase for state in seen} >= {"connecting", "reconnecting"}
    assert any(state.retry_in is not None and state.retry_in <= 0.5 for state in seen)


@pytest.mark.parametrize("how", ["retry", "network"])
async def test_somebody_who_acts_does_not_wait(autojump_clock: MockClock, world: World, how: str) -> None:
    async with world.session() as session:
        await trio.sleep(600)
        async with world.serving():
            if how == "retry":
                session.retry_now()
            else:
                await session.network_up()
            with trio.fail_after(0.5):
                await synced(session)


@pytest.mark.parametrize("how", ["retry", "network"])
async def test_whoever_acted_while_all_was_well_waits_like_everybody_else(
    autojump_clock: MockClock, world: World, how: str
) -> None:
    """[F2] [C11] Else all whose machine ever woke would come back at once when the server is gone."""
    async with world.session() as session:
        async with world.serving():
            await synced(session)
            if how == "retry":
                session.retry_now()
            else:
                await session.network_up()
            await trio.sleep(1)
        waits: list[tuple[float, float]] = []
        with trio.move_on_after(5), session.subscribe() as updates:
            async for update in updates:
                wait = update.state.retry_in if isinstance(update, ConnectionChanged) else None
                waits += [] if wait is None else [(trio.current_time(), wait)]
        (first, wait), (second, _), *_ = waits
        assert second > first + wait - 0.05  # it is heard of a little later than it began


async def test_after_the_network_came_up_a_dead_connection_is_found_out(
    autojump_clock: MockClock, world: World
) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        for wire in world.network.wires_of("phone"):
            wire.half_open()
        await session.network_up()
        with trio.fail_after(6):
            await synced(session)


async def test_after_the_network_came_up_nobody_waits_for_a_greeting_that_got_lost(
    autojump_clock: MockClock, world: World
) -> None:
    """What was begun before the machine slept would be waited for as long as a slow server is."""
    world.server.script(ops.Hello, ignore)
    async with world.serving(), world.session() as session:
        await trio.sleep(1)
        assert (session.connection.phase, len(world.server.visits)) == ("connecting", 1)
        await session.network_up()
        with trio.fail_after(0.5):
            await synced(session)


async def test_whoever_presses_retry_does_not_interrupt_what_is_begun(autojump_clock: MockClock, world: World) -> None:
    """Somebody impatient on a slow network would never get through."""
    world.server.script(ops.Hello, ignore)
    async with world.serving(), world.session() as session:
        await trio.sleep(1)
        session.retry_now()
        await trio.sleep(5)
        assert len(world.network.wires_of("phone")) == 1


async def test_who_acted_while_it_was_connected_is_no_reason_to_hurry_later(
    autojump_clock: MockClock, world: World
) -> None:
    """All who woke since they connected would be at the door at the same moment when the server restarts."""
    async with world.serving(), world.session() as session:
        await synced(session)
        await session.network_up()
        session.retry_now()
        await trio.sleep(60)
        world.server.cut()
        await until(session, lambda: session.connection.retry_in is not None)
        wait, dialled = session.connection.retry_in, len(world.network.wires_of("phone"))
        assert wait is not None
        await trio.sleep(0.9 * wait)
        assert len(world.network.wires_of("phone")) == dialled
        await synced(session)


async def test_it_comes_back_when_the_server_says(autojump_clock: MockClock, world: World) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        world.server.tell("closing", ops.Closing(retry_after_ms=20_000))
        await trio.sleep(0.1)
        world.server.visits[0].close(CloseCode.DRAINING)
        await until(session, lambda: session.connection.phase == "reconnecting")
        assert session.connection.reason == "draining"
        began = trio.current_time()
        await synced(session)
        assert trio.current_time() - began >= 20


@pytest.mark.parametrize("code", [CloseCode.TOO_MANY_CONNECTIONS, CloseCode.PROTOCOL_ERROR, CloseCode.ACCOUNT_DISABLED])
async def test_a_code_that_asks_for_a_person_stops_it_until_one_acts(
    autojump_clock: MockClock, world: World, code: CloseCode
) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        world.server.visits[0].close(code)
        await until(session, lambda: session.connection.phase == "disconnected")
        assert session.connection.reason == code.name.lower()
        await trio.sleep(3_600)
        assert session.connection.phase == "disconnected"
        session.retry_now()
        await synced(session)


async def test_a_network_that_returns_is_not_a_person_who_acts(autojump_clock: MockClock, world: World) -> None:
    """[E2] What is to stop until somebody has done something is not begun again by a laptop that is opened."""
    async with world.serving(), world.session() as session:
        await synced(session)
        world.server.visits[0].close(CloseCode.ACCOUNT_DISABLED)
        await until(session, lambda: session.connection.phase == "disconnected")
        await session.network_up()
        await trio.sleep(60)
        assert (session.connection.phase, len(world.network.wires_of("phone"))) == ("disconnected", 1)


async def test_a_refused_token_keeps_what_is_cached_and_asks_to_sign_in(
    autojump_clock: MockClock, world: World
) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        world.server.script(ops.Hello, refuse(RefusalCode.BAD_TOKEN))
        await session.set_draft(TALK, "half a thou")
        world.server.cut()
        await until(session, lambda: session.connection.phase == "disconnected")
        assert session.connection.reason == "bad_token"
        await trio.sleep(0.1)
        assert (len(texts(session)), session.draft(TALK)) == (3, "half a thou")
        assert world.secrets().load() is None
        await session.sign_in("me", "correct horse", "phone")
        await synced(session)


async def test_a_revoked_device_wipes_everything(autojump_clock: MockClock, world: World) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        await session.set_draft(TALK, "secret words")
        world.server.visits[0].close(CloseCode.DEVICE_REVOKED)
        await until(session, lambda: session.person is None)
        assert session.conversations() == ()
        await until(session, lambda: session.connection.reason == "device_revoked")
        assert (session.draft(TALK), world.secrets().load()) == ("", None)
    assert cached(world) == ()
    for file in world.folder.glob("phone.db*"):
        assert b"secret words" not in file.read_bytes()


async def test_who_signs_out_while_it_connects_is_out(autojump_clock: MockClock, world: World) -> None:
    """A welcome that comes after that brings nothing back."""
    held: list[tuple[Visit, Asked]] = []

    def hold(visit: Visit, asked: Asked) -> bool:
        held.append((visit, asked))
        return True

    async with world.serving(), world.session() as session:
        await synced(session)
        world.server.script(ops.Hello, hold)
        world.server.cut()
        await trio.sleep(1)
        await session.sign_out()
        ((visit, asked),) = held
        visit.answer(asked)
        await trio.sleep(60)
        assert (session.connection.phase, session.connection.reason) == ("disconnected", "signed_out")
        assert (session.conversations(), session.people(), world.secrets().load()) == ((), (), None)
    assert cached(world) == ()


async def test_what_is_heard_while_somebody_signs_out_is_not_kept(autojump_clock: MockClock, world: World) -> None:
    card = world.server.people[0]
    async with (
        world.serving(),
        world.session(executor=InlineExecutor(lambda: 0.1)) as session,
        trio.open_nursery() as nursery,
    ):
        await synced(session)
        nursery.start_soon(session.sign_out)
        while session.connection.phase == "connected":
            world.server.tell("profile", card)
            await trio.sleep(0.02)
        await trio.sleep(10)
        assert (session.person, session.people()) == (None, ())
    cache = world.cache()
    assert cache.load().people == ()
    cache.close()


class FullDisk(InlineExecutor):
    """Takes no write while it is full."""

    full = False

    async def write(self, fn: Callable[[], T], *, then: Callable[[T], None] | None = None) -> T:
        if self.full:
            await trio.lowlevel.checkpoint()
            raise OSError("No space left on device")
        return await super().write(fn, then=then)


async def test_a_revoked_device_with_a_full_disk_wipes_everything_once_it_can(
    autojump_clock: MockClock, world: World
) -> None:
    disk = FullDisk()
    async with world.serving(), world.session(executor=disk) as session:
        await synced(session)
        disk.full = True
        world.server.visits[0].close(CloseCode.DEVICE_REVOKED)
        await trio.sleep(60)
        # Not over: who hears that it is closes the session, and what is held would stay.
        assert (session.connection.phase, session.connection.reason) == ("reconnecting", None)
        disk.full = False
        await until(session, lambda: session.person is None)
        assert session.conversations() == ()
        await trio.sleep(60)
        assert (session.connection.phase, session.connection.reason) == ("disconnected", "device_revoked")
    assert (cached(world), world.secrets().load()) == ((), None)


async def test_a_revoked_device_that_dies_before_it_could_wipe_itself_does_so_when_it_comes_back(
    autojump_clock: MockClock, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    async with world.serving():
        async with world.session() as session:
            await synced(session)
            # The token is kept elsewhere, and could be forgotten.
            monkeypatch.setattr(Cache, "commit", full)
            world.server.visits[0].close(CloseCode.DEVICE_REVOKED)
            await trio.sleep(60)
        monkeypatch.undo()
        assert cached(world) != ()
        world.server.script(ops.Hello, close_with(CloseCode.DEVICE_REVOKED))
        async with world.session() as session:
            await until(session, lambda: session.person is None)
            await until(session, lambda: session.connection.reason == "device_revoked")
    assert (cached(world), world.secrets().load()) == ((), None)


async def test_a_cut_is_outlived_with_a_full_disk(autojump_clock: MockClock, world: World) -> None:
    disk = FullDisk()
    async with world.serving(), world.session(executor=disk) as session:
        await synced(session)
        disk.full = True
        world.server.cut()
        await trio.sleep(60)
        disk.full = False
        await synced(session)


async def test_a_rotated_token_survives_a_welcome_that_was_lost(autojump_clock: MockClock, world: World) -> None:
    world.server.next_token = b"N" * 32
    world.server.script(ops.Hello, lose_reply)
    async with world.serving(), world.session() as session:
        await synced(session)
        assert world.secrets().load() == b"N" * 32
        world.server.cut()
        await until(session, lambda: session.connection.phase != "connected")
        await synced(session)
        assert world.server.token == b"N" * 32


async def test_a_server_that_does_not_answer_is_left_and_asked_again(autojump_clock: MockClock, world: World) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        world.server.script(ops.MessagePost, ignore)
        await session.post(TALK, "hello")
        await until(session, lambda: "hello" in world.server.texts(TALK))
        assert world.server.texts(TALK).count("hello") == 1


async def test_a_busy_server_is_asked_again_later(autojump_clock: MockClock, world: World) -> None:
    world.server.script(ops.Hello, refuse(RefusalCode.BUSY, 5_000), close_with(CloseCode.OVERLOADED))
    async with world.serving(), world.session() as session:
        await synced(session)
        assert trio.current_time() >= 5
