"""The daemon's end of a link: websockets' sans-IO protocol over a stream, without a task of its own. Its only importer.

The client's end is `coachline_core.runtime.link`, where what a link promises is written down. Here whoever waits for a
message reads from the stream himself, and whoever sends sends, so a link costs its connection no task and no hop from
one to another. The exceptions of the library stay in this file.
"""

from __future__ import annotations

import codecs
import logging
import ssl
from collections import deque
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Final

import trio
import trio.abc
from coachline_core.runtime.link import (
    CLOSE_TIMEOUT,
    LINGER_BYTES,
    LINGER_SECONDS,
    MAX_MESSAGE_BYTES,
    MAX_REASON_BYTES,
    MESSAGE_TOO_BIG,
    NO_CODE,
    HandshakeFailed,
    LinkClosed,
)
from coachline_core.runtime.transport import Transport
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import Event, Protocol, Side, State
from websockets.server import ServerProtocol
from websockets.typing import Origin, Subprotocol

INVALID_TEXT: Final = 1007
RECEIVE_BYTES: Final = 4 * 1024
"""Read at once: many a message; 16 KiB of nothing but pings would take 10 ms from everybody else, each time."""
TURN_MESSAGES: Final = 16
"""Of those that came together so many are handed on before others have their turn: some 0.5 ms of work."""
MAX_REQUEST_BYTES: Final = 16 * 1024
"""Of the request that begins the handshake: what a browser with many cookies says fits."""
MAX_OWED: Final = 1024
"""Pings heard and not answered while somebody else sends: whoever asks more and hears nothing is not heard either."""
END_OF_REQUEST: Final = b"\r\n\r\n"
TLS_RECORD: Final = b"\x16"
"""What a client begins with that wants TLS (RFC 8446, section 5.1), and no request does."""

_log = logging.getLogger(__name__)
_log.setLevel(logging.ERROR)  # what the library says of each connection, the daemon says in its own words

_LOST = (trio.BrokenResourceError, trio.ClosedResourceError)


