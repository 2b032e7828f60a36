"""Every ask ends: with an answer, with ActorGone or with its deadline, whenever the actor dies."""

from typing import NamedTuple

import pytest
import trio
import trio.testing
from coachline_core.runtime.actor import Actor
from coachline_core.runtime.mailbox import ActorGone, AskTimeout, Question
from hypothesis import given
from hypothesis import strategies as st
from support.determinism import run_universe


class Double(NamedTuple):
    n: int
    reply: Question[int]


class Doubler(Actor[Double]):
    """Takes a second over each question and, told to, dies at a given time."""

    def __init__(self, *, size: int = 2, dies_at: float | None = None) -> None:
        super().__init__("doubler", size=size)
        self.dies_at = float("inf") if dies_at is None else dies_at
        self.left: list[Double] = []

    async def run(self) -> None:
        with trio.fail_at(self.dies_at):
            while True:
                n, reply = await self.mailbox.take()
                await trio.sleep(1)
                reply.answer(n * 2)

    def abandon(self, left: list[Double]) -> None:
        self.left = left


async def outcome(actor: Doubler, n: int, timeout: float) -> tuple[str, float]:
    """How an ask ended, and when."""
    try:
        answer: int = await actor.ask(lambda reply: Double(n, reply), timeout=timeout)
    except (ActorGone, AskTimeout) as error:
        return type(error).__name__, trio.current_time()
    assert answer == n * 2
    return "answer", trio.current_time()


async def serve(actor: Doubler) -> None:
    with pytest.raises(trio.TooSlowError):
        await actor.serve()


async def test_an_answer(autojump_clock: trio.testing.MockClock) -> None:
    actor = Doubler()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(actor.serve)
        assert await actor.ask(lambda reply: Double(21, reply), timeout=5) == 42
        nursery.cancel_scope.cancel()


async def test_what_the_actor_fails_a_question_with_reaches_the_asker() -> None:
    class Refuser(Actor[Double]):
        async def run(self) -> None:
            (await self.mailbox.take()).reply.fail(PermissionError("not yours"))

    actor = Refuser("refuser", size=1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(actor.serve)
        with pytest.raises(PermissionError, match="not yours"):
            await actor.ask(lambda reply: Double(1, reply), timeout=5)


async def test_asking_the_dead_is_answered_at_once() -> None:
    actor = Doubler(dies_at=0)
    await serve(actor)
    assert (await outcome(actor, 1, 1000))[0] == "ActorGone"


async def test_a_full_mailbox_counts_against_the_deadline(autojump_clock: trio.testing.MockClock) -> None:
    actor = Doubler(size=1)
    actor.mailbox.offer(Double(0, Question()))
    began = trio.current_time()
    assert await outcome(actor, 1, 4) == ("AskTimeout", began + 4)


async def test_a_cancelled_actor_leaves_no_question_open_and_hears_what_was_left() -> None:
    actor = Doubler(size=5)
    ended: list[str] = []

    async def ask(n: int) -> None:
        ended.append((await outcome(actor, n, 1e9))[0])

    async with trio.open_nursery() as askers, trio.open_nursery() as nursery:
        nursery.start_soon(actor.serve)
        for n in range(3):
            askers.start_soon(ask, n)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert ended == ["ActorGone"] * 3
    assert len(actor.left) == 2


@given(
    seed=st.integers(0, 2**32),
    dies_at=st.floats(0, 12, allow_nan=False),
    size=st.integers(1, 4),
    asks=st.lists(st.tuples(st.floats(0, 12), st.floats(0, 6)), min_size=1, max_size=10),
)
def test_whenever_the_actor_dies_every_ask_ends_by_its_deadline(
    seed: int, dies_at: float, size: int, asks: list[tuple[float, float]]
) -> None:
    async def main() -> list[tuple[str, float, float]]:
        actor = Doubler(size=size, dies_at=dies_at)
        ends: list[tuple[str, float, float]] = []

        async def ask(n: int, at: float, timeout: float) -> None:
            await trio.sleep_until(at)
            how, when = await outcome(actor, n, timeout)
            ends.append((how, when, at + timeout))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve, actor)
            for n, (at, timeout) in enumerate(asks):
                nursery.start_soon(ask, n, at, timeout)
        assert not actor._open
        return ends

    ends = run_universe(main, seed)
    assert len(ends) == len(asks)
    for how, when, deadline in ends:
        assert when <= deadline + 1e-9
        if when > dies_at:
            assert how in ("ActorGone", "AskTimeout")
