"""A network that can be cut: what a tunnel, a lift or a train does to a telephone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio
import trio.abc
from coachline_core.runtime.seams import Network

T = TypeVar("T")


class CuttableNetwork:
    """The real network until `cut`, none until `heal`."""

    def __init__(self, inner: Network) -> None:
        self._inner = inner
        self._streams: set[_CuttableStream] = set()
        self.is_cut = False

    async def dial(self, host: str, port: int) -> trio.abc.Stream:
        """Connect. Raises OSError when nobody answers, as nobody does while cut."""
        if self.is_cut:
            await trio.lowlevel.checkpoint()
            raise ConnectionRefusedError("the line is cut")
        stream = _CuttableStream(await self._inner.dial(host, port), self._streams.discard)
        self._streams.add(stream)
        return stream

    async def listen(self, host: str, port: int) -> list[trio.abc.Listener[trio.abc.Stream]]:
        """As the network inside."""
        return await self._inner.listen(host, port)

    def cut(self) -> None:
        """End every connection there is, and let no new one come about."""
        self.is_cut = True
        for stream in list(self._streams):
            stream.cut()

    def heal(self) -> None:
        """Let connections come about again."""
        self.is_cut = False


class _CuttableStream(trio.abc.Stream):
    """A stream that breaks, in whatever it is doing, when it is cut."""

    def __init__(self, inner: trio.abc.Stream, closed: Callable[[_CuttableStream], None]) -> None:
        self._inner = inner
        self._closed = closed
        self._doing: set[trio.CancelScope] = set()
        self._cut = False

    def cut(self) -> None:
        self._cut = True
        for scope in self._doing:
            scope.cancel()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._do(lambda: self._inner.send_all(data))

    async def wait_send_all_might_not_block(self) -> None:
        await self._do(self._inner.wait_send_all_might_not_block)

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        return await self._do(lambda: self._inner.receive_some(max_bytes))

    async def aclose(self) -> None:
        self._closed(self)
        await self._inner.aclose()

    async def _do(self, what: Callable[[], Awaitable[T]]) -> T:
        with trio.CancelScope() as scope:
            self._doing.add(scope)
            if self._cut:
                scope.cancel()
            try:
                return await what()
            finally:
                self._doing.discard(scope)
        raise trio.BrokenResourceError("the line is cut")
