"""What was queued and then refused for good: what it was, of whom, and why it was not done. Pure.

Messages say it themselves, in their bubble; this is about everything else.
"""

from collections.abc import Sequence
from typing import Final

from coachline_core.client import Record
from coachline_core.domain.outbox import Entry
from coachline_protocol import ops
from coachline_protocol.ops import Command
from coachline_protocol.rows import GoalKind, Id, Terms

from coachline_desktop import explain, goal_words
from coachline_desktop.goal_state import Undone
from coachline_desktop.present import Known
from coachline_desktop.present_goals import title
from coachline_desktop.words import say

OF_A_GOAL: Final[dict[type, str]] = {
    ops.GoalChange: "Other terms for “{goal}”",
    ops.GoalCounter: "Other terms for “{goal}”",
    ops.GoalAccept: "Accepting “{goal}”",
    ops.GoalDecline: "Declining “{goal}”",
}
OTHERS: Final[dict[type, str]] = {
    ops.ProgressCorrect: "A correction of progress",
    ops.ExcuseMake: "Days that do not count",
    ops.ExcuseWithdraw: "Days that count after all",
    ops.RelationshipPause: "Pausing the coaching",
    ops.RelationshipResume: "Resuming the coaching",
    ops.RelationshipEnd: "Ending the coaching",
    ops.TemplateRemove: "Removing a template",
}


def undone(known: Known, waiting: Sequence[Entry]) -> tuple[Undone, ...]:
    """What failed, oldest first; `waiting` is the outbox."""
    return tuple(
        Undone(
            key=entry.id,
            client=entry.stream.id if entry.stream.kind == "record" else None,
            words=what(known, entry),
            why=explain.refusal(entry.refusal),
            lines=_terms(known, entry),
        )
        for entry in waiting
        if entry.state == "failed" and entry.refusal is not None and entry.stream.kind != "conversation"
    )


def what(known: Known, entry: Entry) -> str:
    """What somebody wanted, and for whom if it is not for himself."""
    said = _said(known, _record(known, entry), entry.body)
    if entry.stream.kind != "record" or entry.stream.id == known.person:
        return said
    return say("{what}, for {name}", name=known.name(entry.stream.id), what=said)


def _terms(known: Known, entry: Entry) -> tuple[str, ...]:
    """The terms that were meant: what somebody wrote is not lost to him before he lets it go."""
    match entry.body:
        case (
            ops.GoalAssign(terms=terms)
            | ops.GoalPropose(terms=terms)
            | ops.GoalChange(terms=terms)
            | ops.GoalCounter(terms=terms)
        ):
            record = _record(known, entry)
            today = terms.start if record is None else record.today
            lines = (*goal_words.terms(terms, today), goal_words.dates(terms, today), terms.note)
            return tuple(line for line in lines if line)
        case _:
            return ()


def _record(known: Known, entry: Entry) -> Record | None:
    return next((record for record in known.records if record.client == entry.stream.id), None)


def _said(known: Known, record: Record | None, body: Command) -> str:
    match body:
        case ops.GoalAssign(kind=kind, terms=terms) | ops.GoalPropose(kind=kind, terms=terms):
            return say("The goal “{goal}”", goal=_called(kind, terms))
        case ops.GoalChange() | ops.GoalCounter() | ops.GoalAccept() | ops.GoalDecline():
            return say(OF_A_GOAL[type(body)], goal=_goal(record, body.goal))
        case ops.GoalSetState(goal=goal, state=state):
            standing = say(goal_words.STANDING_WORDS[state]).lower()
            return say("“{goal}” as {state}", goal=_goal(record, goal), state=standing)
        case ops.ProgressRecord(goal=goal, measures=measures):
            values = ", ".join(goal_words.measure(each) for each in measures) or say("a note")
            return say("Progress in “{goal}” ({values})", goal=_goal(record, goal), values=values)
        case ops.ConsentSet(trainer=trainer):
            return say("What {name} can see and do", name=known.name(trainer))
        case ops.TemplateSet(title=named, kind=kind):
            return say("The template “{goal}”", goal=named or say(goal_words.KIND_WORDS[kind]))
        case _:
            return say(OTHERS.get(type(body), "Something you wanted"))


def _goal(record: Record | None, goal: Id) -> str:
    """What a goal is called, also one that was refused itself."""
    course = None if record is None else record.goal(goal)
    if course is not None and course.versions:
        return title(course, course.versions[-1])
    pending = () if record is None else record.pending
    meant = next((entry.body for entry in pending if entry.id == goal), None)
    if isinstance(meant, ops.GoalAssign | ops.GoalPropose):
        return _called(meant.kind, meant.terms)
    return say("A goal")


def _called(kind: GoalKind, terms: Terms) -> str:
    return terms.title or say(goal_words.KIND_WORDS[kind])
