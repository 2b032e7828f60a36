"""Servers in processes of their own: started, pinned to a core, their CPU time and memory read, and ended."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CPUS = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
SERVER_CPU, LOAD_CPU = (CPUS[0], CPUS[1]) if len(CPUS) > 1 else (None, None)
"""Where the servers run and where the load comes from; None: this machine has no two cores to tell apart."""
TESTS = Path(__file__).resolve().parents[1]
PAGE = resource.getpagesize()
GIVE_UP_SECONDS = 15


class Server:
    """A running server process."""

    def __init__(self, process: subprocess.Popen[bytes], ready: dict[str, Any]) -> None:
        self.process = process
        self.address = ("127.0.0.1", ready["port"])
        self.ready = ready

    def cpu(self) -> float:
        """User and system time of the process and those it started, in seconds."""
        return sum(time.clock_gettime(_cpu_clock(pid)) for pid in self._family())

    def memory(self) -> int:
        """Resident bytes."""
        return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE for pid in self._family())

    def _family(self) -> list[int]:
        """The process and its descendants."""
        found, left = [], [self.process.pid]
        while left:
            pid = left.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").iterdir():
                left += map(int, (task / "children").read_text().split())
        return found


def _cpu_clock(pid: int) -> int:
    """The clock that counts a process's CPU time; what `clock_getcpuclockid` (POSIX) answers on Linux."""
    return (~pid << 3) | 2


@contextmanager
def started(command: Sequence[str], log: Path, **environment: str) -> Iterator[Server]:
    """Run a server that writes one JSON line with its `port` to the descriptor named `{ready}` in its command."""
    reading, writing = os.pipe()
    words = [word.replace("{ready}", str(writing)) for word in command]
    # Nobody's settings of a daemon but those measured with.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COACHLINE_")}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**kept, "PYTHONPATH": str(TESTS), **environment},
            pass_fds=(writing,),
        )
    os.close(writing)
    pin(process.pid, SERVER_CPU)
    try:
        with open(reading, encoding="utf-8") as pipe:
            line = pipe.readline()
        if not line:
            raise RuntimeError(f"{words[:2]} did not start:\n{log.read_text(encoding='utf-8')[-2000:]}")
        yield Server(process, json.loads(line))
    finally:
        process.terminate()
        try:
            process.wait(GIVE_UP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def pin(pid: int, cpu: int | None) -> None:
    """Run a process, 0 being this one, on one core only."""
    if cpu is not None:
        os.sched_setaffinity(pid, {cpu})


def many_files() -> None:
    """Allow this process, and the servers it starts, as many sockets as the system lets it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
