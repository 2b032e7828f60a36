"""Conversations: members and the windows in which they see, messages in one gapless order, cursors.

So far between two people. Groups and rooms are further kinds of the same rows: more members, more windows.
"""

from collections.abc import Iterable, Mapping

import msgspec
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import (
    AnyRow,
    Conversation,
    ConversationRow,
    Cursor,
    Id,
    Listing,
    Member,
    Message,
    Revision,
    Seq,
    StreamId,
    Time,
    Window,
)
from msgspec.structs import replace

from coachline_core.domain import receipts
from coachline_core.domain.ids import direct_id
from coachline_core.domain.person import PersonState, person_stream
from coachline_core.domain.record import RecordState, record_stream
from coachline_core.domain.streams import Changed, CursorMove, Decision, Envelope, Kept, View, compared, newer, with_row
from coachline_core.domain.text import normalise_text


class ConversationState(msgspec.Struct, frozen=True):
    """A conversation without its messages; without a row there is none.

    `audience`: who is a member now, in sorted order; asked for more often than members change.
    """

    stream: StreamId
    rev: Revision = 0
    seq: Seq = 0
    row: Conversation | None = None
    members: Mapping[Id, Member] = msgspec.field(default_factory=dict)
    cursors: Mapping[Id, Cursor] = msgspec.field(default_factory=dict)
    audience: tuple[Id, ...] = ()

    def moved(self, moves: Iterable[CursorMove]) -> "ConversationState":
        """The state once these moves are durable."""
        cursors = dict(self.cursors)
        for move in moves:
            held = cursors.get(move.person) or Cursor(person=move.person)
            cursors[move.person] = receipts.moved(held, move)
        return replace(self, cursors=cursors)

    def move(self, person: Id, kind: receipts.CursorKind, seq: Seq, at: Time) -> tuple[CursorMove, ...]:
        """The moves that take a member's cursor to `seq`; none for whoever is no member now."""
        if person not in self.audience:
            return ()
        return receipts.move(self.stream.id, self.cursors, person, kind, seq, self.seq, at)


def conversation_stream(conversation: Id) -> StreamId:
    """A conversation's stream."""
    return StreamId("conversation", conversation)


def is_open(member: Member) -> bool:
    """Whether he is a member now."""
    return None in [window.leave for window in member.windows]


def in_windows(windows: Iterable[Window], seq: Seq) -> bool:
    """Whether a message was said while somebody with these windows was a member."""
    return bool([window for window in windows if window.join <= seq and (window.leave is None or seq < window.leave)])


def sees(member: Member | None, row: AnyRow) -> bool:
    """Whether a reader sees a row of a conversation; `member`: his own membership, if he ever had one.

    Messages of his windows; who else is there as long as he is a member; always his own membership and the
    conversation itself, so that one who left knows that he did.
    """
    if member is None:
        return False
    match row:
        case Message():
            return in_windows(member.windows, row.seq)
        case Member():
            return row.person == member.person or is_open(member)
        case _:
            return True


def membership_refusal(member: Member | None) -> Refusal | None:
    """Why somebody with this membership does not take part, or None."""
    if member is None:
        return Refusal(code=RefusalCode.NOT_FOUND, field="conversation")
    if not is_open(member):
        return Refusal(code=RefusalCode.NOT_A_MEMBER, field="conversation")
    return None


def writing_refusal(row: Conversation | None, member: Member | None) -> Refusal | None:
    """Why somebody with this membership cannot write (or type) here, or None."""
    if row is None:
        return Refusal(code=RefusalCode.NOT_FOUND, field="conversation")
    refusal = membership_refusal(member)
    if refusal is None and row.closed_at is not None:
        return Refusal(code=RefusalCode.CONVERSATION_CLOSED, field="conversation")
    return refusal


class ConversationRules:
    """The rules of conversations."""

    def empty(self, stream: StreamId) -> ConversationState:
        """A conversation that nobody opened yet."""
        return ConversationState(stream)

    def restore(self, stream: StreamId, kept: Kept) -> ConversationState:
        """The conversation as it was kept; messages need not be among the rows."""
        state = ConversationState(stream)
        for row in kept.rows:
            state = self.evolve(state, row)
        return replace(state, rev=kept.rev, seq=kept.seq, cursors={cursor.person: cursor for cursor in kept.cursors})

    def evolve(self, state: ConversationState, row: AnyRow) -> ConversationState:
        """Merge by key; rows that belong to other kinds of stream are a defect and raise TypeError."""
        rev = max(state.rev, row.rev)
        match row:
            case Message():
                # Said in full, as the hottest line there is.
                seq = max(state.seq, row.seq)
                return ConversationState(
                    state.stream, rev, seq, state.row, state.members, state.cursors, state.audience
                )
            case Member():
                members = with_row(state.members, row.person, row)
                audience = sorted([person for person, member in members.items() if is_open(member)])
                return replace(state, rev=rev, members=members, audience=tuple(audience))
            case Conversation():
                return replace(state, rev=rev, row=newer(state.row, row))
            case _:
                raise TypeError(f"{type(row).__name__} in a conversation")

    def audience(self, state: ConversationState) -> tuple[Id, ...]:
        """Who is a member now."""
        return state.audience

    def visible(self, state: ConversationState, reader: Id, row: AnyRow, /) -> bool:
        """As far as the reader's windows reach."""
        return sees(state.members.get(reader), row)

    def decide(self, view: View, stream: StreamId, envelope: Envelope) -> Decision | Refusal:
        """What a command does to a conversation."""
        state = view.state(stream, ConversationState)
        match envelope.command:
            case ops.MessagePost() as command:
                return _post(state, envelope, command)
            case ops.ConversationOpen() as command:
                return _open(view, state, envelope, command.person)
            case _:
                raise TypeError(f"{type(envelope.command).__name__} is not at home in a conversation")


