"""The month's time: the daemon's hurried clock, as whoever talks to it can know it."""

from __future__ import annotations

import trio
from coachline_core.runtime.seams import Clock

A_DAY = 24 * 60 * 60 * 1000  # milliseconds


class MonthClock:
    """A wall clock that began at `begin_ms` when the daemon's did, and runs `rate` times faster until now.

    The daemon is another process, so when its clock began is only known from the times it says: each comes a little
    after it was true, so the earliest beginning that any of them speaks for is the best.
    """

    def __init__(self, begin_ms: int, rate: float, underlying: Clock) -> None:
        self._underlying = underlying
        self._begin = begin_ms
        self._rate = rate
        self._origin: float = underlying.now()

    def begin(self) -> None:
        """The daemon has just begun."""
        self._origin = self._underlying.now()

    def go_on(self, begin_ms: int, rate: float) -> None:
        """The daemon has just begun anew, at another time and pace."""
        self._begin = begin_ms
        self._rate = rate
        self.begin()

    def now(self) -> int:
        """Milliseconds UTC."""
        real = self._underlying.now()
        return min(real, self._begin + int((real - self._origin) * self._rate))

    def monotonic(self) -> float:
        """Seconds, never hurried."""
        return self._underlying.monotonic()

    def heard(self, daemon_ms: int) -> None:
        """The daemon's clock showed `daemon_ms` a moment ago."""
        real = self._underlying.now()
        if self._begin < daemon_ms < real - A_DAY:  # later times say nothing: every clock shows them
            self._origin = min(self._origin, real - (daemon_ms - self._begin) / self._rate)

    def until(self, ms: int) -> float:
        """Real seconds until this clock shows `ms`; 0 if it has."""
        if ms <= self.now():
            return 0.0
        return max(0.0, (self._origin + (ms - self._begin) / self._rate - self._underlying.now()) / 1000)

    async def sleep_until_the_present(self) -> None:
        """Return when this clock shows what everybody's does."""
        # They meet where origin + (now - begin) / rate = now.
        meet = (self._origin * self._rate - self._begin) / (self._rate - 1)
        await trio.sleep(max(0.0, (meet - self._underlying.now()) / 1000))

    def has_met_the_present(self) -> bool:
        """Whether this clock shows what everybody's does."""
        return self.now() >= self._underlying.now()
