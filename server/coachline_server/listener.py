"""The listener: accepts streams, each into a connection of its own, and bounds how many of them nobody knows yet."""

import errno
from collections import Counter

import trio
import trio.abc
from coachline_core.runtime.actor import Actor
from coachline_core.runtime.nursery import flat_nursery
from coachline_core.runtime.supervisor import Supervisor
from structlog.typing import FilteringBoundLogger

from coachline_server.connection import ConnectionActor, ConnectionParts
from coachline_server.metrics import Metrics
from coachline_server.settings import Settings

EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS)
"""Accepting failed for want of something that connections will give back."""
EXHAUSTED_SECONDS = 0.1
"""Until accepting is tried again."""

Streams = trio.abc.Listener[trio.abc.Stream]


class Unwelcomed:
    """The connections that said no valid hello yet, in all and by address: what a stranger can take is bounded."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._connections: set[ConnectionActor] = set()
        self._by_address: Counter[str] = Counter()

    def full(self, address: str) -> bool:
        """Whether one more from there is one too many."""
        settings = self._settings
        return (
            len(self._connections) >= settings.max_unwelcomed
            or self._by_address[address] >= settings.max_unwelcomed_per_address
        )

    def note(self, connection: ConnectionActor, unwelcomed: bool) -> None:
        """A connection is one of them from now on, or no more. Saying it twice does no harm."""
        if unwelcomed == (connection in self._connections):
            return
        if unwelcomed:
            self._connections.add(connection)
            self._by_address[connection.address] += 1
        else:
            self._connections.remove(connection)
            self._by_address[connection.address] -= 1
            if not self._by_address[connection.address]:
                del self._by_address[connection.address]
        self._metrics.unwelcomed.set(len(self._connections))


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
        self._log = log
        self._accepting = trio.CancelScope()
        self._count = 0

    async def run(self) -> None:
        with self._accepting:
            async with flat_nursery() as nursery:
                for listener in self._listeners:
                    nursery.start_soon(self._accept_all, listener)

    def stop_accepting(self) -> None:
        """Take no new connections; those that are there are not touched."""
        self._accepting.cancel()

    async def _accept_all(self, listener: Streams) -> None:
        while True:
            try:
                stream = await listener.accept()
            except OSError as error:
                if error.errno not in EXHAUSTED:
                    raise
                self._log.error("cannot accept", error=str(error))
                await trio.sleep(EXHAUSTED_SECONDS)
                continue
            await self._begin(stream)

    async def _begin(self, stream: trio.abc.Stream) -> None:
        self._count += 1
        connection = ConnectionActor(f"connection {self._count}", stream, self._parts)
        if self._unwelcomed.full(connection.address):
            # Before the handshake: a code would cost what is being protected.
            self._parts.metrics.handshakes.labels("overloaded").inc()
            await trio.aclose_forcefully(stream)
            return
        self._unwelcomed.note(connection, True)
        self._supervisor.start_temporary(connection)
