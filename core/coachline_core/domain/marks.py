"""The mark of one target in one period, and what it follows from. The rules are told in `verdicts`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from coachline_protocol.rows import Amount, Date, Id, Measure, Target

from coachline_core.domain.amounts import Towards, rounded
from coachline_core.domain.course import WEEK, Course, ProgressEntry
from coachline_core.domain.metrics import METRICS, Across, Metric, converted

Mark = Literal["met", "partly", "missed", "open", "excused", "none"]
Side = Literal["below", "within", "above"]

POINTS: Final[Mapping[Mark, Fraction]] = {"met": Fraction(1), "partly": Fraction(1, 2), "missed": Fraction(0)}
"""What a mark counts in a score; the others do not count."""

_TOWARDS: Final[Mapping[Side | None, Towards]] = {"below": "down", "above": "up"}
_HALF: Final = Fraction(1, 2)
_MET, _PARTLY = Fraction(4, 5), Fraction(1, 2)
"""The scores from which something with several parts is met, and partly met."""


@dataclass(frozen=True, slots=True)
class TargetVerdict:
    """One target in one period, with everything its mark follows from. Numbers are in the target's unit.

    `version`: whose target this is. `value`: what was reached so far, None without an entry. `lower`, `upper`: what
    it is compared with, reduced if `asked` is less than `days`. `side`: where the value lies, None without one.
    `first`, `last`: the period, both included; `last` is None in total without a due date. `entries`: those behind
    the value, oldest first. `excuses`: those that cover a day on which it would have been asked. `pace`: in total
    only, where a steady course would be by now.
    """

    target: Target
    version: Id
    first: Date
    last: Date | None
    mark: Mark
    value: Fraction | None = None
    lower: Fraction | None = None
    upper: Fraction | None = None
    side: Side | None = None
    asked: int = 1
    days: int = 1
    entries: tuple[Id, ...] = ()
    excuses: tuple[Id, ...] = ()
    pace: Fraction | None = None


def shown(verdict: TargetVerdict) -> Amount | None:
    """The value to the decimals of its unit, rounded so that it lies where it is judged to lie.

    2,199.96 kcal of 2,200 are not shown as 2,200 and missed.
    """
    if verdict.value is None:
        return None
    metric = METRICS[verdict.target.metric]
    decimals = metric.units[verdict.target.unit].decimals + (1 if metric.averaged else 0)
    return rounded(verdict.value, decimals, _TOWARDS.get(verdict.side, "nearest"))


@dataclass(frozen=True, slots=True)
class Reading:
    """What the entries of some days say about a target, in its unit, by day, and the entries that say it."""

    by_day: tuple[tuple[Date, Fraction], ...]
    entries: tuple[Id, ...]

    def value(self, how: Across) -> Fraction | None:
        """The value of all the days together; None without an entry."""
        return combined([value for _, value in self.by_day], how) if self.by_day else None


def read(course: Course, target: Target, days: Iterable[Date]) -> Reading:
    """What was entered for a target on these days, which are in ascending order."""
    metric = METRICS[target.metric]
    by_day: list[tuple[Date, Fraction]] = []
    behind: list[Id] = []
    for day in days:
        found = [(entry.id, _amount(entry, target, metric)) for entry in course.by_day.get(day, ())]
        amounts = [(id, amount) for id, amount in found if amount is not None]
        if amounts:
            by_day.append((day, _day_value([amount for _, amount in amounts], metric)))
            behind.extend(id for id, _ in amounts)
    return Reading(tuple(by_day), tuple(behind))


def bounds(target: Target, asked: int = WEEK) -> tuple[Fraction | None, Fraction | None]:
    """At least and at most what is asked; of what piles up only `asked` days' share of a week.

    A share is rounded to the unit's decimals: an amount to reach to the nearest (sevenths have no halves), a limit up.
    """
    metric = METRICS[target.metric]
    lower = None if target.direction == "down" else Fraction(target.amount)
    upper = None if target.direction == "up" else Fraction(target.upper or target.amount)
    if asked == WEEK or not metric.counted:
        return lower, upper
    share, place = Fraction(asked, WEEK), 10 ** metric.units[target.unit].decimals
    if lower is not None:
        lower = Fraction(_ceiling(lower * share * place - _HALF), place)
    if upper is not None:
        upper = Fraction(_ceiling(upper * share * place), place)
    return lower, upper


def side_of(value: Fraction, lower: Fraction | None, upper: Fraction | None) -> Side:
    """Where a value lies."""
    if lower is not None and value < lower:
        return "below"
    return "above" if upper is not None and value > upper else "within"


def mark_of(
    target: Target,
    value: Fraction | None,
    lower: Fraction | None,
    upper: Fraction | None,
    *,
    over: bool,
    settled: bool = False,
) -> Mark:
    """The mark of a value between two bounds.

    `over`: the period is. `settled`: it is not, but the value stands all the same.
    """
    if value is None:
        return "missed" if over else "open"
    metric, side = METRICS[target.metric], side_of(value, lower, upper)
    final = side == "above" or (side == "within" and upper is None)
    if not (over or settled or (metric.growing and final)):
        return "open"
    return "met" if side == "within" else "partly" if nearly(target, value, lower, upper) else "missed"


def nearly(target: Target, value: Fraction, lower: Fraction | None, upper: Fraction | None) -> bool:
    """Whether a value is within its bounds or beside one by no more than the metric's `near` share of it."""
    near = Fraction(METRICS[target.metric].near)
    return (lower is None or value >= lower * (1 - near)) and (upper is None or value <= upper * (1 + near))


def together(parts: Iterable[tuple[Mark, Fraction | None]]) -> tuple[Mark, Fraction | None]:
    """The mark and the score of something with parts, each with a mark and the score it adds, if any."""
    marks: set[Mark] = set()
    scores: list[Fraction] = []
    for mark, score in parts:
        marks.add(mark)
        if score is not None:
            scores.append(score)
    score = combined(scores, "mean") if scores else None
    if "open" in marks:
        return "open", score
    if score is None:
        return ("excused" if "excused" in marks else "none"), None
    return ("met" if score >= _MET else "partly" if score >= _PARTLY else "missed"), score


def of_targets(targets: Iterable[TargetVerdict]) -> tuple[Mark, Fraction | None]:
    """The mark and the score of several targets in one period."""
    return together((target.mark, POINTS.get(target.mark)) for target in targets)


def combined(values: Sequence[Fraction], how: Across) -> Fraction:
    """One value of several, at least one."""
    if how == "last":
        return values[-1]
    if how == "best":
        return max(values)
    total = sum(values, Fraction(0))
    return total if how == "sum" else total / len(values)


def _day_value(amounts: Sequence[Fraction], metric: Metric) -> Fraction:
    if metric.within == "any":
        return Fraction(any(amounts))
    return combined(amounts, metric.within)


def _amount(entry: ProgressEntry, target: Target, metric: Metric) -> Fraction | None:
    measures = {measure.metric: measure for measure in entry.current.row.measures}
    measure = measures.get(target.metric)
    if measure is None or (target.reps is not None and _reps(measures.get("reps")) < target.reps):
        return None
    return converted(metric, measure.amount, measure.unit, target.unit)


def _reps(measure: Measure | None) -> Fraction:
    """How often a load was moved: once, unless it says otherwise."""
    return Fraction(1) if measure is None else Fraction(measure.amount)


def _ceiling(value: Fraction) -> int:
    return -(-value // 1)
