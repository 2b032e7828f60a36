"""The stream mechanism, once: revisions, compare-and-set, command ids, decisions.

Everything durable that a person can see is a row of exactly one stream. What a stream does is

    decide(view, command) → Decision | Refusal        which rows change, and what the author is answered
    evolve(state, row) → state                        a state is what its rows say, merged by key

and both are pure. A decision names every stream it changes with the revision it stood on; it is written as a
whole or, when one of them has moved meanwhile, not at all (then decide again on what is there now).

What is made for every message is a struct, as rows are: frozen, and made in a tenth of a frozen dataclass's time.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, Literal, Protocol, TypeVar

import msgspec
from coachline_protocol import limits
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.ops import (
    AccountCreate,
    Body,
    Command,
    ExcuseMake,
    GoalAssign,
    GoalPropose,
    InvitationCreate,
    MessagePost,
    ProgressCorrect,
    ProgressRecord,
    SignIn,
    TemplateSet,
)
from coachline_protocol.rows import (
    AnyRow,
    Conversation,
    Cursor,
    Id,
    Listing,
    Member,
    Message,
    Profile,
    Relationship,
    Revision,
    Row,
    Seq,
    StreamId,
    StreamKind,
    Time,
)

from coachline_core.domain import ids


class State(Protocol):
    """What every stream's state has: which stream it is, and the revision it is the state of."""

    @property
    def stream(self) -> StreamId: ...

    @property
    def rev(self) -> Revision: ...


S = TypeVar("S", bound=State)
T = TypeVar("T")
K = TypeVar("K")
R = TypeVar("R", bound=Row)


class Envelope(msgspec.Struct, frozen=True):
    """A command with everything its decision may depend on besides state: who, from where, when.

    `id` is the command id (UUIDv7), remembered per author. `digest` identifies the content: the same id with
    another digest is a `conflict`. What the server must look up or draw for a command comes along, so that
    deciding stays pure: `secret`, the code of a new invitation; `token`, a fresh device token; `invitation`,
    whose code was shown, as (its maker, its id), None if there is no such code. `SignIn` and `AccountCreate`
    arrive with the password already verified or hashed; for `SignIn` `id` is the device's, for
    `AccountCreate` the person's.
    """

    author: Id
    device: Id
    id: Id
    at: Time
    command: Command | SignIn | AccountCreate
    digest: bytes
    secret: str = ""
    token: bytes = b""
    invitation: tuple[Id, Id] | None = None


class Answer(msgspec.Struct, frozen=True):
    """What is remembered of a command for whoever says it again: first answer, and for which content."""

    author: Id
    id: Id
    digest: bytes
    reply: Body
    at: Time
    lasting: bool
    """It is kept for ever, for its command created something. Any other may be forgotten, see `forgettable`."""


class Changed(msgspec.Struct, frozen=True):
    """One stream's part of a decision: it stood at `after`, these rows take it to `rev`.

    Rows are in ascending `rev`, each key once, in its latest revision; the last one's is `rev`. Without rows,
    and then with `rev == after`, the stream is only compared: the decision stood on what it says.
    """

    stream: StreamId
    after: Revision
    rev: Revision
    rows: tuple[AnyRow, ...]


class Decision(msgspec.Struct, frozen=True):
    """What a command does: changed streams (none: it was already so) and the reply once they are durable."""

    reply: Body
    changes: tuple[Changed, ...] = ()


class CursorMove(msgspec.Struct, frozen=True):
    """A member's cursor goes forward in a conversation; kept as history and merged by maximum."""

    conversation: Id
    person: Id
    kind: Literal["delivered", "read"]
    before: Seq
    after: Seq
    at: Time


class NotRead(Exception):
    """A decision looks at a stream that is not in the view: whoever asked reads it and has it decided again."""

    def __init__(self, stream: StreamId) -> None:
        super().__init__(f"{stream.kind} {stream.id.hex()}")
        self.stream = stream


