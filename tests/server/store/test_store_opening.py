"""What can be wrong when a database is opened: one sentence each, and nothing harmed."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from coachline_server.store import sqlite as sqlite_engine
from coachline_server.store.opening import open_store
from coachline_server.store.port import (
    Committed,
    Failed,
    LastSeen,
    StoreCorrupt,
    StoreError,
    StoreKeyProblem,
    StoreLocked,
    StoreReadOnly,
    StoreTooNew,
)
from support.stored import CHAT, facts, posted
from support.stored import TestDatabase as Database

NOBODY = 65_534


def test_one_process_serves_from_a_file(sqlite: Database) -> None:
    store = sqlite.open(serving=True)
    with pytest.raises(StoreLocked, match=r"Another coachlined serves from .*coachline\.db: stop it first\."):
        sqlite.open(serving=True)
    beside = sqlite.open()  # the command line may
    assert beside.commit([posted(1)]) == [Committed()]
    store.close()
    sqlite.open(serving=True)


def test_the_lock_of_a_killed_process_is_gone(sqlite: Database) -> None:
    script = (
        "import os, sys, signal; from pathlib import Path; from coachline_server.store.opening import open_store;"
        "open_store(sys.argv[1], Path(sys.argv[2]), serving=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, sqlite.url, sqlite.key_file],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert done.returncode == -9
    sqlite.open(serving=True)


def test_a_failed_opening_lets_go_of_the_lock(sqlite: Database) -> None:
    sqlite.open(serving=True).close()
    sqlite.key_file.rename(sqlite.folder / "elsewhere")
    with pytest.raises(StoreKeyProblem):
        sqlite.open(serving=True)
    (sqlite.folder / "elsewhere").rename(sqlite.key_file)
    sqlite.open(serving=True)


def test_a_database_from_a_newer_version_is_refused_and_left_alone(database: Database) -> None:
    database.open().close()
    database.ask(
        "INSERT INTO _yoyo_migration (migration_hash, migration_id, applied_at_utc) "
        "VALUES ('feed', '0003.later', '2027-01-01 00:00:00')"
    )
    with pytest.raises(StoreTooNew, match="newer version of Coachline"):
        database.open()
    assert len(database.ask("SELECT * FROM _yoyo_migration")) == 3


def test_without_its_key_file_a_database_does_not_open_and_no_new_key_is_made(database: Database) -> None:
    store = database.open()
    store.commit([posted(1)])
    store.close()
    kept = database.key_file.read_bytes()
    database.key_file.unlink()
    with pytest.raises(StoreKeyProblem, match="is missing"):
        database.open()
    assert not database.key_file.exists()
    database.key_file.write_bytes(kept)
    assert database.open().load(CHAT).rev == 1


def test_the_key_file_of_another_database_is_refused(database: Database, tmp_path: Path) -> None:
    database.open().close()
    (tmp_path / "other").mkdir()
    open_store(f"sqlite:///{tmp_path}/other/c.db", tmp_path / "other" / "key").close()
    shutil.copy(tmp_path / "other" / "key", database.key_file)
    with pytest.raises(StoreKeyProblem, match="not the one"):
        database.open()


def test_a_file_that_is_no_database_is_refused(sqlite: Database) -> None:
    sqlite.file.write_bytes(b"This is a shopping list.\n" * 400)
    with pytest.raises(StoreCorrupt, match="damaged"):
        sqlite.open()
    assert sqlite.file.read_bytes().startswith(b"This is a shopping list.")


@pytest.mark.parametrize(
    "url", ["", "sqlite:", "sqlite://", "sqlite:///", "sqlite://host/c.db", "mysql://x/y", "/var/lib/c.db"]
)
def test_an_address_that_is_none_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="sqlite:///"):
        open_store(url, tmp_path / "key")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("serving", [True, False])
def test_a_folder_that_is_not_there_is_said(tmp_path: Path, serving: bool) -> None:
    with pytest.raises(StoreError, match="cannot be opened: No such file or directory"):
        open_store(f"sqlite:///{tmp_path}/missing/c.db", tmp_path / "key", serving=serving)


@pytest.mark.parametrize("name", ["with space.db", "100%.db", "what?.db", "a#b.db", "üñí.db"])
def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    from urllib.parse import quote

    store = open_store(f"sqlite:///{quote(str(tmp_path / name))}", tmp_path / "key")
    assert store.commit([posted(1)]) == [Committed()]
    store.close()
    assert (tmp_path / name).stat().st_size > 0


def test_a_postgresql_that_does_not_answer_is_said_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(f"postgresql://coach:hunter2@/none?host={tmp_path}", tmp_path / "key")
    assert "connection to the database was lost" in str(caught.value) or "refused" in str(caught.value)
    assert "hunter2" not in str(caught.value)


# -- a database that cannot be written


@contextmanager
def unprivileged() -> Iterator[None]:
    """Root may write anything; for as long as this lasts we are nobody."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that nobody else's permissions stand above."""
    folder = Path(tempfile.mkdtemp(prefix="coachline-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_database_without_write_permission_is_refused(open_folder: Path) -> None:
    url, key = f"sqlite:///{open_folder}/c.db", open_folder / "key"
    open_store(url, key).close()
    for file in open_folder.iterdir():
        file.chmod(0o444)
    open_folder.chmod(0o555)
    with unprivileged(), pytest.raises(StoreError, match=r"c\.db cannot be (opened: Permission denied|written)"):
        open_store(url, key)


def test_a_database_that_turns_read_only_refuses_writes_and_still_reads(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = sqlite.open()
    first.commit([posted(1)])
    monkeypatch.setattr(sqlite_engine, "PRAGMAS", (*sqlite_engine.PRAGMAS, "query_only = ON"))
    store = sqlite.open()
    outcomes = store.commit([posted(2), facts(LastSeen(CHAT.id, 1))])
    assert [type(outcome.error) for outcome in outcomes if isinstance(outcome, Failed)] == [StoreReadOnly] * 2
    assert store.load(CHAT).rev == 1


def test_a_postgresql_that_turns_read_only_refuses_writes_and_still_reads(postgresql: Database) -> None:
    postgresql.open().commit([posted(1)])
    database = postgresql.ask("SELECT current_database()")[0][0]
    postgresql.ask(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    store = postgresql.open()
    (outcome,) = store.commit([posted(2)])
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, StoreReadOnly)
    assert store.load(CHAT).rev == 1


def test_the_pragmas_hold_on_every_connection(sqlite: Database) -> None:
    store = sqlite.open()
    asked = ("journal_mode", "synchronous", "foreign_keys", "trusted_schema", "cell_size_check", "secure_delete")
    wanted = [("wal",), (2,), (1,), (0,), (1,), (1,)]
    assert store._engine.read(lambda s: [s.one(f"PRAGMA {pragma}") for pragma in asked]) == wanted
    assert sqlite3.sqlite_version_info >= (3, 35)
