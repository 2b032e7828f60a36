"""The journal: what waits is committed together, and whoever waits hears an end, whatever becomes of the commit."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar, cast

import pytest
import trio
from coachline_core.runtime.executor import InlineExecutor, ThreadExecutor
from coachline_core.runtime.mailbox import Question
from coachline_server.journal import COMMIT_APPENDS, COMMIT_SECONDS, Entry, JournalDesk
from coachline_server.metrics import Metrics
from coachline_server.store.port import (
    Append,
    Committed,
    Failed,
    LastSeen,
    Outcome,
    OutcomeUnknown,
    Store,
    StoreFull,
)
from trio.testing import MockClock

T = TypeVar("T")


class Ledger:
    """A store that only commits, and remembers in which company."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.error: Exception | None = None

    def commit(self, appends: Sequence[Append]) -> list[Outcome]:
        self.batches.append(len(appends))
        if self.error is not None:
            raise self.error
        return [Committed()] * len(appends)


async def outcome_of(desk: JournalDesk, append: Append, *, within: float = 3 * COMMIT_SECONDS) -> Outcome:
    """How it ended; a journal that lets somebody wait for ever fails the test, and does not hang it."""
    with trio.fail_after(within):
        return await desk.append(append)


async def test_what_waits_is_committed_together(autojump_clock: MockClock) -> None:
    ledger, desk = Ledger(), JournalDesk()
    journal = desk.open(cast(Store, ledger), InlineExecutor(lambda: 0.01), Metrics())
    outcomes: list[Outcome] = []

    async def append() -> None:
        outcomes.append(await outcome_of(desk, Append(facts=(LastSeen(b"p" * 16, 1),))))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(journal.serve)
        for _ in range(20):
            nursery.start_soon(append)
        await trio.sleep(0.1)
        desk.offer(LastSeen(b"p" * 16, 2))
        await journal.drain()
        nursery.cancel_scope.cancel()
    assert outcomes == [Committed()] * 20
    assert len(ledger.batches) <= 4
    assert sum(ledger.batches) == 22
    assert max(ledger.batches) <= COMMIT_APPENDS


class Undecided:
    """A stream that has something to write, and leaves it with the journal in its turn."""

    def __init__(self, desk: JournalDesk, *writes: Append) -> None:
        self.turns = 0
        self.outcomes: list[Outcome] = []
        self._desk = desk
        self._writes = writes

    def turn(self) -> None:
        self.turns += 1
        for append in self._writes:
            self._desk.submit_now(append, Question(self.outcomes.append))


async def test_a_journal_that_waits_has_streams_decide_and_commits_in_the_same_turn(autojump_clock: MockClock) -> None:
    ledger, desk = Ledger(), JournalDesk()
    journal = desk.open(cast(Store, ledger), InlineExecutor(lambda: 1), Metrics())
    first, second = Undecided(desk, Append()), Undecided(desk, Append())
    silent, late = Undecided(desk), Undecided(desk, Append())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(journal.serve)
        await trio.testing.wait_all_tasks_blocked()
        assert desk.let_decide(silent)
        await trio.testing.wait_all_tasks_blocked()
        assert (silent.turns, ledger.batches) == (1, [])
        desk.offer(LastSeen(b"p" * 16, 1))
        assert [desk.let_decide(stream) for stream in (first, second)] == [True, True]
        await trio.sleep(1.5)  # in the middle of the commit
        assert ledger.batches == [3]
        assert not desk.let_decide(late)
        await trio.sleep(1)
        assert (first.outcomes, second.outcomes) == ([Committed()], [Committed()])
        assert (first.turns, second.turns, late.turns) == (1, 1, 0)
        nursery.cancel_scope.cancel()
    assert not desk.let_decide(late)


async def test_a_stream_is_not_left_behind_more_than_a_commit_takes(autojump_clock: MockClock) -> None:
    desk = JournalDesk()
    journal = desk.open(cast(Store, Ledger()), InlineExecutor(), Metrics())
    stream = Undecided(desk)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(journal.serve)
        await trio.testing.wait_all_tasks_blocked()
        for _ in range(COMMIT_APPENDS - 1):
            desk.offer(LastSeen(b"p" * 16, 1))
        assert desk.let_decide(stream)
        assert not desk.let_decide(stream)
        nursery.cancel_scope.cancel()


async def test_a_stream_that_a_journal_left_undecided_hears_that_too(autojump_clock: MockClock) -> None:
    desk = JournalDesk()
    journal = desk.open(cast(Store, Ledger()), InlineExecutor(), Metrics())
    stream = Undecided(desk, Append())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(journal.serve)
        for _ in range(2):
            desk.offer(LastSeen(b"p" * 16, 1))
        await trio.testing.wait_all_tasks_blocked()
        assert desk.let_decide(stream)  # and after two at once the journal gives more to come a turn
        nursery.cancel_scope.cancel()
    (outcome,) = stream.outcomes
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, OutcomeUnknown)


async def test_a_journal_that_crashes_says_that_it_does_not_know(autojump_clock: MockClock) -> None:
    ledger, desk = Ledger(), JournalDesk()
    journal = desk.open(cast(Store, ledger), InlineExecutor(), Metrics())
    ledger.error = RuntimeError("a defect")
    outcomes: list[Outcome] = []

    async def serve() -> None:
        with pytest.raises(RuntimeError):
            await journal.serve()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        outcomes.append(await outcome_of(desk, Append(facts=(LastSeen(b"p" * 16, 1),))))
    outcomes.append(await outcome_of(desk, Append()))
    assert [isinstance(o, Failed) and isinstance(o.error, OutcomeUnknown) for o in outcomes] == [True, True]
    await desk.note(LastSeen(b"p" * 16, 1))
    desk.offer(LastSeen(b"p" * 16, 1))


