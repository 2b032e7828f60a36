"""One WebSocket as the rest sees it: over memory streams and over loopback, with real framing on both."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
import trio
import trio.abc
import trio.testing
import trio_websocket
import trustme
from coachline_core.runtime.actor import Actor
from coachline_core.runtime.heartbeat import Silence, keep_alive
from coachline_core.runtime.link import (
    MAX_MESSAGE_BYTES,
    HandshakeFailed,
    Link,
    LinkClosed,
    accept_link,
    connect_link,
    dial_tls,
)
from coachline_core.runtime.seams import TcpNetwork
from support.network import MemoryNetwork, Wire

SUBPROTOCOL = "coachline.1"
Streams = tuple[trio.abc.Stream, trio.abc.Stream]
StreamMaker = Callable[[], Awaitable[Streams]]


async def memory_streams() -> Streams:
    wire = Wire("10.0.0.7", "server:1")
    return wire.dialler, wire.listener


async def loopback_streams() -> Streams:
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    client = await trio.open_tcp_stream("127.0.0.1", listener.socket.getsockname()[1])
    server = await listener.accept()
    await listener.aclose()
    return client, server


@pytest.fixture(params=["memory", "loopback"])
def streams(request: pytest.FixtureRequest) -> StreamMaker:
    return memory_streams if request.param == "memory" else loopback_streams


@dataclass
class Pair:
    """Both ends of one link."""

    client: Link
    server: Link


@asynccontextmanager
async def linked(client_stream: trio.abc.Stream, server_stream: trio.abc.Stream) -> AsyncIterator[Pair]:
    """Both ends, until the block ends. The server's end is held by a task that waits for that."""
    ready = trio.Event()
    done = trio.Event()
    ends: list[Link] = []

    async def serve() -> None:
        async with accept_link(
            server_stream, subprotocols=[SUBPROTOCOL], allowed_origins=(), handshake_timeout=5
        ) as link:
            ends.append(link)
            ready.set()
            await done.wait()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        async with connect_link(
            client_stream, host="server", path="/", subprotocol=SUBPROTOCOL, handshake_timeout=5
        ) as client:
            await ready.wait()
            yield Pair(client, ends[0])
            done.set()


async def closing(link: Link) -> LinkClosed:
    """How the link ends, as its reader learns it."""
    with trio.fail_after(10), pytest.raises(LinkClosed) as caught:
        while True:
            await link.receive()
    return caught.value


async def test_messages_go_both_ways_up_to_the_largest(streams: StreamMaker) -> None:
    async with linked(*await streams()) as pair:
        for sender, receiver in ((pair.client, pair.server), (pair.server, pair.client)):
            for message in (b"", b"hello", b"x" * MAX_MESSAGE_BYTES):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(sender.send, message)
                    assert await receiver.receive() == message


async def test_a_ping_comes_back_and_counts_as_heard(streams: StreamMaker) -> None:
    async with linked(*await streams()) as pair:
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
        with pytest.raises(LinkClosed):
            async with accept_link(
                server_stream, subprotocols=[SUBPROTOCOL], allowed_origins=(), handshake_timeout=5
            ) as link:
                ended.append(await closing(link))
                await link.receive()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        async with connect_link(client_stream, host="h", path="/", subprotocol=SUBPROTOCOL, handshake_timeout=5):
            pass
    assert [(end.code, end.reason) for end in ended] == [(1000, "normal closure")]


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


class Stuck(Actor[bytes]):
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


