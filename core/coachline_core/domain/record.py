"""A client's coaching record: who coaches him, and what he lets each of them see and do.

Goals, progress and sessions are further rows of this stream: a mapping by key in the state, a case in `evolve`,
and a case in `sees`, which judges each row by the reader's relationship.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import AnyRow, Id, Relationship, Revision, StreamId, StreamKind

from coachline_core.domain.person import (
    PersonState,
    invitation_refusal,
    invitation_shown,
    invitation_used,
    person_stream,
)
from coachline_core.domain.streams import Changed, Decision, Envelope, Kept, View, with_row


@dataclass(frozen=True, slots=True)
class RecordState:
    """A client's relationships, by trainer."""

    stream: StreamId
    rev: Revision = 0
    relationships: Mapping[Id, Relationship] = field(default_factory=dict)

    def active(self, trainer: Id) -> bool:
        """Whether that trainer coaches this client now."""
        held = self.relationships.get(trainer)
        return held is not None and held.state == "active"


def record_stream(client: Id) -> StreamId:
    """A client's record."""
    return StreamId("record", client)


def sees(reader: Id, client: Id, relationship: Relationship | None, row: AnyRow) -> bool:
    """Whether a reader sees a row of a client's record; `relationship`: the reader's with the client, if any.

    The client sees everything. A trainer sees his own relationship as long as it has not ended, and nothing of
    the client's other trainers.
    """
    if reader == client:
        return True
    if relationship is None or relationship.state == "ended":
        return False
    return isinstance(row, Relationship) and row.trainer == reader


class RecordRules:
    """The rules of records."""

    kind: StreamKind = "record"

    def empty(self, stream: StreamId) -> RecordState:
        """Nobody coaches this person yet."""
        return RecordState(stream)

    def restore(self, stream: StreamId, kept: Kept) -> RecordState:
        """The record as it was kept; it has neither seqs nor cursors."""
        state = RecordState(stream)
        for row in kept.rows:
            state = self.evolve(state, row)
        return replace(state, rev=kept.rev)

    def evolve(self, state: RecordState, row: AnyRow) -> RecordState:
        """Merge by key; rows that belong to other kinds of stream are a defect and raise TypeError."""
        match row:
            case Relationship():
                relationships = with_row(state.relationships, row.trainer, row)
                return replace(state, rev=max(state.rev, row.rev), relationships=relationships)
            case _:
                raise TypeError(f"{type(row).__name__} in a record")

    def audience(self, state: RecordState) -> tuple[Id, ...]:
        """The client, and the trainers whose relationship has not ended."""
        if not state.relationships:
            return ()
        trainers = {held.trainer for held in state.relationships.values() if held.state != "ended"}
        return tuple(sorted({state.stream.id, *trainers}))

    def visible(self, state: RecordState, reader: Id, row: AnyRow, /) -> bool:
        """As far as the client's consent reaches."""
        return sees(reader, state.stream.id, state.relationships.get(reader), row)

    def decide(self, view: View, stream: StreamId, envelope: Envelope) -> Decision | Refusal:
        """What a client's command does to his record."""
        match envelope.command:
            case ops.InvitationAccept() as command:
                return _accept(view, view.state(stream, RecordState), envelope, command)
            case _:
                raise TypeError(f"{type(envelope.command).__name__} is not at home in a record")


RULES = RecordRules()


def _accept(view: View, state: RecordState, envelope: Envelope, command: ops.InvitationAccept) -> Decision | Refusal:
    shown = invitation_shown(view, envelope)
    if isinstance(shown, Refusal):
        return shown
    maker, invitation = shown
    trainer, client = maker.stream.id, envelope.author
    if trainer == client:
        return Refusal(code=RefusalCode.INVALID, field="code", hint="one's own invitation")
    if invitation.purpose != "coaching":
        return Refusal(code=RefusalCode.INVALID, field="code", hint="this code makes an account")
    # Who made an account with the code in time may take his time to decide; anybody else is new to it.
    if invitation.state != "claimed" or invitation.person != client:
        refusal = invitation_refusal(invitation, envelope.at)
        if refusal is not None:
            return refusal
    me = view.state(person_stream(client), PersonState)
    if not me.has_role("client"):
        return Refusal(code=RefusalCode.ROLE_REQUIRED, field="code", hint="client")
    held = state.relationships.get(trainer)
    if held is not None and held.state != "ended":
        return Refusal(code=RefusalCode.ALREADY_RELATED, field="code")
    rev = state.rev + 1
    relationship = Relationship(
        rev=rev, trainer=trainer, client=client, state="active", since=envelope.at, consent=command.consent
    )
    return Decision(
        ops.Accepted(rev=rev, trainer=trainer),
        (
            Changed(state.stream, state.rev, rev, (relationship,)),
            invitation_used(maker, invitation, "accepted", by=client),
            Changed(me.stream, me.rev, me.rev, ()),
        ),
    )