class ServerLink:
    """Implements `Link`, once the handshake is done."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        # Not the one that shook hands: it would keep the request for as long as the link lives.
        self._protocol = Protocol(Side.SERVER, state=State.OPEN, max_size=MAX_MESSAGE_BYTES, logger=_log)
        self._messages: deque[bytes | str] | None = None
        """Heard and not taken yet; None: there are none. An empty deque would cost every connection 760 bytes."""
        self._partial: bytearray | None = None
        self._text: codecs.IncrementalDecoder | None = None
        """Of the message that is heard piece by piece: what there is of it, and how to read it if it is text."""
        self._closed: LinkClosed | None = None
        self._reading = self._sending = False
        """Whether a task does so now. Those who wait for its end do at these; None: nobody does."""
        self._was_read: trio.Event | None = None
        self._was_sent: trio.Event | None = None
        self._pong: trio.Event | None = None
        self._owed = 0
        """Pings heard since all that was to be said was last handed on."""
        self._unsent = b""
        """Said, and not taken by the stream yet."""

    @property
    def peer(self) -> str:
        return self._transport.peer

    @property
    def last_heard(self) -> float:
        return self._transport.last_heard

    async def send(self, data: bytes) -> None:
        if not self.send_now(data):
            await self.flush()

    def send_now(self, data: bytes) -> bool:
        """Send one message without waiting for anything. False: not all of it went; `flush` before the next. Raises
        LinkClosed.
        """
        self._check_open()
        self._protocol.send_binary(data)
        return self._push_now()

    async def flush(self) -> None:
        """Send what is left of what was said. As `send` it must not be broken off. Raises LinkClosed."""
        await self._push()

    async def receive(self) -> bytes | str:
        while self._closed is None:
            if self._messages is not None:
                message = self._messages.popleft()
                # Among many that came together others have their turn; before the first the stream saw to it.
                if not self._messages:
                    self._messages = None
                elif len(self._messages) % TURN_MESSAGES == 0:
                    await trio.lowlevel.checkpoint()
                return message
            if self._protocol.state is not State.OPEN:
                self._end()
            else:
                await self._read()
        raise self._fresh()

    async def ping(self) -> None:
        self._check_open()
        if self._pong is None:
            self._pong = trio.Event()
        # Any pong after it will do: whoever sends one is there.
        pong = self._pong
        self._protocol.send_ping(b"")
        await self._push()
        await pong.wait()
        self._check_open()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        if self._closed is not None:
            return
        said = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
        self._mark_closed(LinkClosed(code, said))
        try:
            with trio.move_on_after(CLOSE_TIMEOUT):
                if self._protocol.state is State.OPEN:
                    self._protocol.send_close(code, said)
                    await self._push()
                while self._protocol.close_rcvd is None and not self._transport.ended:
                    await (self._until_read() if self._reading else self._read())
        except LinkClosed:
            pass  # the peer did not wait for it
        finally:
            await self._transport.kill()

    async def finish(self) -> None:
        """At the end: let our last words arrive where the peer is still talking, then free the stream."""
        said, heard = self._protocol.close_sent, self._protocol.close_rcvd
        if heard is None and said is not None and said.code == MESSAGE_TOO_BIG and not self._transport.ended:
            await self._transport.linger(LINGER_SECONDS, LINGER_BYTES)
        await self._transport.kill()

    # -- hearing

    async def _read(self) -> None:
        """Read once, and answer what is to be answered at once. One task at a time. Raises LinkClosed."""
        self._reading = True
        try:
            data = await self._transport.receive_some(RECEIVE_BYTES)
        except _LOST:
            self._end()
            raise self._fresh() from None
        finally:
            self._reading = False
            if self._was_read is not None:
                self._was_read.set()
                self._was_read = None
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        for event in self._protocol.events_received():
            self._hear(event)
        if not self._push_now() and (not self._sending or self._owed > MAX_OWED):
            await self._push()  # otherwise whoever is sending sends these too

    async def _until_read(self) -> None:
        """Until the task that reads has done so once."""
        if self._was_read is None:
            self._was_read = trio.Event()
        await self._was_read.wait()

    def _hear(self, frame: Event) -> None:
        """A frame as the protocol has let it through; after the handshake it has no other events."""
        if not isinstance(frame, Frame):
            raise TypeError(f"a {type(frame).__name__} after the handshake")
        if frame.opcode is Opcode.PING:
            self._owed += 1
        elif self._closed is not None:
            pass  # nobody takes it any more: it would be kept for as long as we wait for the peer's last word
        elif frame.opcode in (Opcode.BINARY, Opcode.TEXT) and frame.fin:
            self._take(bytes(frame.data), text=frame.opcode is Opcode.TEXT)
        elif frame.opcode in (Opcode.BINARY, Opcode.TEXT, Opcode.CONT):
            self._take_part(frame)
        elif frame.opcode is Opcode.PONG and self._pong is not None:
            self._pong.set()
            self._pong = None

    def _take(self, data: bytes, *, text: bool) -> None:
        try:
            message = data.decode() if text else data
        except UnicodeDecodeError:
            self._fail_text()
            return
        if self._messages is None:
            self._messages = deque()
        self._messages.append(message)

    def _take_part(self, frame: Frame) -> None:
        if self._partial is None:
            self._partial = bytearray()
            self._text = codecs.getincrementaldecoder("utf-8")() if frame.opcode is Opcode.TEXT else None
        self._partial += frame.data
        try:
            if self._text is not None:
                self._text.decode(bytes(frame.data), frame.fin)  # text that breaks off wrongly is refused at once
        except UnicodeDecodeError:
            self._fail_text()
            return
        if frame.fin:
            whole, text = bytes(self._partial), self._text is not None
            self._partial = self._text = None
            self._take(whole, text=text)

    def _fail_text(self) -> None:
        if self._protocol.state is State.OPEN:
            self._protocol.fail(INVALID_TEXT, "text is not UTF-8")

    # -- saying

    def _push_now(self) -> bool:
        """Send what the protocol has to say as far as that needs no waiting: was that all? Raises LinkClosed."""
        if self._sending or self._unsent:
            return False
        if said := b"".join(self._protocol.data_to_send()):
            try:
                sent = self._transport.send_now(said)
            except _LOST:
                self._end()
                raise self._fresh() from None
            self._unsent = said[sent:]
        if self._unsent:
            return False
        self._owed = 0
        return True

    async def _push(self) -> None:
        """Send everything the protocol has to say; one task does, for all who come meanwhile. Broken off in the middle
        the link is dead. Raises LinkClosed."""
        try:
            if self._sending:
                if self._was_sent is None:
                    self._was_sent = trio.Event()
                await self._was_sent.wait()
                if self._transport.ended:
                    self._end()
                    raise self._fresh()
                return
            self._sending = True
            try:
                while data := self._unsent + b"".join(self._protocol.data_to_send()):
                    self._unsent = b""
                    self._owed = 0
                    await self._transport.send_all(data)
            finally:
                self._sending = False
                if self._was_sent is not None:
                    self._was_sent.set()
                    self._was_sent = None
        except _LOST:
            self._end()
            raise self._fresh() from None
        except BaseException:
            self._mark_closed(LinkClosed(None, "a send was broken off"))
            await self._transport.kill()
            raise

    # -- the end

    def _check_open(self) -> None:
        if self._closed is None and self._protocol.state is not State.OPEN:
            self._end()
        if self._closed is not None:
            raise self._fresh()

    def _fresh(self) -> LinkClosed:
        # A new exception each time: raising one object from several tasks would mix up their tracebacks.
        assert self._closed is not None
        return LinkClosed(self._closed.code, self._closed.reason)

    def _end(self) -> None:
        """It ended by the peer, by a failure, or without a word."""
        seen = self._protocol.close_rcvd or self._protocol.close_sent
        if seen is None or seen.code in NO_CODE:
            self._mark_closed(LinkClosed(None, "the link ended"))
        else:
            self._mark_closed(LinkClosed(seen.code, seen.reason))

    def _mark_closed(self, closed: LinkClosed) -> None:
        if self._closed is None:
            self._closed = closed
        if self._pong is not None:
            self._pong.set()


@asynccontextmanager
async def accept_link(
    stream: trio.abc.Stream,
    *,
    subprotocols: Sequence[str],
    allowed_origins: Collection[str],
    handshake_timeout: float,
) -> AsyncIterator[ServerLink]:
    """The WebSocket handshake over a connected stream, which this block owns and closes at its end.

    A request with an Origin outside `allowed_origins` gets HTTP 403 (browsers always send one, our client never); one
    proposing none of `subprotocols` gets 400, one that asks for no WebSocket 426, and what is no HTTP no answer at all.
    Raises HandshakeFailed for these, for a peer that leaves, and after `handshake_timeout` seconds (TLS included, if
    the stream is still to do it).
    """
    transport = Transport(stream)
    link: ServerLink | None = None
    try:
        with trio.move_on_after(handshake_timeout):
            link = await _shake_hands(transport, subprotocols, allowed_origins)
        if link is None:
            raise HandshakeFailed(f"no handshake within {handshake_timeout} s")
        yield link
        await link.close()
    finally:
        if link is not None:
            await link.finish()
        await transport.kill()


async def _shake_hands(
    transport: Transport, subprotocols: Sequence[str], allowed_origins: Collection[str]
) -> ServerLink:
    protocol = ServerProtocol(
        origins=[None, *(Origin(origin) for origin in allowed_origins)],
        subprotocols=[Subprotocol(name) for name in subprotocols],
        logger=_log,
    )
    try:
        response = protocol.accept(await _requested(transport, protocol))
        protocol.send_response(response)
        await transport.send_all(b"".join(protocol.data_to_send()))
    except _LOST as lost:
        raise HandshakeFailed(_why(lost)) from None
    if protocol.handshake_exc is not None:
        raise HandshakeFailed(_refusal(protocol), response.status_code)
    return ServerLink(transport)


async def _requested(transport: Transport, protocol: ServerProtocol) -> Request:
    """The request. Raises HandshakeFailed, also for a peer that says more before it has been answered."""
    said = b""
    while END_OF_REQUEST not in said:
        if len(said) > MAX_REQUEST_BYTES:
            raise HandshakeFailed(f"a request of more than {MAX_REQUEST_BYTES} bytes")
        data = await transport.receive_some(RECEIVE_BYTES)
        if not data:
            raise HandshakeFailed("the peer ended the handshake")
        said += data
        if said.startswith(TLS_RECORD):
            raise HandshakeFailed("the peer speaks TLS, and this daemon has no certificate to speak it with")
    # The protocol hears a request and nothing else: what it made of more could not be answered any more.
    if said.partition(END_OF_REQUEST)[2]:
        raise HandshakeFailed("the peer did not wait for the answer")
    protocol.receive_data(said)
    match protocol.events_received():
        case [Request() as request]:
            return request
        case _:
            raise HandshakeFailed(_refusal(protocol))


def _refusal(protocol: ServerProtocol) -> str:
    """Why it refuses. The traceback goes: it holds what holds it, the stream too."""
    failure = protocol.handshake_exc
    assert failure is not None
    failure.__cause__ = failure.__context__ = failure.__traceback__ = None
    return str(failure)


def _why(lost: Exception) -> str:
    """What a handshake was ended by, of TLS too: most who fail at that have a certificate or an address wrong."""
    match lost.__cause__:
        case ssl.SSLError(reason="HTTP_REQUEST"):
            return "the peer speaks no TLS, and this daemon wants it"
        case ssl.SSLError(reason=str(reason)):
            return f"TLS: {reason.lower().replace('_', ' ')}"
        case _:
            return "the peer ended the handshake"
