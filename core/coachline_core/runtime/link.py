"""The link: one WebSocket as the rest of Coachline sees it, and the client's end of one. The daemon's end, which has
many of them to carry, is `coachline_server.link`. The only importer of trio-websocket.

What this file adds to the library, each because it was seen to go wrong: a send that is cancelled or fails
kills the link (half a frame on the wire is accepted here and never arrives there); a peer that ends during
the handshake or a ping ends the wait (the library waits for ever); an exception in the library's reader task
ends the link and nothing else; the subprotocol is checked; the transport is always closed.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, Protocol, TypeVar, cast

import trio
import trio.abc
import trio_websocket
from trio_websocket import ConnectionClosed, ConnectionRejected, WebSocketConnection

from .nursery import flat_nursery
from .seams import Network
from .transport import Transport

T = TypeVar("T")

# F4 of the protocol; a frame is smaller, so that one always fits a message.
MAX_MESSAGE_BYTES: Final = 64 * 1024
# Bytes read from the transport at once: a typical message in one go, a largest one in four.
RECEIVE_BYTES: Final = 16 * 1024
# Seconds for the closing handshake. Nobody is waiting for it; a peer that does not answer is cut off.
CLOSE_TIMEOUT: Final = 2.0
# Seconds and bytes a peer may go on sending after being told that its message was too big.
LINGER_SECONDS: Final = 1.0
LINGER_BYTES: Final = 1024 * 1024
# Close reasons share a control frame of 125 bytes with the two bytes of the code (RFC 6455 §5.5).
MAX_REASON_BYTES: Final = 123

# Stand where no code was said: no status, abnormal closure (RFC 6455 §7.4.1).
NO_CODE: Final = (1005, 1006)
MESSAGE_TOO_BIG: Final = 1009


class LinkClosed(Exception):
    """The link has ended, by either side. `code` is None when no close frame with a code was seen."""

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        told = self.reason or "the link ended"
        return told if self.code is None else f"{told} ({self.code})"


class HandshakeFailed(LinkClosed):
    """The link never came to be. `status`: the HTTP status given or received, None if there was none."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(None, reason)
        self.status = status


