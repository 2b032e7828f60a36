"""What a session shows: plain values for whoever draws them. No task, no socket, no widget."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from coachline_protocol.codes import Refusal
from coachline_protocol.ops import Command, Person, Presence, ProgressRecord
from coachline_protocol.rows import Date, Excuse, Id, Relationship, RelationshipStep, StreamId, Template, Time

from coachline_core.domain.basis import subject
from coachline_core.domain.course import Course
from coachline_core.domain.outbox import Entry
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

    `last` may still wait to be sent; `preview` is its text in one line, empty where `last` has no words of its own:
    a card or a system message is worded by whoever shows it, from `last`.
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


@dataclass(frozen=True, slots=True)
class Record:
    """A client's coaching record as far as I may see it. `zone`: his; `today`: the date there.

    `relationships` and `steps` are mine with him, or all of his if he is me. `goals` are as they went, with goals and
    progress that wait to be said; `pending` is what of the outbox belongs here, waiting or failed, oldest first.
    Without the consent to see goals or progress there are none; `Course` says what must not be shown then.
    """

    client: Id
    zone: str
    today: Date
    relationships: tuple[Relationship, ...] = ()
    steps: tuple[RelationshipStep, ...] = ()
    goals: tuple[Course, ...] = ()
    excuses: tuple[Excuse, ...] = ()
    pending: tuple[Entry, ...] = ()

    def goal(self, id: Id) -> Course | None:
        """One of the goals."""
        return next((course for course in self.goals if course.goal.id == id), None)

    def unsaid(self, goal: Id) -> bool:
        """Whether nobody but this device knows of a goal yet: it waits to be said."""
        return any(entry.id == goal for entry in self._waiting)

    def unsent(self, goal: Id) -> tuple[Command, ...]:
        """What of a goal waits to be said: the goal itself, other terms, answers to them, states; oldest first."""
        return tuple(entry.body for entry in self._waiting if subject(entry.body) == ("goal", goal))

    def waits(self, goal: Id) -> bool:
        """Whether anything of a goal waits to be said, progress too."""
        entered = (entry.body for entry in self._waiting if isinstance(entry.body, ProgressRecord))
        return bool(self.unsent(goal)) or any(body.goal == goal for body in entered)

    @property
    def _waiting(self) -> Iterator[Entry]:
        return (entry for entry in self.pending if entry.state != "failed")

    def relationship(self, trainer: Id) -> Relationship | None:
        """The client's with one trainer."""
        return next((held for held in self.relationships if held.trainer == trainer), None)


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
class RecordChanged:
    """`record` None: it is not mine to see, any more or for now (see `Coaching.record`)."""

    client: Id
    record: Record | None


@dataclass(frozen=True, slots=True)
class TemplatesChanged:
    templates: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """A message or another command was refused for good. It stays where it is shown, to be retried or discarded."""

    stream: StreamId
    id: Id
    refusal: Refusal


Update = (
    ConnectionChanged
    | ConversationsChanged
    | ConversationChanged
    | RecordChanged
    | TemplatesChanged
    | PeopleChanged
    | PresenceChanged
    | TypingChanged
    | ViewingChanged
    | Failed
)
