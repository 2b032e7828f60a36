"""The store: what `port.Store` promises, over either engine."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock

import msgspec
from coachline_core.domain.streams import Answer
from coachline_protocol.ops import Body, ConversationEntry, Head, Person, Receipt
from coachline_protocol.rows import Id, Message, Revision, Seq, StreamId, Time

from coachline_server.store import boot, rotation
from coachline_server.store.arrivals import arrivals
from coachline_server.store.belongings import BelongingsReader
from coachline_server.store.cipher import Cipher
from coachline_server.store.commit import commit
from coachline_server.store.engine import Engine, Statements, in_batches, marks, wanted
from coachline_server.store.mapping import Report
from coachline_server.store.port import (
    Account,
    Append,
    Arrived,
    Arriving,
    Outcome,
    PageRows,
    Place,
    StoreCorrupt,
    StoreError,
    StreamRows,
)
from coachline_server.store.streams import StreamReader

REPORTED_ROWS = 1_000
"""Damaged rows that are remembered, so that each is reported once and not at every read."""

SHUT_OUT = (
    "SELECT device.id, COALESCE(account.disabled, ?) FROM device LEFT JOIN account ON account.person = device.person "
    "WHERE (device.revoked_at IS NOT NULL OR COALESCE(account.disabled, ?))"
)


class PonyStore:
    """Implements `port.Store`; made by `opening.open_store`."""

    def __init__(
        self,
        engine: Engine,
        cipher: Cipher,
        *,
        report: Report,
        copy: Callable[[Path], None] | None = None,
        release: Callable[[], None] = lambda: None,
    ) -> None:
        """`report` is told once of every row that cannot be read. `copy` writes a backup, where the engine can.
        `release` is called when the store is closed."""
        self._engine = engine
        self._cipher = cipher
        self._told = report
        self._copy = copy
        self._release = release
        self._reported: set[str] = set()
        self._reported_lock = Lock()
        self._boot: boot.Boot | None = None

    def _report(self, problem: StoreCorrupt) -> None:
        with self._reported_lock:
            known = str(problem) in self._reported
            if len(self._reported) < REPORTED_ROWS:
                self._reported.add(str(problem))
        if not known:
            self._told(problem)

    def _stream(self, statements: Statements) -> StreamReader:
        return StreamReader(statements, self._cipher, self._report)

    def _belongings(self, statements: Statements) -> BelongingsReader:
        return BelongingsReader(statements, self._cipher, self._report)

    # -- its life

    def begin_boot(self, sidecar: Path, boot_id: Id) -> Id:
        begun = boot.Boot(sidecar, boot_id)
        now = self._engine.write(begun.begin)
        self._boot = begun
        return now

    def epoch(self) -> Id:
        return self._engine.read(boot.epoch)

    def close(self) -> None:
        ended, self._boot = self._boot, None
        try:
            if ended is not None:
                self._engine.write(ended.end)
        finally:
            self._engine.close()
            release, self._release = self._release, lambda: None
            release()

    # -- the write

    def commit(self, appends: Sequence[Append]) -> list[Outcome]:
        return commit(self._engine, self._cipher, appends)

    def digest(self, command: Body) -> bytes:
        return self._cipher.digest(msgspec.msgpack.encode(command))

    # -- streams

    def load(self, stream: StreamId) -> StreamRows:
        return self._engine.read(lambda s: self._stream(s).load(stream))

    def revisions(self, streams: Sequence[StreamId]) -> dict[StreamId, Revision]:
        def find(statements: Statements) -> dict[StreamId, Revision]:
            found: dict[StreamId, Revision] = {}
            for batch in in_batches(streams, 400):
                sql = f"SELECT kind, id, rev FROM {wanted('stream', ('kind', 'id'), len(batch))}"
                rows = statements.all(sql, [part for stream in batch for part in (stream.kind, stream.id)])
                found.update({StreamId(kind, bytes(id_)): rev for kind, id_, rev in rows})
            return found

        return self._engine.read(find)

    def changes(self, stream: StreamId, after: Revision, limit: int, room: int | None = None) -> PageRows:
        return self._engine.read(lambda s: self._stream(s).changes(stream, after, limit, room))

    def messages(self, conversation: Id, *, before: Seq | None, after: Seq | None, limit: int) -> tuple[Message, ...]:
        return self._engine.read(lambda s: self._stream(s).messages(conversation, before, after, limit))

    def receipts(self, conversation: Id, seq: Seq) -> tuple[Receipt, ...]:
        return self._engine.read(lambda s: self._stream(s).receipts(conversation, seq))

    def answer(self, author: Id, command: Id) -> Answer | None:
        return self._engine.read(lambda s: self._stream(s).answer(author, command))

    def passing(self, before: Id, limit: int) -> Id | None:
        return self._engine.read(lambda s: self._stream(s).passing(before, limit))

    # -- what a person has

    def heads(self, person: Id, after: StreamId | None, limit: int) -> tuple[Head, ...]:
        return self._engine.read(lambda s: self._belongings(s).heads(person, after, limit))

    def conversations(self, person: Id, before: tuple[Time, Id] | None, limit: int) -> tuple[ConversationEntry, ...]:
        return self._engine.read(lambda s: self._belongings(s).conversations(person, before, limit))

    def people(self, person: Id, after: Id | None, limit: int) -> tuple[Person, ...]:
        return self._engine.read(lambda s: self._belongings(s).people(person, after, limit))

    def person(self, person: Id) -> Person | None:
        return self._engine.read(lambda s: self._belongings(s).person(person))

    # -- signing in

    def account(self, handle: str) -> Account | None:
        sql = "SELECT person, handle, password_hash, disabled FROM account WHERE handle = ?"
        found = self._engine.read(lambda s: s.one(sql, (handle,)))
        if found is None:
            return None
        person, folded, password_hash, disabled = found
        return Account(person, folded, password_hash, bool(disabled))

    def accounts(self) -> tuple[Account, ...]:
        sql = "SELECT person, handle, password_hash, disabled FROM account ORDER BY handle"
        found = self._engine.read(lambda s: s.all(sql))
        return tuple(Account(person, handle, hashed, bool(disabled)) for person, handle, hashed, disabled in found)

    def arrivals(self, hellos: Sequence[Arriving]) -> list[Arrived]:
        return self._engine.read(lambda s: arrivals(s, self._belongings(s), hellos))

    def shut_out(self, devices: Sequence[Id]) -> dict[Id, bool]:
        def find(statements: Statements) -> dict[Id, bool]:
            found: dict[Id, bool] = {}
            for batch in in_batches(devices, 900):
                rows = statements.all(f"{SHUT_OUT} AND device.id IN ({marks(len(batch))})", [False, False, *batch])
                found.update({bytes(device): bool(disabled) for device, disabled in rows})
            return found

        return self._engine.read(find)

    def devices_last_used(self, person: Id) -> dict[Id, Time]:
        sql = "SELECT id, last_used_at FROM device WHERE person = ? AND last_used_at IS NOT NULL"
        return dict(self._engine.read(lambda s: s.all(sql, (person,))))

    def invitation(self, code: str) -> tuple[Id, Id] | None:
        sql = "SELECT person, id FROM invitation WHERE code_hash = ?"
        found = self._engine.read(lambda s: s.one(sql, (self._cipher.lookup_hash(code),)))
        return None if found is None else (found[0], found[1])

    def last_seen(self, people: Sequence[Id]) -> dict[Id, Time]:
        def find(statements: Statements) -> dict[Id, Time]:
            seen: dict[Id, Time] = {}
            for batch in in_batches(people, 900):
                sql = f"SELECT person, at FROM last_seen WHERE person IN ({marks(len(batch))})"
                seen.update(dict(statements.all(sql, batch)))
            return seen

        return self._engine.read(find)

    # -- keeping it

    def prove_writable(self) -> None:
        # Another value each time: what stays the same is not written.
        self._engine.write(lambda s: boot.set_meta(s, "written", os.urandom(8)))

    def backup(self, path: Path) -> None:
        if self._copy is None:
            raise StoreError("PostgreSQL is backed up with its own tools (pg_dump).")
        self._copy(path)

    def rotate_key(self) -> int:
        return self._cipher.rotate()

    def reencrypt(self, after: Place | None, limit: int) -> Place | None:
        return self._engine.write(lambda s: rotation.reencrypt(s, self._cipher, self._report, after, limit))
