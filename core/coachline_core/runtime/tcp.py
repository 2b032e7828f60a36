"""TCP as the daemon uses it, which has many connections to let in, to read and to send on.

A connection is nearly always read when nothing has come yet, so trio's way, to try first and wait then, costs a system
call and an exception for each message. trio has no way to send without awaiting, which would take a task for each
connection that is told something. And its listener yields to everybody after each who is let in.
"""

from __future__ import annotations

import operator
import socket
from collections import deque
from contextlib import suppress
from typing import Final

import trio
import trio.abc

from .transport import Addressed, Prompt, peer_of_socket

RECEIVE_BYTES: Final = 4 * 1024
"""Read at once where the caller names no number."""
UNSENT_BYTES: Final = 16 * 1024
"""More than this the system does not take for a reader who does not read; trio's own measure."""
AT_ONCE: Final = 8
"""Accepted in one turn. A turn costs a tenth of what coming in does, and those let in together share what follows too:
the database is asked once for all of them. With many more, everybody else would wait for their handshakes."""


class TcpStream(trio.abc.Stream, Addressed, Prompt):
    """A connected socket."""

    def __init__(self, connected: socket.socket) -> None:
        """Takes ownership of `connected`."""
        self._socket = connected
        self.peer = peer_of_socket(connected)
        connected.setblocking(False)
        with suppress(OSError):  # some systems refuse once the other end is gone
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
            if hasattr(socket, "TCP_NOTSENT_LOWAT"):
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)

    @classmethod
    def of(cls, stream: trio.SocketStream) -> TcpStream:
        """Takes over the socket of a stream of trio."""
        theirs = stream.socket
        return cls(socket.socket(theirs.family, theirs.type, theirs.proto, theirs.detach()))

    def send_now(self, data: bytes | memoryview) -> int:
        """See `Prompt`."""
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise self._ended() from error

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await trio.lowlevel.checkpoint()
        await self._check_open()
        left = memoryview(data)
        while left := left[self.send_now(left) :]:
            await trio.lowlevel.wait_writable(self._socket)

    async def wait_send_all_might_not_block(self) -> None:
        await self._check_open()
        await trio.lowlevel.wait_writable(self._socket)

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        most = RECEIVE_BYTES if max_bytes is None else operator.index(max_bytes)
        if most < 1:
            raise ValueError("max_bytes must be at least 1")
        await self._check_open()
        while True:
            await trio.lowlevel.wait_readable(self._socket)
            try:
                return self._socket.recv(most)
            except BlockingIOError:
                continue  # woken for nothing, as the system may
            except OSError as error:
                raise self._ended() from error

    async def aclose(self) -> None:
        self.close()
        await trio.lowlevel.checkpoint()

    def close(self) -> None:
        """As `aclose`, which waits for nothing either."""
        if self._socket.fileno() >= 0:
            trio.lowlevel.notify_closing(self._socket)
            self._socket.close()

    async def _check_open(self) -> None:
        if self._socket.fileno() < 0:
            await trio.lowlevel.checkpoint()
            raise trio.ClosedResourceError("this end was closed")

    def _ended(self) -> Exception:
        """What a failed call means."""
        if self._socket.fileno() < 0:
            return trio.ClosedResourceError("this end was closed")
        return trio.BrokenResourceError("the connection broke")


class TcpListener(trio.abc.Listener[TcpStream]):
    """As trio's, but for one thing: of those who wait already only the first is a checkpoint."""

    def __init__(self, listener: trio.SocketListener) -> None:
        """Takes ownership of `listener`."""
        self._listener = listener
        inner = listener.socket
        # trio's own socket yields to the others after every accept. This one is the same to the system.
        self._door = socket.fromfd(inner.fileno(), inner.family, inner.type)
        self._door.setblocking(False)
        self._let_in: deque[TcpStream] = deque()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, port = self._listener.socket.getsockname()[:2]
        return host, port

    async def accept(self) -> TcpStream:
        """See `trio.SocketListener.accept`."""
        if not self._let_in:
            self._let_in.append(TcpStream.of(await self._listener.accept()))
            self._let_in_more()
        return self._let_in.popleft()

    def _let_in_more(self) -> None:
        try:
            while len(self._let_in) < AT_ONCE:
                connected, _ = self._door.accept()
                self._let_in.append(TcpStream(connected))
        except OSError:
            return  # nobody else, or something is wrong: the next one who is waited for will show what

    async def aclose(self) -> None:
        """Close the door, also to those who were let in and not handed on yet."""
        self._door.close()
        while self._let_in:
            self._let_in.popleft().close()
        await self._listener.aclose()


def address_of(listener: trio.abc.Listener[trio.abc.Stream]) -> tuple[str, int] | None:
    """Host and port, through TLS; None where there is no such thing (in-memory networks)."""
    if isinstance(listener, trio.SSLListener):
        return address_of(listener.transport_listener)
    return listener.address if isinstance(listener, TcpListener) else None
