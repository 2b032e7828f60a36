"""The sweep: every few seconds, what did another process write that somebody here should know of?

The operator's commands write from a process of their own, and tell nobody. A stream that is awake here reads on when
the database is ahead of it; the own stream of somebody online is woken when it went on asleep. A connection whose
device was signed out, or whose account was disabled, is ended. Streams that nobody spoke to for long are put to rest.
Answers that nobody may ask for again are forgotten.

What this process writes itself is told without it. So whatever the sweep finds though no command was given is a
defect of the telling; it is mended, counted and logged, and every play holds the count to 0.
"""

from collections.abc import Mapping
from typing import Final

import trio
from coachline_core.domain.person import person_stream
from coachline_core.domain.streams import forgettable
from coachline_core.runtime.actor import Actor
from coachline_core.runtime.executor import Executor
from coachline_core.runtime.seams import Clock
from coachline_protocol.codes import CloseCode
from coachline_protocol.rows import Revision, StreamId
from structlog.typing import FilteringBoundLogger

from coachline_server.journal import JournalDesk
from coachline_server.metrics import Metrics
from coachline_server.people_online import PeopleOnline
from coachline_server.store.port import AnswersForgotten, Append, Failed, Store, StoreError
from coachline_server.switchboard import Switchboard

SWEEP_SECONDS: Final = 5
GRACE_SECONDS: Final = 0.5
"""A stream that is behind has this long to come as far by itself: between a commit and its telling lie some turns."""
FORGOTTEN_AT_ONCE: Final = 100
"""Answers, in a commit of some 1 ms: twenty a second, more than people change their minds."""


class Sweep(Actor[None]):
    """Nobody writes to it."""

    def __init__(
        self,
        switchboard: Switchboard,
        people: PeopleOnline,
        *,
        store: Store,
        executor: Executor,
        journal: JournalDesk,
        clock: Clock,
        metrics: Metrics,
        log: FilteringBoundLogger,
    ) -> None:
        super().__init__("sweep", size=1)
        self._switchboard = switchboard
        self._people = people
        self._store = store
        self._executor = executor
        self._journal = journal
        self._clock = clock
        self._metrics = metrics
        self._log = log
        self._seen: dict[StreamId, Revision] = {}
        """Where the own streams of those online stood at the last look."""

    async def run(self) -> None:
        while True:
            await trio.sleep(SWEEP_SECONDS - GRACE_SECONDS)
            self._switchboard.put_to_rest()
            try:
                await self._shut_out()
                await self._read_on()
                await self._forget()
            except StoreError as error:
                self._log.warning("sweep failed", error=str(error))

    async def _read_on(self) -> None:
        own = {person_stream(online.person): online.own_rev for online in self._people if online.own_rev is not None}
        streams = sorted({*self._switchboard.revisions(), *own})
        heads = await self._executor.read(lambda: self._store.revisions(streams))
        # What is new here was told to its person by the welcome.
        self._seen = {stream: self._seen.get(stream, welcomed) for stream, welcomed in own.items()}
        behind = self._behind(heads)
        if behind:
            # What was seen may be a commit whose actor waits for the disk's answer still. Once one that is asked for
            # after it has been answered, the actor has its answer too.
            await self._journal.append(Append())
        await trio.sleep(GRACE_SECONDS)
        still = self._behind(heads)
        for stream in sorted(behind.keys() & still.keys()):
            if self._switchboard.at_work(stream):
                continue  # it reads what there is as it wakes, or on its next append, which will not fit
            found = still[stream]
            self._metrics.swept.inc(found)
            self._log.warning("sweep found a stream behind", stream=f"{stream.kind} {stream.id.hex()}", revisions=found)
            self._switchboard.hint(stream, heads[stream])
        self._seen = {stream: heads.get(stream, 0) for stream in self._seen}

    def _behind(self, heads: Mapping[StreamId, Revision]) -> dict[StreamId, int]:
        """The streams that were told less than the database holds, and by how many revisions."""
        told = self._seen | self._switchboard.revisions()
        # One that is not among these went to rest meanwhile, and told all it had.
        return {stream: head - told[stream] for stream, head in heads.items() if head > told.get(stream, head)}

    async def _forget(self) -> None:
        before = forgettable(self._clock.now())
        upto = await self._executor.read(lambda: self._store.passing(before, FORGOTTEN_AT_ONCE))
        if upto is None:
            return
        outcome = await self._journal.append(Append(facts=(AnswersForgotten(upto),)))
        if isinstance(outcome, Failed):
            raise outcome.error

    async def _shut_out(self) -> None:
        connections = [connection for online in self._people for connection in online.connections]
        devices = sorted({connection.device for connection in connections})
        shut_out = await self._executor.read(lambda: self._store.shut_out(devices))
        for connection in connections:
            disabled = shut_out.get(connection.device)
            if disabled is None:
                continue
            if disabled:
                connection.dismiss(CloseCode.ACCOUNT_DISABLED, "this account is disabled", purge=True)
            else:
                connection.dismiss(CloseCode.DEVICE_REVOKED, "this device was signed out", purge=True)
