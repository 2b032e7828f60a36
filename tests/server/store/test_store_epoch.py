"""An epoch lasts as long as the database goes on from where it was left; a restored backup begins another."""

import shutil
from pathlib import Path

import pytest
from coachline_server.store.port import StoreError
from support.stored import TestDatabase as Database
from support.stored import id_of, posted


def test_there_is_no_epoch_before_the_first_boot(database: Database) -> None:
    assert database.open().epoch() == bytes(16)


def test_the_first_boot_begins_an_epoch_and_the_next_ones_keep_it(database: Database, tmp_path: Path) -> None:
    for boot in (1, 2, 3):
        store = database.open()
        assert store.begin_boot(tmp_path / "boot", id_of(boot)) == id_of(1)
        assert store.epoch() == id_of(1)
        store.close()


def test_a_process_that_was_killed_keeps_its_epoch(database: Database, tmp_path: Path) -> None:
    database.open().begin_boot(tmp_path / "boot", id_of(1))  # never closed before the next begins
    assert database.open().begin_boot(tmp_path / "boot", id_of(2)) == id_of(1)


@pytest.mark.parametrize("what_is_there", [None, b"", b"nonsense", b"\xff\xfe", b"00" * 16])
def test_without_its_file_a_new_epoch_begins(database: Database, tmp_path: Path, what_is_there: bytes | None) -> None:
    store = database.open()
    store.begin_boot(tmp_path / "boot", id_of(1))
    store.close()
    if what_is_there is None:
        (tmp_path / "boot").unlink()
    else:
        (tmp_path / "boot").write_bytes(what_is_there)
    assert database.open().begin_boot(tmp_path / "boot", id_of(2)) == id_of(2)


def test_a_copy_put_back_begins_a_new_epoch(sqlite: Database, tmp_path: Path) -> None:
    store = sqlite.open()
    store.begin_boot(tmp_path / "boot", id_of(1))
    store.close()
    shutil.copy(sqlite.file, tmp_path / "copy")
    later = sqlite.open()
    assert later.begin_boot(tmp_path / "boot", id_of(2)) == id_of(1)
    later.close()
    shutil.copy(tmp_path / "copy", sqlite.file)
    assert sqlite.open().begin_boot(tmp_path / "boot", id_of(3)) == id_of(3)


def test_a_backup_taken_in_the_same_boot_begins_a_new_epoch(sqlite: Database, tmp_path: Path) -> None:
    store = sqlite.open()
    store.begin_boot(tmp_path / "boot", id_of(1))
    store.commit([posted(1)])
    store.backup(tmp_path / "backup.db")
    store.commit([posted(2)])
    store.close()
    shutil.copy(tmp_path / "backup.db", sqlite.file)
    restored = sqlite.open()
    assert restored.begin_boot(tmp_path / "boot", id_of(2)) == id_of(2)
    assert restored.load(posted(1).changes[0].stream).rev == 1


def test_a_file_that_cannot_be_written_is_said_at_once(database: Database, tmp_path: Path) -> None:
    store = database.open()
    with pytest.raises(StoreError, match="cannot be written"):
        store.begin_boot(tmp_path / "missing" / "boot", id_of(1))
    assert store.epoch() == bytes(16)


def test_a_backup_is_written_to_a_new_file_only(sqlite: Database, tmp_path: Path) -> None:
    store = sqlite.open()
    store.backup(tmp_path / "backup.db")
    assert (tmp_path / "backup.db").stat().st_mode & 0o777 == 0o600
    with pytest.raises(StoreError, match="something at"):
        store.backup(tmp_path / "backup.db")
    with pytest.raises(StoreError, match="could not be written"):
        store.backup(tmp_path / "missing" / "backup.db")


def test_postgresql_is_backed_up_with_its_own_tools(postgresql: Database, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="pg_dump"):
        postgresql.open().backup(tmp_path / "backup")
