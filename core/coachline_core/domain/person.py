"""A person's own stream: profile, devices, the list of conversations, invitations and templates made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import msgspec
from coachline_protocol import limits, ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import (
    AnyRow,
    Device,
    Id,
    Invitation,
    Listing,
    PersonRow,
    Profile,
    Revision,
    Role,
    StreamId,
    Template,
    Time,
)

from coachline_core.domain import templates
from coachline_core.domain.streams import Changed, Decision, Envelope, Kept, View, newer, with_row
from coachline_core.domain.text import fold_handle, normalise_name, normalise_note, valid_zone

HOUR_MS = 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class PersonState:
    """An account; without a profile there is none."""

    stream: StreamId
    rev: Revision = 0
    profile: Profile | None = None
    devices: Mapping[Id, Device] = field(default_factory=dict)
    listings: Mapping[Id, Listing] = field(default_factory=dict)
    invitations: Mapping[Id, Invitation] = field(default_factory=dict)
    templates: Mapping[Id, Template] = field(default_factory=dict)

    def has_role(self, role: Role) -> bool:
        """Whether this is the account of somebody with that role."""
        return self.profile is not None and role in self.profile.roles


def person_stream(person: Id) -> StreamId:
    """A person's own stream."""
    return StreamId("person", person)


def new_account(*, handle: str, display_name: str, time_zone: str, roles: Sequence[Role]) -> Profile | Refusal:
    """The first row of an account, checked; revision 1. The handle is kept folded, as it is compared."""
    folded = fold_handle(handle)
    if isinstance(folded, Refusal):
        return folded
    name = normalise_name(display_name, field="display_name", limit=limits.DISPLAY_NAME_CHARACTERS)
    if isinstance(name, Refusal):
        return name
    if not valid_zone(time_zone):
        return _no_zone()
    return Profile(rev=1, handle=folded, display_name=name, time_zone=time_zone, roles=tuple(sorted(set(roles))))


def invitation_shown(view: View, envelope: Envelope) -> tuple[PersonState, Invitation] | Refusal:
    """The maker and the invitation whose code came with a command; whoever has no code finds nothing."""
    if envelope.invitation is not None:
        maker, made = envelope.invitation
        state = view.state(person_stream(maker), PersonState)
        if made in state.invitations:
            return state, state.invitations[made]
    return Refusal(code=RefusalCode.NOT_FOUND, field="code")


def invitation_refusal(invitation: Invitation, at: Time) -> Refusal | None:
    """Why a code cannot be used by somebody new, or None."""
    if invitation.state == "revoked":
        return Refusal(code=RefusalCode.INVITATION_REVOKED, field="code")
    if invitation.state != "open":
        return Refusal(code=RefusalCode.INVITATION_USED, field="code")
    if at >= invitation.expires_at:
        return Refusal(code=RefusalCode.INVITATION_EXPIRED, field="code", limit=invitation.expires_at, actual=at)
    return None


def invitation_used(
    maker: PersonState, invitation: Invitation, state: Literal["claimed", "accepted"], by: Id
) -> Changed:
    """The change in the maker's stream that uses an invitation up."""
    return _next(maker, msgspec.structs.replace(invitation, rev=maker.rev + 1, state=state, person=by))


def may_invite(roles: Sequence[Role], purpose: Literal["coaching", "account"]) -> Refusal | None:
    """Why somebody with these roles cannot make such an invitation, or None."""
    needed: Role = "trainer" if purpose == "coaching" else "admin"
    return None if needed in roles else Refusal(code=RefusalCode.ROLE_REQUIRED, field="purpose", hint=needed)


