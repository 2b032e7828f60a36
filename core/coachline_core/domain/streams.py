"""The stream mechanism, once: revisions, compare-and-set, command ids, decisions.

Everything durable that a person can see is a row of exactly one stream. What a stream does is

    decide(view, command) → Decision | Refusal        which rows change, and what the author is answered
    evolve(state, row) → state                        a state is what its rows say, merged by key

and both are pure. A decision names every stream it changes with the revision it stood on; it is written as a
whole or, when one of them has moved meanwhile, not at all (then decide again on what is there now).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from coachline_protocol.codes import Refusal
from coachline_protocol.ops import AccountCreate, Body, Command, SignIn
from coachline_protocol.rows import AnyRow, Cursor, Id, Revision, Seq, StreamId, StreamKind, Time

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Envelope:
    """A command with everything its decision may depend on besides state: who, from where, when.

    `id` is the command id (UUIDv7), remembered per author. `digest` identifies the content: the same id with
    another digest is a `conflict`. `secret` is fresh randomness the server supplies where a command needs it
    (the code of an invitation), so that deciding stays pure. `SignIn` and `AccountCreate`
    arrive with the password already verified or hashed; for them `id` is the device's.
    """

    author: Id
    device: Id
    id: Id
    at: Time
    command: Command | SignIn | AccountCreate
    digest: bytes
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is remembered of a command for whoever says it again: first answer, and for which content."""

    author: Id
    id: Id
    digest: bytes
    reply: Body
    at: Time


@dataclass(frozen=True, slots=True)
class Changed:
    """One stream's part of a decision: it stood at `after`, these rows take it to `rev`.

    Rows are in ascending `rev`; the last one's rev is `rev`; revisions `after + 1 … rev` are all used.
    """

    stream: StreamId
    after: Revision
    rev: Revision
    rows: tuple[AnyRow, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a command does: changed streams (none: it was already so) and the reply once they are durable."""

    reply: Body
    changes: tuple[Changed, ...] = ()


@dataclass(frozen=True, slots=True)
class CursorMove:
    """A member's cursor goes forward in a conversation; kept as history and merged by maximum."""

    conversation: Id
    person: Id
    kind: str
    """`delivered` or `read`."""
    before: Seq
    after: Seq
    at: Time


@dataclass(frozen=True, slots=True)
class View:
    """The states a decision may look at, each at the revision it will be compared with."""

    states: Mapping[StreamId, object]
    now: Time = field(default=0)


class Rules(Protocol, Generic[S]):
    """What one kind of stream is made of; implemented by the modules `conversation`, `record`, `person`."""

    kind: StreamKind

    def empty(self, stream: StreamId) -> S:
        """The state of a stream at revision 0."""
        ...

    def evolve(self, state: S, row: AnyRow) -> S:
        """The state once `row` is durable; rows of an older revision than the one held change nothing."""
        ...

    def audience(self, state: S) -> Sequence[Id]:
        """Who is told of changes, in sorted order."""
        ...

    def touches(self, envelope: Envelope) -> tuple[StreamId, ...]:
        """The streams besides its own that deciding this command looks at or changes."""
        ...

    def decide(self, view: View, stream: StreamId, envelope: Envelope) -> Decision | Refusal:
        """What the command does to the streams in `view`."""
        ...


__all__ = [
    "Answer",
    "Changed",
    "Cursor",
    "CursorMove",
    "Decision",
    "Envelope",
    "Rules",
    "View",
]
