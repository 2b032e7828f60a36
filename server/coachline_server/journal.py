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
from coachline_server.turns import Decides

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


class Journal(Actor[Entry | Decides]):
    """Group commit. Between commits streams that were told something may be left here too: they decide, and what they
    have to write is committed, in one turn of the loop."""

    def __init__(self, store: Store, executor: Executor, metrics: Metrics, telling: Telling) -> None:
        super().__init__("journal", size=APPENDS_WAITING)
        self._telling = telling
        self._store = store
        self._executor = executor
        self._metrics = metrics
        self._is_waiting = False
        metrics.journal_depth.set_function(lambda: self.mailbox.depth)

    async def run(self) -> None:
        entries: list[Entry] = []
        while True:
            with trio.CancelScope() as patience:
                while True:
                    self._is_waiting = True
                    # After several at once more are to come, and each commit is dear; a lone one is not kept waiting.
                    items = await self.mailbox.take_all(COMMIT_APPENDS, gather=len(entries) > 1)
                    self._is_waiting = False
                    entries = self._entries(items)
                    if entries:
                        patience.deadline = trio.current_time() + COMMIT_SECONDS
                        await self._commit(entries)
                        patience.deadline = inf

    def let_decide(self, stream: Decides) -> bool:
        """Have a stream decide in this journal's next turn. False: it is at work, or has enough to write without."""
        return self._is_waiting and self.mailbox.depth < COMMIT_APPENDS and self.mailbox.offer(stream)

    def _entries(self, items: list[Entry | Decides]) -> list[Entry]:
        """What is to be written, once the streams among `items` have decided."""
        entries: list[Entry] = []
        while items:
            for item in items:
                if isinstance(item, Entry):
                    entries.append(item)
                else:
                    item.turn()
            items = self.mailbox.take_now(COMMIT_APPENDS - len(entries))
        return entries

    async def drain(self) -> None:
        """Until everything accepted is on disk."""
        await self.ask(lambda question: Entry(Append(), question), timeout=COMMIT_SECONDS)

    def abandon(self, left: Sequence[Entry | Decides]) -> None:
        """Whoever waits and was not answered hears an end too; whoever has not decided learns that this is the end."""
        for item in left:
            if not isinstance(item, Entry):
                item.turn()
            elif item.question is not None and not item.question.settled:
                item.question.answer(_unknown())

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

    def let_decide(self, stream: Decides) -> bool:
        """Have a stream decide in the turn in which the journal commits. False: the journal is at work, or ended."""
        try:
            return self.journal.let_decide(stream)
        except ActorGone:
            return False

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
