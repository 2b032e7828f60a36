"""Restarts within a budget, escalation beyond it, crashes contained, and an ordered stop with deadlines."""

from collections.abc import Callable
from functools import partial

import pytest
import trio
import trio.testing
from coachline_core.runtime.actor import Actor
from coachline_core.runtime.mailbox import ActorGone
from coachline_core.runtime.supervisor import RestartBudget, Supervised, SupervisionError, Supervisor

BUDGET = RestartBudget(3, 60)


class Script(Actor[str]):
    """Does what its items say: `crash`, `finish`, anything else is noted in the shared diary."""

    def __init__(self, name: str, diary: list[str], *, drain: float = 0, stubborn: bool = False) -> None:
        super().__init__(name, size=5)
        self.diary = diary
        self.drain_seconds = drain
        self.stubborn = stubborn
        diary.append(f"{name} made")

    async def run(self) -> None:
        try:
            while (item := await self.mailbox.take()) != "finish":
                if item == "crash":
                    raise RuntimeError(f"{self.name} fell over")
                self.diary.append(f"{self.name} {item}")
        except trio.Cancelled:
            self.diary.append(f"{self.name} cancelled at {trio.current_time():g}")
            if self.stubborn:
                raise RuntimeError(f"{self.name} fell over while stopping") from None
            raise

    async def drain(self) -> None:
        await trio.sleep(self.drain_seconds)
        self.diary.append(f"{self.name} drained at {trio.current_time():g}")


class Crasher(Actor[str]):
    """Crashes `after` seconds into each life."""

    def __init__(self, name: str, after: float) -> None:
        super().__init__(name, size=1)
        self.after = after

    async def run(self) -> None:
        await trio.sleep(self.after)
        raise RuntimeError("again")


@pytest.fixture
def diary() -> list[str]:
    return []


@pytest.fixture
def crashes() -> list[str]:
    return []


@pytest.fixture
def report(crashes: list[str]) -> Callable[[str, Exception], None]:
    def note(name: str, error: Exception) -> None:
        crashes.append(f"{name}: {error}")

    return note


Report = Callable[[str, Exception], None]


async def supervise_for_ever(make: Callable[[], Crasher], report: Report | None) -> None:
    async with Supervisor(on_crash=report) as supervisor:
        supervisor.start("bad", make, budget=BUDGET)
        await trio.sleep_forever()


async def test_a_crashed_actor_is_replaced_by_a_fresh_one(
    autojump_clock: trio.testing.MockClock, diary: list[str], crashes: list[str], report: Report
) -> None:
    async with Supervisor(on_crash=report) as supervisor:
        child = supervisor.start("a", lambda: Script("a", diary), budget=BUDGET)
        first = child.current
        assert first.mailbox.offer("early")  # it can be spoken to before its task has begun
        first.mailbox.offer("crash")
        await trio.sleep(1)
        second = child.current
        assert second is not first
        with pytest.raises(ActorGone):
            first.mailbox.offer("x")
        second.mailbox.offer("late")
        await trio.testing.wait_all_tasks_blocked()
    assert crashes == ["a: a fell over"]
    assert diary[:4] == ["a made", "a early", "a made", "a late"]


async def test_one_crash_beyond_the_budget_escalates_by_name(
    autojump_clock: trio.testing.MockClock, crashes: list[str], report: Report
) -> None:
    with pytest.raises(SupervisionError, match="actor bad crashed") as caught:
        await supervise_for_ever(lambda: Crasher("bad", 0.1), report)
    assert caught.value.name == "bad"
    assert isinstance(caught.value.__cause__, RuntimeError)
    assert len(crashes) == BUDGET.restarts + 1


async def test_crashes_far_apart_never_exhaust_the_budget(
    autojump_clock: trio.testing.MockClock, crashes: list[str], report: Report
) -> None:
    async with Supervisor(on_crash=report) as supervisor:
        supervisor.start("a", lambda: Crasher("a", 21), budget=BUDGET)
        await trio.sleep(10_000)
    assert len(crashes) > 400


async def test_a_factory_that_fails_escalates(autojump_clock: trio.testing.MockClock) -> None:
    made = 0

    def make() -> Crasher:
        nonlocal made
        made += 1
        if made > 1:
            raise LookupError("no more")
        return Crasher("a", 1)

    with pytest.raises(SupervisionError) as caught:
        await supervise_for_ever(make, None)
    assert isinstance(caught.value.__cause__, LookupError)


async def test_an_actor_that_returns_is_finished(autojump_clock: trio.testing.MockClock, diary: list[str]) -> None:
    async with Supervisor() as supervisor:
        child = supervisor.start("a", lambda: Script("a", diary), budget=BUDGET)
        child.current.mailbox.offer("finish")
        await child.ended.wait()
    assert diary == ["a made"]


