"""A window's way to the daemon over loopback: a port of its own, which can be shut and opened again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
from coachline_core.runtime.nursery import flat_nursery

PIECE = 65_536


class Tunnel:
    """Bytes go both ways while it is open. Shut, what was connected is cut, and who tries is turned away at once."""

    def __init__(self, to: int, port: int) -> None:
        self._to = to
        self.port = port
        self._open = True
        self._lanes: set[trio.CancelScope] = set()

    def shut(self) -> None:
        """No network until `open`."""
        self._open = False
        for lane in self._lanes:
            lane.cancel()

    def open(self) -> None:
        """The network is there again."""
        self._open = True

    async def carry(self, near: trio.SocketStream) -> None:
        """One connection, until one of its ends is gone or the tunnel is shut."""
        async with near:
            if not self._open:
                return
            async with await trio.open_tcp_stream("127.0.0.1", self._to) as far, flat_nursery() as nursery:
                lane = nursery.cancel_scope
                self._lanes.add(lane)
                nursery.start_soon(_pour, near, far, lane)
                nursery.start_soon(_pour, far, near, lane)
            self._lanes.discard(lane)


async def _pour(source: trio.SocketStream, sink: trio.SocketStream, lane: trio.CancelScope) -> None:
    try:
        while data := await source.receive_some(PIECE):
            await sink.send_all(data)
    except trio.BrokenResourceError:
        pass  # gone without a word, which ends the lane as well
    lane.cancel()


@asynccontextmanager
async def tunnel(to: int) -> AsyncIterator[Tunnel]:
    """A tunnel to a port of this computer, until the block ends."""
    async with flat_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        made = Tunnel(to, listener.socket.getsockname()[1])
        nursery.start_soon(trio.serve_listeners, made.carry, [listener])
        yield made
        nursery.cancel_scope.cancel()
