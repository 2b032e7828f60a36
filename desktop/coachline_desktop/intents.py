"""What somebody wants, as plain values: the views say one of these and decide nothing."""

from dataclasses import dataclass, fields, replace
from typing import Literal

from coachline_desktop.goal_intents import GoalIntent
from coachline_desktop.goal_state import Choice
from coachline_desktop.state import Alerts, Appearance, Key, Settings, TextPercent

Page = Literal["goals", "people", "devices", "settings"]
Invited = Literal["client", "account", "coach"]
"""A client of mine; or, from who runs the server, an account for somebody who trains or for a coach."""


@dataclass(frozen=True, slots=True)
class OpenConversation:
    """Show this conversation; None: none."""

    conversation: Key | None


@dataclass(frozen=True, slots=True)
class Send:
    """Say this. The view lets the text go, and has it again if it is refused."""

    conversation: Key
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the composer now; empty: nobody is writing any more."""

    conversation: Key
    text: str


@dataclass(frozen=True, slots=True)
class RetryMessage:
    """Send a failed message again."""

    conversation: Key
    message: Key


@dataclass(frozen=True, slots=True)
class DiscardMessage:
    """Drop a failed message."""

    conversation: Key
    message: Key


@dataclass(frozen=True, slots=True)
class Saw:
    """The message with this seq was visible in the focused window."""

    conversation: Key
    seq: int


@dataclass(frozen=True, slots=True)
class LookAt:
    """This conversation is before somebody's eyes from now on, in a window that has the keyboard; None: none is."""

    conversation: Key | None


@dataclass(frozen=True, slots=True)
class WantOlder:
    """The timeline is at its upper end."""

    conversation: Key


@dataclass(frozen=True, slots=True)
class RetryConnection:
    """Try again at once."""


@dataclass(frozen=True, slots=True)
class OpenPage:
    """A page was asked for; its content may have to be fetched."""

    page: Page


@dataclass(frozen=True, slots=True)
class OpenLink:
    """Open an address (http, https, mailto) outside."""

    address: str


@dataclass(frozen=True, slots=True)
class Copy:
    """Put this text on the clipboard."""

    text: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """First run, for those who have an account."""

    server: str
    handle: str
    password: str


@dataclass(frozen=True, slots=True)
class HostServer:
    """First run: be my own server on this computer, and its first admin and trainer."""

    name: str
    handle: str
    password: str


@dataclass(frozen=True, slots=True)
class LookUpCode:
    """What does this invitation code lead to? The answer is `FirstRun.offer`."""

    server: str
    code: str


@dataclass(frozen=True, slots=True)
class ForgetOffer:
    """Back from an offer to the form."""


@dataclass(frozen=True, slots=True)
class Join:
    """First run: make the account an invitation is for; `consent` None where it leads to no coaching."""

    server: str
    code: str
    name: str
    handle: str
    password: str
    consent: Choice | None


@dataclass(frozen=True, slots=True)
class AcceptInvitation:
    """Somebody signed in accepts a coach's invitation."""

    code: str
    consent: Choice


@dataclass(frozen=True, slots=True)
class MakeInvitation:
    """Make a one-time code. `note`: whom it is meant for. `place` names the form it stands in."""

    place: str
    whom: Invited
    note: str
    valid_hours: int


@dataclass(frozen=True, slots=True)
class RevokeInvitation:
    """The code shall not work any more."""

    invitation: Key


@dataclass(frozen=True, slots=True)
class MessagePerson:
    """Open the direct conversation with this person."""

    person: Key


@dataclass(frozen=True, slots=True)
class SignOutDevice:
    """Cut a device off."""

    device: Key


@dataclass(frozen=True, slots=True)
class SignOut:
    """Leave on this device."""


@dataclass(frozen=True, slots=True)
class ChangeSettings:
    """Of this device; None: as it was."""

    appearance: Appearance | None = None
    alerts: Alerts | None = None
    enter_sends: bool | None = None
    text_percent: TextPercent | None = None

    def on(self, now: Settings) -> Settings:
        """The settings after it."""
        asked = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(now, **{name: value for name, value in asked.items() if value is not None})


@dataclass(frozen=True, slots=True)
class ChangeReceipts:
    """Send read receipts, and see those of others; or neither."""

    send: bool


@dataclass(frozen=True, slots=True)
class CopyDiagnostics:
    """Versions and states for a report, without content, onto the clipboard."""


@dataclass(frozen=True, slots=True)
class DismissNotice:
    """It was read."""

    notice: Key


Intent = (
    GoalIntent
    | OpenConversation
    | Send
    | Draft
    | RetryMessage
    | DiscardMessage
    | Saw
    | LookAt
    | WantOlder
    | RetryConnection
    | OpenPage
    | OpenLink
    | Copy
    | SignIn
    | HostServer
    | LookUpCode
    | ForgetOffer
    | Join
    | AcceptInvitation
    | MakeInvitation
    | RevokeInvitation
    | MessagePerson
    | SignOutDevice
    | SignOut
    | ChangeSettings
    | ChangeReceipts
    | CopyDiagnostics
    | DismissNotice
)
"""Everything a view can say."""
