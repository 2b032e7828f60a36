"""What a session has the server do while somebody waits for it: invitations, devices, profile, conversations."""

from contextlib import suppress
from typing import Final, Literal

import trio
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.ops import (
    Accepted,
    Body,
    Changed,
    ConversationOpen,
    DeviceEntry,
    DeviceList,
    DeviceRevoke,
    Devices,
    InvitationAccept,
    InvitationCreate,
    InvitationMade,
    InvitationRevoke,
    Opened,
    ProfileSet,
    Receipt,
    ReceiptList,
    Receipts,
)
from coachline_protocol.rows import Consent, Id, Role, Seq

from coachline_core.client.channel import B
from coachline_core.client.connecting import Connector
from coachline_core.client.errors import NotConnected, Refused, SignedOut
from coachline_core.client.ownership import Lease, Owner
from coachline_core.client.patience import ask_patiently
from coachline_core.runtime.seams import Ids

PATIENCE: Final = 30.0
"""Seconds somebody waits for the server before hearing NotConnected. What is said again meanwhile keeps its id."""


class Commands:
    """The part of a session that asks and waits. All methods raise Refused, NotConnected or SignedOut.

    After a cut the same command is said again under its id, so it is done once or not at all; after NotConnected
    it may have been done: what it changes comes with the next sync.
    """

    _ids: Ids
    _owner: Owner
    _connector: Connector

    async def open_conversation(self, person: Id) -> Id:
        """The direct conversation with somebody, found (also offline) or made."""
        for listing in self._owner.model.listings():
            if listing.other == person and listing.kind == "direct":
                return listing.conversation
        opened = await self._ask(ConversationOpen(id=self._ids.new(), person=person), Opened)
        return opened.conversation

    async def create_invitation(
        self,
        purpose: Literal["coaching", "account"],
        *,
        roles: tuple[Role, ...] = ("client",),
        note: str = "",
        valid_hours: int = 24 * 7,
    ) -> InvitationMade:
        """A one-time code for somebody else."""
        body = InvitationCreate(id=self._ids.new(), purpose=purpose, roles=roles, note=note, valid_hours=valid_hours)
        return await self._ask(body, InvitationMade)

    async def revoke_invitation(self, invitation: Id) -> None:
        """Nobody can use the code any more."""
        await self._ask(InvitationRevoke(id=self._ids.new(), invitation=invitation), Changed)

    async def accept_invitation(self, code: str, consent: Consent) -> Id:
        """Begin a relationship with the trainer who made the code; returns the trainer."""
        accepted = await self._ask(InvitationAccept(id=self._ids.new(), code=code, consent=consent), Accepted)
        return accepted.trainer

    async def devices(self) -> tuple[DeviceEntry, ...]:
        """My devices, with their last use."""
        return (await self._ask(DeviceList(), Devices)).devices

    async def revoke_device(self, device: Id) -> None:
        """Sign another device out, now."""
        await self._ask(DeviceRevoke(id=self._ids.new(), device=device), Changed)

    async def set_profile(
        self,
        *,
        display_name: str | None = None,
        time_zone: str | None = None,
        receipts: bool | None = None,
        picture: bytes | None = None,
    ) -> None:
        """Change who I am; what is None stays; an empty picture is none. Refused `stale`: changed elsewhere since."""
        profile = self._owner.model.profile()
        if profile is None:
            raise Refused(Refusal(code=RefusalCode.STALE, field="base"))
        body = ProfileSet(
            id=self._ids.new(),
            base=profile.rev,
            display_name=display_name,
            time_zone=time_zone,
            receipts=receipts,
            picture=picture,
        )
        await self._ask(body, Changed)

    async def receipts(self, conversation: Id, seq: Seq) -> tuple[Receipt, ...]:
        """When each member got and saw one message."""
        return (await self._ask(Receipts(conversation=conversation, seq=seq), ReceiptList)).receipts

    async def _ask(self, body: Body, kind: type[B]) -> B:
        lease = Lease(self._owner)
        with trio.move_on_after(PATIENCE):
            while not self._left(lease) and self._connector.state.phase != "disconnected":
                if (line := self._connector.line) is None:
                    await self._connector.until_news()
                    continue
                with suppress(NotConnected):  # this one is no line any more then
                    return await ask_patiently(line.channel, body, kind)
        raise SignedOut if self._left(lease) else NotConnected

    def _left(self, lease: Lease) -> bool:
        """Whether who asks is not signed in, or not any more: the next one is not to do what he meant to."""
        return lease.ended or self._owner.model.person is None
