"""The listener: accepts streams, each into a connection of its own, and bounds how many of them nobody knows yet."""

import errno

import trio
import trio.abc
from coachline_core.runtime.actor import Actor
from coachline_core.runtime.nursery import flat_nursery
from coachline_core.runtime.supervisor import Supervisor
from structlog.typing import FilteringBoundLogger

from coachline_server.connection import ConnectionActor, ConnectionParts
from coachline_server.limited_line import LimitedLine
from coachline_server.metrics import Metrics
from coachline_server.settings import Settings

EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS)
"""Accepting failed for want of something that connections will give back."""
EXHAUSTED_SECONDS = 0.02
"""Until accepting is tried again. With 0.005 a third of the newcomers had to give way, where 38 descriptors were left
for them and a hundred strangers, before they had come in.
"""

CROWDED_SECONDS = 0.005
"""Until the next one is accepted after somebody had to give way: strangers who come again as soon as they went can
make 200 connections a second and no more, so they take a share of the daemon and not all of it."""

Streams = trio.abc.Listener[trio.abc.Stream]


class Unwelcomed:
    """The connections that said no valid hello yet, in all and by address: what a stranger can take is bounded.

    Whoever comes is let in, and where there is no place the one goes that has had its time: the oldest from the same
    address, or, where all addresses together have too many, the oldest from the one that has most. So those who only
    sit there keep nobody out for longer than it takes to come in, and cost nobody but themselves.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._count = 0
        self._by_address: dict[str, dict[ConnectionActor, None]] = {}
        """The oldest first."""

    def in_the_way(self, address: str) -> ConnectionActor | None:
        """Who has to go before one more from there may come."""
        if len(self._by_address.get(address, ())) >= self._settings.max_unwelcomed_per_address:
            return next(iter(self._by_address[address]))
        return self.oldest_of_most() if self._count >= self._settings.max_unwelcomed else None

    def oldest_of_most(self) -> ConnectionActor | None:
        """The oldest from the address that has most; None: there is nobody."""
        return next(iter(max(self._by_address.values(), key=len, default=())), None)

    def note(self, connection: ConnectionActor, unwelcomed: bool) -> None:
        """A connection is one of them from now on, or no more. Saying it twice does no harm."""
        of_address = self._by_address.get(connection.address, {})
        if unwelcomed == (connection in of_address):
            return
        if unwelcomed:
            self._by_address.setdefault(connection.address, of_address)[connection] = None
            self._count += 1
        else:
            del of_address[connection]
            self._count -= 1
            if not of_address:
                del self._by_address[connection.address]
        self._metrics.unwelcomed.set(self._count)


class Listener(Actor[None]):
    """Its failure would be everybody's, so whatever a connection does stays with that connection."""

    def __init__(
        self,
        listeners: list[Streams],
        *,
        supervisor: Supervisor,
        parts: ConnectionParts,
        unwelcomed: Unwelcomed,
        log: FilteringBoundLogger,
    ) -> None:
        super().__init__("listener", size=1)
        self._listeners = listeners
        self._supervisor = supervisor
        self._parts = parts
        self._unwelcomed = unwelcomed
        self._exhausted = LimitedLine(log.error, "cannot accept")
        self._accepting = trio.CancelScope()
        self._count = 0

    async def run(self) -> None:
        with self._accepting:
            async with flat_nursery() as nursery:
                for listener in self._listeners:
                    nursery.start_soon(self._accept_all, listener)
        # At once: whoever calls would be taken by the system, and wait in vain until the last one has gone.
        for listener in self._listeners:
            with trio.CancelScope(shield=True):
                await trio.aclose_forcefully(listener)

    def stop_accepting(self) -> None:
        """Close the door; those that are there are not touched."""
        self._accepting.cancel()

    async def _accept_all(self, listener: Streams) -> None:
        while True:
            try:
                stream = await listener.accept()
            except OSError as error:
                if error.errno not in EXHAUSTED:
                    raise
                self._exhausted.write(error=str(error))
                # Lest strangers who only sit there keep everybody out.
                if (oldest := self._unwelcomed.oldest_of_most()) is not None:
                    oldest.give_way()
                await trio.sleep(EXHAUSTED_SECONDS)
                continue
            if self._accepting.cancel_called:
                # He came in the turn in which the door was closed: nobody is here to look after him.
                await trio.aclose_forcefully(stream)
            elif not self._begin(stream):
                await trio.sleep(CROWDED_SECONDS)

    def _begin(self, stream: trio.abc.Stream) -> bool:
        """Let somebody in; whether there was a place for him."""
        self._count += 1
        connection = ConnectionActor(f"connection {self._count}", stream, self._parts)
        if (oldest := self._unwelcomed.in_the_way(connection.address)) is not None:
            oldest.give_way()
        self._unwelcomed.note(connection, True)
        self._supervisor.start_temporary(connection)
        return oldest is None
