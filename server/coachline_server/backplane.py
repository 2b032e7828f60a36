"""The backplane: what nodes over one database tell each other. A hint, never the truth: a lost one costs latency.

A hint says “stream X is at revision n now”. Whoever hears it reads the database, so hints may come twice, late,
out of order, or not at all.
"""

from collections.abc import Callable
from typing import Protocol

import trio
from coachline_core.runtime.actor import Actor
from coachline_protocol.rows import Revision, StreamId

Heard = Callable[[StreamId, Revision], None]


class Backplane(Protocol):
    """The way to the other nodes."""

    def announce(self, stream: StreamId, rev: Revision) -> None:
        """Tell the others where a stream stands. Never waits; may drop what cannot be sent at once."""
        ...

    async def run(self, heard: Heard) -> None:
        """Hand on what the others announce, until cancelled. Does not give up when the others are out of reach."""
        ...


class Alone:
    """The backplane of the only node: there is nobody to tell and nothing to hear."""

    def announce(self, stream: StreamId, rev: Revision) -> None:
        """Nobody hears it."""

    async def run(self, heard: Heard) -> None:
        """Nothing comes."""
        del heard
        await trio.sleep_forever()


class BackplaneActor(Actor[None]):
    """Listens to the other nodes. If that crashes it is started anew, and what was missed comes with the next hint."""

    def __init__(self, backplane: Backplane, heard: Heard) -> None:
        super().__init__("backplane", size=1)
        self._backplane = backplane
        self._heard = heard

    async def run(self) -> None:
        await self._backplane.run(self._heard)
