"""`dev.py autobahn`: the Autobahn|Testsuite against our link, as server and as client, where a Python 2.7 is found."""

import argparse
import json
import shutil
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import trio
from autobahn.echo import play_all, serving
from coachline_protocol.limits import SUBPROTOCOL

BUILD = Path(__file__).resolve().parents[2] / "build" / "autobahn"
SUITE = "autobahntestsuite==25.10.1"
MAKER = "virtualenv<20.22"
"""The last that makes environments for Python 2.7."""
INTERPRETERS = ("python2.7", "python2", "pypy")
LEFT_OUT = [
    # Messages over 64 KiB, which the link closes with 1009 (F3 of the protocol).
    *(f"9.{group}.{size}" for group in (1, 2) for size in range(2, 7)),
    *("9.3.*", "9.4.*", "9.5.*", "9.6.*"),
    # Compression, which is never negotiated (F2).
    *("12.*", "13.*"),
]
NO_PYTHON = (
    "Skipped: the Autobahn|Testsuite needs a Python 2.7 and none was found as "
    f"{', '.join(INTERPRETERS)}; `--python PATH` names one."
)
AGENT = "coachline"
PASSED = ("OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED")
START_TRIES = 300


def say(line: str) -> None:
    """Print it now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def python27(named: str | None) -> str | None:
    """A Python 2.7 that runs: the one named, or one on the path."""
    for candidate in (named,) if named else INTERPRETERS:
        path = shutil.which(candidate)
        if path is None:
            continue
        asked = subprocess.run(
            [path, "-c", "import sys; sys.exit(sys.version_info[:2] != (2, 7))"], capture_output=True
        )
        if asked.returncode == 0:
            return path
    return None


def prepared(python: str) -> Path:
    """The suite's program, installed into an environment of its own if it is not there."""
    program = BUILD / "env" / "bin" / "wstest"
    if not program.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--target", str(BUILD / "tools"), MAKER], check=True)
        make = [sys.executable, "-m", "virtualenv", "--quiet", "--python", python, str(BUILD / "env")]
        subprocess.run(make, env={"PYTHONPATH": str(BUILD / "tools"), "PATH": ""}, check=True)
        subprocess.run([str(BUILD / "env" / "bin" / "pip"), "install", "--quiet", SUITE], check=True)
    return program


def specification(name: str, content: dict[str, Any], cases: Sequence[str]) -> Path:
    """The file that says what is to be run; the report goes beside it."""
    shutil.rmtree(BUILD / name, ignore_errors=True)
    (BUILD / name).mkdir(parents=True)
    file = BUILD / f"{name}.json"
    common = {"outdir": str(BUILD / name), "cases": list(cases), "exclude-cases": LEFT_OUT, "exclude-agent-cases": {}}
    file.write_text(json.dumps({**common, **content}), encoding="utf-8")
    return file


async def as_server(program: Path, cases: Sequence[str]) -> None:
    """Our end accepts."""
    async with serving() as port:
        server = {"agent": AGENT, "url": f"ws://127.0.0.1:{port}", "protocols": [SUBPROTOCOL]}
        file = specification("server", {"servers": [server]}, cases)
        await trio.run_process([program, "-m", "fuzzingclient", "-s", file], stdout=subprocess.DEVNULL, cwd=BUILD)


async def as_client(program: Path, cases: Sequence[str]) -> None:
    """Our end dials."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    file = specification("client", {"url": f"ws://127.0.0.1:{port}"}, cases)
    command = [program, "-m", "fuzzingserver", "-u", "0", "-s", file]
    async with trio.open_nursery() as nursery:
        await nursery.start(partial(trio.run_process, command, stdout=subprocess.DEVNULL, cwd=BUILD))
        await _listens(port)
        await play_all(port, AGENT)
        nursery.cancel_scope.cancel()


async def _listens(port: int) -> None:
    """Return once somebody does."""
    for pause in (0.1,) * START_TRIES:
        try:
            await trio.aclose_forcefully(await trio.open_tcp_stream("127.0.0.1", port))
        except OSError:
            await trio.sleep(pause)
        else:
            return


def judged(name: str) -> bool:
    """Print what the suite found; whether nothing failed."""
    report = json.loads((BUILD / name / "index.json").read_text(encoding="utf-8"))[AGENT]
    counted = Counter(case["behavior"] for case in report.values())
    failed = [
        f"{number}: {case['behavior']}, closing {case['behaviorClose']}"
        for number, case in sorted(report.items())
        if case["behavior"] not in PASSED or case["behaviorClose"] not in PASSED
    ]
    say(f"{name}: {len(report)} cases, {', '.join(f'{count} {word}' for word, count in counted.most_common())}")
    for line in failed:
        say(f"  {line}")
    return not failed


def main() -> int:
    """0: nothing failed, or there was no Python 2.7 to run it with."""
    parser = argparse.ArgumentParser(prog="dev.py autobahn", description=__doc__)
    parser.add_argument("--python", help="a Python 2.7")
    parser.add_argument(
        "--cases", nargs="*", default=["*"], help='which, such as "1.*" (all but the large and compressed)'
    )
    wanted = parser.parse_args()
    python = python27(wanted.python)
    if python is None:
        say(NO_PYTHON)
        return 0
    program = prepared(python)
    held = True
    for name, play in (("server", as_server), ("client", as_client)):
        trio.run(play, program, wanted.cases)
        held = judged(name) and held
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
