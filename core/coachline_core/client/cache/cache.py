"""The cache: opened on a file, read as plain values, changed by facts. Plain functions on an executor's threads.

Entities define the tables; what is written and read by the thousand goes as SQL through Pony's own connection,
inside its session, because entities cost twenty times as much.
"""

import os
import sqlite3
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, cast

import msgspec
from coachline_protocol.codes import Refusal
from coachline_protocol.ops import OP_BY_NAME, Command, Person
from coachline_protocol.rows import AnyRow, Cursor, Id, Message, Seq, StreamId
from pony import orm

# Pony would import it when the first cache is opened, and two threads that open one each would meet half of it.
from pony.orm.dbproviders import sqlite as _provider  # noqa: F401

from coachline_core.client.cache.entities import define
from coachline_core.client.cache.schema import migrate, pragmas
from coachline_core.client.cache.stored import NEWEST, Stored, StoredConversation, StoredStream
from coachline_core.client.cache.writing import write
from coachline_core.client.facts import Confined, Fact, SignedOff, Withdrawn
from coachline_core.domain.outbox import Entry
from coachline_core.domain.ranges import Range

_COLUMNS: Final = "seq, rev, id, author, kind, text, at, about, goal, day"


class Cache:
    """One account's cache file, readable by its owner only (mode 0600)."""

    def __init__(self, file: Path) -> None:
        """Open the file, made and migrated as needed. Raises NewerCache, OSError, sqlite3.Error."""
        file.touch(mode=0o600, exist_ok=True)
        os.chmod(file, 0o600)
        migrate(file)
        self.file = file
        self._db = orm.Database()
        self._tables = define(self._db)

        @self._db.on_connect(provider="sqlite")  # type: ignore[untyped-decorator]
        def _(_: orm.Database, connection: sqlite3.Connection) -> None:
            pragmas(connection)

        self._db.bind("sqlite", str(file.absolute()), create_db=False)
        self._db.generate_mapping(create_tables=False)

    def close(self) -> None:
        """Close the calling thread's connection: what an executor runs at the end of each of its threads."""
        self._db.disconnect()

    def commit(self, facts: Sequence[Fact]) -> None:
        """Write all facts, in order, or none. They are on disk when this returns."""
        with orm.db_session:
            connection = self._db.get_connection()
            for fact in facts:
                write(fact, connection)
        if any(isinstance(fact, Withdrawn | Confined | SignedOff) for fact in facts):
            # What was wiped still stands in the write-ahead log until that is emptied.
            with orm.db_session:
                self._rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def load(self) -> Stored:
        """Everything a session starts with."""
        with orm.db_session:
            settings = {setting.name: setting.value for setting in self._tables.Setting.select()}
            drafts = {draft.conversation: draft.text for draft in self._tables.Draft.select()}
            cards = [card.body for card in self._tables.Card.select()]
            device, prepared_person = settings.get("device"), settings.get("prepared_person")
            return Stored(
                prepared=None if device is None or prepared_person is None else (device, prepared_person),
                person=settings.get("person"),
                handle=settings.get("handle", b"").decode(),
                epoch=settings.get("epoch"),
                in_touch=int.from_bytes(settings.get("last_hello", b""), "big"),
                streams=self._streams(),
                conversations=self._conversations(settings.get("person", b"")),
                outbox=self._outbox(),
                drafts=drafts,
                people=tuple(msgspec.msgpack.decode(body, type=Person) for body in cards),
            )

    def before(self, conversation: Id, seq: Seq, limit: int) -> tuple[Message, ...]:
        """The last `limit` held messages below `seq`, ascending. Holes are not marked: ask `held`."""
        with orm.db_session:
            return self._before(conversation, seq, limit)

    def messages(self, conversation: Id) -> tuple[Message, ...]:
        """Every held message, ascending."""
        return self.before(conversation, 2**53, -1)

    def held(self, conversation: Id) -> tuple[Range, ...]:
        """The seqs of which nothing is missing."""
        with orm.db_session:
            return self._held(conversation)

    # -- inside a session ----------------------------------------------------------------------------------

    def _rows(self, sql: str, *values: object) -> list[Any]:
        # Not `get_connection`: that would take the write lock.
        self._tables.Setting.exists()
        cache = self._db._get_cache()
        return list(cache.connection.execute(sql, values))

    def _streams(self) -> tuple[StoredStream, ...]:
        rows: dict[StreamId, list[AnyRow]] = {}
        for kind, id, body in self._rows("SELECT kind, stream, body FROM row ORDER BY kind, stream, rev"):
            rows.setdefault(StreamId(kind, id), []).append(msgspec.msgpack.decode(body, type=AnyRow))
        return tuple(
            StoredStream(StreamId(kind, id), epoch, rev, seq, tuple(rows.get(StreamId(kind, id), ())))
            for kind, id, epoch, rev, seq in self._rows("SELECT kind, id, epoch, rev, seq FROM stream")
        )

    def _conversations(self, me: bytes) -> tuple[StoredConversation, ...]:
        ids = [id for (id,) in self._rows("SELECT id FROM stream WHERE kind = 'conversation' ORDER BY id")]
        return tuple(self._conversation(id, me) for id in ids)

    def _conversation(self, id: Id, me: bytes) -> StoredConversation:
        cursors = tuple(
            Cursor(person=person, delivered=delivered, delivered_at=delivered_at, read=read, read_at=read_at)
            for person, delivered, delivered_at, read, read_at in self._rows(
                "SELECT person, delivered, delivered_at, read, read_at FROM cursor WHERE conversation = ?", id
            )
        )
        seen = sum(seq for (seq,) in self._rows("SELECT seq FROM seen WHERE conversation = ?", id))
        read = max([seen, *(cursor.read for cursor in cursors if cursor.person == me)])
        newest = self._before(id, 2**53, NEWEST)
        floor = newest[0].seq if newest else 0
        unseen = self._rows(
            f"SELECT {_COLUMNS} FROM message WHERE conversation = ? AND seq > ? AND seq < ? ORDER BY seq",
            id,
            read,
            floor,
        )
        return StoredConversation(id, self._held(id), cursors, seen, (*map(_message, unseen), *newest))

    def _held(self, conversation: Id) -> tuple[Range, ...]:
        return tuple(self._rows("SELECT start, stop FROM held WHERE conversation = ? ORDER BY start", conversation))

    def _before(self, conversation: Id, seq: Seq, limit: int) -> tuple[Message, ...]:
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM message WHERE conversation = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
            conversation,
            seq,
            limit,
        )
        return tuple(_message(row) for row in reversed(rows))

    def _outbox(self) -> tuple[Entry, ...]:
        columns = "id, place, kind, stream, op, body, needs, refusal"
        return tuple(map(_entry, self._rows(f"SELECT {columns} FROM outbox ORDER BY place")))


def _entry(row: tuple[Any, ...]) -> Entry:
    id, place, kind, stream, op, body, needs, refusal = row
    return Entry(
        id=id,
        stream=StreamId(kind, stream),
        body=cast(Command, msgspec.msgpack.decode(body, type=OP_BY_NAME[op].request)),
        place=place,
        needs=needs,
        state="queued" if refusal is None else "failed",
        refusal=None if refusal is None else msgspec.msgpack.decode(refusal, type=Refusal),
    )


def _message(row: tuple[Any, ...]) -> Message:
    seq, rev, id, author, kind, text, at, about, goal, day = row
    return Message(
        seq=seq,
        rev=rev,
        id=id,
        author=author,
        kind=kind,
        text=text,
        at=at,
        about=about,
        goal=goal,
        day=None if day is None else date.fromisoformat(day),
    )
