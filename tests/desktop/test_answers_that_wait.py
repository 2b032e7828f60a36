"""Disk and server take their time: what is pressed twice meanwhile is done once, and what is written then is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import trio
from coachline_desktop import goal_intents, intents, present_day
from coachline_desktop.goal_state import Agreement, Choice, GoalsState
from coachline_desktop.state import FirstRun, Offer
from coachline_desktop.views.agreement_card import AgreementCard
from coachline_desktop.views.consent_view import Choices
from coachline_desktop.views.entry_form import EntryForm
from coachline_desktop.views.row_button import RowButton
from coachline_desktop.views.today_view import TodayCard
from coachline_desktop.wanted import Wanted
from demo.month import TRAINER
from pictures import coaching
from pictures.coaching import TODAY
from pictures.goal_scenes import state
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from support.goals_window import GoalsWindow, form_of

YESTERDAY = TODAY - timedelta(1)


def first(at: GoalsWindow, kind: type) -> Any:
    """The first thing of a kind that was wanted, now that it is kept."""
    said = at.wanted(kind)[0]
    at.window.form_done(said)
    return said


# -- wanted again while it is being done -------------------------------------------------------------------


async def done_of(*wanted: str, meanwhile: tuple[str, ...]) -> list[object]:
    """What is done of what is wanted, when more is wanted while the first of it is being done."""
    send, receive = trio.open_memory_channel[object](10)
    for want in wanted:
        send.send_nowait(want)
    done: list[object] = []
    async for each in Wanted(receive):
        if not done:
            for again in meanwhile:
                send.send_nowait(again)
            send.close()
        done.append(each)
    return done


@pytest.mark.parametrize(
    ("meanwhile", "done"),
    [
        ((), ["accept"]),
        (("accept",), ["accept"]),
        (("accept", "accept"), ["accept"]),
        (("decline", "decline"), ["accept", "decline"]),
        (("decline", "accept"), ["accept", "decline", "accept"]),
    ],
)
async def test_what_is_wanted_again_while_it_is_done_is_done_once(meanwhile: tuple[str, ...], done: list[str]) -> None:
    assert await done_of("accept", meanwhile=meanwhile) == done


async def test_what_was_done_is_done_again_for_whoever_wants_it_then() -> None:
    send, receive = trio.open_memory_channel[object](1)
    wanted = Wanted(receive)
    async with trio.open_nursery() as nursery:
        for _ in range(2):
            nursery.start_soon(send.send, "pause")
            assert await anext(wanted) == "pause"
            with trio.move_on_after(0):
                await anext(wanted)  # nothing more is wanted: it has been done


# -- two quick presses -------------------------------------------------------------------------------------


def test_of_a_double_click_only_the_first_counts(at: GoalsWindow) -> None:
    """The second would fall on what takes the place of the button: another proposal, another device."""
    at.open("Ben", coaching.goals("Ben"))
    double_click(at.button("Mark as done"))
    assert len(at.wanted(goal_intents.Enter)) == 1
    at.click("Mark as done")
    assert len(at.wanted(goal_intents.Enter)) == 2, "whoever waits between two clicks means both"


def test_a_line_that_is_a_button_is_pressed_once_too(at: GoalsWindow) -> None:
    goals = coaching.goals(TRAINER)
    at.open(TRAINER, goals)
    double_click(next(row for row in at.page.findChildren(RowButton) if row.isVisible()))
    assert at.wanted(goal_intents.OpenClient) == [goal_intents.OpenClient(goals.roster[0].key)]


def double_click(what: QWidget) -> None:
    """As Qt tells it: the second press comes as another event, and both are let go."""
    QTest.mouseClick(what, Qt.MouseButton.LeftButton)
    QTest.mouseDClick(what, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(what, Qt.MouseButton.LeftButton)


def test_return_presses_nothing_when_the_form_it_was_pressed_in_is_gone(at: GoalsWindow) -> None:
    """It bounces, and the first was faster than the second: what has the keyboard next was not meant."""
    at.open(TRAINER, replace(coaching.goals(TRAINER), proposals=(), undone=()))
    at.page.new_goal()
    at.keys.type("2200")
    at.keys.press(Qt.Key.Key_Return)
    first(at, goal_intents.SetGoal)
    before = len(at.said)
    at.keys.press(Qt.Key.Key_Return)
    assert not at.page.editor.isVisible()
    assert at.said[before:] == []


def test_return_in_an_entry_that_is_gone_presses_nothing(at: GoalsWindow) -> None:
    at.open("Ben", coaching.goals("Ben", opened="Ben"))
    card = at.card("nutrition")
    at.click("Enter progress", card)
    at.keys.type("1850")
    at.keys.press(Qt.Key.Key_Return)
    first(at, goal_intents.Enter)
    at.keys.press(Qt.Key.Key_Return)
    assert len(at.wanted(goal_intents.Enter)) == 1
    assert at.card("nutrition").form is None


def test_an_excuse_is_made_once_when_return_bounces(at: GoalsWindow) -> None:
    at.open(TRAINER, coaching.goals(TRAINER, opened="Ben"))
    excuse = at.page.excuse
    excuse.note.line.setText("A cold")
    excuse.note.line.setFocus()
    QTest.keyClick(excuse.note.line, Qt.Key.Key_Return)
    first(at, goal_intents.MakeExcuse)
    QTest.keyClick(excuse.note.line, Qt.Key.Key_Return)
    assert len(at.wanted(goal_intents.MakeExcuse)) == 1
    at.click("Excuse these days", excuse)
    assert len(at.wanted(goal_intents.MakeExcuse)) == 2, "it may have been withdrawn"


def test_an_invitation_is_made_once_when_return_bounces(at: GoalsWindow) -> None:
    note = inviting(at)
    note.setFocus()
    QTest.keyClicks(note, "Leilani")
    QTest.keyClick(note, Qt.Key.Key_Return)
    first(at, intents.MakeInvitation)
    QTest.keyClick(note, Qt.Key.Key_Return)
    assert [want.note for want in at.wanted(intents.MakeInvitation)] == ["Leilani"]
    at.click("Make an invitation", at.window.main.people)
    assert [want.note for want in at.wanted(intents.MakeInvitation)] == ["Leilani", ""]


def inviting(at: GoalsWindow) -> QLineEdit:
    """The field for whom an invitation is, in sight."""
    at.window.main.go("people")
    return at.window.main.people.invite.note.line


# -- what is written meanwhile -----------------------------------------------------------------------------


def test_the_next_invitation_is_named_while_the_first_is_made(at: GoalsWindow) -> None:
    note = inviting(at)
    note.setText("Leilani")
    at.click("Make an invitation", at.window.main.people)
    note.setText("Hemi")
    first(at, intents.MakeInvitation)
    assert note.text() == "Hemi"


def test_the_next_code_is_written_while_the_first_is_accepted(at: GoalsWindow) -> None:
    shown = state("Ben", coaching.goals("Ben"))
    people = at.window.main.people
    for typed, stays in (("K7PX-M2", ""), ("Q3WE-R9", "Q3WE-R9")):
        people._code.line.setText("K7PX-M2")
        at.window.show_state(replace(shown, first_run=FirstRun(offer=Offer("K7PX-M2", "Maya", True, "Sunday"))))
        people._code.line.setText(typed)
        at.window.show_state(shown)
        assert people._code.text == stays


def test_what_is_written_in_the_editor_while_a_goal_is_kept_stays(at: GoalsWindow) -> None:
    at.open(TRAINER, coaching.goals(TRAINER, opened="Ben"))
    editor = at.page.editor
    at.page.new_goal()
    at.keys.type("2200")
    at.keys.press(Qt.Key.Key_Return)
    editor.note.line.setText("Since the holidays")
    first(at, goal_intents.SetGoal)
    assert (editor.isVisible(), editor.note.text) == (True, "Since the holidays")


def test_another_goal_is_begun_while_the_first_is_kept(at: GoalsWindow) -> None:
    at.open(TRAINER, coaching.goals(TRAINER, opened="Ben"))
    editor = at.page.editor
    at.page.new_goal()
    at.keys.type("2200")
    at.click("Keep as template")
    at.click("Set the goal")
    at.click("Cancel", editor)
    at.click("Change", at.card("nutrition"))
    first(at, goal_intents.KeepTemplate)
    first(at, goal_intents.SetGoal)
    assert editor.isVisible()
    assert not editor._kept.isVisible()
    editor.submit()
    first(at, goal_intents.ChangeGoal)
    assert not editor.isVisible()


def test_what_is_written_in_an_entry_while_it_is_kept_stays(at: GoalsWindow) -> None:
    mine, overview = coaching.goals("Ben", opened="Ben"), coaching.goals("Ben")
    at.open("Ben", mine)
    card = at.card("nutrition")
    card.begin(EntryForm(card.goal))
    at.keys.type("1850")
    at.keys.press(Qt.Key.Key_Return)
    form_of(card).note.line.setText("Lunch")
    first(at, goal_intents.Enter)
    assert form_of(card).note.text == "Lunch"
    at.show("Ben", overview)
    first(at, goal_intents.Enter)
    at.show("Ben", mine)
    assert form_of(at.card("nutrition")).note.text == "Lunch"


def on(day: object) -> GoalsState:
    """Ben's page of today or yesterday."""
    known, (record,) = coaching.known("Ben"), coaching.records_of("Ben")
    when = TODAY if day == TODAY else YESTERDAY
    shown = present_day.day_shown(record, when)
    return replace(coaching.goals("Ben"), day=shown, today=present_day.goals_of_day(known, record, when))


