"""Hellos before the database: while it is asked about some, those who come wait, and are asked about together.

When everybody comes back at once, as after a restart, a trip to the storage threads and a transaction for each would be
a fifth of what a hello costs.
"""

from typing import Final

import msgspec
from coachline_core.runtime.actor import Actor
from coachline_core.runtime.executor import Executor
from coachline_core.runtime.mailbox import ActorGone, Question

from coachline_server.store.port import Arrived, Arriving, Store, StoreError

HELLOS_WAITING: Final = 4_096
HELLOS_AT_ONCE: Final = 64
"""In one read: some 5 ms, so that the first of a flood is not held up by the last."""


class Entry(msgspec.Struct, frozen=True):
    """What is asked of a hello, and who waits for it."""

    hello: Arriving
    question: Question[Arrived]


class Arrivals(Actor[Entry]):
    """Asks about all that wait. Whatever goes wrong with one is the answer to that one, and to no other."""

    def __init__(self, store: Store, executor: Executor) -> None:
        super().__init__("arrivals", size=HELLOS_WAITING)
        self._store = store
        self._executor = executor
        self._asking: list[Entry] = []

    async def run(self) -> None:
        while True:
            self._asking = await self.mailbox.take_all(HELLOS_AT_ONCE)
            await self._answer(self._asking)

    def abandon(self, left: list[Entry]) -> None:
        """Who waits hears an end."""
        for entry in (*self._asking, *left):
            entry.question.fail(_gone())

    async def _answer(self, entries: list[Entry]) -> None:
        hellos = [entry.hello for entry in entries]
        try:
            found = await self._executor.read(lambda: self._store.arrivals(hellos))
        except Exception as error:
            if len(entries) == 1:
                entries[0].question.fail(error)
                return
            for entry in entries:
                await self._answer([entry])
        else:
            for entry, arrived in zip(entries, found, strict=True):
                entry.question.answer(arrived)


class ArrivalsDesk:
    """How others reach the actor that is alive now: a restarted one has another mailbox."""

    def __init__(self) -> None:
        self.arrivals: Arrivals

    def open(self, store: Store, executor: Executor) -> Arrivals:
        """A fresh actor; from here on hellos go to it."""
        self.arrivals = Arrivals(store, executor)
        return self.arrivals

    async def ask(self, hello: Arriving) -> Arrived:
        """What the database says of a hello. Raises StoreError."""
        question: Question[Arrived] = Question()
        try:
            await self.arrivals.mailbox.tell(Entry(hello, question))
        except ActorGone:
            raise _gone() from None
        return await question.wait(None)


def _gone() -> StoreError:
    return StoreError("the database is not asked any more")
