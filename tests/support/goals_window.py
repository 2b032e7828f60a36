"""The page of goals in a window, and somebody who works it by keys that are counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coachline_desktop.desk import Preferences
from coachline_desktop.goal_state import GoalsState
from coachline_desktop.views.entry_form import EntryForm
from coachline_desktop.views.goal_card import GoalCard
from coachline_desktop.window import Window
from pictures.goal_scenes import state
from pictures.render import settle
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget


class Keyboard:
    """Presses keys where the focus is, and counts those that are not digits of an amount."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self.presses = 0

    def press(self, key: Qt.Key) -> None:
        self.presses += 1
        QTest.keyClick(self._focus(), key)
        QApplication.processEvents()

    def shortcut(self, keys: str) -> None:
        self.presses += 1
        QTest.keySequence(self._window.main, QKeySequence(keys))
        QApplication.processEvents()

    def type(self, text: str) -> None:
        self.presses += sum(not character.isdigit() for character in text)
        QTest.keyClicks(self._focus(), text)

    def _focus(self) -> QWidget:
        return self._window.main.focusWidget() or self._window.main


class GoalsWindow:
    """A window that shows states, and what is wanted in it."""

    def __init__(self, made: Window) -> None:
        self.window = made
        self.page = made.main.goals
        self.keys = Keyboard(made)
        self.said: list[Any] = []
        made.wants.connect(self.said.append)

    def show(self, viewer: str, goals: GoalsState) -> None:
        """This of coaching before somebody."""
        self.window.show_state(state(viewer, goals))
        QApplication.processEvents()

    def open(self, viewer: str, goals: GoalsState) -> None:
        """The same, on the page of goals."""
        self.show(viewer, goals)
        self.window.main.go("goals")
        QApplication.processEvents()

    def card(self, kind: str) -> GoalCard:
        """The first goal of a kind on the page of a client."""
        return next(card for card in self.page.goal_cards.values() if card.goal.kind == kind)

    def wanted(self, kind: type) -> list[Any]:
        """Everything of a kind that was wanted."""
        return [want for want in self.said if isinstance(want, kind)]

    def button(self, words: str, within: QWidget | None = None) -> QAbstractButton:
        """The first visible button that says this, or is called so."""
        found = (within or self.page).findChildren(QAbstractButton)
        return next(one for one in found if one.isVisible() and words in (one.text(), one.accessibleName()))

    def click(self, words: str, within: QWidget | None = None) -> None:
        QTest.mouseClick(self.button(words, within), Qt.MouseButton.LeftButton)
        QApplication.processEvents()


def form_of(card: GoalCard) -> EntryForm:
    """What is being entered in a goal."""
    assert card.form is not None
    return card.form


@contextmanager
def goals_window(folder: Path) -> Iterator[GoalsWindow]:
    """A window that keeps its settings in a folder, shown and with the keyboard."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    made = Window(app, Preferences(folder / "preferences.ini"), "test")
    made.main.resize(1120, 900)
    made.main.show()
    settle(app)  # whatever another test left to be deleted would take the keyboard when it goes
    made.main.come_forward()
    yield GoalsWindow(made)
    made.close()
    made.main.deleteLater()
    settle(app)  # a window that is still there is dressed anew with the next one
