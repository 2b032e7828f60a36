"""What people do with goals: assign, propose, change, counter, accept, decline, let rest and end them.

A goal has two sides, its author and the client; of a client's own goal both are he. Only its author says by himself
what holds (`change`); anything else is proposed to the other side, whose `turn` it then is
(SPEC.md, G6). The states are those of SPEC.md, G7, the days those of SPEC.md, G9.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec
from coachline_protocol import limits, ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import (
    Date,
    Goal,
    GoalDeed,
    GoalKind,
    GoalPhase,
    GoalVersion,
    Id,
    RecordRow,
    Terms,
    Time,
)

from coachline_core.domain.cards import goal_card
from coachline_core.domain.course import ENDS
from coachline_core.domain.days import AHEAD, day_in, outside
from coachline_core.domain.goals import check_terms
from coachline_core.domain.permits import goal_refusal
from coachline_core.domain.person import PersonState, person_stream
from coachline_core.domain.record import UNNUMBERED, RecordState
from coachline_core.domain.streams import Decision, Envelope, View
from coachline_core.domain.text import normalise_name, normalise_note

GoalCommand = ops.GoalChange | ops.GoalCounter | ops.GoalAccept | ops.GoalDecline | ops.GoalSetState
"""What is said of a goal that is there."""


def assign(view: View, state: RecordState, envelope: Envelope, command: ops.GoalAssign) -> Decision | Refusal:
    """A goal that holds at once."""
    refusal = goal_refusal(state, envelope.author, "assign", new_terms=True)
    return refusal or _made(view, state, envelope, command.kind, command.terms, asked=False)


def propose(view: View, state: RecordState, envelope: Envelope, command: ops.GoalPropose) -> Decision | Refusal:
    """A goal that waits for the client."""
    if envelope.author == state.client:
        return Refusal(code=RefusalCode.INVALID, field="client", hint="one's own goals are assigned")
    refusal = goal_refusal(state, envelope.author, "propose", new_terms=True)
    return refusal or _made(view, state, envelope, command.kind, command.terms, asked=True)


def change(view: View, state: RecordState, envelope: Envelope, command: ops.GoalChange) -> Decision | Refusal:
    """Other terms hold from a day on; what waited for an answer is thereby answered."""
    goal = _found(state, envelope, command, "assign")
    if isinstance(goal, Refusal):
        return goal
    if goal.author != envelope.author:
        return _not_yours()
    refusal = _stale(goal, command) or _over(goal) or _full(state, goal)
    if refusal is not None:
        return refusal
    if goal.state == "proposed":
        return _wrong_state("nobody has accepted it yet: counter it")
    version = _version(view, state, envelope, goal, command.terms, command.effective)
    if isinstance(version, Refusal):
        return version
    holds = msgspec.structs.replace(version, state="accepted", decided_at=envelope.at)
    new = msgspec.structs.replace(goal, version=version.id, pending=None, turn=None)
    return _done(view, state, envelope, new, "changed", *_replaced(state, envelope, goal), holds)


def counter(view: View, state: RecordState, envelope: Envelope, command: ops.GoalCounter) -> Decision | Refusal:
    """Other terms wait for the other side, in the place of those that waited."""
    goal = _found(state, envelope, command, "propose")
    if isinstance(goal, Refusal):
        return goal
    refusal = _stale(goal, command) or _over(goal) or _full(state, goal)
    if refusal is not None:
        return refusal
    if goal.author == state.client:
        return _wrong_state("one's own goal has no other side: change it")
    if not state.related(goal.author):
        return Refusal(code=RefusalCode.NO_RELATIONSHIP, field="goal")
    version = _version(view, state, envelope, goal, command.terms, command.effective)
    if isinstance(version, Refusal):
        return version
    new = msgspec.structs.replace(
        goal,
        version=version.id if goal.state == "proposed" else goal.version,
        pending=version.id,
        turn=goal.author if envelope.author == state.client else state.client,
    )
    return _done(view, state, envelope, new, "countered", *_replaced(state, envelope, goal), version)


def accept(view: View, state: RecordState, envelope: Envelope, command: ops.GoalAccept) -> Decision | Refusal:
    """What waited holds, from its day on or from today."""
    waiting = _waiting(state, envelope, command)
    if isinstance(waiting, Refusal):
        return waiting
    goal, version = waiting
    today = client_day(view, state, envelope)
    if isinstance(today, Refusal):
        return today
    if version.terms.due is not None and version.terms.due < today:
        return Refusal(code=RefusalCode.DATE_OUT_OF_RANGE, field="terms.due", hint=f"from {today} on")
    holds = msgspec.structs.replace(
        version,
        state="accepted",
        effective=max(version.effective, today),
        mutual=True,
        decided_at=envelope.at,
    )
    begun: Literal["active", "paused"] = "paused" if goal.state == "paused" else "active"
    new = msgspec.structs.replace(goal, state=begun, version=version.id, pending=None, turn=None)
    return _done(view, state, envelope, new, "accepted", holds)


def decline(view: View, state: RecordState, envelope: Envelope, command: ops.GoalDecline) -> Decision | Refusal:
    """What waited does not hold."""
    waiting = _waiting(state, envelope, command)
    if isinstance(waiting, Refusal):
        return waiting
    goal, version = waiting
    return _done(view, state, envelope, given_up(goal), "declined", declined(version, envelope))


def set_state(view: View, state: RecordState, envelope: Envelope, command: ops.GoalSetState) -> Decision | Refusal:
    """From today on the goal rests, goes on or is over; one that was only proposed can be taken back."""
    goal = _found(state, envelope, command, "propose")
    if isinstance(goal, Refusal):
        return goal
    refusal = None if goal.state == "proposed" else goal_refusal(state, envelope.author, "assign")
    if refusal is not None:
        return refusal
    if goal.state == command.state:
        return Decision(ops.Changed(rev=goal.rev))
    refusal = _stale(goal, command) or _over(goal) or _full(state, goal)
    if refusal is not None:
        return refusal
    if goal.state == "proposed" and command.state != "cancelled":
        return _wrong_state("nobody has accepted it yet")
    today = client_day(view, state, envelope)
    if isinstance(today, Refusal):
        return today
    phase = GoalPhase(
        rev=UNNUMBERED,
        id=envelope.id,
        goal=goal.id,
        state=command.state,
        since=today,
        by=envelope.author,
        at=envelope.at,
    )
    new = msgspec.structs.replace(goal, state=command.state)
    before: tuple[RecordRow, ...] = (phase,)
    if command.state in ENDS and goal.pending is not None:
        before = (declined(state.versions[goal.pending], envelope), phase)
        new = msgspec.structs.replace(new, pending=None, turn=None)
    deed: GoalDeed = "resumed" if command.state == "active" else command.state
    return _done(view, state, envelope, new, deed, *before)


def client_day(view: View, state: RecordState, envelope: Envelope) -> Date | Refusal:
    """Today in the client's zone; a refusal if this is nobody who has goals."""
    client = view.state(person_stream(state.client), PersonState)
    if client.profile is None or not client.has_role("client"):
        return Refusal(code=RefusalCode.ROLE_REQUIRED, field="client", hint="client")
    return day_in(client.profile.time_zone, envelope.at)


