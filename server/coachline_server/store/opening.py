"""Opening a database: lock it, migrate it, connect, find the key it was encrypted with."""

import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import psycopg2

from coachline_server.store.boot import get_meta, set_meta
from coachline_server.store.cipher import Cipher, Unreadable, open_key_file
from coachline_server.store.engine import Engine, Statements
from coachline_server.store.mapping import Report
from coachline_server.store.migrate import migrate
from coachline_server.store.pony_store import PonyStore
from coachline_server.store.port import StoreCorrupt, StoreError, StoreKeyProblem, StoreLocked
from coachline_server.store.postgres import PostgresEngine
from coachline_server.store.sqlite import SqliteEngine

KEY_CHECK = b"coachline"
KEY_CHECK_PLACE = b"meta/key_check"


def _say_nothing(_: StoreCorrupt) -> None:
    """Nobody asked to be told."""


def open_store(url: str, key_file: Path, *, serving: bool = False, report: Report = _say_nothing) -> PonyStore:
    """Open, and if need be make, a database: `sqlite:///relative`, `sqlite:////absolute` or `postgresql://…`.

    `serving`: hold an SQLite file for this process alone to serve from; the command line opens it beside.
    `report` is told, on whatever thread reads, of every row that cannot be read.
    Raises StoreError: StoreLocked, StoreTooNew, StoreKeyProblem, StoreReadOnly, StoreFull, StoreCorrupt.
    """
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return _open_sqlite(_path_of(url), key_file, serving=serving, report=report)
    if scheme in ("postgresql", "postgres"):
        return _open_postgres(url, key_file, report=report)
    raise StoreError("The database's address begins with sqlite:/// or postgresql://.")


def _path_of(url: str) -> Path:
    parts = urlsplit(url)
    if parts.netloc or len(parts.path) < 2:
        raise StoreError("The address of an SQLite file is sqlite:///relative/path or sqlite:////absolute/path.")
    return Path(unquote(parts.path[1:])).absolute()


def _open_sqlite(file: Path, key_file: Path, *, serving: bool, report: Report) -> PonyStore:
    engine = SqliteEngine(file)
    release = _lock(file) if serving else _nothing
    try:
        try:
            # Made here and not by SQLite, so that it is never readable by others.
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
            migrate(f"sqlite:///{quote(str(file))}", "sqlite")
        except OSError as error:
            raise StoreError(f"The database {file} cannot be opened: {error.strerror}.") from error
        except sqlite3.Error as error:
            raise engine.meaning(error) from error
        cipher = _connect(engine, key_file)
    except BaseException:
        engine.close()
        release()
        raise
    return PonyStore(engine, cipher, report=report, copy=lambda path: _copy(file, path), release=release)


def _open_postgres(url: str, key_file: Path, *, report: Report) -> PonyStore:
    engine = PostgresEngine(url)
    try:
        try:
            migrate(url, "postgres")
        except psycopg2.Error as error:
            raise engine.meaning(error) from error
        cipher = _connect(engine, key_file)
    except BaseException:
        engine.close()
        raise
    return PonyStore(engine, cipher, report=report)


def _connect(engine: Engine, key_file: Path) -> Cipher:
    engine.open()
    check = engine.read(lambda statements: get_meta(statements, "key_check"))
    cipher = open_key_file(key_file, create=check is None)
    if check is None:
        engine.write(lambda statements: _mark(statements, cipher))
        return cipher
    try:
        cipher.open(check, KEY_CHECK_PLACE)
    except Unreadable:
        raise StoreKeyProblem(f"The key file {key_file} is not the one this database was encrypted with.") from None
    return cipher


def _mark(statements: Statements, cipher: Cipher) -> None:
    set_meta(statements, "key_check", cipher.seal(KEY_CHECK, KEY_CHECK_PLACE))


def _copy(file: Path, to: Path) -> None:
    """A backup while serving: a consistent copy, without the boot id, so that serving from it is a new epoch."""
    if to.exists():
        raise StoreError(f"There is something at {to} already; a backup is written to a new file.")
    try:
        os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        source = sqlite3.connect(file)
        try:
            source.execute("VACUUM INTO ?", (str(to),))
        finally:
            source.close()
        copy = sqlite3.connect(to)
        try:
            copy.execute("DELETE FROM meta WHERE key = 'boot'")
            copy.commit()
        finally:
            copy.close()
    except (OSError, sqlite3.Error) as error:
        to.unlink(missing_ok=True)
        raise StoreError(f"The backup {to} could not be written: {error}.") from error


def _nothing() -> None:
    """There is nothing to let go of."""


def _lock(file: Path) -> Callable[[], None]:
    """Hold `<file>.lock` until the returned function is called or the process ends; raises StoreLocked."""
    try:
        handle = os.open(file.with_name(file.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise StoreError(f"The database {file} cannot be opened: {error.strerror}.") from error
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise StoreLocked(f"Another coachlined serves from {file}: stop it first.") from None
    return lambda: os.close(handle)