def food(at: GoalsWindow) -> TodayCard:
    """The card for a day's food."""
    return next(card for card in at.page.today.cards.values() if "protein" in card.fields)


def test_the_next_amount_is_another_while_the_first_is_kept(at: GoalsWindow) -> None:
    at.open("Ben", coaching.goals("Ben"))
    protein = food(at).fields["protein"]
    protein.setFocus()
    at.keys.type("40")
    at.keys.press(Qt.Key.Key_Return)
    at.keys.type("25")
    first(at, goal_intents.Enter)
    assert protein.text() == "25"
    at.keys.press(Qt.Key.Key_Return)
    assert [want.values[0][2] for want in at.wanted(goal_intents.Enter)] == ["40", "25"]


def test_the_same_amount_typed_anew_is_another_entry(at: GoalsWindow) -> None:
    """Two glasses of water; that Return bounced is one, for what is wanted twice in a row is done once."""
    at.open("Ben", coaching.goals("Ben"))
    food(at).fields["protein"].setFocus()
    for _ in range(2):
        at.keys.type("40")
        at.keys.press(Qt.Key.Key_Return)
        at.keys.press(Qt.Key.Key_Return)
    one, bounced, other, again = at.wanted(goal_intents.Enter)
    assert one == bounced != other == again
    assert one.values == other.values


