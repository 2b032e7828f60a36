"""What the program asks of the window and of the desktop around it; both are made elsewhere, of widgets."""

from dataclasses import dataclass
from typing import Protocol

from coachline_desktop.goal_intents import Filled
from coachline_desktop.intents import MakeInvitation
from coachline_desktop.state import AppState, Key, Settings


class Screen(Protocol):
    """The window."""

    def show_state(self, state: AppState) -> None:
        """Show this instead of what is shown."""
        ...

    def sent(self, conversation: Key) -> None:
        """What was written is kept, and on its way."""
        ...

    def refused(self, conversation: Key, text: str, words: str) -> None:
        """What was written cannot be sent, and why: its author has it again."""
        ...

    def form_done(self, said: Filled | MakeInvitation) -> None:
        """What a form said is kept: where it still stands it may be cleared, and the form closed."""
        ...

    def form_refused(self, place: str, field: str, words: str) -> bool:
        """What stands in this form cannot be taken, because of `field`; it stays. Returns whether the form is there to
        say so."""
        ...

    def displays(self, conversation: Key) -> bool:
        """This conversation is on the screen, whether or not somebody is there."""
        ...

    def attended(self) -> bool:
        """Somebody is at the window: it has the keyboard."""
        ...

    def come_forward(self) -> None:
        """Show the window above the others."""
        ...


@dataclass(frozen=True, slots=True)
class Alert:
    """A notification of the desktop. Plain text only; a click leads to `conversation`."""

    title: str
    words: str
    conversation: Key


@dataclass(frozen=True, slots=True)
class NetworkReturned:
    """The computer has a network again. Comes among the intents, though nobody wants anything."""


class Desk(Protocol):
    """The desktop around the window."""

    def alert(self, alert: Alert) -> None:
        """Show a notification, where the desktop has such things."""
        ...

    def badge(self, unread: int) -> None:
        """How many are unread, at the program's icon."""
        ...

    def copy(self, text: str) -> None:
        """Put text on the clipboard."""
        ...

    def open_link(self, address: str) -> None:
        """Open an address in another program; http, https and mailto only."""
        ...

    def keep_settings(self, settings: Settings) -> None:
        """Remember what this device was told."""
        ...

    def load_settings(self) -> Settings:
        """What this device was told."""
        ...

    def zone(self) -> str:
        """The IANA zone of this computer."""
        ...

    def device_name(self) -> str:
        """What this computer is called in a list of devices."""
        ...

    def diagnostics(self) -> str:
        """Versions and the machine, for a report: nothing that anybody said or is called."""
        ...
