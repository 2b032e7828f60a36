#!/usr/bin/env python3
"""Everything a developer of Coachline does, with nothing but Python and git before it.

The script sees to it that there is an environment, and runs the asked-for tool in it.

Standard library only: this file runs before anything is installed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from environment import (
    ENVIRONMENT,
    LOCKS,
    OLDEST_PYTHON,
    PACKAGING,
    ROOT,
    Trouble,
    install_locked,
    prepare,
    prepare_windows,
    quietly,
    refuse_wrong_python,
    say,
    tool,
    tool_environment,
)

DATA = ROOT / ".coachline"

# What each lock file pins: the extras of the project, the dependency groups, and tools beside them.
# Every deployment lock is constrained by `dev`, so what ships is what was tested.
TO_BUILD = ("hatchling>=1.27", "editables>=0.5")


class Lock(NamedTuple):
    """One lock file: what of `pyproject.toml` it resolves, and what it adds."""

    project: bool = True
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


LOCK_FILES: dict[str, Lock] = {
    "dev": Lock(extras=("server", "desktop"), groups=("test", "check"), beside=TO_BUILD),
    "base": Lock(),
    "server": Lock(extras=("server",)),
    "desktop": Lock(extras=("desktop",)),
    "build": Lock(project=False, beside=TO_BUILD),
    "bench": Lock(project=False, groups=("bench",)),
    "lock": Lock(project=False, beside=("uv>=0.9",)),
}


class Command(NamedTuple):
    """A word after `dev.py`, the sentence `--help` shows for it, and what it does; answers an exit code."""

    sentence: str
    act: Callable[[Sequence[str]], int]


def become(command: Sequence[str | Path], **more: str) -> int:
    """Run a tool in the environment as the last thing done here.

    Where the system can, this process turns into the tool: signals reach it and its exit code is ours.
    """
    arguments = [str(part) for part in command]
    variables = {**tool_environment(), **more}
    os.chdir(ROOT)
    if os.name == "posix":
        os.execve(arguments[0], arguments, variables)
    return subprocess.run(arguments, env=variables, check=False).returncode


def demo(arguments: Sequence[str]) -> int:
    """Play the demo, `packaging/demo`."""
    if "--terminal" not in arguments:
        prepare_windows()
    return become([tool("python"), "-m", "demo", *arguments], PYTHONPATH=str(PACKAGING))


def pictures(arguments: Sequence[str]) -> int:
    """Render every screen of the window without a display, `packaging/pictures`."""
    prepare_windows()
    return become([tool("python"), "-m", "pictures", *arguments], PYTHONPATH=str(PACKAGING))


def campaign(module: str) -> Callable[[Sequence[str]], int]:
    """What a folder of `tests/` runs when it is told to and the suite does not: it takes too long, or tools beside."""
    path = os.pathsep.join(map(str, (ROOT / "tests", PACKAGING)))
    return lambda arguments: become([tool("python"), "-m", module, *arguments], PYTHONPATH=path)


def test(arguments: Sequence[str]) -> int:
    """Run pytest; the last `-n` given wins, so the reader may choose another number of processes."""
    prepare_windows()
    return become([tool("pytest"), "-n", "2", *arguments])


CHECKS: dict[str, tuple[str, ...]] = {
    "format": ("ruff", "format", "--check", "."),
    "lint": ("ruff", "check", "."),
    "types": ("mypy",),
    "imports": ("lint-imports", "--no-cache"),
}


def check(arguments: Sequence[str]) -> int:
    """Run every check, also after one has failed, and name those that failed."""
    refuse_arguments("check", arguments)
    failed = []
    for name, (program, *rest) in CHECKS.items():
        say(f"== {name}")
        command: list[str | Path] = [tool(program), *rest]
        if subprocess.run(command, cwd=ROOT, env=tool_environment(), check=False).returncode != 0:
            failed.append(name)
    say(f"Failed: {', '.join(failed)}." if failed else "All checks passed.")
    return 1 if failed else 0


def run(arguments: Sequence[str]) -> int:
    """Start the daemon on loopback with its data in `.coachline`, made at the first start."""
    config = DATA / "coachlined.toml"
    if not config.exists():
        DATA.mkdir(exist_ok=True)
        quietly([tool("coachlined"), "init", "--config", config], "Making .coachline")
    return become([tool("coachlined"), "serve", "--config", config, *arguments])


def lock(arguments: Sequence[str]) -> int:
    """Resolve every lock file anew, keeping the versions pinned unless `--upgrade` is given."""
    refuse_arguments("lock", [argument for argument in arguments if argument != "--upgrade"])
    install_locked("lock", "Installing the resolver")
    for name in LOCK_FILES:
        resolve(name, tool("uv"), upgrade=bool(arguments))
        say(f"packaging/locks/{name}.txt")
    return 0


def resolve(name: str, uv: Path, *, upgrade: bool) -> None:
    """Write one lock file: every package with the hashes of all its files, for every system, no addresses."""
    what = LOCK_FILES[name]
    command: list[str | Path] = [uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--no-config"]
    command += ["--python-version", ".".join(map(str, OLDEST_PYTHON)), "-o", LOCKS / f"{name}.txt"]
    command += ["pyproject.toml"] * what.project
    for extra in what.extras:
        command += ["--extra", extra]
    for group in what.groups:
        command += ["--group", group]
    if name not in ("dev", "lock"):
        command += ["-c", LOCKS / "dev.txt"]
    if upgrade:
        command.append("--upgrade")
    beside = ENVIRONMENT / f"{name}.in"
    beside.write_text("".join(f"{requirement}\n" for requirement in what.beside), encoding="utf-8")
    quietly([*command, beside], f"Resolving {name}.txt")


def refuse_arguments(command: str, arguments: Sequence[str]) -> None:
    """Raise Trouble if anything was given to a command that takes nothing."""
    if arguments:
        raise Trouble(f"`{command}` does not know {' '.join(arguments)}: `{command} --help` says what it takes.")


COMMANDS: dict[str, Command] = {
    "demo": Command("Play a month between a trainer and five clients against a real daemon.", demo),
    "pictures": Command("Render every screen of the window, without a display, into a folder with an index.", pictures),
    "test": Command("Run the whole test suite; anything more is handed to pytest.", test),
    "universe": Command("Play random stories of daemon, people and devices in virtual time.", campaign("universe")),
    "crash": Command("Kill real daemons under load, and compare what was told with what is kept.", campaign("crash")),
    "fuzz": Command("Attack a real daemon with frames and floods, and watch its neighbours.", campaign("fuzz")),
    "bench": Command("Measure the daemon against references in the same run, in one table.", campaign("bench")),
    "mutants": Command("Put mistakes into modules, one at a time, and see whether tests notice.", campaign("mutants")),
    "autobahn": Command("Run the Autobahn|Testsuite, where there is a Python 2.7.", campaign("autobahn")),
    "check": Command("Check format, lint, types and import contracts.", check),
    "run": Command("Start the daemon on loopback with its data in .coachline; more is handed to it.", run),
    "lock": Command("Resolve the lock files anew; --upgrade takes the newest versions.", lock),
}


def parse(arguments: Sequence[str] | None) -> tuple[Command, list[str]]:
    """The command asked for and what is handed on to it."""
    parser = argparse.ArgumentParser(
        prog="packaging/dev.py",
        description="Makes .venv from the lock files and runs Coachline's tools in it.",
    )
    words = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, command in COMMANDS.items():
        words.add_parser(name, help=command.sentence, description=command.sentence)
    known, rest = parser.parse_known_args(arguments)
    return COMMANDS[known.command], [word for word in rest if word != "--"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what was asked; the exit code is the tool's own, or 2 when it could not be started."""
    command, rest = parse(arguments)
    try:
        refuse_wrong_python(sys.version_info[:2])
        prepare()
        return command.act(rest)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
