"""The session: one account on one device, with or without a network, with or without a window.

    session = Session(ServerAddress("chat.example", 4433), cache=Cache(file), secrets=FileSecrets(token_file), ...)
    async with session.running():
        await session.sign_in("maya@example.com", password, "laptop")
        async for update in session.subscribe(): ...

Getters answer at once from memory, also offline. What changes something durable returns when it is on disk (`post`,
`saw`, drafts) or when the server has done it (everything else). All state is changed by one task, the owner.
A device that was revoked wipes everything it holds, unsent messages too; a refused token (`bad_token`) and
`signed_out` keep it all for the same person's next sign-in.
"""

import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Self

import trio
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.ops import ConversationView, MessagePost, Person, Presence, Typing
from coachline_protocol.rows import Id, Invitation, Profile, Seq, StreamId

from coachline_core.client import facts, model
from coachline_core.client.accounts import Accounts
from coachline_core.client.cache import Cache, Stored
from coachline_core.client.coaching import Coaching
from coachline_core.client.commands import Commands
from coachline_core.client.connecting import Connector, Ended
from coachline_core.client.errors import NotConnected, Refused, SignedOut
from coachline_core.client.line import Line, Surroundings
from coachline_core.client.model import Model, conversation_stream, conversation_topic
from coachline_core.client.outcomes import Outcomes
from coachline_core.client.ownership import Lease, Owner
from coachline_core.client.presence import Here, Keys
from coachline_core.client.records import Records
from coachline_core.client.secrets import Secrets
from coachline_core.client.updates import Subscription, Topic, Updates
from coachline_core.client.values import (
    ConnectionChanged,
    ConnectionState,
    ConversationChanged,
    ConversationsChanged,
    Failed,
    PeopleChanged,
    PresenceChanged,
    RecordChanged,
    ServerAddress,
    Summary,
    TemplatesChanged,
    TypingChanged,
    Update,
    ViewingChanged,
)
from coachline_core.domain import ranges
from coachline_core.domain import text as texts
from coachline_core.domain.timeline import Timeline
from coachline_core.runtime.backoff import Backoff
from coachline_core.runtime.executor import Executor
from coachline_core.runtime.nursery import flat_nursery
from coachline_core.runtime.seams import Clock, Entropy, Ids, Network

CONNECTION: Topic = ("connection", b"")
NOTHING = Stored(None, None, "", None, 0, (), (), (), {}, ())


