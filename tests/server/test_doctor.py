"""The doctor: each thing that can be wrong is found, by name, with what to do about it."""

import os
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from coachline_server import doctor
from coachline_server.config import load
from coachline_server.data_folder import DataFolder
from coachline_server.doctor import DAY_MS, Finding, examine
from coachline_server.initialise import initialise

NOW_MS = int(datetime.now(UTC).timestamp() * 1000)


def found(folder: Path, **flags: Any) -> dict[str, Finding]:
    given = {"data": folder, "listen.port": 0, "admin.port": 0, **flags}
    return {finding.about: finding for finding in examine(load(None, given), NOW_MS)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    list(initialise(None, tmp_path / "data"))
    return tmp_path / "data"


def test_a_fresh_folder_is_well(folder: Path) -> None:
    examined = ("configuration", "data folder", "key file", "database", "disk space", "clock", "port", "admin port")
    assert {about: finding.level for about, finding in found(folder).items()} == dict.fromkeys(
        (*examined, "certificate"), "ok"
    )


def damaged(folder: DataFolder) -> None:
    content = bytearray(folder.database.read_bytes())
    content[4096:8192] = b"\xaa" * 4096
    folder.database.write_bytes(content)


def newer(folder: DataFolder) -> None:
    with closing(sqlite3.connect(folder.database)) as database, database:
        database.execute("INSERT INTO _yoyo_migration VALUES ('ff', '9999', '2099-01-01')")


def older(folder: DataFolder) -> None:
    with closing(sqlite3.connect(folder.database)) as database, database:
        database.execute("DELETE FROM _yoyo_migration")


BROKEN: dict[str, tuple[Callable[[DataFolder], object], str, str, str]] = {
    "open folder": (lambda folder: folder.path.chmod(0o755), "data folder", "warn", "chmod 700"),
    "open key": (lambda folder: folder.key.chmod(0o644), "key file", "fail", "chmod 600"),
    "open database": (lambda folder: folder.database.chmod(0o644), "database", "warn", "chmod 600"),
    "no key": (lambda folder: folder.key.unlink(), "key file", "fail", "nothing replaces it"),
    "no database": (lambda folder: folder.database.unlink(), "database", "fail", "put a backup back"),
    "damaged database": (damaged, "database", "fail", "put a backup back"),
    "newer database": (newer, "database", "fail", "newer version"),
    "older database": (older, "database", "fail", "brings it up to date"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_wrong_with_the_folder_is_found(case: str, folder: Path) -> None:
    breaking, about, level, says = BROKEN[case]
    breaking(DataFolder(folder))
    finding = found(folder)[about]
    assert finding.level == level
    assert says in str(finding)


def test_nothing_made_yet(tmp_path: Path) -> None:
    assert "coachlined init" in str(found(tmp_path / "data")["data folder"])


def test_looking_changes_nothing(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    found(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(("free", "level"), [(10 * 1024**3, "ok"), (500 * 1024**2, "warn"), (1024**2, "fail")])
def test_little_space_is_found(free: int, level: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "free_bytes", lambda _: free)
    assert found(folder)["disk space"].level == level


def test_a_clock_behind_its_own_database_is_found(folder: Path) -> None:
    later = (NOW_MS + 3 * DAY_MS) / 1000
    os.utime(folder / "coachline.sqlite3", (later, later))
    assert found(folder)["clock"].level == "fail"


def test_a_port_in_use_is_found(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        finding = found(folder, **{"listen.port": taken.getsockname()[1]})["port"]
    assert finding.level == "warn"
    assert "in use" in finding.says


def test_an_address_that_is_not_ours_is_found(folder: Path) -> None:
    findings = found(folder, **{"listen.host": "192.0.2.1", "listen.port": 9, "listen.allow_plain": True})
    assert findings["port"].level == "fail"


@pytest.mark.parametrize(
    ("days", "level", "says"), [(90, "ok", "good for"), (3, "warn", "expires in"), (-3, "fail", "has expired")]
)
def test_the_end_of_a_certificate_is_seen_coming(days: int, level: str, says: str, folder: Path) -> None:
    ends = datetime.fromtimestamp((NOW_MS + days * DAY_MS) / 1000, UTC)
    issued = trustme.CA().issue_cert("localhost", not_after=ends)
    issued.cert_chain_pems[0].write_to_path(str(folder / "chain.pem"))
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    finding = found(folder, **{"tls.certificate": "chain.pem", "tls.key": "key.pem"})["certificate"]
    assert finding.level == level
    assert says in finding.says


def test_a_certificate_that_is_not_there_is_found(folder: Path) -> None:
    finding = found(folder, **{"tls.certificate": "chain.pem", "tls.key": "key.pem"})["certificate"]
    assert finding.level == "fail"
    assert "cannot be read" in finding.says
