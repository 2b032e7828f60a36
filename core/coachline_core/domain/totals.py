"""A goal as a whole: its targets in total, and how all its days and weeks went. The rules are told in `verdicts`.

The whole is judged as it stood at the end of a day, so that what is changed later does not alter it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Final

from coachline_protocol.rows import Date, Excuse, GoalPhase, GoalVersion, Id, Target

from coachline_core.domain.course import Course, Standing, week_of
from coachline_core.domain.marks import (
    POINTS,
    Mark,
    TargetVerdict,
    bounds,
    mark_of,
    of_targets,
    read,
    side_of,
    together,
)
from coachline_core.domain.metrics import METRICS
from coachline_core.domain.pace import pace_of
from coachline_core.domain.verdicts import WeekVerdict, of_days, week_verdict

_DAY: Final = timedelta(days=1)
_DECLARED: Final[Mapping[Standing, Mark]] = {"done": "met", "missed": "missed", "cancelled": "none"}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many days or weeks got which mark; those with nothing asked are not told."""

    met: int = 0
    partly: int = 0
    missed: int = 0
    open: int = 0
    excused: int = 0


@dataclass(frozen=True, slots=True)
class TotalVerdict:
    """A goal as a whole, as it stood at the end of the day `on`.

    `first`, `last`: its first and last day; `first` None: it had not begun, `last` None: it has no end. `version`:
    the one that held last. `days`: up to `on`; `weeks`: those that ended by then. `declared`: people ended it.
    """

    on: Date
    mark: Mark
    score: Fraction | None = None
    first: Date | None = None
    last: Date | None = None
    version: Id | None = None
    targets: tuple[TargetVerdict, ...] = ()
    days: Tally = Tally()
    weeks: Tally = Tally()
    declared: Standing | None = None


@dataclass(frozen=True, slots=True)
class _Whole:
    """What a goal was, seen from the end of a day."""

    version: GoalVersion
    first: Date
    last: Date | None
    end: GoalPhase | None
    over: bool


def totals(course: Course, excuses: Sequence[Excuse], on: Date, today: Date) -> tuple[TargetVerdict, ...]:
    """The targets in total at the end of the day `on`; as they stand now, if that is today or later."""
    on = min(on, today)
    whole = _whole(course, on, today)
    if whole is None:
        return ()
    until = on if whole.last is None else min(whole.last, on)
    # Today counts in the pace once it is over: nobody is behind in the morning.
    past = min(on, today - _DAY)
    asked = (target for target in whole.version.terms.targets if target.per == "total")
    return tuple(_in_total(course, target, whole, excuses, until, past) for target in asked)


def total_verdict(course: Course, excuses: Sequence[Excuse], on: Date, today: Date) -> TotalVerdict:
    """A goal as a whole at the end of the day `on`; as it stands now, if that is today or later."""
    on = min(on, today)
    whole = _whole(course, on, today)
    if whole is None:
        return TotalVerdict(on, "none")
    weeks = _weeks(course, excuses, whole.first, on, today)
    ended = [week for week in weeks if week.days[-1].day <= on]
    days = [day for week in weeks for day in week.days if day.day <= on]
    targets = totals(course, excuses, on, today)
    daily = _part(of_days(days), whole)
    weekly = _part(of_targets(target for week in ended for target in week.targets), whole)
    mark, score = together([daily, weekly, *((target.mark, POINTS.get(target.mark)) for target in targets)])
    return TotalVerdict(
        on,
        mark if whole.end is None else _DECLARED[whole.end.state],
        score,
        whole.first,
        whole.last,
        whole.version.id,
        targets,
        _tally(day.mark for day in days),
        _tally(week.mark for week in ended),
        None if whole.end is None else whole.end.state,
    )


def _whole(course: Course, on: Date, today: Date) -> _Whole | None:
    version, first = course.terms_on(on), course.first_day
    if version is None or first is None:
        return None
    due, end = version.terms.due, course.ended_on(on)
    last = min((day for day in (due, None if end is None else end.since) if day is not None), default=None)
    return _Whole(version, first, last, end, over=end is not None or (due is not None and due <= on and due < today))


def _in_total(
    course: Course, target: Target, whole: _Whole, excuses: Sequence[Excuse], until: Date, past: Date
) -> TargetVerdict:
    reading = read(course, target, [day for day in course.entry_days if whole.first <= day <= until])
    value, (lower, upper) = reading.value(METRICS[target.metric].total), bounds(target)
    due = whole.version.terms.due
    return TargetVerdict(
        target=target,
        version=whole.version.id,
        first=whole.first,
        last=whole.last,
        mark=mark_of(target, value, lower, upper, over=whole.over),
        value=value,
        lower=lower,
        upper=upper,
        side=None if value is None else side_of(value, lower, upper),
        entries=reading.entries,
        pace=None if due is None else pace_of(course, target, reading, excuses, (whole.first, due), past),
    )


def _weeks(course: Course, excuses: Sequence[Excuse], first: Date, on: Date, today: Date) -> list[WeekVerdict]:
    mondays: list[Date] = []
    monday = week_of(first)[0]
    while monday <= on:
        mondays.append(monday)
        monday += timedelta(weeks=1)
    return [week_verdict(course, excuses, monday, today) for monday in mondays]


def _part(judged: tuple[Mark, Fraction | None], whole: _Whole) -> tuple[Mark, Fraction | None]:
    """Days or weeks of a goal that is not over go on."""
    mark, score = judged
    return ("open" if mark in POINTS and not whole.over else mark), score


def _tally(marks: Iterable[Mark]) -> Tally:
    counted = Counter(marks)
    return Tally(counted["met"], counted["partly"], counted["missed"], counted["open"], counted["excused"])
