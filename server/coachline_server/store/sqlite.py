"""SQLite: one file, write-ahead log, every commit synced."""

import sqlite3
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any

from coachline_protocol.rows import StreamId
from pony.orm import Database

from coachline_server.store.engine import (
    KEYS_PER_STATEMENT,
    Engine,
    Statements,
    StreamPlace,
    Values,
    in_batches,
    rows_of_marks,
    wanted,
)
from coachline_server.store.port import StoreCorrupt, StoreError, StoreFull, StoreReadOnly

# Whatever is no number, text or bytearray Python tries to adapt, in vain: for the bytes and the nothings of a message
# that was a sixth of what the store takes for it. With an adapter it need not search.
sqlite3.register_adapter(bytes, bytes)
sqlite3.register_adapter(NoneType, lambda nothing: nothing)

BUSY_TIMEOUT_MS = 5_000
"""How long a second process (the command line) is waited for."""

PRAGMAS = (
    # First of all, so that the switch to WAL waits too when a second process opens the file.
    f"busy_timeout = {BUSY_TIMEOUT_MS}",
    "journal_mode = WAL",
    "synchronous = FULL",  # acknowledged means synced: NORMAL loses commits at a power cut
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "secure_delete = ON",  # what was deleted is gone from the file
    "wal_autocheckpoint = 4000",  # pages, 16 MiB: 1,000 are full after a dozen busy commits, and cost two syncs
)

ROWS_AT_ONCE = 8
"""How many rows one statement writes, as far as there are so many; the rest go one by one, with another statement.

With each step the interpreter lets other threads run and waits for them: while the event loop was full, commits with a
row a step took 54 to 360 ms, and 24 to 33 with eight. Of 16 or 32 rows at once SQLite takes longer for each.
"""

IO_ERROR = sqlite3.SQLITE_IOERR


@cache
def _writing(sql: str, number: int, width: int) -> str:
    """A statement with so many rows of marks for its `?`."""
    return sql.replace("VALUES ?", f"VALUES {rows_of_marks(number, width)}", 1)


class SqliteStatements(Statements):
    """`?` is SQLite's own."""

    joined = "CAST({} || {} AS BLOB)"  # which would be text otherwise, of the same bytes

    def run(self, sql: str, values: Values = ()) -> None:
        self._cursor.execute(sql, values)

    def many(self, sql: str, rows: Sequence[Values]) -> None:
        written = 0
        while written < len(rows):
            number = ROWS_AT_ONCE if len(rows) - written >= ROWS_AT_ONCE else 1
            batch = rows[written : written + number]
            self._cursor.execute(_writing(sql, number, len(batch[0])), [value for row in batch for value in row])
            written += number

    def heads(self, streams: Sequence[StreamId]) -> list[StreamPlace]:
        # BEGIN IMMEDIATE holds every other writer off; no row needs a lock of its own.
        found: list[StreamPlace] = []
        for batch in in_batches(streams, KEYS_PER_STATEMENT):
            sql = f"SELECT kind, id, rev, seq, active_at FROM {wanted('stream', ('kind', 'id'), len(batch))}"
            rows = self.all(sql, [part for stream in batch for part in (stream.kind, stream.id)])
            found += [(StreamId(kind, id_), rev, seq, active) for kind, id_, rev, seq, active in rows]
        return found


class SqliteEngine(Engine):
    """`file` exists and is migrated."""

    statements = SqliteStatements
    begin_read = "BEGIN"
    begin_write = "BEGIN IMMEDIATE"
    driver_error = sqlite3.Error

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def _bind(self, pony: Database) -> None:
        # Connections are used by their own thread only, but closed by whoever closes the store.
        pony.bind("sqlite", str(self._file.absolute()), check_same_thread=False)

    def _prepare(self, connection: Any) -> None:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").fetchall()

    def meaning(self, error: Exception) -> StoreError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the kind, the rest the detail
        if code == sqlite3.SQLITE_FULL:
            return StoreFull(f"There is no space left for the database {self._file}.")
        if code == sqlite3.SQLITE_READONLY:
            return StoreReadOnly(f"The database {self._file} cannot be written.")
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return StoreCorrupt(f"The database {self._file} is damaged: {error}.")
        return StoreError(f"The database {self._file} refused: {error}.")

    def commit_may_have_happened(self, error: Exception) -> bool:
        # After a failed sync the frames may be on the disk, and be found there when the log is replayed.
        return getattr(error, "sqlite_errorcode", 0) & 0xFF == IO_ERROR
