"""A client's record as it is shown: made from the rows that are held and from what waits in the outbox. Pure."""

from collections.abc import Iterable
from datetime import timedelta
from typing import TypeVar

from coachline_protocol import ops
from coachline_protocol.rows import AnyRow, Excuse, Id, Progress, Relationship, RelationshipStep, StreamId, Time

from coachline_core.client.model import Model
from coachline_core.client.values import Record
from coachline_core.domain import ids
from coachline_core.domain.course import courses
from coachline_core.domain.days import day_begins, day_in
from coachline_core.domain.outbox import Entry
from coachline_core.domain.text import valid_zone

ELSEWHERE = "UTC"
"""The zone of somebody of whom no card is here yet, or whose zone this machine does not know."""

R = TypeVar("R", bound=AnyRow)


def record_of(model: Model, client: Id, now: Time) -> Record | None:
    """What is held of a client's record; None: nothing."""
    stream = StreamId("record", client)
    if stream not in model.revs:
        return None
    rows, entries = list(model.rows.get(stream, {}).values()), model.queued(stream)
    zone = zone_of(model, client)
    return Record(
        client=client,
        zone=zone,
        today=day_in(zone, now),
        relationships=_of(rows, Relationship),
        steps=_of(rows, RelationshipStep),
        goals=courses(rows, sayings(model.person or b"", rows, entries)),
        excuses=_of(rows, Excuse),
        pending=tuple(entries),
    )


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


def progress_said(me: Id, body: ops.Command, rev: int, rows: Iterable[AnyRow]) -> Progress | None:
    """The row that a command of mine has made at revision `rev`, where these are the record's; None: it makes none."""
    return _saying(me, body, {row.entry: row for row in rows if isinstance(row, Progress)}, rev)


def _saying(me: Id, body: ops.Command, said: dict[Id, Progress], rev: int = 0) -> Progress | None:
    match body:
        case ops.ProgressRecord():
            entry, goal, day, zone = body.id, body.goal, body.day, body.zone
        case ops.ProgressCorrect() if body.entry in said:
            first = said[body.entry]
            entry, goal, day, zone = first.entry, first.goal, first.day, first.zone
        case _:
            return None
    return Progress(
        rev=rev,
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
