"""Progress: what was done for a goal on a day of the client's calendar, and said better later.

SPEC.md, G10.
"""

from collections.abc import Sequence

from coachline_protocol import limits, ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Date, Goal, Measure, Progress

from coachline_core.domain.cards import progress_card
from coachline_core.domain.course import Course
from coachline_core.domain.days import BACK, latest_day, outside
from coachline_core.domain.goal_deeds import client_day
from coachline_core.domain.goals import check_measures
from coachline_core.domain.permits import progress_refusal
from coachline_core.domain.record import UNNUMBERED, RecordState
from coachline_core.domain.streams import Decision, Envelope, View
from coachline_core.domain.text import normalise_note, valid_zone


def record(view: View, state: RecordState, envelope: Envelope, command: ops.ProgressRecord) -> Decision | Refusal:
    """An entry, perhaps late: a goal that is over still takes what was done before its end, or was forgotten."""
    refusal = progress_refusal(state, envelope.author)
    if refusal is not None:
        return refusal
    goal = state.goals.get(command.goal)
    if goal is None:
        return Refusal(code=RefusalCode.NOT_FOUND, field="goal")
    course = _course(state, goal)
    if goal.state in ("proposed", "cancelled") or course.first_day is None:
        return Refusal(code=RefusalCode.WRONG_STATE, field="goal", hint=f"it is {goal.state}")
    if not valid_zone(command.zone):
        return Refusal(code=RefusalCode.INVALID, field="zone", hint="not the name of an IANA time zone")
    today = client_day(view, state, envelope)
    if isinstance(today, Refusal):
        return today
    refusal = outside(command.day, max(course.first_day, today - BACK), latest_day(envelope.at), "day")
    if refusal is not None:
        return refusal
    note = _checked(state, course, command.day, command.measures, command.note)
    if isinstance(note, Refusal):
        return note
    if not command.measures and not note:
        return Refusal(code=RefusalCode.INVALID, field="measures", hint="neither a value nor a note")
    row = Progress(
        rev=UNNUMBERED,
        id=envelope.id,
        entry=envelope.id,
        goal=goal.id,
        author=envelope.author,
        at=envelope.at,
        day=command.day,
        zone=command.zone,
        measures=command.measures,
        note=note,
    )
    changed = state.written(row)
    return Decision(ops.Changed(rev=changed.rev), (changed, *progress_card(view, state, envelope, goal, command.day)))


def correct(state: RecordState, envelope: Envelope, command: ops.ProgressCorrect) -> Decision | Refusal:
    """An entry said better or taken back, whatever the goal is now: by the client, or the trainer who recorded it."""
    refusal = progress_refusal(state, envelope.author)
    if refusal is not None:
        return refusal
    sayings = state.entry(command.entry)
    if not sayings:
        return Refusal(code=RefusalCode.NOT_FOUND, field="entry")
    first, last = sayings[0], sayings[-1]
    if envelope.author not in (state.client, first.author):
        return Refusal(code=RefusalCode.NOT_YOURS, field="entry")
    if command.base != last.rev:
        return Refusal(code=RefusalCode.STALE, field="base", limit=last.rev, actual=command.base)
    course = _course(state, state.goals[first.goal])
    note = _checked(state, course, first.day, command.measures, command.note)
    if isinstance(note, Refusal):
        return note
    row = Progress(
        rev=UNNUMBERED,
        id=envelope.id,
        entry=first.entry,
        goal=first.goal,
        author=envelope.author,
        at=envelope.at,
        day=first.day,
        zone=first.zone,
        measures=command.measures,
        note=note,
    )
    changed = state.written(row)
    return Decision(ops.Changed(rev=changed.rev), (changed,))


def _checked(state: RecordState, course: Course, day: Date, measures: Sequence[Measure], note: str) -> str | Refusal:
    """The note in the form it is kept in, if this can be said of that day."""
    in_force = course.terms_on(day)
    refusal = check_measures(course.goal.kind, () if in_force is None else in_force.terms.targets, measures)
    if refusal is not None:
        return refusal
    of_day = len(state.said_on(course.goal.id, day))
    if of_day >= limits.ENTRIES_PER_DAY_MAX:
        return Refusal(code=RefusalCode.TOO_MANY, field="day", limit=limits.ENTRIES_PER_DAY_MAX, actual=of_day + 1)
    return normalise_note(note, field="note", limit=limits.GOAL_NOTE_CHARACTERS)


def _course(state: RecordState, goal: Goal) -> Course:
    """The goal with its versions: what it asks on which day."""
    versions = sorted((row for row in state.versions.values() if row.goal == goal.id), key=lambda row: row.rev)
    return Course(goal, tuple(versions))
