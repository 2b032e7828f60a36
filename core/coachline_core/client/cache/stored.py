"""What the cache gives back, as plain values."""

from dataclasses import dataclass
from typing import Final

from coachline_protocol.ops import Person
from coachline_protocol.rows import AnyRow, Cursor, Id, Message, Revision, Seq, StreamId, Time

from coachline_core.domain.outbox import Entry
from coachline_core.domain.ranges import Range

NEWEST: Final = 50
"""Messages per conversation with which a session starts: two screens."""


@dataclass(frozen=True, slots=True)
class StoredStream:
    """How far a stream is held, and its rows, messages excepted."""

    stream: StreamId
    epoch: Id
    rev: Revision
    seq: Seq
    rows: tuple[AnyRow, ...]


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """What is held of a conversation besides its stream's rows.

    `held`: the seqs of which nothing is missing. `seen`: how far I saw
    on this device. `newest`: the newest held messages, ascending, reaching down to the first one unseen.
    """

    conversation: Id
    held: tuple[Range, ...]
    cursors: tuple[Cursor, ...]
    seen: Seq
    newest: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """Everything a session starts with. `person` None: nobody is signed in. Outbox in order.
    `prepared`: the ids of device and account with which signing in was begun."""

    prepared: tuple[Id, Id] | None
    person: Id | None
    handle: str
    epoch: Id | None
    in_touch: Time
    streams: tuple[StoredStream, ...]
    conversations: tuple[StoredConversation, ...]
    outbox: tuple[Entry, ...]
    drafts: dict[Id, str]
    people: tuple[Person, ...]
