"""The memory network is a real enough network: trio's own stream contract, latency, faults; and TCP beside it."""

import itertools
import operator
from collections.abc import Awaitable, Callable

import pytest
import trio
import trio.testing
from coachline_core.runtime.seams import Network, TcpNetwork
from coachline_core.runtime.tcp import AT_ONCE, address_of
from coachline_core.runtime.transport import peer_of
from support.network import MemoryListener, MemoryNetwork, Wire


async def test_memory_streams_obey_trios_stream_contract(autojump_clock: trio.testing.MockClock) -> None:
    async def make_streams() -> tuple[trio.abc.HalfCloseableStream, trio.abc.HalfCloseableStream]:
        wire = Wire("a", "b:1")
        return wire.dialler, wire.listener

    async def make_clogged_streams() -> tuple[trio.abc.HalfCloseableStream, trio.abc.HalfCloseableStream]:
        wire = Wire("a", "b:1")
        for stream in (wire.dialler, wire.listener):
            with trio.move_on_after(0):
                while True:
                    await stream.send_all(b"x" * 10_000)
        for stream in (wire.dialler, wire.listener):
            with trio.move_on_after(0.001):
                await stream.send_all(b"x" * 1_000_000)
        return wire.dialler, wire.listener

    await trio.testing.check_half_closeable_stream(make_streams, make_clogged_streams)


@pytest.fixture(params=["memory", "tcp"])
def network(request: pytest.FixtureRequest) -> Network:
    return MemoryNetwork() if request.param == "memory" else TcpNetwork()


def port_of(listener: trio.abc.Listener[trio.abc.Stream]) -> int:
    if isinstance(listener, MemoryListener):
        return listener.port
    address = address_of(listener)
    assert address is not None
    return address[1]


async def test_any_network_dials_listens_and_refuses(network: Network) -> None:
    (listener,) = await network.listen("127.0.0.1", 0)
    port = port_of(listener)
    with trio.fail_after(5):
        dialled = await network.dial("127.0.0.1", port)
        accepted = await listener.accept()
        await dialled.send_all(b"hello")
        assert await accepted.receive_some() == b"hello"
        await accepted.aclose()
        assert await dialled.receive_some() == b""
        with pytest.raises(OSError, match=r"(?i)in use"):
            await network.listen("127.0.0.1", port)
        await listener.aclose()
        await dialled.aclose()
        with pytest.raises(OSError, match=str(port)):
            await network.dial("127.0.0.1", port)


async def test_those_who_wait_at_the_door_are_let_in_together_and_in_order() -> None:
    (listener,) = await TcpNetwork().listen("127.0.0.1", 0)
    waiting = [await trio.open_tcp_stream("127.0.0.1", port_of(listener)) for _ in range(AT_ONCE + 2)]
    turns: list[int] = []
    steps = 0

    class Steps(trio.abc.Instrument):
        def before_task_step(self, task: trio.lowlevel.Task) -> None:
            nonlocal steps
            steps += 1

    with trio.fail_after(5):
        counter = Steps()
        trio.lowlevel.add_instrument(counter)
        for stream in waiting:
            before = steps
            accepted = await listener.accept()
            turns.append(steps - before)
            assert isinstance(stream, trio.SocketStream)
            host, port = stream.socket.getsockname()
            assert peer_of(accepted) == f"{host}:{port}"
            await accepted.aclose()
        trio.lowlevel.remove_instrument(counter)
    assert [bool(turn) for turn in turns] == [True, *[False] * (AT_ONCE - 1), True, False]
    for end in (*waiting, listener):
        await end.aclose()


@pytest.mark.parametrize("close", [operator.methodcaller("aclose"), trio.aclose_forcefully])
async def test_a_closed_door_is_closed_to_those_behind_it_too(
    close: Callable[[trio.abc.AsyncResource], Awaitable[None]],
) -> None:
    (listener,) = await TcpNetwork().listen("127.0.0.1", 0)
    port = port_of(listener)
    first, *others = [await trio.open_tcp_stream("127.0.0.1", port) for _ in range(3)]
    with trio.fail_after(5):
        accepted = await listener.accept()
        await close(listener)
        for other in others:
            assert await other.receive_some() == b""
        with pytest.raises(OSError, match=str(port)):
            await trio.open_tcp_stream("127.0.0.1", port)
    for end in (first, *others, accepted):
        await end.aclose()


async def test_bytes_arrive_late_and_in_order(autojump_clock: trio.testing.MockClock) -> None:
    delays = itertools.cycle([3.0, 1.0])
    wire = Wire("a", "b:1", lambda: next(delays))
    await wire.dialler.send_all(b"first")
    await wire.dialler.send_all(b"second")
    assert await wire.listener.receive_some() == b"first"
    assert trio.current_time() == 3.0
    assert await wire.listener.receive_some() == b"second"
    assert trio.current_time() == 3.0


async def test_a_cut_is_noticed_at_both_ends_and_loses_what_was_in_flight() -> None:
    wire = Wire("a", "b:1")
    await wire.dialler.send_all(b"lost")
    wire.cut()
    for stream in (wire.dialler, wire.listener):
        with pytest.raises(trio.BrokenResourceError):
            await stream.receive_some()
        with pytest.raises(trio.BrokenResourceError):
            await stream.send_all(b"more")


async def test_a_half_open_wire_swallows_everything_in_silence(autojump_clock: trio.testing.MockClock) -> None:
    wire = Wire("a", "b:1")
    await wire.dialler.send_all(b"in flight")
    wire.half_open(up=True, down=False)
    await wire.dialler.send_all(b"x" * 1_000_000)
    await wire.listener.send_all(b"still heard")
    assert await wire.dialler.receive_some() == b"still heard"
    await wire.dialler.aclose()
    with trio.move_on_after(1000) as scope:
        await wire.listener.receive_some()
    assert scope.cancelled_caught


async def test_an_isolated_host_loses_its_wires_and_cannot_call() -> None:
    network = MemoryNetwork()
    await network.listen("server", 1)
    phone, laptop = network.seen_from("phone"), network.seen_from("laptop")
    lost, kept = await phone.dial("server", 1), await laptop.dial("server", 1)
    network.isolate("phone")
    with pytest.raises(trio.BrokenResourceError):
        await lost.send_all(b"x")
    await kept.send_all(b"x")
    with pytest.raises(OSError, match="no route"):
        await phone.dial("server", 1)
    network.restore("phone")
    await phone.dial("server", 1)
    assert [wire.source for wire in network.wires] == ["phone", "laptop", "phone"]
    assert len(network.wires_of("phone")) == 2
