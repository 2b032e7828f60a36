"""What may be said: the body of every request, its reply, and of every event; and the table of ops.

A request that changes something carries `id`, a UUIDv7 made by the client: said again with the same `id` and
content it gets the first answer and has no second effect.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from coachline_protocol import limits
from coachline_protocol.rows import (
    AnyRow,
    Consent,
    Count,
    Cursor,
    Id,
    Message,
    MessageKind,
    Revision,
    Role,
    Seq,
    StreamId,
    Time,
)

SECRETS = frozenset({"password", "token", "code"})
"""Fields that no repr, and so no log line and no traceback, shows."""


class Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request's, reply's or event's body: a map; unknown keys are ignored."""

    def __repr__(self) -> str:
        shown = (
            f"{name}=…" if name in SECRETS else f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__
        )
        return f"{type(self).__name__}({', '.join(shown)})"


class Empty(Body, frozen=True, kw_only=True):
    """A reply that only says: done."""


Handle = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.HANDLE_CHARACTERS)]
Name = Annotated[str, msgspec.Meta(max_length=limits.DISPLAY_NAME_CHARACTERS)]
DeviceName = Annotated[str, msgspec.Meta(max_length=limits.DEVICE_NAME_CHARACTERS)]
Password = Annotated[str, msgspec.Meta(max_length=limits.PASSWORD_MAX_CHARACTERS)]
Zone = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.ZONE_CHARACTERS)]
Token = Annotated[bytes, msgspec.Meta(min_length=limits.TOKEN_BYTES, max_length=limits.TOKEN_BYTES)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Picture = Annotated[bytes, msgspec.Meta(max_length=limits.PICTURE_BYTES)]
PageSize = Annotated[int, msgspec.Meta(ge=1, le=limits.MAX_INTEGER)]
"""Rows wanted; a larger number than the op's maximum is taken for the maximum."""

# -- before welcome ----------------------------------------------------------------------------------------


class SignIn(Body, frozen=True, kw_only=True):
    """Handle and password for a device token. `device` is the device's own UUIDv7, made once and kept."""

    handle: Handle
    password: Password
    device: Id
    device_name: DeviceName


class SignedIn(Body, frozen=True, kw_only=True):
    """The device's token: said in `hello`, never shown, never in a URL."""

    person: Id
    token: Token


class InvitationInspect(Body, frozen=True, kw_only=True):
    """Who invites me, before I decide."""

    code: Code


class InvitationSeen(Body, frozen=True, kw_only=True):
    """What a code leads to."""

    purpose: Literal["coaching", "account"]
    inviter: str
    """Display name of whoever made the code."""
    expires_at: Time


class AccountCreate(Body, frozen=True, kw_only=True):
    """Make an account with an invitation code; `person` and `device` are UUIDv7s made by the client."""

    code: Code
    person: Id
    handle: Handle
    display_name: Name
    password: Password
    time_zone: Zone
    device: Id
    device_name: DeviceName


class Hello(Body, frozen=True, kw_only=True):
    """First frame of a signed-in device."""

    token: Token
    client: Annotated[str, msgspec.Meta(max_length=80)]
    """Name and version of the client program, for the operator's log."""


class Head(Body, frozen=True, kw_only=True):
    """Where a stream stands; a conversation's cursors come whole."""

    stream: StreamId
    rev: Revision
    seq: Seq = 0
    cursors: tuple[Cursor, ...] = ()


class Welcome(Body, frozen=True, kw_only=True):
    """The server knows this device. `more`: the rest of the heads by `heads`."""

    person: Id
    device: Id
    epoch: Id
    now: Time
    heads: tuple[Head, ...]
    more: bool = False
    token: Token | None = None
    """A new token: keep it before using it; the old one lives until the new one is first used."""


# -- me and my devices -------------------------------------------------------------------------------------


class SignOut(Body, frozen=True, kw_only=True):
    """Sign this device out: its token dies, the connection is closed."""

    id: Id


class DeviceList(Body, frozen=True, kw_only=True):
    """My devices."""


class DeviceEntry(Body, frozen=True, kw_only=True):
    id: Id
    name: str
    created_at: Time
    last_used_at: Time
    online: bool
    this: bool = False


class Devices(Body, frozen=True, kw_only=True):
    devices: tuple[DeviceEntry, ...]


class DeviceRevoke(Body, frozen=True, kw_only=True):
    """Sign another device out, now."""

    id: Id
    device: Id


class ProfileSet(Body, frozen=True, kw_only=True):
    """Change who I am; what is absent stays. `base`: the profile row's revision this stands on."""

    id: Id
    base: Revision
    display_name: Name | None = None
    time_zone: Zone | None = None
    receipts: bool | None = None
    picture: Picture | None = None
    """Empty: no picture."""


class Changed(Body, frozen=True, kw_only=True):
    """A durable change was made: the home stream's revision after it."""

    rev: Revision


# -- people and invitations --------------------------------------------------------------------------------


class InvitationCreate(Body, frozen=True, kw_only=True):
    """Make a one-time code. `coaching` needs the role trainer, `account` the role admin."""

    id: Id
    purpose: Literal["coaching", "account"]
    roles: tuple[Role, ...] = ("client",)
    note: Annotated[str, msgspec.Meta(max_length=limits.NOTE_CHARACTERS)] = ""
    valid_hours: Annotated[int, msgspec.Meta(ge=1, le=24 * 30)] = 24 * 7


class InvitationMade(Body, frozen=True, kw_only=True):
    rev: Revision
    code: str
    expires_at: Time


class InvitationRevoke(Body, frozen=True, kw_only=True):
    id: Id
    invitation: Id


class InvitationAccept(Body, frozen=True, kw_only=True):
    """A client accepts a trainer's invitation and says what the trainer may see and do."""

    id: Id
    code: Code
    consent: Consent


class Accepted(Body, frozen=True, kw_only=True):
    rev: Revision
    trainer: Id


class PeopleList(Body, frozen=True, kw_only=True):
    """People known to me, in order of id."""

    after: Id | None = None
    limit: PageSize = limits.LIST_MAX


class Person(Body, frozen=True, kw_only=True):
    """Somebody I know: what I may show of them."""

    id: Id
    handle: str
    display_name: str
    time_zone: str
    roles: tuple[Role, ...]
    picture: bytes | None = None


class People(Body, frozen=True, kw_only=True):
    people: tuple[Person, ...]
    more: bool = False


# -- conversations -----------------------------------------------------------------------------------------


class ConversationOpen(Body, frozen=True, kw_only=True):
    """Find or create the one direct conversation with a person."""

    id: Id
    person: Id


class Opened(Body, frozen=True, kw_only=True):
    conversation: Id
    rev: Revision


class ConversationList(Body, frozen=True, kw_only=True):
    """My conversations, by last activity, newest first; `before`: the last entry of the page before."""

    before: tuple[Time, Id] | None = None
    limit: PageSize = limits.LIST_MAX


class ConversationEntry(Body, frozen=True, kw_only=True):
    conversation: Id
    kind: Literal["direct", "group", "room", "announcement"]
    other: Id | None = None
    title: str | None = None
    head: Seq
    unread: Count
    last: Message | None = None
    """The last message, its text cut to PREVIEW_CHARACTERS."""
    active_at: Time


class Conversations(Body, frozen=True, kw_only=True):
    conversations: tuple[ConversationEntry, ...]
    more: bool = False


class MessagePost(Body, frozen=True, kw_only=True):
    """Say something. `id` becomes the message's id."""

    id: Id
    conversation: Id
    text: str
    kind: MessageKind = "text"


class Posted(Body, frozen=True, kw_only=True):
    rev: Revision
    seq: Seq
    at: Time


class History(Body, frozen=True, kw_only=True):
    """Messages by seq, newest first with `before`, oldest first with `after`; exactly one of them, or neither
    for the newest."""

    conversation: Id
    before: Seq | None = None
    after: Seq | None = None
    limit: PageSize = limits.HISTORY_DEFAULT


class Messages(Body, frozen=True, kw_only=True):
    """Messages in ascending seq. `more`: there are more in the direction asked for."""

    messages: tuple[Message, ...]
    more: bool = False


class Receipts(Body, frozen=True, kw_only=True):
    """When each member got and saw one message."""

    conversation: Id
    seq: Seq


class Receipt(Body, frozen=True, kw_only=True):
    person: Id
    delivered_at: Time | None = None
    read_at: Time | None = None


class ReceiptList(Body, frozen=True, kw_only=True):
    receipts: tuple[Receipt, ...]


class CursorDelivered(Body, frozen=True, kw_only=True):
    """This device has stored everything up to `seq`."""

    conversation: Id
    seq: Seq


class CursorRead(Body, frozen=True, kw_only=True):
    """I have seen up to `seq`, in a focused window."""

    conversation: Id
    seq: Seq


class ConversationView(Body, frozen=True, kw_only=True):
    """Which conversation this device shows now; None: none."""

    conversation: Id | None = None


class Typing(Body, frozen=True, kw_only=True):
    conversation: Id
    on: bool


# -- streams -----------------------------------------------------------------------------------------------


class Heads(Body, frozen=True, kw_only=True):
    """The heads after the last one named, in the order of `welcome`."""

    after: StreamId
    limit: PageSize = limits.LIST_MAX


class HeadPage(Body, frozen=True, kw_only=True):
    heads: tuple[Head, ...]
    more: bool = False


class Changes(Body, frozen=True, kw_only=True):
    """Everything in a stream that changed after revision `after` of `epoch`, in its current state."""

    stream: StreamId
    epoch: Id
    after: Revision
    limit: PageSize = limits.CHANGES_MAX


class ChangePage(Body, frozen=True, kw_only=True):
    """Rows in ascending rev, complete up to revision `upto`; `more`: ask again after `upto`."""

    rows: tuple[AnyRow, ...]
    upto: Revision
    more: bool = False
    cursors: tuple[Cursor, ...] = ()


class Snapshot(Body, frozen=True, kw_only=True):
    """A stream as it stands, for a new or far-behind device."""

    stream: StreamId


class SnapshotTaken(Body, frozen=True, kw_only=True):
    """Every row but messages, and the newest messages. `head` is complete: `changes` go on after it."""

    epoch: Id
    head: Revision
    seq: Seq = 0
    rows: tuple[AnyRow, ...]
    cursors: tuple[Cursor, ...] = ()


# -- presence ----------------------------------------------------------------------------------------------


class PresenceQuery(Body, frozen=True, kw_only=True):
    people: Annotated[tuple[Id, ...], msgspec.Meta(max_length=limits.PRESENCE_QUERY_MAX)]


class Presence(Body, frozen=True, kw_only=True):
    """Whether a person is here. `last_seen_at` only while offline; 0: never."""

    person: Id
    state: Literal["online", "offline"]
    last_seen_at: Time = 0


class Presences(Body, frozen=True, kw_only=True):
    """Those asked about whose presence I may see; the others are absent."""

    presences: tuple[Presence, ...]


# -- events ------------------------------------------------------------------------------------------------


class Change(Body, frozen=True, kw_only=True):
    """Body of `message`, `member`, `record` and `person`: the stream went from revision `after` to `rev`.

    `rev ≤ mine`: drop; `after ≤ mine < rev`: apply; `after > mine`: ask `changes`. Rows the reader may not
    see are skipped.
    """

    stream: StreamId
    epoch: Id
    after: Revision
    rev: Revision
    rows: tuple[AnyRow, ...]


class CursorMoved(Body, frozen=True, kw_only=True):
    conversation: Id
    cursors: tuple[Cursor, ...]


class TypingSeen(Body, frozen=True, kw_only=True):
    conversation: Id
    person: Id
    on: bool


class Viewing(Body, frozen=True, kw_only=True):
    """Who is looking at this conversation, besides me."""

    conversation: Id
    people: tuple[Id, ...]


class Withdrawn(Body, frozen=True, kw_only=True):
    """A stream is no longer mine to see: wipe it before anything else."""

    stream: StreamId


class Closing(Body, frozen=True, kw_only=True):
    """The server is about to end this connection; come back in `retry_after_ms`."""

    retry_after_ms: Count


EventBody = Change | CursorMoved | TypingSeen | Viewing | Presence | Person | Withdrawn | Closing

EVENTS: dict[str, type[Body]] = {
    "message": Change,
    "member": Change,
    "record": Change,
    "person": Change,
    "cursor": CursorMoved,
    "typing": TypingSeen,
    "viewing": Viewing,
    "presence": Presence,
    "profile": Person,
    "withdrawn": Withdrawn,
    "closing": Closing,
}
"""Every event and its body. A conversation's change is `message` if a message is among its rows, else
`member`."""

# -- the table of ops --------------------------------------------------------------------------------------

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
