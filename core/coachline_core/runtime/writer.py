"""The sending half of a connection: what waits, what is merged, dropped or purged, and the one task that
sends it.

All frames waiting go out in one WebSocket message, so the cost per frame falls as load rises. `OutQueue` is
the pure part and knows no trio; `Writer` is the task around it. The daemon's connections send without one
(`coachline_server.sending`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import Final, NoReturn

import msgspec
import trio
from msgspec.structs import replace
from trio.lowlevel import Abort, Task

from .link import MAX_MESSAGE_BYTES, Link

# H8 of the protocol: what may wait for one slow reader before it is dismissed.
MAX_WAITING_BYTES: Final = 1024 * 1024


class _Entry(msgspec.Struct, frozen=True):
    frame: bytes
    droppable: Hashable | None
    tag: Hashable | None
    instead: bytes | None
    size: int
    """Bytes it may take, whichever of the two is sent."""


class OutQueue:
    """Frames waiting to be sent, bounded by their total size in bytes, in order of arrival."""

    def __init__(self, *, max_bytes: int = MAX_WAITING_BYTES, max_message_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._max_message_bytes = max_message_bytes
        self._entries: dict[int, _Entry] = {}
        self._droppables: dict[Hashable, int] = {}
        self._next_number = 0
        self._bytes = 0
        self._droppable_bytes = 0
        self._peak = 0

    def __len__(self) -> int:
        """Frames waiting."""
        return len(self._entries)

    @property
    def waiting_bytes(self) -> int:
        """Bytes waiting."""
        return self._bytes

    @property
    def peak_bytes(self) -> int:
        """The most bytes that ever waited at once."""
        return self._peak

    def offer(
        self,
        frame: bytes,
        *,
        droppable: Hashable | None = None,
        tag: Hashable | None = None,
        instead: bytes | None = None,
    ) -> bool:
        """Queue a frame. False: it does not fit, the reader is too slow and must be dismissed.

        `droppable`: the frame may be lost, and replaces a waiting one with the same key (the newest typing or
        presence of one person is all anybody wants), at the end: it is newer than all that waits, and an answer
        among that may say the same thing as it was before. Droppable frames make room for others, oldest first;
        one that finds no room itself is dropped, which is no failure. `tag`: what `purge` will know it
        by; `instead`: what is sent in its place then, for who waits for an answer must get one. Raises ValueError
        for a frame that fits no message.
        """
        size = len(frame) if instead is None else max(len(frame), len(instead))
        if size > self._max_message_bytes:
            raise ValueError(f"frame of {size} bytes exceeds a message of {self._max_message_bytes}")
        entry = _Entry(frame, droppable, tag, instead, size)
        if droppable is not None:
            self._offer_droppable(entry, droppable)
            return True
        if self._bytes - self._droppable_bytes + size > self._max_bytes:
            return False
        while self._bytes + size > self._max_bytes:
            self._remove(next(iter(self._droppables.values())))
        self._append(entry)
        return True

    def next_message(self) -> bytes:
        """Take as many frames from the front as fit one message, joined. Empty when nothing waits."""
        if not self._entries:
            return b""
        if self._bytes <= self._max_message_bytes:
            message = b"".join([entry.frame for entry in self._entries.values()])
            self._entries.clear()
            self._droppables.clear()
            self._bytes = self._droppable_bytes = 0
            return message
        taken: list[int] = []
        size = 0
        for number, entry in self._entries.items():
            size += len(entry.frame)
            if size > self._max_message_bytes:
                break
            taken.append(number)
        return b"".join([self._remove(number) for number in taken])

    def purge(self, tag: Hashable) -> int:
        """Remove every waiting frame with this tag, or send what was given instead. Returns how many."""
        doomed = [(number, entry) for number, entry in self._entries.items() if entry.tag == tag]
        for number, entry in doomed:
            if entry.instead is None:
                self._remove(number)
            else:
                self._entries[number] = replace(entry, frame=entry.instead, tag=None)
        return len(doomed)

    def clear(self) -> None:
        """Remove everything."""
        for number in tuple(self._entries):
            self._remove(number)

    def _offer_droppable(self, entry: _Entry, key: Hashable) -> None:
        number = self._droppables.get(key)
        if number is not None:
            # Also where there is no room for the new one: telling the old one would be telling what is no longer so.
            self._remove(number)
        if self._bytes + entry.size <= self._max_bytes:
            self._droppables[key] = self._append(entry)
            self._droppable_bytes += entry.size

    def _append(self, entry: _Entry) -> int:
        number = self._next_number
        self._next_number += 1
        self._entries[number] = entry
        self._bytes += entry.size
        if self._bytes > self._peak:
            self._peak = self._bytes
        return number

    def _remove(self, number: int) -> bytes:
        entry = self._entries.pop(number)
        self._bytes -= entry.size
        if entry.droppable is not None:
            del self._droppables[entry.droppable]
            self._droppable_bytes -= entry.size
        return entry.frame


class BaseWriter(ABC):
    """What waits for one link. Anybody may `offer`; how it is sent is for the kinds of writers to say."""

    def __init__(self, *, max_bytes: int = MAX_WAITING_BYTES) -> None:
        self._queue = OutQueue(max_bytes=max_bytes)
        self._waiting: Task | None = None
        self._sending = False
        self._ended = False
        self._quiet: trio.Event | None = None

    @property
    def waiting_bytes(self) -> int:
        """Bytes waiting, without the message being sent."""
        return self._queue.waiting_bytes

    @property
    def peak_bytes(self) -> int:
        """The most bytes that ever waited at once."""
        return self._queue.peak_bytes

    def offer(
        self,
        frame: bytes,
        *,
        droppable: Hashable | None = None,
        tag: Hashable | None = None,
        instead: bytes | None = None,
    ) -> bool:
        """As `OutQueue.offer`. Never waits. Once nothing is sent any more the frame is lost, which tells nothing of
        how fast the reader was.
        """
        if self._ended:
            return True
        taken = self._queue.offer(frame, droppable=droppable, tag=tag, instead=instead)
        if taken:
            self._stir()
        return taken

    def purge(self, tag: Hashable) -> int:
        """As `OutQueue.purge` (H7: before a revocation is acknowledged).

        The message being sent at this moment is beyond reach, as the promise says.
        """
        count = self._queue.purge(tag)
        self._announce_quiet()
        return count

    def clear(self) -> None:
        """Remove everything that waits."""
        self._queue.clear()
        self._announce_quiet()

    async def flush(self, timeout: float) -> bool:
        """Wait until everything offered was handed to the link. False: not within `timeout` seconds, or nothing is
        sent any more.
        """
        with trio.move_on_after(timeout):
            await trio.lowlevel.checkpoint()
            while not (self._is_quiet() or self._ended):
                if self._quiet is None:
                    self._quiet = trio.Event()
                await self._quiet.wait()
        return self._is_quiet()

    @abstractmethod
    def _stir(self) -> None:
        """There is something to send, unless it was droppable and was dropped."""

    def _wake(self) -> None:
        """Have the task in `_until_woken` go on."""
        if self._waiting is not None:
            trio.lowlevel.reschedule(self._waiting)
            self._waiting = None

    def _is_quiet(self) -> bool:
        return not self._sending and not len(self._queue)

    def _announce_quiet(self) -> None:
        if self._quiet is not None and (self._ended or self._is_quiet()):
            self._quiet.set()
            self._quiet = None

    async def _until_woken(self) -> None:
        self._waiting = trio.lowlevel.current_task()

        def abort(_: object) -> Abort:
            self._waiting = None
            return Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)


class Writer(BaseWriter):
    """Owns the sending side of one link: only `run` sends."""

    async def run(self, link: Link) -> NoReturn:
        """Send what waits, for ever. Raises LinkClosed when the link ends. Cancelled in mid-send: the link is
        dead.
        """
        try:
            while True:
                if len(self._queue):
                    # Ends the loop's turn: what others offer in it joins this message.
                    await trio.lowlevel.checkpoint()
                else:
                    await self._until_woken()
                if message := self._queue.next_message():
                    self._sending = True
                    await link.send(message)
                    self._sending = False
                self._announce_quiet()
        finally:
            self._ended = True
            self._announce_quiet()

    def _stir(self) -> None:
        self._wake()
