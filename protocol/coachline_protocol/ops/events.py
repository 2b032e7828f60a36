"""What the server says unasked."""

from coachline_protocol.ops.base import Body
from coachline_protocol.ops.people import Person
from coachline_protocol.ops.presence import Presence
from coachline_protocol.rows import AnyRow, Count, Cursor, Id, Revision, StreamId


class Change(Body, frozen=True, kw_only=True):
    """Body of `message`, `member`, `record` and `person`: the stream went from revision `after` to `rev`.

    `rev ≤ mine`: drop; `after ≤ mine < rev`: apply; `after > mine`: ask `changes`. Rows the reader may not
    see are skipped.
    """

    stream: StreamId
    epoch: Id
    after: Revision
    rev: Revision
    rows: tuple[AnyRow, ...]


class CursorMoved(Body, frozen=True, kw_only=True):
    """Members came further."""

    conversation: Id
    cursors: tuple[Cursor, ...]


class TypingSeen(Body, frozen=True, kw_only=True):
    """Somebody types here, or stopped."""

    conversation: Id
    person: Id
    on: bool


class Viewing(Body, frozen=True, kw_only=True):
    """Who is looking at this conversation, besides me."""

    conversation: Id
    people: tuple[Id, ...]


class Withdrawn(Body, frozen=True, kw_only=True):
    """A stream is no longer mine to see: wipe it before anything else."""

    stream: StreamId


class Closing(Body, frozen=True, kw_only=True):
    """The server is about to end this connection; come back in `retry_after_ms`."""

    retry_after_ms: Count


EventBody = Change | CursorMoved | TypingSeen | Viewing | Presence | Person | Withdrawn | Closing

EVENTS: dict[str, type[Body]] = {
    "message": Change,
    "member": Change,
    "record": Change,
    "person": Change,
    "cursor": CursorMoved,
    "typing": TypingSeen,
    "viewing": Viewing,
    "presence": Presence,
    "profile": Person,
    "withdrawn": Withdrawn,
    "closing": Closing,
}
"""Every event and its body. A conversation's change is `message` if a message is among its rows, else
`member`."""
