"""What a chart shows, as plain values: points over days, the band that was in force, and how weeks went.

The numbers here are only for drawing; what is said of a point is said in `words`, exact, as it was entered.
"""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import ceil, floor, log10

from coachline_core.domain.marks import Mark


@dataclass(frozen=True, slots=True)
class PlotPoint:
    """A value on a day. `words`: day, value and what it means. `outside` the band; `waiting` to be sent."""

    day: date
    value: float
    words: str
    outside: bool = False
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class PlotBand:
    """What was asked from `first` to `last`, both included; None: open on that side."""

    first: date
    last: date
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Plot:
    """One metric over some weeks. `points` in order of days. `summary`: the whole of it in a sentence."""

    title: str
    unit: str
    first: date
    last: date
    points: tuple[PlotPoint, ...] = ()
    bands: tuple[PlotBand, ...] = ()
    summary: str = ""


@dataclass(frozen=True, slots=True)
class WeekBar:
    """How a week went. `share`: of what was asked, 0 to 1, how much was done. `words` say all of it."""

    monday: date
    mark: Mark
    share: float
    words: str


def span(plot: Plot) -> tuple[float, float]:
    """The lowest and highest value a chart must show, with some air; never an empty span."""
    edges = [edge for band in plot.bands for edge in (band.low, band.high) if edge is not None]
    values = [point.value for point in plot.points] + edges
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    air = (high - low) * 0.12 or max(abs(high) * 0.1, 1.0)
    return (0.0 if 0 <= low < air else low - air), high + air


def ticks(low: float, high: float, most: int = 4) -> tuple[float, ...]:
    """Round numbers within a span, at most so many of them: multiples of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / most
    power = 10.0 ** floor(log10(rough))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= rough * 0.999)
    return tuple(n * step for n in range(ceil(low / step), floor(high / step) + 1))


def joined(points: tuple[PlotPoint, ...], days: int = 10) -> list[list[PlotPoint]]:
    """The points in runs that a line may join: across a longer gap it would tell of values nobody entered."""
    runs: list[list[PlotPoint]] = [[points[0]]] if points else []
    for before, point in pairwise(points):
        if (point.day - before.day).days > days:
            runs.append([])
        runs[-1].append(point)
    return runs


def step(place: int | None, by: int, count: int) -> int | None:
    """The point the keyboard goes to from `place`; None where there is none. The first step is onto the newest."""
    if not count:
        return None
    if place is None:
        return count - 1
    return min(max(place + by, 0), count - 1)
