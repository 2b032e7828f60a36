"""The table of ops: what may be said, what is answered, when, and from which budget."""

from dataclasses import dataclass
from typing import Literal

from coachline_protocol.ops.account import Changed, DeviceList, DeviceRevoke, Devices, ProfileSet, SignOut
from coachline_protocol.ops.base import Body, Empty
from coachline_protocol.ops.conversations import (
    ConversationList,
    ConversationOpen,
    Conversations,
    ConversationView,
    CursorDelivered,
    CursorRead,
    History,
    MessagePost,
    Messages,
    Opened,
    Posted,
    ReceiptList,
    Receipts,
    Typing,
)
from coachline_protocol.ops.people import (
    Accepted,
    InvitationAccept,
    InvitationCreate,
    InvitationMade,
    InvitationRevoke,
    People,
    PeopleList,
)
from coachline_protocol.ops.presence import PresenceQuery, Presences
from coachline_protocol.ops.signing_in import (
    AccountCreate,
    Hello,
    InvitationInspect,
    InvitationSeen,
    SignedIn,
    SignIn,
    Welcome,
)
from coachline_protocol.ops.streams import ChangePage, Changes, HeadPage, Heads, Snapshot, SnapshotTaken

Budget = Literal["none", "sign_in", "message", "typing", "presence", "query", "change"]


@dataclass(frozen=True, slots=True)
class Op:
    """One row of the op table."""

    name: str
    request: type[Body]
    reply: type[Body]
    before_welcome: bool = False
    """May be said before the server knows the device."""
    after_welcome: bool = True
    """May be said once it does."""
    mutation: bool = False
    """Carries a command id, is remembered with its answer, and is kept in order per stream."""
    budget: Budget = "query"


OPS: tuple[Op, ...] = (
    Op("sign_in", SignIn, SignedIn, before_welcome=True, after_welcome=False, budget="sign_in"),
    Op("invitation.inspect", InvitationInspect, InvitationSeen, before_welcome=True, budget="sign_in"),
    Op("account.create", AccountCreate, SignedIn, before_welcome=True, after_welcome=False, budget="sign_in"),
    Op("hello", Hello, Welcome, before_welcome=True, after_welcome=False, budget="none"),
    Op("sign_out", SignOut, Empty, mutation=True, budget="change"),
    Op("device.list", DeviceList, Devices),
    Op("device.revoke", DeviceRevoke, Changed, mutation=True, budget="change"),
    Op("profile.set", ProfileSet, Changed, mutation=True, budget="change"),
    Op("invitation.create", InvitationCreate, InvitationMade, mutation=True, budget="change"),
    Op("invitation.revoke", InvitationRevoke, Changed, mutation=True, budget="change"),
    Op("invitation.accept", InvitationAccept, Accepted, mutation=True, budget="change"),
    Op("people.list", PeopleList, People),
    Op("conversation.open", ConversationOpen, Opened, mutation=True, budget="change"),
    Op("conversation.list", ConversationList, Conversations),
    Op("conversation.view", ConversationView, Empty, budget="presence"),
    Op("message.post", MessagePost, Posted, mutation=True, budget="message"),
    Op("history", History, Messages),
    Op("receipts", Receipts, ReceiptList),
    Op("cursor.delivered", CursorDelivered, Empty, budget="none"),
    Op("cursor.read", CursorRead, Empty, budget="none"),
    Op("typing", Typing, Empty, budget="typing"),
    Op("heads", Heads, HeadPage),
    Op("changes", Changes, ChangePage),
    Op("snapshot", Snapshot, SnapshotTaken),
    Op("presence.query", PresenceQuery, Presences, budget="presence"),
)

OP_BY_NAME: dict[str, Op] = {op.name: op for op in OPS}
OP_BY_REQUEST: dict[type[Body], Op] = {op.request: op for op in OPS}

Command = (
    SignOut
    | DeviceRevoke
    | ProfileSet
    | InvitationCreate
    | InvitationRevoke
    | InvitationAccept
    | ConversationOpen
    | MessagePost
)
"""The bodies of the mutations."""
