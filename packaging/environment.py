"""The environment of a checkout: `.venv`, made of what `packaging/locks/dev.txt` pins, by hash.

It is built anew only when the lock file, the Python version or the checkout's place changes,
and the project itself is installed again only when `pyproject.toml` does.

Standard library only: this file runs before anything is installed.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGING = ROOT / "packaging"
LOCKS = PACKAGING / "locks"
ENVIRONMENT = ROOT / ".venv"
BIN = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
STAMP = ENVIRONMENT / "coachline-stamp.json"

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


class Trouble(Exception):
    """Something the person at the keyboard has to know; its text is one sentence that says what to do."""


def say(line: str) -> None:
    """Print a line now, before anything a child process may print."""
    print(line, flush=True)


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
