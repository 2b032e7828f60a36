"""One WebSocket as the rest sees it: over memory streams and over loopback, with real framing on both."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
import trio
import trio.abc
import trio.testing
import trio_websocket
from coachline_core.runtime.actor import Actor
from coachline_core.runtime.heartbeat import Silence, keep_alive
from coachline_core.runtime.link import MAX_MESSAGE_BYTES, Link, LinkClosed, connect_link
from coachline_server.link import accept_link
from support.links import (
    SUBPROTOCOL,
    StreamMaker,
    closing,
    foreign_client,
    linked,
    listening,
    loopback_streams,
    memory_streams,
)
from support.network import Wire


@pytest.fixture(params=["memory", "loopback"])
def streams(request: pytest.FixtureRequest) -> StreamMaker:
    return memory_streams if request.param == "memory" else loopback_streams


async def test_messages_go_both_ways_up_to_the_largest(streams: StreamMaker) -> None:
    async with linked(*await streams()) as pair:
        for sender, receiver in ((pair.client, pair.server), (pair.server, pair.client)):
            for message in (b"", b"hello", b"x" * MAX_MESSAGE_BYTES):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(sender.send, message)
                    assert await receiver.receive() == message


async def test_a_ping_comes_back_and_counts_as_heard(streams: StreamMaker) -> None:
    async with linked(*await streams()) as pair, listening(pair.client), listening(pair.server):
        for link in (pair.client, pair.server):
            before = link.last_heard
            await link.ping()
            assert link.last_heard >= before
        assert pair.server.peer.startswith(("10.0.0.7", "127.0.0.1:"))


@pytest.mark.parametrize("closer", ["client", "server"])
async def test_a_close_tells_the_other_end_why(streams: StreamMaker, closer: str) -> None:
    async with linked(*await streams()) as pair:
        near, far = (pair.client, pair.server) if closer == "client" else (pair.server, pair.client)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(near.close, 4005, "slow reader, resume ✓" * 20)
            ended = await closing(far)
        assert ended.code == 4005
        assert ended.reason.startswith("slow reader, resume ✓")
        await near.close()
        for link in (near, far):
            for use in (lambda link=link: link.send(b"x"), link.receive, link.ping):
                with pytest.raises(LinkClosed) as caught:
                    await use()
                assert caught.value.code == 4005


async def test_leaving_the_block_says_goodbye(streams: StreamMaker) -> None:
    client_stream, server_stream = await streams()
    ended: list[LinkClosed] = []

    async def serve() -> None:
        async with accept_link(
            server_stream, subprotocols=[SUBPROTOCOL], allowed_origins=(), handshake_timeout=5
        ) as link:
            ended.append(await closing(link))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        async with connect_link(client_stream, host="h", path="/", subprotocol=SUBPROTOCOL, handshake_timeout=5):
            pass
    assert [(end.code, end.reason) for end in ended] == [(1000, "")]


async def test_a_cancelled_send_kills_the_link(streams: StreamMaker) -> None:
    """D: the library would go on accepting sends, and the peer would get none of them."""
    async with linked(*await streams()) as pair:
        with trio.move_on_after(0.1) as scope:
            while True:  # until the buffers are full and a frame is half out
                await pair.client.send(b"x" * MAX_MESSAGE_BYTES)
        assert scope.cancelled_caught
        with pytest.raises(LinkClosed) as caught:
            await pair.client.send(b"y")
        assert caught.value.code is None
        with pytest.raises(LinkClosed):
            await pair.client.receive()
        assert (await closing(pair.server)).code is None


async def test_a_ping_cancelled_in_mid_write_kills_the_link_too(autojump_clock: trio.testing.MockClock) -> None:
    client, server = trio.testing.memory_stream_pair()
    async with linked(client, server) as pair:
        client.send_stream.send_all_hook = trio.sleep_forever
        with trio.move_on_after(1):
            await pair.client.ping()
        with pytest.raises(LinkClosed):
            await pair.client.send(b"x")
        assert (await closing(pair.server)).code is None


async def test_a_send_cancelled_while_another_write_goes_out_kills_the_link(
    autojump_clock: trio.testing.MockClock,
) -> None:
    client, server = trio.testing.memory_stream_pair()

    async def ping(link: Link) -> None:
        with pytest.raises(LinkClosed):
            await link.ping()

    async with linked(client, server) as pair, trio.open_nursery() as nursery:
        client.send_stream.send_all_hook = trio.sleep_forever
        nursery.start_soon(ping, pair.client)
        await trio.testing.wait_all_tasks_blocked()
        with trio.move_on_after(1):
            await pair.client.send(b"waits its turn")
        with trio.fail_after(1), pytest.raises(LinkClosed):
            await pair.client.send(b"x")
        assert (await closing(pair.server)).code is None


async def test_a_cancelled_receive_or_ping_loses_nothing(autojump_clock: trio.testing.MockClock) -> None:
    wire = Wire("a", "b:1")
    async with linked(wire.dialler, wire.listener) as pair:
        with trio.move_on_after(1):
            await pair.server.receive()
        with trio.move_on_after(0):
            await pair.client.ping()
        await pair.client.send(b"still here")
        assert await pair.server.receive() == b"still here"


async def test_a_cut_ends_everything_that_waits(autojump_clock: trio.testing.MockClock) -> None:
    wire = Wire("a", "b:1")
    ended: list[str] = []

    async def wait_for(name: str, what: Callable[[], Awaitable[object]]) -> None:
        with pytest.raises(LinkClosed):
            await what()
        ended.append(name)

    async with linked(wire.dialler, wire.listener) as pair:
        wire.half_open()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait_for, "receive", pair.client.receive)
            nursery.start_soon(wait_for, "ping", pair.client.ping)  # D: the library would wait for ever
            await trio.testing.wait_all_tasks_blocked()
            wire.cut()
    assert sorted(ended) == ["ping", "receive"]


async def test_a_half_open_link_is_closed_by_its_heartbeat(autojump_clock: trio.testing.MockClock) -> None:
    wire = Wire("a", "b:1")
    async with linked(wire.dialler, wire.listener) as pair:
        wire.half_open()
        with pytest.raises(Silence):
            await keep_alive(pair.client)
        assert trio.current_time() == pair.client.last_heard + 30
        began = trio.current_time()
        await pair.client.close()
        assert trio.current_time() - began == 2  # a goodbye nobody answers


class Stuck(Actor[bytes | str]):
    """An actor that takes nothing."""

    async def run(self) -> None:
        await trio.sleep_forever()


async def test_pings_are_answered_whatever_other_actors_do(autojump_clock: trio.testing.MockClock) -> None:
    wire = Wire("a", "b:1")
    actor = Stuck("stuck", size=1)
    refused = 0

    async def read(link: Link) -> None:
        nonlocal refused
        while True:
            if not actor.mailbox.offer(await link.receive()):
                refused += 1

    async with linked(wire.dialler, wire.listener) as pair, trio.open_nursery() as nursery:
        nursery.start_soon(actor.serve)
        nursery.start_soon(read, pair.server)
        for n in range(200):
            await pair.client.send(b"%d" % n)
        began = trio.current_time()
        with trio.move_on_after(3600):
            await keep_alive(pair.client)  # raises Silence if a pong is missing
        assert trio.current_time() == began + 3600
        nursery.cancel_scope.cancel()
    assert refused == 199


@pytest.mark.parametrize(
    "message", [b"x" * (MAX_MESSAGE_BYTES + 1), b"x" * 1_000_000], ids=["oversize", "far oversize"]
)
async def test_a_message_that_is_too_big_closes_the_link(streams: StreamMaker, message: bytes) -> None:
    client_stream, server_stream = await streams()
    ended: list[int | None] = []

    async def serve() -> None:
        with pytest.raises(LinkClosed) as caught:
            async with accept_link(
                server_stream, subprotocols=[SUBPROTOCOL], allowed_origins=(), handshake_timeout=5
            ) as link:
                await link.receive()
        ended.append(caught.value.code)

    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve)
            async with foreign_client(client_stream, subprotocols=[SUBPROTOCOL]) as client:
                with suppress(trio_websocket.ConnectionClosed):  # told while it was still sending
                    await client.send_message(message)
                with pytest.raises(trio_websocket.ConnectionClosed) as told:
                    await client.get_message()
    assert ended == [1009]
    assert told.value.reason is not None
    assert told.value.reason.code == 1009


async def test_a_text_message_is_handed_on_as_text(streams: StreamMaker) -> None:
    """[F2] The protocol layer knows the code for it."""
    client_stream, server_stream = await streams()
    heard: list[bytes | str] = []

    async def serve() -> None:
        async with accept_link(
            server_stream, subprotocols=[SUBPROTOCOL], allowed_origins=(), handshake_timeout=5
        ) as link:
            heard.append(await link.receive())
            await link.close(4500)

    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve)
            async with foreign_client(client_stream, subprotocols=[SUBPROTOCOL]) as client:
                await client.send_message("text")
                with pytest.raises(trio_websocket.ConnectionClosed):
                    await client.get_message()
    assert heard == ["text"]


async def test_an_exception_in_the_block_comes_out_as_itself_and_frees_the_stream() -> None:
    wire = Wire("a", "b:1")
    with pytest.RaisesGroup(ZeroDivisionError, flatten_subgroups=True):
        async with linked(wire.dialler, wire.listener):
            raise ZeroDivisionError
    for stream in (wire.dialler, wire.listener):
        with pytest.raises(trio.ClosedResourceError):
            await stream.send_all(b"x")


async def test_whoever_sends_too_much_may_finish_and_hears_why(autojump_clock: trio.testing.MockClock) -> None:
    """Without lingering, unread bytes would turn our close into a reset that overtakes the reason."""
    wire = Wire("a", "b:1")

    async def serve() -> None:
        with pytest.raises(LinkClosed):
            async with accept_link(
                wire.listener, subprotocols=[SUBPROTOCOL], allowed_origins=(), handshake_timeout=5
            ) as link:
                await link.receive()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        async with foreign_client(wire.dialler, subprotocols=[SUBPROTOCOL]) as client:
            began = trio.current_time()
            await client.send_message(b"x" * 500_000)
            with pytest.raises(trio_websocket.ConnectionClosed):
                await client.get_message()
    assert trio.current_time() - began <= 1
