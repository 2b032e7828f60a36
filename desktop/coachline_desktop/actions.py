"""Everything that can be done from the keyboard: a name, a word, a tip, keys, when it can be done, and what it wants.

A table, without widgets: the window makes shortcuts of it, and whoever wants menus finds their words here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from coachline_desktop import intents
from coachline_desktop.intents import Intent
from coachline_desktop.state import AppState, Bubble, Key

Step = Literal["chats", "goals", "new_goal", "people", "devices", "settings", "write", "end", "quit"]
"""What the window does by itself: go to a place, to the composer, to the newest message, or away."""


@dataclass(frozen=True, slots=True)
class Action:
    """`title` and `tip` are English and translated where they are shown. `wants` answers None: not now."""

    name: str
    title: str
    tip: str
    keys: tuple[str, ...]
    wants: Callable[[AppState], Intent | Step | None]

    def possible(self, state: AppState) -> bool:
        """Whether it can be done now."""
        return self.wants(state) is not None


def _signed_in(step: Step) -> Callable[[AppState], Step | None]:
    return lambda state: step if state.screen == "main" else None


def _in_conversation(step: Step) -> Callable[[AppState], Step | None]:
    return lambda state: step if state.current is not None else None


def _neighbour(state: AppState, by: int) -> Intent | None:
    rows = state.conversations
    if not rows:
        return None
    keys = [row.id for row in rows]
    here = state.current.id if state.current is not None else None
    place = keys.index(here) + by if here in keys else (0 if by > 0 else -1)
    return intents.OpenConversation(keys[place % len(keys)])


def _next_unread(state: AppState) -> Intent | None:
    here = state.current.id if state.current is not None else None
    unread = next((row.id for row in state.conversations if row.unread and row.id != here), None)
    return intents.OpenConversation(unread) if unread is not None else None


def _new_goal(state: AppState) -> Step | None:
    return "new_goal" if state.screen == "main" and state.goals.settable else None


def _close(state: AppState) -> Intent | None:
    return intents.OpenConversation(None) if state.current is not None else None


def _failed(state: AppState) -> tuple[Key, Key] | None:
    """The conversation on the screen and the oldest message in it that failed."""
    if state.current is None:
        return None
    for entry in state.current.entries:
        if isinstance(entry, Bubble) and entry.tick == "failed":
            return state.current.id, entry.key
    return None


def _retry_message(state: AppState) -> Intent | None:
    return intents.RetryMessage(*failed) if (failed := _failed(state)) is not None else None


def _reconnect(state: AppState) -> Intent | None:
    return intents.RetryConnection() if state.banner.can_retry else None


ACTIONS: Final = (
    Action("talks", "Talks", "Go to the conversations", ("Ctrl+1",), _signed_in("chats")),
    Action("goals", "Goals", "Go to goals and progress", ("Ctrl+5",), _signed_in("goals")),
    Action("goal", "New goal", "Set or propose a goal", ("Ctrl+G",), _new_goal),
    Action("people", "People", "Go to people and invitations", ("Ctrl+2",), _signed_in("people")),
    Action("devices", "Devices", "Go to your devices", ("Ctrl+3",), _signed_in("devices")),
    Action("settings", "Settings", "Go to the settings", ("Ctrl+4", "Ctrl+,"), _signed_in("settings")),
    Action(
        "next",
        "Next conversation",
        "Open the next conversation of the list",
        ("Ctrl+Tab", "Alt+Down"),
        lambda state: _neighbour(state, 1),
    ),
    Action(
        "previous",
        "Previous conversation",
        "Open the conversation above in the list",
        ("Ctrl+Shift+Tab", "Alt+Up"),
        lambda state: _neighbour(state, -1),
    ),
    Action("unread", "Next unread", "Open the next conversation with something new", ("Ctrl+U",), _next_unread),
    Action("close", "Close conversation", "Show no conversation", ("Ctrl+W",), _close),
    Action("write", "Write", "Go to the composer", ("Ctrl+E",), _in_conversation("write")),
    Action("end", "Newest message", "Jump to the end of the conversation", ("Ctrl+J",), _in_conversation("end")),
    Action("resend", "Send again", "Send the failed message again", ("Ctrl+Shift+R",), _retry_message),
    Action("reconnect", "Retry", "Connect to the server now", ("Ctrl+R",), _reconnect),
    Action("quit", "Quit", "Close Coachline", ("Ctrl+Q",), lambda _: "quit"),
)
