"""What a conversation shows: its messages in order, what is still to be said at the end, and a state for each.

A timeline may hold any part of a conversation; it knows which seqs it holds and so which are missing. It is
meant for what is on screen and around it: merging copies what is held.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from coachline_protocol.codes import Refusal
from coachline_protocol.ops import MessagePost
from coachline_protocol.rows import Cursor, Date, Id, Message, MessageKind, Seq, Time, Window

from coachline_core.domain import ranges, receipts
from coachline_core.domain.outbox import Entry
from coachline_core.domain.ranges import Range
from coachline_core.domain.streams import newer

ItemState = Literal["queued", "sending", "sent", "delivered", "read", "failed"]


@dataclass(frozen=True, slots=True)
class Item:
    """One entry as it is shown. `seq` and `at` are None until it is sent; `refusal` says why it failed or waits.

    A card (`kind` goal or progress) names the `goal`, and the `day` of progress; its `text` is the deed, no words.
    """

    id: Id
    author: Id
    kind: MessageKind
    text: str
    state: ItemState
    seq: Seq | None = None
    at: Time | None = None
    about: Id | None = None
    goal: Id | None = None
    day: Date | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A conversation on the device of `me`, who sees the seqs in `windows`, up to `head`.

    `messages` are by seq; `held` are the seqs that are here, or known to have nothing for me; `cursors` are by
    person; `pending` is what of the outbox belongs here, oldest first.
    """

    me: Id
    head: Seq = 0
    windows: tuple[Window, ...] = (Window(join=1),)
    messages: Mapping[Seq, Message] = field(default_factory=dict)
    held: tuple[Range, ...] = ()
    cursors: Mapping[Id, Cursor] = field(default_factory=dict)
    pending: tuple[Item, ...] = ()

    def merged(self, messages: Iterable[Message]) -> "Timeline":
        """With these messages too, each in its latest revision, in whatever order they come."""
        merged = dict(self.messages)
        held = self.held
        head = self.head
        for message in messages:
            merged[message.seq] = newer(merged.get(message.seq), message)
            held = ranges.add(held, message.seq, message.seq + 1)
            head = max(head, message.seq)
        return replace(self, messages=merged, held=held, head=head)

    def holding(self, start: Seq, stop: Seq) -> "Timeline":
        """Having asked for all of start … stop - 1: what did not come is not there for me."""
        return replace(self, held=ranges.add(self.held, start, stop))

    def reaching(self, head: Seq) -> "Timeline":
        """Told that the conversation goes up to `head`."""
        return replace(self, head=max(self.head, head))

    def seen_through(self, windows: Sequence[Window]) -> "Timeline":
        """As a member with these windows sees it."""
        return replace(self, windows=tuple(windows))

    def pointed(self, cursors: Iterable[Cursor]) -> "Timeline":
        """With these cursors merged in."""
        merged = dict(self.cursors)
        for cursor in cursors:
            known = merged.get(cursor.person)
            merged[cursor.person] = cursor if known is None else receipts.merge(known, cursor)
        return replace(self, cursors=merged)

    def awaiting(self, entries: Iterable[Entry]) -> "Timeline":
        """With this outbox: what of it is posted here (`entries` are those of this conversation's stream)."""
        posts = ((entry, entry.body) for entry in entries if isinstance(entry.body, MessagePost))
        return replace(
            self,
            pending=tuple(
                Item(entry.id, self.me, body.kind, body.text, entry.state, refusal=entry.refusal)
                for entry, body in posts
            ),
        )

    def holes(self) -> tuple[Range, ...]:
        """The seqs I may see and do not hold, oldest first."""
        found: list[Range] = []
        for window in self.windows:
            stop = self.head + 1 if window.leave is None else min(window.leave, self.head + 1)
            found.extend(ranges.missing(self.held, max(window.join, 1), stop))
        return tuple(found)

    def unread(self) -> int:
        """Messages held that count on the badge; all of them only if no hole lies above my read cursor."""
        read = self.cursors[self.me].read if self.me in self.cursors else 0
        return sum(receipts.is_unread(message, self.me, read) for message in self.messages.values())

    def items(self) -> tuple[Item, ...]:
        """Everything shown, in order: messages by seq, then what is still to be said."""
        shown = [self._said(self.messages[seq]) for seq in sorted(self.messages)]
        mine = {item.id for item in shown if item.author == self.me}
        return (*shown, *(item for item in self.pending if item.id not in mine))

    def _said(self, message: Message) -> Item:
        return Item(
            id=message.id,
            author=message.author,
            kind=message.kind,
            text=message.text,
            state=receipts.message_state(message.seq, message.author, self.cursors, self.me),
            seq=message.seq,
            at=message.at,
            about=message.about,
            goal=message.goal,
            day=message.day,
        )