class PersonRules:
    """The rules of person streams."""

    def empty(self, stream: StreamId) -> PersonState:
        """Nobody yet."""
        return PersonState(stream)

    def restore(self, stream: StreamId, kept: Kept) -> PersonState:
        """The account as it was kept; it has neither seqs nor cursors."""
        state = PersonState(stream)
        for row in kept.rows:
            state = self.evolve(state, row)
        return replace(state, rev=kept.rev)

    def evolve(self, state: PersonState, row: AnyRow) -> PersonState:
        """Merge by key; rows that belong to other kinds of stream are a defect and raise TypeError."""
        rev = max(state.rev, row.rev)
        match row:
            case Profile():
                return replace(state, rev=rev, profile=newer(state.profile, row))
            case Device():
                return replace(state, rev=rev, devices=with_row(state.devices, row.id, row))
            case Listing():
                return replace(state, rev=rev, listings=with_row(state.listings, row.conversation, row))
            case Invitation():
                return replace(state, rev=rev, invitations=with_row(state.invitations, row.id, row))
            case Template():
                return replace(state, rev=rev, templates=with_row(state.templates, row.id, row))
            case _:
                raise TypeError(f"{type(row).__name__} in a person's stream")

    def audience(self, state: PersonState) -> tuple[Id, ...]:
        """The person, once there is one."""
        return () if state.profile is None else (state.stream.id,)

    def visible(self, state: PersonState, reader: Id, _row: AnyRow, /) -> bool:
        """Everything, to that person only."""
        return reader == state.stream.id

    def decide(self, view: View, stream: StreamId, envelope: Envelope) -> Decision | Refusal:
        """What a person's command does to his account."""
        state = view.state(stream, PersonState)
        match envelope.command:
            case ops.AccountCreate() as command:
                return _create(view, state, envelope, command)
            case ops.SignIn() as command:
                return _sign_in(state, envelope, command)
            case ops.SignOut():
                return _sign_out(state, envelope)
            case ops.DeviceRevoke() as command:
                return _revoke_device(state, envelope, command)
            case ops.ProfileSet() as command:
                return _set_profile(state, command)
            case ops.InvitationCreate() as command:
                return _invite(state, envelope, command)
            case ops.InvitationRevoke() as command:
                return _revoke_invitation(state, command)
            case ops.TemplateSet() as command:
                return _set_template(state, command)
            case ops.TemplateRemove() as command:
                return _remove_template(state, envelope, command)
            case _:
                raise TypeError(f"{type(envelope.command).__name__} is not at home in a person's stream")


RULES = PersonRules()


def _next(state: PersonState, row: PersonRow) -> Changed:
    """The stream one revision on, by a row that carries that revision."""
    return Changed(state.stream, state.rev, state.rev + 1, (row,))


def _create(view: View, state: PersonState, envelope: Envelope, command: ops.AccountCreate) -> Decision | Refusal:
    shown = invitation_shown(view, envelope)
    if isinstance(shown, Refusal):
        return shown
    maker, invitation = shown
    refusal = invitation_refusal(invitation, envelope.at)
    if refusal is not None:
        return refusal
    if state.profile is not None:
        return Refusal(code=RefusalCode.CONFLICT, field="person")
    profile = new_account(
        handle=command.handle,
        display_name=command.display_name,
        time_zone=command.time_zone,
        roles=invitation.roles,
    )
    if isinstance(profile, Refusal):
        return profile
    name = _device_name(command.device_name)
    if isinstance(name, Refusal):
        return name
    device = Device(rev=2, id=command.device, name=name, created_at=envelope.at)
    used = invitation_used(
        maker, invitation, "claimed" if invitation.purpose == "coaching" else "accepted", by=envelope.author
    )
    return Decision(
        ops.SignedIn(person=envelope.author, token=envelope.token),
        (Changed(state.stream, 0, 2, (profile, device)), used),
    )


def _sign_in(state: PersonState, envelope: Envelope, command: ops.SignIn) -> Decision | Refusal:
    if state.profile is None:
        return Refusal(code=RefusalCode.NOT_FOUND, field="handle")
    name = _device_name(command.device_name)
    if isinstance(name, Refusal):
        return name
    reply = ops.SignedIn(person=envelope.author, token=envelope.token)
    known = state.devices.get(command.device)
    if known is not None and known.revoked_at is None and known.name == name:
        return Decision(reply)
    # A device that was signed out may sign in again: whoever knows the password decides.
    since = envelope.at if known is None else known.created_at
    return Decision(reply, (_next(state, Device(rev=state.rev + 1, id=command.device, name=name, created_at=since)),))


def _sign_out(state: PersonState, envelope: Envelope) -> Decision | Refusal:
    return _without_device(state, envelope.device, envelope.at, ops.Empty(), ops.Empty())


def _revoke_device(state: PersonState, envelope: Envelope, command: ops.DeviceRevoke) -> Decision | Refusal:
    already, done = ops.Changed(rev=state.rev), ops.Changed(rev=state.rev + 1)
    return _without_device(state, command.device, envelope.at, already, done)


