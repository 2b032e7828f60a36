"""What is half written stays where it was when somebody leaves the page and comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from coachline_desktop.goal_state import GoalsState
from coachline_desktop.views.dates import from_qt, to_qt
from coachline_desktop.views.entry_form import EntryForm
from coachline_desktop.views.goal_card import GoalCard
from demo.month import TRAINER
from pictures import coaching
from pictures.coaching import TODAY
from PySide6.QtWidgets import QLineEdit
from support.goals_window import GoalsWindow

YESTERDAY = TODAY - timedelta(1)


def card_of(at: GoalsWindow, kind: str) -> GoalCard:
    """A goal on the page of a client."""
    return next(card for card in at.page.goal_cards.values() if card.goal.kind == kind)


def form_of(card: GoalCard) -> EntryForm:
    """What is being entered in a goal."""
    assert card.form is not None
    return card.form


def test_a_form_is_as_it_was_left_when_its_page_is_opened_again(at: GoalsWindow) -> None:
    mine, overview = coaching.goals("Ben", opened="Ben"), coaching.goals("Ben")
    at.open("Ben", mine)
    card = card_of(at, "nutrition")
    card.heads["entries"].click()
    at.click("Enter progress", card)
    at.keys.type("18")
    at.show("Ben", overview)
    at.show("Ben", mine)
    back = card_of(at, "nutrition")
    assert back is not card
    assert back.heads["entries"].isChecked()
    energy = form_of(back).inputs["energy"]
    assert isinstance(energy, QLineEdit)
    assert (energy.isVisible(), energy.text()) == (True, "18")
    at.window.form_done(form_of(back).place)
    at.show("Ben", overview)
    at.show("Ben", mine)
    assert card_of(at, "nutrition").form is None


def test_a_correction_is_kept_for_its_client_while_another_is_looked_at(at: GoalsWindow) -> None:
    ben, aroha = (coaching.goals(TRAINER, opened=name) for name in ("Ben", "Aroha"))
    at.open(TRAINER, ben)
    card = card_of(at, "nutrition")
    card.begin(EntryForm(card.goal, card.goal.entries[0]))
    form_of(card).note.line.setText("With dressing")
    at.show(TRAINER, aroha)
    assert all(card.form is None for card in at.page.goal_cards.values())
    at.show(TRAINER, ben)
    assert form_of(card_of(at, "nutrition")).note.text == "With dressing"


def test_what_was_kept_after_its_page_was_left_is_not_there_to_be_entered_twice(at: GoalsWindow) -> None:
    mine = coaching.goals("Ben", opened="Ben")
    at.open("Ben", mine)
    at.click("Enter progress", card_of(at, "nutrition"))
    place = form_of(card_of(at, "nutrition")).place
    at.show("Ben", coaching.goals("Ben"))
    at.window.form_done(place)
    at.show("Ben", mine)
    assert card_of(at, "nutrition").form is None


def test_nobody_is_left_what_another_person_or_a_goal_that_is_gone_was_asked(at: GoalsWindow) -> None:
    ben = coaching.goals(TRAINER, opened="Ben")
    for between in (("Tom", coaching.goals("Tom", opened="Tom")), (TRAINER, with_nothing(ben))):
        at.open(TRAINER, ben)
        at.click("Enter progress", card_of(at, "nutrition"))
        at.page.excuse.note.line.setText("A cold")
        at.show(TRAINER, coaching.goals(TRAINER))
        at.show(*between)
        at.show(TRAINER, ben)
        assert card_of(at, "nutrition").form is None
        assert (at.page.excuse.note.text == "") == (between[0] == "Tom")


def with_nothing(goals: GoalsState) -> GoalsState:
    """The same page without goals."""
    assert goals.open is not None
    return replace(goals, open=replace(goals.open, goals=()))


def test_an_excuse_is_kept_for_whom_it_is(at: GoalsWindow) -> None:
    ben, aroha = (coaching.goals(TRAINER, opened=name) for name in ("Ben", "Aroha"))
    at.open(TRAINER, ben)
    excuse = at.page.excuse
    excuse.reason.setCurrentIndex(2)
    excuse.first.setDate(to_qt(YESTERDAY))
    excuse.note.line.setText("A cold")
    at.show(TRAINER, aroha)
    assert (excuse.reason.currentIndex(), from_qt(excuse.first.date()), excuse.note.text) == (0, TODAY, "")
    at.show(TRAINER, ben)
    assert (excuse.reason.currentIndex(), from_qt(excuse.first.date()), excuse.note.text) == (2, YESTERDAY, "A cold")
    excuse.done()
    at.show(TRAINER, aroha)
    at.show(TRAINER, ben)
    assert (excuse.reason.currentIndex(), from_qt(excuse.first.date()), excuse.note.text) == (0, TODAY, "")
