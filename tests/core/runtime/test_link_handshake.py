"""How a link comes to be, and whom it is refused: Origin, subprotocol, nonsense, silence, TLS."""

import ssl
from contextlib import suppress

import pytest
import trio
import trio.abc
import trio.testing
import trio_websocket
import trustme
from coachline_core.runtime.link import HandshakeFailed, LinkClosed, connect_link, dial_tls
from coachline_core.runtime.seams import TcpNetwork
from coachline_server.link import accept_link
from support.links import SUBPROTOCOL, StreamMaker, foreign_client, loopback_streams, memory_streams
from support.network import MemoryNetwork


@pytest.fixture(params=["memory", "loopback"])
def streams(request: pytest.FixtureRequest) -> StreamMaker:
    return memory_streams if request.param == "memory" else loopback_streams


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


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", b"HTTP/1.1 426 "),
        (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n\r\n", b""),
        (b"\x16\x03\x01 not http at all\r\n\r\n", b""),
        (b"GET /" + b"x" * 20_000, b""),
        (b"GET / HTTP/1.1\r\n" + b"X: x\r\n" * 4_000, b""),
        (b"GET / HTTP/1.1\r\n" + (b"X: " + b"x" * 1_000 + b"\r\n") * 20, b""),
    ],
    ids=["no upgrade", "more than a request", "no http", "a line too long", "too many headers", "too much"],
)
async def test_talk_that_is_no_handshake_gets_no_link(streams: StreamMaker, words: bytes, answer: bytes) -> None:
    client_stream, server_stream = await streams()
    heard = b""

    async def serve() -> None:
        with pytest.raises(HandshakeFailed):
            async with accept_link(server_stream, subprotocols=[SUBPROTOCOL], allowed_origins=(), handshake_timeout=60):
                pass

    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve)
            await client_stream.send_all(words)
            with suppress(trio.BrokenResourceError):  # what was not read any more resets the connection
                async for data in client_stream:
                    heard += data
    assert heard.startswith(answer)
    assert bool(heard) == bool(answer)
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
    opening = (
        accept_link(near, subprotocols=[SUBPROTOCOL], allowed_origins=(), handshake_timeout=5)
        if role == "server"
        else connect_link(near, host="h", path="/", subprotocol=SUBPROTOCOL, handshake_timeout=5)
    )
    with pytest.raises(HandshakeFailed) as caught:
        async with opening:
            pass
    assert caught.value.status is None
    assert trio.current_time() - began == (5 if fault == "silent" else 0)
    with pytest.raises(trio.ClosedResourceError):
        await near.send_all(b"x")


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
                data = await link.receive()
                assert isinstance(data, bytes)
                await link.send(data)
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
