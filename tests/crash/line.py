"""One connection: what is asked on it, and a reader that hands on everything that arrives until it ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import trio
import trio.abc
from coachline_core.runtime.link import Link, LinkClosed, connect_link
from coachline_protocol import limits, ops
from coachline_protocol.connection import Answered, Connection, Denied, Told
from coachline_protocol.ops import Body
from coachline_protocol.rows import Revision, StreamId

HANDSHAKE_SECONDS = 20
MOST_WAITING = 34
"""Requests without an answer beyond which no burst more is asked; the protocol allows 64."""


class Hearer(Protocol):
    """Whoever hears."""

    def answered(self, heard: Answered) -> None:
        """A reply."""
        ...

    def denied(self, heard: Denied) -> None:
        """A refusal."""
        ...

    def told(self, heard: Told) -> None:
        """An event."""
        ...


class Line:
    """One connection of whoever is told what it hears."""

    def __init__(self, hearer: Hearer, link: Link) -> None:
        self._hearer = hearer
        self._link = link
        self._protocol = Connection("client")
        self._news = trio.Event()
        self._closed: LinkClosed | None = None
        self.heads: dict[StreamId, Revision] = {}

    async def pump(self) -> None:
        """Hear everything there is to hear, also what arrived after the other side was killed."""
        try:
            while True:
                for heard in self._protocol.receive(await self._link.receive()):
                    match heard:
                        case Answered():
                            if isinstance(heard.body, ops.Welcome):
                                self.heads = {head.stream: head.rev for head in heard.body.heads}
                            self._hearer.answered(heard)
                        case Denied():
                            self._hearer.denied(heard)
                        case Told():
                            self._hearer.told(heard)
                self._tell()
        except LinkClosed as closed:
            self._closed = closed
            self._tell()

    async def say(self, *bodies: Body) -> None:
        """Ask, in one message, and do not wait. Raises LinkClosed."""
        if self._closed is not None:
            raise self._closed
        await self._link.send(b"".join(self._protocol.request(body)[1] for body in bodies))

    async def ask(self, body: Body) -> None:
        """Ask, and wait until nothing is without an answer."""
        await self.say(body)
        await self._wait_for(0)

    async def room(self) -> None:
        """Wait until one burst more may be asked."""
        await self._wait_for(MOST_WAITING)

    async def _wait_for(self, outstanding: int) -> None:
        while self._closed is not None or self._protocol.outstanding > outstanding:
            if self._closed is not None:
                raise self._closed
            await self._news.wait()
        await trio.lowlevel.checkpoint()

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()


@asynccontextmanager
async def line_on(stream: trio.abc.Stream, hearer: Hearer) -> AsyncIterator[Line]:
    """A connection at the dialling end of a stream. Raises LinkClosed."""
    async with (
        connect_link(
            stream, host="localhost", path="/", subprotocol=limits.SUBPROTOCOL, handshake_timeout=HANDSHAKE_SECONDS
        ) as link,
        trio.open_nursery() as nursery,
    ):
        line = Line(hearer, link)
        nursery.start_soon(line.pump)
        yield line
        nursery.cancel_scope.cancel()