class View(msgspec.Struct, frozen=True):
    """The states a decision may look at, each at the revision it will be compared with.

    Which ones it looks at shows only while it decides: the author of a goal, say, is found in the record.
    """

    states: Mapping[StreamId, State]

    def state(self, stream: StreamId, kind: type[T]) -> T:
        """A stream's state. Raises NotRead if it is not here, TypeError if it is not of that kind: a defect."""
        state = self.states.get(stream)
        if state is None:
            raise NotRead(stream)
        if not isinstance(state, kind):
            raise TypeError(f"{stream.kind} stream with a {type(state).__name__}")
        return state


class Kept(Protocol):
    """A stream as a database has it: where it stands, its rows, its cursors."""

    @property
    def rev(self) -> Revision: ...

    @property
    def seq(self) -> Seq: ...

    @property
    def rows(self) -> Sequence[AnyRow]: ...

    @property
    def cursors(self) -> Sequence[Cursor]: ...


class Rules(Protocol, Generic[S]):
    """What one kind of stream is made of; implemented by the modules `conversation`, `record`, `person`."""

    def empty(self, stream: StreamId) -> S:
        """The state of a stream at revision 0."""
        ...

    def restore(self, stream: StreamId, kept: Kept) -> S:
        """The state of a stream as it was kept: messages may be absent from its rows."""
        ...

    def evolve(self, state: S, row: AnyRow) -> S:
        """The state once `row` is durable; rows of an older revision than the one held change nothing."""
        ...

    def audience(self, state: S) -> Sequence[Id]:
        """Who is told of changes, in sorted order."""
        ...

    def visible(self, state: S, reader: Id, row: AnyRow, /) -> bool:
        """Whether one of the audience may see this row."""
        ...

    def decide(self, view: View, stream: StreamId, envelope: Envelope) -> Decision | Refusal:
        """What the command does to the streams in `view`. Raises NotRead for one that is missing there."""
        ...


def apply(rules: Rules[S], state: S, changed: Changed) -> S:
    """The state after a change that starts where it stands. Raises ValueError if it does not: read first."""
    if changed.after != state.rev:
        raise ValueError(f"a change after {changed.after} cannot follow {state.rev}")
    for row in changed.rows:
        state = rules.evolve(state, row)
    return state


def compared(state: State) -> Changed:
    """No change: the decision stood on this state, and is made again if it has moved."""
    return Changed(state.stream, state.rev, state.rev, ())


def newer(held: R | None, row: R) -> R:
    """The later of two revisions of one row."""
    return row if held is None or row.rev >= held.rev else held


def with_row(held: Mapping[K, R], key: K, row: R) -> Mapping[K, R]:
    """Rows by key, with one more or a later one."""
    return {**held, key: newer(held.get(key), row)}


def row_key(row: AnyRow) -> tuple[str, Id | Seq]:
    """What a row is known by in its stream: its kind and its key; b"" for the one there is of its kind."""
    key: Id | Seq = b""
    match row:
        case Message():
            key = row.seq
        case Member():
            key = row.person
        case Relationship():
            key = row.trainer
        case Listing():
            key = row.conversation
        case Conversation() | Profile():
            pass
        case _:
            key = row.id
    return str(row.__struct_config__.tag), key


# -- command ids -------------------------------------------------------------------------------------------

FUTURE_MS = 24 * 60 * 60 * 1000
"""How far ahead of the server a command id may be: a day forgives a clock set to the wrong zone."""
_ANSWERED_BY_TOKEN = (SignIn, AccountCreate)
_KEPT_FOR_EVER = (
    MessagePost,
    InvitationCreate,
    GoalAssign,
    GoalPropose,
    ProgressRecord,
    ProgressCorrect,
    ExcuseMake,
    *_ANSWERED_BY_TOKEN,
)
MEMORY_MS = limits.COMMAND_MEMORY_DAYS * 24 * 60 * 60 * 1000
FORGETTING_MS = 24 * 60 * 60 * 1000
"""How much longer an answer is kept: a command that was young enough when it was taken waits for its commit still."""


