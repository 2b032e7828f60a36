"""One connection from hello to its end: what was missed is fetched first, then the outbox, then old history."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from coachline_protocol.codes import Refusal
from coachline_protocol.connection import Answered, Told
from coachline_protocol.ops import (
    Change,
    Closing,
    ConversationView,
    Head,
    HeadPage,
    Heads,
    Hello,
    Person,
    Presence,
    TypingSeen,
    Viewing,
    Welcome,
    Withdrawn,
)
from coachline_protocol.rows import Id, Message, StreamId

from coachline_core.client import following
from coachline_core.client.acquaintances import Acquaintances
from coachline_core.client.channel import Channel
from coachline_core.client.errors import NotConnected, Refused, StorageFailed
from coachline_core.client.fetching import AT_ONCE, Fetcher
from coachline_core.client.filling import Filler
from coachline_core.client.ownership import Lease
from coachline_core.client.patience import ask_patiently
from coachline_core.client.presence import Here
from coachline_core.client.sending import Sender
from coachline_core.client.telling import Teller
from coachline_core.client.updates import Topic
from coachline_core.domain.ranges import Range
from coachline_core.runtime.nursery import flat_nursery
from coachline_core.runtime.seams import Clock

CLIENT_NAME: Final = "coachline-session/0.1"
EARLY_MESSAGES: Final = 256
"""Messages with events that may arrive between welcome and the end of its heads before we start over."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a connection needs of its session, and whom it tells."""

    owner: Lease
    here: Here
    clock: Clock
    keep_token: Callable[[bytes], Awaitable[None]]
    publish: Callable[[Iterable[Topic]], None]
    viewed: Callable[[], Id | None]
    stage: Callable[[bool], None]
    """Called with False once welcomed, with True once everything missed is here."""


