#!/usr/bin/env python3
"""Everything a developer of Coachline does, with nothing but Python and git before it.

The script makes `.venv` in the checkout and installs what `packaging/locks/dev.txt` pins, by hash.
It then runs the asked-for tool in that environment.
The environment is built anew only when the lock file, the Python version or the checkout's place changes,
and the project itself is installed again only when `pyproject.toml` does.

Standard library only: this file runs before anything is installed.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PACKAGING = ROOT / "packaging"
LOCKS = PACKAGING / "locks"
ENVIRONMENT = ROOT / ".venv"
BIN = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
STAMP = ENVIRONMENT / "coachline-stamp.json"
DATA = ROOT / ".coachline"

# The bounds of `requires-python`. Names, not literals, so that no tool takes the test for dead code.
OLDEST_PYTHON = (3, 11)
FIRST_UNTRIED_PYTHON = (3, 15)

LINES_OF_A_FAILURE = 15  # pip says why at the end; what stands before is progress

SIGNS_OF_NO_NETWORK = (
    "Failed to establish a new connection",
    "Temporary failure in name resolution",
    "Name or service not known",
    "Network is unreachable",
    "nodename nor servname provided",
    "getaddrinfo failed",
    "Cannot connect to proxy",
    "ConnectTimeoutError",
)

# What Qt asks of a Linux system and its wheel does not bring, and the Debian package that has it. Found with `ldd` on
# the modules the desktop imports and on the off-screen platform; a display asks for more, and has it.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libxkbcommon.so.0": "libxkbcommon0",
}

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


class Trouble(Exception):
    """Something the person at the keyboard has to know; its text is one sentence that says what to do."""


class Command(NamedTuple):
    """A word after `dev.py`, the sentence `--help` shows for it, and what it does; answers an exit code."""

    sentence: str
    act: Callable[[Sequence[str]], int]


# ---------------------------------------------------------------------------------------- environment


def refuse_wrong_python(version: tuple[int, int]) -> None:
    """Raise Trouble unless this is a Python the project is tested on."""
    if not OLDEST_PYTHON <= version < FIRST_UNTRIED_PYTHON:
        newest = f"{FIRST_UNTRIED_PYTHON[0]}.{FIRST_UNTRIED_PYTHON[1] - 1}"
        raise Trouble(
            f"Coachline needs Python {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} to {newest}, "
            f"and this is {version[0]}.{version[1]}: run the script with another interpreter."
        )


def fingerprint(*parts: bytes) -> str:
    """SHA-256 over the parts, each with its length so that no two lists of parts look the same."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def wanted_stamp() -> dict[str, str]:
    """What the environment has to be made of: one hash for its packages, one for the project in it."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {
        "environment": fingerprint((LOCKS / "dev.txt").read_bytes(), version.encode(), str(ROOT).encode()),
        "project": fingerprint((ROOT / "pyproject.toml").read_bytes()),
    }


def found_stamp() -> dict[str, str]:
    """What the environment says it is made of; empty when there is none or it was never finished."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and tool("python").exists() else {}


def tool(name: str) -> Path:
    """The path of a program of the environment."""
    return BIN / (f"{name}.exe" if os.name == "nt" else name)


def tool_environment() -> dict[str, str]:
    """The environment variables a tool runs with, as if `.venv` were activated."""
    variables = {key: value for key, value in os.environ.items() if key != "PYTHONHOME"}
    variables["VIRTUAL_ENV"] = str(ENVIRONMENT)
    variables["PATH"] = str(BIN) + os.pathsep + variables.get("PATH", "")
    return variables


def why_it_failed(output: str, doing: str) -> str:
    """The sentence for a failed installation, after the last lines of what the installer said."""
    last = "\n".join(f"  {line}" for line in output.strip().splitlines()[-LINES_OF_A_FAILURE:])
    if any(sign in output for sign in SIGNS_OF_NO_NETWORK):
        return f"{last}\n{doing} failed because the package index cannot be reached: check the network."
    return f"{last}\n{doing} failed: the lines above say why."


def quietly(command: Sequence[str | Path], doing: str) -> None:
    """Run a command without showing what it says, unless it fails: then raise Trouble with its last lines."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=tool_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise Trouble(why_it_failed(done.stdout, doing))


def pip_install(*what: str | Path, doing: str) -> None:
    """Install into the environment with its own pip."""
    quietly([tool("python"), "-m", "pip", "install", "--disable-pip-version-check", *what], doing)


def install_locked(name: str, doing: str) -> None:
    """Install what a lock file pins, each package checked against its hash.

    The file names everything, so nothing is left to resolve. It must not be either: older pips (seen with 23.2)
    meet an extra such as `coverage[toml]`, pass by the version that is pinned without it, and then refuse the
    newest one for having no hash.
    """
    pip_install("--no-deps", "--require-hashes", "-r", LOCKS / f"{name}.txt", doing=doing)


def make_environment() -> None:
    """Make `.venv` from nothing and fill it with the locked packages, each checked against its hash."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise Trouble(
            "This Python comes without the venv module: "
            "on Debian or Ubuntu `apt-get install python3-venv` adds it, then run this again."
        )
    say("Making .venv from packaging/locks/dev.txt; the first time takes a minute or two.")
    quietly([sys.executable, "-m", "venv", "--clear", ENVIRONMENT], "Making .venv")
    install_locked("dev", "Installing the locked packages")


def prepare() -> None:
    """See to it that `.venv` is what the lock file and `pyproject.toml` ask for."""
    wanted, found = wanted_stamp(), found_stamp()
    if wanted == found:
        return
    if wanted["environment"] != found.get("environment"):
        make_environment()
    pip_install("--no-deps", "--no-build-isolation", "-e", ROOT, doing="Installing the project")
    STAMP.write_text(json.dumps(wanted), encoding="utf-8")


def missing_libraries() -> list[str]:
    """The libraries of the system that Qt needs and that are not there; only Linux leaves them to the system."""
    missing = []
    for library in QT_LIBRARIES if sys.platform == "linux" else ():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(library)
    return missing


def prepare_windows() -> None:
    """See to it that Qt can be loaded."""
    if missing := missing_libraries():
        install_for("Qt", missing, [QT_LIBRARIES[library] for library in missing])


def install_for(what: str, missing: Sequence[str], packages: Sequence[str]) -> None:
    """As root on Debian install what is missing of the system, elsewhere raise Trouble with its name."""
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise Trouble(
            f"{what} needs {', '.join(missing)}, which this system lacks: "
            f"on Debian or Ubuntu `sudo {' '.join(install)}` adds them, then run this again."
        )
    say(f"Installing what {what} needs of the system: {', '.join(packages)}.")
    quietly(["apt-get", "update"], "Looking for the system's packages")
    quietly(install, f"Installing what {what} needs of the system")


# ------------------------------------------------------------------------------------------- commands


def say(line: str) -> None:
    """Print a line now, before anything a child process may print."""
    print(line, flush=True)


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
    "demo": Command("Play a month between a trainer and three clients against a real daemon.", demo),
    "pictures": Command("Render every screen of the window, without a display, into a folder with an index.", pictures),
    "test": Command("Run the whole test suite; anything more is handed to pytest.", test),
    "universe": Command("Play random stories of daemon, people and devices in virtual time.", campaign("universe")),
    "crash": Command("Kill real daemons under load, and compare what was told with what is kept.", campaign("crash")),
    "fuzz": Command("Attack a real daemon with frames and floods, and watch its neighbours.", campaign("fuzz")),
    "bench": Command("Measure the daemon against references in the same run, in one table.", campaign("bench")),
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
