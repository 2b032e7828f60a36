"""A client's record as it is shown: made from the rows that are held and from what waits in the outbox.

Pure, but for `Records`, which remembers what it made.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TypeVar

import msgspec
from coachline_protocol import ops
from coachline_protocol.rows import (
    AnyRow,
    Excuse,
    Goal,
    GoalVersion,
    Id,
    Progress,
    Relationship,
    RelationshipStep,
    Revision,
    StreamId,
    Time,
)

from coachline_core.client.model import Model
from coachline_core.client.updates import Topic
from coachline_core.client.values import Record
from coachline_core.domain import ids
from coachline_core.domain.course import courses
from coachline_core.domain.days import day_begins, day_in
from coachline_core.domain.goal_deeds import new_goal
from coachline_core.domain.outbox import Entry
from coachline_core.domain.record import UNNUMBERED, sees
from coachline_core.domain.text import valid_zone

ELSEWHERE = "UTC"
"""The zone of somebody of whom no card is here yet, or whose zone this machine does not know."""

R = TypeVar("R", bound=AnyRow)


def record_of(model: Model, client: Id, now: Time) -> Record | None:
    """What is held of a client's record; None: nothing."""
    stream = StreamId("record", client)
    if stream not in model.revs:
        return None
    rows, entries, me = list(model.rows.get(stream, {}).values()), model.queued(stream), model.person or b""
    zone = zone_of(model, client)
    return Record(
        client=client,
        zone=zone,
        today=day_in(zone, now),
        relationships=_of(rows, Relationship),
        steps=_of(rows, RelationshipStep),
        goals=courses([*rows, *_shown(model, client, goals_set(me, entries))], sayings(me, rows, entries)),
        excuses=_of(rows, Excuse),
        pending=tuple(entries),
    )


def _shown(model: Model, client: Id, rows: Iterable[R]) -> Iterator[R]:
    """Those that I may see: what I set myself is not shown either once its client shows me no goals."""
    mine = model.my_relationship(client)
    return (row for row in rows if sees(model.person or b"", client, mine, row))


class Records:
    """Clients' records as they are shown, each made once for as long as nothing in it changes.

    A trainer's window asks for all of them whenever anything changes, and most of the time they have not.
    """

    def __init__(self) -> None:
        self._made: dict[Id, Record] = {}

    def of(self, model: Model, client: Id, now: Time) -> Record | None:
        """As `record_of`."""
        held = self._made.get(client)
        # Time and other people's cards change a record too, and are not told of in its name.
        if held is not None and (held.zone, held.today) == (zone := zone_of(model, client), day_in(zone, now)):
            return held
        made = record_of(model, client, now)
        if made is not None:
            self._made[client] = made
        return made

    def changed(self, topics: Iterable[Topic]) -> None:
        """Forget the records that are among what changed: also those withdrawn, of which nothing may stay."""
        for kind, client in topics:
            if kind == "record":
                self._made.pop(client, None)


def zone_of(model: Model, person: Id) -> str:
    """In which zone somebody's days are, as far as is known here."""
    profile = model.profile() if person == model.person else None
    card = model.people.get(person)
    zone = profile.time_zone if profile else card.time_zone if card else ELSEWHERE
    return zone if valid_zone(zone) else ELSEWHERE


def next_day(model: Model, now: Time) -> Time:
    """When the next day begins for somebody whose record is held, in ms UTC."""
    zones = sorted({zone_of(model, client) for client in model.records()}) or [ELSEWHERE]
    return min(day_begins(zone, day_in(zone, now) + timedelta(days=1)) for zone in zones)


def sayings(me: Id, rows: Iterable[AnyRow], entries: Iterable[Entry]) -> tuple[Progress, ...]:
    """What these entries of a record's outbox will have said of progress, oldest first; what failed is left out."""
    said = {row.entry: row for row in rows if isinstance(row, Progress)}
    found: list[Progress] = []
    for entry in entries:
        saying = _saying(me, entry.body, said) if entry.state != "failed" else None
        if saying is not None:
            said.setdefault(saying.entry, saying)
            found.append(saying)
    return tuple(found)


def goals_set(me: Id, entries: Iterable[Entry]) -> tuple[Goal | GoalVersion, ...]:
    """What these entries of a record's outbox will have set or proposed, unnumbered; what failed is left out."""
    return tuple(row for entry in entries if entry.state != "failed" for row in _goal_set(me, entry.body))


def rows_said(
    me: Id, body: ops.Command, rev: Revision, rows: Iterable[AnyRow]
) -> tuple[Goal | GoalVersion | Progress, ...]:
    """The rows, up to revision `rev`, that a command of mine has made of progress or a goal where these are held."""
    saying = _saying(me, body, {row.entry: row for row in rows if isinstance(row, Progress)})
    made = _goal_set(me, body) if saying is None else (saying,)
    first = rev - len(made) + 1
    return tuple(msgspec.structs.replace(row, rev=first + n) for n, row in enumerate(made))


def _goal_set(me: Id, body: ops.Command) -> tuple[Goal | GoalVersion, ...]:
    match body:
        case ops.GoalAssign() | ops.GoalPropose():
            asked = isinstance(body, ops.GoalPropose)
            return new_goal(body.id, me, body.client, ids.made_at(body.id) or 0, body.kind, body.terms, asked=asked)
        case _:
            return ()


def _saying(me: Id, body: ops.Command, said: dict[Id, Progress]) -> Progress | None:
    match body:
        case ops.ProgressRecord():
            entry, goal, day, zone = body.id, body.goal, body.day, body.zone
        case ops.ProgressCorrect() if body.entry in said:
            first = said[body.entry]
            entry, goal, day, zone = first.entry, first.goal, first.day, first.zone
        case _:
            return None
    return Progress(
        rev=UNNUMBERED,
        id=body.id,
        entry=entry,
        goal=goal,
        author=me,
        at=ids.made_at(body.id) or 0,
        day=day,
        zone=zone,
        measures=body.measures,
        note=body.note,
    )


def _of(rows: Iterable[AnyRow], kind: type[R]) -> tuple[R, ...]:
    return tuple(sorted((row for row in rows if isinstance(row, kind)), key=lambda row: row.rev))
