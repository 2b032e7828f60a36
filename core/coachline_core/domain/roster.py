"""One line about a client: on course, off course, or nothing to go by, and why.

Only goals that are active today count. Each is looked at by what it asks:

* per day: the seven days before today, put together as a week is; off course if they are missed;
* per week: each target of this week if it is decided already, else as it went last week; off course if one is missed;
* in total: the value beside the pace, or beside the bounds where there is no pace; off course if it is further away
  than the metric's `near` share.

No data: days, a week or a total were missed because nothing at all was entered for them; for a total that is still
open this is said from a week after the goal began. A client is off course if any goal is, else without data if any
goal is, else on course. Whoever has an active goal about which nothing can be said yet is on course.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from coachline_protocol.rows import Date, Excuse, Id

from coachline_core.domain.course import WEEK, Course, covering
from coachline_core.domain.marks import POINTS, TargetVerdict, nearly
from coachline_core.domain.totals import totals
from coachline_core.domain.verdicts import DayVerdict, day_verdict, of_days, week_verdict

Where = Literal["on", "off", "no_data", "nothing"]
"""On course, off course, no data, nothing asked."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a goal is not on course: the seven `days` looked at, or the `target` of a week or in total."""

    goal: Id
    why: Literal["off", "no_data"]
    days: tuple[DayVerdict, ...] = ()
    target: TargetVerdict | None = None


@dataclass(frozen=True, slots=True)
class RosterLine:
    """How a client's goals go. `last_day`: the latest day with an entry. `excuses`: those that cover today."""

    where: Where
    reasons: tuple[Reason, ...] = ()
    last_day: Date | None = None
    excuses: tuple[Id, ...] = ()


def roster_line(courses: Iterable[Course], excuses: Sequence[Excuse], today: Date) -> RosterLine:
    """A client in one line; `today`: the date in his zone."""
    reasons: list[Reason] = []
    where: Where = "nothing"
    last_day: Date | None = None
    for course in courses:
        days = course.entry_days
        if days and (last_day is None or days[-1] > last_day):
            last_day = days[-1]
        if course.standing(today) == "active":
            where = "on"
            reasons.extend(_by_days(course, excuses, today))
            reasons.extend(_by_weeks(course, excuses, today))
            reasons.extend(_by_totals(course, excuses, today))
    whys = {reason.why for reason in reasons}
    if whys:
        where = "off" if "off" in whys else "no_data"
    return RosterLine(where, tuple(reasons), last_day, covering(excuses, today))


def _by_days(course: Course, excuses: Sequence[Excuse], today: Date) -> list[Reason]:
    before = (today - timedelta(days=number) for number in range(WEEK, 0, -1))
    days = tuple(day_verdict(course, excuses, day, today) for day in before)
    if of_days(days)[0] != "missed":
        return []
    entered = any(target.entries for day in days for target in day.targets)
    return [Reason(course.goal.id, "off" if entered else "no_data", days)]


def _by_weeks(course: Course, excuses: Sequence[Excuse], today: Date) -> list[Reason]:
    last = week_verdict(course, excuses, today - timedelta(weeks=1), today).targets
    before = {_asked(target): target for target in last}
    now = week_verdict(course, excuses, today, today).targets
    judged = (target if target.mark in POINTS else before.get(_asked(target)) for target in now)
    return [_missed(course, target) for target in judged if target is not None and target.mark == "missed"]


def _by_totals(course: Course, excuses: Sequence[Excuse], today: Date) -> list[Reason]:
    reasons: list[Reason] = []
    for target in totals(course, excuses, today, today):
        if target.value is not None:
            if not keeps_pace(target):
                reasons.append(Reason(course.goal.id, "off", target=target))
        elif today - target.first >= timedelta(weeks=1):
            reasons.append(_missed(course, target))
    return reasons


def keeps_pace(verdict: TargetVerdict) -> bool:
    """Whether what is asked in total is nearly where a steady course would be; true while nothing is entered."""
    if verdict.value is None:
        return True
    lower, upper = verdict.lower, verdict.upper
    if verdict.pace is not None:
        lower, upper = (None if bound is None else verdict.pace for bound in (lower, upper))
    return nearly(verdict.target, verdict.value, lower, upper)


def _missed(course: Course, verdict: TargetVerdict) -> Reason:
    return Reason(course.goal.id, "off" if verdict.entries else "no_data", target=verdict)


def _asked(verdict: TargetVerdict) -> tuple[str, int | None]:
    return verdict.target.metric, verdict.target.reps
