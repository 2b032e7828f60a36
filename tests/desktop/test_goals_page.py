"""The page of goals: entering and setting are quick, and nothing that is typed is lost when the world moves on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from coachline_desktop import goal_intents, intents
from coachline_desktop.desk import Preferences
from coachline_desktop.goal_state import ClientRow, GoalsState
from coachline_desktop.window import Window
from demo.month import TRAINER
from pictures import coaching
from pictures.cast import person_id
from pictures.goal_scenes import NO_NUMBER, state
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


class Keyboard:
    """Presses keys where the focus is, and counts those that are not of an amount."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self.presses = 0

    def press(self, key: Qt.Key) -> None:
        self.presses += 1
        QTest.keyClick(self._focus(), key)

    def shortcut(self, keys: str) -> None:
        self.presses += 1
        QTest.keySequence(self._window.main, QKeySequence(keys))

    def type(self, amount: str) -> None:
        QTest.keyClicks(self._focus(), amount)

    def _focus(self) -> QWidget:
        return self._window.main.focusWidget() or self._window.main


@pytest.fixture
def shown(qtbot: QtBot, tmp_path: Path) -> Iterator[tuple[Window, list[Any]]]:
    """The window on the page of goals, and what is wanted in it."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    made = Window(app, Preferences(tmp_path / "preferences.ini"), "test")
    qtbot.addWidget(made.main)
    said: list[Any] = []
    made.wants.connect(said.append)
    made.show_state(state(TRAINER, coaching.goals(TRAINER)))
    made.main.resize(1120, 900)
    made.main.show()
    made.main.come_forward()
    qtbot.waitUntil(made.main.isActiveWindow)
    yield made, said
    made.close()


def open_goals(window: Window, viewer: str, goals: GoalsState) -> None:
    window.show_state(state(viewer, goals))
    window.main.go("goals")
    QApplication.processEvents()


def wanted(said: list[Any], kind: type) -> list[Any]:
    return [want for want in said if isinstance(want, kind)]


def test_progress_takes_one_click_its_digits_and_enter(shown: tuple[Window, list[Any]]) -> None:
    window, said = shown
    open_goals(window, "Ben", coaching.goals("Ben"))
    card = next(card for card in window.main.goals.today.cards.values() if "weight" in card.fields)
    QTest.mouseClick(card.fields["weight"], Qt.MouseButton.LeftButton)
    keys = Keyboard(window)
    keys.type("79.4")
    keys.press(Qt.Key.Key_Return)
    (want,) = wanted(said, goal_intents.Enter)
    assert want.values == (("weight", "kg", "79.4"),)
    assert want.client == person_id("Ben")
    window.form_done(want.place)
    assert card.fields["weight"].text() == ""


def test_a_habit_takes_one_click(shown: tuple[Window, list[Any]]) -> None:
    window, said = shown
    open_goals(window, "Ben", coaching.goals("Ben"))
    press = next(each for each in window.main.goals.today.findChildren(QPushButton) if each.text() == "Mark as done")
    QTest.mouseClick(press, Qt.MouseButton.LeftButton)
    (want,) = wanted(said, goal_intents.Enter)
    assert want.values == (("done", "days", "1"),)


def test_one_goal_for_several_with_another_amount_for_one(shown: tuple[Window, list[Any]]) -> None:
    window, said = shown
    open_goals(window, TRAINER, coaching.goals(TRAINER))
    editor = window.main.goals.editor
    window.main.goals.new_goal()
    editor.lines[0].amount.setText("2000")
    editor.lines[1].amount.setText("150")
    people = editor.people.people
    for person in people.values():
        assert not person.option.chosen
        person.option.choose(True)
    people[person_id("Aroha")].fields["energy"].setText("1800")
    editor.submit()
    (want,) = wanted(said, goal_intents.SetGoal)
    assert want.propose  # one of them has agreed to proposals only
    asked = {client: [(t.amount, t.upper) for t in form.targets] for client, form in want.forms}
    assert asked == {
        person_id("Aroha"): [("1,710", "1,890"), ("150", "")],
        person_id("Ben"): [("1,900", "2,100"), ("150", "")],
    }


def test_what_cannot_be_read_is_marked_where_it_stands(shown: tuple[Window, list[Any]]) -> None:
    window, _ = shown
    open_goals(window, TRAINER, coaching.goals(TRAINER))
    editor = window.main.goals.editor
    window.main.goals.new_goal()
    editor.lines[0].amount.setText("2000")
    for person in editor.people.people.values():
        person.option.choose(True)
    own = editor.people.people[person_id("Ben")].fields["energy"]
    own.setText("12o0")
    window.form_refused("goal", "terms.targets[0].amount", NO_NUMBER)
    assert own.property("wrong")
    assert not editor.lines[0].amount.property("wrong")
    own.setText("1200")
    editor.lines[0].amount.setText("2ooo")
    window.form_refused("goal", "terms.targets[0].amount", NO_NUMBER)
    assert not own.property("wrong")
    assert editor.lines[0].amount.property("wrong")
    assert editor.lines[0].amount.text() == "2ooo"


def test_what_is_typed_outlives_every_update(shown: tuple[Window, list[Any]]) -> None:
    window, _ = shown
    goals = coaching.goals("Ben")
    open_goals(window, "Ben", goals)
    page = window.main.goals
    card = next(iter(page.today.cards.values()))
    field = card.fields["protein"]
    field.setFocus()
    QTest.keyClicks(field, "14")
    page.new_goal()
    page.editor.title.line.setText("Half a title")
    field.setFocus()
    more = tuple(replace(goal, mark="met", waiting=True) for goal in goals.today)
    window.show_state(state("Ben", replace(goals, today=more, proposals=(), today_words="Thursday")))
    QApplication.processEvents()
    assert next(iter(page.today.cards.values())) is card
    assert field.text() == "14"
    assert field.hasFocus()
    assert page.editor.title.text == "Half a title"


def test_a_goal_that_is_proposed_stands_once(shown: tuple[Window, list[Any]]) -> None:
    window, said = shown
    goals = coaching.goals("Ben", opened="Ben")
    open_goals(window, "Ben", goals)
    page = window.main.goals
    (proposal,) = goals.proposals
    assert proposal.goal in page.proposal_cards
    assert proposal.goal not in page.goal_cards
    accept = next(each for each in page.findChildren(QPushButton) if each.text() == "Accept")
    accept.click()
    assert wanted(said, goal_intents.AnswerGoal) == [
        goal_intents.AnswerGoal(person_id("Ben"), proposal.goal, accept=True)
    ]


def test_devices_are_reached_through_the_settings(shown: tuple[Window, list[Any]]) -> None:
    window, said = shown
    open_goals(window, TRAINER, coaching.goals(TRAINER))
    window.main.go("settings")
    window.main.settings.devices.click()
    assert window.main.devices.isVisible()
    assert said[-1] == intents.OpenPage("devices")
    window.main.back.click()
    assert window.main.settings.isVisible()


def _many(number: int) -> GoalsState:
    goals = coaching.goals(TRAINER)
    rows = tuple(replace(goals.roster[0], key=n.to_bytes(16, "big"), name=f"Client {n}") for n in range(number))
    return replace(goals, roster=rows)


def test_one_of_sixty_clients_changes_and_one_row_is_made(shown: tuple[Window, list[Any]]) -> None:
    window, _ = shown
    goals = _many(60)
    open_goals(window, TRAINER, goals)
    made: list[ClientRow] = []
    page = window.main.goals
    build = page._client_row

    def counted(client: ClientRow) -> Any:
        made.append(client)
        return build(client)

    page._client_row = counted  # type: ignore[method-assign]
    rows = (*goals.roster[:30], replace(goals.roster[30], why="Something else"), *goals.roster[31:])
    window.show_state(state(TRAINER, replace(goals, roster=rows)))
    assert made == [rows[30]]
