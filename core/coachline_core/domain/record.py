"""A client's coaching record: who coaches him and may see and do what, his goals, progress and excuses.

Versions, phases, steps and sayings are rows of their own that never change but in what became of them, so the whole
history is there and a change is as small as what is new in it. What happens here is decided in `record_rules`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import msgspec
from coachline_protocol.rows import (
    AnyRow,
    Date,
    Excuse,
    Goal,
    GoalPhase,
    GoalVersion,
    Id,
    Progress,
    RecordRow,
    Relationship,
    RelationshipStep,
    Revision,
    StreamId,
)

from coachline_core.domain.streams import Changed


@dataclass(frozen=True, slots=True)
class RecordState:
    """A client's record: relationships by trainer, everything else by id.

    `sayings`: what was said of progress, by goal and then by id. Years of entries are held, and of all that is decided
    nothing looks beyond one goal.
    """

    stream: StreamId
    rev: Revision = 0
    relationships: Mapping[Id, Relationship] = field(default_factory=dict)
    steps: Mapping[Id, RelationshipStep] = field(default_factory=dict)
    goals: Mapping[Id, Goal] = field(default_factory=dict)
    versions: Mapping[Id, GoalVersion] = field(default_factory=dict)
    phases: Mapping[Id, GoalPhase] = field(default_factory=dict)
    sayings: Mapping[Id, Mapping[Id, Progress]] = field(default_factory=dict)
    excuses: Mapping[Id, Excuse] = field(default_factory=dict)

    @property
    def client(self) -> Id:
        """Whose record it is."""
        return self.stream.id

    def active(self, trainer: Id) -> bool:
        """Whether that trainer coaches this client now."""
        held = self.relationships.get(trainer)
        return held is not None and held.state == "active"

    def related(self, trainer: Id) -> bool:
        """Whether that trainer coaches this client, now or after a pause."""
        held = self.relationships.get(trainer)
        return held is not None and held.state != "ended"

    def has(self, id: Id) -> bool:
        """Whether something here has this id: whoever made it, nothing else may take it."""
        kinds = (self.steps, self.goals, self.versions, self.phases, self.excuses, *self.sayings.values())
        return any(id in rows for rows in kinds)

    def said_on(self, goal: Id, day: Date) -> tuple[Progress, ...]:
        """All that was said of progress in a goal on a day, corrections too."""
        return tuple(row for row in self.sayings.get(goal, {}).values() if row.day == day)

    def entry(self, id: Id) -> tuple[Progress, ...]:
        """An entry as first said and as corrected since, in order of revision; empty: there is none."""
        said: Mapping[Id, Progress] = next((said for said in self.sayings.values() if id in said), {})
        return tuple(sorted((row for row in said.values() if row.entry == id), key=lambda row: row.rev))

    def written(self, *rows: RecordRow) -> Changed:
        """The change that these rows make, each with the next revision."""
        numbered = tuple(msgspec.structs.replace(row, rev=self.rev + n) for n, row in enumerate(rows, start=1))
        return Changed(self.stream, self.rev, self.rev + len(rows), numbered)


UNNUMBERED: Final[Revision] = 0
"""The revision of a row that `RecordState.written` will number."""


def record_stream(client: Id) -> StreamId:
    """A client's record."""
    return StreamId("record", client)


def sees(reader: Id, client: Id, relationship: Relationship | None, row: AnyRow) -> bool:
    """Whether a reader sees a row of a client's record; `relationship`: the reader's with the client, if any.

    The client sees everything. A trainer sees his own relationship and its history, goals and progress as far as the
    client consents, and nothing of the client's other trainers. What was left with him when it ended he sees as it
    stood then. SPEC.md, G3.
    """
    if reader == client:
        return True
    if relationship is None:
        return False
    if relationship.state == "ended" and not (relationship.left and row.rev <= relationship.rev):
        return False
    match row:
        case Relationship() | RelationshipStep():
            return row.trainer == reader
        case Goal() | GoalVersion() | GoalPhase():
            return relationship.consent.see_goals
        case Progress() | Excuse():
            return relationship.consent.see_progress
        case _:
            return False


def narrowed(before: RecordState, rows: Iterable[AnyRow]) -> tuple[Id, ...]:
    """The trainers who, by these rows, may see less of the client than before: record or presence; in sorted order.

    What waits to be sent to them of this record or of this client's presence must not be sent any more.
    """
    changed = [row for row in rows if isinstance(row, Relationship)]
    return tuple(
        sorted(row.trainer for row in changed if not _sight(before.relationships.get(row.trainer)) <= _sight(row))
    )


def _sight(held: Relationship | None) -> frozenset[str]:
    """What a relationship lets its trainer see of what is yet to come."""
    if held is None or held.state == "ended":
        return frozenset()
    consent = held.consent
    shown = {
        "relationship": True,
        "goals": consent.see_goals,
        "progress": consent.see_progress,
        "presence": consent.see_presence and held.state == "active",
    }
    return frozenset(what for what, seen in shown.items() if seen)


_ById = TypeVar("_ById", RelationshipStep, Goal, GoalVersion, GoalPhase, Excuse)


def by_id(rows: Sequence[AnyRow], kind: type[_ById]) -> Mapping[Id, _ById]:
    """The rows of one kind, by id."""
    return {row.id: row for row in rows if isinstance(row, kind)}