def test_what_was_not_said_is_not_taken_for_kept(at: GoalsWindow) -> None:
    """Only one field of several stood there, and was kept."""
    at.open("Ben", coaching.goals("Ben"))
    card = food(at)
    card.fields["protein"].setText("40")
    card.enter()
    card.fields["energy"].setText("620")
    first(at, goal_intents.Enter)
    assert {metric: text for metric, text in card.typed.items() if text} == {"energy": "620"}


def test_what_is_kept_of_one_day_is_nothing_of_another(at: GoalsWindow) -> None:
    at.open("Ben", on(TODAY))
    food(at).fields["protein"].setText("40")
    food(at).enter()
    at.show("Ben", on(YESTERDAY))
    food(at).fields["protein"].setText("40")
    said = first(at, goal_intents.Enter)
    assert not at.window.form_refused(said.place, "protein", "No."), "nobody sees it here"
    assert food(at).typed["protein"] == "40"
    assert not food(at).fields["protein"].property("wrong")
    at.show("Ben", on(TODAY))
    assert food(at).typed["protein"] == "", "what was kept is not there to be entered again"


def test_what_is_kept_of_one_client_is_nothing_of_another(at: GoalsWindow) -> None:
    ben, aroha = (coaching.goals(TRAINER, opened=name) for name in ("Ben", "Aroha"))
    at.open(TRAINER, ben)
    excuse = at.page.excuse
    excuse.note.line.setText("A cold")
    excuse.submit()
    at.show(TRAINER, aroha)
    excuse.note.line.setText("A cold")
    said = first(at, goal_intents.MakeExcuse)
    assert not at.window.form_refused(said.place, "", "No."), "nobody sees it here"
    assert (excuse.note.text, excuse._problem.text()) == ("A cold", "")
    at.show(TRAINER, ben)
    assert excuse.note.text == "", "it was made"


def test_what_is_written_of_an_excuse_while_it_is_made_stays(at: GoalsWindow) -> None:
    at.open("Ben", coaching.goals("Ben", opened="Ben"))
    excuse = at.page.excuse
    excuse.note.line.setText("A cold")
    excuse.submit()
    excuse.note.line.setText("A cold, and a cough")
    first(at, goal_intents.MakeExcuse)
    assert excuse.note.text == "A cold, and a cough"


def agreement(at: GoalsWindow, goals: GoalsState) -> tuple[AgreementCard, Choices, Agreement]:
    """The card on which Ben says what his coach may do, its boxes, and what it was made of."""
    at.open("Ben", goals)
    card = next(card for card in at.page.agreement_cards.values() if card.choices is not None)
    assert card.choices is not None
    (mine,) = [each for each in goals.agreements if each.mine]
    return card, card.choices, mine


def chosen(card: AgreementCard) -> Choice:
    """What is ticked by now: the boxes may have been made anew."""
    assert card.choices is not None
    return card.choices.choice


def test_what_is_ticked_while_another_answer_is_saved_stays(at: GoalsWindow) -> None:
    goals = coaching.goals("Ben")
    card, choices, mine = agreement(at, goals)
    presence, recording = choices.presence, choices.recording
    presence.choose(not presence.chosen)
    at.click("Save", card)
    recording.choose(not recording.chosen)
    ticked = chosen(card)
    (said,) = at.wanted(goal_intents.SetConsent)
    saved = replace(goals, agreements=(replace(mine, choice=said.choice),))
    at.show("Ben", saved)
    assert chosen(card) == ticked != said.choice
    assert card._save.isEnabled()
    at.show("Ben", goals)
    assert chosen(card) == mine.choice, "what was said elsewhere holds"


def test_what_was_saved_here_and_changed_elsewhere_is_shown_as_it_is_when_it_comes_back(at: GoalsWindow) -> None:
    goals = coaching.goals("Ben")
    card, choices, mine = agreement(at, goals)
    choices.presence.choose(not choices.presence.chosen)
    at.click("Save", card)
    (said,) = at.wanted(goal_intents.SetConsent)
    for holds in (said.choice, mine.choice, said.choice):
        at.show("Ben", replace(goals, agreements=(replace(mine, choice=holds),)))
        assert (chosen(card), card._save.isEnabled()) == (holds, False)
