"""The command line: help for everything, sentences for everything that goes wrong, never a traceback."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from coachline_server import __main__ as program
from coachline_server.cli import app
from coachline_server.store.port import StoreFull

COMMANDS = {
    (),
    ("init",),
    ("serve",),
    ("user",),
    ("user", "add"),
    ("user", "list"),
    ("user", "disable"),
    ("user", "enable"),
    ("user", "password"),
    ("invite",),
    ("config",),
    ("config", "check"),
    ("doctor",),
    ("backup",),
    ("version",),
}


def run(*words: str) -> int:
    """The exit code of a command, run in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["coachlined", *words])
        try:
            return program.main()
        except SystemExit as ended:
            return int(ended.code or 0)


def named(group: typer.Typer, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command there is."""
    yield before
    for command in group.registered_commands:
        function = command.callback.__name__ if command.callback else ""
        yield (*before, command.name or function)
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from named(inner.typer_instance, (*before, str(inner.name)))


def test_every_command_is_in_the_list_below() -> None:
    assert set(named(app)) == COMMANDS


@pytest.mark.parametrize("words", sorted(COMMANDS), ids=" ".join)
def test_everything_has_help(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*words, "--help") == 0
    assert capsys.readouterr().out.startswith(f"Usage: {' '.join(('coachlined', *words))} ")


def test_from_nothing_to_an_account(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = str(tmp_path / "data")
    cheap = {"COACHLINE_PASSWORDS_MEMORY_MIB": "8", "COACHLINE_PASSWORDS_PASSES": "1"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cheap.items():
            patch.setenv(name, value)
        assert run("init", "--data", data) == 0
        made = capsys.readouterr().out
        assert [line.split()[0] for line in made.splitlines()] == ["Made", "Made", "Made", "Made", "Next:"]
        assert run("init", "--data", data) == 0
        assert "Everything is there already" in capsys.readouterr().out
        assert run("user", "add", "maya", "--generate", "--data", data) == 0
        assert "Made maya (admin)." in capsys.readouterr().out
        assert run("user", "add", "tom", "--generate", "--data", data) == 0
        assert "Made tom (client)." in capsys.readouterr().out
        assert run("user", "password", "tom", "--generate", "--data", data) == 0
        assert run("user", "disable", "tom", "--data", data) == 0
        capsys.readouterr()
        assert run("user", "list", "--data", data) == 0
        assert capsys.readouterr().out == "maya  admin\ntom  client  disabled\n"
        assert run("user", "enable", "tom", "--data", data) == 0
        assert run("user", "list", "--json", "--data", data) == 0
        assert '"handle": "tom", "roles": ["client"], "disabled": false' in capsys.readouterr().out
        assert run("invite", "--by", "maya", "--purpose", "account", "--data", data) == 0
        assert len(capsys.readouterr().out.strip()) == 16
        assert run("invite", "--by", "tom", "--data", data) == 5
        assert "Not allowed to tom" in capsys.readouterr().err


def test_a_backup_is_whole_and_never_overwrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, copy = str(tmp_path / "data"), tmp_path / "copy.sqlite3"
    assert run("init", "--data", data) == 0
    assert run("backup", str(copy), "--data", data) == 0
    assert copy.stat().st_mode & 0o077 == 0
    assert run("backup", str(copy), "--data", data) == 2
    assert "is there already; name a new file." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("user", "list"), 4, "there is no database; `coachlined init --data"),
        (("serve",), 4, "there is no database; `coachlined init --data"),
        (("doctor",), 5, "Not well: data folder."),
        (("config", "check", "--config", "nowhere.toml"), 2, "nowhere.toml: there is no such file"),
        (("invite", "--by", "maya", "--note", "x" * 201), 2, "--note: 201 characters are too many, the limit is 200."),
        (("invite",), 2, "Missing option '--by'"),
        (("user", "add"), 2, "Missing argument"),
        (("nonsense",), 2, "No such command 'nonsense'"),
    ],
    ids=lambda value: " ".join(value)[:30] if isinstance(value, tuple) else None,
)
def test_what_goes_wrong_is_a_sentence(
    words: tuple[str, ...],
    code: int,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COACHLINE_ADMIN_PORT", "0")
    monkeypatch.setenv("COACHLINE_LISTEN_PORT", "0")
    assert run(*words) == code
    assert sentence in capsys.readouterr().err


def test_without_a_terminal_nobody_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(tmp_path / "data")
    assert run("init", "--data", data) == 0
    assert run("user", "add", "maya", "--data", data) == 2
    assert "There is no terminal to ask for a password" in capsys.readouterr().err
    assert run("user", "add", "maya", "--password-stdin", "--generate", "--data", data) == 2


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (StoreFull("There is no space left."), 4, "There is no space left.\n"),
        (KeyboardInterrupt(), 1, "Interrupted.\n"),
        (ExceptionGroup("several", [ValueError("somebody's words")]), 1, "This is a defect of coachlined: ValueError"),
    ],
)
def test_no_traceback_and_nobody_s_words(
    error: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(**_: object) -> None:
        raise error

    monkeypatch.setattr("coachline_server.cli.app", broken)
    assert run() == code
    shown = capsys.readouterr().err
    assert shown.startswith(said)
    assert "Traceback" not in shown
    assert "somebody's words" not in shown