def declined(version: GoalVersion, envelope: Envelope) -> GoalVersion:
    """A version that will not hold."""
    return msgspec.structs.replace(version, state="declined", decided_at=envelope.at)


def given_up(goal: Goal) -> Goal:
    """A goal without the terms that waited; one that was only proposed is cancelled."""
    state = "cancelled" if goal.state == "proposed" else goal.state
    return msgspec.structs.replace(goal, state=state, pending=None, turn=None)


def new_goal(
    id: Id, author: Id, client: Id, at: Time, kind: GoalKind, terms: Terms, *, asked: bool
) -> tuple[GoalVersion, Goal]:
    """The unnumbered rows of a new goal, in the order in which they are written; `asked`: it waits for the client."""
    version = GoalVersion(
        rev=UNNUMBERED,
        id=id,
        goal=id,
        author=author,
        at=at,
        terms=terms,
        state="proposed" if asked else "accepted",
        effective=terms.start,
        decided_at=None if asked else at,
    )
    goal = Goal(
        rev=UNNUMBERED,
        id=id,
        author=author,
        kind=kind,
        state="proposed" if asked else "active",
        version=id,
        pending=id if asked else None,
        turn=client if asked else None,
        created_at=at,
    )
    return version, goal


# -- parts


def _made(
    view: View, state: RecordState, envelope: Envelope, kind: GoalKind, asked_for: Terms, *, asked: bool
) -> Decision | Refusal:
    """A new goal: `asked`, and then it waits for the client, or accepted at once."""
    if len(state.goals) >= limits.GOALS_MAX:
        return Refusal(code=RefusalCode.TOO_MANY, limit=limits.GOALS_MAX, actual=len(state.goals) + 1)
    today = client_day(view, state, envelope)
    if isinstance(today, Refusal):
        return today
    terms = _checked(kind, asked_for, today, asked_for.start, None)
    if isinstance(terms, Refusal):
        return terms
    version, goal = new_goal(envelope.id, envelope.author, state.client, envelope.at, kind, terms, asked=asked)
    return _done(view, state, envelope, goal, "proposed" if asked else "assigned", version)


