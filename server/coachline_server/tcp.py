"""A connected TCP socket as the daemon uses it, instead of trio's stream: waits before it reads, and can send at once.

A connection is nearly always read when nothing has come yet, so trio's way, to try first and wait then, costs a system
call and an exception for each message. And trio has no way to send without awaiting, which would take a task for each
connection that is told something.
"""

from __future__ import annotations

import operator
import socket

import trio
import trio.abc
from coachline_core.runtime.transport import Addressed, Prompt, peer_of

RECEIVE_BYTES = 4 * 1024
"""Read at once where the caller names no number."""


class TcpStream(trio.abc.Stream, Addressed, Prompt):
    """Takes over the socket of a trio stream."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.peer = peer_of(stream)
        theirs = stream.socket
        self._socket = socket.socket(theirs.family, theirs.type, theirs.proto, theirs.detach())
        self._socket.setblocking(False)

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
        if self._socket.fileno() >= 0:
            trio.lowlevel.notify_closing(self._socket)
            self._socket.close()
        await trio.lowlevel.checkpoint()

    async def _check_open(self) -> None:
        if self._socket.fileno() < 0:
            await trio.lowlevel.checkpoint()
            raise trio.ClosedResourceError("this end was closed")

    def _ended(self) -> Exception:
        """What a failed call means."""
        if self._socket.fileno() < 0:
            return trio.ClosedResourceError("this end was closed")
        return trio.BrokenResourceError("the connection broke")
