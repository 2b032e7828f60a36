"""Notices that the machine slept: the connection may be dead, and nobody would have heard of it.

No desktop says that to every program in the same way, so it is told by the clocks. While a machine sleeps the wall
clock goes on; the monotonic clock stands still on Linux and macOS and goes on on Windows. Whichever of them ran far
ahead of the interval between two looks shows that nobody looked: the machine slept, or the program was held up as
if it had. That somebody set the clock forward looks the same, and costs one ping.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NoReturn

import trio
from coachline_core.runtime.seams import Clock

LOOK_SECONDS: Final = 2.0
"""Between two looks: so late at most is it noticed, and so seldom is a processor woken for it."""
SLEPT_SECONDS: Final = 10.0
"""What one look must be late by. A connection outlives less, and a machine that is busy is late by less."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Both clocks at one moment. `wall_ms`: milliseconds since 1970; `monotonic`: seconds from anywhere."""

    wall_ms: int
    monotonic: float


def slept(before: Reading, after: Reading) -> bool:
    """Whether the machine slept between two looks that were to be LOOK_SECONDS apart."""
    passed = max((after.wall_ms - before.wall_ms) / 1000, after.monotonic - before.monotonic)
    return passed >= LOOK_SECONDS + SLEPT_SECONDS


async def watch(clock: Clock, woke: Callable[[], object]) -> NoReturn:
    """Call `woke` each time the machine has slept. It is not waited for."""
    before = _read(clock)
    while True:
        await trio.sleep(LOOK_SECONDS)
        after = _read(clock)
        if slept(before, after):
            woke()
        before = after


def _read(clock: Clock) -> Reading:
    return Reading(clock.now(), clock.monotonic())
