"""Everything that can be done from the keyboard: a name, a word, a tip, keys, when it can be done, and what it wants.

A table, without widgets: the window makes shortcuts of it, and whoever wants menus finds their words here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, get_args

from coachline_desktop import goal_intents, intents
from coachline_desktop.intents import Intent
from coachline_desktop.state import AppState, Bubble, Key, NewLine, TextPercent
from coachline_desktop.words import say

Step = Literal[
    "chats",
    "goals",
    "new_goal",
    "agreement",
    "people",
    "devices",
    "settings",
    "invite",
    "write",
    "new",
    "end",
    "older",
    "quit",
]
"""What the window does by itself: go to a place, to a field, to a message, or away."""


TEXT_PERCENTS: Final[tuple[TextPercent, ...]] = get_args(TextPercent)


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


def _day(state: AppState, *, later: bool) -> Intent | None:
    shown = state.goals.day
    if shown is None or state.goals.open is not None:
        return None
    day = shown.after if later else shown.before
    return goal_intents.ShowDay(day) if day is not None else None


def _agreement(state: AppState) -> Step | None:
    return "agreement" if state.current is not None and state.current.agreed else None


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


def _discard_message(state: AppState) -> Intent | None:
    return intents.DiscardMessage(*failed) if (failed := _failed(state)) is not None else None


def _copy_newest(state: AppState) -> Intent | None:
    said = [entry for entry in state.current.entries if isinstance(entry, Bubble)] if state.current else []
    return intents.Copy(said[-1].text) if said else None


def _first_new(state: AppState) -> Step | None:
    there = state.current is not None and any(isinstance(entry, NewLine) for entry in state.current.entries)
    return "new" if there else None


def _invite(state: AppState) -> Step | None:
    return "invite" if state.me is not None and (state.me.trainer or state.me.admin) else None


def _dismiss(state: AppState) -> Intent | None:
    return intents.DismissNotice(state.notices[-1].key) if state.notices else None


def _resize(state: AppState, by: int) -> Intent | None:
    place = TEXT_PERCENTS.index(state.settings.text_percent) + by
    return intents.ChangeSettings(text_percent=TEXT_PERCENTS[place]) if 0 <= place < len(TEXT_PERCENTS) else None


def _usual_size(state: AppState) -> Intent | None:
    return intents.ChangeSettings(text_percent=100) if state.settings.text_percent != 100 else None


def _report(state: AppState) -> Intent | None:
    return intents.CopyDiagnostics() if state.screen == "main" else None


def _reconnect(state: AppState) -> Intent | None:
    return intents.RetryConnection() if state.banner.can_retry else None


ACTIONS: Final = (
    Action("talks", "Talks", "Go to the conversations", ("Ctrl+1",), _signed_in("chats")),
    Action("goals", "Goals", "Go to goals and progress", ("Ctrl+5",), _signed_in("goals")),
    Action("goal", "New goal", "Set or propose a goal", ("Ctrl+G",), _new_goal),
    Action(
        "day_before",
        "Day before",
        "Show and enter what was asked the day before",
        ("Alt+Left",),
        lambda state: _day(state, later=False),
    ),
    Action(
        "day_after",
        "Day after",
        "Show and enter what was asked the day after",
        ("Alt+Right",),
        lambda state: _day(state, later=True),
    ),
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
    Action(
        "agreement",
        "What is shared",
        "See what is shown and allowed between the two of you",
        ("Ctrl+Shift+E",),
        _agreement,
    ),
    Action("write", "Write", "Go to the composer", ("Ctrl+E",), _in_conversation("write")),
    Action("new", "First new message", "Jump to what was new when you came", ("Ctrl+Shift+J",), _first_new),
    Action("end", "Newest message", "Jump to the end of the conversation", ("Ctrl+J",), _in_conversation("end")),
    Action("older", "Older messages", "Scroll one view up", ("Alt+PgUp",), _in_conversation("older")),
    Action("copy", "Copy the newest message", "Copy the newest message", ("Ctrl+Shift+C",), _copy_newest),
    Action("resend", "Send again", "Send the failed message again", ("Ctrl+Shift+R",), _retry_message),
    Action("discard", "Discard", "Discard the failed message", ("Ctrl+Shift+Backspace",), _discard_message),
    Action("invite", "Invite", "Make an invitation", ("Ctrl+N",), _invite),
    Action("dismiss", "Dismiss", "Dismiss the newest notice", ("Ctrl+D",), _dismiss),
    Action("larger", "Larger text", "Make all text larger", ("Ctrl++", "Ctrl+="), lambda state: _resize(state, 1)),
    Action("smaller", "Smaller text", "Make all text smaller", ("Ctrl+-",), lambda state: _resize(state, -1)),
    Action("usual", "Usual size", "Show text at its usual size", ("Ctrl+0",), _usual_size),
    Action(
        "diagnostics", "Copy diagnostics", "Copy versions and states, nothing anybody wrote", ("Ctrl+Shift+I",), _report
    ),
    Action("reconnect", "Retry", "Connect to the server now", ("Ctrl+R",), _reconnect),
    Action("quit", "Quit", "Close Coachline", ("Ctrl+Q",), lambda _: "quit"),
)
"""In the order in which they are told to people."""


def tip(name: str) -> str:
    """What an action does and its first key, for the tool tip of the control that does the same."""
    (found,) = (action for action in ACTIONS if action.name == name)
    return f"{say(found.tip)} ({found.keys[0]})"
