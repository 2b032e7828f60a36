"""A client's page: each goal with its weeks, charts, entries and history, for the client and his coaches. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Final

from coachline_core.client import Record
from coachline_core.domain.course import ENDS, Course, ProgressEntry, monday_of
from coachline_core.domain.days import BACK
from coachline_core.domain.marks import Mark, TargetVerdict, bounds, of_targets, read, side_of
from coachline_core.domain.metrics import METRICS
from coachline_core.domain.totals import totals
from coachline_core.domain.verdicts import WeekVerdict, week_verdict
from coachline_protocol.rows import Excuse, GoalVersion, Measure, Progress, Relationship, Target

from coachline_desktop import goal_words
from coachline_desktop.goal_state import (
    ClientState,
    Deed,
    EntryRow,
    ExcuseRow,
    GoalDetail,
    GoalStanding,
    SetGoals,
    WeekDetail,
)
from coachline_desktop.plots import Plot, PlotBand, PlotPoint, WeekBar
from coachline_desktop.present import Known, hue, initials
from coachline_desktop.present_day import entry_fields
from coachline_desktop.present_goals import agreement, form_of, proposals, title
from coachline_desktop.words import say

WEEKS: Final = 8
"""How many weeks are shown as bars, this one among them, and how far back charts go."""
ENTRIES: Final = 30
"""The newest entries that are listed."""


def client_page(known: Known, record: Record) -> ClientState:
    """The page of one client, who may be me."""
    me = record.client == known.person
    row = record.relationship(known.person) if known.person is not None and not me else None
    name = known.name(record.client)
    asked = proposals(known, record)
    waiting = {proposal.goal for proposal in asked}
    # A goal that is only proposed stands among the proposals, once.
    agreed = [course for course in record.goals if course.goal.state != "proposed" or course.goal.id not in waiting]
    found = [
        known.made(record, course.goal.id, partial(goal_detail, known, record, course, row))
        for course in reversed(agreed)
    ]
    shown = [detail for detail in found if detail is not None]
    return ClientState(
        key=record.client,
        name=name,
        initials=initials(name),
        hue=hue(record.client),
        me=me,
        today=record.today,
        goals=tuple(sorted(shown, key=lambda goal: goal.state in (*ENDS, "after"))),
        proposals=asked,
        excuses=tuple(_excuse(known, record, excuse) for excuse in reversed(record.excuses)),
        may_set=_may_set(me, row),
        may_excuse=me or _may_set(me, row) == "assign",
        withheld=_withheld(name, row) if not me else "",
        agreement=None if row is None else agreement(known, row, record),
    )


def _may_set(me: bool, row: Relationship | None) -> SetGoals:
    if me:
        return "assign"
    return row.consent.set_goals if row is not None and row.state == "active" else "none"


def _withheld(name: str, row: Relationship | None) -> str:
    if row is None or not row.consent.see_goals:
        return say("{name} does not show you goals.", name=name)
    if not row.consent.see_progress:
        return say("{name} does not show you progress, so nothing is said of how goals go.", name=name)
    return ""


# -- one goal ----------------------------------------------------------------------------------------------


def goal_detail(known: Known, record: Record, course: Course, row: Relationship | None) -> GoalDetail | None:
    """A goal with all there is to see of it; `row`: my relationship with the client, None if it is my own.

    None: no terms of it are here.
    """
    version = _shown_version(record, course)
    if version is None:
        return None
    judged = row is None or row.consent.see_progress
    weeks = tuple(_weeks(record, course)) if judged else ()
    if all(week.mark == "none" for week in weeks):
        weeks = ()  # what is asked in total asks nothing of a week
    whole = totals(course, record.excuses, record.today, record.today) if judged else ()
    mark = weeks[-1].mark if weeks else of_targets(whole)[0]
    state: GoalStanding = "proposed" if course.goal.state == "proposed" else course.standing(record.today)
    author = known.name(course.goal.author)
    return GoalDetail(
        key=course.goal.id,
        client=record.client,
        today=record.today,
        first_day=max(course.first_day or record.today, record.today - BACK),
        kind=course.goal.kind,
        title=title(course, version),
        words=say(
            "{kind}, set by {name}",
            kind=say(goal_words.KIND_WORDS[course.goal.kind]),
            name=say("you") if course.goal.author == known.person else author,
        ),
        lines=goal_words.terms(version.terms, record.today),
        totals=tuple(goal_words.in_total(verdict) for verdict in whole),
        dates=goal_words.dates(version.terms, record.today),
        note=version.terms.note,
        state=state,
        mark=mark,
        mark_words=_mark_words(state, mark, whole if not weeks else ()) if judged else "",
        weeks=tuple(_bar(record, week) for week in weeks),
        details=tuple(_detail(record, course, week) for week in reversed(weeks)),
        plots=tuple(_plots(record, course, version.terms.targets)) if judged else (),
        fields=entry_fields(version, record.today),
        entries=tuple(_entries(known, record, course, row)) if judged else (),
        history=tuple(_history(known, record, course)),
        may=_may(known, record, course, row),
        form=form_of(course, version),
        waiting=record.waits(course.goal.id),
    )


def _shown_version(record: Record, course: Course) -> GoalVersion | None:
    """The terms to show: what holds; before that what is to hold, or whatever was said last."""
    later = (*reversed(course.accepted), *reversed(course.versions))
    return course.terms_on(record.today) or (later[0] if later else None)


def _mark_words(state: GoalStanding, mark: Mark, whole: Sequence[TargetVerdict]) -> str:
    if state == "proposed":
        return say("Proposed")
    if state == "active" and whole:
        return goal_words.pace_words(whole)
    if state == "active":
        return say("This week: {mark}", mark=say(goal_words.MARK_WORDS[mark]).lower())
    return say(goal_words.STANDING_WORDS[state])


def _may(known: Known, record: Record, course: Course, row: Relationship | None) -> frozenset[Deed]:
    """What the rules would let me do; they judge again when it is done."""
    state, me = course.goal.state, record.client == known.person
    may: set[Deed] = set()
    if course.goal.turn == known.person and course.goal.pending is not None:
        may |= {"accept", "decline", "counter"}
    if state in ENDS:
        return frozenset(may)
    consent = row.consent if row is not None and row.state == "active" else None
    author = course.goal.author == known.person
    if state != "proposed":
        if author and (me or (consent is not None and consent.set_goals == "assign")):
            may.add("change")
        elif me or (author and consent is not None and consent.set_goals != "none"):
            may.add("counter")
        if me or (consent is not None and consent.record_progress):
            may.add("record")
    if me or (author and consent is not None and consent.set_goals == "assign"):
        if state == "active":
            may.add("paused")
        if state == "paused":
            may.add("active")
        if state in ("active", "paused"):
            may |= {"done", "missed", "cancelled"}
    return frozenset(may)


# -- weeks -------------------------------------------------------------------------------------------------


def _weeks(record: Record, course: Course) -> Iterator[WeekVerdict]:
    first = course.first_day
    if first is None or first > record.today:
        return
    monday = max(monday_of(first), monday_of(record.today) - timedelta(weeks=WEEKS - 1))
    while monday <= record.today:
        yield week_verdict(course, record.excuses, monday, record.today)
        monday += timedelta(weeks=1)


def _bar(record: Record, week: WeekVerdict) -> WeekBar:
    share = float(week.score) if week.score is not None else 0.0
    done = "" if week.score is None else say(", {share} %", share=round(share * 100))
    mark = say(goal_words.MARK_WORDS[week.mark]).lower()
    begins = goal_words.day(week.monday, record.today)
    return WeekBar(week.monday, week.mark, share, say("Week of {day}: {mark}{done}", day=begins, mark=mark, done=done))


def _detail(record: Record, course: Course, week: WeekVerdict) -> WeekDetail:
    past = [day for day in week.days if day.day <= record.today]
    daily = [target for day in past for target in day.targets if target.mark != "none"]
    rules = [goal_words.judged(target, record.today) for target in week.targets]
    rules += [
        f"{goal_words.day(target.first, record.today)} · {goal_words.judged(target, record.today)}" for target in daily
    ]
    behind = {id for target in (*week.targets, *daily) for id in target.entries}
    entries = [entry for entry in course.entries if entry.id in behind]
    return WeekDetail(
        monday=week.monday,
        title=say("Week of {day}", day=goal_words.day(week.monday, record.today)),
        mark=week.mark,
        mark_words=say(goal_words.MARK_WORDS[week.mark]),
        rules=tuple(rules),
        entries=tuple(f"{goal_words.day(entry.day, record.today)} · {_values(entry)}" for entry in entries),
    )


# -- charts ------------------------------------------------------------------------------------------------


def _plots(record: Record, course: Course, targets: Sequence[Target]) -> Iterator[Plot]:
    last = record.today
    first = max(course.first_day or last, monday_of(last) - timedelta(weeks=WEEKS - 1))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    for target in targets:
        if target.metric == "done" or (METRICS[target.metric].counted and target.per == "week"):
            continue  # the weeks say it better than a line of ones
        reading = read(course, target, days)
        waiting = {entry.day for entry in course.entries if entry.waiting}
        points = []
        for day, value in reading.by_day:
            if day == last and METRICS[target.metric].counted and target.per == "day":
                continue  # it grows until midnight, and would look like a fall
            asked = _target_on(course, target, day)
            low, high = bounds(asked) if asked is not None and asked.per == "day" else (None, None)
            outside = side_of(value, low, high) != "within"
            shown = goal_words.with_unit(goal_words.number(value, target.metric, target.unit), target.unit)
            rule = (
                "" if asked is None else say(", asked {rule}", rule=goal_words.asked(asked, _due_on(course, day), last))
            )
            on = goal_words.day(day, last)
            points.append(PlotPoint(day, float(value), f"{on}: {shown}{rule}", outside, day in waiting))
        yield Plot(
            title=goal_words.metric(target.metric),
            unit=goal_words.unit_words(target.unit),
            first=first,
            last=max(last, first + timedelta(days=6)),
            points=tuple(points),
            bands=tuple(_bands(course, target, days)),
            summary=points[-1].words if points else _unplotted(reading.by_day),
        )


def _unplotted(by_day: Sequence[object]) -> str:
    """Why there is no point yet: nothing was entered, or only today, which is not over."""
    return say("Today is shown when it is over") if by_day else say("Nothing entered yet")


def _due_on(course: Course, day: date) -> date | None:
    """The due date of the terms in force on a day."""
    version = course.version_on(day)
    return None if version is None else version.terms.due


def _target_on(course: Course, like: Target, day: date) -> Target | None:
    """The target in force on a day for the same thing in the same unit."""
    version = course.version_on(day)
    targets = () if version is None else version.terms.targets
    return next((t for t in targets if (t.metric, t.unit, t.per) == (like.metric, like.unit, like.per)), None)


def _bands(course: Course, target: Target, days: Sequence[date]) -> Iterator[PlotBand]:
    """What was asked, day by day, joined where it stayed the same. What is asked by the week has no band a day."""
    growing = METRICS[target.metric].counted and target.per == "total"
    run: tuple[date, date, Target] | None = None
    for day in days:
        asked = None if growing else _target_on(course, target, day)
        if run is not None and asked == run[2]:
            run = (run[0], day, run[2])
            continue
        if run is not None:
            yield _band(*run)
        run = None if asked is None else (day, day, asked)
    if run is not None:
        yield _band(*run)


def _band(first: date, last: date, target: Target) -> PlotBand:
    low, high = bounds(target)
    return PlotBand(first, last, None if low is None else float(low), None if high is None else float(high))


# -- entries and history -----------------------------------------------------------------------------------


def _entries(known: Known, record: Record, course: Course, row: Relationship | None) -> Iterator[EntryRow]:
    me = record.client == known.person
    newest = sorted((entry for entry in course.entries if not entry.withdrawn), key=lambda entry: entry.day)[-ENTRIES:]
    for entry in reversed(newest):
        said, version = entry.current.row, course.terms_on(entry.day) or _shown_version(record, course)
        mine = me or (entry.sayings[0].row.author == known.person and row is not None and row.consent.record_progress)
        yield EntryRow(
            key=entry.id,
            day=goal_words.day(entry.day, record.today),
            values=_values(entry),
            note=said.note,
            by=goal_words.recorded_by(said.author, record.client, known.person, known.name),
            waiting=entry.waiting,
            history=tuple(_before(known, record, saying.row) for saying in entry.sayings[:-1]),
            fields=() if version is None or not mine else entry_fields(version, record.today, said.measures),
            may_correct=mine,
        )


def _before(known: Known, record: Record, said: Progress) -> str:
    """How an entry was said before, and by whom where it was not the client."""
    by = goal_words.recorded_by(said.author, record.client, known.person, known.name)
    parts = (_measures(said.measures), said.note, by)
    return " · ".join(part for part in parts if part) or say("taken back")


def _values(entry: ProgressEntry) -> str:
    return _measures(entry.current.row.measures) or entry.current.row.note


def _measures(measures: Sequence[Measure]) -> str:
    return ", ".join(goal_words.measure(measure) for measure in measures)


def _history(known: Known, record: Record, course: Course) -> Iterator[str]:
    """Versions and phases as one story, newest first."""
    told: list[tuple[int, str]] = []
    for version in course.versions:
        on = goal_words.day(version.effective, record.today)
        what = "; ".join(goal_words.terms(version.terms, record.today)) or version.terms.title
        name = known.name(version.author)
        match version.state:
            case "accepted":
                line = say("From {day}, said by {name}: {what}", day=on, name=name, what=what)
            case "proposed":
                line = say("Proposed by {name} from {day}: {what}", day=on, name=name, what=what)
            case "declined":
                line = say("Proposed by {name} and declined: {what}", name=name, what=what)
            case _:
                line = say("Proposed by {name}, then countered: {what}", name=name, what=what)
        told.append((version.at, line))
    for phase in course.phases:
        words = say(goal_words.STANDING_WORDS[phase.state])
        on = goal_words.day(phase.since, record.today)
        name = known.name(phase.by)
        told.append((phase.at, say("{state} from {day} on, said by {name}", state=words, day=on, name=name)))
    yield from (line for _, line in sorted(told, key=lambda pair: -pair[0]))


def _excuse(known: Known, record: Record, excuse: Excuse) -> ExcuseRow:
    first, last = (goal_words.day(day, record.today) for day in (excuse.first, excuse.last))
    reason = say(goal_words.REASON_WORDS[excuse.reason])
    days = first if excuse.first == excuse.last else say("{first} to {last}", first=first, last=last)
    by = "" if excuse.author == record.client else say(", said by {name}", name=known.name(excuse.author))
    over = say(" (withdrawn)") if excuse.withdrawn_at is not None else ""
    mine = known.person in (excuse.author, record.client)
    return ExcuseRow(excuse.id, f"{reason}, {days}{by}{over}", excuse.note, mine and excuse.withdrawn_at is None)
