"""`coachlined` as the demo runs it: a program of its own, set up and started as an operator would."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import trio
from coachline_server.data_folder import DataFolder

READY_SECONDS = 20
DRAIN_SECONDS = 10
LOOK_AGAIN_SECONDS = 0.02

# What a month in seconds needs: nobody is told to wait, and six passwords cost next to nothing.
HURRIED = {
    "COACHLINE_LIMITS_MESSAGES_PER_MINUTE": "60000",
    "COACHLINE_LIMITS_MESSAGE_BURST": "1000",
    "COACHLINE_LIMITS_CHANGES_PER_MINUTE": "60000",
    "COACHLINE_LIMITS_CHANGE_BURST": "1000",
    "COACHLINE_LIMITS_RECORD_PER_MINUTE": "60000",
    "COACHLINE_LIMITS_RECORD_BURST": "1000",
    "COACHLINE_LIMITS_SIGN_IN_BURST": "100",
    "COACHLINE_PASSWORDS_MEMORY_MIB": "8",
    "COACHLINE_PASSWORDS_PASSES": "1",
    "COACHLINE_STOP_DRAIN_SECONDS": "2",
    "COACHLINE_STOP_RETURN_SECONDS": "0",
    "COACHLINE_LOG_LEVEL": "info",
}


class DaemonFailed(Exception):
    """The daemon did not do what it was told; the text ends with what it said last."""


class Daemon:
    """One data folder, one port, and the process that serves it, again and again."""

    def __init__(self, folder: Path) -> None:
        """`folder`: where its data lie; made by `init`."""
        self.folder = folder
        self.host = "127.0.0.1"
        self.port, self._admin_port = _free_ports(self.host)
        self._log = folder.with_name("coachlined.log")
        self._process: trio.Process | None = None

    @property
    def database(self) -> Path:
        """The database's file."""
        return DataFolder(self.folder).database

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        return None if self._process is None else self._process.pid

    async def init(self) -> None:
        """Make the data folder, the configuration, the key and the database."""
        await self._command("init", "--data", str(self.folder))

    async def add_trainer(self, handle: str, name: str, zone: str, password: str) -> None:
        """Make a trainer's account, as the operator does."""
        words = ("user", "add", handle, "--role", "trainer", "--name", name, "--zone", zone, "--password-stdin")
        await self._command(*words, "--data", str(self.folder), said=password + "\n")

    async def start(self, clock_begin_ms: int | None = None, clock_rate: float = 1) -> None:
        """Start and wait until it takes connections. `clock_begin_ms`: its wall clock begins there and hurries.

        Raises DaemonFailed.
        """
        more = {"COACHLINE_LISTEN_PORT": str(self.port), "COACHLINE_ADMIN_PORT": str(self._admin_port)}
        if clock_begin_ms is not None:
            begin = datetime.fromtimestamp(clock_begin_ms / 1000, UTC)
            more["COACHLINE_DEVELOPMENT_ENABLED"] = "true"
            more["COACHLINE_DEVELOPMENT_CLOCK_BEGIN"] = begin.isoformat()
            more["COACHLINE_DEVELOPMENT_CLOCK_RATE"] = str(clock_rate)
        with self._log.open("ab") as log:
            # A session of its own, so that Ctrl-C at the terminal is ours to pass on.
            self._process = await trio.lowlevel.open_process(
                [*_COACHLINED, "serve", "--data", str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(more),
                start_new_session=True,
            )
        with trio.move_on_after(READY_SECONDS):
            while self._process.poll() is None:
                with suppress(OSError):
                    await (await trio.open_tcp_stream(self.host, self.port)).aclose()
                    return
                await trio.sleep(LOOK_AGAIN_SECONDS)
        raise DaemonFailed(f"coachlined does not serve.\n{self._last_words()}")

    async def kill(self) -> int:
        """End it as a power cut would: SIGKILL. Returns the pid that was."""
        assert self._process is not None
        pid = self._process.pid
        self._process.kill()
        await self._process.wait()
        self._process = None
        return pid

    async def stop(self) -> None:
        """Let it drain and leave; kill it if it does not. Raises DaemonFailed if it left with an error."""
        if self._process is None:
            return
        self._process.terminate()
        with trio.move_on_after(DRAIN_SECONDS):
            code = await self._process.wait()
            self._process = None
            if code != 0:
                raise DaemonFailed(f"coachlined left with {code}.\n{self._last_words()}")
            return
        await self.kill()
        raise DaemonFailed(f"coachlined did not leave within {DRAIN_SECONDS} s.\n{self._last_words()}")

    async def gone(self) -> None:
        """See to it that nothing of it runs, whatever happened before."""
        with trio.CancelScope(shield=True):
            if self._process is not None and self._process.poll() is None:
                await self.kill()

    async def _command(self, *words: str, said: str = "") -> None:
        done = await trio.run_process(
            [*_COACHLINED, *words],
            stdin=said.encode(),
            capture_stdout=True,
            capture_stderr=True,
            check=False,
            env=_environment({}),
        )
        if done.returncode != 0:
            raise DaemonFailed(
                f"`coachlined {' '.join(words[:2])}` ended with {done.returncode}.\n{done.stderr.decode()}"
            )

    def _last_words(self) -> str:
        with suppress(OSError):
            return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        return ""


_COACHLINED = (sys.executable, "-m", "coachline_server")


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    """Ours, without what was set for another daemon."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("COACHLINE_")}
    return {**kept, **HURRIED, **more}


def _free_ports(host: str) -> tuple[int, int]:
    """Two TCP ports nobody listens on; the same serve every start, so that clients find the daemon again."""
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind((host, 0))
        return one.getsockname()[1], other.getsockname()[1]
