"""Everything a session knows, in memory: evolves by facts, after they are on disk. Pure.

`evolve` answers what changed, so that whoever watches can be told; the getters answer what is shown.
"""

from functools import singledispatchmethod

from coachline_protocol.ops import Command, Person
from coachline_protocol.rows import (
    AnyRow,
    Id,
    Listing,
    Message,
    Profile,
    Relationship,
    Revision,
    Seq,
    StreamId,
    Template,
    Time,
)

from coachline_core.client import facts
from coachline_core.client.cache.stored import Stored
from coachline_core.client.conversation import Held, fresh
from coachline_core.client.updates import Topic
from coachline_core.client.values import Summary
from coachline_core.domain import text
from coachline_core.domain.basis import UNKNOWN, Subject, base_of, subject
from coachline_core.domain.outbox import Entry, Outbox
from coachline_core.domain.streams import newer, row_key
from coachline_core.domain.timeline import Timeline

CONVERSATIONS: Topic = ("conversations", b"")
PEOPLE: Topic = ("people", b"")
TEMPLATES: Topic = ("templates", b"")


def conversation_topic(conversation: Id) -> Topic:
    """The topic of one conversation's timeline."""
    return "conversation", conversation


def record_topic(client: Id) -> Topic:
    """The topic of one client's record."""
    return "record", client


def conversation_stream(conversation: Id) -> StreamId:
    """A conversation's stream."""
    return StreamId("conversation", conversation)