def check_id(envelope: Envelope) -> Refusal | None:
    """Why a command cannot be taken because of its id, or None.

    Answers are remembered for COMMAND_MEMORY_DAYS: an older command could have been done and forgotten, so it
    is not done again. The ids of created things are kept with the things, so those are never too old.
    """
    made_at = ids.made_at(envelope.id)
    if made_at is None:
        return Refusal(code=RefusalCode.INVALID, field="id", hint="a command id is a UUIDv7")
    if made_at > envelope.at + FUTURE_MS:
        return Refusal(code=RefusalCode.INVALID, field="id", limit=envelope.at + FUTURE_MS, actual=made_at)
    if _is_lasting(envelope.command):
        return None
    if made_at < envelope.at - MEMORY_MS:
        return Refusal(code=RefusalCode.TOO_OLD, field="id", limit=envelope.at - MEMORY_MS, actual=made_at)
    return None


def forgettable(now: Time) -> Id:
    """Before it lie the ids of commands whose answers, unless they are lasting, may be forgotten by now."""
    return ids.first_of(max(now - MEMORY_MS - FORGETTING_MS, 0))


def _is_lasting(command: Command | SignIn | AccountCreate) -> bool:
    return isinstance(command, _KEPT_FOR_EVER) or (isinstance(command, TemplateSet) and command.template is None)


# -- deciding many at once ---------------------------------------------------------------------------------


class Batch(msgspec.Struct, frozen=True):
    """Several commands decided one after the other, each on what those before it will have done.

    `outcomes`: what each command is answered once `changes` and `answers` are durable, in the order asked;
    refusals do not depend on the commit, but a stored answer to the same command goes before them. `state`: that of
    the stream they are at home in, once they are durable.
    """

    outcomes: tuple[Body | Refusal, ...]
    changes: tuple[Changed, ...]
    answers: tuple[Answer, ...]
    state: State


def decide_batch(
    rules: Mapping[StreamKind, Rules[Any]], view: View, stream: StreamId, envelopes: Sequence[Envelope]
) -> Batch:
    """Decide commands at home in `stream` in order, on provisional state; a command said twice is done once.

    Raises NotRead for a stream that one of them looks at and `view` lacks.
    """
    states = dict(view.states)
    provisional = View(states)
    parts: dict[StreamId, list[Changed]] = {}
    answers: dict[tuple[Id, Id], Answer] = {}
    outcomes: list[Body | Refusal] = []
    home = rules[stream.kind]
    for envelope in envelopes:
        first = answers.get((envelope.author, envelope.id))
        if first is not None:
            outcomes.append(repeated(first, envelope))
            continue
        decided = check_id(envelope) or home.decide(provisional, stream, envelope)
        if isinstance(decided, Refusal):
            outcomes.append(decided)
            continue
        outcomes.append(decided.reply)
        for changed in decided.changes:
            at = changed.stream
            states[at] = apply(rules[at.kind], states[at], changed)
            parts.setdefault(at, []).append(changed)
        # Answered with a token, which nobody keeps: said again, the password is what says who asks.
        if not isinstance(envelope.command, _ANSWERED_BY_TOKEN):
            answers[envelope.author, envelope.id] = Answer(
                author=envelope.author,
                id=envelope.id,
                digest=envelope.digest,
                reply=decided.reply,
                at=envelope.at,
                lasting=_is_lasting(envelope.command),
            )
    merged = tuple([_joined(changes) for changes in parts.values()])
    return Batch(tuple(outcomes), merged, tuple(answers.values()), states[stream])


def repeated(first: Answer, again: Envelope) -> Body | Refusal:
    """What a command said again is answered: the first answer, unless its content is another."""
    if first.digest != again.digest:
        return Refusal(code=RefusalCode.CONFLICT, field="id", hint="this id was used for other content")
    return first.reply


def _joined(changes: Sequence[Changed]) -> Changed:
    """Changes of one stream, one after the other, as one."""
    first, last = changes[0], changes[-1]
    if first is last:
        return first
    latest: dict[tuple[str, Id | Seq], AnyRow] = {}
    for changed in changes:
        for row in changed.rows:
            key = row_key(row)
            latest.pop(key, None)
            latest[key] = row
    return Changed(first.stream, first.after, last.rev, tuple(latest.values()))


__all__ = [
    "Answer",
    "Batch",
    "Changed",
    "Cursor",
    "CursorMove",
    "Decision",
    "Envelope",
    "Kept",
    "NotRead",
    "Rules",
    "State",
    "View",
    "apply",
    "check_id",
    "compared",
    "decide_batch",
    "newer",
    "repeated",
    "row_key",
    "with_row",
]
