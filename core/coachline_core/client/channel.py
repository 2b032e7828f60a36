"""One connection as a session uses it: questions and their answers, and what the server tells unasked."""

import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

import trio
from coachline_protocol import limits
from coachline_protocol.codes import CloseCode, RemoteProtocolError
from coachline_protocol.connection import Answered, Connection, Denied, Told
from coachline_protocol.ops import Body

from coachline_core.client.errors import NotConnected, Refused
from coachline_core.client.values import ServerAddress
from coachline_core.runtime.heartbeat import keep_alive
from coachline_core.runtime.link import Link, LinkClosed, connect_link, dial_tls
from coachline_core.runtime.mailbox import AskTimeout, Question
from coachline_core.runtime.nursery import flat_nursery
from coachline_core.runtime.seams import Network
from coachline_core.runtime.writer import Writer

B = TypeVar("B", bound=Body)

OUTSTANDING: Final = 32
"""Questions of one session waiting for their answer: half of what the protocol allows, fills any link."""
REPLY_SECONDS: Final = 20.0
"""A server that pings but does not answer for this long has lost the question; everything is said again."""
PATH: Final = "/"

Heard = Callable[[Sequence[Told | Answered]], None]
"""Takes the events and replies of one WebSocket message, in order, without waiting."""


class Channel:
    """Asks and is answered. Once the connection has ended, every question ends in NotConnected."""

    def __init__(self, link: Link, heard: Heard) -> None:
        self._link = link
        self._heard = heard
        self._connection = Connection("client")
        self._writer = Writer()
        self._turn = trio.StrictFIFOLock()
        self._slots = trio.Semaphore(OUTSTANDING)
        self._questions: dict[int, Question[Body]] = {}
        self._scope = trio.CancelScope()
        self._ended: LinkClosed | None = None

    @property
    def ended(self) -> bool:
        """Whether the connection is over."""
        return self._ended is not None

    async def say(self, body: Body) -> Question[Body]:
        """Send a request; what is said first is sent first. Waits only while OUTSTANDING wait for their answer.

        If none of them is answered in time, the connection ends.
        """
        question: Question[Body] = Question()
        async with self._turn:  # the semaphore gives others a turn even where there is room
            with trio.move_on_after(REPLY_SECONDS) as waiting:
                await self._slots.acquire()
            if waiting.cancelled_caught:
                self.drop("no_reply")
            elif self._ended is not None:
                self._slots.release()
            if self._ended is not None:
                question.fail(NotConnected())
                return question
            request_id, frame = self._connection.request(body)
            self._questions[request_id] = question
            self._writer.offer(frame)
        return question

    async def answer(self, question: Question[Body]) -> Body:
        """The reply to what was said. Raises Refused or NotConnected; no reply in time ends the connection."""
        try:
            return await question.wait(REPLY_SECONDS)
        except AskTimeout:
            self.drop("no_reply")
            raise NotConnected from None

    async def ask(self, body: Body, kind: type[B]) -> B:
        """Say and wait for the reply, which is of the op's `kind`: the connection has checked that."""
        reply = await self.answer(await self.say(body))
        if not isinstance(reply, kind):
            raise TypeError(f"{type(body).__name__} is not answered by a {kind.__name__}")
        return reply

    def drop(self, reason: str) -> None:
        """End the connection; everything will be said again on the next one."""
        self._end(LinkClosed(None, reason))

    async def probe(self, seconds: float) -> None:
        """Find out now whether anybody is still there; if not, end the connection."""
        with trio.move_on_after(seconds) as scope:
            try:
                await self._link.ping()
            except LinkClosed as closed:
                self._end(closed)
        if scope.cancelled_caught:
            self.drop("no_reply")

    async def run(self, conduct: Callable[["Channel"], Awaitable[None]]) -> None:
        """Carry the connection while `conduct` runs. Raises LinkClosed with why it ended, if not by `conduct`."""
        try:
            with self._scope:
                async with flat_nursery() as nursery:
                    nursery.start_soon(self._until_closed, self._read)
                    nursery.start_soon(self._until_closed, lambda: self._writer.run(self._link))
                    nursery.start_soon(self._until_closed, self._keep_alive)
                    await self._until_closed(lambda: conduct(self))
                    if self._ended is None:
                        await self._writer.flush(REPLY_SECONDS)
                    nursery.cancel_scope.cancel()
        finally:
            self._fail_questions()
        if self._ended is not None:
            raise LinkClosed(self._ended.code, self._ended.reason)

    async def _keep_alive(self) -> None:
        await keep_alive(self._link, every=limits.CLIENT_KEEPALIVE_SECONDS, timeout=limits.SILENCE_SECONDS)

    async def _until_closed(self, part: Callable[[], Awaitable[None]]) -> None:
        try:
            await part()
        except LinkClosed as closed:
            self._end(closed)
        except NotConnected:
            self._end(LinkClosed(None, "closed"))

    async def _read(self) -> None:
        while True:
            data = await self._link.receive()
            try:
                received = self._connection.receive(data)
            except RemoteProtocolError as error:
                await self._link.close(error.close_code, "protocol error")
                raise LinkClosed(None, "protocol_error") from error
            for heard in received:
                if isinstance(heard, Answered):
                    self._settle(heard.id).answer(heard.body)
                elif isinstance(heard, Denied):
                    self._settle(heard.id).fail(Refused(heard.refusal))
            self._heard([heard for heard in received if isinstance(heard, Told | Answered)])

    def _settle(self, request_id: int) -> Question[Body]:
        self._slots.release()
        return self._questions.pop(request_id)

    def _end(self, closed: LinkClosed) -> None:
        if self._ended is None:
            self._ended = closed
            self._connection.close()
            self._fail_questions()
        self._scope.cancel()

    def _fail_questions(self) -> None:
        for request_id in list(self._questions):
            self._settle(request_id).fail(NotConnected("the connection ended before the answer"))


async def converse(
    network: Network,
    server: ServerAddress,
    tls: ssl.SSLContext | None,
    heard: Heard,
    conduct: Callable[[Channel], Awaitable[None]],
) -> None:
    """Connect, hold a connection as long as `conduct` runs, and end it.

    Raises LinkClosed (its `code` says what to do next), HandshakeFailed, OSError or trio.TooSlowError.
    """
    stream = await dial_tls(network, server.host, server.port, tls)
    async with connect_link(
        stream,
        host=f"{server.host}:{server.port}",
        path=PATH,
        subprotocol=limits.SUBPROTOCOL,
        handshake_timeout=limits.HANDSHAKE_SECONDS,
    ) as link:
        await Channel(link, heard).run(conduct)
        await link.close(CloseCode.NORMAL)
