"""Facts: what a session has learned or decided and must keep. The only way anything changes on this side.

A list of facts is written to the cache as a whole and only then evolves the state in memory, so that what is
shown, what is acknowledged and what is on disk cannot differ:

    judge(model, heard) → facts        pure
    cache.commit(facts)                on disk
    model.evolve(fact)                 in memory, then published

Rows merge by their key, the higher revision wins; cursors merge by maximum; both may be said again.
"""

from dataclasses import dataclass

from coachline_protocol.codes import Refusal
from coachline_protocol.ops import Command, Person
from coachline_protocol.rows import AnyRow, Cursor, Id, Message, Relationship, Revision, Seq, StreamId, Time

from coachline_core.domain.record import sees


@dataclass(frozen=True, slots=True)
class Prepared:
    """The ids with which this device signs in, and an account made here begins: kept, so that an attempt whose
    reply was lost is the same attempt when it is made again."""

    device: Id
    person: Id


@dataclass(frozen=True, slots=True)
class SignedInAs:
    """Whose cache this is."""

    person: Id
    handle: str


@dataclass(frozen=True, slots=True)
class SignedOff:
    """Nothing stays: not what was received, not what was written here and never sent, not whose cache it was."""


@dataclass(frozen=True, slots=True)
class Welcomed:
    """The server knew this device, at this time of this device's clock.

    `reaches`: of others' records, the latest change to what I may see, as the heads said. Not kept on disk: what is
    taken on this connection is judged by it, what was taken before was compared with it.
    """

    at: Time
    epoch: Id
    reaches: tuple[tuple[StreamId, Revision], ...] = ()


@dataclass(frozen=True, slots=True)
class Grown:
    """A stream went on to `rev`: these rows changed. `seq`: the conversation's last message.

    Everything visible in `(seq before, seq]` is among the rows or was held already.
    """

    stream: StreamId
    epoch: Id
    rev: Revision
    seq: Seq
    rows: tuple[AnyRow, ...]


@dataclass(frozen=True, slots=True)
class Retaken:
    """A stream as it stands, instead of whatever was held of it. Messages are complete from `start` to `seq`."""

    stream: StreamId
    epoch: Id
    rev: Revision
    seq: Seq
    start: Seq
    rows: tuple[AnyRow, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """Messages of a conversation, complete from `start` to `stop - 1`."""

    conversation: Id
    start: Seq
    stop: Seq
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A stream is not mine to see any more: nothing of it stays."""

    stream: StreamId


@dataclass(frozen=True, slots=True)
class Noted:
    """Rows of a stream that are known before all that was changed before them: its revision stays where it was."""

    stream: StreamId
    rows: tuple[AnyRow, ...]


@dataclass(frozen=True, slots=True)
class Confined:
    """What I may see of a client's record is what this relationship of mine says: nothing else of it stays."""

    reader: Id
    relationship: Relationship

    @property
    def stream(self) -> StreamId:
        """Whose record."""
        return StreamId("record", self.relationship.client)

    def spares(self, row: AnyRow) -> bool:
        """Whether a row of the record stays."""
        return sees(self.reader, self.relationship.client, self.relationship, row)


@dataclass(frozen=True, slots=True)
class CursorsMoved:
    """How far members of a conversation have come."""

    conversation: Id
    cursors: tuple[Cursor, ...]


@dataclass(frozen=True, slots=True)
class Saw:
    """I saw up to `seq` on this device; the server is told when it can be."""

    conversation: Id
    seq: Seq


@dataclass(frozen=True, slots=True)
class Queued:
    """A command was given here and waits to be said, last of its stream. The same id again changes nothing.

    `needs`: an earlier one that it stands or falls with.
    """

    id: Id
    stream: StreamId
    body: Command
    needs: Id | None = None


@dataclass(frozen=True, slots=True)
class Restated:
    """A command that is not on its way is based on a later revision. Nothing else of it ever changes: it may have been
    said before a cut, and the server knows its content."""

    body: Command


@dataclass(frozen=True, slots=True)
class Said:
    """These commands are on their way. Not kept on disk: a restart says them again."""

    ids: tuple[Id, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """No answer will come to what is on its way.

    `at`: until then, by this device's clock, the server told what may not be shown any more; None: it did not know us.
    """

    at: Time | None = None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A command was done; what it made comes with the same facts or as a change of its stream.

    `rev`: where the answer says so, the revision that what it changed has since. Not kept on disk: what a device
    starts with it brings up to date first.
    """

    id: Id
    rev: Revision = 0


@dataclass(frozen=True, slots=True)
class TurnedDown:
    """A command was refused: for now (it will be said again) or for good. `at`: ms of the session's monotonic clock."""

    id: Id
    refusal: Refusal
    at: Time


@dataclass(frozen=True, slots=True)
class Retried:
    """A failed command is to be said again, in its old place."""

    id: Id


@dataclass(frozen=True, slots=True)
class Discarded:
    """A command that is not on its way is given up."""

    id: Id


@dataclass(frozen=True, slots=True)
class Drafted:
    """What stands in a conversation's composer; empty: nothing."""

    conversation: Id
    text: str


@dataclass(frozen=True, slots=True)
class Met:
    """Cards of people. `all`: these are all I know, whoever else was known is not any more."""

    people: tuple[Person, ...]
    all: bool = False


Fact = (
    Prepared
    | SignedInAs
    | SignedOff
    | Welcomed
    | Grown
    | Retaken
    | Filled
    | Withdrawn
    | Noted
    | Confined
    | CursorsMoved
    | Saw
    | Queued
    | Restated
    | Said
    | Cut
    | Acknowledged
    | TurnedDown
    | Retried
    | Discarded
    | Drafted
    | Met
)