class Model:
    """What is known, and from which revisions."""

    def __init__(self, stored: Stored) -> None:
        self.prepared = stored.prepared
        self.person: Id | None = stored.person
        self.handle = stored.handle
        self.epoch = stored.epoch
        self.in_touch: Time = stored.in_touch
        self._reaches: dict[StreamId, Revision] = {}
        self._answered: dict[tuple[StreamId, Subject], Revision] = {}
        self.revs: dict[StreamId, Revision] = {held.stream: held.rev for held in stored.streams}
        self.rows: dict[StreamId, dict[tuple[str, Id | Seq], AnyRow]] = {
            held.stream: {row_key(row): row for row in held.rows} for held in stored.streams
        }
        self.conversations: dict[Id, Held] = {}
        self.outbox = Outbox(stored.outbox).settled()
        self.drafts = dict(stored.drafts)
        self.people: dict[Id, Person] = {person.id: person for person in stored.people}
        seqs = {held.stream: held.seq for held in stored.streams}
        for kept in stored.conversations:
            stream = conversation_stream(kept.conversation)
            held = self._conversation(kept.conversation)
            held.set_rows(self.rows[stream])
            held.put(kept.newest, shown=True)
            for start, stop in kept.held:
                held.hold(start, stop)
            held.stand(seqs[stream])
            held.told(kept.cursors)
            if kept.seen:
                held.saw(kept.seen)

    # -- getters -------------------------------------------------------------------------------------------

    def timeline(self, conversation: Id) -> Timeline | None:
        """What is loaded of a conversation and what waits to be said in it; None: not mine to see."""
        held = self.conversations.get(conversation)
        if held is None or conversation_stream(conversation) not in self.revs:
            return None
        return held.shown(self.entries(conversation))

    def entries(self, conversation: Id) -> list[Entry]:
        """The outbox of one conversation, in order."""
        return self.queued(conversation_stream(conversation))

    def queued(self, stream: StreamId) -> list[Entry]:
        """The outbox of one stream, in order."""
        return [entry for entry in self.outbox.entries if entry.stream == stream]

    def summaries(self) -> tuple[Summary, ...]:
        """The conversation list, latest activity first."""
        found = [self._summary(listing) for listing in self.listings()]
        return tuple(sorted(found, key=lambda line: (-line.active_at, line.conversation)))

    def listings(self) -> list[Listing]:
        """The conversations of my list, in no order."""
        mine = self.rows.get(StreamId("person", self.person or b""), {})
        return [row for row in mine.values() if isinstance(row, Listing)]

    def relationships(self) -> list[Relationship]:
        """The coaching relationships I am in, my own record's and others'."""
        return [row for rows in self.rows.values() for row in rows.values() if isinstance(row, Relationship)]

    def records(self) -> list[Id]:
        """The clients whose records are held, in order."""
        return sorted(stream.id for stream in self.revs if stream.kind == "record")

    def my_relationship(self, client: Id) -> Relationship | None:
        """What is known of the coaching between a client and me, his trainer."""
        row = self.rows.get(StreamId("record", client), {}).get(("relationship", self.person or b""))
        return row if isinstance(row, Relationship) else None

    def reach(self, client: Id) -> Revision:
        """The latest change that is known to what I may see of a client's record."""
        mine = self.my_relationship(client)
        return max(self._reaches.get(StreamId("record", client), 0), mine.reach if mine else 0)

    def base(self, stream: StreamId, body: Command) -> Revision:
        """The revision that a command would be based on now: of the row, or of my own change that was answered and
        is not here yet; else UNKNOWN."""
        changed = subject(body)
        answered = UNKNOWN if changed is None else self._answered.get((stream, changed), UNKNOWN)
        return max(answered, base_of(self.rows.get(stream, {}).values(), body))

    def templates(self) -> list[Template]:
        """The goals I keep to set again, in no order."""
        mine = self.rows.get(StreamId("person", self.person or b""), {})
        return [row for row in mine.values() if isinstance(row, Template) and row.removed_at is None]

    def strangers(self) -> set[Id]:
        """Who is mentioned and has no card here."""
        mentioned = {listing.other for listing in self.listings() if listing.other is not None}
        for relationship in self.relationships():
            mentioned |= {relationship.trainer, relationship.client}
        return {person for person in mentioned if person != self.person and person not in self.people}

    def profile(self) -> Profile | None:
        """My own profile."""
        row = self.rows.get(StreamId("person", self.person or b""), {}).get(("profile", b""))
        return row if isinstance(row, Profile) else None

    def _summary(self, listing: Listing) -> Summary:
        conversation = listing.conversation
        held = self.conversations.get(conversation) or fresh(conversation, self.person or b"")
        items = held.shown(self.entries(conversation)).items()
        row, last = held.row, items[-1] if items else None
        return Summary(
            conversation=conversation,
            kind=listing.kind,
            other=listing.other,
            title=row.title if row else None,
            last=last,
            preview=text.preview(last.text) if last and last.kind == "text" else "",
            unread=held.timeline.unread(),
            active_at=held.last.at if held.last else row.created_at if row else 0,
            closed=row is not None and row.closed_at is not None,
            draft=self.drafts.get(conversation, ""),
        )

    def _conversation(self, id: Id) -> Held:
        if id not in self.conversations:
            self.conversations[id] = fresh(id, self.person or b"")
        return self.conversations[id]

    # -- facts ---------------------------------------------------------------------------------------------

    @singledispatchmethod
    def evolve(self, fact: object) -> list[Topic]:
        """Take in a fact that is on disk. Returns what changed."""
        raise TypeError(f"{type(fact).__name__} is not a fact")

    @evolve.register
    def _(self, fact: facts.Prepared) -> list[Topic]:
        self.prepared = fact.device, fact.person
        return []

    @evolve.register
    def _(self, fact: facts.SignedInAs) -> list[Topic]:
        self.person, self.handle = fact.person, fact.handle
        return [CONVERSATIONS]

    @evolve.register
    def _(self, _fact: facts.SignedOff) -> list[Topic]:
        gone = [conversation_topic(id) for id in self.conversations]
        gone += [record_topic(id) for id in self.records()]
        self.revs, self.rows, self.conversations, self.people = {}, {}, {}, {}
        self.outbox, self.drafts, self.prepared = Outbox(), {}, None
        self.epoch, self.person, self.handle, self.in_touch = None, None, "", 0
        self._answered.clear()
        return [*gone, CONVERSATIONS, PEOPLE, TEMPLATES]

    @evolve.register
    def _(self, fact: facts.Welcomed) -> list[Topic]:
        if fact.epoch != self.epoch:
            self._answered.clear()
        self.epoch, self.in_touch, self._reaches = fact.epoch, fact.at, dict(fact.reaches)
        return [PEOPLE, *(record_topic(id) for id in self.records())]

    @evolve.register
    def _(self, fact: facts.Grown) -> list[Topic]:
        self.revs[fact.stream] = fact.rev
        self._put(fact.stream, fact.rows)
        if fact.stream.kind == "conversation":
            self._conversation(fact.stream.id).grow(fact.seq)
        return self._topics(fact.stream)

    @evolve.register
    def _(self, fact: facts.Retaken) -> list[Topic]:
        self.revs[fact.stream] = fact.rev
        self.rows[fact.stream] = {}
        if fact.stream.kind == "conversation":
            held = self._conversation(fact.stream.id)
            held.timeline = Timeline(me=held.me, cursors=held.timeline.cursors)
            held.hold(fact.start, fact.seq + 1)
            held.seq = fact.seq
        self._put(fact.stream, fact.rows)
        return self._topics(fact.stream)

    @evolve.register
    def _(self, fact: facts.Filled) -> list[Topic]:
        held = self._conversation(fact.conversation)
        held.put(fact.messages)
        held.hold(fact.start, fact.stop)
        return self._topics(conversation_stream(fact.conversation))

    @evolve.register
    def _(self, fact: facts.Withdrawn) -> list[Topic]:
        self.revs.pop(fact.stream, None)
        self.rows.pop(fact.stream, None)
        if fact.stream.kind == "conversation":
            self.conversations.pop(fact.stream.id, None)
        return self._topics(fact.stream)

    @evolve.register
    def _(self, fact: facts.Noted) -> list[Topic]:
        self._put(fact.stream, fact.rows)
        return self._topics(fact.stream)

    @evolve.register
    def _(self, fact: facts.Confined) -> list[Topic]:
        held = self.rows.get(fact.stream, {})
        self.rows[fact.stream] = {key: row for key, row in held.items() if fact.spares(row)}
        return self._topics(fact.stream)

    @evolve.register
    def _(self, fact: facts.CursorsMoved) -> list[Topic]:
        self._conversation(fact.conversation).told(fact.cursors)
        return self._topics(conversation_stream(fact.conversation))

    @evolve.register
    def _(self, fact: facts.Saw) -> list[Topic]:
        self._conversation(fact.conversation).saw(fact.seq)
        return self._topics(conversation_stream(fact.conversation))

    @evolve.register
    def _(self, fact: facts.Queued) -> list[Topic]:
        return self._said(self.outbox.add(fact.id, fact.stream, fact.body, needs=fact.needs))

    @evolve.register
    def _(self, fact: facts.Restated) -> list[Topic]:
        return self._said(self.outbox.restated(fact.body))

    @evolve.register
    def _(self, fact: facts.Said) -> list[Topic]:
        return self._said(self.outbox.sent(fact.ids))

    @evolve.register
    def _(self, fact: facts.Cut) -> list[Topic]:
        self.in_touch = self.in_touch if fact.at is None else fact.at
        return self._said(self.outbox.disconnected())

    @evolve.register
    def _(self, fact: facts.Acknowledged) -> list[Topic]:
        entry = self.outbox.get(fact.id)
        if entry is not None and (changed := subject(entry.body)) is not None:
            self._answered[entry.stream, changed] = fact.rev
        return self._said(self.outbox.acknowledged(fact.id))

    @evolve.register
    def _(self, fact: facts.TurnedDown) -> list[Topic]:
        topics = self._said(self.outbox.refused(fact.id, fact.refusal, fact.at))
        failed = () if fact.refusal.code.retryable else (("failed", fact.id),)
        return [*topics, *failed]

    @evolve.register
    def _(self, fact: facts.Retried) -> list[Topic]:
        return self._said(self.outbox.retry(fact.id))

    @evolve.register
    def _(self, fact: facts.Discarded) -> list[Topic]:
        return [*self._said(self.outbox.discard(fact.id)), ("discarded", fact.id)]

    @evolve.register
    def _(self, fact: facts.Drafted) -> list[Topic]:
        self.drafts[fact.conversation] = fact.text
        return [CONVERSATIONS]

    @evolve.register
    def _(self, fact: facts.Met) -> list[Topic]:
        cards = {person.id: person for person in fact.people}
        self.people = cards if fact.all else {**self.people, **cards}
        # A card says in which zone a client's days are.
        return [PEOPLE, *(record_topic(id) for id in self.records() if id in {person.id for person in fact.people})]

    def _said(self, outbox: Outbox) -> list[Topic]:
        """The outbox as it is now. Returns the conversations whose entries are not what they were."""
        before = {entry.id: entry for entry in self.outbox.entries}
        after = {entry.id: entry for entry in outbox.entries}
        self.outbox = outbox
        changed = [
            entry.stream
            for id in {**before, **after}
            if (entry := after.get(id) or before[id]) is not before.get(id) or id not in after
        ]
        return [topic for stream in dict.fromkeys(changed) for topic in self._topics(stream)]

    def _put(self, stream: StreamId, rows: tuple[AnyRow, ...]) -> None:
        kept = self.rows.setdefault(stream, {})
        for row in rows:
            if not isinstance(row, Message):
                key = row_key(row)
                kept[key] = newer(kept.get(key), row)
        if stream.kind == "conversation":
            held = self._conversation(stream.id)
            held.set_rows(kept)
            held.put(row for row in rows if isinstance(row, Message))

    def _topics(self, stream: StreamId) -> list[Topic]:
        if stream.kind == "conversation":
            return [conversation_topic(stream.id), CONVERSATIONS]
        if stream.kind == "record":
            return [record_topic(stream.id), PEOPLE]
        return [CONVERSATIONS, PEOPLE, TEMPLATES, record_topic(stream.id)]
