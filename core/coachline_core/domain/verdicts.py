"""How a goal went: a pure function of its versions, phases and entries, the client's excuses, and his date today.

**What is asked.** A target *per day* is asked on every active day (see `course`) that no excuse covers. A target *per
week* is asked from Monday to Sunday. One *in total* is asked once, from the goal's first day to its due date.

**What counts.** Amounts are added up as `metrics` says and compared in the target's unit, exactly. For a load with
`reps`, entries with fewer repetitions do not count (an entry that names none has one). Entries before the goal's
first day or after its last do not count.

**The mark of a target.**

* `met`: at least the amount (up), at most (down), from amount to upper (hold).
* `partly`: beside it by no more than the metric's `near` share of the amount it is beside.
* `missed`: further away, or nothing was entered. What was not entered cannot be known to have been kept, so this
  holds for limits too. But a day without a weight, a measure or a load asks nothing (`none`): nobody weighs himself
  or lifts his best every day. A week without one is missed.
* `open`: the period is not over and the mark could still change for the better. What piles up is `met` as soon as an
  amount to reach is reached, and `partly` or `missed` as soon as a limit is exceeded: no further entry can alter that.
  A weight, measure or rating is judged as soon as it is entered for a day. Today is not over, so nothing is missed
  today by not having been entered.
* `excused`: every day on which it was asked is covered by an excuse. An excused day is excused whatever was entered.
* `none`: nothing is asked.

**A week that is not whole.** Days that are excused, paused, before the goal's first day or after its last are not
asked. What piles up is asked in proportion: amount × asked days / 7, to the unit's decimals, an amount to reach rounded
to the nearest and a limit up; if nothing is left to reach, the week is excused, or asks nothing. What was done on a
day that is not asked, other than before the beginning and after the end, still counts towards an amount to reach
(nobody is the worse for having trained while ill), but not towards limits, bands, means and measures. The amount in
total is never reduced, and every day counts towards it: the due date is for both to agree anew.

**Putting marks together.** met counts 1, partly ½, missed 0; open, excused and none do not count. The mean of what
counts is the *score*: of a day, over its targets; of a week, over its days, which are one part, and its weekly
targets, each one part; in total likewise, over all days so far, all weeks that are over, and each target in total. A
score of 4/5 or more is met (six of seven days), of 1/2 or more partly. While a part is open, so is the whole; its
score tells how it stands.

A goal declared done is met in total, one declared missed is missed, whatever the figures: people have the last word.
The day on which it is declared asks nothing any more, but what was entered for it is the last to count in total.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from coachline_protocol.rows import Date, Excuse, Id, Target

from coachline_core.domain.course import WEEK, Course, Standing, covering, week_of
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


@dataclass(frozen=True, slots=True)
class DayVerdict:
    """A goal on a day. `targets`: those per day of the version in force; none unless the day is active."""

    day: Date
    standing: Standing
    mark: Mark
    score: Fraction | None = None
    version: Id | None = None
    targets: tuple[TargetVerdict, ...] = ()
    excuses: tuple[Id, ...] = ()


@dataclass(frozen=True, slots=True)
class WeekVerdict:
    """A goal in a week: its seven days, Monday first, and the targets per week of the version that counts."""

    monday: Date
    mark: Mark
    score: Fraction | None
    days: tuple[DayVerdict, ...]
    version: Id | None = None
    targets: tuple[TargetVerdict, ...] = ()
    excuses: tuple[Id, ...] = ()


def day_verdict(course: Course, excuses: Sequence[Excuse], day: Date, today: Date) -> DayVerdict:
    """A goal on a day. `excuses`: the client's, all of them; `today`: the date in his zone."""
    standing, version = course.standing(day), course.version_on(day)
    if standing != "active" or version is None:
        return DayVerdict(day, standing, "none", version=None if version is None else version.id)
    excused = covering(excuses, day)
    targets = tuple(
        _on_day(course, target, version.id, day, excused, today)
        for target in version.terms.targets
        if target.per == "day"
    )
    mark, score = of_targets(targets)
    return DayVerdict(day, standing, mark, score, version.id, targets, excused)


def week_verdict(course: Course, excuses: Sequence[Excuse], day: Date, today: Date) -> WeekVerdict:
    """A goal in the week of a day."""
    days = tuple(day_verdict(course, excuses, each, today) for each in week_of(day))
    version = course.weekly_version(days[0].day)
    excused = tuple(sorted({id for each in days for id in each.excuses}))
    targets: tuple[TargetVerdict, ...] = ()
    id = None
    if version is not None:
        id = version.id
        weekly = (target for target in version.terms.targets if target.per == "week")
        targets = tuple(_in_week(course, target, id, days, excused, today) for target in weekly)
    weekly_parts = ((target.mark, POINTS.get(target.mark)) for target in targets)
    mark, score = together([of_days(days), *weekly_parts])
    return WeekVerdict(days[0].day, mark, score, days, id, targets, excused)


def of_days(days: Iterable[DayVerdict]) -> tuple[Mark, Fraction | None]:
    """The mark and the score of several days; one that is not over adds nothing yet."""
    return together((day.mark, day.score if day.mark in POINTS else None) for day in days)


def _on_day(
    course: Course, target: Target, version: Id, day: Date, excused: tuple[Id, ...], today: Date
) -> TargetVerdict:
    metric, over = METRICS[target.metric], day < today
    reading = read(course, target, (day,))
    value, (lower, upper) = reading.value(metric.week), bounds(target)
    mark = mark_of(target, value, lower, upper, over=over, settled=metric.settled)
    if excused:
        mark = "excused"
    elif value is None and over and metric.occasional:
        mark = "none"
    return TargetVerdict(
        target=target,
        version=version,
        first=day,
        last=day,
        mark=mark,
        value=value,
        lower=lower,
        upper=upper,
        side=None if value is None else side_of(value, lower, upper),
        asked=0 if excused else 1,
        days=1,
        entries=reading.entries,
        excuses=excused,
    )


def _in_week(
    course: Course, target: Target, version: Id, days: Sequence[DayVerdict], excuses: tuple[Id, ...], today: Date
) -> TargetVerdict:
    """`days`: the seven days as they were judged; `excuses`: those that cover one of them."""
    metric = METRICS[target.metric]
    running = [day.day for day in days if day.standing in ("active", "paused")]
    asked = [day.day for day in days if day.standing == "active" and not day.excuses]
    gains = target.direction == "up" and metric.growing
    reading = read(course, target, running if gains else asked)
    value, (lower, upper) = reading.value(metric.week), bounds(target, len(asked))
    if not asked or (target.direction == "up" and lower == 0):
        mark: Mark = "excused" if excuses else "none"
    else:
        mark = mark_of(target, value, lower, upper, over=running[-1] < today)
    return TargetVerdict(
        target=target,
        version=version,
        first=days[0].day,
        last=days[-1].day,
        mark=mark,
        value=value,
        lower=lower,
        upper=upper,
        side=None if value is None else side_of(value, lower, upper),
        asked=len(asked),
        days=WEEK,
        entries=reading.entries,
        excuses=excuses,
    )
