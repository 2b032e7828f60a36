"""How each fact is written: one function a fact, inside one transaction of the cache."""

import sqlite3
from collections.abc import Callable, Iterable
from functools import singledispatch

import msgspec
from coachline_protocol.ops import OP_BY_REQUEST
from coachline_protocol.rows import AnyRow, Cursor, Id, Message, Seq, StreamId, Time

from coachline_core.client import facts
from coachline_core.domain import ranges
from coachline_core.domain.streams import row_key

_pack: Callable[[object], bytes] = msgspec.msgpack.Encoder().encode

_TABLES = ("stream", "row", "message", "held", "cursor", "seen", "card", "outbox", "draft", "setting")

_MESSAGE = """INSERT INTO message (conversation, seq, rev, id, author, kind, text, at, about, goal, day)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (conversation, seq) DO UPDATE SET rev = excluded.rev,
id = excluded.id, author = excluded.author, kind = excluded.kind, text = excluded.text, at = excluded.at,
about = excluded.about, goal = excluded.goal, day = excluded.day WHERE excluded.rev >= message.rev"""

_ROW = """INSERT INTO row (kind, stream, sort, key, rev, body) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, stream, sort, key) DO UPDATE SET rev = excluded.rev, body = excluded.body
WHERE excluded.rev >= row.rev"""

_CURSOR = """INSERT INTO cursor (conversation, person, delivered, delivered_at, read, read_at)
VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (conversation, person) DO UPDATE SET
delivered = max(delivered, excluded.delivered), delivered_at = max(delivered_at, excluded.delivered_at),
read = max(read, excluded.read), read_at = max(read_at, excluded.read_at)"""


@singledispatch
def write(fact: object, _: sqlite3.Connection) -> None:
    """Write one fact. Raises TypeError for what is none."""
    raise TypeError(f"{type(fact).__name__} is not a fact")


@write.register
def _(fact: facts.Prepared, db: sqlite3.Connection) -> None:
    _set(db, "device", fact.device)
    _set(db, "prepared_person", fact.person)


@write.register
def _(fact: facts.SignedInAs, db: sqlite3.Connection) -> None:
    _set(db, "person", fact.person)
    _set(db, "handle", fact.handle.encode())


@write.register
def _(_fact: facts.SignedOff, db: sqlite3.Connection) -> None:
    for table in _TABLES:
        db.execute(f"DELETE FROM {table}")


@write.register
def _(fact: facts.Welcomed, db: sqlite3.Connection) -> None:
    _set(db, "epoch", fact.epoch)
    _touch(db, fact.at)


@write.register
def _(fact: facts.Grown, db: sqlite3.Connection) -> None:
    (before,) = db.execute(
        "SELECT coalesce(max(seq), 0) FROM stream WHERE kind = ? AND id = ?", _name(fact.stream)
    ).fetchone()
    _stand(db, fact)
    _put(db, fact.stream, fact.rows)
    if fact.seq > before:
        _hold(db, fact.stream.id, before + 1, fact.seq + 1)


@write.register
def _(fact: facts.Retaken, db: sqlite3.Connection) -> None:
    _wipe(db, fact.stream)
    _stand(db, fact)
    _put(db, fact.stream, fact.rows)
    _hold(db, fact.stream.id, fact.start, fact.seq + 1)


@write.register
def _(fact: facts.Filled, db: sqlite3.Connection) -> None:
    _put(db, StreamId("conversation", fact.conversation), fact.messages)
    _hold(db, fact.conversation, fact.start, fact.stop)


@write.register
def _(fact: facts.Withdrawn, db: sqlite3.Connection) -> None:
    _wipe(db, fact.stream)
    if fact.stream.kind == "conversation":
        for table in ("cursor", "seen"):
            db.execute(f"DELETE FROM {table} WHERE conversation = ?", (fact.stream.id,))


@write.register
def _(fact: facts.Noted, db: sqlite3.Connection) -> None:
    _put(db, fact.stream, fact.rows)


@write.register
def _(fact: facts.Confined, db: sqlite3.Connection) -> None:
    for sort, key, body in db.execute(
        "SELECT sort, key, body FROM row WHERE kind = ? AND stream = ?", _name(fact.stream)
    ).fetchall():
        if not fact.spares(msgspec.msgpack.decode(body, type=AnyRow)):
            db.execute(
                "DELETE FROM row WHERE kind = ? AND stream = ? AND sort = ? AND key = ?",
                (*_name(fact.stream), sort, key),
            )


@write.register
def _(fact: facts.CursorsMoved, db: sqlite3.Connection) -> None:
    db.executemany(_CURSOR, [_cursor(fact.conversation, cursor) for cursor in fact.cursors])


