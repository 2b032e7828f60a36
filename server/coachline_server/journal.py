"""The journal: the only writer of the database. What waits is committed together, in one transaction."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from math import inf

import msgspec
import trio
from coachline_core.runtime.actor import Actor
from coachline_core.runtime.executor import Executor
from coachline_core.runtime.mailbox import ActorGone, Question

from coachline_server.metrics import Metrics
from coachline_server.store.port import Append, Fact, Failed, Moved, Outcome, OutcomeUnknown, Store, StoreError

APPENDS_WAITING = 4_096
"""Stream actors have one append in flight each; more streams than this busy at once wait their turn."""
COMMIT_APPENDS = 512
"""In one transaction: some 5 ms, so that a flood does not delay the first of it."""
COMMIT_SECONDS = 30
"""A commit that takes this long has an unknown outcome: the disk hangs."""

Telling = Callable[[], AbstractContextManager[None]]
"""Makes what is entered while outcomes are told."""


class Entry(msgspec.Struct, frozen=True):
    """An append, and who waits for its outcome (None: nobody)."""

    append: Append
    question: Question[Outcome] | None


class Journal(Actor[Entry]):
    """Group commit."""

    def __init__(self, store: Store, executor: Executor, metrics: Metrics, telling: Telling) -> None:
        super().__init__("journal", size=APPENDS_WAITING)
        self._telling = telling
        self._store = store
        self._executor = executor
        self._metrics = metrics
        metrics.journal_depth.set_function(lambda: self.mailbox.depth)

    async def run(self) -> None:
        entries: list[Entry] = []
        while True:
            with trio.CancelScope() as patience:
                while True:
                    # After several at once more are to come, and each commit is dear; a lone one is not kept waiting.
                    entries = await self.mailbox.take_all(COMMIT_APPENDS, gather=len(entries) > 1)
                    patience.deadline = trio.current_time() + COMMIT_SECONDS
                    await self._commit(entries)
                    patience.deadline = inf

    async def drain(self) -> None:
        """Until everything accepted is on disk."""
        await self.ask(lambda question: Entry(Append(), question), timeout=COMMIT_SECONDS)

    def abandon(self, left: list[Entry]) -> None:
        """Whoever waits and was not answered hears an end too."""
        for entry in left:
            if entry.question is not None and not entry.question.settled:
                entry.question.answer(_unknown())

    def _tell(self, entries: Sequence[Entry], outcomes: Sequence[Outcome]) -> None:
        with self._telling():
            for entry, outcome in zip(entries, outcomes, strict=True):
                if entry.question is not None:
                    entry.question.answer(outcome)

    async def _commit(self, entries: list[Entry]) -> None:
        appends = [entry.append for entry in entries]
        started = trio.current_time()
        try:
            # Answered by whoever brings the outcomes: this task would come to it a turn later.
            await self._executor.write(lambda: self._store.commit(appends), then=partial(self._tell, entries))
        except StoreError as error:
            self._tell(entries, [Failed(error)] * len(entries))
        finally:
            # Cancelled, crashed or out of time half-way: whether it was written nobody can say.
            self.abandon(entries)
            self._metrics.commit_appends.observe(len(entries))
            self._metrics.commit_seconds.observe(trio.current_time() - started)


class JournalDesk:
    """How others reach the journal that is alive now: a restarted one has another mailbox."""

    def __init__(self, telling: Telling = nullcontext) -> None:
        """`telling`: for the outcomes of all appends of a commit, which are told in one go."""
        self._telling = telling
        self.journal: Journal

    def open(self, store: Store, executor: Executor, metrics: Metrics) -> Journal:
        """A fresh journal; from here on entries go to it."""
        self.journal = Journal(store, executor, metrics, self._telling)
        return self.journal

    async def append(self, append: Append) -> Outcome:
        """Write, and wait for the end of it. Never raises: an end that cannot be known is an outcome too.

        The journal sees to it that there is an end, so nobody who waits needs a deadline of his own.
        """
        question: Question[Outcome] = Question()
        await self.submit(append, question)
        return await question.wait(None)

    async def submit(self, append: Append, question: Question[Outcome]) -> None:
        """Have it written; the end of it, of which there is always one, is the answer. Waits only for room."""
        try:
            await self.journal.mailbox.tell(Entry(append, question))
        except ActorGone:
            question.answer(_unknown())

    def submit_now(self, append: Append, question: Question[Outcome]) -> None:
        """As `submit`, without waiting; where there is no room the answer is that it is to be decided again."""
        try:
            if not self.journal.mailbox.offer(Entry(append, question)):
                question.answer(Moved(()))
        except ActorGone:
            question.answer(_unknown())

    async def note(self, *facts: Fact) -> None:
        """Write facts with the next commit and do not wait for it. Lost with the process, they do no harm."""
        try:
            await self.journal.mailbox.tell(Entry(Append(facts=facts), None))
        except ActorGone:
            return

    def offer(self, *facts: Fact) -> None:
        """As `note`, from where nothing may wait; dropped when the journal is full."""
        try:
            self.journal.mailbox.offer(Entry(Append(facts=facts), None))
        except ActorGone:
            return


def _unknown() -> Outcome:
    return Failed(OutcomeUnknown("the journal ended before it answered"))