def _without_device(state: PersonState, device: Id, at: Time, already: ops.Body, done: ops.Body) -> Decision | Refusal:
    known = state.devices.get(device)
    if known is None:
        return Refusal(code=RefusalCode.NOT_FOUND, field="device")
    if known.revoked_at is not None:
        return Decision(already)
    return Decision(done, (_next(state, msgspec.structs.replace(known, rev=state.rev + 1, revoked_at=at)),))


def _set_profile(state: PersonState, command: ops.ProfileSet) -> Decision | Refusal:
    held = state.profile
    if held is None:
        return Refusal(code=RefusalCode.NOT_FOUND)
    if command.base != held.rev:
        return Refusal(code=RefusalCode.STALE, field="base", limit=held.rev, actual=command.base)
    wanted = held
    if command.display_name is not None:
        name = normalise_name(command.display_name, field="display_name", limit=limits.DISPLAY_NAME_CHARACTERS)
        if isinstance(name, Refusal):
            return name
        wanted = msgspec.structs.replace(wanted, display_name=name)
    if command.time_zone is not None:
        if not valid_zone(command.time_zone):
            return _no_zone()
        wanted = msgspec.structs.replace(wanted, time_zone=command.time_zone)
    if command.receipts is not None:
        wanted = msgspec.structs.replace(wanted, receipts=command.receipts)
    if command.picture is not None:
        wanted = msgspec.structs.replace(wanted, picture=command.picture or None)
    if wanted == held:
        return Decision(ops.Changed(rev=state.rev))
    rev = state.rev + 1
    return Decision(ops.Changed(rev=rev), (_next(state, msgspec.structs.replace(wanted, rev=rev)),))


def _invite(state: PersonState, envelope: Envelope, command: ops.InvitationCreate) -> Decision | Refusal:
    roles = () if state.profile is None else state.profile.roles
    refusal = may_invite(roles, command.purpose)
    if refusal is not None:
        return refusal
    if not command.roles or (command.purpose == "coaching" and set(command.roles) != {"client"}):
        return Refusal(code=RefusalCode.INVALID, field="roles", hint="a coaching invitation makes a client")
    note = normalise_note(command.note, field="note", limit=limits.NOTE_CHARACTERS)
    if isinstance(note, Refusal):
        return note
    expires_at = envelope.at + command.valid_hours * HOUR_MS
    row = Invitation(
        rev=state.rev + 1,
        id=envelope.id,
        code=envelope.secret,
        purpose=command.purpose,
        roles=tuple(sorted(set(command.roles))),
        created_at=envelope.at,
        expires_at=expires_at,
        note=note,
    )
    reply = ops.InvitationMade(rev=row.rev, code=row.code, expires_at=expires_at)
    return Decision(reply, (_next(state, row),))


def _revoke_invitation(state: PersonState, command: ops.InvitationRevoke) -> Decision | Refusal:
    held = state.invitations.get(command.invitation)
    if held is None:
        return Refusal(code=RefusalCode.NOT_FOUND, field="invitation")
    if held.state == "accepted":
        return Refusal(code=RefusalCode.INVITATION_USED, field="invitation")
    if held.state == "revoked":
        return Decision(ops.Changed(rev=state.rev))
    rev = state.rev + 1
    row = msgspec.structs.replace(held, rev=rev, state="revoked")
    return Decision(ops.Changed(rev=rev), (_next(state, row),))


def _set_template(state: PersonState, command: ops.TemplateSet) -> Decision | Refusal:
    refusal = templates.may_keep(() if state.profile is None else state.profile.roles)
    row = refusal or templates.kept(state.templates, command, state.rev + 1)
    return row if isinstance(row, Refusal) else Decision(ops.Changed(rev=row.rev), (_next(state, row),))


def _remove_template(state: PersonState, envelope: Envelope, command: ops.TemplateRemove) -> Decision | Refusal:
    held = state.templates.get(command.template)
    if held is None:
        return Refusal(code=RefusalCode.NOT_FOUND, field="template")
    if held.removed_at is not None:
        return Decision(ops.Changed(rev=held.rev))
    row = msgspec.structs.replace(held, rev=state.rev + 1, removed_at=envelope.at)
    return Decision(ops.Changed(rev=row.rev), (_next(state, row),))


def _device_name(name: str) -> str | Refusal:
    return normalise_name(name, field="device_name", limit=limits.DEVICE_NAME_CHARACTERS)


def _no_zone() -> Refusal:
    return Refusal(code=RefusalCode.INVALID, field="time_zone", hint="not the name of an IANA time zone")
