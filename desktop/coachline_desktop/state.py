"""What the window shows, as plain values: no widget, no task, no protocol.

`present` makes them from a session, `diff` says how one list of them became the next, the models hold them and the
views paint them. Two equal values look the same on the screen. Times are milliseconds UTC and, beside them, the
words that stand for them now, in the zone of whoever looks.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from coachline_desktop.goal_state import Card, GoalsState
from coachline_desktop.keys import Key as Key
from coachline_desktop.keys import Presence as Presence

Tick = Literal["queued", "sending", "sent", "delivered", "read", "failed"]
"""How far one of my own messages has come."""
Phase = Literal["disconnected", "connecting", "connected", "reconnecting"]
Screen = Literal["first_run", "main"]
Appearance = Literal["system", "light", "dark"]
Alerts = Literal["text", "sender", "off"]
"""What a notification of the desktop shows."""
TextPercent = Literal[100, 125, 150, 200]
"""How large text is, beside what the theme gives it."""


# -- conversations -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A line of the conversation list. `hue`: degrees 0–359, fixed for a person. `when`: `when_ms` in words.

    `preview` is one line without controls; `preview_tick` is None where the last message is not mine.
    `draft`: the preview is what stands unsent in the composer.
    """

    id: Key
    title: str
    initials: str
    hue: int
    presence: Presence
    preview: str
    preview_mine: bool
    preview_tick: Tick | None
    when_ms: int
    when: str
    unread: int = 0
    typing: bool = False
    draft: bool = False

    @property
    def key(self) -> Key:
        """Names the row."""
        return self.id


@dataclass(frozen=True, slots=True)
class DayLine:
    """Between two days of the timeline."""

    key: Key
    date: date
    words: str


@dataclass(frozen=True, slots=True)
class NewLine:
    """Above the first message that was unread when the conversation was opened."""

    key: Key


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message; `system`: a line in the middle. `author` is a name, `time` is `at_ms` as hours and minutes.

    `seq` is None and `at_ms` 0 until it is sent; `tick` only on my own; `failure` says why one failed or waits.
    """

    key: Key
    seq: int | None
    mine: bool
    author: str
    text: str
    at_ms: int
    time: str
    tick: Tick | None
    failure: str | None
    first_in_group: bool
    last_in_group: bool
    system: bool = False
    card: Card | None = None
    """A goal or progress: where it leads."""


TimelineEntry = DayLine | NewLine | Bubble
"""A row of the timeline; all have a `key`."""


@dataclass(frozen=True, slots=True)
class ConversationState:
    """The conversation on the screen. `subtitle`: presence, last seen, or who is typing, in words.

    `entries` are the newest part; `more_above`: older ones can be had. `unread`: what the badge of the jump-to-end
    button says. `read_only` says in words why nothing can be written, None where it can.
    """

    id: Key
    title: str
    initials: str
    hue: int
    presence: Presence
    subtitle: str
    typing: bool
    entries: tuple[TimelineEntry, ...]
    unread: int
    can_write: bool
    draft: str
    more_above: bool
    read_only: str | None = None
    last_seq: int = 0
    """Of the newest message shown, for `saw`."""
    other: Key | None = None
    """With whom one talks, where that is one."""
    agreed: str = ""
    """What the page is called on which stands what that one and I let each other see and do; empty: there is none."""


# -- connection and notices --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConnectionBanner:
    """How things stand with the server. `words` empty: nothing needs to be said, the banner is not shown."""

    phase: Phase
    words: str
    retry_in_s: int | None = None
    can_retry: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something said once, in the window."""

    key: Key
    words: str
    kind: Literal["info", "warning", "error"] = "info"
    conversation: Key | None = None
    """Where a click leads."""


# -- people, devices, settings -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Me:
    """Who is signed in."""

    id: Key
    name: str
    handle: str
    initials: str
    hue: int
    zone: str
    trainer: bool
    client: bool
    admin: bool
    receipts: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody I know. `relation` in words ("Your coach since 3 May"), `can_message`: a conversation may be opened."""

    key: Key
    name: str
    handle: str
    initials: str
    hue: int
    presence: Presence
    presence_words: str
    relation: str
    can_message: bool
    agreed: str = ""
    """What the page is called on which our coaching stands; empty: there is none."""


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """A code I made. `status` in words; `open`: it can still be used, and revoked."""

    key: Key
    code: str
    purpose: Literal["coaching", "account"]
    note: str
    status: str
    open: bool


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One of my devices. `last_used` in words; `this`: the one in front of us."""

    key: Key
    name: str
    last_used: str
    online: bool
    this: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invitation code leads to, as the server says before anybody accepts it."""

    code: str
    inviter: str
    coaching: bool
    until: str


@dataclass(frozen=True, slots=True)
class FirstRun:
    """The screens before somebody is signed in. `problem`: what went wrong, in words, beside the field named."""

    server: str = ""
    can_host: bool = False
    """A server of one's own can be started here."""
    busy: str = ""
    """What is being waited for, in words; the buttons are off meanwhile."""
    problem: str = ""
    problem_field: str = ""
    """`server`, `handle`, `password`, `code`, `name`, or empty: the whole form."""
    offer: Offer | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What this device was told; receipts are the account's and stand in `Me`."""

    appearance: Appearance = "system"
    alerts: Alerts = "sender"
    enter_sends: bool = True
    text_percent: TextPercent = 100


@dataclass(frozen=True, slots=True)
class AppState:
    """Everything the window shows. `secrets_notice`: where the sign-in is kept, if not in the system's keyring."""

    screen: Screen = "first_run"
    me: Me | None = None
    banner: ConnectionBanner = ConnectionBanner("disconnected", "")
    conversations: tuple[ConversationRow, ...] = ()
    current: ConversationState | None = None
    people: tuple[PersonRow, ...] = ()
    invitations: tuple[InvitationRow, ...] = ()
    devices: tuple[DeviceRow, ...] | None = None
    """None: not asked yet, or not to be had now."""
    settings: Settings = Settings()
    notices: tuple[Notice, ...] = ()
    goals: GoalsState = field(default_factory=GoalsState)
    first_run: FirstRun = field(default_factory=FirstRun)
    secrets_notice: str = ""
    loaded: bool = False
    """Something was read from the disk or the server: an empty list is empty, not yet to come."""

    @property
    def unread(self) -> int:
        """What the badge says."""
        return sum(row.unread for row in self.conversations)
