"""Where a steady course would be by now: what an amount in total, months away, means today.

What piles up grows evenly from nothing on the goal's first day to the amount on its due date. What is weighed, taped
or lifted goes evenly from the first value entered to the amount. Only days that are asked count, so whoever was ill
or paused is not behind; days to come count as asked. A band, a mean, and a goal without a due date have no pace.
"""

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction

from coachline_protocol.rows import Date, Excuse, Target

from coachline_core.domain.course import Course, covering
from coachline_core.domain.marks import Reading
from coachline_core.domain.metrics import METRICS


def pace_of(
    course: Course, target: Target, reading: Reading, excuses: Sequence[Excuse], span: tuple[Date, Date], on: Date
) -> Fraction | None:
    """Where the value of a target in total would be at the end of the day `on`, in the target's unit; None: nowhere.

    `reading`: what was entered until then. `span`: the goal's first day and its due date.
    """
    metric, amount = METRICS[target.metric], Fraction(target.amount)
    if target.direction == "hold" or metric.total == "mean":
        return None
    base, (first, due) = Fraction(0), span
    if not metric.counted:
        if not reading.by_day:
            return None
        day, base = reading.by_day[0]
        first = day + timedelta(days=1)
    if (base >= amount) if target.direction == "up" else (base <= amount and not metric.counted):
        return amount
    asked = [day for day in _days(first, due) if _is_asked(course, excuses, day, on)]
    gone = sum(day <= on for day in asked)
    return base + (amount - base) * Fraction(gone, len(asked)) if asked else amount


def _days(first: Date, last: Date) -> list[Date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _is_asked(course: Course, excuses: Sequence[Excuse], day: Date, on: Date) -> bool:
    return (day > on or course.standing(day) == "active") and not covering(excuses, day)