RULES = ConversationRules()


def _post(state: ConversationState, envelope: Envelope, command: ops.MessagePost) -> Decision | Refusal:
    refusal = writing_refusal(state.row, state.members.get(envelope.author))
    if refusal is not None:
        return refusal
    if command.kind != "text":
        return Refusal(code=RefusalCode.INVALID, field="kind", hint="only text is posted by people")
    text = normalise_text(command.text)
    if isinstance(text, Refusal):
        return text
    rev, seq = state.rev + 1, state.seq + 1
    message = Message(rev=rev, seq=seq, id=envelope.id, author=envelope.author, text=text, at=envelope.at)
    return Decision(ops.Posted(rev=rev, seq=seq, at=envelope.at), (Changed(state.stream, state.rev, rev, (message,)),))


def opening_grounds(me: PersonState, mine: RecordState, theirs: RecordState) -> StreamId | Refusal:
    """The stream that allows one person to open a conversation with another, or why it is not allowed.

    An active relationship, whoever of the two coaches, or being an admin. Who was never related to somebody
    learns nothing of him.
    """
    other = theirs.stream.id
    if mine.active(other):
        return mine.stream
    if theirs.active(me.stream.id):
        return theirs.stream
    if me.has_role("admin"):
        return me.stream
    if other in mine.relationships or me.stream.id in theirs.relationships:
        return Refusal(code=RefusalCode.NO_RELATIONSHIP, field="person")
    return Refusal(code=RefusalCode.NOT_FOUND, field="person")


def _open(view: View, state: ConversationState, envelope: Envelope, other: Id) -> Decision | Refusal:
    me = envelope.author
    if me == other:
        return Refusal(code=RefusalCode.INVALID, field="person", hint="a conversation has two people")
    if state.stream.id != direct_id(me, other):
        raise ValueError("a direct conversation is decided in the stream its two people name")
    if state.row is not None:
        return Decision(ops.Opened(conversation=state.stream.id, rev=state.rev))
    my_account, theirs = (view.state(person_stream(person), PersonState) for person in (me, other))
    grounds = opening_grounds(
        my_account, view.state(record_stream(me), RecordState), view.state(record_stream(other), RecordState)
    )
    if isinstance(grounds, Refusal):
        return grounds
    if theirs.profile is None:
        return Refusal(code=RefusalCode.NOT_FOUND, field="person")
    rows, listings = founded(view, state, envelope, me, other)
    # Only compared: a relationship that ends meanwhile makes this be decided again.
    stood_on = [compared(view.states[grounds])] if grounds.kind == "record" else []
    rev = rows[-1].rev
    return Decision(
        ops.Opened(conversation=state.stream.id, rev=rev),
        (Changed(state.stream, state.rev, rev, rows), *listings, *stood_on),
    )


# -- what else happens to the conversation of two people ---------------------------------------------------


def founded(
    view: View, state: ConversationState, envelope: Envelope, me: Id, other: Id, *, remark: Id | None = None
) -> tuple[tuple[ConversationRow, ...], tuple[Changed, ...]]:
    """The first rows of a direct conversation that one of the two founds, and the changes that list it for both.

    `remark`: the id of its first message, where the command's own is that of another one.
    """
    at = envelope.at
    rows = (
        Conversation(rev=1, kind="direct", created_at=at),
        Member(rev=2, person=me, windows=(Window(join=1),)),
        Member(rev=3, person=other, windows=(Window(join=1),)),
        _remark(envelope, me, "opened", other, rev=4, seq=1, id=remark),
    )
    listings = tuple(
        _listed(view.state(person_stream(person), PersonState), state.stream.id, counterpart)
        for person, counterpart in ((me, other), (other, me))
    )
    return rows, listings


def _listed(person: PersonState, conversation: Id, other: Id) -> Changed:
    rev = person.rev + 1
    listing = Listing(rev=rev, conversation=conversation, kind="direct", other=other)
    return Changed(person.stream, person.rev, rev, (listing,))


def closed(state: ConversationState, envelope: Envelope, other: Id) -> Changed:
    """A conversation from now on only read, by the author of the command; only compared if there is none open."""
    if state.row is None or state.row.closed_at is not None:
        return compared(state)
    return _remarked(state, envelope, "closed", other, msgspec.structs.replace(state.row, closed_at=envelope.at))


def reopened(state: ConversationState, envelope: Envelope, other: Id) -> Changed:
    """A conversation written in again; only compared if there is none closed."""
    if state.row is None or state.row.closed_at is None:
        return compared(state)
    return _remarked(state, envelope, "reopened", other, msgspec.structs.replace(state.row, closed_at=None))


def _remarked(state: ConversationState, envelope: Envelope, word: str, other: Id, row: Conversation) -> Changed:
    rev = state.rev + 2
    remark = _remark(envelope, envelope.author, word, other, rev=rev - 1, seq=state.seq + 1)
    return Changed(state.stream, state.rev, rev, (remark, msgspec.structs.replace(row, rev=rev)))


def _remark(
    envelope: Envelope, author: Id, word: str, about: Id, *, rev: Revision, seq: Seq, id: Id | None = None
) -> Message:
    """What the server notes in a conversation: a word of a closed set. `id`: unless it is the command's."""
    return Message(
        rev=rev, seq=seq, id=id or envelope.id, author=author, kind="system", text=word, at=envelope.at, about=about
    )


__all__ = [
    "RULES",
    "ConversationRules",
    "ConversationState",
    "closed",
    "conversation_stream",
    "direct_id",
    "founded",
    "in_windows",
    "is_open",
    "membership_refusal",
    "opening_grounds",
    "reopened",
    "sees",
    "writing_refusal",
]
