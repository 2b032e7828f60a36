"""Where a play is played: a whole daemon in this process and virtual time, or the real program over loopback.

Both are made from the same configuration file and the same data folder, so what a play sets holds in both.
"""

import json
import os
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import trio
from coachline_core.client.cache import Cache
from coachline_core.client.values import ServerAddress
from coachline_core.runtime.executor import Executor, InlineExecutor, ThreadExecutor
from coachline_core.runtime.logging import get_logger
from coachline_core.runtime.seams import (
    Clock,
    Entropy,
    Ids,
    Network,
    SeededEntropy,
    SystemClock,
    TcpNetwork,
    VirtualClock,
)
from coachline_server.app import App
from coachline_server.backplane import Alone
from coachline_server.config import load
from coachline_server.data_folder import DataFolder
from coachline_server.initialise import initialise
from coachline_server.passwords import Workers
from coachline_server.settings import Settings
from coachline_server.store.opening import open_store
from coachline_server.store.port import Store
from coachline_server.sweep import SWEEP_SECONDS
from support.daemon import NOW, InlineWorkers
from support.network import MemoryNetwork
from support.process import GIVE_UP_SECONDS

Configured = Mapping[str, float | int]
"""What a play sets in the daemon's configuration, by key path such as `limits.message_burst`."""

UNHURRIED: Configured = {
    "listen.port": 0,
    "admin.port": 0,
    "limits.messages_per_minute": 100_000,
    "limits.message_burst": 5_000,
    "limits.changes_per_minute": 10_000,
    "limits.change_burst": 1_000,
    "passwords.memory_mib": 8,
    "passwords.passes": 1,
    "stop.drain_seconds": 5,
    "stop.return_seconds": 1,
}
"""Few plays are about limits, and none about what a password hash costs."""
DAY_MS = 24 * 60 * 60 * 1000
WEEK = timedelta(weeks=1)


def monday_before(now: datetime) -> timedelta:
    """From `now` to the noon of a Monday two to three weeks ago, when a play begins that takes days."""
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
    return noon - timedelta(days=noon.weekday()) - 2 * WEEK - now


class Ground(ABC):
    """A daemon that can be started and stopped in every way, and what devices need to reach it."""

    patience: float
    """Seconds after which what was waited for will not come."""
    clock: Clock
    entropy: Entropy
    """That of the devices."""

    def __init__(self, folder: Path, configured: Configured, *, shifted: timedelta) -> None:
        """`shifted`: how far from the present the play begins."""
        self.shifted = shifted
        self._folder = folder / "daemon"
        self.data = DataFolder(self._folder)
        self._configured = {**UNHURRIED, **configured}
        for _ in initialise(None, self._folder):
            pass
        self._file = self._folder / "coachlined.toml"
        self._configure()

    def _configure(self) -> None:
        sections: dict[str, list[str]] = {}
        for path, value in self._configured.items():
            section, name = path.split(".")
            sections.setdefault(section, []).append(f"{name} = {value}")
        if self.shifted:
            begin = datetime.now(UTC) + self.shifted
            sections["development"] = ["enabled = true", f"clock_begin = {begin.isoformat()}", "clock_rate = 1.001"]
        text = "".join(f"[{section}]\n" + "\n".join(lines) + "\n" for section, lines in sections.items())
        self._file.write_text(text, encoding="utf-8")

    @abstractmethod
    async def start(self) -> ServerAddress:
        """Start the daemon; it listens where it listened before."""

    @abstractmethod
    async def kill(self) -> None:
        """The daemon ends between two instructions."""

    @abstractmethod
    async def drain(self) -> None:
        """The daemon is told to stop, and does."""

    @abstractmethod
    async def metrics(self) -> str:
        """What the daemon counts now."""

    @abstractmethod
    async def swept(self) -> None:
        """Until the daemon has swept once more, where that costs no time; elsewhere it did if the play was long."""

    @abstractmethod
    def network(self, name: str) -> Network:
        """The network as a device of this name has it."""

    @abstractmethod
    def executor(self, cache: Cache) -> AbstractAsyncContextManager[Executor]:
        """What a device's cache is used on."""

    @abstractmethod
    def complaints(self) -> list[str]:
        """What the daemon said that it should not have had to say."""

    def days_pass(self, days: int) -> None:
        """A play that began long ago goes on some days later; the daemon must be down."""
        self.shifted += timedelta(days=days)
        self._configure()

    @contextmanager
    def operator(self) -> Iterator[Store]:
        """The database as the command line opens it, beside the daemon."""
        store = open_store(self.data.database_url, self.data.key)
        try:
            yield store
        finally:
            store.close()

    def backup(self, file: Path) -> None:
        """As `coachlined backup` does."""
        with self.operator() as store:
            store.backup(file)

    def restore(self, file: Path) -> None:
        """Put a backup in the database's place; the daemon must be down."""
        for old in self._folder.glob(self.data.database.name + "*"):
            if old.suffix != ".lock":
                old.unlink()
        file.replace(self.data.database)