async def test_a_commit_that_hangs_has_an_unknown_outcome(autojump_clock: MockClock) -> None:
    desk = JournalDesk()
    journal = desk.open(cast(Store, Ledger()), InlineExecutor(lambda: 2 * COMMIT_SECONDS), Metrics())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(journal.serve)
        outcome = await outcome_of(desk, Append())
        assert trio.current_time() <= COMMIT_SECONDS
        nursery.cancel_scope.cancel()
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, OutcomeUnknown)


async def test_what_a_journal_never_took_has_an_unknown_outcome(autojump_clock: MockClock) -> None:
    desk = JournalDesk()
    journal = desk.open(cast(Store, Ledger()), InlineExecutor(lambda: 1), Metrics())
    outcomes: list[Outcome] = []

    async def append() -> None:
        outcomes.append(await outcome_of(desk, Append()))

    async with trio.open_nursery() as nursery, trio.open_nursery() as life:
        life.start_soon(journal.serve)
        for _ in range(2):
            nursery.start_soon(append)
            await trio.testing.wait_all_tasks_blocked(0.1)
        assert journal.mailbox.depth == 1  # the first is being committed
        life.cancel_scope.cancel()
    assert [isinstance(o, Failed) and isinstance(o.error, OutcomeUnknown) for o in outcomes] == [True, True]


class Hanging(InlineExecutor):
    """Whoever has something written never hears of it, only `then` does."""

    async def write(self, fn: Callable[[], T], *, then: Callable[[T], None] | None = None) -> T:
        await super().write(fn, then=then)
        await trio.sleep_forever()


async def test_who_brings_the_outcomes_answers(autojump_clock: MockClock) -> None:
    desk = JournalDesk()
    journal = desk.open(cast(Store, Ledger()), Hanging(), Metrics())
    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(journal.serve)
        assert await outcome_of(desk, Append()) == Committed()
        assert trio.current_time() == began
        nursery.cancel_scope.cancel()


async def test_a_journal_that_ends_before_it_hears_of_its_commit_says_that_it_does_not_know() -> None:
    begun, release, done = threading.Event(), threading.Event(), threading.Event()

    class Slow(Ledger):
        def commit(self, appends: Sequence[Append]) -> list[Outcome]:
            begun.set()
            assert release.wait(10)
            return super().commit(appends)

    desk, outcomes = JournalDesk(), list[Outcome]()

    async def append() -> None:
        outcomes.append(await outcome_of(desk, Append(), within=10))  # real seconds, if it is ever to fail

    async with ThreadExecutor(readers=1) as executor:
        journal = desk.open(cast(Store, Slow()), executor, Metrics())
        async with trio.open_nursery() as nursery, trio.open_nursery() as life:
            life.start_soon(journal.serve)
            nursery.start_soon(append)
            assert await trio.to_thread.run_sync(begun.wait, 10)
            nursery.start_soon(executor.write, done.set)
            await trio.testing.wait_all_tasks_blocked()
            release.set()
            assert done.wait(10)  # the thread is at the next already, and the loop has had no turn yet
            life.cancel_scope.cancel()
    (outcome,) = outcomes
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, OutcomeUnknown)


async def test_a_store_error_is_everybodys_answer_and_the_journal_lives(autojump_clock: MockClock) -> None:
    ledger, desk = Ledger(), JournalDesk()
    journal = desk.open(cast(Store, ledger), InlineExecutor(), Metrics())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(journal.serve)
        ledger.error = StoreFull("full")
        failed = await outcome_of(desk, Append())
        ledger.error = None
        assert await outcome_of(desk, Append()) == Committed()
        nursery.cancel_scope.cancel()
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, StoreFull)


class LateOnce(InlineExecutor):
    """Comes too late to its first write, and hears only then that nobody waits any more if it is deaf."""

    def __init__(self, *, deaf: bool) -> None:
        super().__init__()
        self.deaf, self.late = deaf, True

    async def write(self, fn: Callable[[], T], *, then: Callable[[T], None] | None = None) -> T:
        late, self.late = self.late, False
        if late:
            with trio.CancelScope(shield=self.deaf):
                await trio.sleep(COMMIT_SECONDS + 1)
        return await super().write(fn, then=then)


@pytest.mark.parametrize("deaf", [False, True])
async def test_after_a_commit_that_hangs_the_next_has_all_its_time(autojump_clock: MockClock, deaf: bool) -> None:
    desk = JournalDesk()
    journal = desk.open(cast(Store, Ledger()), LateOnce(deaf=deaf), Metrics())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(journal.serve)
        assert isinstance(await outcome_of(desk, Append()), Failed)
        assert await outcome_of(desk, Append()) == Committed()
        await trio.sleep(2 * COMMIT_SECONDS)
        assert await outcome_of(desk, Append()) == Committed()
        nursery.cancel_scope.cancel()


async def test_what_time_passes_between_commits_does_not_count(mock_clock: MockClock) -> None:
    desk, question = JournalDesk(), Question[Outcome]()
    journal = desk.open(cast(Store, Ledger()), InlineExecutor(), Metrics())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(journal.serve)
        assert await outcome_of(desk, Append()) == Committed()
        journal.mailbox.offer(Entry(Append(), question))
        mock_clock.jump(2 * COMMIT_SECONDS)  # it was woken, and has had no turn yet
        assert await question.wait(None) == Committed()
        nursery.cancel_scope.cancel()