class Link(Protocol):
    """Whole messages, both ways."""

    @property
    def peer(self) -> str:
        """Address of the other end, for limits and logs."""
        ...

    @property
    def last_heard(self) -> float:
        """When any bytes last came in (messages, pings, pongs); seconds on trio's clock."""
        ...

    async def send(self, data: bytes) -> None:
        """Send one message. Cancelled or failed: the link is dead, the peer sees it end. Raises LinkClosed."""
        ...

    async def receive(self) -> bytes | str:
        """The next message; cancelling loses none. One reader. Raises LinkClosed.

        A text message comes as `str`: what to make of it is the protocol's affair. One over 64 KiB closes the
        link with 1009. Messages must be taken promptly: pings are answered, and their answers heard, only while
        somebody waits for one.
        """
        ...

    async def ping(self) -> None:
        """Returns when the peer's pong has come. Raises LinkClosed."""
        ...

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye and end it; takes at most CLOSE_TIMEOUT. Idempotent. A long reason is cut at 123 bytes."""
        ...


class _WebSocketLink:
    """A Link over one WebSocketConnection. Also stands in for the nursery in which the library starts its
    reader.
    """

    def __init__(self, transport: Transport, nursery: trio.Nursery) -> None:
        self._transport = transport
        self._nursery = nursery
        self._ws: WebSocketConnection
        self._closed: LinkClosed | None = None
        self._rejection: ConnectionRejected | None = None
        self._reader_ended = False
        self._waits: dict[trio.CancelScope, None] = {}
        self._pings = 0

    @property
    def peer(self) -> str:
        return self._transport.peer

    @property
    def last_heard(self) -> float:
        return self._transport.last_heard

    def start_soon(self, reader: Callable[[], Awaitable[None]]) -> None:
        """What the library calls to start its reader task."""
        self._nursery.start_soon(self._read, reader)

    async def _read(self, reader: Callable[[], Awaitable[None]]) -> None:
        try:
            await reader()
        except ConnectionRejected as rejection:
            self._rejection = rejection
        except Exception as error:
            # The library lets errors of closed connections and of misbehaving peers escape here.
            self._mark_closed(LinkClosed(None, f"transport failed: {type(error).__name__}"))
            await self._transport.kill()
        finally:
            self._reader_ended = True
            for scope in self._waits:
                scope.cancel()

    async def while_reading(self, wait: Callable[[], Awaitable[T]]) -> T:
        """Await something that only the reader task can bring about. Raises LinkClosed when the reader has
        ended.
        """
        with trio.CancelScope() as scope:
            self._waits[scope] = None
            if self._reader_ended:
                scope.cancel()
            try:
                return await wait()
            except ConnectionClosed as error:
                raise self._end_of(error) from None
            finally:
                del self._waits[scope]
        raise self._end_of(None)

    def opened(self, connection: WebSocketConnection) -> None:
        """The handshake is done."""
        self._ws = connection

    async def send(self, data: bytes) -> None:
        self._check_open()
        try:
            await self._ws.send_message(data)
        except ConnectionClosed as error:
            raise self._end_of(error) from None
        except BaseException:
            self._mark_closed(LinkClosed(None, "a send was broken off"))
            await self._transport.kill()
            raise

    async def receive(self) -> bytes | str:
        self._check_open()
        try:
            return await self._ws.get_message()
        except ConnectionClosed as error:
            raise self._end_of(error) from None

    async def ping(self) -> None:
        self._check_open()
        self._pings += 1
        # The library tells pings apart by what is in them; a byte does, as few are on their way at once.
        payload = bytes((self._pings & 0xFF,))
        await self.while_reading(lambda: self._ws.ping(payload))

    async def close(self, code: int = 1000, reason: str = "") -> None:
        if self._closed is not None:
            return
        said = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
        self._closed = LinkClosed(code, said)
        with trio.move_on_after(CLOSE_TIMEOUT) as scope:
            self._waits[scope] = None
            if self._reader_ended:
                scope.cancel()
            try:
                await self._ws.aclose(code, said or None)
            finally:
                del self._waits[scope]
                await self._transport.kill()

    async def finish(self) -> None:
        """Once the reader task is no more: let our last words arrive, then free the transport."""
        if self._closed is not None and self._closed.code == MESSAGE_TOO_BIG and not self._transport.ended:
            await self._transport.linger(LINGER_SECONDS, LINGER_BYTES)
        await self._transport.kill()

    def handshake_failure(self) -> HandshakeFailed:
        """Why the reader ended before the link was open."""
        if self._rejection is not None:
            body = (self._rejection.body or b"").decode(errors="replace")
            return HandshakeFailed(body or "refused", self._rejection.status_code)
        return HandshakeFailed("the peer ended the handshake")

    def _check_open(self) -> None:
        if self._closed is not None:
            raise self._fresh()

    def _fresh(self) -> LinkClosed:
        # A new exception each time: raising one object from several tasks would mix up their tracebacks.
        assert self._closed is not None
        return LinkClosed(self._closed.code, self._closed.reason)

    def _mark_closed(self, closed: LinkClosed) -> None:
        if self._closed is None:
            self._closed = closed

    def _end_of(self, error: ConnectionClosed | None) -> LinkClosed:
        seen = (error.reason if error is not None else None) or (self._ws.closed if hasattr(self, "_ws") else None)
        if seen is None:
            self._mark_closed(LinkClosed(None, "the link ended"))
        else:
            code = None if seen.code in NO_CODE else seen.code
            self._mark_closed(LinkClosed(code, seen.reason or seen.name.lower().replace("_", " ")))
        return self._fresh()


@asynccontextmanager
async def connect_link(
    stream: trio.abc.Stream, *, host: str, path: str, subprotocol: str, handshake_timeout: float
) -> AsyncIterator[Link]:
    """The WebSocket handshake over a stream from `dial_tls`, which this block owns and closes at its end.

    `host` goes into the Host header. Raises HandshakeFailed, with the HTTP status when the server refused, for a peer
    that leaves or talks nonsense, and after `handshake_timeout` seconds.
    """

    async def handshake(link: _WebSocketLink, transport: Transport) -> WebSocketConnection:
        connection = await trio_websocket.wrap_client_stream(
            cast(trio.Nursery, link),
            cast(trio.SocketStream, transport),
            host,
            path,
            subprotocols=[subprotocol],
            message_queue_size=1,
            max_message_size=MAX_MESSAGE_BYTES,
            receive_buffer_size=RECEIVE_BYTES,
        )
        if connection.subprotocol != subprotocol:
            raise HandshakeFailed(f"the server does not speak {subprotocol}")
        return connection

    async with _open_link(stream, handshake, handshake_timeout) as link:
        yield link


async def dial_tls(
    network: Network, host: str, port: int, ssl_context: ssl.SSLContext | None, *, timeout: float = 10
) -> trio.abc.Stream:
    """Connect and, with a context, do the TLS handshake at once, both within `timeout` seconds.

    Raises OSError (nobody there; cut off; ssl.SSLError for certificate and TLS errors) or trio.TooSlowError.
    """
    with trio.fail_after(timeout):
        stream = await network.dial(host, port)
        if ssl_context is None:
            return stream
        tls = trio.SSLStream(stream, ssl_context, server_hostname=host, https_compatible=True)
        try:
            await tls.do_handshake()
        except BaseException as error:
            await trio.aclose_forcefully(stream)
            if isinstance(error, trio.BrokenResourceError):
                if isinstance(error.__cause__, OSError):
                    raise error.__cause__ from None
                raise ConnectionResetError("the connection ended during the TLS handshake") from error
            raise
        return tls


@asynccontextmanager
async def _open_link(
    stream: trio.abc.Stream,
    handshake: Callable[[_WebSocketLink, Transport], Awaitable[WebSocketConnection]],
    timeout: float,
) -> AsyncIterator[Link]:
    transport = Transport(stream)
    link: _WebSocketLink | None = None
    try:
        async with flat_nursery() as nursery:
            link = _WebSocketLink(transport, nursery)
            link.opened(await _shake_hands(link, transport, handshake, timeout))
            yield link
            await link.close()
            nursery.cancel_scope.cancel()
    finally:
        if link is not None:
            await link.finish()
        await transport.kill()


async def _shake_hands(
    link: _WebSocketLink,
    transport: Transport,
    handshake: Callable[[_WebSocketLink, Transport], Awaitable[WebSocketConnection]],
    timeout: float,
) -> WebSocketConnection:
    with trio.move_on_after(timeout):
        try:
            return await link.while_reading(lambda: handshake(link, transport))
        except HandshakeFailed:
            raise
        except LinkClosed:
            raise link.handshake_failure() from None
    raise HandshakeFailed(f"no handshake within {timeout} s")