class Session(Accounts, Commands, Coaching):
    """What a program about one account is written against, with `Accounts`, `Commands`, `Coaching`, `Outgoing`."""

    def __init__(
        self,
        server: ServerAddress,
        *,
        cache: Cache,
        secrets: Secrets,
        clock: Clock,
        ids: Ids,
        entropy: Entropy,
        network: Network,
        executor: Executor,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`tls`: how to trust the server; by default as the machine does. Ignored where the address says no TLS."""
        context = (tls or ssl.create_default_context()) if server.tls else None
        self._server, self._tls, self._network = server, context, network
        self._cache, self._secrets, self._executor = cache, secrets, executor
        self._clock, self._ids = clock, ids
        self._here, self._keys = Here(), Keys()
        self._viewed: Id | None = None
        self._connected, self._heard_until = False, 0
        self._ticked = trio.Event()
        self._records = Records()
        self._updates = Updates(self._look)
        self._owner = Owner(Model(NOTHING), cache, executor, self._publish)
        self._outcomes = Outcomes(self._owner)
        self._connector = Connector(
            server=server,
            tls=context,
            network=network,
            backoff=Backoff(entropy),
            token=self._token,
            make_line=self._make_line,
            changed=self._connection_changed,
            ended=self._line_ended,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Load the cache, then stay connected as well as can be, until the block ends. Raises what a defect raises."""
        self._owner.model = Model(await self._executor.read(self._cache.load))
        try:
            async with flat_nursery() as state:
                # The owner outlives everybody who tells it something, however the block ends.
                owning = trio.CancelScope(shield=True)
                state.start_soon(self._own, owning)
                try:
                    async with flat_nursery() as nursery:
                        nursery.start_soon(self._connector.run)
                        nursery.start_soon(self._tick)
                        yield self
                        nursery.cancel_scope.cancel()
                finally:
                    owning.cancel()
        finally:
            self._updates.close()
            self._outcomes.close()

    # -- watching ------------------------------------------------------------------------------------------

    def subscribe(self) -> Subscription:
        """Updates from now on, beginning with one of everything."""
        topics = [CONNECTION, model.PEOPLE, model.CONVERSATIONS, model.TEMPLATES]
        topics += [conversation_topic(id) for id in self._model.conversations]
        topics += [model.record_topic(client) for client in self._model.records()]
        return self._updates.subscribe([*topics, *(("presence", person) for person in self._here.presences)])

    @property
    def connection(self) -> ConnectionState:
        """How things stand with the server."""
        return self._connector.state

    @property
    def person(self) -> Id | None:
        """Who is signed in."""
        return self._model.person

    def conversations(self) -> tuple[Summary, ...]:
        """The conversation list, latest activity first."""
        return self._model.summaries()

    def timeline(self, conversation: Id) -> Timeline | None:
        """A conversation as far as it is loaded; None: there is none, or it is not mine to see."""
        return self._model.timeline(conversation)

    def people(self) -> tuple[Person, ...]:
        """Cards of the people I know, by name."""
        return tuple(sorted(self._model.people.values(), key=lambda person: (person.display_name, person.id)))

    def card(self, person: Id) -> Person | None:
        """One person's card."""
        return self._model.people.get(person)

    def profile(self) -> Profile | None:
        """My own."""
        return self._model.profile()

    def invitations(self) -> tuple[Invitation, ...]:
        """Those I made, oldest first."""
        mine = self._model.rows.get(StreamId("person", self.person or b""), {}).values()
        return tuple(sorted((row for row in mine if isinstance(row, Invitation)), key=lambda row: row.created_at))

    def presence(self, person: Id) -> Presence | None:
        """Whether somebody is here; None: not known, or not mine to know."""
        return self._here.presences.get(person)

    def typing_in(self, conversation: Id) -> tuple[Id, ...]:
        """Who is typing."""
        return self._here.typing(conversation, self._clock.monotonic())

    def viewing_in(self, conversation: Id) -> tuple[Id, ...]:
        """Who else looks at it now."""
        return self._here.viewing.get(conversation, ())

    # -- writing: on disk when it returns, said when there is a connection ----------------------------------

    async def post(self, conversation: Id, text: str) -> Id:
        """Say something; returns the message's id. A draft of the same words is done with.

        Raises Refused at once for what no server would take (with limit and actual length), SignedOut,
        StorageFailed.
        """
        self._me()
        said = texts.normalise_text(text)
        if isinstance(said, Refusal):
            raise Refused(said)
        post = MessagePost(id=self._ids.new(), conversation=conversation, text=said)

        def decide() -> list[facts.Fact]:
            refusal = self._unwritable(conversation)
            if refusal is not None:
                raise Refused(refusal)
            queued = facts.Queued(post.id, conversation_stream(conversation), post)
            sent = self._model.drafts.get(conversation, "").strip() == text.strip()
            return [queued, facts.Drafted(conversation, "")] if sent else [queued]

        await self._do(decide)
        await self._stop_typing(conversation)
        return post.id

    async def saw(self, conversation: Id, seq: Seq) -> None:
        """Messages up to `seq` were visible in a focused window. The caller says so; opening something does not."""

        def decide() -> list[facts.Fact]:
            held = self._model.conversations.get(conversation)
            if held is None:
                return []
            upto = min(seq, max(held.timeline.messages, default=0))
            return [facts.Saw(conversation, upto)] if upto > held.read else []

        await self._owner.do(decide)

    async def set_draft(self, conversation: Id, text: str) -> None:
        """Keep what stands in a composer; empty: nothing stands there. Of whoever is signed out nothing is kept."""
        if self._model.person is not None:
            await Lease(self._owner).do(partial(list, [facts.Drafted(conversation, text)]))

    def draft(self, conversation: Id) -> str:
        """What stands in a composer."""
        return self._model.drafts.get(conversation, "")

    async def history_before(self, conversation: Id, seq: Seq, limit: int = 50) -> None:
        """Load older messages into the timeline: from the cache, and where that has none, from the server."""
        held = self._model.conversations.get(conversation)
        if held is None:
            return
        hole = next((hole for hole in reversed(held.timeline.holes()) if hole[0] < seq), None)
        line = self._connector.line
        if hole is not None and hole[1] > seq - limit and line is not None:
            await line.fill(conversation, (hole[0], min(hole[1], seq)))
        older = await self._executor.read(lambda: self._cache.before(conversation, seq, limit))

        def show() -> Sequence[facts.Fact]:
            held = self._model.conversations.get(conversation)
            if held is not None:
                holes = ranges.missing(held.timeline.held, 1, seq)
                floor = holes[-1][1] if holes else 1
                held.put([message for message in older if message.seq >= floor], shown=True)
            return []

        await self._owner.do(show)
        self._publish([conversation_topic(conversation)])

    # -- told and never kept -------------------------------------------------------------------------------

    async def typing(self, conversation: Id) -> None:
        """A key was pressed in a composer. Said at most every 4 s; ended by itself 5 s after the last."""
        if self._keys.press(conversation, self._clock.monotonic()):
            await self._say_typing(conversation, True)
        self._ticked.set()

    async def view(self, conversation: Id | None) -> None:
        """This conversation is on the screen now; None: none is."""
        self._viewed = conversation
        line = self._connector.line
        if line is not None:
            await line.channel.say(ConversationView(conversation=conversation))

    def retry_now(self) -> None:
        """Somebody pressed Retry: connect now."""
        self._connector.prod()

    async def network_up(self) -> None:
        """The network came up or the machine woke: connect now, and trust nothing that was begun before."""
        await self._connector.network_up()

    # -- inside --------------------------------------------------------------------------------------------

    async def _own(self, until: trio.CancelScope) -> None:
        with until:
            await self._owner.serve()

    @property
    def _model(self) -> Model:
        return self._owner.model

    def _unwritable(self, conversation: Id) -> Refusal | None:
        held = self._model.conversations.get(conversation)
        if held is None or conversation_stream(conversation) not in self._model.revs:
            return Refusal(code=RefusalCode.NOT_FOUND, field="conversation")
        if held.row is not None and held.row.closed_at is not None:
            return Refusal(code=RefusalCode.CONVERSATION_CLOSED, field="conversation")
        return None

    async def _token(self) -> bytes | None:
        token = await self._executor.read(self._secrets.load)
        return None if self._model.person is None else token

    def _make_line(self, token: bytes) -> Line:
        lease = Lease(self._owner)

        async def keep_token(fresh: bytes) -> None:
            await self._executor.write(lambda: None if lease.ended else self._secrets.keep(fresh))

        around = Surroundings(
            owner=lease,
            here=self._here,
            clock=self._clock,
            keep_token=keep_token,
            publish=self._publish,
            viewed=lambda: self._viewed,
            stage=self._connector.stage,
        )
        return Line(around, token)

    async def _line_ended(self, ended: Ended, line: Line) -> None:
        self._keys.clear()
        self._publish(self._here.clear())
        known = self._clock.now() if line.welcomed else None
        await self._owner.do(partial(list, [facts.Cut(known)]))
        if ended.token_dead:
            await self._shut_out(line.token, wipe=ended.device_revoked)

    def _connection_changed(self) -> None:
        if self.connection.phase != "connected" and self._connected:
            # Written down with the end of the line, but shown at once: nothing may vanish for as long as a disk takes.
            self._heard_until = self._clock.now()
        self._connected = self.connection.phase == "connected"
        self._publish([CONNECTION, *self._turned()])
        self._ticked.set()

    def _publish(self, topics: Iterable[Topic]) -> None:
        changed = list(topics)
        self._records.changed(changed)
        self._updates.publish(changed)
        self._outcomes.tell(changed)
        line = self._connector.line
        if line is not None:
            line.wake(changed)
        if any(kind in ("typing", "record") for kind, _ in changed):
            self._ticked.set()

    def _look(self, topic: Topic) -> Update | None:
        kind, id = topic
        make: dict[str, Callable[[], Update | None]] = {
            "connection": lambda: ConnectionChanged(self.connection),
            "conversations": lambda: ConversationsChanged(self.conversations()),
            "conversation": lambda: ConversationChanged(id, self.timeline(id)),
            "record": lambda: RecordChanged(id, self.record(id)),
            "templates": lambda: TemplatesChanged(self.templates()),
            "people": lambda: PeopleChanged(self.people()),
            "presence": lambda: PresenceChanged(id, self.presence(id)),
            "typing": lambda: TypingChanged(id, self.typing_in(id)),
            "viewing": lambda: ViewingChanged(id, self.viewing_in(id)),
            "failed": lambda: self._failure(id),
            "discarded": lambda: None,
        }
        return make[kind]()

    def _failure(self, id: Id) -> Failed | None:
        entry = self._model.outbox.get(id)
        if entry is None or entry.refusal is None or entry.state != "failed":
            return None
        return Failed(entry.stream, id, entry.refusal)

    # -- time ----------------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        """Ends what ends by itself: others' typing after 8 s, one's own 5 s after the last key, days at midnight."""
        while True:
            self._ticked = trio.Event()
            now = self._clock.monotonic()
            turn = now + self._turn()
            due = min(self._here.next_expiry(), self._keys.next_stop(), turn)
            with trio.move_on_after(max(0.0, due - now)):
                await self._ticked.wait()
            now = self._clock.monotonic()
            if now >= turn:
                self._publish(self._turned())
            self._publish([("typing", id) for id in sorted(self._here.expire(now))])
            for conversation in self._keys.stopped(now):
                await self._say_typing(conversation, False)

    async def _stop_typing(self, conversation: Id) -> None:
        if self._keys.stop(conversation):
            await self._say_typing(conversation, False)

    async def _say_typing(self, conversation: Id, on: bool) -> None:
        line = self._connector.line
        if line is not None:
            await line.channel.say(Typing(conversation=conversation, on=on))


__all__ = ["NotConnected", "Refused", "Session", "SignedOut"]
