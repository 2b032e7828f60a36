"""Coaching between two people: begun by the client accepting, his to consent to, either side's to pause and end.

SPEC.md, G1, G4 and G13.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Consent, Id, RecordRow, Relationship, RelationshipStep

from coachline_core.domain.conversation import ConversationState, closed, conversation_stream, reopened
from coachline_core.domain.goal_deeds import declined, given_up
from coachline_core.domain.ids import direct_id
from coachline_core.domain.permits import coached, consent_refusal, of_pair
from coachline_core.domain.person import (
    PersonState,
    invitation_refusal,
    invitation_shown,
    invitation_used,
    person_stream,
)
from coachline_core.domain.record import UNNUMBERED, RecordState, record_stream
from coachline_core.domain.streams import Changed, Decision, Envelope, View, compared


def accept(view: View, state: RecordState, envelope: Envelope, command: ops.InvitationAccept) -> Decision | Refusal:
    """A relationship begins, or begins anew, and with it the conversation that its end had closed goes on."""
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
    if state.related(trainer):
        return Refusal(code=RefusalCode.ALREADY_RELATED, field="code")
    refusal = consent_refusal(command.consent)
    if refusal is not None:
        return refusal
    relationship = Relationship(
        rev=UNNUMBERED, trainer=trainer, client=client, state="active", since=envelope.at, consent=command.consent
    )
    begun = _step(state, envelope, relationship, "begun", reaches=True)
    place = view.state(conversation_stream(direct_id(trainer, client)), ConversationState)
    return Decision(
        ops.Accepted(rev=begun.rev, trainer=trainer),
        (
            begun,
            invitation_used(maker, invitation, "accepted", by=client),
            compared(me),
            reopened(place, envelope, trainer),
        ),
    )


def set_consent(state: RecordState, envelope: Envelope, command: ops.ConsentSet) -> Decision | Refusal:
    """What a trainer may see and do is said anew."""
    held = coached(state.relationships.get(command.trainer), "trainer")
    if isinstance(held, Refusal):
        return held
    if command.base != held.rev:
        return Refusal(code=RefusalCode.STALE, field="base", limit=held.rev, actual=command.base)
    refusal = consent_refusal(command.consent)
    if refusal is not None:
        return refusal
    if command.consent == held.consent:
        return _already(held)
    new = msgspec.structs.replace(held, consent=command.consent)
    reaches = _domains(command.consent) != _domains(held.consent)
    return _done(_step(state, envelope, new, "consent", reaches=reaches))


def pause(state: RecordState, envelope: Envelope, command: ops.RelationshipPause) -> Decision | Refusal:
    """Coaching rests."""
    held = of_pair(envelope.author, command, state.relationships.get(command.trainer))
    if isinstance(held, Refusal):
        return held
    if held.state == "paused":
        return _already(held)
    new = msgspec.structs.replace(held, state="paused", paused_by=envelope.author)
    return _done(_step(state, envelope, new, "paused"))


def resume(state: RecordState, envelope: Envelope, command: ops.RelationshipResume) -> Decision | Refusal:
    """Coaching goes on."""
    held = of_pair(envelope.author, command, state.relationships.get(command.trainer))
    if isinstance(held, Refusal):
        return held
    if held.state == "active":
        return _already(held)
    if held.paused_by != envelope.author:
        return Refusal(code=RefusalCode.NOT_YOURS, hint="whoever paused it resumes")
    new = msgspec.structs.replace(held, state="active", paused_by=None)
    return _done(_step(state, envelope, new, "resumed"))


def end(view: View, state: RecordState, envelope: Envelope, command: ops.RelationshipEnd) -> Decision | Refusal:
    """Coaching is over: nothing of the trainer's goals waits for an answer, their conversation is read-only."""
    held = of_pair(envelope.author, command, state.relationships.get(command.trainer))
    if isinstance(held, Refusal):
        return held
    if command.leave and envelope.author != state.client:
        return Refusal(code=RefusalCode.INVALID, field="leave", hint="the client's to leave")
    new = msgspec.structs.replace(held, state="ended", left=command.leave, paused_by=None)
    given_up = tuple(_given_up(state, envelope, held.trainer))
    ended = _step(state, envelope, new, "ended", given_up, reaches=command.leave)
    return _done(ended, *_parted(view, state, envelope, held.trainer))


def _already(held: Relationship) -> Decision:
    return Decision(ops.Changed(rev=held.rev))


def _done(changed: Changed, *others: Changed) -> Decision:
    return Decision(ops.Changed(rev=changed.rev), (changed, *others))


def _step(
    state: RecordState,
    envelope: Envelope,
    new: Relationship,
    deed: Literal["begun", "consent", "paused", "resumed", "ended"],
    before: tuple[RecordRow, ...] = (),
    *,
    reaches: bool = False,
) -> Changed:
    """A relationship as it is from now on, the last of these rows, and what led there.

    `reaches`: its trainer may see other rows than before.
    """
    step = RelationshipStep(
        rev=UNNUMBERED,
        id=envelope.id,
        trainer=new.trainer,
        by=envelope.author,
        at=envelope.at,
        deed=deed,
        consent=new.consent,
    )
    rev = state.rev + len(before) + 2
    return state.written(*before, step, msgspec.structs.replace(new, reach=rev) if reaches else new)


def _domains(consent: Consent) -> tuple[bool, bool]:
    """What of the record a consent shows: goals, progress."""
    return consent.see_goals, consent.see_progress


def _given_up(state: RecordState, envelope: Envelope, trainer: Id) -> Iterator[RecordRow]:
    """The trainer's goals that wait for an answer, with the terms that will get none."""
    for goal in sorted(state.goals.values(), key=lambda goal: goal.rev):
        if goal.author == trainer and goal.pending is not None:
            yield declined(state.versions[goal.pending], envelope)
            yield given_up(goal)


def _parted(view: View, state: RecordState, envelope: Envelope, trainer: Id) -> Iterator[Changed]:
    """What an end does to the pair's conversation: closed, unless they are related the other way or one is an admin.

    The other relationship's record is compared: if both end at once, one of the two is decided again and closes.
    """
    pair = (state.client, trainer)
    other = trainer if envelope.author == state.client else state.client
    place = view.state(conversation_stream(direct_id(*pair)), ConversationState)
    reverse = view.state(record_stream(trainer), RecordState)
    people = [view.state(person_stream(person), PersonState) for person in pair]
    stays = reverse.related(state.client) or any(person.has_role("admin") for person in people)
    yield compared(reverse)
    yield compared(place) if stays else closed(place, envelope, other)
