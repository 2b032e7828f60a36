"""The tables of rows, one a kind: which column holds which field, and which are encrypted."""

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec
from coachline_protocol.limits import MAX_INTEGER
from coachline_protocol.rows import (
    AnyRow,
    Conversation,
    Device,
    Excuse,
    Goal,
    GoalPhase,
    GoalVersion,
    Invitation,
    Listing,
    Member,
    Message,
    Profile,
    Progress,
    Relationship,
    RelationshipStep,
    StreamKind,
    Template,
)

from coachline_server.store.mapping import Column, Table

SAME_LENGTH = 8
"""Characters of the longest reason of an excuse: a sealed value tells its length, and so would tell the reason."""


def _columns(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, name) for name in names)


def _unreadable_message(values: dict[str, Any]) -> Message:
    """Stands where a message was, so that the sequence stays gapless for every reader."""
    known = {name: values[name] for name in ("seq", "rev", "id", "author", "at")}
    return msgspec.convert(known | {"kind": "system", "text": "unreadable"}, Message)


def _text_message(values: Sequence[Any]) -> Message | None:
    """A text made outright, or None: nearly all rows that are read are one, and looking at each value in turn of all
    that a message can be costs five times as much.

    What the text is bound to needs no look: it is as it was written, else the text had not opened.
    """
    _, seq, rev, id_, author, kind, text, at, about, goal, day = values
    if kind != "text" or about is not None or goal is not None or day is not None:
        return None
    if type(rev) is not int or type(at) is not int or not (0 <= rev <= MAX_INTEGER and 0 <= at <= MAX_INTEGER):
        return None
    return Message(rev=rev, seq=seq, id=id_, author=author, text=text, at=at)


def _as_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _sealed(field: str) -> Column:
    return Column(f"sealed_{field}", field, "sealed")


def _sealed_json(field: str) -> Column:
    return Column(f"sealed_{field}", field, "sealed", put=_as_json, get=msgspec.json.decode)


def _put_day(day: datetime.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(name: str) -> Column:
    return Column(name, name, put=_put_day)


def _put_reason(reason: str) -> str:
    return reason.ljust(SAME_LENGTH)


def _roles(name: str) -> Column:
    return Column(name, name, put=" ".join, get=str.split)


def _flag(name: str, path: str = "") -> Column:
    return Column(name, path or name, get=bool)


def _consent() -> tuple[Column, ...]:
    return (
        _flag("see_goals", "consent.see_goals"),
        Column("set_goals", "consent.set_goals"),
        _flag("see_progress", "consent.see_progress"),
        _flag("see_presence", "consent.see_presence"),
        _flag("record_progress", "consent.record_progress"),
    )


TABLES: tuple[Table, ...] = (
    Table(
        "conversation",
        Conversation,
        "conversation",
        "conversation",
        ("conversation",),
        _columns("rev", "kind", "created_at", "title", "closed_at"),
    ),
    Table(
        "member",
        Member,
        "conversation",
        "conversation",
        ("conversation", "person"),
        (
            *_columns("person", "rev"),
            Column("windows", "windows", put=_as_json, get=msgspec.json.decode),
            *_columns("role"),
        ),
    ),
    Table(
        "message",
        Message,
        "conversation",
        "conversation",
        ("conversation", "seq"),
        (
            *_columns("seq", "rev", "id", "author", "kind"),
            _sealed("text"),
            *_columns("at", "about", "goal"),
            _day("day"),
        ),
        bound=("conversation", "seq", "author", "id"),
        placeholder=_unreadable_message,
        usual=_text_message,
    ),
    Table(
        "relationship",
        Relationship,
        "record",
        "client",
        ("client", "trainer"),
        (
            *_columns("client", "trainer", "rev", "state", "since"),
            *_consent(),
            *_columns("reach", "paused_by"),
            _flag("was_left", "left"),
        ),
    ),
    Table(
        "relationship_step",
        RelationshipStep,
        "record",
        "client",
        ("client", "id"),
        (
            *_columns("id", "rev", "trainer"),
            Column("done_by", "by"),
            *_columns("at", "deed"),
            *_consent(),
        ),
    ),
    Table(
        "goal",
        Goal,
        "record",
        "client",
        ("client", "id"),
        _columns("id", "rev", "author", "kind", "state", "version", "pending", "turn", "created_at"),
    ),
    Table(
        "goal_version",
        GoalVersion,
        "record",
        "client",
        ("client", "id"),
        (
            *_columns("id", "rev", "goal", "author", "at"),
            _sealed_json("terms"),
            *_columns("state"),
            _day("effective"),
            _flag("mutual"),
            *_columns("decided_at"),
        ),
        bound=("client", "id", "goal", "author"),
    ),
    Table(
        "goal_phase",
        GoalPhase,
        "record",
        "client",
        ("client", "id"),
        (
            *_columns("id", "rev", "goal", "state"),
            _day("since"),
            Column("done_by", "by"),
            *_columns("at"),
        ),
    ),
    Table(
        "progress",
        Progress,
        "record",
        "client",
        ("client", "id"),
        (
            *_columns("id", "rev", "entry", "goal", "author", "at"),
            _day("day"),
            *_columns("zone"),
            _sealed_json("measures"),
            _sealed("note"),
        ),
        bound=("client", "id", "goal", "author"),
    ),
    Table(
        "excuse",
        Excuse,
        "record",
        "client",
        ("client", "id"),
        (
            *_columns("id", "rev", "author", "at"),
            Column("first_day", "first", put=_put_day),
            Column("last_day", "last", put=_put_day),
            Column("sealed_reason", "reason", "sealed", put=_put_reason, get=str.rstrip),
            _sealed("note"),
            *_columns("withdrawn_at"),
        ),
        bound=("client", "id", "author"),
    ),
    Table(
        "profile",
        Profile,
        "person",
        "person",
        ("person",),
        (
            *_columns("rev", "handle", "display_name", "time_zone"),
            _roles("roles"),
            *_columns("picture"),
            _flag("receipts"),
        ),
    ),
    Table("device", Device, "person", "person", ("id",), _columns("id", "rev", "name", "created_at", "revoked_at")),
    Table(
        "listing",
        Listing,
        "person",
        "person",
        ("person", "conversation"),
        _columns("conversation", "rev", "kind", "other"),
    ),
    Table(
        "invitation",
        Invitation,
        "person",
        "person",
        ("person", "id"),
        (
            *_columns("id", "rev"),
            _sealed("code"),
            Column("code_hash", "code", "hash"),
            *_columns("purpose"),
            _roles("roles"),
            *_columns("created_at", "expires_at", "state"),
            Column("taken_by", "person"),
            _sealed("note"),
        ),
        bound=("person", "id"),
    ),
    Table(
        "template",
        Template,
        "person",
        "person",
        ("person", "id"),
        (
            *_columns("id", "rev", "kind"),
            _sealed("title"),
            _sealed_json("targets"),
            *_columns("days"),
            _sealed("note"),
            *_columns("removed_at"),
        ),
        bound=("person", "id"),
    ),
)

BY_ROW: dict[type[AnyRow], Table] = {table.row: table for table in TABLES}
BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}


def tables_of(kind: StreamKind) -> list[Table]:
    """The tables that hold a kind of stream."""
    return [table for table in TABLES if table.kind == kind]
