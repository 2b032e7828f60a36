"""Transactions on Pony's connections: one per thread, SQL with `?`, errors as the port names them.

What differs between SQLite and PostgreSQL is in their own files; everything above this one is the same for
both.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache
from threading import Lock
from typing import Any, TypeVar

from coachline_protocol.rows import StreamId
from pony.orm import Database
from pony.orm.core import OrmError
from pony.orm.dbapiprovider import DBException

from coachline_server.store import entities
from coachline_server.store.port import OutcomeUnknown, StoreError

T = TypeVar("T")
Values = Sequence[Any]
StreamPlace = tuple[StreamId, int, int, int]
"""A stream with its rev, seq and active_at."""


KEYS_PER_STATEMENT = 400
"""Of at most two columns each: SQLite builds exist that take 999 parameters."""


class ConnectionLost(StoreError):
    """The server hung up before anything was committed; a new connection may do."""


class Statements(ABC):
    """Runs statements on one cursor. Parameters are written `?`.

    `joined`: how two values of bytes are made one, {} and {}.
    """

    joined = "{} || {}"

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    @abstractmethod
    def run(self, sql: str, values: Values = ()) -> None:
        """Execute one statement."""

    @abstractmethod
    def many(self, sql: str, rows: Sequence[Values]) -> None:
        """Execute `INSERT … VALUES ? …` for all rows, in as few round trips as there are ways to."""

    @abstractmethod
    def heads(self, streams: Sequence[StreamId]) -> list[StreamPlace]:
        """Where streams stand, none of them able to move before this transaction ends."""

    def all(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """Execute and fetch every row."""
        self.run(sql, values)
        found: list[tuple[Any, ...]] = self._cursor.fetchall()
        return found

    def each(self, sql: str, values: Values = ()) -> Iterable[tuple[Any, ...]]:
        """Execute, and fetch rows as they are asked for: before the next statement, which ends it."""
        self.run(sql, values)
        found: Iterable[tuple[Any, ...]] = self._cursor
        return found

    def one(self, sql: str, values: Values = ()) -> tuple[Any, ...] | None:
        """Execute and fetch the first row."""
        self.run(sql, values)
        found: tuple[Any, ...] | None = self._cursor.fetchone()
        return found

    def upsert(self, table: str, columns: tuple[str, ...], key: tuple[str, ...], rows: Sequence[Values]) -> None:
        """Insert rows, or overwrite those that are there; no two of `rows` may have the same key."""
        if rows:
            self.many(upsert_sql(table, columns, key), rows)


@cache
def upsert_sql(table: str, columns: tuple[str, ...], key: tuple[str, ...]) -> str:
    """`INSERT … ON CONFLICT (key) DO UPDATE` of every other column."""
    changed = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in key)
    then = f"UPDATE SET {changed}" if changed else "NOTHING"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ? ON CONFLICT ({', '.join(key)}) DO {then}"


def marks(number: int) -> str:
    """`?, ?, …` for an IN list."""
    return ", ".join("?" * number)


def rows_of_marks(number: int, width: int) -> str:
    """`(?, ?), (?, ?), …` for a VALUES list or an IN list of rows."""
    return ", ".join([f"({marks(width)})"] * number)


@cache
def wanted(table: str, key: tuple[str, ...], number: int) -> str:
    """`FROM` this: the rows of a table that have one of `number` keys, given as parameters.

    Neither `(a, b) IN (VALUES …)` nor a plain join: SQLite scans the whole table for the first, and may for the
    second, while it takes the sides of a CROSS JOIN in the order written.
    """
    names = [f"key_{column}" for column in key]
    matches = " AND ".join(f"{table}.{column} = {name}" for column, name in zip(key, names, strict=True))
    keys = f"(SELECT {', '.join(f'column{n} AS {name}' for n, name in enumerate(names, 1))} FROM (VALUES "
    return f"{keys}{rows_of_marks(number, len(key))}) AS given) AS wanted CROSS JOIN {table} WHERE {matches}"


def in_batches(items: Iterable[T], size: int) -> Iterable[list[T]]:
    """Lists of at most `size`."""
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


class Engine(ABC):
    """A database behind Pony. `read` and `write` run a function within one transaction."""

    statements: type[Statements]
    begin_read: str
    begin_write: str
    driver_error: type[Exception]

    def __init__(self) -> None:
        self._lock = Lock()
        self._connections: list[Any] = []
        self._closed = False
        self._pony = Database()
        entities.define(self._pony)
        self._pony.on_connect(lambda _, connection: self._connected(connection))

    def open(self) -> None:
        """Connect this thread and check that every table is there; raises StoreError."""
        try:
            self._bind(self._pony)
            self._pony.generate_mapping(check_tables=True)
        except (DBException, OrmError, self.driver_error) as error:
            raise self._translated(error) from error

    @abstractmethod
    def _bind(self, pony: Database) -> None:
        """Bind Pony to the database."""

    @abstractmethod
    def _prepare(self, connection: Any) -> None:
        """Set a new connection up."""

    @abstractmethod
    def meaning(self, error: Exception) -> StoreError:
        """What a driver's error says, in the port's terms."""

    @abstractmethod
    def commit_may_have_happened(self, error: Exception) -> bool:
        """Whether an error during COMMIT leaves open what the database did."""

    def read(self, work: Callable[[Statements], T]) -> T:
        """Run `work` on one consistent state of the database; raises StoreError."""
        return self._twice(self.begin_read, work)

    def write(self, work: Callable[[Statements], T]) -> T:
        """Run `work` and commit; an exception rolls everything back. Raises StoreError."""
        return self._twice(self.begin_write, work)

    def close(self) -> None:
        """Close the connections of all threads; nothing can be asked any more."""
        with self._lock:
            self._closed = True
            connections, self._connections = self._connections, []
        for connection in connections:
            with suppress(self.driver_error):
                connection.close()

    def _connected(self, connection: Any) -> None:
        self._prepare(connection)
        with self._lock:
            self._connections.append(connection)

    def _connection(self) -> Any:
        """This thread's connection, from Pony's pool."""
        if self._closed:
            raise StoreError("The database is closed.")
        connection, is_new = self._pony.provider.pool.connect()
        if is_new:
            self._pony.call_on_connect(connection)
        return connection

    def _drop(self, connection: Any) -> None:
        """Have this thread connect anew next time. May be said twice of one connection: Pony's pool minds."""
        with self._lock:
            held = [one for one in self._connections if one is not connection]
            known, self._connections = len(held) < len(self._connections), held
        if known:
            with suppress(self.driver_error, DBException):
                self._pony.provider.pool.drop(connection)

    def _twice(self, begin: str, work: Callable[[Statements], T]) -> T:
        try:
            return self._within(begin, work)
        except ConnectionLost:
            return self._within(begin, work)  # the connection had idled through a restart; nothing was done yet

    def _within(self, begin: str, work: Callable[[Statements], T]) -> T:
        try:
            connection = self._connection()
        except (DBException, self.driver_error) as error:
            raise self._translated(error) from error
        cursor = connection.cursor()
        try:
            statements = self.statements(cursor)
            cursor.execute(begin)
            value = work(statements)
        except BaseException as error:
            self._roll_back(connection, cursor)
            if isinstance(error, self.driver_error):
                raise self._translated(error) from error
            raise
        self._commit(connection, cursor)
        return value

    def _commit(self, connection: Any, cursor: Any) -> None:
        try:
            cursor.execute("COMMIT")
            cursor.close()
        except self.driver_error as error:
            unknown = self.commit_may_have_happened(error)
            self._roll_back(connection, cursor)
            if unknown:
                self._drop(connection)
                raise OutcomeUnknown(f"The database did not say whether it committed: {error}") from error
            raise self._translated(error) from error

    def _roll_back(self, connection: Any, cursor: Any) -> None:
        # An error may have ended the transaction already; a connection that cannot even say that is dropped.
        try:
            connection.rollback()
            cursor.close()
        except self.driver_error:
            self._drop(connection)

    def _translated(self, error: Exception) -> StoreError:
        original = getattr(error, "original_exc", error)
        return self.meaning(original) if isinstance(original, self.driver_error) else StoreError(str(error))
