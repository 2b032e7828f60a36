"""Verdicts the long way: what `verdicts` and `totals` say, written down again from the rules without their shortcuts.

Slow and plain on purpose: every answer is worked out from the rows alone, nothing is kept and nothing is shared with
what it is compared to but the table of metrics.
"""

from datetime import date, timedelta
from fractions import Fraction

from coachline_core.domain.metrics import METRICS
from coachline_protocol.rows import Excuse, GoalPhase, GoalVersion, Measure, Progress, Target
from support.courses import Diary

DAY = timedelta(days=1)
Judged = tuple[str, Fraction | None]
"""A mark and a value, or a score."""


def versions(diary: Diary) -> list[GoalVersion]:
    found = [row for row in diary.rows if isinstance(row, GoalVersion) and row.state == "accepted"]
    return sorted(found, key=lambda row: row.rev)


def begins(version: GoalVersion) -> date:
    return max(version.effective, version.terms.start)


def terms(diary: Diary, on: date) -> GoalVersion | None:
    begun = [version for version in versions(diary) if begins(version) <= on]
    return begun[-1] if begun else None


def holding(diary: Diary, on: date) -> GoalVersion | None:
    version = terms(diary, on)
    if version is None or (version.terms.due is not None and on > version.terms.due):
        return None
    return version


def phase(diary: Diary, on: date) -> str:
    rows = sorted((row for row in diary.rows if isinstance(row, GoalPhase)), key=lambda row: row.rev)
    states = [row.state for row in rows if row.since <= on]
    return states[-1] if states else "active"


def end_of(diary: Diary, on: date) -> date | None:
    rows = sorted((row for row in diary.rows if isinstance(row, GoalPhase)), key=lambda row: row.rev)
    begun = [row for row in rows if row.since <= on]
    return begun[-1].since if begun and begun[-1].state in ("done", "missed", "cancelled") else None


def excused(excuses: list[Excuse], on: date) -> bool:
    return any(one.withdrawn_at is None and one.first <= on <= one.last for one in excuses)


def entries(diary: Diary, on: date) -> list[tuple[Measure, ...]]:
    said: dict[bytes, list[Progress]] = {}
    for row in diary.rows:
        if isinstance(row, Progress) and row.day == on:
            said.setdefault(row.entry, []).append(row)
    first_said = sorted(said.values(), key=lambda rows: min(row.rev for row in rows))
    return [max(rows, key=lambda row: row.rev).measures for rows in first_said]


def day_value(diary: Diary, target: Target, on: date) -> Fraction | None:
    metric = METRICS[target.metric]
    values: list[Fraction] = []
    for measures in entries(diary, on):
        reps = [Fraction(one.amount) for one in measures if one.metric == "reps"] or [Fraction(1)]
        if target.reps is not None and reps[0] < target.reps:
            continue
        for one in measures:
            if one.metric == target.metric:
                factor = Fraction(metric.units[one.unit].factor) / Fraction(metric.units[target.unit].factor)
                values.append(Fraction(one.amount) * factor)
    if not values:
        return None
    if metric.within == "any":
        return Fraction(1 if any(value != 0 for value in values) else 0)
    return over_several(values, metric.within)


def over_several(values: list[Fraction], how: str) -> Fraction:
    total = Fraction(0)
    for value in values:
        total += value
    return {"sum": total, "mean": total / len(values), "best": sorted(values)[-1], "last": values[-1]}[how]


def mark(target: Target, value: Fraction | None, share: Fraction, *, over: bool, at_once: bool) -> str:
    metric = METRICS[target.metric]
    if value is None:
        return "missed" if over else "open"
    place = Fraction(1, 10 ** metric.units[target.unit].decimals)
    least, most = Fraction(0), None
    if target.direction in ("up", "hold"):
        least = Fraction(target.amount)
        if share != 1:
            # The nearest place: try the one below and the one above.
            below = least * share // place * place
            least = below if least * share - below < below + place - least * share else below + place
    if target.direction in ("down", "hold"):
        most = Fraction(target.upper or target.amount)
        if share != 1:
            below = most * share // place * place
            most = below if below == most * share else below + place
    near = Fraction(metric.near)
    grows = metric.within in ("sum", "any", "best")
    if value < least:
        if not (over or at_once):
            return "open"
        return "partly" if least - value <= least * near else "missed"
    if most is not None and value > most:
        if not (over or at_once or grows):
            return "open"
        return "partly" if value - most <= most * near else "missed"
    return "met" if over or at_once or (grows and most is None) else "open"


def put_together(parts: list[Judged]) -> Judged:
    scores = [score for _, score in parts if score is not None]
    mean = sum(scores, Fraction(0)) / len(scores) if scores else None
    marks = [mark for mark, _ in parts]
    if "open" in marks:
        return "open", mean
    if mean is None:
        return ("excused" if "excused" in marks else "none"), None
    return ("met" if 5 * mean >= 4 else "partly" if 2 * mean >= 1 else "missed"), mean