@asynccontextmanager
async def foreign_client(
    stream: trio.abc.Stream, **options: object
) -> AsyncIterator[trio_websocket.WebSocketConnection]:
    """Somebody else's WebSocket client, with any headers and any messages."""
    async with stream, trio.open_nursery() as nursery:
        yield await trio_websocket.wrap_client_stream(nursery, stream, "h", "/", **options)  # type: ignore[arg-type]
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("message", "code"),
    [("text", 1003), (b"x" * (MAX_MESSAGE_BYTES + 1), 1009), (b"x" * 1_000_000, 1009)],
    ids=["text", "oversize", "far oversize"],
)
async def test_what_is_not_ours_is_closed_with_a_code(streams: StreamMaker, message: str | bytes, code: int) -> None:
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
                try:
                    await client.send_message(message)
                    await client.get_message()
                except trio_websocket.ConnectionClosed as error:
                    assert error.reason is not None
                    seen = error.reason.code
    assert (ended, seen) == ([code], code)


ORIGIN = (b"Origin", b"https://evil.example")


@pytest.mark.parametrize(
    ("subprotocols", "headers", "status"),
    [
        ([SUBPROTOCOL], [ORIGIN], 403),
        ([], [ORIGIN], 403),
        ([], [], 400),
        (["coachline.9", "mqtt"], [], 400),
        ([SUBPROTOCOL], [(b"Origin", b"https://coach.example")], None),
        (["mqtt", SUBPROTOCOL], [], None),
    ],
)
async def test_strange_origins_and_subprotocols_are_refused(
    streams: StreamMaker, subprotocols: list[str], headers: list[tuple[bytes, bytes]], status: int | None
) -> None:
    client_stream, server_stream = await streams()
    server_saw: list[int | None] = []

    async def serve() -> None:
        try:
            async with accept_link(
                server_stream,
                subprotocols=[SUBPROTOCOL],
                allowed_origins=["https://coach.example"],
                handshake_timeout=5,
            ):
                server_saw.append(None)
        except HandshakeFailed as failure:
            server_saw.append(failure.status)

    client_saw: int | None = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        try:
            async with foreign_client(client_stream, subprotocols=subprotocols, extra_headers=headers) as client:
                assert client.subprotocol == SUBPROTOCOL
        except* trio_websocket.ConnectionRejected as group:
            rejection = group.exceptions[0]
            assert isinstance(rejection, trio_websocket.ConnectionRejected)
            client_saw = rejection.status_code
    assert (server_saw, client_saw) == ([status], status)


async def test_our_client_learns_the_status_of_a_refusal(streams: StreamMaker) -> None:
    client_stream, server_stream = await streams()

    async def serve() -> None:
        with pytest.raises(HandshakeFailed):
            async with accept_link(
                server_stream, subprotocols=["coachline.2"], allowed_origins=(), handshake_timeout=5
            ):
                pass

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        with pytest.raises(HandshakeFailed, match=r"coachline\.2") as caught:
            async with connect_link(client_stream, host="h", path="/", subprotocol=SUBPROTOCOL, handshake_timeout=5):
                pass
    assert caught.value.status == 400


