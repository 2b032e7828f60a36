"""Looking at an SQLite database without changing it: for the doctor, also while the daemon serves from it."""

import sqlite3
from contextlib import closing
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final
from urllib.parse import quote

from yoyo import read_migrations

from coachline_server.store.port import StoreCorrupt, StoreError, StoreTooNew

PROBLEMS: Final = 1
"""How many `quick_check` reports: the first is enough to know that a backup is needed."""


def inspect_sqlite(file: Path) -> None:
    """Raises StoreCorrupt, StoreTooNew, or StoreError when the database cannot be read or is not migrated."""
    # A reader leaves log files behind, in its own user's name, unless it is told that nobody writes.
    still = not file.with_name(file.name + "-wal").exists()
    address = f"file:{quote(str(file.absolute()))}?{'immutable=1' if still else 'mode=ro'}"
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            problem = database.execute(f"PRAGMA quick_check({PROBLEMS})").fetchone()[0]
            applied = {row[0] for row in database.execute("SELECT migration_hash FROM _yoyo_migration")}
    except sqlite3.Error as error:
        raise StoreError(f"The database {file} cannot be read: {error}.") from error
    if problem != "ok":
        raise StoreCorrupt(f"The database {file} is damaged: {problem}.")
    with as_file(files("coachline_server.store") / "migrations" / "sqlite") as folder:
        known = {migration.hash for migration in read_migrations(str(folder))}
    if applied - known:
        raise StoreTooNew(f"The database {file} was made by a newer version of Coachline.")
    if known - applied:
        raise StoreError(f"The database {file} is of an older version; the next start brings it up to date.")
