"""What is half written stays where it was when somebody leaves the page and comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from coachline_desktop.goal_intents import MakeExcuse, SetGoal
from coachline_desktop.goal_state import GoalsState
from coachline_desktop.intents import Draft, MakeInvitation
from coachline_desktop.state import AppState
from coachline_desktop.views.dates import from_qt, to_qt
from coachline_desktop.views.entry_form import EntryForm
from demo.month import TRAINER
from pictures import coaching
from pictures.cast import conversation, items
from pictures.coaching import TODAY
from pictures.goal_scenes import state
from PySide6.QtWidgets import QLabel, QLineEdit
from support.goals_window import GoalsWindow, form_of

YESTERDAY = TODAY - timedelta(1)


def test_a_form_is_as_it_was_left_when_its_page_is_opened_again(at: GoalsWindow) -> None:
    mine, overview = coaching.goals("Ben", opened="Ben"), coaching.goals("Ben")
    at.open("Ben", mine)
    card = at.card("nutrition")
    card.heads["entries"].click()
    at.click("Enter progress", card)
    at.keys.type("18")
    at.show("Ben", overview)
    at.show("Ben", mine)
    back = at.card("nutrition")
    assert back is not card
    assert back.heads["entries"].isChecked()
    energy = form_of(back).inputs["energy"]
    assert isinstance(energy, QLineEdit)
    assert (energy.isVisible(), energy.text()) == (True, "18")
    at.window.form_done(form_of(back).want)
    at.show("Ben", overview)
    at.show("Ben", mine)
    assert at.card("nutrition").form is None


def test_a_correction_is_kept_for_its_client_while_another_is_looked_at(at: GoalsWindow) -> None:
    ben, aroha = (coaching.goals(TRAINER, opened=name) for name in ("Ben", "Aroha"))
    at.open(TRAINER, ben)
    card = at.card("nutrition")
    card.begin(EntryForm(card.goal, card.goal.entries[0]))
    form_of(card).note.line.setText("With dressing")
    at.show(TRAINER, aroha)
    assert all(card.form is None for card in at.page.goal_cards.values())
    at.show(TRAINER, ben)
    assert form_of(at.card("nutrition")).note.text == "With dressing"


def test_what_was_kept_after_its_page_was_left_is_not_there_to_be_entered_twice(at: GoalsWindow) -> None:
    mine = coaching.goals("Ben", opened="Ben")
    at.open("Ben", mine)
    at.click("Enter progress", at.card("nutrition"))
    said = form_of(at.card("nutrition")).want
    at.show("Ben", coaching.goals("Ben"))
    at.window.form_done(said)
    at.show("Ben", mine)
    assert at.card("nutrition").form is None


def test_a_goal_that_is_gone_leaves_no_form(at: GoalsWindow) -> None:
    ben = coaching.goals(TRAINER, opened="Ben")
    at.open(TRAINER, ben)
    at.click("Enter progress", at.card("nutrition"))
    at.page.excuse.note.line.setText("A cold")
    at.show(TRAINER, coaching.goals(TRAINER))
    at.show(TRAINER, with_nothing(ben))
    at.show(TRAINER, ben)
    assert at.card("nutrition").form is None
    assert at.page.excuse.note.text == "A cold"


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
    excuse.submit()
    at.window.form_done(at.wanted(MakeExcuse)[0])
    at.show(TRAINER, aroha)
    at.show(TRAINER, ben)
    assert (excuse.reason.currentIndex(), from_qt(excuse.first.date()), excuse.note.text) == (0, TODAY, "")


def test_a_goal_is_gone_on_with_by_whoever_asks_for_it_again(at: GoalsWindow) -> None:
    """The key for a new goal is pressed to come back to the one that is half written."""
    at.open(TRAINER, coaching.goals(TRAINER, opened="Ben"))
    editor = at.page.editor
    for again in (at.page.new_goal, lambda: at.click("Change", at.card("nutrition"))):
        again()
        editor.note.line.setText("Half a reason")
        again()
        assert editor.note.text == "Half a reason"
    at.page.new_goal()
    assert editor.note.text == "", "another goal is another"
    editor.note.line.setText("Half a reason")
    at.show(TRAINER, coaching.goals(TRAINER, opened="Aroha"))
    at.page.new_goal()
    assert editor.note.text == "", "so is somebody else's"
    editor.note.line.setText("Half a reason")
    editor.submit()
    at.window.form_done(at.wanted(SetGoal)[-1])
    at.page.new_goal()
    assert editor.note.text == ""


def test_for_whom_an_invitation_is_stands_there_until_it_is_made(at: GoalsWindow) -> None:
    """It may not be: there is no connection."""
    at.window.main.go("people")
    invite = at.window.main.people.invite
    invite.note.line.setText("Leilani")
    at.click("Make an invitation", invite)
    (wanted,) = at.wanted(MakeInvitation)
    assert (wanted.note, invite.note.text) == ("Leilani", "Leilani")
    at.window.form_done(wanted)
    assert invite.note.text == ""


# -- somebody else at the window -----------------------------------------------------------------------------


def leave(at: GoalsWindow) -> None:
    """Whoever is there signs out."""
    at.window.show_state(AppState())


def test_the_next_one_is_left_nothing_of_the_page_of_goals(at: GoalsWindow) -> None:
    ben = coaching.goals(TRAINER, opened="Ben")
    at.open(TRAINER, ben)
    at.click("Enter progress", at.card("nutrition"))
    at.page.excuse.note.line.setText("A cold")
    at.page.new_goal()
    at.show("Ben", coaching.goals("Ben"))
    next(iter(at.page.today.cards.values())).fields["protein"].setText("140")
    leave(at)
    at.show("Ben", coaching.goals("Ben"))
    assert next(iter(at.page.today.cards.values())).fields["protein"].text() == ""
    leave(at)
    at.window.show_state(AppState(screen="main"))  # signed in, and nothing is known of him yet
    at.window.main.go("goals")
    assert "Ben Carter" not in [label.text() for label in at.page.findChildren(QLabel) if label.isVisible()]
    assert not at.page.editor.isVisible()
    at.show(TRAINER, ben)
    assert at.card("nutrition").form is None
    assert at.page.excuse.note.text == ""


def test_who_was_talked_to_does_not_find_what_the_other_was_writing(at: GoalsWindow) -> None:
    """They share the computer, and a conversation of two has the same id for both."""
    maya, ben = (
        replace(state(viewer, coaching.goals(viewer)), current=conversation(viewer, "Ben", items("Ben")))
        for viewer in (TRAINER, "Ben")
    )
    at.window.show_state(maya)
    at.window.main.conversation.composer.box.setPlainText("Not like this")
    said = len(at.said)
    leave(at)
    at.window.show_state(ben)
    assert maya.current is not None
    assert ben.current is not None
    assert maya.current.id == ben.current.id
    assert at.window.main.conversation.composer.text == ben.current.draft
    assert not [want for want in at.said[said:] if isinstance(want, Draft)]


def test_no_password_stays_behind_a_sign_in(at: GoalsWindow) -> None:
    leave(at)
    first = at.window.main.first_run
    lines = [line for line in first.findChildren(QLineEdit) if line.accessibleName() != "Server"]
    for line in lines:
        line.setText("ten letters at least")
    at.show(TRAINER, coaching.goals(TRAINER))
    leave(at)
    assert {line.text() for line in lines} == {""}


def test_what_was_typed_of_an_invitation_is_for_nobody_else(at: GoalsWindow) -> None:
    people = at.window.main.people
    for line in people.findChildren(QLineEdit):
        line.setText("For Ben")
    leave(at)
    assert {line.text() for line in people.findChildren(QLineEdit)} == {""}