@write.register
def _(fact: facts.Saw, db: sqlite3.Connection) -> None:
    db.execute(
        "INSERT INTO seen VALUES (?, ?) ON CONFLICT (conversation) DO UPDATE SET seq = max(seq, excluded.seq)",
        (fact.conversation, fact.seq),
    )


@write.register
def _(fact: facts.Queued, db: sqlite3.Connection) -> None:
    (place,) = db.execute("SELECT coalesce(max(place), -1) + 1 FROM outbox").fetchone()
    db.execute(
        "INSERT OR IGNORE INTO outbox (id, place, kind, stream, op, body, needs) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (fact.id, place, *_name(fact.stream), OP_BY_REQUEST[type(fact.body)].name, _pack(fact.body), fact.needs),
    )


@write.register
def _(fact: facts.Restated, db: sqlite3.Connection) -> None:
    db.execute("UPDATE outbox SET body = ? WHERE id = ?", (_pack(fact.body), fact.body.id))


@write.register
def _(_fact: facts.Said, _db: sqlite3.Connection) -> None:
    """Nothing of it is kept."""


@write.register
def _(fact: facts.Cut, db: sqlite3.Connection) -> None:
    if fact.at is not None:
        _touch(db, fact.at)


@write.register
def _(fact: facts.Acknowledged | facts.Discarded, db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM outbox WHERE id = ?", (fact.id,))


@write.register
def _(fact: facts.TurnedDown, db: sqlite3.Connection) -> None:
    if not fact.refusal.code.retryable:
        db.execute("UPDATE outbox SET refusal = ? WHERE id = ?", (_pack(fact.refusal), fact.id))


@write.register
def _(fact: facts.Retried, db: sqlite3.Connection) -> None:
    db.execute("UPDATE outbox SET refusal = NULL WHERE id = ?", (fact.id,))


@write.register
def _(fact: facts.Drafted, db: sqlite3.Connection) -> None:
    if fact.text:
        db.execute("INSERT OR REPLACE INTO draft VALUES (?, ?)", (fact.conversation, fact.text))
    else:
        db.execute("DELETE FROM draft WHERE conversation = ?", (fact.conversation,))


@write.register
def _(fact: facts.Met, db: sqlite3.Connection) -> None:
    if fact.all:
        db.execute("DELETE FROM card")
    cards = [(person.id, _pack(person)) for person in fact.people]
    db.executemany("INSERT OR REPLACE INTO card VALUES (?, ?)", cards)


def _set(db: sqlite3.Connection, name: str, value: bytes) -> None:
    db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))


def _touch(db: sqlite3.Connection, at: Time) -> None:
    # The name is older than what it means: at first only a welcome counted.
    _set(db, "last_hello", at.to_bytes(8, "big"))


def _name(stream: StreamId) -> tuple[str, Id]:
    return stream.kind, stream.id


def _stand(db: sqlite3.Connection, fact: facts.Grown | facts.Retaken) -> None:
    db.execute(
        "INSERT OR REPLACE INTO stream (kind, id, epoch, rev, seq) VALUES (?, ?, ?, ?, ?)",
        (*_name(fact.stream), fact.epoch, fact.rev, fact.seq),
    )


def _put(db: sqlite3.Connection, stream: StreamId, rows: Iterable[AnyRow]) -> None:
    for row in rows:
        if isinstance(row, Message):
            day = None if row.day is None else row.day.isoformat()
            values = (row.seq, row.rev, row.id, row.author, row.kind, row.text, row.at, row.about, row.goal, day)
            db.execute(_MESSAGE, (stream.id, *values))
        else:
            db.execute(_ROW, (*_name(stream), *row_key(row), row.rev, _pack(row)))


def _wipe(db: sqlite3.Connection, stream: StreamId) -> None:
    db.execute("DELETE FROM stream WHERE kind = ? AND id = ?", _name(stream))
    db.execute("DELETE FROM row WHERE kind = ? AND stream = ?", _name(stream))
    if stream.kind == "conversation":
        for table in ("message", "held"):
            db.execute(f"DELETE FROM {table} WHERE conversation = ?", (stream.id,))


def _hold(db: sqlite3.Connection, conversation: Id, start: Seq, stop: Seq) -> None:
    """Note that nothing of start … stop - 1 is missing."""
    held = db.execute("SELECT start, stop FROM held WHERE conversation = ? ORDER BY start", (conversation,)).fetchall()
    joined = ranges.add(held, start, stop)
    db.executemany("DELETE FROM held WHERE conversation = ? AND start = ?", [(conversation, at) for at, _ in held])
    db.executemany("INSERT INTO held VALUES (?, ?, ?)", [(conversation, *each) for each in joined])


def _cursor(conversation: Id, cursor: Cursor) -> tuple[Id, Id, int, int, int, int]:
    return conversation, cursor.person, cursor.delivered, cursor.delivered_at, cursor.read, cursor.read_at
