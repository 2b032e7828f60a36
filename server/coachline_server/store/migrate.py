"""The schema's versions: migrations applied at the start, newer databases refused.

yoyo keeps a lock row while it migrates. Who dies in between leaves it behind, so callers hold a lock of their
own (SQLite: a lock file; PostgreSQL: an advisory lock), and a row found under it is known to be nobody's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from typing import Any, Literal

from yoyo import get_backend, read_migrations

from coachline_server.store.port import StoreTooNew

ADVISORY_LOCK = 0x636F6163686C696E
"""An arbitrary number, "coachlin" in ASCII."""


def migrate(url: str, kind: Literal["sqlite", "postgres"]) -> None:
    """Bring a database to this version's schema; raises StoreTooNew, or the driver's errors.

    A migration that fails is rolled back as a whole.
    """
    with as_file(files("coachline_server.store") / "migrations" / kind) as folder, get_backend(url) as backend:
        migrations = read_migrations(str(folder))
        with _alone(backend, kind):
            known = {migration.hash for migration in migrations}
            if not known.issuperset(backend.get_applied_migration_hashes()):
                raise StoreTooNew(
                    "The database was made by a newer version of Coachline: "
                    "start that version, or put back a backup of this one."
                )
            waiting = backend.to_apply(migrations)
            if waiting:
                backend.break_lock()
                with backend.lock():
                    backend.apply_migrations(waiting)


@contextmanager
def _alone(backend: Any, kind: str) -> Iterator[None]:
    if kind != "postgres":
        yield
        return
    backend.execute(f"SELECT pg_advisory_lock({ADVISORY_LOCK})")
    try:
        yield
    finally:
        backend.execute(f"SELECT pg_advisory_unlock({ADVISORY_LOCK})")
