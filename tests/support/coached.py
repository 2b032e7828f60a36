"""Coaching as a session knows it, said in a few words: Maya coaches Tom, and one of them looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from coachline_core.client import ConnectionState, Record
from coachline_core.domain.course import Course, courses
from coachline_core.domain.outbox import Entry
from coachline_desktop.present import Known
from coachline_protocol import ops
from coachline_protocol.codes import Refusal
from coachline_protocol.rows import (
    AnyRow,
    Consent,
    Excuse,
    GoalVersion,
    Id,
    Profile,
    Progress,
    Relationship,
    Role,
    StreamId,
)
from support.courses import Diary, day
from support.world import MAYA, NOW, TOM, made

BERLIN = ZoneInfo("Europe/Berlin")
ALL = Consent(see_goals=True, set_goals="assign", see_progress=True, record_progress=True, see_presence=True)
PROTEIN = "protein up 160 g day"
NAMES = {MAYA: "Maya", TOM: "Tom"}


def known(me: Id, *records: Record, roles: Sequence[Role] = (), **more: Any) -> Known:
    """What one of them knows."""
    others = {id: person(id, name) for id, name in NAMES.items() if id != me}
    profile = Profile(
        rev=1,
        handle=f"{NAMES[me].lower()}@x",
        display_name=NAMES[me],
        time_zone=BERLIN.key,
        roles=tuple(roles) or (("trainer",) if me == MAYA else ("client",)),
    )
    rows = tuple(row for record in records for row in record.relationships)
    start = Known(NOW, BERLIN, ConnectionState("connected", synced=True), me, profile, people=others)
    return replace(start, **{"records": records, "relationships": rows, **more})


def person(id: Id, name: str) -> ops.Person:
    """Somebody's card."""
    return ops.Person(id=id, handle=f"{name.lower()}@x", display_name=name, time_zone=BERLIN.key, roles=("client",))


def relationship(consent: Consent = ALL, **more: Any) -> Relationship:
    """Maya coaches Tom."""
    row = Relationship(rev=1, trainer=MAYA, client=TOM, state="active", since=NOW, consent=consent)
    return msgspec.structs.replace(row, **more)


def record(*goals: Diary | Course, today: int = 10, row: Relationship | None = None, **more: Any) -> Record:
    """Tom's record on a day, counted from 1, Monday, 1 June 2026."""
    excuses = tuple(excuse for goal in goals if isinstance(goal, Diary) for excuse in goal.excuses)
    found = tuple(goal.course if isinstance(goal, Diary) else goal for goal in goals)
    start = Record(client=TOM, zone=BERLIN.key, today=day(today), relationships=(row or relationship(),), goals=found)
    return replace(start, **{"excuses": excuses, **more})


def diary(words: str = PROTEIN, *entries: tuple[int, str], due: int | None = None) -> Diary:
    """A goal from the first day on, with entries by day."""
    found = Diary()
    found.version(words, 1, due=due)
    for number, said in entries:
        found.entry(number, said)
    return found


def titled(found: Diary, words: str) -> Diary:
    """The same, called so in all its terms."""
    rows = [
        msgspec.structs.replace(row, terms=msgspec.structs.replace(row.terms, title=words))
        if isinstance(row, GoalVersion)
        else row
        for row in found.rows
    ]
    return replace(found, rows=rows)


def waiting(diary: Diary, *said: Progress) -> Course:
    """A goal of which something is yet to be said."""
    (course,) = courses(diary.rows, said)
    return course


def changed(diary: Diary, kind: type[AnyRow], **fields: Any) -> Diary:
    """The same with fields of its rows of a kind set."""
    rows = [msgspec.structs.replace(row, **fields) if isinstance(row, kind) else row for row in diary.rows]
    return replace(diary, rows=rows)


def entry(body: ops.Command, refusal: Refusal | None = None) -> Entry:
    """Something that waits in the outbox, or was refused."""
    waits = Entry(body.id, StreamId("record", TOM), body, 0)
    return waits if refusal is None else replace(waits, state="failed", refusal=refusal)


def excuse(**more: Any) -> Excuse:
    """Days on which Tom was ill."""
    row = Excuse(rev=1, id=made(77), author=TOM, at=NOW, first=day(8), last=day(9), reason="ill")
    return msgspec.structs.replace(row, **more)
