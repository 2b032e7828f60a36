"""Listening on TCP: whoever waits at the door is let in at once, not one in every turn of the event loop."""

from __future__ import annotations

import socket
from collections import deque
from typing import Final

import trio
import trio.abc

AT_ONCE: Final = 8
"""Accepted in one turn. A turn costs a tenth of what coming in does, and those let in together share what follows too:
the database is asked once for all of them. With many more, everybody else would wait for their handshakes."""


class TcpListener(trio.abc.Listener[trio.SocketStream]):
    """As trio's, but for one thing: of those who wait already only the first is a checkpoint."""

    def __init__(self, listener: trio.SocketListener) -> None:
        """Takes ownership of `listener`."""
        self._listener = listener
        inner = listener.socket
        # trio's own socket yields to the others after every accept. This one is the same to the system.
        self._door = socket.fromfd(inner.fileno(), inner.family, inner.type)
        self._door.setblocking(False)
        self._let_in: deque[trio.SocketStream] = deque()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, port = self._listener.socket.getsockname()[:2]
        return host, port

    async def accept(self) -> trio.SocketStream:
        """See `trio.SocketListener.accept`."""
        if not self._let_in:
            self._let_in.append(await self._listener.accept())
            self._let_in_more()
        return self._let_in.popleft()

    def _let_in_more(self) -> None:
        try:
            while len(self._let_in) < AT_ONCE:
                stream, _ = self._door.accept()
                self._let_in.append(trio.SocketStream(trio.socket.from_stdlib_socket(stream)))
        except OSError:
            return  # nobody else, or something is wrong: the next one who is waited for will show what

    async def aclose(self) -> None:
        """Close the door, also to those who were let in and not handed on yet."""
        self._door.close()
        while self._let_in:
            await trio.aclose_forcefully(self._let_in.popleft())
        await self._listener.aclose()


def address_of(listener: trio.abc.Listener[trio.abc.Stream]) -> tuple[str, int] | None:
    """Host and port, through TLS; None where there is no such thing (in-memory networks)."""
    if isinstance(listener, trio.SSLListener):
        return address_of(listener.transport_listener)
    return listener.address if isinstance(listener, TcpListener) else None
