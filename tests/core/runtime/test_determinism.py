"""The same seed gives the same run, another seed another; and a trio that changed is noticed."""

import random

import pytest
import trio
from support import determinism
from support.determinism import TrioChanged, deterministic, run_universe
from trio._core import _run as scheduler


async def trace() -> list[tuple[float, int]]:
    seen: list[tuple[float, int]] = []

    async def walker(n: int) -> None:
        for _ in range(5):
            await trio.sleep(1)
            seen.append((trio.current_time(), n))

    async with trio.open_nursery() as nursery:
        for n in range(6):
            nursery.start_soon(walker, n)
    return seen


def test_one_seed_one_trace() -> None:
    assert run_universe(trace, 7) == run_universe(trace, 7)


def test_seeds_differ() -> None:
    assert len({tuple(run_universe(trace, seed)) for seed in range(10)}) > 1


def test_time_is_virtual_and_starts_at_zero() -> None:
    async def sleep_for_a_day() -> float:
        await trio.sleep(80_000)
        return trio.current_time()

    assert run_universe(sleep_for_a_day, 0) == 80_000


def test_the_switch_is_put_back_even_after_a_crash() -> None:
    before = vars(scheduler)["_r"], vars(scheduler)["_ALLOW_DETERMINISTIC_SCHEDULING"]
    with pytest.raises(ZeroDivisionError), deterministic(1):
        raise ZeroDivisionError
    assert (vars(scheduler)["_r"], vars(scheduler)["_ALLOW_DETERMINISTIC_SCHEDULING"]) == before


@pytest.mark.parametrize(
    ("name", "value"), [("_r", None), ("_ALLOW_DETERMINISTIC_SCHEDULING", "yes"), ("unrolled_run", random.random)]
)
def test_a_changed_trio_fails_loudly(monkeypatch: pytest.MonkeyPatch, name: str, value: object) -> None:
    if name == "unrolled_run":
        value = test_one_seed_one_trace
    monkeypatch.setattr(scheduler, name, value)
    with pytest.raises(TrioChanged):
        determinism.check_switch()
