"""A conversation as a session holds it: the timeline that is loaded, and how far the server has been told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from coachline_protocol.rows import AnyRow, Conversation, Cursor, Id, Member, Message, Seq

from coachline_core.client.cache.stored import NEWEST
from coachline_core.domain import ranges
from coachline_core.domain.outbox import Entry
from coachline_core.domain.timeline import Timeline

Rows = Mapping[tuple[str, Id | Seq], AnyRow]


@dataclass(slots=True)
class Held:
    """What a session holds of one conversation.

    `timeline` has the newest messages in memory (older ones are in the cache only), reaching down to the first one
    unread, so that what is derived from it is right; its `held` are the seqs held in memory or cache. `seq`: the
    last message up to which every revision was taken in. `seen`: how far I saw
    here; `known`: how far the server knows that I saw.
    """

    id: Id
    me: Id
    timeline: Timeline
    seq: Seq = 0
    seen: Seq = 0
    known: Seq = 0
    rows: Rows = field(default_factory=dict)

    @property
    def row(self) -> Conversation | None:
        """The conversation's own row."""
        row = self.rows.get(("conversation", b""))
        return row if isinstance(row, Conversation) else None

    @property
    def read(self) -> Seq:
        """How far I have seen, on any device."""
        return self.timeline.cursors[self.me].read if self.me in self.timeline.cursors else 0

    @property
    def floor(self) -> Seq:
        """The lowest seq in memory."""
        return min(self.timeline.messages, default=self.seq + 1)

    @property
    def last(self) -> Message | None:
        """The newest message."""
        messages = self.timeline.messages
        return messages[max(messages)] if messages else None

    # -- changes -------------------------------------------------------------------------------------------

    def put(self, messages: Iterable[Message], *, shown: bool = False) -> None:
        """Merge messages; older than what is in memory only if they are to be `shown` or are unread."""
        floor, room = min(self.floor, self.read + 1), NEWEST - len(self.timeline.messages)
        newest = sorted(messages, key=lambda message: -message.seq)
        kept = [message for place, message in enumerate(newest) if shown or message.seq >= floor or place < room]
        self.timeline = self.timeline.merged(kept)

    def hold(self, start: Seq, stop: Seq) -> None:
        """Nothing of start … stop - 1 is missing."""
        self.timeline = self.timeline.holding(start, stop).reaching(stop - 1)

    def grow(self, seq: Seq) -> None:
        """Every revision up to message `seq` was taken in."""
        self.hold(self.seq + 1, seq + 1)
        self.seq = max(self.seq, seq)

    def stand(self, seq: Seq) -> None:
        """The stream was taken in up to message `seq`; what is missing below it is another matter."""
        self.timeline = self.timeline.reaching(seq)
        self.seq = seq

    def told(self, cursors: Iterable[Cursor]) -> None:
        """The server says how far people have come."""
        told = tuple(cursors)
        self.timeline = self.timeline.pointed(told)
        self.known = max([self.known, *(cursor.read for cursor in told if cursor.person == self.me)])

    def saw(self, seq: Seq) -> None:
        """I saw up to `seq` here; the server is yet to be told."""
        self.seen = max(self.seen, seq)
        self.timeline = self.timeline.pointed([Cursor(person=self.me, read=self.seen)])

    def set_rows(self, rows: Rows) -> None:
        """The conversation's rows, messages excepted."""
        self.rows = rows
        member = rows.get(("member", self.me))
        if isinstance(member, Member):
            self.timeline = self.timeline.seen_through(member.windows)

    # -- what follows from it ------------------------------------------------------------------------------

    def shown(self, entries: Iterable[Entry]) -> Timeline:
        """The timeline with what of the outbox belongs to it."""
        return self.timeline.awaiting(entries)

    def deliverable(self) -> Seq | None:
        """How far the server may be told that this device has everything; None: nothing new from anybody else."""
        cursor = self.timeline.cursors.get(self.me, Cursor(person=self.me))
        missing = ranges.missing(self.timeline.held, cursor.delivered + 1, self.seq + 1)
        end = missing[0][0] - 1 if missing else self.seq
        news = (m for seq, m in self.timeline.messages.items() if cursor.delivered < seq <= end and m.author != self.me)
        return end if any(news) else None

    def readable(self) -> Seq | None:
        """How far the server is to be told that I saw; None: it knows."""
        return self.seen if self.seen > self.known else None

    def hole(self) -> ranges.Range | None:
        """The missing range nearest to the end; None: the whole history is here."""
        holes = self.timeline.holes()
        return holes[-1] if holes else None


def fresh(id: Id, me: Id) -> Held:
    """A conversation of which nothing is held."""
    return Held(id, me, Timeline(me=me))
