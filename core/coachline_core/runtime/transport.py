"""The byte stream under a link: remembers when it last heard something and dies of a half-finished write."""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod

import trio
import trio.abc


# Not protocols: to look whether a stream is of one takes them 10 to 20 µs, of some 600 that coming in takes.
class Addressed(ABC):
    """A stream that knows who is at its other end without being a trio socket."""

    peer: str
    """An address for limits and logs."""


class Prompt(ABC):
    """A stream that can send without waiting."""

    @abstractmethod
    def send_now(self, data: bytes) -> int:
        """Send what there is room for; how many bytes went. Not while another task sends. Raises BrokenResourceError
        or ClosedResourceError.
        """


def peer_of(stream: trio.abc.Stream) -> str:
    """`host:port` of the other end (IPv6 hosts in brackets), through TLS; "unknown" where there is no such
    thing.
    """
    if isinstance(stream, trio.SSLStream):
        return peer_of(stream.transport_stream)
    if isinstance(stream, trio.SocketStream):
        return peer_of_socket(stream.socket)
    return stream.peer if isinstance(stream, Addressed) else "unknown"


def peer_of_socket(connected: socket.socket | trio.socket.SocketType) -> str:
    """As `peer_of`, of a connected socket."""
    try:
        host, port = connected.getpeername()[:2]
    except OSError:  # already gone
        return "unknown"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Transport(trio.abc.Stream):
    """Wraps any stream. After a `send_all` that was cancelled or failed nothing more is sent, ever: the other
    end would read the next bytes as the rest of the frame that broke off.
    """

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self.peer = peer_of(stream)
        self.last_heard = trio.current_time()
        self.ended = False
        self._killed = False
        self._prompt = stream if isinstance(stream, Prompt) else None

    def send_now(self, data: bytes) -> int:
        """As `Prompt.send_now`; of a stream that is none nothing goes before somebody waits for it."""
        return 0 if self._prompt is None else self._prompt.send_now(data)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        try:
            await self._stream.send_all(data)
        except BaseException:
            await self.kill()
            raise

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        try:
            data = await self._stream.receive_some(max_bytes)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self.ended = True
            raise
        if data:
            self.last_heard = trio.current_time()
        else:
            self.ended = True
        return data

    async def aclose(self) -> None:
        self.ended = True
        await self._stream.aclose()

    async def kill(self) -> None:
        """Close without a word and without waiting, also when cancelled. The other end sees the stream end."""
        self.ended = True
        if self._killed:
            return  # said by everybody who sees an end come, it is done once
        self._killed = True
        with trio.CancelScope(shield=True):
            await trio.aclose_forcefully(self._stream)
        if isinstance(self._stream, trio.SSLStream):
            # It holds itself by this, and would wait for the collector of garbage with all the memory of OpenSSL.
            del self._stream._handshook

    async def linger(self, seconds: float, max_bytes: int) -> None:
        """Read and throw away what the other end is still sending, at most this long and this much.

        Closing a TCP socket with unread bytes resets it, and the reset may overtake our last words.
        """
        with trio.move_on_after(seconds, shield=True):
            try:
                while max_bytes > 0 and (data := await self._stream.receive_some(16 * 1024)):
                    max_bytes -= len(data)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return
