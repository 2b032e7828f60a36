"""What somebody wants, one after the other; what is wanted again while it is being done was pressed twice."""

from collections import deque
from contextlib import suppress

import trio


class Wanted:
    """An iterator over intents that says the same once, if it came again, and nothing between, before it was done.

    The window shows what came of a press a moment later, however slow disk and server are; until then a button is
    there to be pressed again, and Return bounces.
    """

    def __init__(self, said: trio.MemoryReceiveChannel[object]) -> None:
        self._said = said
        self._waiting = deque[object]()
        self._doing: object = None

    def __aiter__(self) -> "Wanted":
        return self

    async def __anext__(self) -> object:
        """The next; whoever asks for it has done the one before."""
        with suppress(trio.WouldBlock, trio.EndOfChannel):
            while True:
                self._hear(self._said.receive_nowait())
        if self._waiting:
            await trio.lowlevel.checkpoint()
        else:
            try:
                self._waiting.append(await self._said.receive())
            except trio.EndOfChannel:
                raise StopAsyncIteration from None
        self._doing = self._waiting.popleft()
        return self._doing

    def _hear(self, want: object) -> None:
        before = self._waiting[-1] if self._waiting else self._doing
        if want != before:
            self._waiting.append(want)
