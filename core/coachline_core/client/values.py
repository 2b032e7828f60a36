"""What a session shows: plain values for whoever draws them. No task, no socket, no widget."""

from dataclasses import dataclass
from typing import Literal

from coachline_protocol.codes import Refusal
from coachline_protocol.ops import Person, Presence
from coachline_protocol.rows import Id, Time

from coachline_core.domain.timeline import Item, Timeline


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where the daemon listens. `tls` False only for loopback."""

    host: str
    port: int
    tls: bool = True


Phase = Literal["disconnected", "connecting", "connected", "reconnecting"]


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """How things stand with the server.

    `reason`: why there is no connection, a short word: `signed_out`, `unreachable`, `certificate`, `no_reply`,
    `storage`, a refusal code or a close code's name in lower case. `retry_in`: seconds from now to the next
    attempt. `synced`: connected, and everything missed has been fetched.
    Disconnected is final until somebody acts (signs in, presses Retry); reconnecting never gives up.
    """

    phase: Phase
    reason: str | None = None
    retry_in: float | None = None
    synced: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """A line of the conversation list. `active_at`: time of the last message, or of the conversation's making.

    `last` may still wait to be sent; `preview` is its text in one line.
    """

    conversation: Id
    kind: Literal["direct", "group", "room", "announcement"]
    other: Id | None
    title: str | None
    last: Item | None
    preview: str
    unread: int
    active_at: Time
    closed: bool
    draft: str


# -- updates -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConnectionChanged:
    state: ConnectionState


@dataclass(frozen=True, slots=True)
class ConversationsChanged:
    conversations: tuple[Summary, ...]


@dataclass(frozen=True, slots=True)
class ConversationChanged:
    """`timeline` None: the conversation is not mine to see any more."""

    conversation: Id
    timeline: Timeline | None


@dataclass(frozen=True, slots=True)
class PeopleChanged:
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class PresenceChanged:
    """`presence` None: not known (any more)."""

    person: Id
    presence: Presence | None


@dataclass(frozen=True, slots=True)
class TypingChanged:
    conversation: Id
    people: tuple[Id, ...]


@dataclass(frozen=True, slots=True)
class ViewingChanged:
    """Who looks at this conversation now, besides me."""

    conversation: Id
    people: tuple[Id, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """A message was refused for good. It stays in the timeline, to be retried or discarded."""

    conversation: Id
    id: Id
    refusal: Refusal


Update = (
    ConnectionChanged
    | ConversationsChanged
    | ConversationChanged
    | PeopleChanged
    | PresenceChanged
    | TypingChanged
    | ViewingChanged
    | Failed
)
