"""The daemon's own TCP stream: what trio promises of any stream, and sending without waiting."""

import pytest
import trio
import trio.testing
from coachline_core.runtime.tcp import TcpStream
from coachline_core.runtime.transport import Prompt
from support.links import Streams, loopback_streams

CHUNK = b"x" * 64 * 1024


async def both() -> tuple[TcpStream, TcpStream]:
    near, far = await loopback_streams()
    assert isinstance(near, trio.SocketStream)
    assert isinstance(far, trio.SocketStream)
    return TcpStream.of(near), TcpStream.of(far)


def broken(stream: TcpStream) -> bool:
    try:
        stream.send_now(b"x")
    except trio.BrokenResourceError:
        return True
    return False


async def clogged() -> Streams:
    """Nothing more fits in either direction."""
    ends = await both()
    for end in ends:
        while end.send_now(CHUNK):
            pass
    return ends


async def test_it_is_a_stream_as_trio_means_it() -> None:
    await trio.testing.check_two_way_stream(both, clogged)


async def test_it_knows_who_is_at_the_other_end_also_when_it_is_closed() -> None:
    near, far = await both()
    host, _, port = near.peer.rpartition(":")
    assert host == "127.0.0.1"
    assert 0 < int(port) < 65_536
    await near.aclose()
    assert near.peer == f"127.0.0.1:{port}"
    await far.aclose()


async def test_it_sends_what_there_is_room_for_and_says_how_much() -> None:
    near, far = await both()
    assert isinstance(near, Prompt)
    async with near, far:
        sent = 0
        while taken := near.send_now(CHUNK):
            sent += taken
        assert near.send_now(b"no room") == 0
        heard = 0
        while heard < sent:
            heard += len(await far.receive_some())
        assert near.send_now(b"room again") == 10
        assert await far.receive_some() == b"room again"


async def test_what_does_not_fit_waits_for_the_reader() -> None:
    near, far = await both()
    large = bytes(range(256)) * 40_000
    heard = bytearray()
    async with near, far, trio.open_nursery() as nursery:
        nursery.start_soon(near.send_all, large)
        while len(heard) < len(large):
            heard += await far.receive_some(100_000)
    assert heard == large


async def test_sending_to_who_is_gone_says_so() -> None:
    near, far = await both()
    await far.aclose()
    with trio.fail_after(10):
        while not broken(near):
            await trio.lowlevel.checkpoint()
    await near.aclose()
    with pytest.raises(trio.ClosedResourceError):
        near.send_now(CHUNK)