class Line:
    """What is said and heard on one connection.

    `token`: the newest kept. `refusal`: hello was refused. `retry_after_ms`: the server said when to come back.
    """

    def __init__(self, around: Surroundings, token: bytes) -> None:
        self._around = around
        self._owner = around.owner
        self.token = token
        self._early: list[list[Told]] | None = []
        self.refusal: Refusal | None = None
        self.retry_after_ms: int | None = None
        self.synced = False
        self.channel: Channel
        self._fetcher: Fetcher
        self._sender: Sender
        self._teller: Teller
        self._filler: Filler
        self._acquaintances: Acquaintances

    @property
    def welcomed(self) -> bool:
        """Whether requests can be made."""
        return self._early is None and not self.channel.ended

    def wake(self, topics: Iterable[Topic]) -> None:
        """Something changed in the session's state."""
        if self._early is None:
            self._teller.wake(id for kind, id in topics if kind == "conversation")
            self._sender.wake()
            self._filler.wake()

    async def conduct(self, channel: Channel) -> None:
        """The connection's life. Returns only if hello is refused; else it ends with the connection."""
        self._open(channel)
        try:
            welcome, heads = await self._hello()
        except Refused as refused:
            self.refusal = refused.refusal
            return
        model = self._owner.model
        found = following.welcome(model, self._around.clock.now(), welcome.epoch, heads)
        await self._part(lambda: self._owner.do(lambda: found.learned))
        if channel.ended:
            return
        early, self._early = self._early or [], None
        self._fetcher.want(found.behind)
        for told in early:
            self.hear(told)
        self._around.stage(False)
        async with flat_nursery() as nursery:
            for _ in range(AT_ONCE):
                nursery.start_soon(self._part, self._fetcher.work)
            nursery.start_soon(self._part, self._teller.work)
            nursery.start_soon(self._part, self._acquaintances.work)
            nursery.start_soon(self._part, self._say_viewed)
            await self._fetcher.until_idle()
            await self._acquaintances.met.wait()
            if not self.welcomed:
                return  # what was being fetched could not be kept
            self.synced = True
            self._around.stage(True)
            nursery.start_soon(self._part, self._sender.work)
            nursery.start_soon(self._part, self._filler.work)

    def hear(self, heard: Sequence[Told | Answered]) -> None:
        """Events and replies of one message. Those that come before the heads are complete follow them."""
        told = following.events(self._owner.model, heard)
        for event in told:
            if isinstance(event.body, Closing):  # now: the connection ends whether or not the disk can follow
                self.retry_after_ms = event.body.retry_after_ms
        if not told:
            return
        if self._early is not None:
            self._early.append(told)
            if len(self._early) > EARLY_MESSAGES:
                self.channel.drop("fell_behind")
        elif not self._owner.offer(lambda: self._take_in(told)):
            self.channel.drop("fell_behind")

    async def fill(self, conversation: Id, hole: Range) -> None:
        """Fetch a page of history now, for somebody who looks at it."""
        await self._part(lambda: self._filler.fill(conversation, hole))

    # -- the beginning -------------------------------------------------------------------------------------

    def _open(self, channel: Channel) -> None:
        self.channel = channel
        self._fetcher = Fetcher(self._owner, channel, self._fetched)
        self._sender = Sender(self._owner, channel, self._around.clock)
        self._teller = Teller(self._owner, channel, self._incomplete)
        self._filler = Filler(self._owner, channel, self._incomplete)
        self._acquaintances = Acquaintances(self._owner, channel, self._around.here, self._around.publish)

    def _fetched(self, stream: StreamId) -> None:
        self._teller.wake([stream.id])
        self._filler.fetched(stream.id)
        self._acquaintances.wake()

    def _incomplete(self, conversation: Id) -> bool:
        return self._fetcher.behind(StreamId("conversation", conversation))

    async def _hello(self) -> tuple[Welcome, list[Head]]:
        welcome = await self.channel.ask(Hello(token=self.token, client=CLIENT_NAME), Welcome)
        if welcome.token is not None:
            await self._around.keep_token(welcome.token)
            self.token = welcome.token
        heads, more = list(welcome.heads), welcome.more
        while more and heads:
            page = await ask_patiently(self.channel, Heads(after=heads[-1].stream), HeadPage)
            heads += page.heads
            more = page.more and bool(page.heads)
        return welcome, heads

    async def _say_viewed(self) -> None:
        viewed = self._around.viewed()
        if viewed is not None:
            await self.channel.say(ConversationView(conversation=viewed))

    async def _part(self, work: Callable[[], Awaitable[None]]) -> None:
        """A part of the conduct: whatever goes wrong in it ends the connection, and all is said again."""
        try:
            await work()
        except NotConnected:
            pass  # it has ended already
        except StorageFailed:
            self.channel.drop("storage")
        except Refused as refused:
            self.channel.drop(refused.refusal.code.value)

    # -- events --------------------------------------------------------------------------------------------

    async def _take_in(self, told: list[Told]) -> None:
        found = following.hear(self._owner.model, told, self._fetcher.behind)
        for event in told:
            match event.body:
                case Withdrawn(stream=stream):
                    self._fetcher.withdraw(stream)
                case Person() as card:
                    self._acquaintances.hear_card(card)
        self._fetcher.take_anew(found.anew)
        try:
            await self._owner.keep(found.learned)
        except StorageFailed:
            self.channel.drop("storage")
            return
        if self.channel.ended:
            return  # who is here is not known any more, and nothing is fetched
        self._fetcher.want(found.behind)
        self._acquaintances.doubt(following.related(self._owner.model, told))
        self._around.publish(topic for event in told for topic in self._show(event))
        self._acquaintances.wake()

    def _show(self, event: Told) -> list[Topic]:
        here, now = self._around.here, self._around.clock.monotonic()
        match event.body:
            case Presence() as presence:
                self._acquaintances.hear_presence(presence)
                return [("presence", presence.person)]
            case TypingSeen(conversation=conversation, person=person, on=on):
                if person != self._owner.model.person:
                    here.hear_typing(conversation, person, on, now)
                return [("typing", conversation)]
            case Viewing(conversation=conversation, people=people):
                here.viewing[conversation] = people
                return [("viewing", conversation)]
            case Change(stream=stream, rows=rows):
                authors = [row.author for row in rows if isinstance(row, Message)]
                for author in authors:
                    here.hear_typing(stream.id, author, False, now)
                return [("typing", stream.id)] if authors else []
            case _:
                return []