async def test_a_temporarys_crash_is_reported_and_goes_no_further(
    autojump_clock: trio.testing.MockClock, diary: list[str], crashes: list[str], report: Report
) -> None:
    async with Supervisor(on_crash=report) as supervisor:
        steady = supervisor.start("steady", lambda: Script("steady", diary), budget=BUDGET)
        children: list[Supervised[Script]] = []
        for n in range(10):
            child = supervisor.start_temporary(Script(f"t{n}", diary))
            child.current.mailbox.offer("crash")
            children.append(child)
        for child in children:
            await child.ended.wait()
        assert not supervisor._temporary  # ten thousand connections later nothing has piled up
        steady.current.mailbox.offer("fine")
        await trio.testing.wait_all_tasks_blocked()
    assert sorted(crashes) == [f"t{n}: t{n} fell over" for n in range(10)]
    assert "steady fine" in diary


async def test_stopping_goes_backwards_each_with_its_own_deadline(
    autojump_clock: trio.testing.MockClock, diary: list[str]
) -> None:
    async with Supervisor() as supervisor:
        for name, drain in (("journal", 1), ("streams", 100), ("listener", 2)):
            supervisor.start(name, partial(Script, name, diary, drain=drain), budget=BUDGET)
        for name in ("t1", "t2"):
            supervisor.start_temporary(Script(name, diary, drain=3))
        diary.clear()
        began = trio.current_time()
        await supervisor.stop(grace=5)
    assert sorted(diary[:4]) == [
        f"t1 cancelled at {began + 3:g}",
        f"t1 drained at {began + 3:g}",
        f"t2 cancelled at {began + 3:g}",
        f"t2 drained at {began + 3:g}",
    ]
    assert diary[4:] == [
        f"listener drained at {began + 5:g}",
        f"listener cancelled at {began + 5:g}",
        f"streams cancelled at {began + 10:g}",
        f"journal drained at {began + 11:g}",
        f"journal cancelled at {began + 11:g}",
    ]


async def test_leaving_the_block_stops_in_order(autojump_clock: trio.testing.MockClock, diary: list[str]) -> None:
    async with Supervisor() as supervisor:
        for name in ("a", "b"):
            supervisor.start(name, partial(Script, name, diary), budget=BUDGET)
    ends = [line.split()[0] for line in diary if "cancelled" in line]
    assert ends == ["b", "a"]
    with pytest.raises(RuntimeError, match="stopping"):
        supervisor.start_temporary(Script("late", diary))


async def test_an_actor_that_dies_while_draining_does_not_hold_the_stop_up(
    autojump_clock: trio.testing.MockClock, diary: list[str], crashes: list[str], report: Report
) -> None:
    async with Supervisor(on_crash=report) as supervisor:
        child = supervisor.start("a", lambda: Script("a", diary, drain=100), budget=BUDGET)
        await trio.testing.wait_all_tasks_blocked()
        child.current.mailbox.offer("crash")
        began = trio.current_time()
        await supervisor.stop(grace=1000)
        assert trio.current_time() == began
    assert crashes == ["a: a fell over"]
    assert diary == ["a made"]


async def test_an_actor_waiting_to_be_restarted_is_not_asked_to_drain(
    autojump_clock: trio.testing.MockClock, diary: list[str]
) -> None:
    async with Supervisor() as supervisor:
        child = supervisor.start("a", lambda: Script("a", diary, drain=100), budget=BUDGET)
        child.current.mailbox.offer("crash")
        await trio.testing.wait_all_tasks_blocked()
        began = trio.current_time()
        await supervisor.stop(grace=1000)
        assert trio.current_time() == began


async def test_a_crash_while_stopping_is_reported_and_stops_nothing_else(
    autojump_clock: trio.testing.MockClock, diary: list[str], crashes: list[str], report: Report
) -> None:
    async with Supervisor(on_crash=report) as supervisor:
        supervisor.start("a", lambda: Script("a", diary), budget=BUDGET)
        supervisor.start("b", lambda: Script("b", diary, stubborn=True), budget=BUDGET)
        supervisor.start_temporary(Script("c", diary, stubborn=True))
        await trio.testing.wait_all_tasks_blocked()
    assert crashes == ["c: c fell over while stopping", "b: b fell over while stopping"]
    assert [line.split()[0] for line in diary if "cancelled" in line] == ["c", "b", "a"]


async def test_an_exception_in_the_block_comes_out_as_itself(diary: list[str]) -> None:
    async def block() -> None:
        async with Supervisor() as supervisor:
            supervisor.start("a", lambda: Script("a", diary), budget=BUDGET)
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await block()


async def test_cancelling_from_outside_ends_everything(
    autojump_clock: trio.testing.MockClock, diary: list[str]
) -> None:
    with trio.move_on_after(3) as scope:
        async with Supervisor(grace=1000) as supervisor:
            supervisor.start("a", lambda: Script("a", diary, drain=1000), budget=BUDGET)
            supervisor.start_temporary(Script("b", diary, drain=1000))
    assert scope.cancelled_caught
    assert sorted(line.split()[0] for line in diary if "cancelled" in line) == ["a", "b"]
