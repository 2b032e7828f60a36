"""The sweep: every few seconds, what did another process write that somebody here should know of?

The operator's commands write from a process of their own, and tell nobody. A stream that is awake here reads on when
the database is ahead of it; the own stream of somebody online is woken when it went on asleep. A connection whose
device was signed out, or whose account was disabled, is ended.
"""

from typing import Final

import trio
from coachline_core.domain.person import person_stream
from coachline_core.runtime.actor import Actor
from coachline_core.runtime.executor import Executor
from coachline_protocol.codes import CloseCode
from coachline_protocol.rows import Revision, StreamId
from structlog.typing import FilteringBoundLogger

from coachline_server.people_online import PeopleOnline
from coachline_server.store.port import Store, StoreError
from coachline_server.switchboard import Switchboard

SWEEP_SECONDS: Final = 5


class Sweep(Actor[None]):
    """Nobody writes to it."""

    def __init__(
        self,
        switchboard: Switchboard,
        people: PeopleOnline,
        *,
        store: Store,
        executor: Executor,
        log: FilteringBoundLogger,
    ) -> None:
        super().__init__("sweep", size=1)
        self._switchboard = switchboard
        self._people = people
        self._store = store
        self._executor = executor
        self._log = log
        self._asleep: dict[StreamId, Revision] = {}
        """Where the own streams of those online stood at the last look."""

    async def run(self) -> None:
        while True:
            await trio.sleep(SWEEP_SECONDS)
            try:
                await self._read_on()
                await self._shut_out()
            except StoreError as error:
                self._log.warning("sweep failed", error=str(error))

    async def _read_on(self) -> None:
        held = self._switchboard.revisions()
        own = {person_stream(online.person) for online in self._people}
        streams = sorted({*held, *own})
        heads = await self._executor.read(lambda: self._store.revisions(streams))
        before, self._asleep = self._asleep, {stream: heads.get(stream, 0) for stream in own}
        for stream in streams:
            # A stream first looked at now stands where the welcome of its person said, or later: then it is told.
            head, known = heads.get(stream, 0), held.get(stream, before.get(stream, -1))
            if head > known:
                # The actor may have come as far meanwhile; then this says nothing new.
                self._switchboard.hint(stream, head)

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
