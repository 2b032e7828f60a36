"""The rules of records: what their rows say, who is told, and by which module each command is decided."""

from collections.abc import Iterable
from dataclasses import replace

from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import (
    AnyRow,
    Excuse,
    Goal,
    GoalPhase,
    GoalVersion,
    Id,
    Progress,
    RecordRow,
    Relationship,
    RelationshipStep,
    StreamId,
)

from coachline_core.domain import excuses, goal_deeds, progress, relationships
from coachline_core.domain.record import RecordState, by_id, sees
from coachline_core.domain.streams import Decision, Envelope, Kept, View, with_row


class RecordRules:
    """The rules of records."""

    def empty(self, stream: StreamId) -> RecordState:
        """Nobody coaches this person yet, and nothing is asked of him."""
        return RecordState(stream)

    def restore(self, stream: StreamId, kept: Kept) -> RecordState:
        """The record as it was kept; it has neither seqs nor cursors.

        Not by `evolve`, which copies what it adds to: a record of some years has ten thousands of rows. A row that
        could not be read is not among them; a goal without its terms, or an entry without its goal, is left out too,
        for nothing could be decided about it. What was corrected can be corrected again while its first saying is here.
        """
        for row in kept.rows:
            if not isinstance(row, RecordRow):
                raise TypeError(f"{type(row).__name__} in a record")
        versions = by_id(kept.rows, GoalVersion)
        goals = {
            id: goal
            for id, goal in by_id(kept.rows, Goal).items()
            if goal.version in versions and (goal.pending is None or goal.pending in versions)
        }
        return RecordState(
            stream,
            kept.rev,
            relationships={row.trainer: row for row in kept.rows if isinstance(row, Relationship)},
            steps=by_id(kept.rows, RelationshipStep),
            goals=goals,
            versions=versions,
            phases=by_id(kept.rows, GoalPhase),
            sayings=_by_goal(row for row in kept.rows if isinstance(row, Progress) and row.goal in goals),
            excuses=by_id(kept.rows, Excuse),
        )

    def evolve(self, state: RecordState, row: AnyRow) -> RecordState:
        """Merge by key; rows that belong to other kinds of stream are a defect and raise TypeError."""
        rev = max(state.rev, row.rev)
        match row:
            case Relationship():
                return replace(state, rev=rev, relationships=with_row(state.relationships, row.trainer, row))
            case RelationshipStep():
                return replace(state, rev=rev, steps=with_row(state.steps, row.id, row))
            case Goal():
                return replace(state, rev=rev, goals=with_row(state.goals, row.id, row))
            case GoalVersion():
                return replace(state, rev=rev, versions=with_row(state.versions, row.id, row))
            case GoalPhase():
                return replace(state, rev=rev, phases=with_row(state.phases, row.id, row))
            case Progress():
                said = with_row(state.sayings.get(row.goal, {}), row.id, row)
                return replace(state, rev=rev, sayings={**state.sayings, row.goal: said})
            case Excuse():
                return replace(state, rev=rev, excuses=with_row(state.excuses, row.id, row))
            case _:
                raise TypeError(f"{type(row).__name__} in a record")

    def audience(self, state: RecordState) -> tuple[Id, ...]:
        """The client, and the trainers whose relationship has not ended; nobody while there is nothing."""
        if state.rev == 0:
            return ()
        trainers = {held.trainer for held in state.relationships.values() if held.state != "ended"}
        return tuple(sorted({state.client, *trainers}))

    def visible(self, state: RecordState, reader: Id, row: AnyRow, /) -> bool:
        """As far as the client's consent reaches."""
        return sees(reader, state.client, state.relationships.get(reader), row)

    def decide(self, view: View, stream: StreamId, envelope: Envelope) -> Decision | Refusal:
        """What a command does to a record."""
        state = view.state(stream, RecordState)
        if state.has(envelope.id):
            return Refusal(code=RefusalCode.CONFLICT, field="id", hint="something here has this id")
        return _goal_deed(view, state, envelope) or _other_deed(view, state, envelope)


RULES = RecordRules()


def _by_goal(rows: Iterable[Progress]) -> dict[Id, dict[Id, Progress]]:
    found: dict[Id, dict[Id, Progress]] = {}
    for row in rows:
        found.setdefault(row.goal, {})[row.id] = row
    return found


def _goal_deed(view: View, state: RecordState, envelope: Envelope) -> Decision | Refusal | None:
    match envelope.command:
        case ops.GoalAssign() as command:
            return goal_deeds.assign(view, state, envelope, command)
        case ops.GoalPropose() as command:
            return goal_deeds.propose(view, state, envelope, command)
        case ops.GoalChange() as command:
            return goal_deeds.change(view, state, envelope, command)
        case ops.GoalCounter() as command:
            return goal_deeds.counter(view, state, envelope, command)
        case ops.GoalAccept() as command:
            return goal_deeds.accept(view, state, envelope, command)
        case ops.GoalDecline() as command:
            return goal_deeds.decline(view, state, envelope, command)
        case ops.GoalSetState() as command:
            return goal_deeds.set_state(view, state, envelope, command)
        case _:
            return None


def _other_deed(view: View, state: RecordState, envelope: Envelope) -> Decision | Refusal:
    match envelope.command:
        case ops.InvitationAccept() as command:
            return relationships.accept(view, state, envelope, command)
        case ops.ConsentSet() as command:
            return relationships.set_consent(state, envelope, command)
        case ops.RelationshipPause() as command:
            return relationships.pause(state, envelope, command)
        case ops.RelationshipResume() as command:
            return relationships.resume(state, envelope, command)
        case ops.RelationshipEnd() as command:
            return relationships.end(view, state, envelope, command)
        case ops.ProgressRecord() as command:
            return progress.record(view, state, envelope, command)
        case ops.ProgressCorrect() as command:
            return progress.correct(state, envelope, command)
        case ops.ExcuseMake() as command:
            return excuses.make(view, state, envelope, command)
        case ops.ExcuseWithdraw() as command:
            return excuses.withdraw(state, envelope, command)
        case _:
            raise TypeError(f"{type(envelope.command).__name__} is not at home in a record")
