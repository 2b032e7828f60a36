"""The door: who comes in the moment it is closed, and what may be wanting when somebody comes."""

import errno
import gc
import os
import sys
from pathlib import Path

import pytest
import trio
import trio.abc
import trio.testing
from coachline_core.runtime.transport import Transport
from coachline_server.connection import ConnectionActor
from coachline_server.listener import EXHAUSTED_SECONDS
from coachline_server.serve import take_all_descriptors
from support.daemon import Account, House, daemon
from support.network import MemoryListener
from support.wire import Client
from trio.testing import MockClock


async def test_who_comes_in_the_turn_in_which_the_door_is_closed_finds_it_closed(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with daemon(tmp_path) as house:
        assert house.memory is not None
        await trio.testing.wait_all_tasks_blocked()
        stream = await house.memory.dial(*house.address)
        # He is handed to the listener, which has not run since; the daemon drains in this very turn.
    assert "coachline_crashes_total{" not in house.app.metrics.text().decode()
    with trio.fail_after(1):
        assert await stream.receive_some() == b""


async def test_who_calls_while_the_daemon_drains_is_refused_and_not_left_waiting(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    refused_at: list[float] = []

    async def call(house: House, hung: Client) -> None:
        assert await hung.event("closing") is not None
        assert house.memory is not None
        with pytest.raises(ConnectionRefusedError):
            await house.memory.dial(*house.address)
        refused_at.append(trio.current_time())

    async with trio.open_nursery() as nursery, daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        client = await nursery.start(here, house, maya)
        nursery.start_soon(call, house, client)
        await trio.testing.wait_all_tasks_blocked()
        began = trio.current_time()
    assert refused_at == [began]


async def here(house: House, account: Account, *, task_status: trio.TaskStatus[Client]) -> None:
    """Be there until the connection ends."""
    async with house.client(account) as client:
        task_status.started(client)
        await client.ended()


async def test_where_descriptors_are_wanting_strangers_give_way(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept, left = MemoryListener.accept, trio.Event()

    async def accepting(listener: MemoryListener) -> trio.abc.Stream:
        if wanting and not left.is_set():
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return await accept(listener)

    async def sit_there(stream: trio.abc.Stream) -> None:
        assert await stream.receive_some() == b""
        left.set()

    wanting = False
    monkeypatch.setattr(MemoryListener, "accept", accepting)
    async with daemon(tmp_path) as house, trio.open_nursery() as nursery:
        assert house.memory is not None
        maya = house.account("maya", "trainer")
        nursery.start_soon(sit_there, await house.memory.dial(*house.address))
        await trio.testing.wait_all_tasks_blocked()
        wanting = True
        nursery.start_soon(sit_there, await house.memory.dial(*house.address))
        began = trio.current_time()
        async with house.client(maya):
            assert trio.current_time() - began < 1
        nursery.cancel_scope.cancel()


async def test_a_want_of_descriptors_is_waited_out(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept, wanting = MemoryListener.accept, 30

    async def accepting(listener: MemoryListener) -> trio.abc.Stream:
        nonlocal wanting
        if wanting:
            wanting -= 1
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return await accept(listener)

    monkeypatch.setattr(MemoryListener, "accept", accepting)
    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        began = trio.current_time()
        async with house.client(maya):
            assert trio.current_time() - began == pytest.approx(30 * EXHAUSTED_SECONDS)
    assert "coachline_crashes_total{" not in house.app.metrics.text().decode()


@pytest.mark.parametrize("words", [None, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", b"nonsense\r\n\r\n"])
async def test_what_a_connection_held_is_given_back_without_the_collector_of_garbage(
    words: bytes | None, tmp_path: Path, autojump_clock: MockClock
) -> None:
    """It looks seldom, and does not see how much memory an object of TLS takes."""

    def left() -> list[object]:
        return [kept for kept in gc.get_objects() if isinstance(kept, ConnectionActor | Transport)]

    async with daemon(tmp_path) as house:
        assert house.memory is not None
        maya = house.account("maya", "trainer")
        gc.collect()
        gc.disable()
        try:
            if words is None:
                async with house.client(maya):
                    pass
            else:
                stream = await house.memory.dial(*house.address)
                await stream.send_all(words)
                while await stream.receive_some():
                    pass
            await trio.sleep(10)
            assert left() == []
        finally:
            gc.enable()


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such limit")
def test_as_many_descriptors_are_taken_as_there_are_to_take() -> None:
    import resource

    before = soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft // 2, hard))
        take_all_descriptors()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
