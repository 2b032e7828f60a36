"""What keeps the daemon from starting is said in one sentence, with the exit code of OPERATING.md, and no traceback."""

import os
import shutil
import socket
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from support.process import GIVE_UP_SECONDS, PROGRAM, coachlined, environment

FREE = ("--port", "0", "--admin-port", "0")


def test_every_wrong_value_is_a_sentence(data: Path) -> None:
    (data / "coachlined.toml").write_text('[listen]\nport = "many"\nprot = 1\n[log]\nlevel = "loud"\n')
    done = coachlined("serve", "--data", data)
    assert done.returncode == 2
    assert [line.removeprefix(str(data / "coachlined.toml: ")) for line in done.stderr.splitlines()] == [
        "listen.port = 'many' is not allowed: it must be a whole number from 0 to 65535; 0 lets the system choose.",
        "listen.prot: there is no such key; the nearest is listen.port.",
        "log.level = 'loud' is not allowed: it must be debug, info, warning or error.",
    ]


def test_plain_connections_beyond_loopback_are_refused(data: Path) -> None:
    done = coachlined("serve", "--data", data, "--host", "0.0.0.0", *FREE)
    assert done.returncode == 2
    assert done.stderr.startswith("--host = '0.0.0.0' is not allowed without TLS: set tls.certificate and tls.key, ")


def test_a_flag_that_makes_no_sense_is_named(data: Path) -> None:
    done = coachlined("serve", "--data", data, "--port", "x")
    assert (done.returncode, "Invalid value for '--port'" in done.stderr) == (2, True)


def test_a_busy_port_is_named(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = coachlined(
            "serve", "--data", data, "--port", str(port), "--admin-port", "0", COACHLINE_LOG_LEVEL="error"
        )
        assert (done.returncode, done.stderr) == (
            3,
            f"Cannot listen on 127.0.0.1:{port}: Address already in use."
            " Set listen.host and listen.port, or stop what is using it.\n",
        )
        done = coachlined("serve", "--data", data, "--port", "0", "--admin-port", str(port))
        assert (done.returncode, "Set admin.host and admin.port" in done.stderr) == (3, True)


def test_a_newer_database_is_left_alone(data: Path) -> None:
    with closing(sqlite3.connect(data / "coachline.sqlite3")) as database, database:
        database.execute("INSERT INTO _yoyo_migration VALUES ('ff', '9999', '2099-01-01')")
    for words in (("serve", *FREE), ("user", "list")):
        done = coachlined(*words, "--data", data)
        assert done.returncode == 4
        assert done.stderr.startswith("The database was made by a newer version of Coachline")
        assert len(done.stderr.splitlines()) == 1


def test_an_empty_file_is_not_taken_for_a_new_database(data: Path) -> None:
    """A disk that was full while a backup was put back leaves one; serving it would turn everybody away for good."""
    database = data / "coachline.sqlite3"
    database.write_bytes(b"")
    for words in (("serve", *FREE), ("user", "list")):
        done = coachlined(*words, "--data", data)
        assert (done.returncode, done.stderr) == (4, f"The database {database} is empty: put a backup back.\n")
    assert database.read_bytes() == b""


def without_privileges(*command: str | Path) -> list[str | Path]:
    """A command for which file modes hold, also when the tests run as root."""
    if os.geteuid() != 0:
        return list(command)
    setpriv = shutil.which("setpriv")
    assert setpriv, "as root, this test needs setpriv (util-linux)"
    return [setpriv, "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all", *command]


def test_a_read_only_database_is_said_to_be_one(data: Path) -> None:
    (data / "coachline.sqlite3").chmod(0o400)
    data.chmod(0o500)
    try:
        for words in (("serve", *FREE), ("user", "disable", "maya@example.org")):
            done = subprocess.run(
                without_privileges(*PROGRAM, *words, "--data", data),
                capture_output=True,
                text=True,
                env=environment(),
                timeout=GIVE_UP_SECONDS,
                check=False,
            )
            assert done.returncode == 4, done.stderr
            assert str(data / "coachline.sqlite3") in done.stderr
            assert len(done.stderr.splitlines()) == 1
    finally:
        data.chmod(0o700)


def test_the_wrong_key_and_no_key_are_said(data: Path, tmp_path: Path) -> None:
    key = data / "coachline.key"
    assert coachlined("init", "--data", tmp_path / "other").returncode == 0
    shutil.copy(tmp_path / "other" / "coachline.key", key)
    done = coachlined("serve", "--data", data, *FREE)
    assert (done.returncode, "is not the one this database was encrypted with" in done.stderr) == (4, True)
    key.unlink()
    done = coachlined("serve", "--data", data, *FREE)
    assert (done.returncode, "is missing; without it the database cannot be read" in done.stderr) == (4, True)
    assert not key.exists()
