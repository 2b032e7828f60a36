"""Rows: the durable things a person can see, one struct a kind.

A row lives in exactly one stream, is known there by its `key`, and carries the stream's revision of its
latest change (`rev`). The same values are decided in the domain, kept in the database, sent on the wire and
cached by clients. Ids are 16-byte UUIDs, times int64 milliseconds UTC.
"""

import datetime
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

Date = datetime.date
"""A day of somebody's calendar, `YYYY-MM-DD` on the wire; whose zone it is in is said where it stands."""
Amount = Annotated[str, msgspec.Meta(pattern=r"^(0|[1-9][0-9]{0,8})(\.[0-9]{1,4})?\Z")]
"""What a person typed, exactly: a decimal number ≥ 0 as text, up to nine digits before the point and four after."""

StreamKind = Literal["conversation", "record", "person"]
Role = Literal["trainer", "client", "admin"]
MessageKind = Literal["text", "system", "goal", "progress", "file", "image", "voice", "video", "session"]


class StreamId(msgspec.Struct, frozen=True, cache_hash=True, array_like=True, order=True):
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

    `system` messages carry in `text` a word of a closed set (`opened`, `joined`, `left`, `closed`, `reopened`) and
    in `about` whom. `goal` and `progress` messages are cards: they refer to the client's record and hold nothing of
    it. A `goal` card's `text` is what was done (see `GoalDeed`) to `goal`; there is one `progress` card for each
    `goal` and `day`, made with the first entry, and `text` is empty.
    """

    seq: Seq
    id: Id
    author: Id
    kind: MessageKind = "text"
    text: str
    at: Time
    about: Id | None = None
    goal: Id | None = None
    day: Date | None = None


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
    """What the client lets one trainer see and do; owned by the client.

    Setting goals and seeing progress need `see_goals`, recording progress for the client needs `see_progress`.
    """

    see_goals: bool = False
    """All of them, other trainers' too."""
    set_goals: Literal["none", "propose", "assign"] = "none"
    see_progress: bool = False
    """And excuses."""
    record_progress: bool = False
    see_presence: bool = False


class Relationship(Row, frozen=True, kw_only=True, tag="relationship"):
    """Coaching between two people, in the client's record. Key: `trainer`.

    `paused_by` may end the pause. `left`: it ended, and the client left what the trainer saw until then with him.
    `reach`: the revision of the latest change to what the trainer may see of the record. A device of the trainer's
    that holds an earlier revision holds too much or too little: it drops what `consent` does not cover and takes the
    record anew.
    """

    trainer: Id
    client: Id
    state: Literal["active", "paused", "ended"]
    since: Time
    consent: Consent
    reach: Revision = 0
    paused_by: Id | None = None
    left: bool = False


class RelationshipStep(Row, frozen=True, kw_only=True, tag="relationship_step"):
    """One step in the history of a relationship, never changed. Key: `id`. `consent`: as it was from then on."""

    id: Id
    trainer: Id
    by: Id
    at: Time
    deed: Literal["begun", "consent", "paused", "resumed", "ended"]
    consent: Consent


GoalKind = Literal[
    "nutrition", "body", "strength", "distance", "duration", "steps", "sessions", "habit", "rating", "free"
]
GoalState = Literal["proposed", "active", "paused", "done", "missed", "cancelled"]
GoalDeed = Literal[
    "proposed",
    "assigned",
    "countered",
    "accepted",
    "declined",
    "changed",
    "paused",
    "resumed",
    "done",
    "missed",
    "cancelled",
]
"""What a `goal` card tells."""