async def test_our_client_refuses_a_server_that_speaks_something_else() -> None:
    client_stream, server_stream = await memory_streams()
    async with trio.open_nursery() as nursery:

        async def serve() -> None:
            request = await trio_websocket.wrap_server_stream(nursery, server_stream)
            await request.accept()

        nursery.start_soon(serve)
        with pytest.raises(HandshakeFailed, match="does not speak"):
            async with connect_link(client_stream, host="h", path="/", subprotocol=SUBPROTOCOL, handshake_timeout=5):
                pass
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("words", [b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", b"\x16\x03\x01 not http at all\r\n\r\n"])
async def test_talk_that_is_no_handshake_gets_400_and_the_end(streams: StreamMaker, words: bytes) -> None:
    client_stream, server_stream = await streams()
    heard = b""

    async def serve() -> None:
        with pytest.raises(HandshakeFailed, match="ended the handshake"):
            async with accept_link(server_stream, subprotocols=[SUBPROTOCOL], allowed_origins=(), handshake_timeout=60):
                pass

    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve)
            await client_stream.send_all(words)
            async for data in client_stream:
                heard += data
    assert heard.startswith(b"HTTP/1.1 400")
    await client_stream.aclose()


@pytest.mark.parametrize("role", ["server", "client"])
@pytest.mark.parametrize("fault", ["silent", "gone"])
async def test_a_handshake_ends_with_a_silent_or_vanished_peer(
    autojump_clock: trio.testing.MockClock, role: str, fault: str
) -> None:
    """D: the library waits for ever."""
    near, far = await memory_streams()
    if fault == "gone":
        await far.aclose()
    began = trio.current_time()
    with pytest.raises(HandshakeFailed) as caught:
        if role == "server":
            async with accept_link(near, subprotocols=[SUBPROTOCOL], allowed_origins=(), handshake_timeout=5):
                pass
        else:
            async with connect_link(near, host="h", path="/", subprotocol=SUBPROTOCOL, handshake_timeout=5):
                pass
    assert caught.value.status is None
    assert trio.current_time() - began == (5 if fault == "silent" else 0)
    with pytest.raises(trio.ClosedResourceError):
        await near.send_all(b"x")


async def test_an_exception_in_the_block_comes_out_as_itself_and_frees_the_stream() -> None:
    wire = Wire("a", "b:1")
    with pytest.RaisesGroup(ZeroDivisionError, flatten_subgroups=True):
        async with linked(wire.dialler, wire.listener):
            raise ZeroDivisionError
    for stream in (wire.dialler, wire.listener):
        with pytest.raises(trio.ClosedResourceError):
            await stream.send_all(b"x")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


async def serve_tls(
    authority: trustme.CA, host: str, task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(host).configure_cert(context)
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    task_status.started(listener.socket.getsockname()[1])
    stream = trio.SSLStream(await listener.accept(), context, server_side=True, https_compatible=True)
    await listener.aclose()
    try:
        async with accept_link(stream, subprotocols=[SUBPROTOCOL], allowed_origins=(), handshake_timeout=5) as link:
            while True:
                await link.send(await link.receive())
    except LinkClosed:
        return


async def test_over_tls(authority: trustme.CA) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    async with trio.open_nursery() as nursery:
        port: int = await nursery.start(serve_tls, authority, "127.0.0.1")
        stream = await dial_tls(TcpNetwork(), "127.0.0.1", port, context)
        async with connect_link(
            stream, host="127.0.0.1", path="/", subprotocol=SUBPROTOCOL, handshake_timeout=5
        ) as link:
            await link.send(b"hello")
            assert await link.receive() == b"hello"
            assert link.peer == f"127.0.0.1:{port}"


async def test_a_bad_certificate_is_told_at_once(authority: trustme.CA) -> None:
    async with trio.open_nursery() as nursery:
        port: int = await nursery.start(serve_tls, authority, "elsewhere.example")
        context = ssl.create_default_context()
        authority.configure_trust(context)
        with pytest.raises(ssl.SSLCertVerificationError):
            await dial_tls(TcpNetwork(), "127.0.0.1", port, context)


async def test_dialling_ends_with_a_peer_that_refuses_vanishes_or_says_nothing(
    autojump_clock: trio.testing.MockClock,
) -> None:
    network = MemoryNetwork()
    context = ssl.create_default_context()
    with pytest.raises(ConnectionRefusedError):
        await dial_tls(network, "server", 1, context)
    (listener,) = await network.listen("server", 1)
    with pytest.raises(trio.TooSlowError):
        await dial_tls(network, "server", 1, context, timeout=10)
    await listener.accept()

    async def hang_up(end: str) -> None:
        stream = await listener.accept()
        await stream.receive_some()
        if end == "politely":
            await stream.aclose()
        else:
            network.wires[-1].cut()

    for end, error in (("politely", ssl.SSLEOFError), ("cut", ConnectionResetError)):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(hang_up, end)
            with pytest.raises(error):
                await dial_tls(network, "server", 1, context)
    plain = await dial_tls(network, "server", 1, None)
    assert not isinstance(plain, trio.SSLStream)
