"""Accounts and invitations from the command line, by the same append that the daemon's actors use.

Compare-and-set makes it safe beside a running daemon: whoever comes second sees that the stream has moved, reads it
and decides again.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

from coachline_core.domain import person as person_rules
from coachline_core.domain.streams import Answer, Changed, Envelope, View
from coachline_core.domain.text import check_password, fold_handle
from coachline_core.runtime.seams import Clock, Ids
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.ops import InvitationCreate, InvitationMade
from coachline_protocol.rows import Device, Id, Role, StreamId

from coachline_server.exits import Exit, Stopped
from coachline_server.store.port import (
    Account,
    Append,
    Committed,
    Credential,
    CredentialStands,
    Failed,
    Moved,
    Store,
    Taken,
    TokensDropped,
)

ATTEMPTS: Final = 20
"""How often an append that found its stream moved is decided again; a busy daemon moves one some times a second."""
GENERATED_BYTES: Final = 12
"""Of randomness in a generated password: 96 bits, 16 characters to type once."""


class NewAccount(NamedTuple):
    """What makes an account."""

    handle: str
    display_name: str
    time_zone: str
    roles: tuple[Role, ...]
    password: str


def generated_password() -> str:
    """A password nobody chose."""
    return secrets.token_urlsafe(GENERATED_BYTES)


class Accounts:
    """What an operator may do to accounts. `hash_password` may take its time. Raises Stopped and StoreError."""

    def __init__(self, store: Store, clock: Clock, ids: Ids, hash_password: Callable[[str], str]) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._hash = hash_password

    def add(self, new: NewAccount) -> Id:
        """Make an account; returns the person's id."""
        person = self._ids.new()
        profile = person_rules.new_account(
            handle=new.handle, display_name=new.display_name, time_zone=new.time_zone, roles=new.roles
        )
        if isinstance(profile, Refusal):
            raise Stopped(Exit.REFUSED, f"The account was not made: {_reason(profile)}.")
        self._check_password(new.password, profile.handle)
        change = Changed(person_rules.person_stream(person), 0, profile.rev, (profile,))
        credential = Credential(person=person, handle=profile.handle, password_hash=self._hash(new.password))
        self._write(lambda: Append(changes=(change,), facts=(credential,)))
        return person

    def find(self, handle: str) -> Account:
        """The account of a handle."""
        folded = fold_handle(handle)
        found = self._store.account(folded) if isinstance(folded, str) else None
        if found is None:
            raise Stopped(Exit.REFUSED, f"There is no account {handle!r}; `coachlined user list` shows them all.")
        return found

    def set_password(self, handle: str, password: str) -> None:
        """Replace a password and sign every device out: whoever knew the old one must not stay."""
        self._check_password(password, self.find(handle).handle)
        hashed = self._hash(password)
        self._write(lambda: self._signing_out(handle, lambda account: replace(account, password_hash=hashed)))

    def set_disabled(self, handle: str, disabled: bool) -> None:
        """Let an account sign in no more and sign its devices out, or let it in again."""
        self._write(lambda: self._signing_out(handle, lambda account: replace(account, disabled=disabled)))

    def invite(self, by: str, command: InvitationCreate) -> InvitationMade:
        """Make a one-time code in somebody's name, by the rules that hold for him."""
        author = self.find(by).person
        envelope = Envelope(
            author=author,
            device=author,  # no device of his: the operator's console
            id=command.id,
            at=self._clock.now(),
            command=command,
            digest=command.id,
            secret=secrets.token_urlsafe(GENERATED_BYTES),
        )
        made: list[InvitationMade] = []

        def decided() -> Append:
            stream, state = self._person(author)
            decision = person_rules.RULES.decide(View({stream: state}), stream, envelope)
            if isinstance(decision, Refusal):
                raise Stopped(Exit.REFUSED, f"Not allowed to {by}: {_reason(decision)}.")
            assert isinstance(decision.reply, InvitationMade)
            made.append(decision.reply)
            answer = Answer(author, command.id, envelope.digest, decision.reply, envelope.at, lasting=True)
            return Append(changes=decision.changes, answers=(answer,))

        self._write(decided)
        return made[-1]

    def _person(self, person: Id) -> tuple[StreamId, person_rules.PersonState]:
        stream = person_rules.person_stream(person)
        return stream, person_rules.RULES.restore(stream, self._store.load(stream))

    def _signing_out(self, handle: str, change: Callable[[Account], Account]) -> Append:
        account = self.find(handle)
        changed = change(account)
        stream = person_rules.person_stream(account.person)
        held = self._store.load(stream)
        devices = [row for row in held.rows if isinstance(row, Device) and row.revoked_at is None]
        now = self._clock.now()
        rows = tuple(
            Device(rev=rev, id=row.id, name=row.name, created_at=row.created_at, revoked_at=now)
            for rev, row in enumerate(devices, held.rev + 1)
        )
        changes = (Changed(stream, held.rev, held.rev + len(rows), rows),) if rows else ()
        stands = CredentialStands(account.person, account.password_hash, account.disabled)
        credential = Credential(changed.person, changed.handle, changed.password_hash, changed.disabled)
        dropped = [TokensDropped(device=row.id) for row in devices]
        return Append(changes=changes, facts=(stands, credential, *dropped))

    def _check_password(self, password: str, handle: str) -> None:
        if refusal := check_password(password, handle=handle):
            raise Stopped(Exit.REFUSED, f"The password was not taken: {_reason(refusal)}.")

    def _write(self, decide: Callable[[], Append]) -> None:
        for _ in range(ATTEMPTS):
            match self._store.commit([decide()])[0]:
                case Committed():
                    return
                case Moved() | Taken(what="credential"):
                    continue
                case Taken(what="handle"):
                    raise Stopped(Exit.REFUSED, "This handle is taken; `coachlined user list` shows them all.")
                case Failed(error):
                    raise error
                case other:
                    raise Stopped(Exit.REFUSED, f"Not done: {other}.")
        raise Stopped(Exit.REFUSED, "Not done: the account is being changed all the time; try again.")


def _reason(refusal: Refusal) -> str:
    """A refusal in words: code, field, hint, limit and actual value."""
    if refusal.code is RefusalCode.ROLE_REQUIRED:
        return f"this takes the role {refusal.hint}"
    parts = [refusal.code.value.replace("_", " ")]
    if refusal.field and refusal.field not in parts[0]:
        parts = [f"{refusal.field} is {parts[0]}"]
    if refusal.hint:
        parts.append(refusal.hint)
    if refusal.limit is not None:
        parts.append(f"the limit is {refusal.limit} and this is {refusal.actual}")
    return ", ".join(parts)