def points(mark: str) -> Fraction | None:
    return {"met": Fraction(1), "partly": Fraction(1, 2), "missed": Fraction(0)}.get(mark)


def day_targets(diary: Diary, on: date, today: date) -> list[Judged]:
    version = holding(diary, on)
    if version is None or phase(diary, on) != "active":
        return []
    found: list[Judged] = []
    for target in version.terms.targets:
        if target.per != "day":
            continue
        value = day_value(diary, target, on)
        within = METRICS[target.metric].within
        if excused(diary.excuses, on):
            found.append(("excused", value))
        elif value is None and on < today and within in ("last", "best"):
            found.append(("none", None))
        else:
            at_once = within in ("last", "mean")
            found.append((mark(target, value, Fraction(1), over=on < today, at_once=at_once), value))
    return found


def plain_day(diary: Diary, on: date, today: date) -> Judged:
    """The goal's mark and score on a day."""
    return put_together([(mark, points(mark)) for mark, _ in day_targets(diary, on, today)])


def days_together(diary: Diary, days: list[date], today: date) -> Judged:
    judged = [plain_day(diary, on, today) for on in days]
    return put_together([(mark, None if mark == "open" else score) for mark, score in judged])


def week_targets(diary: Diary, monday: date, today: date) -> list[Judged]:
    days = [monday + DAY * number for number in range(7)]
    held = [on for on in days if holding(diary, on) is not None]
    if not held:
        return []
    counting = [version for version in versions(diary) if begins(version) <= (days[-1] if version.mutual else held[0])]
    version = counting[-1]
    running = [on for on in held if phase(diary, on) in ("active", "paused")]
    active = [on for on in running if phase(diary, on) == "active"]
    asked = [on for on in active if not excused(diary.excuses, on)]
    found: list[Judged] = []
    for target in version.terms.targets:
        if target.per != "week":
            continue
        metric = METRICS[target.metric]
        gains = target.direction == "up" and metric.within in ("sum", "best", "any")
        daily = [day_value(diary, target, on) for on in (running if gains else asked)]
        values = [value for value in daily if value is not None]
        value = over_several(values, metric.week) if values else None
        share = Fraction(len(asked), 7) if metric.week == "sum" else Fraction(1)
        nothing = "excused" if len(asked) < len(active) else "none"
        # A share of less than half a place is nothing to reach.
        place = Fraction(1, 10 ** metric.units[target.unit].decimals)
        none_left = target.direction == "up" and Fraction(target.amount) * share * 2 < place
        if not asked or none_left:
            found.append((nothing, value))
        else:
            found.append((mark(target, value, share, over=running[-1] < today, at_once=False), value))
    return found


def plain_week(diary: Diary, monday: date, today: date) -> Judged:
    """The goal's mark and score in a week."""
    days = days_together(diary, [monday + DAY * number for number in range(7)], today)
    return put_together([days, *((mark, points(mark)) for mark, _ in week_targets(diary, monday, today))])


def total_targets(diary: Diary, on: date, today: date) -> list[Judged]:
    version = terms(diary, on)
    if version is None:
        return []
    first = min(begins(version) for version in versions(diary))
    due, ended = version.terms.due, end_of(diary, on)
    found: list[Judged] = []
    for target in version.terms.targets:
        if target.per != "total":
            continue
        values: list[Fraction] = []
        each = first
        while each <= on and (due is None or each <= due) and (ended is None or each <= ended):
            value = day_value(diary, target, each)
            if value is not None:
                values.append(value)
            each += DAY
        value = over_several(values, METRICS[target.metric].total) if values else None
        found.append((mark(target, value, Fraction(1), over=is_over(diary, on, today), at_once=False), value))
    return found


def is_over(diary: Diary, on: date, today: date) -> bool:
    version = terms(diary, on)
    due = None if version is None else version.terms.due
    return end_of(diary, on) is not None or (due is not None and due <= on and due < today)


def plain_total(diary: Diary, on: date, today: date) -> Judged:
    """The goal's mark and score as a whole at the end of a day."""
    if terms(diary, on) is None:
        return "none", None
    each = min(begins(version) for version in versions(diary))
    days: list[date] = []
    while each <= on:
        days.append(each)
        each += DAY
    sundays = [day for day in days if day.weekday() == 6]
    weekly = [judged for day in sundays for judged in week_targets(diary, day - 6 * DAY, today)]
    parts = [days_together(diary, days, today), put_together([(mark, points(mark)) for mark, _ in weekly])]
    if not is_over(diary, on, today):
        parts = [("open" if points(mark) is not None else mark, score) for mark, score in parts]
    mark, score = put_together([*parts, *((mark, points(mark)) for mark, _ in total_targets(diary, on, today))])
    if end_of(diary, on) is not None:
        mark = {"done": "met", "missed": "missed", "cancelled": "none"}[phase(diary, on)]
    return mark, score
