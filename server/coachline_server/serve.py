"""`coachlined serve`: the process around the daemon: store, clock, listeners, signals, and the order of its end."""

import gc
import json
import os
import signal
import ssl
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Final

import trio
import trio.abc
from coachline_core.runtime.executor import Executor, ThreadExecutor
from coachline_core.runtime.logging import configure, get_logger
from coachline_core.runtime.nursery import flat_nursery
from coachline_core.runtime.seams import CatchUpClock, Clock, Ids, Network, SystemClock, SystemEntropy, TcpNetwork
from coachline_core.runtime.tcp import address_of
from structlog.typing import FilteringBoundLogger

from coachline_server.admin import Admin
from coachline_server.app import App
from coachline_server.backplane import Alone
from coachline_server.config import Configuration
from coachline_server.data_folder import DataFolder
from coachline_server.exits import Exit, Stopped
from coachline_server.store.opening import open_store
from coachline_server.store.port import Store, StoreCorrupt, StoreError
from coachline_server.tls import TlsNetwork

if sys.platform != "win32":
    import resource

TO_STOP: Final = (signal.SIGINT, signal.SIGTERM)
TO_RELOAD: Final = (signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()
TO_EVERYBODY_ELSE: Final = 0o077
"""What the daemon writes is its user's only."""


GARBAGE_OBJECTS: Final = 10_000
"""New objects after which the collector looks for cycles (Python's own: 700, some two messages): in a process that
holds connections it went through them for a tenth of all CPU time, and hardly any object of ours is in a cycle."""
GARBAGE_AGAIN: Final = 30
"""Times it has looked before it looks again at what was left (Python's own: 10). A connection is some 140 objects, so
of a thousand that came back together each was gone through twice while the others waited."""
SWITCH_SECONDS: Final = 0.0001
"""How long the event loop keeps the interpreter from the storage thread (Python's own: 0.005), which asks for it back
after every statement. Offered twice what there is room for, the loop is full: at 0.0005 commits took up to 119 ms at
times and next to nothing was done, at 0.0001 they took 21 to 33 and half and more of what there is room for was."""


def serve(configuration: Configuration, ready_fd: int | None) -> None:
    """Serve until told to stop; returns when everything accepted is on disk. Raises Stopped, StoreError."""
    logs = configuration.values.log
    configure(logs.level, logs.format)
    # Bound once: else every line makes its logger anew, also one that is not written.
    log = get_logger("coachlined").bind()
    daemon = Daemon(configuration, _clock(configuration), _tls(configuration), log, ready_fd)
    os.umask(TO_EVERYBODY_ELSE)
    take_all_descriptors()
    gc.freeze()  # what was imported stays: there is no need to go through it again
    gc.set_threshold(GARBAGE_OBJECTS, GARBAGE_AGAIN)
    sys.setswitchinterval(SWITCH_SECONDS)
    with _serving_store(DataFolder(configuration.data), daemon.clock, log) as store:
        trio.run(daemon.run, store)
    log.info("stopped")


def take_all_descriptors() -> None:
    """Raise the limit of open files as far as the system lets us: a connection is one, and a shell gives 1,024."""
    if sys.platform != "win32":
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        with suppress(OSError, ValueError):  # where it names no limit and has one all the same, as on macOS
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@dataclass
class Daemon:
    """One run of the daemon, from listening to the last commit."""

    configuration: Configuration
    clock: Clock
    tls: ssl.SSLContext | None
    log: FilteringBoundLogger
    ready_fd: int | None

    async def run(self, store: Store) -> None:
        """Until a signal. The first one drains, a second one cancels everything."""
        async with flat_nursery() as nursery, ThreadExecutor() as executor:
            told = trio.Event()
            await nursery.start(self._heed_signals, told, nursery.cancel_scope)
            app = self._app(store, executor)
            probe = Admin(unready=lambda: _unready(app, executor, store), metrics=app.metrics.text)
            admin = self.configuration.values.admin
            with listening("admin", admin.host, admin.port):
                listeners = await TcpNetwork().listen(admin.host, admin.port)
            nursery.start_soon(probe.run, listeners)
            async with AsyncExitStack() as ending:
                with listening("listen", app.settings.host, app.settings.port):
                    await ending.enter_async_context(app.running())
                self._say_ready(app, _port(listeners))
                await told.wait()
                self.log.info("draining", seconds=self.configuration.values.stop.drain_seconds)
            nursery.cancel_scope.cancel()

    def _app(self, store: Store, executor: Executor) -> App:
        entropy, network = SystemEntropy(), TcpNetwork()
        secured: Network = network if self.tls is None else TlsNetwork(network, self.tls)
        return App(
            self.configuration.settings,
            clock=self.clock,
            ids=Ids(self.clock, entropy),
            entropy=entropy,
            network=secured,
            executor=executor,
            store=store,
            backplane=Alone(),
            log=self.log,
        )

    async def _heed_signals(
        self,
        told: trio.Event,
        everything: trio.CancelScope,
        *,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        for stop in TO_STOP:
            # What the receiver restores at its end: a signal more must not turn an orderly stop into a crash.
            signal.signal(stop, signal.SIG_IGN)
        with trio.open_signal_receiver(*TO_STOP, *TO_RELOAD) as signals:
            task_status.started()
            async for number in signals:
                if number in TO_RELOAD:
                    self._reload()
                elif told.is_set():
                    self.log.warning("stopping without draining", signal=signal.Signals(number).name)
                    everything.cancel()
                else:
                    self.log.info("told to stop", signal=signal.Signals(number).name)
                    told.set()

    def _reload(self) -> None:
        files = self.configuration.certificate_files
        if files is None or self.tls is None:
            self.log.info("nothing to read anew: no certificate is configured")
            return
        try:
            files.load_into(self.tls)
        except Stopped as refused:
            self.log.error("certificate not read anew", reason=str(refused))
        else:
            self.log.info("certificate read anew", certificate=str(files.certificate))

    def _say_ready(self, app: App, admin_port: int) -> None:
        host, port = app.address or (app.settings.host, app.settings.port)
        where = {"host": host, "port": port, "admin_port": admin_port, "tls": self.tls is not None}
        self.log.info("ready", **where)
        if self.ready_fd is not None:
            with open(self.ready_fd, "w", encoding="utf-8") as out:
                out.write(json.dumps({"event": "ready", **where}) + "\n")


@contextmanager
def listening(section: str, host: str, port: int) -> Iterator[None]:
    """Turns what the system says of an address into a sentence that names the keys."""
    try:
        yield
    except OSError as error:
        raise Stopped(
            Exit.ADDRESS,
            f"Cannot listen on {host}:{port}: {error.strerror or error}."
            f" Set {section}.host and {section}.port, or stop what is using it.",
        ) from error


@contextmanager
def _serving_store(folder: DataFolder, clock: Clock, log: FilteringBoundLogger) -> Iterator[Store]:
    def report(problem: StoreCorrupt) -> None:
        log.error("row unreadable", problem=str(problem))

    store = open_store(folder.database_url, folder.key, serving=True, report=report)
    try:
        epoch = store.begin_boot(folder.boot, Ids(clock, SystemEntropy()).new())
        log.info("database open", database=str(folder.database), epoch=epoch)
        yield store
    finally:
        store.close()


async def _unready(app: App, executor: Executor, store: Store) -> str | None:
    """Why no work can be taken now: not accepting, or the database cannot be written."""
    if (reason := await app.unready()) is not None:
        return reason
    try:
        await executor.write(store.prove_writable)
    except StoreError as error:
        return str(error)
    return None


def _clock(configuration: Configuration) -> Clock:
    development = configuration.values.development
    if development.clock_begin is None:
        return SystemClock()
    begin_ms = int(development.clock_begin.timestamp() * 1000)
    try:
        return CatchUpClock(begin_ms, development.clock_rate, SystemClock())
    except ValueError as error:
        raise Stopped(
            Exit.USAGE, f"development.clock_begin = {development.clock_begin.isoformat()}: it must be a past time."
        ) from error


def _tls(configuration: Configuration) -> ssl.SSLContext | None:
    files = configuration.certificate_files
    return None if files is None else files.context()


def _port(listeners: list[trio.abc.Listener[trio.abc.Stream]]) -> int:
    address = address_of(listeners[0])
    return 0 if address is None else address[1]
