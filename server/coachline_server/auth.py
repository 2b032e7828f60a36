"""Who is there: passwords for device tokens, device tokens for a person. Tokens are kept as SHA-256 only."""

import base64
import hashlib
from collections import OrderedDict
from collections.abc import Callable

from coachline_core.domain import access
from coachline_core.domain.budget import Bucket
from coachline_core.domain.streams import Envelope
from coachline_core.domain.text import check_password, fold_handle
from coachline_core.runtime.executor import Executor
from coachline_core.runtime.mailbox import AskTimeout, Question
from coachline_core.runtime.seams import Clock, Entropy
from coachline_protocol import limits, ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.ops import Body
from coachline_protocol.rows import Device, Id, StreamId

from coachline_server.journal import JournalDesk
from coachline_server.passwords import Passwords
from coachline_server.people_online import full
from coachline_server.settings import Rate, Settings
from coachline_server.store.port import (
    Account,
    Append,
    Committed,
    Credential,
    CredentialStands,
    Fact,
    Store,
    TokenIssued,
    TokenOwner,
    TokenUsed,
)
from coachline_server.stream_parts import Submission
from coachline_server.switchboard import Switchboard

THROTTLED = 10_000
"""Addresses and handles whose budgets are remembered, the least recent forgotten first."""
CODE_BYTES = 12
"""Of randomness in an invitation code: 96 bits, 16 characters to type once."""
DECIDE_SECONDS = 30
"""A stream that did not answer by then is unavailable."""
HOUR_MS = 60 * 60 * 1000


class Throttle:
    """Budgets by a key that anybody may choose, so bounded in number."""

    def __init__(self, rate: Rate, clock: Clock) -> None:
        self._rate = rate
        self._clock = clock
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, key: str) -> Refusal | None:
        """One attempt, or when the next is allowed."""
        bucket, wait = (self._buckets.pop(key, None) or full(self._rate)).take(self._clock.monotonic())
        self._buckets[key] = bucket
        if len(self._buckets) > THROTTLED:
            self._buckets.popitem(last=False)
        return None if wait is None else Refusal(code=RefusalCode.RATE_LIMITED, retry_after_ms=wait)


