"""Everything somebody can want: each has a name, a word, a tip and a key, or is said by a control that has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
from coachline_desktop import goal_intents, intents
from coachline_desktop.actions import ACTIONS, Action, tip
from coachline_desktop.bubbles import NEW_LINE
from coachline_desktop.desk import Preferences
from coachline_desktop.goal_state import DayShown
from coachline_desktop.intents import Intent
from coachline_desktop.state import AppState, ConnectionBanner, Notice, Settings
from coachline_desktop.window import Window
from demo.month import TRAINER
from pictures import coaching
from pictures.render import settle
from pictures.scenes import scenes
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

TODAY, A_DAY = date(2026, 11, 24), timedelta(1)
FULL = next(scene.state for scene in scenes() if scene.name == "talk-error")
BUSY = replace(
    FULL,
    banner=ConnectionBanner("reconnecting", "gone", 3, can_retry=True),
    notices=(Notice(b"n", "Something."),),
    settings=Settings(text_percent=125),
    goals=replace(coaching.goals(TRAINER), day=DayShown(TODAY, "Yesterday", "", TODAY - A_DAY, TODAY + A_DAY)),
    current=replace(FULL.current, entries=(NEW_LINE, *FULL.current.entries)) if FULL.current else None,
)
"""A state in which everything can be done."""

MIDDLE = 900
"""Pixels: somewhere in the conversation."""

FROM_FORMS = {
    intents.SignIn,
    intents.HostServer,
    intents.LookUpCode,
    intents.ForgetOffer,
    intents.Join,
    intents.AcceptInvitation,
    intents.MakeInvitation,
    goal_intents.Enter,
    goal_intents.Correct,
    goal_intents.SetGoal,
    goal_intents.ChangeGoal,
    goal_intents.MakeExcuse,
    goal_intents.KeepTemplate,
    goal_intents.SetConsent,
}
"""Said by the button of a form, or by Enter in it: without what was written or ticked there is nothing to say."""
ABOUT_A_ROW = {
    intents.MessagePerson,
    intents.RevokeInvitation,
    intents.SignOutDevice,
    intents.SignOut,
    intents.OpenLink,
    intents.ChangeReceipts,
    goal_intents.OpenClient,
    goal_intents.ShowGoal,
    goal_intents.AnswerGoal,
    goal_intents.SetGoalState,
    goal_intents.WithdrawExcuse,
    goal_intents.SetCoaching,
    goal_intents.RemoveTemplate,
    goal_intents.RetryDeed,
    goal_intents.DropDeed,
}
"""Said by the control of one row, which Tab reaches: a key for all of them would not know which."""
BY_ITSELF = {intents.Draft, intents.Saw, intents.LookAt, intents.WantOlder, intents.OpenPage}
"""Follows from writing, looking, scrolling and going to a place."""
IN_THE_COMPOSER = {intents.Send}
"""Enter, where the text is."""


def test_everything_that_can_be_wanted_has_its_way() -> None:
    """A new intent stands in one of these tables, or has an action."""
    by_action = {type(action.wants(BUSY)) for action in ACTIONS} - {str, type(None)}
    elsewhere = FROM_FORMS | ABOUT_A_ROW | BY_ITSELF | IN_THE_COMPOSER
    assert by_action & elsewhere == set()
    assert by_action | elsewhere == set(get_args(Intent))


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[tuple[Window, list[Any]]]:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    made = Window(app, Preferences(tmp_path / "preferences.ini"), "test")
    said: list[Any] = []
    made.wants.connect(said.append)
    made.show_state(BUSY)
    made.main.show()
    settle(app)  # whatever another test left to be deleted would take the keyboard when it goes
    made.main.come_forward()
    qtbot.waitUntil(made.main.isActiveWindow)
    timeline = made.main.conversation.timeline
    qtbot.waitUntil(lambda: timeline.verticalScrollBar().maximum() > 0)
    timeline.verticalScrollBar().setValue(MIDDLE)
    made.main.side.setFocus()
    made.main.conversation.composer.box.clearFocus()
    said.clear()
    yield made, said
    made.close()
    made.main.deleteLater()
    settle(app)  # a window that is still there is dressed anew with the next one


@pytest.mark.parametrize("action", [action for action in ACTIONS if action.name != "quit"], ids=lambda it: it.name)
def test_the_key_of_an_action_does_it(action: Action, window: tuple[Window, list[Any]]) -> None:
    """The key itself, pressed in the window where somebody writes."""
    made, said = window
    assert action.possible(BUSY)
    QTest.keySequence(made.main, QKeySequence(action.keys[0]))
    wanted = action.wants(BUSY)
    heard = [want for want in said if not isinstance(want, intents.Saw | intents.LookAt)]
    if isinstance(wanted, str):
        assert DONE[wanted](made, heard)
    else:
        assert [want for want in heard if want != intents.OpenPage("goals")] == [wanted]
        assert made.main.goals.isVisible() == isinstance(wanted, goal_intents.ShowDay)


def _at(place: str) -> Any:
    return lambda made, heard: getattr(made.main, place).isVisible() and heard == [intents.OpenPage(place)]  # type: ignore[arg-type]


def _timeline(made: Window) -> Any:
    return made.main.conversation.timeline.verticalScrollBar()


def _goal(made: Window) -> Any:
    """Where it glides."""
    return made.main.conversation.timeline.glide.endValue()


DONE: dict[str, Any] = {
    "chats": lambda made, heard: made.main.conversation.isVisible() and heard == [],
    "goals": _at("goals"),
    "new_goal": lambda made, heard: (
        made.main.goals.editor.isVisible() and made.main.focusWidget().inherits("QLineEdit")
    ),
    "agreement": lambda made, heard: made.main.agreement.isVisible() and heard == [],
    "people": _at("people"),
    "devices": _at("devices"),
    "settings": _at("settings"),
    "invite": lambda made, heard: made.main.people.invite.note.line.hasFocus(),
    "write": lambda made, heard: made.main.conversation.composer.box.hasFocus(),
    "new": lambda made, heard: _timeline(made).value() == 0,
    "end": lambda made, heard: _timeline(made).maximum() in (_goal(made), _timeline(made).value()),
    "older": lambda made, heard: _timeline(made).value() < MIDDLE,
}
"""What is to be seen after the window did something by itself."""


def test_what_cannot_be_done_is_off_and_does_nothing(window: tuple[Window, list[Any]]) -> None:
    made, said = window
    nothing = AppState(screen="main", settings=Settings(text_percent=200))
    made.show_state(nothing)
    said.clear()
    for action in ACTIONS:
        if not action.possible(nothing):
            QTest.keySequence(made.main, QKeySequence(action.keys[0]))
    assert said == []
    off = {action.name for action in ACTIONS if not action.possible(nothing)}
    assert {"resend", "discard", "copy", "new", "end", "dismiss", "larger", "reconnect"} <= off


def test_tips_name_the_key(window: tuple[Window, list[Any]]) -> None:
    made, _ = window
    for action in ACTIONS:
        found = made.main.findChild(QAction, action.name)
        assert isinstance(found, QAction)
        assert found.toolTip() == tip(action.name) == f"{action.tip} ({action.keys[0]})"
    assert made.main.banner._retry.toolTip() == tip("reconnect")
    assert made.main.conversation.timeline.jump.toolTip() == tip("end")
    assert made.main.conversation.composer.send.toolTip() == "Send (Enter)"
