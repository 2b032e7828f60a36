"""One connection: a reader that never waits for another actor, one writer, a heartbeat, and the state of the protocol.

What it hears is handed on: mutations to the mailboxes of streams, reads to a bounded queue of its own that one task
works off. Answers come back by callback into the writer's queue. Whatever goes wrong here ends this connection only.
"""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import cast

import trio
import trio.abc
from coachline_core.runtime.actor import Actor
from coachline_core.runtime.heartbeat import Silence, keep_alive
from coachline_core.runtime.link import HandshakeFailed, Link, LinkClosed
from coachline_core.runtime.nursery import flat_nursery
from coachline_core.runtime.seams import Clock, Entropy
from coachline_core.runtime.transport import peer_of
from coachline_protocol import limits, ops
from coachline_protocol.codes import CloseCode, Refusal, RefusalCode, RemoteProtocolError
from coachline_protocol.connection import Asked, Connection, Rejected, encode_event, encode_refusal
from coachline_protocol.ops import Body, Op
from coachline_protocol.rows import Id
from coachline_protocol.state import State
from structlog.typing import FilteringBoundLogger

from coachline_server.caller import Caller, visitor_at
from coachline_server.farewell import Farewell
from coachline_server.handlers import Handlers
from coachline_server.held_events import HeldEvent, HeldEvents
from coachline_server.inbound import Inbound
from coachline_server.limited_line import LimitedLine
from coachline_server.link import accept_link
from coachline_server.metrics import Metrics
from coachline_server.people_online import OnlinePerson, PeopleOnline
from coachline_server.presence import Presence
from coachline_server.sending import Due, PromptLink, PromptWriter
from coachline_server.settings import Settings
from coachline_server.store.port import StoreError
from coachline_server.topics import topic

FLUSH_SECONDS = 2.0
"""For last words to a reader that reads."""
NOBODY = b""
WITHHELD = Refusal(code=RefusalCode.UNAVAILABLE, hint="what you may see of it has changed: ask again")
"""In the place of an answer that was read and judged, and not sent when its reader lost sight of what is in it."""

Read = Callable[[], Awaitable[Body | Refusal]]


@dataclass(frozen=True)
class ConnectionParts:
    """What every connection works with; shared by all of them."""

    settings: Settings
    handlers: Handlers
    people: PeopleOnline
    presence: Presence
    clock: Clock
    entropy: Entropy
    metrics: Metrics
    log: FilteringBoundLogger
    failed_handshakes: LimitedLine
    due: Due
    unwelcomed: Callable[["ConnectionActor", bool], None]
    """A connection is, or is no more, one that said no valid hello."""