class Auth:
    """Signs in, makes accounts, recognises tokens and replaces old ones."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: Store,
        executor: Executor,
        journal: JournalDesk,
        switchboard: Switchboard,
        passwords: Passwords,
        entropy: Entropy,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._store = store
        self._executor = executor
        self._journal = journal
        self._switchboard = switchboard
        self._passwords = passwords
        self._entropy = entropy
        self._clock = clock
        self.by_address = Throttle(settings.rates.sign_in_address, clock)
        self._by_account = Throttle(settings.rates.sign_in_account, clock)

    async def sign_in(self, body: ops.SignIn) -> Body | Refusal:
        """A token for a password. Takes as long for a handle nobody has. Raises StoreError."""
        handle = fold_handle(body.handle)
        if isinstance(handle, Refusal):
            return handle
        account = await self._executor.read(lambda: self._store.account(handle))
        # An owner is not locked out of his own devices by somebody who tries his handle.
        knows = account is not None and await self._knows(account.person, body.device)
        refusal = None if knows else self._by_account.take(handle)
        if refusal is not None:
            return refusal
        if not await self._passwords.check(body.password, account.password_hash if account else None):
            return Refusal(code=RefusalCode.BAD_CREDENTIALS)
        if account is None or account.disabled:
            return Refusal(code=RefusalCode.BAD_CREDENTIALS)
        return await self._admit(account, body)

    async def _admit(self, account: Account, body: ops.SignIn) -> Body | Refusal:
        """The password is right, by a hash that was read before that was worked out: it must stand still."""
        facts: list[Fact] = [CredentialStands(account.person, account.password_hash)]
        if self._passwords.outdated(account.password_hash):
            facts.append(Credential(account.person, account.handle, await self._passwords.hash(body.password)))
        outcome = await self._enter(account.person, body.device, body, facts)
        if isinstance(outcome, Refusal) and (outcome.code, outcome.field) == (RefusalCode.CONFLICT, "credential"):
            return Refusal(code=RefusalCode.BAD_CREDENTIALS)
        return outcome

    async def create_account(self, body: ops.AccountCreate) -> Body | Refusal:
        """An account for an invitation code. Raises StoreError."""
        handle = fold_handle(body.handle)
        if isinstance(handle, Refusal):
            return handle
        weak = check_password(body.password, handle=handle)
        if weak is not None:
            return weak
        account = await self._executor.read(lambda: self._store.account(handle))
        if account is not None and account.person == body.person:
            return await self._created_before(body, account)
        invitation = await self._executor.read(lambda: self._store.invitation(body.code))
        if invitation is None:
            # Before the costly hash: a code cannot be guessed, so nothing is given away by answering early.
            return Refusal(code=RefusalCode.NOT_FOUND, field="code")
        credential = Credential(body.person, handle, await self._passwords.hash(body.password))
        return await self._enter(body.person, body.device, body, [credential], invitation)

    async def _created_before(self, body: ops.AccountCreate, account: Account) -> Body | Refusal:
        """The reply was lost. The first token is kept as a hash only, so whoever knows the password gets a new one."""
        refusal = self._by_account.take(account.handle)
        if refusal is not None:
            return refusal
        if account.disabled or not await self._passwords.check(body.password, account.password_hash):
            return Refusal(code=RefusalCode.CONFLICT, field="person", hint="this id was used for other content")
        again = ops.SignIn(
            handle=account.handle, password=body.password, device=body.device, device_name=body.device_name
        )
        return await self._admit(account, again)

    async def used(self, owner: TokenOwner, token: bytes) -> bytes | None:
        """Note that a token was used; a new one in its place if it is old, durable before it is handed out.

        Not being able to replace it is no reason to turn anybody away: the old one lives on.
        """
        now = self._clock.now()
        used = TokenUsed(owner.device, token_hash(token), now)
        if now - owner.issued_at < self._settings.token_rotate_hours * HOUR_MS:
            await self._journal.note(used)
            return None
        fresh = self._entropy.token(limits.TOKEN_BYTES)
        issued = TokenIssued(owner.person, owner.device, token_hash(fresh), now)
        outcome = await self._journal.append(Append(facts=(used, issued)))
        return fresh if isinstance(outcome, Committed) else None

    def new_code(self) -> str:
        """A fresh invitation code."""
        return base64.urlsafe_b64encode(self._entropy.token(CODE_BYTES)).decode()

    async def _knows(self, person: Id, device: Id) -> bool:
        rows = (await self._executor.read(lambda: self._store.load(StreamId("person", person)))).rows
        return any(isinstance(row, Device) and row.id == device and row.revoked_at is None for row in rows)

    async def _enter(
        self,
        person: Id,
        device: Id,
        body: ops.SignIn | ops.AccountCreate,
        facts: list[Fact],
        invitation: tuple[Id, Id] | None = None,
    ) -> Body | Refusal:
        """Decide it in the person's own stream, the token's hash in the same commit."""
        now = self._clock.now()
        token = self._entropy.token(limits.TOKEN_BYTES)
        envelope = Envelope(
            author=person,
            device=device,
            id=person if isinstance(body, ops.AccountCreate) else device,
            at=now,
            command=body,
            digest=self._store.digest(body),
            token=token,
            invitation=invitation,
        )
        facts.append(TokenIssued(person, device, token_hash(token), now))
        grant = access.enter(person)
        return await decided(
            lambda settle: self._switchboard.offer(grant, Submission(settle, envelope=envelope, facts=tuple(facts)))
        )


async def decided(offer: Callable[[Callable[[Body | Refusal], None]], bool]) -> Body | Refusal:
    """Offer something to a stream and wait for how it ends."""
    question: Question[Body | Refusal] = Question()
    if not offer(question.answer):
        return Refusal(code=RefusalCode.BUSY)
    try:
        return await question.wait(DECIDE_SECONDS)
    except AskTimeout:
        return Refusal(code=RefusalCode.UNAVAILABLE)


def token_hash(token: bytes) -> bytes:
    """What is kept of a token. It is random, so a fast hash does."""
    return hashlib.sha256(token).digest()
