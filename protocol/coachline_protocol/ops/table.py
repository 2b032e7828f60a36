"""The table of ops: what may be said, what is answered, when, and from which budget."""

from dataclasses import dataclass
from typing import Literal

from coachline_protocol.ops.account import Changed, DeviceList, DeviceRevoke, Devices, ProfileSet, SignOut
from coachline_protocol.ops.base import Body, Empty
from coachline_protocol.ops.coaching import (
    ConsentSet,
    ExcuseMake,
    ExcuseWithdraw,
    GoalAccept,
    GoalAssign,
    GoalChange,
    GoalCounter,
    GoalDecline,
    GoalPropose,
    GoalSetState,
    ProgressCorrect,
    ProgressRecord,
    RelationshipEnd,
    RelationshipPause,
    RelationshipResume,
    TemplateRemove,
    TemplateSet,
)
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

Budget = Literal["none", "sign_in", "message", "typing", "presence", "query", "change", "record"]


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
    Op("consent.set", ConsentSet, Changed, mutation=True, budget="change"),
    Op("relationship.pause", RelationshipPause, Changed, mutation=True, budget="change"),
    Op("relationship.resume", RelationshipResume, Changed, mutation=True, budget="change"),
    Op("relationship.end", RelationshipEnd, Changed, mutation=True, budget="change"),
    Op("goal.assign", GoalAssign, Changed, mutation=True, budget="record"),
    Op("goal.propose", GoalPropose, Changed, mutation=True, budget="record"),
    Op("goal.change", GoalChange, Changed, mutation=True, budget="record"),
    Op("goal.counter", GoalCounter, Changed, mutation=True, budget="record"),
    Op("goal.accept", GoalAccept, Changed, mutation=True, budget="record"),
    Op("goal.decline", GoalDecline, Changed, mutation=True, budget="record"),
    Op("goal.set_state", GoalSetState, Changed, mutation=True, budget="record"),
    Op("progress.record", ProgressRecord, Changed, mutation=True, budget="record"),
    Op("progress.correct", ProgressCorrect, Changed, mutation=True, budget="record"),
    Op("excuse.make", ExcuseMake, Changed, mutation=True, budget="record"),
    Op("excuse.withdraw", ExcuseWithdraw, Changed, mutation=True, budget="record"),
    Op("template.set", TemplateSet, Changed, mutation=True, budget="record"),
    Op("template.remove", TemplateRemove, Changed, mutation=True, budget="record"),
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

RecordCommand = (
    ConsentSet
    | RelationshipPause
    | RelationshipResume
    | RelationshipEnd
    | GoalAssign
    | GoalPropose
    | GoalChange
    | GoalCounter
    | GoalAccept
    | GoalDecline
    | GoalSetState
    | ProgressRecord
    | ProgressCorrect
    | ExcuseMake
    | ExcuseWithdraw
)
"""The mutations at home in a client's record. All but `ConsentSet`, which is about one's own, name the `client`."""

Command = (
    SignOut
    | DeviceRevoke
    | ProfileSet
    | InvitationCreate
    | InvitationRevoke
    | InvitationAccept
    | ConversationOpen
    | MessagePost
    | RecordCommand
    | TemplateSet
    | TemplateRemove
)
"""The bodies of the mutations."""
