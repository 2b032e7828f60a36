"""The real link as an echo, in both directions: for the Autobahn|Testsuite, which knows no Coachline."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import trio
import trio_websocket
from coachline_core.runtime.link import (
    MAX_MESSAGE_BYTES,
    RECEIVE_BYTES,
    HandshakeFailed,
    Link,
    LinkClosed,
    _open_link,
    _WebSocketLink,
)
from coachline_core.runtime.transport import Transport
from coachline_protocol.limits import SUBPROTOCOL
from coachline_server.link import ServerLink, accept_link

HANDSHAKE_SECONDS = 10
CASE_SECONDS = 120
"""One case may take so long; the longest here sends 1,000 messages."""


async def echo(link: Link) -> None:
    """Say back what is heard, until the link ends."""
    try:
        while True:
            said = await link.receive()
            if isinstance(said, str) and isinstance(link, ServerLink):
                # Text is said back as text. Coachline itself never says any, so a link has no way to.
                link._check_open()
                link._protocol.send_text(said.encode())
                await link._push()
            else:
                await link.send(cast(bytes, said))  # which the client's library says as what it is
    except LinkClosed:
        return


async def serve(stream: trio.SocketStream) -> None:
    """The server's end of one connection."""
    try:
        async with accept_link(
            stream, subprotocols=(SUBPROTOCOL,), allowed_origins=(), handshake_timeout=HANDSHAKE_SECONDS
        ) as link:
            await echo(link)
    except HandshakeFailed:
        return


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    """An echo server on a port of the system's choice, inside the block."""
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, serve, 0)
        port: int = listeners[0].socket.getsockname()[1]
        yield port
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def _connected(port: int, path: str) -> AsyncIterator[Link]:
    """As `connect_link` does it, but for the subprotocol: the suite's server chooses none."""

    async def handshake(link: _WebSocketLink, transport: Transport) -> trio_websocket.WebSocketConnection:
        return await trio_websocket.wrap_client_stream(
            cast(trio.Nursery, link),
            cast(trio.SocketStream, transport),
            f"127.0.0.1:{port}",
            path,
            message_queue_size=1,
            max_message_size=MAX_MESSAGE_BYTES,
            receive_buffer_size=RECEIVE_BYTES,
        )

    stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with _open_link(stream, handshake, HANDSHAKE_SECONDS) as link:
        yield link


async def play_all(port: int, agent: str) -> int:
    """As client of a fuzzing server: every case it has, then its report; how many there were."""
    async with _connected(port, "/getCaseCount") as link:
        cases = int(await link.receive())
    for number in range(1, cases + 1):
        try:
            with trio.move_on_after(CASE_SECONDS):
                async with _connected(port, f"/runCase?case={number}&agent={agent}") as link:
                    await echo(link)
        except LinkClosed:
            continue
    async with _connected(port, f"/updateReports?agent={agent}") as link:
        await echo(link)
    return cases
