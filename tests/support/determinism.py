"""The same run every time: trio's scheduler seeded, time virtual.

trio shuffles each batch of runnable tasks on purpose. It has a private switch, meant for Hypothesis, that makes the
order depend on a seed alone; everything that touches it is in this file and checks that it is still what it was.
"""

import inspect
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import trio
import trio.testing
from trio._core import _run as scheduler

T = TypeVar("T")


class TrioChanged(AssertionError):
    """trio's scheduler no longer has the switch this file turns. Read trio/_core/_run.py and adapt."""


def check_switch() -> None:
    """Raise TrioChanged unless the private names exist and the run loop uses them."""
    if not isinstance(getattr(scheduler, "_r", None), random.Random):
        raise TrioChanged("trio._core._run._r is not a random.Random")
    if not isinstance(getattr(scheduler, "_ALLOW_DETERMINISTIC_SCHEDULING", None), bool):
        raise TrioChanged("trio._core._run._ALLOW_DETERMINISTIC_SCHEDULING is not a bool")
    source = inspect.getsource(scheduler.unrolled_run)
    if "_ALLOW_DETERMINISTIC_SCHEDULING" not in source or "_r.shuffle" not in source:
        raise TrioChanged("trio's run loop no longer consults the switch")


@contextmanager
def deterministic(seed: int) -> Iterator[None]:
    """Runs of trio begun within this block schedule their tasks in an order that `seed` alone decides."""
    check_switch()
    names = vars(scheduler)
    before = names["_r"], names["_ALLOW_DETERMINISTIC_SCHEDULING"]
    names["_r"], names["_ALLOW_DETERMINISTIC_SCHEDULING"] = random.Random(seed), True
    try:
        yield
    finally:
        names["_r"], names["_ALLOW_DETERMINISTIC_SCHEDULING"] = before


def run_universe(main: Callable[[], Awaitable[T]], seed: int) -> T:
    """Run `main` in its own trio run, deterministically and in virtual time that starts at 0 and waits for nobody."""
    with deterministic(seed):
        return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
