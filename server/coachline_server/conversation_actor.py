"""What a conversation has besides its stream: cursors, who is typing, who is looking.

Cursors are committed, the highest per member, with the next append or alone, and told once they are durable.
Typing and looking are told and never stored: they end with the actor,
and their signs are repeated by those who make them.
"""

from dataclasses import dataclass
from math import inf

import trio
from coachline_core.domain import access, receipts
from coachline_core.domain.conversation import ConversationState, writing_refusal
from coachline_core.domain.streams import CursorMove
from coachline_protocol.codes import Refusal
from coachline_protocol.ops import CursorMoved, Empty, TypingSeen, Viewing
from coachline_protocol.rows import Id, Message, StreamId
from msgspec.structs import replace

from coachline_server.people_online import LiveConnection, PeopleOnline
from coachline_server.store.port import Append
from coachline_server.stream_actor import StreamActor
from coachline_server.stream_parts import Asked, Round, StreamParts, the_only
from coachline_server.topics import presence_of


class CursorWish(Asked, kw_only=True):
    """Somebody's device stored, or he saw, everything up to `seq`."""

    person: Id
    kind: receipts.CursorKind
    seq: int
    connection: LiveConnection


@dataclass(frozen=True, slots=True)
class TypingSign:
    """Somebody types, or stopped."""

    person: Id
    on: bool


@dataclass(frozen=True, slots=True)
class ViewSign:
    """One connection of somebody shows this conversation, or does so no more."""

    person: Id
    connection: LiveConnection
    on: bool


@dataclass(frozen=True, slots=True)
class LookAgain:
    """What two of the members may know of each other has changed: who looks is told anew."""


