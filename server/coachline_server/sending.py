"""How the daemon's connections send: what waits on any of them goes out at the end of the loop's turn, by one task.

A task for each connection would be woken for each thing said to it, and that is most of what saying it costs. A
connection gets one only for what the socket does not take at once, and for TLS, which cannot say what it would take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import trio
from coachline_core.runtime.link import Link, LinkClosed
from coachline_core.runtime.mailbox import Mailbox
from coachline_core.runtime.writer import BaseWriter


class PromptLink(Link, Protocol):
    """A link that can send without waiting."""

    def send_now(self, data: bytes) -> bool:
        """Send one message. False: it did not all go; `flush` before the next. Raises LinkClosed."""
        ...

    async def flush(self) -> None:
        """Send what is left. Cancelled or failed: the link is dead. Raises LinkClosed."""
        ...


class PromptWriter(BaseWriter):
    """The sending half of a connection of the daemon. From `begin` to `end` the flusher sends what is offered."""

    def __init__(self, due: Due, *, max_bytes: int) -> None:
        super().__init__(max_bytes=max_bytes)
        self._due = due
        self._failed: Callable[[Exception], None] | None = None
        self._link: PromptLink | None = None
        self._nursery: trio.Nursery | None = None
        """For the task, until there is one."""
        self._is_due = False

    def begin(self, link: PromptLink, nursery: trio.Nursery, failed: Callable[[Exception], None]) -> None:
        """There is a link now; a task for what it does not take at once would end with `nursery`. `failed` hears why
        nothing more can be sent: LinkClosed, or a defect.
        """
        self._failed = failed
        self._link = link
        self._nursery = nursery
        if len(self._queue):
            self._stir()

    def end(self) -> None:
        """Nothing is sent any more, and nobody told of it."""
        self._ended = True
        # What it held of the connection goes, too: else it would wait for the collector of garbage.
        self._link = self._nursery = self._failed = None
        self._announce_quiet()

    def send_due(self) -> None:
        """Hand what waits to the link, as far as it takes it. Raises nothing: whatever happens is this connection's."""
        self._is_due = False
        try:
            while self._link is not None and not self._sending and (message := self._queue.next_message()):
                self._sending = True
                self._sending = not self._link.send_now(message)
            if self._sending:
                self._wake()
                self._start()
        except Exception as error:
            self._fail(error)
        self._announce_quiet()

    def _fail(self, error: Exception) -> None:
        failed = self._failed
        self.end()
        if failed is not None:
            failed(error)

    def _start(self) -> None:
        nursery, self._nursery = self._nursery, None
        if nursery is not None:
            nursery.start_soon(self._send_rest)

    async def _send_rest(self) -> None:
        """Wait for what the link does not take at once, until the end. Cancelled in mid-send: the link is dead."""
        try:
            while self._link is not None:
                if self._sending:
                    await self._link.flush()
                    self._sending = False
                    self.send_due()
                else:
                    await self._until_woken()
        except LinkClosed as closed:
            self._fail(closed)
        finally:
            self.end()

    def _stir(self) -> None:
        if not self._is_due and not self._sending and self._link is not None:
            self._is_due = self._due.offer(self)
            if not self._is_due:
                self.send_due()


Due = Mailbox[PromptWriter]
"""The writers that have something to send, each once."""


@contextmanager
def sent_at_the_end(due: Due) -> Iterator[None]:
    """What is said in this block goes out at its end: for whoever says at once all there is to say."""
    due.hold()
    try:
        yield
    finally:
        for writer in due.take_now():
            writer.send_due()
        due.release()
