"""Both ends of one WebSocket, over memory and over loopback, and a foreign client that says what ours would not."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import trio
import trio.abc
import trio_websocket
from coachline_core.runtime.link import Link, LinkClosed, connect_link
from coachline_server.link import accept_link
from support.network import Wire

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


@asynccontextmanager
async def listening(link: Link) -> AsyncIterator[None]:
    """Inside the block somebody waits for messages and throws them away."""

    async def listen() -> None:
        with suppress(LinkClosed):
            while True:
                await link.receive()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen)
        yield
        nursery.cancel_scope.cancel()


async def closing(link: Link) -> LinkClosed:
    """How the link ends, as its reader learns it."""
    try:
        with trio.fail_after(10):
            while True:
                await link.receive()
    except LinkClosed as ended:
        return ended


@asynccontextmanager
async def foreign_client(
    stream: trio.abc.Stream, **options: object
) -> AsyncIterator[trio_websocket.WebSocketConnection]:
    """Somebody else's WebSocket client, with any headers and any messages."""
    async with stream, trio.open_nursery() as nursery:
        yield await trio_websocket.wrap_client_stream(nursery, stream, "h", "/", **options)  # type: ignore[arg-type]
        nursery.cancel_scope.cancel()


class SilentLink:
    """The rest of a link of which only the sending is looked at."""

    peer = "fake"
    last_heard = 0.0

    async def receive(self) -> bytes:
        return await trio.sleep_forever()

    async def ping(self) -> None:
        await trio.sleep_forever()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        await trio.lowlevel.checkpoint()