class ConversationActor(StreamActor[ConversationState]):
    """The actor of one conversation."""

    def __init__(self, stream: StreamId, parts: StreamParts, people: PeopleOnline, typing_expires: float) -> None:
        super().__init__(stream, parts)
        self._people = people
        self._typing_expires = typing_expires
        self._prepared_for: tuple[Id, ...] | None = None
        """An audience whose choices are known."""
        self._wishes: list[CursorWish] = []
        self._moves: tuple[CursorMove, ...] = ()
        self._moved_by: LiveConnection | None = None
        """The connection that knows of all of `_moves` because it was answered."""
        self._typing: dict[Id, float] = {}
        """Who types, and when that is forgotten; seconds on the monotonic clock."""
        self._viewing: dict[Id, set[LiveConnection]] = {}

    async def prepare(self) -> None:
        audience = self.state.audience
        await self.parts.choices.know(audience)
        self._prepared_for = audience

    def prepared(self) -> bool:
        return self.state.audience is self._prepared_for

    def heard_in_passing(self, item: object) -> bool:
        return isinstance(item, CursorWish)

    def hear(self, item: object) -> None:
        match item:
            case CursorWish():
                self._wishes.append(item)
            case TypingSign(person, on):
                self._type(person, on)
            case ViewSign(person, connection, on):
                self._view(person, connection, on)
            case LookAgain():
                self._tell_all_viewing()
            case _:
                raise TypeError(f"a conversation is told {type(item).__name__}")

    # -- cursors

    def has_more(self) -> bool:
        return bool(self._wishes)

    def append_more(self, append: Append, state: ConversationState) -> Append:
        if not self._wishes:
            self._moves = ()
            return append
        highest: dict[tuple[Id, str], CursorMove] = {}
        at = self.parts.clock.now()
        for wish in self._wishes:
            for move in state.move(wish.person, wish.kind, wish.seq, at):
                other = highest.get((move.person, move.kind))
                if other is None or move.after > other.after:
                    highest[move.person, move.kind] = move
        self._moves = tuple(highest.values())
        return replace(append, moves=self._moves) if self._moves else append

    def acknowledge_more(self) -> None:
        wishes, self._wishes = self._wishes, []
        for wish in wishes:
            wish.end(Empty())
        asked_for = {wish.seq for wish in wishes}
        if self._moves and asked_for.issuperset(move.after for move in self._moves):
            self._moved_by = the_only(wish.connection for wish in wishes)

    def refuse_more(self, refusal: Refusal) -> None:
        wishes, self._wishes = self._wishes, []
        self._moves = ()
        for wish in wishes:
            wish.end(refusal)

    def tell_more(self) -> None:
        moves, self._moves = self._moves, ()
        by, self._moved_by = self._moved_by, None
        if not moves:
            return
        self.state = self.state.moved(moves)
        cursors = self.state.cursors
        told = tuple(cursors[person] for person in sorted({move.person for move in moves}))
        for member in self.rules.audience(self.state):
            shown = self.parts.choices.shown(told, member)
            body = CursorMoved(conversation=self.stream.id, cursors=shown)
            self.parts.fanout.event("cursor", body, (member,), but=by)

    # -- typing

    def _type(self, person: Id, on: bool) -> None:
        if writing_refusal(self.state.row, self.state.members.get(person)) is not None:
            return
        was = self._typing.pop(person, None) is not None
        if on:
            self._typing[person] = trio.current_time() + self._typing_expires
        if on or was:
            self._tell_typing(person, on)

    def _tell_typing(self, person: Id, on: bool) -> None:
        """To everybody but whoever types, on any of his devices."""
        body = TypingSeen(conversation=self.stream.id, person=person, on=on)
        others = [member for member in self.rules.audience(self.state) if member != person]
        self.parts.fanout.event("typing", body, others, droppable=("typing", self.stream.id, person))

    def tell_also(self) -> None:
        closed = self.state.row is not None and self.state.row.closed_at is not None
        if closed and self._typing:
            people, self._typing = tuple(self._typing), {}
            for person in people:
                self._tell_typing(person, False)

    def next_deadline(self) -> float:
        return min(self._typing.values()) if self._typing else inf

    def may_rest(self) -> bool:
        return not self._typing and not self._viewing

    def at_deadline(self) -> None:
        now = trio.current_time()
        for person in [person for person, until in self._typing.items() if until <= now]:
            del self._typing[person]
            self._tell_typing(person, False)

    # -- looking

    def _view(self, person: Id, connection: LiveConnection, on: bool) -> None:
        before = set(self._viewing)
        connections = self._viewing.setdefault(person, set())
        if on and person in self.rules.audience(self.state):
            connections.add(connection)
        else:
            connections.discard(connection)
        if not connections:
            del self._viewing[person]
        if set(self._viewing) != before:
            self._tell_all_viewing()
        elif on:
            self._tell_viewing(person)

    def _tell_all_viewing(self) -> None:
        for member in self.rules.audience(self.state):
            self._tell_viewing(member)

    def _tell_viewing(self, member: Id) -> None:
        """Looking is presence: who may not see that of somebody is not told that he looks."""
        online = self._people.get(member)
        if online is None or online.standing is None:
            return
        standing = online.standing
        seen = tuple(p for p in sorted(self._viewing) if p != member and access.presence_visible(standing, p))
        body = Viewing(conversation=self.stream.id, people=seen)
        # Of several it is replaced by the next; of the one other person in a direct conversation it can be withheld.
        tag = presence_of(seen[0]) if len(seen) == 1 else None
        self.parts.fanout.event("viewing", body, (member,), droppable=("viewing", self.stream.id), tag=tag)

    def count(self, attempt: Round) -> None:
        """A message's way from its frame to the recipients' writers."""
        if not attempt.submissions:
            return
        now, metrics = self.parts.clock.monotonic(), self.parts.metrics
        rows = [row for changed in attempt.batch.changes for row in changed.rows]
        metrics.messages.inc(sum([isinstance(row, Message) for row in rows]))
        for submission in attempt.submissions:
            if submission.heard_at:
                metrics.delivery_seconds.observe(now - submission.heard_at)