def _done(
    view: View, state: RecordState, envelope: Envelope, goal: Goal, deed: GoalDeed, *before: RecordRow
) -> Decision:
    """The rows of a deed, the goal last, and the card that tells it."""
    changed = state.written(*before, goal)
    return Decision(ops.Changed(rev=changed.rev), (changed, *goal_card(view, state, envelope, goal, deed)))


def _found(
    state: RecordState, envelope: Envelope, command: GoalCommand, needed: Literal["propose", "assign"]
) -> Goal | Refusal:
    """The goal, if the author of the command is one of its sides and may set goals at all."""
    new_terms = isinstance(command, ops.GoalChange | ops.GoalCounter)
    refusal = goal_refusal(state, envelope.author, needed, new_terms=new_terms)
    if refusal is not None:
        return refusal
    goal = state.goals.get(command.goal)
    if goal is None:
        return Refusal(code=RefusalCode.NOT_FOUND, field="goal")
    return goal if envelope.author in (goal.author, state.client) else _not_yours()


def _waiting(
    state: RecordState, envelope: Envelope, command: ops.GoalAccept | ops.GoalDecline
) -> tuple[Goal, GoalVersion] | Refusal:
    """The goal and the terms of it that wait for the author of the command."""
    goal = _found(state, envelope, command, "propose")
    if isinstance(goal, Refusal):
        return goal
    refusal = _stale(goal, command)
    if refusal is not None:
        return refusal
    if goal.pending is None or goal.turn != envelope.author:
        return _wrong_state("nothing waits for an answer of yours")
    return goal, state.versions[goal.pending]


def _version(
    view: View, state: RecordState, envelope: Envelope, goal: Goal, asked_for: Terms, effective: Date
) -> GoalVersion | Refusal:
    """Further terms of a goal, proposed; those that only go on may keep the day on which the goal began."""
    today = client_day(view, state, envelope)
    if isinstance(today, Refusal):
        return today
    begun = None if goal.state == "proposed" else state.versions[goal.version].terms.start
    terms = _checked(goal.kind, asked_for, today, effective, begun)
    if isinstance(terms, Refusal):
        return terms
    return GoalVersion(
        rev=UNNUMBERED,
        id=envelope.id,
        goal=goal.id,
        author=envelope.author,
        at=envelope.at,
        terms=terms,
        state="proposed",
        effective=effective,
    )


def _checked(kind: GoalKind, terms: Terms, today: Date, effective: Date, begun: Date | None) -> Terms | Refusal:
    """Terms in the form they are kept in; `begun`: the start that they may keep although it has passed."""
    title = normalise_name(terms.title, field="terms.title", limit=limits.GOAL_TITLE_CHARACTERS)
    if isinstance(title, Refusal):
        return title
    note = normalise_note(terms.note, field="terms.note", limit=limits.GOAL_NOTE_CHARACTERS)
    if isinstance(note, Refusal):
        return note
    kept = msgspec.structs.replace(terms, title=title, note=note)
    refusal = check_terms(kind, kept)
    if refusal is None and kept.start != begun:
        refusal = outside(kept.start, today, today + AHEAD, "terms.start")
    if refusal is None:
        refusal = outside(effective, today, today + AHEAD, "effective")
    if refusal is None and kept.due is not None and kept.due < effective:
        refusal = Refusal(code=RefusalCode.DATE_OUT_OF_RANGE, field="terms.due", hint=f"from {effective} on")
    return refusal or kept


def _replaced(state: RecordState, envelope: Envelope, goal: Goal) -> Iterator[GoalVersion]:
    """The terms that waited, now that others take their place."""
    if goal.pending is not None:
        yield msgspec.structs.replace(state.versions[goal.pending], state="replaced", decided_at=envelope.at)


def _stale(goal: Goal, command: GoalCommand) -> Refusal | None:
    if command.base == goal.rev:
        return None
    return Refusal(code=RefusalCode.STALE, field="base", limit=goal.rev, actual=command.base)


def _over(goal: Goal) -> Refusal | None:
    return _wrong_state(f"it is {goal.state}") if goal.state in ENDS else None


def _full(state: RecordState, goal: Goal) -> Refusal | None:
    """Whether a goal has had as many versions and phases as one may."""
    had = sum(row.goal == goal.id for row in state.versions.values())
    had += sum(row.goal == goal.id for row in state.phases.values())
    if had < limits.VERSIONS_MAX:
        return None
    return Refusal(code=RefusalCode.TOO_MANY, field="goal", limit=limits.VERSIONS_MAX, actual=had + 1)


def _wrong_state(hint: str) -> Refusal:
    return Refusal(code=RefusalCode.WRONG_STATE, field="goal", hint=hint)


def _not_yours() -> Refusal:
    return Refusal(code=RefusalCode.NOT_YOURS, field="goal")
