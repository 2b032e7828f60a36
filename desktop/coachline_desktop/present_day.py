"""What a client is asked on a day, and the fields in which he enters it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from functools import partial

from coachline_core.client import Record
from coachline_core.domain.course import Course
from coachline_core.domain.days import BACK
from coachline_core.domain.marks import TargetVerdict
from coachline_core.domain.metrics import METRICS
from coachline_core.domain.totals import totals
from coachline_core.domain.verdicts import day_verdict, week_verdict
from coachline_protocol.rows import Date, GoalVersion, Id, Measure, Target

from coachline_desktop import goal_words, words
from coachline_desktop.goal_state import Ask, DayShown, EntryField, TodayGoal
from coachline_desktop.present import Known
from coachline_desktop.present_goals import title


def day_shown(record: Record, day: Date) -> DayShown:
    """A day of my record that can be entered, today or before."""
    earlier, later = day - timedelta(days=1), day + timedelta(days=1)
    return DayShown(
        day=day,
        title=words.day(day, record.today),
        words=goal_words.weekday(day),
        before=earlier if earlier >= record.today - BACK else None,
        after=later if later <= record.today else None,
    )


def goals_of_day(known: Known, record: Record, day: Date) -> tuple[TodayGoal, ...]:
    """What is asked of me on a day, today or before, in the order in which it was agreed."""
    found = (
        known.made(record, (course.goal.id, day), partial(_goal_of_day, known, record, course, day))
        for course in record.goals
    )
    return tuple(goal for goal in found if goal is not None)


def _goal_of_day(known: Known, record: Record, course: Course, day: Date) -> TodayGoal | None:
    version = course.version_on(day)
    if version is None or course.standing(day) != "active":
        return None
    of_day = day_verdict(course, record.excuses, day, record.today)
    of_week = week_verdict(course, record.excuses, day, record.today)
    whole = totals(course, record.excuses, record.today, record.today)
    verdicts = {_what(each.target): each for each in (*whole, *of_week.targets, *of_day.targets)}
    return TodayGoal(
        key=course.goal.id,
        day=day,
        title=title(course, version),
        by="" if course.goal.author == record.client else known.name(course.goal.author),
        note=version.terms.note,
        asks=tuple(_asks(record, course, version, day, verdicts)),
        mark=of_day.mark if of_day.targets else of_week.mark,
        waiting=record.unsaid(course.goal.id) or any(entry.waiting for entry in course.by_day.get(day, ())),
    )


def _what(target: Target) -> tuple[str, str]:
    return target.metric, target.per


def _asks(
    record: Record, course: Course, version: GoalVersion, day: Date, verdicts: Mapping[tuple[str, str], TargetVerdict]
) -> Iterator[Ask]:
    """What the targets ask. What is asked twice, a day and a week, is entered once."""
    ticks = [
        entry.id
        for entry in course.by_day.get(day, ())
        if any(said.metric == "done" for said in entry.current.row.measures)
    ]
    for field in entry_fields(version, record.today):
        yield _ask(field, verdicts.get((field.metric, _per(version, field))), ticks[-1] if ticks else None)
    seen: set[str] = set()
    for target in version.terms.targets:
        if target.metric in seen:
            again = replace(_field(target, version.terms.due, record.today), form="none")
            yield _ask(again, verdicts.get(_what(target)), None)
        seen.add(target.metric)


def _per(version: GoalVersion, field: EntryField) -> str:
    return next((target.per for target in version.terms.targets if target.metric == field.metric), "")


def _ask(field: EntryField, verdict: TargetVerdict | None, ticked: Id | None) -> Ask:
    return Ask(
        metric=field.metric,
        unit=field.unit,
        unit_words=field.unit_words,
        title=field.title,
        asks=field.asks,
        so_far="" if verdict is None else goal_words.so_far(verdict),
        mark="none" if verdict is None else verdict.mark,
        form=field.form,
        top=field.top,
        entry=ticked if field.form == "tick" else None,
        share=None if verdict is None else share(verdict),
    )


def entry_fields(version: GoalVersion, today: Date, said: Sequence[Measure] = ()) -> tuple[EntryField, ...]:
    """What is entered for a goal with these terms, each metric once; and how `said` stands in the fields.

    A load that is to be moved several times is entered with how often it was.
    """
    terms, fields = version.terms, dict[str, EntryField]()
    for target in terms.targets:
        fields.setdefault(target.metric, _field(target, terms.due, today))
        if (target.reps or 0) > 1:
            fields.setdefault("reps", _bare_field("reps", "reps"))
    for measure in said:
        field = fields.get(measure.metric) or _bare_field(measure.metric, measure.unit)
        stands = replace(field, amount=goal_words.amount(measure.amount), unit=measure.unit)
        fields[measure.metric] = replace(stands, unit_words=goal_words.unit_words(measure.unit))
    return tuple(fields.values())


def _field(target: Target, due: Date | None, today: Date) -> EntryField:
    return replace(_bare_field(target.metric, target.unit), asks=goal_words.asked(target, due, today))


def _bare_field(metric: str, unit: str) -> EntryField:
    rating = metric.startswith("rating")
    return EntryField(
        metric=metric,
        unit=unit,
        unit_words=goal_words.unit_words(unit),
        title=goal_words.metric(metric),
        asks="",
        form="tick" if metric == "done" else "choice" if rating else "amount",
        top=int(METRICS[metric].highest) if rating else 0,
    )


def share(verdict: TargetVerdict) -> float | None:
    """How much of what is to be reached there is, 0 to 1; None for what is no amount to reach."""
    if verdict.lower is None or not verdict.lower or not METRICS[verdict.target.metric].growing:
        return None
    return float(min(Fraction(1), (verdict.value or Fraction(0)) / verdict.lower))
