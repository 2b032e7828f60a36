"""Bounded mailboxes and one-shot questions: how actors hand things to each other.

Both talk to trio's scheduler only when somebody is really waiting: offering to an actor that is busy is a
list append (a tenth of a memory channel's hop), and the consumer takes everything that has gathered in one
wake-up.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

import trio
from trio.lowlevel import Abort, Task

T = TypeVar("T")
A = TypeVar("A")


class ActorGone(Exception):
    """The actor spoken to has ended. Its successor, if there is one, knows nothing of what it was told."""


class AskTimeout(Exception):
    """No answer within the deadline. Whether the actor acted on the question is not known."""


class Mailbox(Generic[T]):
    """A queue of at most `size` items with any number of producers and one consumer."""

    def __init__(self, size: int, *, name: str) -> None:
        """`size` in items, at least 1; it has no default because every actor must decide how far it may fall
        behind.
        """
        if size < 1:
            raise ValueError(f"mailbox {name}: size must be at least 1, not {size}")
        self.name = name
        self._size = size
        # A list: an empty deque takes 760 bytes, and most mailboxes are empty nearly always.
        self._items: list[T] = []
        self._tellers: OrderedDict[Task, T] = OrderedDict()
        self._consumer: Task | None = None
        self._peak = 0
        self._closed = False
        self._held = False

    @property
    def depth(self) -> int:
        """Items waiting now."""
        return len(self._items)

    @property
    def peak(self) -> int:
        """The most items that ever waited at once."""
        return max(self._peak, len(self._items))

    @property
    def size(self) -> int:
        """The most items that may wait."""
        return self._size

    def offer(self, item: T) -> bool:
        """Leave an item without waiting. False means BUSY: it was not taken. Raises ActorGone when closed."""
        if self._closed:
            raise ActorGone(self.name)
        if len(self._items) >= self._size:
            return False
        self._items.append(item)
        if self._consumer is not None and not self._held:
            self._wake_consumer()
        return True

    async def tell(self, item: T) -> None:
        """Leave an item, waiting for room where there is none; those who wait are served in order. Raises ActorGone.

        Cancelled: the item was not left.
        """
        if self.offer(item):
            return
        task = trio.lowlevel.current_task()
        self._tellers[task] = item

        def abort(_: object) -> Abort:
            del self._tellers[task]
            return Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)
        if self._tellers.pop(task, None) is not None:
            raise ActorGone(self.name)

    async def take(self) -> T:
        """Wait for the next item. Raises ActorGone when closed. Cancelled: nothing was taken."""
        return (await self.take_all(1))[0]

    async def take_all(self, limit: int | None = None, *, gather: bool = False) -> list[T]:
        """Wait until there is something, then take all of it (at most `limit`), in order of arrival.

        Always gives other tasks a turn before it takes: a consumer with endless work starves nobody, and what
        others leave in the same turn comes along. Who had to wait has given it; with `gather` it gives another,
        for what is about to follow the first.
        """
        had_to_wait = self._held or not self._items
        while not self._closed and (self._held or not self._items):
            await self._wait_for_item()
        if gather or not had_to_wait:
            await trio.lowlevel.checkpoint()
        if self._closed:
            raise ActorGone(self.name)
        return self.take_now(limit)

    def take_now(self, limit: int | None = None) -> list[T]:
        """What there is (at most `limit`), perhaps nothing, without waiting."""
        taken = self._items
        if len(taken) > self._peak:
            self._peak = len(taken)
        if limit is None or len(taken) <= limit:
            self._items = []
        else:
            taken, self._items = taken[:limit], taken[limit:]
        if self._tellers:
            self._admit_tellers()
        return taken

    @property
    def held(self) -> bool:
        """Whether the consumer sleeps, whatever is left."""
        return self._held

    def hold(self) -> None:
        """Keep from the consumer what is left from now on; he sleeps meanwhile."""
        self._held = True

    def release(self, *first: T) -> None:
        """Let the consumer have what was left, and `first` before all else and without a limit."""
        self._held = False
        self._items[:0] = first
        if self._items:
            self._wake_consumer()

    def close(self) -> list[T]:
        """End it: everybody waiting on either side gets ActorGone. Returns what was never taken; idempotent."""
        self._closed = True
        left = [*self._items, *self._tellers.values()]
        self._items.clear()
        # Their entries stay: finding its own entry again is how a teller learns that nobody took the item.
        for task in self._tellers:
            trio.lowlevel.reschedule(task)
        self._wake_consumer()
        return left

    def _wake_consumer(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            trio.lowlevel.reschedule(consumer)

    def _admit_tellers(self) -> None:
        while self._tellers and len(self._items) < self._size:
            task, item = self._tellers.popitem(last=False)
            self.offer(item)
            trio.lowlevel.reschedule(task)

    async def _wait_for_item(self) -> None:
        if self._consumer is not None:
            raise trio.BusyResourceError(f"mailbox {self.name} has two consumers")
        self._consumer = trio.lowlevel.current_task()

        def abort(_: object) -> Abort:
            self._consumer = None
            return Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)


class Question(Generic[A]):
    """A slot for one answer. The first `answer` or `fail` counts, later ones are ignored.

    They come from different places that need not know of each other: the actor that answers, the actor's
    death, an answer after the asker gave up.
    """

    __slots__ = ("_asker", "_error", "_hear", "_settled", "_value")

    def __init__(self, hear: Callable[[A], None] | None = None) -> None:
        """`hear` is called with the answer, by whoever gives it: for an asker that does not wait. It must not raise."""
        self._hear = hear
        self._settled = False
        self._value: A
        self._error: Exception | None = None
        self._asker: Task | None = None

    @property
    def settled(self) -> bool:
        """Whether it was answered or failed."""
        return self._settled

    def answer(self, value: A) -> None:
        """Give the answer."""
        if not self._settled:
            self._value = value
            self._settle()
            if self._hear is not None:
                self._hear(value)

    def fail(self, exc: Exception) -> None:
        """End it with an exception, which `wait` raises."""
        if not self._settled:
            self._error = exc
            self._settle()

    async def wait(self, timeout: float | None) -> A:
        """The answer, for the one who asked. Raises what it was failed with, or AskTimeout after `timeout`
        seconds (None: no deadline).
        """
        if self._settled:
            await trio.lowlevel.checkpoint()
        elif timeout is None:
            await self._until_settled()
        else:
            with trio.move_on_after(timeout):
                await self._until_settled()
        # An answer that arrived in the same turn as the deadline is still an answer.
        if not self._settled:
            raise AskTimeout(f"no answer within {timeout} s")
        if self._error is not None:
            raise self._error
        return self._value

    def _settle(self) -> None:
        self._settled = True
        if self._asker is not None:
            trio.lowlevel.reschedule(self._asker)

    async def _until_settled(self) -> None:
        if self._asker is not None:
            raise trio.BusyResourceError("a question has one asker")
        self._asker = trio.lowlevel.current_task()

        def abort(_: object) -> Abort:
            self._asker = None
            return Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)