class MemoryGround(Ground):
    """Everything in one process, without a thread, in time that jumps."""

    patience = 300.0

    def __init__(self, nursery: trio.Nursery, folder: Path, configured: Configured, *, long_ago: bool) -> None:
        begins = datetime.fromtimestamp(NOW / 1000, UTC)
        super().__init__(folder, configured, shifted=monday_before(begins) if long_ago else timedelta())
        self._nursery = nursery
        self._net = MemoryNetwork()
        self._wall = VirtualClock(round((begins + self.shifted).timestamp() * 1000))
        self.clock = self._wall
        self.entropy = SeededEntropy(2)
        self._daemons_entropy = SeededEntropy(3)
        self._crash = trio.CancelScope()
        self._stop = trio.Event()
        self._down = trio.Event()
        self._app: App
        self._complaints: list[str] = []

    @property
    def _settings(self) -> Settings:
        return replace(load(self._file, {}).settings, host="server", port=443)

    async def start(self) -> ServerAddress:
        await self._nursery.start(self._serve)
        return ServerAddress("server", 443, tls=False)

    async def kill(self) -> None:
        self._net.isolate("server")
        self._crash.cancel()
        await self._down.wait()
        self._net.restore("server")

    async def drain(self) -> None:
        self._stop.set()
        await self._down.wait()

    async def metrics(self) -> str:
        await trio.lowlevel.checkpoint()
        return self._app.metrics.text().decode()

    async def swept(self) -> None:
        await trio.sleep(2 * SWEEP_SECONDS)

    def network(self, name: str) -> Network:
        return self._net.seen_from(name)

    @asynccontextmanager
    async def executor(self, cache: Cache) -> AsyncIterator[Executor]:
        try:
            yield InlineExecutor()
        finally:
            cache.close()

    def complaints(self) -> list[str]:
        return self._complaints

    def days_pass(self, days: int) -> None:
        super().days_pass(days)
        self._wall.jump(days * DAY_MS)

    async def _serve(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        self._crash, self._stop, self._down = trio.CancelScope(), trio.Event(), trio.Event()
        workers: Workers = InlineWorkers()
        report = self._complaints
        store = open_store(
            self.data.database_url, self.data.key, serving=True, report=lambda problem: report.append(str(problem))
        )
        try:
            ids = Ids(self._wall, self._daemons_entropy)
            store.begin_boot(self.data.boot, ids.new())
            self._app = App(
                self._settings,
                clock=self._wall,
                ids=ids,
                entropy=self._daemons_entropy,
                network=self._net.seen_from("server"),
                executor=InlineExecutor(),
                store=store,
                log=get_logger("daemon"),
                workers=workers,
                backplane=Alone(),
            )
            with self._crash:
                async with self._app.running():
                    task_status.started()
                    await self._stop.wait()
        finally:
            store.close()
            self._down.set()


class LoopbackGround(Ground):
    """`coachlined serve`, a process of its own, in real time."""

    patience = float(GIVE_UP_SECONDS)

    def __init__(self, folder: Path, configured: Configured, *, long_ago: bool) -> None:
        super().__init__(folder, configured, shifted=monday_before(datetime.now(UTC)) if long_ago else timedelta())
        self._wall = ShiftedClock(self.shifted)
        self.clock = self._wall
        self.entropy = Hasty(SeededEntropy(int.from_bytes(os.urandom(4), "big")))
        self._log = folder / "daemon.log"
        self._process: trio.Process | None = None
        self._where: dict[str, Any] = {}

    async def start(self) -> ServerAddress:
        reading, writing = os.pipe()
        command = [sys.executable, "-m", "coachline_server", "serve", "--data", str(self._folder)]
        command += ["--ready-fd", str(writing), "--port", str(self._where.get("port", 0))]
        try:
            with self._log.open("ab") as log:
                self._process = await trio.lowlevel.open_process(
                    command,
                    pass_fds=(writing,),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
                )
        finally:
            os.close(writing)
        async with trio.lowlevel.FdStream(reading) as pipe:
            with trio.fail_after(self.patience):
                said = b"".join([chunk async for chunk in pipe])
        assert said, self._log.read_text(encoding="utf-8")
        self._where = json.loads(said)
        return ServerAddress(self._where["host"], self._where["port"], tls=False)

    async def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        await self._process.wait()
        self._process = None

    async def drain(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        code = await self._process.wait()
        self._process = None
        assert code == 0, self._log.read_text(encoding="utf-8")

    async def end(self) -> None:
        """Whatever happened, no process stays."""
        if self._process is not None:
            with trio.CancelScope(shield=True):
                await self.kill()

    async def metrics(self) -> str:
        stream = await trio.open_tcp_stream("127.0.0.1", self._where["admin_port"])
        async with stream:
            await stream.send_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return b"".join([chunk async for chunk in stream]).decode()

    async def swept(self) -> None:
        await trio.lowlevel.checkpoint()

    def network(self, name: str) -> Network:
        return TcpNetwork()

    def days_pass(self, days: int) -> None:
        super().days_pass(days)
        self._wall.shifted = self.shifted

    def executor(self, cache: Cache) -> AbstractAsyncContextManager[Executor]:
        return ThreadExecutor(readers=1, at_thread_end=cache.close)

    def complaints(self) -> list[str]:
        lines = self._log.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if json.loads(line)["level"] in ("error", "critical")]


class ShiftedClock:
    """The machine's clock, some time away: the devices' clock goes with the daemon's."""

    def __init__(self, shifted: timedelta) -> None:
        self._system = SystemClock()
        self.shifted = shifted

    def now(self) -> int:
        return self._system.now() + round(self.shifted / timedelta(milliseconds=1))

    def monotonic(self) -> float:
        return self._system.monotonic()


class Hasty:
    """Draws from the lowest tenth: waiting before a reconnect is jittered still, and a real second stays short."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy

    def token(self, n: int) -> bytes:
        return self._entropy.token(n)

    def uniform(self, a: float, b: float) -> float:
        return self._entropy.uniform(a, a + (b - a) / 10)
