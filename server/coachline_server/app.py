"""The composition root: makes the daemon's parts, starts them in order, stops them in reverse, decides nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import trio
import trio.abc
from coachline_core.runtime.executor import Executor
from coachline_core.runtime.mailbox import Mailbox
from coachline_core.runtime.seams import Clock, Entropy, Ids, Network
from coachline_core.runtime.supervisor import RestartBudget, Supervisor
from coachline_core.runtime.tcp import address_of
from structlog.typing import FilteringBoundLogger

from coachline_server.admission import Admission
from coachline_server.arrivals import ArrivalsDesk
from coachline_server.auth import Auth
from coachline_server.backplane import Alone, Backplane, BackplaneActor
from coachline_server.commands import Commands
from coachline_server.connection import ConnectionParts
from coachline_server.fanout import Fanout
from coachline_server.handlers import handlers
from coachline_server.journal import Journal, JournalDesk
from coachline_server.limited_line import LimitedLine
from coachline_server.listener import Listener, Streams, Unwelcomed
from coachline_server.metrics import Metrics
from coachline_server.passwords import Passwords, Workers, WorkerThreads
from coachline_server.people_online import PeopleOnline
from coachline_server.presence import Presence
from coachline_server.reading import Reading
from coachline_server.receipt_choices import ReceiptChoices
from coachline_server.sending import Due, PromptWriter, sent_at_the_end
from coachline_server.sessions import Sessions
from coachline_server.settings import Settings
from coachline_server.signs import Signs
from coachline_server.store.port import Store, StoreError
from coachline_server.sweep import Sweep
from coachline_server.switchboard import Switchboard
from coachline_server.turns import Decides, EndOfTurn, Undecided

JOURNAL_BUDGET = RestartBudget(restarts=5, seconds=60)
"""A journal that crashes more often has a broken disk under it: better to end and be started anew by the system."""
LISTENER_BUDGET = RestartBudget(restarts=5, seconds=60)
BACKPLANE_BUDGET = RestartBudget(restarts=5, seconds=60)
SWEEP_BUDGET = RestartBudget(restarts=5, seconds=60)
ARRIVALS_BUDGET = RestartBudget(restarts=5, seconds=60)
DECIDER_BUDGET = RestartBudget(restarts=5, seconds=60)
STREAMS_UNDECIDED = 16_384
"""Streams told something in one turn; the tasks of the next ones are woken for it."""
FLUSHER_BUDGET = RestartBudget(restarts=5, seconds=60)
WRITERS_DUE = 4_096
"""Connections told something in one turn; the next ones send at once, without waiting for its end."""


class App:
    """One daemon. Everything from outside is passed in, so that a test can run it whole in one process.

    `executor` runs what `store` does; `workers` run password hashing (threads of their own by default);
    without a `backplane` it is the only node.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        ids: Ids,
        entropy: Entropy,
        network: Network,
        executor: Executor,
        store: Store,
        backplane: Backplane | None = None,
        log: FilteringBoundLogger,
        workers: Workers | None = None,
    ) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.address: tuple[str, int] | None = None
        """Where it listens, once it does and if that can be known."""
        self.ready = False
        self._clock = clock
        self._ids = ids
        self._entropy = entropy
        self._network = network
        self._executor = executor
        self._store = store
        self._backplane = backplane or Alone()
        self._log = log
        self._workers = workers or WorkerThreads(settings.passwords.at_once)
        self._arrivals = ArrivalsDesk()
        self._undecided: Undecided = Mailbox(STREAMS_UNDECIDED, name="undecided")
        self._due: Due = Mailbox(WRITERS_DUE, name="due")
        self._journal = JournalDesk(partial(sent_at_the_end, self._due))

    async def run(self) -> None:
        """Serve until cancelled; then everything ends at once. `running` ends in order."""
        async with self.running():
            await trio.sleep_forever()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["App"]:
        """Serve inside the block. At its end: no new connections, every client told when to come back, what was
        asked answered, what was accepted on disk.

        Raises OSError if the address cannot be listened on, StoreError if the database does not answer.
        """
        epoch = await self._executor.read(self._store.epoch)
        settings, on_crash = self.settings, self._crashed
        grace = settings.drain_seconds
        async with Supervisor(on_crash=on_crash, grace=grace) as storage:
            storage.start("journal", self._new_journal, budget=JOURNAL_BUDGET)
            async with Supervisor(on_crash=on_crash, grace=grace) as streams:
                switchboard, parts, unwelcomed = self._wire(epoch)
                switchboard.open(streams)
                streams.start(
                    "backplane", lambda: BackplaneActor(self._backplane, switchboard.hint), budget=BACKPLANE_BUDGET
                )
                streams.start(
                    "arrivals", lambda: self._arrivals.open(self._store, self._executor), budget=ARRIVALS_BUDGET
                )
                streams.start("decider", self._new_decider, budget=DECIDER_BUDGET)
                streams.start("flusher", self._new_flusher, budget=FLUSHER_BUDGET)
                streams.start("sweep", lambda: self._new_sweep(switchboard, parts), budget=SWEEP_BUDGET)
                listeners = await self._network.listen(settings.host, settings.port)
                self.address = _address(listeners)
                try:
                    async with Supervisor(on_crash=on_crash, grace=grace) as connections:
                        listener = connections.start(
                            "listener",
                            lambda: Listener(
                                listeners,
                                supervisor=connections,
                                parts=parts,
                                unwelcomed=unwelcomed,
                                log=self._log,
                            ),
                            budget=LISTENER_BUDGET,
                        )
                        self.ready = True
                        try:
                            yield self
                        finally:
                            self.ready = False
                            listener.current.stop_accepting()
                finally:
                    for each in listeners:
                        with trio.CancelScope(shield=True):
                            await trio.aclose_forcefully(each)
                switchboard.close()

    async def unready(self) -> str | None:
        """Why no work can be taken now, in a sentence; None: it can."""
        if not self.ready:
            return "not accepting connections"
        try:
            await self._executor.read(self._store.epoch)
        except StoreError as error:
            return f"the database does not answer: {error}"
        return None

    def _wire(self, epoch: bytes) -> tuple[Switchboard, ConnectionParts, Unwelcomed]:
        settings, store, executor, clock = self.settings, self._store, self._executor, self._clock
        people = PeopleOnline(clock, settings.rates)
        self.metrics.people.set_function(lambda: len(people))
        fanout = Fanout(people, epoch)
        choices = ReceiptChoices(store, executor)
        presence = Presence(
            people=people, fanout=fanout, journal=self._journal, store=store, executor=executor, clock=clock
        )
        switchboard = Switchboard(
            settings,
            store=store,
            executor=executor,
            journal=self._journal,
            undecided=self._undecided,
            fanout=fanout,
            people=people,
            presence=presence,
            backplane=self._backplane,
            choices=choices,
            clock=clock,
            metrics=self.metrics,
            log=self._log,
        )
        auth = Auth(
            settings,
            store=store,
            executor=executor,
            journal=self._journal,
            switchboard=switchboard,
            passwords=Passwords(settings.passwords, self._entropy, self._workers),
            entropy=self._entropy,
            clock=clock,
        )
        reading = Reading(store, executor, choices, epoch)
        unwelcomed = Unwelcomed(settings, self.metrics)
        parts = ConnectionParts(
            settings=settings,
            handlers=handlers(
                Sessions(settings, auth, self._arrivals, store, executor, people, reading, clock, epoch),
                Commands(store, executor, switchboard, people, auth, clock, Admission(clock, self.metrics)),
                Signs(switchboard, presence),
                reading,
            ),
            people=people,
            presence=presence,
            clock=clock,
            entropy=self._entropy,
            metrics=self.metrics,
            log=self._log,
            failed_handshakes=LimitedLine(self._log.info, "handshake failed"),
            due=self._due,
            unwelcomed=unwelcomed.note,
        )
        return switchboard, parts, unwelcomed

    def _new_sweep(self, switchboard: Switchboard, parts: ConnectionParts) -> Sweep:
        return Sweep(
            switchboard,
            parts.people,
            store=self._store,
            executor=self._executor,
            journal=self._journal,
            clock=self._clock,
            metrics=self.metrics,
            log=self._log,
        )

    def _new_decider(self) -> EndOfTurn[Decides]:
        return EndOfTurn("decider", self._undecided, lambda stream: stream.turn())

    def _new_flusher(self) -> EndOfTurn[PromptWriter]:
        return EndOfTurn("flusher", self._due, PromptWriter.send_due)

    def _new_journal(self) -> Journal:
        return self._journal.open(self._store, self._executor, self.metrics)

    def _crashed(self, name: str, error: Exception) -> None:
        self.metrics.crashes.labels(name.partition(" ")[0]).inc()
        self._log.error("actor crashed", actor=name, exc_info=error)


def _address(listeners: list[Streams]) -> tuple[str, int] | None:
    return next((address for listener in listeners if (address := address_of(listener)) is not None), None)
