"""Coming in: inspecting an invitation, signing in, making an account; and hello, after which it is known who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from coachline_core.domain import access, connections
from coachline_core.domain.person import PersonState, person_stream
from coachline_core.domain.rules import RULES
from coachline_core.runtime.executor import Executor
from coachline_core.runtime.seams import Clock
from coachline_protocol import limits, ops
from coachline_protocol.codes import CloseCode, Refusal, RefusalCode
from coachline_protocol.ops import Body
from coachline_protocol.rows import Device, Id, Profile, Revision, StreamId

from coachline_server.arrivals import ArrivalsDesk
from coachline_server.auth import Auth, token_hash
from coachline_server.caller import Caller, Visitor
from coachline_server.people_online import LiveConnection, OnlinePerson, PeopleOnline
from coachline_server.reading import Reading
from coachline_server.settings import Settings
from coachline_server.store.port import Arrived, Arriving, Store, TokenOwner

LAST_CONVERSATION: Final = StreamId("conversation", b"\xff" * 16)
"""Heads come in order of kind: the next one is the person's own."""


@dataclass(frozen=True)
class Sessions:
    """The handlers of these ops. All may raise StoreError."""

    settings: Settings
    auth: Auth
    arrivals: ArrivalsDesk
    store: Store
    executor: Executor
    people: PeopleOnline
    reading: Reading
    clock: Clock
    epoch: Id

    async def inspect(self, visitor: Visitor, body: ops.InvitationInspect) -> Body | Refusal:
        """`invitation.inspect`"""
        return self.auth.by_address.take(visitor) or await self._inspect(body)

    async def sign_in(self, visitor: Visitor, body: ops.SignIn) -> Body | Refusal:
        """`sign_in`"""
        return self.auth.by_address.take(visitor) or await self.auth.sign_in(body)

    async def create_account(self, visitor: Visitor, body: ops.AccountCreate) -> Body | Refusal:
        """`account.create`"""
        return self.auth.by_address.take(visitor) or await self.auth.create_account(body)

    async def recognise(self, body: ops.Hello) -> TokenOwner | Refusal | CloseCode:
        """Whose hello this is; a close code where the connection has no use any more."""
        owner = _admitted(await self.arrivals.ask(Arriving(token_hash(body.token))))
        if isinstance(owner, Refusal | CloseCode):
            return owner
        if self.people.connections >= self.settings.max_connections:
            return CloseCode.OVERLOADED
        return owner

    async def welcome(
        self, owner: TokenOwner, body: ops.Hello, connection: LiveConnection
    ) -> tuple[OnlinePerson, ops.Welcome] | Refusal | CloseCode:
        """Make a recognised connection one of the person's.

        From the arrival on it is told events, which it holds until the welcome is said; only then are the heads
        read, so nothing falls between the two. A token that died meanwhile is found out the same way.
        """
        person = owner.person
        online = self.people.arrive(person, connection)
        settled = online.standing is not None
        try:
            found = await self.arrivals.ask(Arriving(token_hash(body.token), not settled, limits.LIST_MAX + 1))
            still = _admitted(found)
            if isinstance(still, Refusal | CloseCode):
                self.people.leave(online, connection)
                return still
            online.settle(access.learn_all(access.Standing(person), found.standing))
            self._make_room(online, connection)
            fresh = await self.auth.used(owner, body.token)
            heads, more = await self.reading.shown_heads(person, found.heads, limits.LIST_MAX)
            if online.own_rev is None:
                online.own_rev = await self._own_rev(owner.person, heads)
        except BaseException:
            self.people.leave(online, connection)
            raise
        welcome = ops.Welcome(
            person=owner.person,
            device=owner.device,
            epoch=self.epoch,
            now=self.clock.now(),
            heads=access.still_readable(online.known_standing, heads),
            more=more,
            token=fresh,
        )
        return online, welcome

    async def _own_rev(self, person: Id, heads: Sequence[ops.Head]) -> Revision:
        """Where the person's own stream stands by the welcome, or by the page of heads that will come after it."""
        own = person_stream(person)
        for head in heads:
            if head.stream == own:
                return head.rev
        page, _ = await self.reading.heads_of(person, LAST_CONVERSATION, 1)
        return page[0].rev

    async def devices(self, caller: Caller, _: ops.DeviceList) -> Body | Refusal:
        """`device.list`"""
        person = caller.person
        held, used = await self.executor.read(
            lambda: (self.store.load(StreamId("person", person)).rows, self.store.devices_last_used(person))
        )
        here = {connection.device for connection in caller.online.connections}
        entries = [
            ops.DeviceEntry(
                id=row.id,
                name=row.name,
                created_at=row.created_at,
                last_used_at=used.get(row.id, row.created_at),
                online=row.id in here,
                this=row.id == caller.connection.device,
            )
            for row in held
            if isinstance(row, Device) and row.revoked_at is None
        ]
        return ops.Devices(devices=tuple(sorted(entries, key=lambda entry: entry.created_at)))

    async def _inspect(self, body: ops.InvitationInspect) -> Body | Refusal:
        found = await self.executor.read(lambda: self._invitation(body.code))
        if found is None:
            return Refusal(code=RefusalCode.NOT_FOUND, field="code")
        profile, state, invitation = found
        shown = state.invitations[invitation]
        now = self.clock.now()
        if shown.state == "revoked":
            return Refusal(code=RefusalCode.INVITATION_REVOKED, field="code")
        if shown.state == "accepted":
            return Refusal(code=RefusalCode.INVITATION_USED, field="code")
        if shown.state == "open" and now >= shown.expires_at:
            return Refusal(code=RefusalCode.INVITATION_EXPIRED, field="code", limit=shown.expires_at, actual=now)
        return ops.InvitationSeen(purpose=shown.purpose, inviter=profile.display_name, expires_at=shown.expires_at)

    def _invitation(self, code: str) -> tuple[Profile, PersonState, Id] | None:
        """The maker's profile and state, and the invitation's id."""
        found = self.store.invitation(code)
        if found is None:
            return None
        maker, invitation = found
        stream = StreamId("person", maker)
        held = self.store.load(stream)
        state = RULES["person"].restore(stream, held)
        if not isinstance(state, PersonState) or state.profile is None or invitation not in state.invitations:
            return None
        return state.profile, state, invitation

    def _make_room(self, online: OnlinePerson, newest: LiveConnection) -> None:
        roles = online.standing.profile.roles if online.standing and online.standing.profile else ()
        others = [connection for connection in online.connections if connection is not newest]
        live = [connections.Live(connection.active_at, number) for number, connection in enumerate(others)]
        superfluous = connections.superfluous(
            live,
            roles,
            per_client=self.settings.connections_per_client,
            per_trainer=self.settings.connections_per_trainer,
        )
        for idle in superfluous:
            others[idle.number].dismiss(CloseCode.TOO_MANY_CONNECTIONS, "another connection took its place")


def _admitted(found: Arrived) -> TokenOwner | Refusal | CloseCode:
    """Who says hello, if he may come in by this token."""
    owner = found.owner
    if owner is None:
        return Refusal(code=RefusalCode.BAD_TOKEN)
    if owner.revoked:
        return CloseCode.DEVICE_REVOKED
    return CloseCode.ACCOUNT_DISABLED if owner.disabled else owner
