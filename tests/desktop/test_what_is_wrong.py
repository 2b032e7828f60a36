"""What is wrong with a form is said at the field at fault, which gets the keyboard and says it to who cannot see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from coachline_desktop.goal_intents import Enter
from coachline_desktop.theme import space
from demo.month import TRAINER
from pictures import coaching
from pictures.cast import person_id
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from support.goals_window import GoalsWindow, form_of

WRONG = "This cannot be taken."
FIELDS: dict[str, Callable[[GoalsWindow], QWidget]] = {
    "terms.title": lambda at: at.page.editor.title.line,
    "terms.targets": lambda at: at.page.editor.lines[0].amount,
    "terms.targets[1].amount": lambda at: at.page.editor.lines[1].amount,
    "terms.start": lambda at: at.page.editor.start,
    "terms.due": lambda at: at.page.editor.due,
    "terms.note": lambda at: at.page.editor.note.line,
}


def said(at: GoalsWindow) -> list[QLabel]:
    """Where the page says what is wrong."""
    QApplication.processEvents()
    return [label for label in at.page.findChildren(QLabel) if label.isVisible() and label.text() == WRONG]


def below(field: QWidget, label: QLabel) -> int:
    """Pixels from a field's lower edge to a label."""
    window = field.window()
    return label.mapTo(window, QPoint()).y() - field.mapTo(window, QPoint(0, field.height())).y()


def stands_at(at: GoalsWindow, field: QWidget) -> bool:
    """It is said once, beneath this field, which has the keyboard."""
    (label,) = said(at)
    return 0 <= below(field, label) <= space(4) and field.hasFocus() and field.accessibleDescription() == WRONG


@pytest.mark.parametrize("field", FIELDS)
def test_the_editor_says_it_at_the_field(field: str, at: GoalsWindow) -> None:
    at.open(TRAINER, coaching.goals(TRAINER, opened="Ben"))
    at.page.new_goal()
    for line in at.page.editor.lines[:2]:
        line.amount.setText("2000")
    at.window.form_refused("goal", field, WRONG)
    assert stands_at(at, FIELDS[field](at))
    at.window.form_refused("goal", "", "")
    assert said(at) == []
    assert FIELDS[field](at).accessibleDescription() == ""
    assert not FIELDS[field](at).property("wrong")


def test_the_editor_says_at_somebodys_own_amount_what_is_wrong_with_it(at: GoalsWindow) -> None:
    at.open(TRAINER, coaching.goals(TRAINER))
    at.page.new_goal()
    people = at.page.editor.people.people
    at.page.editor.lines[0].amount.setText("2000")
    for person in people.values():
        person.option.choose(True)
    own = people[person_id("Ben")].fields["energy"]
    own.setText("12o0")
    at.window.form_refused("goal", "terms.targets[0].amount", WRONG)
    assert stands_at(at, own)


def test_the_editor_says_at_the_names_that_somebody_is_to_be_chosen(at: GoalsWindow) -> None:
    at.open(TRAINER, coaching.goals(TRAINER))
    at.page.new_goal()
    at.window.form_refused("goal", "client", WRONG)
    people = list(at.page.editor.people.people.values())
    (label,) = said(at)
    assert 0 <= below(people[-1].option, label) <= space(4)
    assert people[0].option.button.hasFocus()


def test_what_is_about_no_field_is_said_above_the_buttons(at: GoalsWindow) -> None:
    at.open(TRAINER, coaching.goals(TRAINER, opened="Ben"))
    at.page.new_goal()
    at.window.form_refused("goal", "", WRONG)
    (label,) = said(at)
    assert 0 <= -below(at.page.editor.assign, label) - at.page.editor.assign.height() - label.height() <= space(4)


@pytest.mark.parametrize("field", ["energy", "protein"])
def test_a_day_says_it_at_the_field(field: str, at: GoalsWindow) -> None:
    goals = coaching.goals("Ben")
    at.open("Ben", replace(goals, proposals=()))
    card = next(card for card in at.page.today.cards.values() if field in card.fields)
    at.window.form_refused(card.place, field, WRONG)
    (label,) = said(at)
    assert 0 <= below(card.fields[field], label) <= space(10)
    assert card.fields[field].hasFocus()
    card.fields[field].setText("14")
    card.enter()
    at.window.form_done(at.wanted(Enter)[0])
    assert said(at) == []


@pytest.mark.parametrize("field", ["protein", "day", "note"])
def test_an_entry_says_it_at_the_field(field: str, at: GoalsWindow) -> None:
    at.open("Ben", coaching.goals("Ben", opened="Ben"))
    card = at.card("nutrition")
    at.click("Enter progress", card)
    form = form_of(card)
    at.window.form_refused(form.place, field, WRONG)
    about = {"day": form.day, "note": form.note.line}.get(field) or form.inputs[field]
    assert stands_at(at, about)
