"""Coaching as the window shows it: proposals, the trainer's list, agreements, templates. Pure.

What is asked on a day is `present_day`, the page of a client `client_page`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from coachline_core.client import Record
from coachline_core.domain.course import Course
from coachline_core.domain.roster import Reason, RosterLine, roster_line
from coachline_protocol import ops
from coachline_protocol.rows import (
    Consent,
    GoalVersion,
    Id,
    Relationship,
    RelationshipStep,
    Target,
    Template,
)

from coachline_desktop import goal_words, words
from coachline_desktop.goal_state import (
    Agreement,
    Choice,
    ClientRow,
    GoalForm,
    Proposal,
    Settable,
    TargetForm,
    TemplateRow,
)
from coachline_desktop.present import Known, hue, initials, presence
from coachline_desktop.words import plural, say

DEEDS = {
    "begun": "{name} began",
    "consent": "{name} changed what can be seen and done",
    "paused": "{name} paused the coaching",
    "resumed": "{name} resumed the coaching",
    "ended": "{name} ended the coaching",
}
STATES = {"active": "Coaching", "paused": "The coaching rests", "ended": "The coaching has ended"}
ANSWERS: Final[dict[type, str]] = {
    ops.GoalAccept: "{name} accepted",
    ops.GoalDecline: "{name} declined",
    ops.GoalCounter: "{name} proposed something else",
}
"""What becomes of terms that wait for an answer."""
WORST_FIRST = {"off": 0, "no_data": 1, "on": 2, "nothing": 3}


def title(course: Course, version: GoalVersion) -> str:
    """What a goal is called: as somebody named it, or its kind."""
    return version.terms.title or say(goal_words.KIND_WORDS[course.goal.kind])


# -- proposals ---------------------------------------------------------------------------------------------


def proposals(known: Known, record: Record) -> tuple[Proposal, ...]:
    """The terms that wait for an answer in a record, mine to give first."""
    found = [_proposal(known, record, course) for course in record.goals if course.goal.pending is not None]
    return tuple(sorted((each for each in found if each is not None), key=lambda each: not each.mine))


def _proposal(known: Known, record: Record, course: Course) -> Proposal | None:
    version = next((each for each in course.versions if each.id == course.goal.pending), None)
    if version is None or version.state != "proposed":
        return None
    holds, answer = course.version_on(record.today), _answer(record, course)
    if answer is not None:
        said = answer
    elif version.author == known.person:
        said = say("You proposed this to {name}", name=known.name(course.goal.turn or record.client))
    elif holds is not None:
        said = say("{name} proposes other terms", name=known.name(version.author))
    else:
        said = say("{name} proposes a goal", name=known.name(version.author))
    return Proposal(
        client=record.client,
        goal=course.goal.id,
        title=title(course, version),
        words=said,
        lines=goal_words.terms(version.terms, record.today),
        before=() if holds is None else goal_words.terms(holds.terms, record.today),
        dates=goal_words.dates(version.terms, record.today),
        note=version.terms.note,
        mine=course.goal.turn == known.person and answer is None,
        form=form_of(course, version),
        waiting=bool(record.unsent(course.goal.id)),
    )


def _answer(record: Record, course: Course) -> str | None:
    """What I answered, as long as that waits to be sent; None: nothing."""
    given = [ANSWERS[type(body)] for body in record.unsent(course.goal.id) if type(body) in ANSWERS]
    return say(given[-1], name=say("You")) if given else None


# -- the trainer's list ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Coached:
    client: Id
    row: Relationship
    record: Record | None
    line: RosterLine | None


def roster(known: Known, records: Sequence[Record]) -> tuple[ClientRow, ...]:
    """My clients: off course first, then those of whom nothing is heard; by name within."""
    held = {record.client: record for record in records}
    mine = [row for row in known.relationships if row.trainer == known.person and row.state != "ended"]
    coached = [_Coached(row.client, row, held.get(row.client), _line(known, held.get(row.client), row)) for row in mine]
    rows = [(WORST_FIRST[each.line.where if each.line else "nothing"], _client(known, each)) for each in coached]
    return tuple(row for _, row in sorted(rows, key=lambda pair: (pair[0], pair[1].name, pair[1].key)))


def _line(known: Known, record: Record | None, row: Relationship) -> RosterLine | None:
    """None where there is no consent to see it: then everything would seem missed."""
    if record is None or not row.consent.see_progress:
        return None
    return known.made(record, "line", lambda: roster_line(record.goals, record.excuses, record.today))


def _client(known: Known, each: _Coached) -> ClientRow:
    name = known.name(each.client)
    summary = next((s for s in known.summaries if s.other == each.client and s.kind == "direct"), None)
    if each.row.state == "paused":
        where_words = say("Resting")
    elif each.line is None or each.record is None:
        where_words = say("Not shown to you")
    else:
        where_words = say(goal_words.WHERE_WORDS[each.line.where])
    return ClientRow(
        key=each.client,
        name=name,
        initials=initials(name),
        hue=hue(each.client),
        presence=presence(known, each.client),
        where=each.line.where if each.line else "nothing",
        where_words=where_words,
        why=_why(each.line, each.record) if each.line and each.record else "",
        last=_last(each.line, each.record) if each.line and each.record else "",
        unread=summary.unread if summary else 0,
        conversation=summary.conversation if summary else None,
    )


def _why(line: RosterLine, record: Record) -> str:
    if line.excuses:
        reasons = [excuse.reason for excuse in record.excuses if excuse.id in line.excuses]
        return say(goal_words.REASON_WORDS[reasons[0]])
    return "; ".join(dict.fromkeys(reason_words(reason, record) for reason in line.reasons))


def reason_words(reason: Reason, record: Record) -> str:
    """Why a goal is off course, in words."""
    course = record.goal(reason.goal)
    version = None if course is None else course.terms_on(record.today)
    name = "" if course is None or version is None else title(course, version)
    if reason.why == "no_data":
        return say("{goal}: nothing entered", goal=name)
    if reason.target is not None:
        return say("{goal}: {verdict}", goal=name, verdict=goal_words.so_far(reason.target) or say("missed"))
    missed = sum(day.mark == "missed" for day in reason.days)
    return plural("{goal}: %n of 7 days not kept", "{goal}: %n of 7 days not kept", missed).format(goal=name)


def _last(line: RosterLine, record: Record) -> str:
    if line.last_day is None:
        return ""
    if line.last_day >= record.today:
        return say("Entered today")
    if line.last_day == record.today - timedelta(days=1):
        return say("Entered yesterday")
    return plural("Entered %n day ago", "Entered %n days ago", (record.today - line.last_day).days)


def settable(known: Known, records: Sequence[Record]) -> tuple[Settable, ...]:
    """For whom I may set a goal, and how: myself, and active clients as far as they consent."""
    held = {record.client: record.today for record in records}
    found: list[Settable] = []
    for row in known.relationships:
        mine = row.trainer == known.person and row.state == "active" and row.client in held
        if mine and row.consent.set_goals != "none":
            found.append(Settable(row.client, known.name(row.client), row.consent.set_goals, held[row.client]))
    found.sort(key=lambda each: (each.name, each.client))
    me, client = known.person, known.profile is not None and "client" in known.profile.roles
    if me is not None and client and me in held:
        found.insert(0, Settable(me, known.name(me), "assign", held[me]))
    return tuple(found)


# -- agreements --------------------------------------------------------------------------------------------


def agreements(known: Known, records: Sequence[Record]) -> tuple[Agreement, ...]:
    """My coaching relationships, as client and as trainer, those that have ended last."""
    steps = {record.client: record for record in records}
    found = [agreement(known, row, steps.get(row.client)) for row in known.relationships]
    return tuple(sorted(found, key=lambda each: (each.state == "ended", each.other, each.trainer)))


def agreement(known: Known, row: Relationship, record: Record | None) -> Agreement:
    """One of them."""
    mine = row.client == known.person
    other = row.trainer if mine else row.client
    name = known.name(other)
    steps = () if record is None else tuple(s for s in record.steps if s.trainer == row.trainer)
    pending = () if record is None else record.pending
    return Agreement(
        trainer=row.trainer,
        client=row.client,
        title=goal_words.agreement(name, mine=mine),
        other=name,
        initials=initials(name),
        hue=hue(other),
        mine=mine,
        state=row.state,
        state_words=say(STATES[row.state]),
        choice=choice(row.consent),
        lines=goal_words.consents(row.consent, mine=mine) if row.state != "ended" else (),
        history=tuple(_step(known, step, steps[:n], mine=mine) for n, step in reversed(list(enumerate(steps)))),
        may_resume=row.state == "paused" and row.paused_by == known.person,
        waiting=any(_about(entry.body, row.trainer) for entry in pending if entry.state != "failed"),
    )


def _about(body: ops.Command, trainer: Id) -> bool:
    match body:
        case ops.ConsentSet() | ops.RelationshipPause() | ops.RelationshipResume() | ops.RelationshipEnd():
            return body.trainer == trainer
        case _:
            return False


def choice(consent: Consent) -> Choice:
    """What was consented to, as it is chosen."""
    return Choice(
        see_goals=consent.see_goals,
        set_goals=consent.set_goals,
        see_progress=consent.see_progress,
        record_progress=consent.record_progress,
        see_presence=consent.see_presence,
    )


def consent(choice: Choice) -> Consent:
    """And the other way round."""
    return Consent(
        see_goals=choice.see_goals,
        set_goals=choice.set_goals,
        see_progress=choice.see_progress,
        record_progress=choice.record_progress,
        see_presence=choice.see_presence,
    )


def _step(known: Known, step: RelationshipStep, before: Sequence[RelationshipStep], *, mine: bool) -> str:
    at = words.ago(step.at, known.now_ms, known.zone)
    deed = say(DEEDS[step.deed], name=say("You") if step.by == known.person else known.name(step.by))
    if step.deed not in ("begun", "consent"):
        return say("{deed} {when}", deed=deed, when=at)
    had = goal_words.consents(before[-1].consent, mine=mine) if before else ()
    has = goal_words.consents(step.consent, mine=mine)
    gained = [f"+ {words_}" for words_ in has if words_ not in had]
    lost = [f"− {words_}" for words_ in had if words_ not in has]
    return "\n".join([say("{deed} {when}:", deed=deed, when=at), *gained, *lost])


# -- templates ---------------------------------------------------------------------------------------------


def templates(found: Sequence[Template]) -> tuple[TemplateRow, ...]:
    """The goals I keep to set again."""
    return tuple(
        TemplateRow(
            key=row.id,
            title=row.title,
            form=GoalForm(row.kind, row.title, tuple(map(target_form, row.targets)), note=row.note),
            days=row.days,
        )
        for row in found
    )


def target_form(target: Target) -> TargetForm:
    """A target as it stands in an editor."""
    return TargetForm(
        metric=target.metric,
        unit=target.unit,
        direction=target.direction,
        amount=goal_words.amount(target.amount),
        upper="" if target.upper is None else goal_words.amount(target.upper),
        per=target.per,
        reps=target.reps,
    )


def form_of(course: Course, version: GoalVersion) -> GoalForm:
    """A goal's terms, to change or counter them."""
    said = version.terms
    targets = tuple(map(target_form, said.targets))
    return GoalForm(course.goal.kind, said.title, targets, said.start, said.due, said.note)