class Target(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing to reach: `up`, at least `amount`; `down`, at most; `hold`, from `amount` to `upper`.

    `per`: what is judged, a day, a week from Monday, or everything from start to due. `reps`: of a load, how often
    it is to be moved in one entry. Which metrics and units there are is said in `coachline_core.domain.metrics`.
    """

    metric: Annotated[str, msgspec.Meta(min_length=1, max_length=limits.METRIC_CHARACTERS)]
    unit: Annotated[str, msgspec.Meta(min_length=1, max_length=limits.METRIC_CHARACTERS)]
    direction: Literal["up", "down", "hold"]
    amount: Amount
    upper: Amount | None = None
    per: Literal["day", "week", "total"] = "day"
    reps: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None


class Terms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a goal asks: dates are days of the client's calendar, both included."""

    title: Annotated[str, msgspec.Meta(max_length=limits.GOAL_TITLE_CHARACTERS)]
    targets: Annotated[tuple[Target, ...], msgspec.Meta(max_length=limits.TARGETS_MAX)] = ()
    start: Date
    due: Date | None = None
    note: Annotated[str, msgspec.Meta(max_length=limits.GOAL_NOTE_CHARACTERS)] = ""


class Goal(Row, frozen=True, kw_only=True, tag="goal"):
    """Something the client works for. Key: `id`, that of the command that made it.

    `author`: who assigned or proposed it. `version`: the terms that stand, those proposed while `proposed`.
    `pending`: terms that wait for an answer of `turn`'s; both None where nothing waits.
    """

    id: Id
    author: Id
    kind: GoalKind
    state: GoalState
    version: Id
    pending: Id | None = None
    turn: Id | None = None
    created_at: Time


class GoalVersion(Row, frozen=True, kw_only=True, tag="goal_version"):
    """Terms of a goal. Key: `id`, that of the command that said them. They never change; what became of them does.

    `accepted` ones are in force from the day `effective` to their due date; of several that have begun, the one
    accepted last. `mutual`: both sides agreed, so that a weekly target counts from this week on and not from the next.
    """

    id: Id
    goal: Id
    author: Id
    at: Time
    terms: Terms
    state: Literal["proposed", "accepted", "declined", "replaced"]
    effective: Date
    mutual: bool = False
    decided_at: Time | None = None


class GoalPhase(Row, frozen=True, kw_only=True, tag="goal_phase"):
    """From the day `since` on the goal is `state`, whatever was said before, until a later phase.

    Key: `id`, of the command that said so.
    """

    id: Id
    goal: Id
    state: Literal["active", "paused", "done", "missed", "cancelled"]
    since: Date
    by: Id
    at: Time


class Measure(msgspec.Struct, frozen=True, array_like=True):
    """A value: `[metric, unit, amount]`."""

    metric: Annotated[str, msgspec.Meta(min_length=1, max_length=limits.METRIC_CHARACTERS)]
    unit: Annotated[str, msgspec.Meta(min_length=1, max_length=limits.METRIC_CHARACTERS)]
    amount: Amount


class Progress(Row, frozen=True, kw_only=True, tag="progress"):
    """What was done for a goal on a day, as first said or as corrected; never changed. Key: `id`.

    `entry`: the id of the first saying; of those with the same `entry` the one with the highest `rev` counts, the
    others are its history. Without measures and note it is taken back. `author` differs from the client where a
    trainer recorded it. `zone`: the client's zone when the day was named.
    """

    id: Id
    entry: Id
    goal: Id
    author: Id
    at: Time
    day: Date
    zone: str
    measures: Annotated[tuple[Measure, ...], msgspec.Meta(max_length=limits.MEASURES_MAX)] = ()
    note: Annotated[str, msgspec.Meta(max_length=limits.GOAL_NOTE_CHARACTERS)] = ""


class Excuse(Row, frozen=True, kw_only=True, tag="excuse"):
    """Days on which nothing is held against the client, both included. Key: `id`. `withdrawn_at`: it does not count."""

    id: Id
    author: Id
    at: Time
    first: Date
    last: Date
    reason: Literal["ill", "injured", "holiday", "travel"]
    note: Annotated[str, msgspec.Meta(max_length=limits.GOAL_NOTE_CHARACTERS)] = ""
    withdrawn_at: Time | None = None


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


class Template(Row, frozen=True, kw_only=True, tag="template"):
    """A goal I set again and again. Key: `id`. `days`: from start to due. `removed_at` set: not offered any more."""

    id: Id
    kind: GoalKind
    title: Annotated[str, msgspec.Meta(max_length=limits.GOAL_TITLE_CHARACTERS)]
    targets: Annotated[tuple[Target, ...], msgspec.Meta(max_length=limits.TARGETS_MAX)] = ()
    days: Annotated[int, msgspec.Meta(ge=1, le=limits.GOAL_DAYS_MAX)] | None = None
    note: Annotated[str, msgspec.Meta(max_length=limits.GOAL_NOTE_CHARACTERS)] = ""
    removed_at: Time | None = None


ConversationRow = Conversation | Member | Message
RecordRow = Relationship | RelationshipStep | Goal | GoalVersion | GoalPhase | Progress | Excuse
PersonRow = Profile | Device | Listing | Invitation | Template
AnyRow = ConversationRow | RecordRow | PersonRow