class ConnectionActor(Actor[None]):
    """See the module. Implements `LiveConnection`."""

    def __init__(self, name: str, stream: trio.abc.Stream, parts: ConnectionParts) -> None:
        super().__init__(name, size=1)
        self._stream = stream
        self._parts = parts
        self._protocol = Connection("server")
        self._writer = PromptWriter(parts.due, max_bytes=parts.settings.max_out_bytes)
        self._began = trio.current_time()
        self._listening = trio.CancelScope()
        self._welcomed = trio.Event()
        self._farewell: Farewell | None = None
        self._crash: Exception | None = None
        self._nursery: trio.Nursery
        self._queue: list[tuple[int, Read, Hashable | None]] = []
        self._reading = False
        self._held = HeldEvents(parts.settings.max_out_bytes)
        self._inbound = Inbound()
        self._online: OnlinePerson | None = None
        self._caller: Caller | None = None
        self._draining = False
        self._idle: trio.Event | None = None
        """Set when nothing asked is unanswered; only while draining."""
        self._linked = False
        self._ended = trio.Event()
        self._life = trio.CancelScope()
        self.device: Id = NOBODY
        self.active_at = parts.clock.monotonic()
        self.address = visitor_at(peer_of(stream))

    # -- as others see it

    def tell(self, frame: bytes, *, droppable: Hashable | None = None, tag: Hashable | None = None) -> None:
        """See `LiveConnection`. Between hello and welcome events are held."""
        if self._farewell is not None:
            return
        if self._protocol.state is State.WELCOMED:
            if not self._writer.offer(frame, droppable=droppable, tag=tag):
                self.dismiss(CloseCode.SLOW_READER, "too slow", purge=True)
        elif not self._held.hold(HeldEvent(frame, droppable, tag)):
            self.dismiss(CloseCode.SLOW_READER, "too slow", purge=True)

    def withhold(self, tag: Hashable) -> None:
        """See `LiveConnection`. Who waits for an answer that is withheld is asked to ask again."""
        self._writer.purge(tag)
        self._held.withhold(tag)

    def dismiss(self, code: CloseCode, reason: str, *, purge: bool = False) -> None:
        """See `LiveConnection`. From here on the person is no longer here by this connection."""
        if self._farewell is not None:
            return
        self._farewell = Farewell(code, reason, flush=code is not CloseCode.SLOW_READER)
        self._parts.metrics.closes.labels(code.name.lower()).inc()
        if purge:
            self._writer.clear()
        self._leave()
        self._listening.cancel()
        if self._idle is not None:
            self._idle.set()

    def give_way(self) -> None:
        """End at once for somebody newer, without a word: a close code would cost what is short. Before welcome."""
        self._parts.metrics.handshakes.labels("overloaded").inc()
        self._parts.unwelcomed(self, False)
        self._life.cancel()

    # -- life

    async def run(self) -> None:
        with self._life:
            await self._live()
        if self._crash is not None:
            raise self._crash

    async def _live(self) -> None:
        parts = self._parts
        try:
            async with accept_link(
                self._stream,
                subprotocols=(limits.SUBPROTOCOL,),
                allowed_origins=parts.settings.allowed_origins,
                handshake_timeout=parts.settings.handshake_seconds,
            ) as link:
                await self._converse(link)
        except HandshakeFailed as failure:
            parts.metrics.handshakes.labels("refused").inc()
            parts.failed_handshakes.write(connection=self.name, address=self.address, reason=failure.reason)
        except LinkClosed:
            pass
        finally:
            parts.unwelcomed(self, False)
            self._leave()
            self._protocol.close()
            parts.metrics.out_peak(self._writer.peak_bytes)
            self._ended.set()

    async def drain(self) -> None:
        """The server ends: answer what was asked, say when to come back, close."""
        self._draining = True
        if not self._linked:
            return
        while self._protocol.outstanding and self._farewell is None:
            self._idle = trio.Event()
            await self._idle.wait()
        settings = self._parts.settings
        if self._protocol.state is State.WELCOMED:
            wait = self._parts.entropy.uniform(0, settings.return_seconds)
            self.tell(encode_event("closing", ops.Closing(retry_after_ms=int(wait * 1000))))
        self.dismiss(CloseCode.DRAINING, "the server is restarting")
        await self._ended.wait()

    async def _converse(self, link: PromptLink) -> None:
        async with flat_nursery() as nursery:
            self._nursery = nursery
            self._linked = True
            self._writer.begin(link, nursery, self._fail)
            nursery.start_soon(self._watch, link)
            try:
                with self._listening:
                    await self._listen(link)
                await self._part(link)
            finally:
                self._writer.end()
            nursery.cancel_scope.cancel()

    async def _listen(self, link: Link) -> None:
        try:
            while True:
                data = await link.receive()
                self.active_at = self._parts.clock.monotonic()
                said = self._protocol.receive(data)
                # The frames of a message share its bytes: together they count as what was received.
                size = len(data) // max(len(said), 1)
                for heard in said:
                    if isinstance(heard, Asked):
                        ask = self._ask if self._inbound.take(heard.id, size) else self._turn_away
                        ask(heard.id, heard.op, heard.body)
                    elif isinstance(heard, Rejected):
                        self._parts.metrics.refusals.labels(heard.refusal.code.value).inc()
                        self._send(heard.data)
                    else:
                        raise TypeError(f"a server heard {type(heard).__name__}")
        except RemoteProtocolError as error:
            self.dismiss(error.close_code, str(error))
        except LinkClosed:
            return
        except Exception as error:
            self._fail(error)

    async def _part(self, link: Link) -> None:
        """Last words. A reader too slow for them is not waited for."""
        if self._crash is not None:
            self.dismiss(CloseCode.INTERNAL_ERROR, "internal error")
        farewell = self._farewell
        self._leave()
        if farewell is None:
            return
        if farewell.flush:
            await self._writer.flush(FLUSH_SECONDS)
        await link.close(farewell.code, farewell.reason)

    async def _watch(self, link: Link) -> None:
        """The handshake's deadline, then the heartbeat."""
        settings = self._parts.settings
        with trio.move_on_at(self._began + settings.handshake_seconds):
            await self._welcomed.wait()
        if not self._welcomed.is_set():
            self.dismiss(CloseCode.HANDSHAKE_TIMEOUT, "no hello in time")
            return
        try:
            await keep_alive(link, every=settings.keepalive_seconds, timeout=settings.silence_seconds)
        except Silence:
            self.dismiss(CloseCode.SILENT, "nothing heard")
        except LinkClosed:
            self._listening.cancel()

    def _fail(self, error: Exception) -> None:
        """The link has ended; or by a defect of this side, which is reported, and nobody else notices.

        Called from the tasks of others, so all that follows from it is left to this connection's own.
        """
        if not isinstance(error, LinkClosed):
            self._crash = self._crash or error
        self._listening.cancel()

    def _leave(self) -> None:
        online, caller = self._online, self._caller
        self._online = self._caller = None
        if caller is not None:
            self._parts.metrics.connections.dec()
            self._parts.handlers.signs.look_away(caller)
        if online is not None:
            self._parts.people.leave(online, self)

    # -- requests

    def _ask(self, id: int, op: Op, body: Body) -> None:
        handlers = self._parts.handlers
        kind = type(body)
        if self._draining:
            self._settle(id, Refusal(code=RefusalCode.DRAINING))
        elif isinstance(body, ops.Hello):
            self._later(id, partial(self._hello, body))
        elif kind in handlers.visitors:
            self._later(id, partial(handlers.visitors[kind], self.address, body))
        elif self._caller is None:
            self._settle(id, Refusal(code=RefusalCode.UNAUTHENTICATED))
        elif op.mutation and kind not in handlers.reads:
            self._command(id, self._caller, cast(ops.Command, body))
        else:
            self._serve(id, op, self._caller, body)

    def _turn_away(self, id: int, op: Op, body: Body) -> None:
        """Too much of this connection waits already; nothing after it on its stream may overtake it."""
        refusal = Refusal(code=RefusalCode.BUSY)
        if self._caller is not None and op.mutation:
            self._parts.handlers.commands.turn_away(self._caller, cast(ops.Command, body), refusal)
        self._settle(id, refusal)

    def _serve(self, id: int, op: Op, caller: Caller, body: Body) -> None:
        handlers = self._parts.handlers
        wait = None if op.mutation else self._parts.people.spend(caller.online, op.budget, self.active_at)
        if wait is not None:
            self._settle(id, Refusal(code=RefusalCode.RATE_LIMITED, retry_after_ms=wait))
        elif type(body) in handlers.offers:
            handlers.offers[type(body)](caller, body, partial(self._settle, id))
        else:
            self._later(id, partial(handlers.reads[type(body)], caller, body), tag=topic(body))

    def _command(self, id: int, caller: Caller, body: ops.Command) -> None:
        commands = self._parts.handlers.commands
        refusal = commands.offer(caller, body, partial(self._settle, id))
        if refusal is not None and refusal.code in (RefusalCode.BUSY, RefusalCode.OUT_OF_ORDER):
            # Not looked up: it will be said again, and what there is too much of must cost the database nothing.
            self._settle(id, refusal)
        elif refusal is not None:
            self._later(id, partial(commands.first, caller, body, refusal))

    def _later(self, id: int, read: Read, *, tag: Hashable | None = None) -> None:
        if len(self._queue) >= self._parts.settings.reads_waiting:
            self._settle(id, Refusal(code=RefusalCode.BUSY))
            return
        self._queue.append((id, read, tag))
        if not self._reading:
            # Started only while there is something to read: an idle connection has no such task.
            self._reading = True
            self._nursery.start_soon(self._read_on)

    async def _read_on(self) -> None:
        try:
            while self._queue:
                id, read, tag = self._queue.pop(0)
                try:
                    outcome = await read()
                except StoreError as error:
                    self._parts.log.error("read failed", connection=self.name, error=str(error))
                    outcome = Refusal(code=RefusalCode.UNAVAILABLE)
                if self._farewell is not None:
                    # Last words wait for a slow reader; what was read meanwhile is not among them (H7).
                    return
                # Judged by what the asker may see now, and queued before that can change.
                self._settle(id, outcome, tag=tag)
                if isinstance(outcome, ops.Welcome) and self._caller is not None:
                    self._begin()
        except Exception as error:
            self._fail(error)
        finally:
            self._reading = False

    def _settle(self, id: int, outcome: Body | Refusal, *, tag: Hashable | None = None) -> None:
        """Answer a request. Called from the tasks of other actors too, so it raises nothing."""
        self._inbound.release(id)
        if self._protocol.state is State.CLOSED:
            return
        try:
            if isinstance(outcome, Refusal):
                self._parts.metrics.refusals.labels(outcome.code.value).inc()
                self._send(self._protocol.refuse(id, outcome))
            else:
                instead = None if tag is None else encode_refusal(id, WITHHELD)
                self._send(self._protocol.reply(id, outcome), tag=tag, instead=instead)
        except Exception as error:
            self._fail(error)
        if self._idle is not None and not self._protocol.outstanding:
            self._idle.set()

    def _send(self, data: bytes, *, tag: Hashable | None = None, instead: bytes | None = None) -> None:
        if not self._writer.offer(data, tag=tag, instead=instead):
            self.dismiss(CloseCode.SLOW_READER, "too slow", purge=True)

    # -- hello

    async def _hello(self, body: ops.Hello) -> Body | Refusal:
        parts = self._parts
        sessions = parts.handlers.sessions
        owner = await sessions.recognise(body)
        if isinstance(owner, Refusal | CloseCode):
            return self._unwelcome(owner)
        self.device = owner.device
        welcomed = await sessions.welcome(owner, body, self)
        if isinstance(welcomed, Refusal | CloseCode):
            self._held.take()
            return self._unwelcome(welcomed)
        self._online, welcome = welcomed
        if self._farewell is not None:
            self._leave()
            return Refusal(code=RefusalCode.UNAVAILABLE)
        self._caller = Caller(self._online, self)
        parts.unwelcomed(self, False)
        parts.metrics.connections.inc()
        parts.metrics.handshakes.labels("welcomed").inc()
        parts.metrics.handshake_seconds.observe(trio.current_time() - self._began)
        parts.log.info("welcomed", connection=self.name, person=owner.person, device=owner.device, client=body.client)
        return welcome

    def _unwelcome(self, why: Refusal | CloseCode) -> Refusal:
        if isinstance(why, Refusal):
            return why
        self.dismiss(why, "not now" if why.reconnect else why.name.lower().replace("_", " "))
        return Refusal(code=RefusalCode.UNAVAILABLE)

    def _begin(self) -> None:
        """The welcome is on its way: what was held follows, and the person is here."""
        for held in self._held.take():
            self.tell(held.frame, droppable=held.droppable, tag=held.tag)
        self._welcomed.set()
        if self._online is not None and not self._online.welcomed:
            self._online.welcomed = True
            self._parts.presence.arrived(self._online)
