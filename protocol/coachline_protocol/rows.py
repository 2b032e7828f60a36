"""Rows: the durable things a person can see, one struct a kind.

A row lives in exactly one stream, is known there by its `key`, and carries the stream's revision of its
latest change (`rev`). The same values are decided in the domain, kept in the database, sent on the wire and
cached by clients. Ids are 16-byte UUIDs, times int64 milliseconds UTC.
"""

from typing import Annotated, Literal

import msgspec

from coachline_protocol import limits

Id = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
"""16 bytes: UUIDv7 where somebody made it, a name-based UUIDv8 for direct conversations."""
Revision = Annotated[int, msgspec.Meta(ge=0, le=limits.MAX_INTEGER)]
Seq = Annotated[int, msgspec.Meta(ge=0, le=limits.MAX_INTEGER)]
Count = Annotated[int, msgspec.Meta(ge=0, le=limits.MAX_INTEGER)]
Time = Annotated[int, msgspec.Meta(ge=0, le=limits.MAX_INTEGER)]
"""Milliseconds since 1970-01-01 UTC, for display only: order is given by `seq`."""

StreamKind = Literal["conversation", "record", "person"]
Role = Literal["trainer", "client", "admin"]
MessageKind = Literal["text", "system", "goal", "progress", "file", "image", "voice", "video", "session"]


class StreamId(msgspec.Struct, frozen=True, array_like=True, order=True):
    """Names a stream: `[kind, id]` on the wire. A record's and a person's id is the person's."""

    kind: StreamKind
    id: Id


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="row"):
    """What every row has: the revision of its latest change."""

    rev: Revision


# -- in a conversation -------------------------------------------------------------------------------------


class Conversation(Row, frozen=True, kw_only=True, tag="conversation"):
    """The conversation itself. Key: the stream. `closed_at` set: read-only for everybody."""

    kind: Literal["direct", "group", "room", "announcement"]
    created_at: Time
    title: str | None = None
    closed_at: Time | None = None


class Window(msgspec.Struct, frozen=True, array_like=True):
    """A half-open range of seqs `[join, leave)` in which a member sees rows; `leave` None: still a member."""

    join: Seq
    leave: Seq | None = None


class Member(Row, frozen=True, kw_only=True, tag="member"):
    """A person's membership. Key: `person`."""

    person: Id
    windows: tuple[Window, ...]
    role: Literal["owner", "member"] = "member"


class Message(Row, frozen=True, kw_only=True, tag="message"):
    """One entry of the timeline. Key: `seq` (1, 2, 3 … without gap); `id` is that of the posting command.

    `system` messages carry in `text` a word of a closed set (`opened`, `joined`, `left`) and in `about` whom.
    """

    seq: Seq
    id: Id
    author: Id
    kind: MessageKind = "text"
    text: str
    at: Time
    about: Id | None = None


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """How far a member has come: every message with seq ≤ `delivered` is on a device, ≤ `read` was seen.

    Takes no revision; merges by maximum. `*_at` is the time of the latest move, 0 before the first.
    """

    person: Id
    delivered: Seq = 0
    delivered_at: Time = 0
    read: Seq = 0
    read_at: Time = 0


# -- in a record (one per client) --------------------------------------------------------------------------


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """What the client lets one trainer do; owned by the client."""

    see_goals: bool = False
    set_goals: Literal["none", "propose", "assign"] = "none"
    see_progress: bool = False
    see_presence: bool = False


class Relationship(Row, frozen=True, kw_only=True, tag="relationship"):
    """Coaching between two people, in the client's record. Key: `trainer`."""

    trainer: Id
    client: Id
    state: Literal["active", "paused", "ended"]
    since: Time
    consent: Consent


# -- in a person's own stream ------------------------------------------------------------------------------


class Profile(Row, frozen=True, kw_only=True, tag="profile"):
    """Who I am. Key: the stream. `receipts` False: I send no read receipts and see none."""

    handle: str
    display_name: str
    time_zone: str
    roles: tuple[Role, ...]
    picture: Annotated[bytes, msgspec.Meta(max_length=limits.PICTURE_BYTES)] | None = None
    receipts: bool = True


class Device(Row, frozen=True, kw_only=True, tag="device"):
    """A device I signed in on. Key: `id`. `revoked_at` set: signed out, its token dead."""

    id: Id
    name: str
    created_at: Time
    revoked_at: Time | None = None


class Listing(Row, frozen=True, kw_only=True, tag="listing"):
    """A conversation in my list. Key: `conversation`. `other`: the other person of a direct one."""

    conversation: Id
    kind: Literal["direct", "group", "room", "announcement"]
    other: Id | None = None


class Invitation(Row, frozen=True, kw_only=True, tag="invitation"):
    """A one-time code I made. Key: `id`. `coaching` leads to a relationship, `account` to an account only.

    open → claimed (an account was made with it) → accepted; or revoked. Expiry is judged by `expires_at`.
    """

    id: Id
    code: str
    purpose: Literal["coaching", "account"]
    roles: tuple[Role, ...]
    created_at: Time
    expires_at: Time
    state: Literal["open", "claimed", "accepted", "revoked"] = "open"
    person: Id | None = None
    """Who claimed or accepted it."""
    note: str = ""
    """Whom the maker means it for; only the maker sees it."""


ConversationRow = Conversation | Member | Message
RecordRow = Relationship
PersonRow = Profile | Device | Listing | Invitation
AnyRow = ConversationRow | RecordRow | PersonRow
