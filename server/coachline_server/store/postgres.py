"""PostgreSQL through psycopg2: one statement a table and batch, rows of streams locked in order."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import psycopg2
from coachline_protocol.rows import StreamId
from pony.orm import Database
from psycopg2.extras import execute_values

from coachline_server.store.engine import ConnectionLost, Engine, Statements, StreamPlace, Values, rows_of_marks
from coachline_server.store.port import StoreError, StoreFull, StoreReadOnly

OPTIONS = "-c synchronous_commit=on -c lock_timeout=5000 -c default_transaction_isolation=read\\ committed"
"""As start-up options, because Pony resets what was SET. A lock is waited for as long as SQLite's is."""

CONNECT_SECONDS = 5
PAGE = 1_000
"""Rows per multi-row INSERT: a statement of some 500 KiB at most for ordinary messages."""

DISK_FULL = "53100"
READ_ONLY = "25006"


@cache
def _translated(sql: str) -> str:
    return sql.replace("%", "%%").replace("?", "%s")


def _bytes(value: str | None, cursor: Any) -> bytes | None:
    found = psycopg2.BINARY(value, cursor)
    return None if found is None else bytes(found)


# psycopg2 gives memoryviews, which are neither hashed nor compared by content as ids must be.
BYTES = psycopg2.extensions.new_type(psycopg2.BINARY.values, "BYTES", _bytes)


class PostgresStatements(Statements):
    """`?` becomes `%s`."""

    def run(self, sql: str, values: Values = ()) -> None:
        self._cursor.execute(_translated(sql), values)

    def many(self, sql: str, rows: Sequence[Values]) -> None:
        execute_values(self._cursor, _translated(sql), rows, page_size=PAGE)

    def heads(self, streams: Sequence[StreamId]) -> list[StreamPlace]:
        # A stream that does not exist cannot be locked, so it is made first, at revision 0; `tidy` takes it away
        # again if nothing was written. Both passes go in one order, so two writers cannot wait for each other.
        ordered = sorted(streams)
        self.many(
            "INSERT INTO stream (kind, id, rev, seq, active_at) VALUES ? ON CONFLICT DO NOTHING",
            [(stream.kind, stream.id, 0, 0, 0) for stream in ordered],
        )
        sql = (
            f"SELECT kind, id, rev, seq, active_at FROM stream WHERE (kind, id) IN ({rows_of_marks(len(ordered), 2)}) "
            "ORDER BY kind, id FOR UPDATE"
        )
        rows = self.all(sql, [part for stream in ordered for part in (stream.kind, stream.id)])
        return [(StreamId(kind, id_), rev, seq, active) for kind, id_, rev, seq, active in rows]


class PostgresEngine(Engine):
    """`url` is libpq's: `postgresql://user:password@host:port/database?…`."""

    statements = PostgresStatements
    begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    begin_write = "BEGIN"
    driver_error = psycopg2.Error

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def _bind(self, pony: Database) -> None:
        pony.bind("postgres", dsn=self._url, options=OPTIONS, connect_timeout=CONNECT_SECONDS)

    def _prepare(self, connection: Any) -> None:
        psycopg2.extensions.register_type(BYTES, connection)

    def _connection(self) -> Any:
        connection = super()._connection()
        connection.autocommit = True  # BEGIN and COMMIT are said by the engine
        return connection

    def _roll_back(self, connection: Any, cursor: Any) -> None:
        try:
            if not connection.closed:
                cursor.execute("ROLLBACK")
            cursor.close()
        except self.driver_error:
            self._drop(connection)
        if connection.closed:
            self._drop(connection)

    def meaning(self, error: Exception) -> StoreError:
        code = getattr(error, "pgcode", None)
        if code == DISK_FULL:
            return StoreFull("There is no space left for the database.")
        if code == READ_ONLY:
            return StoreReadOnly("The database cannot be written.")
        first_line = str(error).strip().partition("\n")[0]
        if _is_lost(error):
            return ConnectionLost(f"The connection to the database was lost: {first_line}")
        return StoreError(f"The database refused: {first_line}")

    def commit_may_have_happened(self, error: Exception) -> bool:
        return _is_lost(error)


def _is_lost(error: Exception) -> bool:
    """No SQLSTATE: libpq itself failed; class 57P: the server is going down."""
    code = getattr(error, "pgcode", None)
    lost = isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError)
    return lost and (code is None or code.startswith("57P"))
