"""A scripted client on the real protocol: says what a test tells it to, keeps what it hears, decides nothing."""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import trio
import trio.abc
from coachline_core.runtime.link import Link, LinkClosed, connect_link
from coachline_protocol import limits, ops
from coachline_protocol.codec import encode
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.connection import Answered, Connection, Denied, Told
from coachline_protocol.frames import Request

BodyT = TypeVar("BodyT", bound=ops.Body)
PATIENCE = 20.0
"""Seconds a test waits for something before it fails: virtual ones, where time is virtual."""


class Client:
    """One connection. A task of its own reads, unless `reading` is turned off: a slow reader."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.protocol = Connection("client")
        self.events: deque[Told] = deque()
        """What was told and not yet expected, oldest first."""
        self.answers: dict[int, ops.Body | Refusal] = {}
        self.heard = bytearray()
        """All it was ever sent, byte by byte."""
        self.closed: LinkClosed | None = None
        self._news = trio.Event()

    # -- saying

    async def say(self, body: ops.Body) -> int:
        """Ask, and do not wait; the number by which `answer` knows it."""
        number, data = self.protocol.request(body)
        await self.link.send(data)
        return number

    async def say_all(self, *bodies: ops.Body) -> list[int]:
        """Ask many things in one WebSocket message."""
        asked = [self.protocol.request(body) for body in bodies]
        await self.link.send(b"".join(data for _, data in asked))
        return [number for number, _ in asked]

    async def say_anything(self, op: str, body: object) -> int:
        """Ask what our own client would never ask. Its answer is kept like any other."""
        number, _ = self.protocol.request(ops.InvitationInspect(code="only to have a number"))
        await self.link.send(encode(Request(number, op, body)))
        return number

    async def answer(self, number: int) -> ops.Body | Refusal:
        """How it ended."""
        with trio.fail_after(PATIENCE):
            while number not in self.answers:
                await self._wait()
        return self.answers.pop(number)

    async def ask(self, body: ops.Body) -> ops.Body | Refusal:
        """Say, and wait for the answer."""
        return await self.answer(await self.say(body))

    async def get(self, body: ops.Body, kind: type[BodyT]) -> BodyT:
        """Ask for what must not be refused."""
        reply = await self.ask(body)
        assert isinstance(reply, kind), reply
        return reply

    async def refused(self, body: ops.Body) -> RefusalCode:
        """Ask for what must be refused."""
        reply = await self.ask(body)
        assert isinstance(reply, Refusal), reply
        return reply.code

    # -- hearing

    async def event(self, name: str, within: float = PATIENCE) -> ops.Body:
        """The next event of this name; those of other names before it stay."""
        with trio.fail_after(within):
            while True:
                for told in self.events:
                    if told.name == name:
                        self.events.remove(told)
                        return told.body
                await self._wait()

    async def told(self, kind: type[BodyT], name: str) -> BodyT:
        """The next event of this name, whose body is of this kind."""
        body = await self.event(name)
        assert isinstance(body, kind)
        return body

    async def silence(self, seconds: float = 1.0) -> list[str]:
        """Wait, and give the names of the events that were not expected."""
        await trio.sleep(seconds)
        return [told.name for told in self.events]

    def forget(self) -> None:
        """What was told until now is of no interest."""
        self.events.clear()

    async def ended(self) -> int | None:
        """Wait for the end; its close code."""
        with trio.fail_after(PATIENCE * 3):
            while self.closed is None:
                await self._wait()
        return self.closed.code

    async def hello(self, token: bytes) -> ops.Welcome:
        """Come in."""
        return await self.get(ops.Hello(token=token, client="test"), ops.Welcome)

    async def pump(self) -> None:
        """Read until the link ends."""
        try:
            while True:
                self.hear(await self.link.receive())
        except LinkClosed as closed:
            self.closed = closed
            self._tell()

    def hear(self, data: bytes | str) -> None:
        """Keep what one message says."""
        self.heard += data.encode() if isinstance(data, str) else data
        for heard in self.protocol.receive(data):
            match heard:
                case Answered(id=number, body=body):
                    self.answers[number] = body
                case Denied(id=number, refusal=refusal):
                    self.answers[number] = refusal
                case Told():
                    self.events.append(heard)
        self._tell()

    async def _wait(self) -> None:
        if self.closed is not None:
            raise self.closed
        await self._news.wait()

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()


@asynccontextmanager
async def client_on(stream: trio.abc.Stream, *, reading: bool = True, path: str = "/") -> AsyncIterator[Client]:
    """A client at the dialling end of a stream."""
    async with (
        connect_link(
            stream, host="coachline.test", path=path, subprotocol=limits.SUBPROTOCOL, handshake_timeout=PATIENCE
        ) as link,
        trio.open_nursery() as nursery,
    ):
        client = Client(link)
        if reading:
            nursery.start_soon(client.pump)
        yield client
        nursery.cancel_scope.cancel()
