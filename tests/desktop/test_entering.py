"""Entering: in few clicks and keys, for any day, for a client; said better later, and never lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from coachline_desktop import goal_intents, present_day
from coachline_desktop.goal_state import EntryField, EntryRow, Form, GoalDetail, GoalsState
from coachline_desktop.views.dates import from_qt, to_qt
from coachline_desktop.views.entry_form import EntryForm
from coachline_desktop.views.goal_card import ENTRIES, GoalCard
from coachline_desktop.views.today_view import TodayCard
from demo.month import TRAINER
from pictures import coaching
from pictures.cast import person_id
from pictures.coaching import TODAY
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton
from support.goals_window import GoalsWindow, form_of

YESTERDAY = TODAY - timedelta(1)
BEN = person_id("Ben")


def on(day: date) -> GoalsState:
    """Ben's page of a day."""
    known, (record,) = coaching.known("Ben"), coaching.records_of("Ben")
    shown = present_day.day_shown(record, day)
    return replace(coaching.goals("Ben"), day=shown, today=present_day.goals_of_day(known, record, day))


def line(form: EntryForm, metric: str) -> QLineEdit:
    field = form.inputs[metric]
    assert isinstance(field, QLineEdit)
    return field


# -- today -------------------------------------------------------------------------------------------------


def test_an_amount_takes_two_keys_beside_its_digits(at: GoalsWindow) -> None:
    """From anywhere: to the page, the digits, and Enter."""
    at.show("Ben", coaching.goals("Ben"))
    at.keys.shortcut("Ctrl+5")
    at.keys.type("1850")
    at.keys.press(Qt.Key.Key_Return)
    (want,) = at.wanted(goal_intents.Enter)
    assert (want.client, want.day, want.values) == (BEN, TODAY, (("energy", "kcal", "1850"),))
    assert at.keys.presses == 2


def test_a_whole_day_of_food_takes_a_key_for_each_amount(at: GoalsWindow) -> None:
    at.show("Ben", coaching.goals("Ben"))
    at.keys.shortcut("Ctrl+5")
    for n, amount in enumerate(("1850", "140", "180", "60")):
        if n:
            at.keys.press(Qt.Key.Key_Tab)
        at.keys.type(amount)
    at.keys.press(Qt.Key.Key_Return)
    (want,) = at.wanted(goal_intents.Enter)
    assert [value[2] for value in want.values] == ["1850", "140", "180", "60"]
    assert at.keys.presses == 5


def test_a_habit_takes_one_click_and_another_takes_it_back(at: GoalsWindow) -> None:
    at.open("Ben", coaching.goals("Ben"))
    at.click("Mark as done")
    (want,) = at.wanted(goal_intents.Enter)
    assert (want.day, want.values) == (TODAY, (("done", "days", "1"),))
    goals = coaching.goals("Ben")
    done = tuple(
        replace(goal, asks=tuple(replace(ask, entry=b"e" * 16) for ask in goal.asks)) if goal.key == want.goal else goal
        for goal in goals.today
    )
    at.show("Ben", replace(goals, today=done))
    at.click("Done")
    (back,) = at.wanted(goal_intents.Correct)
    assert (back.entry, back.values, back.note) == (b"e" * 16, (), "")


def first_card(at: GoalsWindow) -> TodayCard:
    """The first goal of the day that is shown."""
    return next(iter(at.page.today.cards.values()))


def test_yesterday_is_one_click_away_and_what_is_typed_is_for_its_day(at: GoalsWindow) -> None:
    at.open("Ben", on(TODAY))
    first_card(at).fields["protein"].setText("140")
    at.click("Show and enter what was asked the day before (Alt+Left)")
    assert at.wanted(goal_intents.ShowDay) == [goal_intents.ShowDay(YESTERDAY)]
    at.show("Ben", on(YESTERDAY))
    assert first_card(at).fields["protein"].text() == ""
    first_card(at).fields["protein"].setText("120")
    first_card(at).enter()
    at.window.form_done(at.wanted(goal_intents.Enter)[-1])
    at.click("Show and enter what was asked the day after (Alt+Right)")
    assert at.wanted(goal_intents.ShowDay)[-1] == goal_intents.ShowDay(TODAY)
    at.show("Ben", on(TODAY))
    first_card(at).enter()
    entered = [(want.day, want.values) for want in at.wanted(goal_intents.Enter)]
    assert entered == [(YESTERDAY, (("protein", "g", "120"),)), (TODAY, (("protein", "g", "140"),))]
    at.show("Ben", on(YESTERDAY))
    assert first_card(at).fields["protein"].text() == "", "what was entered is not there to be entered again"


def test_what_is_typed_outlives_another_agreement(at: GoalsWindow) -> None:
    """A coach asks for something else while the numbers of a meal are typed."""
    goals = coaching.goals("Ben")
    at.open("Ben", goals)
    for metric, typed in (("energy", "620"), ("protein", "40")):
        first_card(at).fields[metric].setText(typed)
    first, *rest = goals.today
    energy, _, *others = first.asks
    asked = replace(first, asks=(replace(energy, asks="at most 1,900 kcal"), *others))
    at.show("Ben", replace(goals, today=(asked, *rest)))
    assert [field.text() for field in first_card(at).fields.values()] == ["620", *("" for _ in others)]


def test_there_is_no_day_after_today(at: GoalsWindow) -> None:
    at.open("Ben", on(TODAY))
    with pytest.raises(StopIteration):
        at.button("Show and enter what was asked the day after (Alt+Right)")
    at.keys.shortcut("Alt+Right")
    at.keys.shortcut("Alt+Left")
    assert at.wanted(goal_intents.ShowDay) == [goal_intents.ShowDay(YESTERDAY)]


def test_what_is_asked_twice_is_entered_once(at: GoalsWindow) -> None:
    """A day and a week of the same: the fields of both would say it twice."""
    goals = coaching.goals("Ben")
    first, *rest = goals.today
    energy, *others = first.asks
    week = replace(energy, asks="at least 15,000 kcal a week", so_far="9,000 kcal", form="none")
    at.open("Ben", replace(goals, today=(replace(first, asks=(energy, *others, week)), *rest)))
    card = at.page.today.cards[first.key]
    assert list(card.fields) == ["energy", "protein", "carbohydrate", "fat"]
    assert "9,000 kcal" in [label.text() for label in card._so_far.values()]


# -- for a client, and any day -----------------------------------------------------------------------------


def test_a_coach_who_may_enters_for_the_client(at: GoalsWindow) -> None:
    at.open(TRAINER, coaching.goals(TRAINER, opened="Ben"))
    card = at.card("nutrition")
    at.click("Enter progress", card)
    form = form_of(card)
    assert line(form, "energy").hasFocus()
    at.keys.type("1850")
    form.day.setDate(form.day.date().addDays(-1))
    form.note.line.setText(" By phone ")
    at.keys.press(Qt.Key.Key_Return)
    assert at.wanted(goal_intents.Enter) == [
        goal_intents.Enter(form.place, BEN, card.goal.key, YESTERDAY, (("energy", "kcal", "1850"),), "By phone")
    ]
    at.window.form_done(at.wanted(goal_intents.Enter)[-1])
    assert card.form is None


def test_nobody_enters_for_a_client_who_does_not_let_him(at: GoalsWindow) -> None:
    at.open(TRAINER, coaching.goals(TRAINER, opened="Aroha"))
    (card,) = at.page.goal_cards.values()
    assert "record" not in card.goal.may
    with pytest.raises(StopIteration):
        at.button("Enter progress", card)


def test_days_that_cannot_be_entered_cannot_be_chosen(at: GoalsWindow) -> None:
    at.open("Ben", coaching.goals("Ben", opened="Ben"))
    card = at.card("nutrition")
    at.click("Enter progress", card)
    form = form_of(card)
    for wished, got in ((TODAY + timedelta(1), TODAY), (card.goal.first_day - timedelta(1), card.goal.first_day)):
        form.day.setDate(to_qt(wished))
        assert from_qt(form.day.date()) == got


def test_nothing_is_not_entered(at: GoalsWindow) -> None:
    at.open("Ben", coaching.goals("Ben", opened="Ben"))
    card = at.card("nutrition")
    at.click("Enter progress", card)
    at.click("Enter", form_of(card))
    assert at.wanted(goal_intents.Enter) == []
    assert form_of(card)._problem.text() == "Nothing stands here yet."
    at.click("Cancel", form_of(card))
    assert card.form is None


def test_what_cannot_be_taken_is_marked_and_stays(at: GoalsWindow) -> None:
    at.open("Ben", coaching.goals("Ben", opened="Ben"))
    card = at.card("nutrition")
    at.click("Enter progress", card)
    form = form_of(card)
    line(form, "protein").setText("14o")
    at.window.form_refused(form.place, "protein", "That is not clearly a number.")
    assert line(form, "protein").property("wrong")
    assert line(form, "protein").hasFocus()
    at.window.form_refused(form.place, "day", "That day is not possible here.")
    assert not line(form, "protein").property("wrong")
    assert form.day.hasFocus()
    at.window.form_refused(form.place, "note", "Too long.")
    assert form.note.line.hasFocus()
    assert line(form, "protein").text() == "14o"


# -- said better -------------------------------------------------------------------------------------------


def newest_entry(at: GoalsWindow) -> tuple[GoalCard, EntryRow]:
    """What was entered last for a goal of Ben's, in sight."""
    at.open("Ben", coaching.goals("Ben", opened="Ben"))
    card = at.card("nutrition")
    card.heads["entries"].click()
    return card, card.goal.entries[0]


def test_an_entry_is_corrected_with_its_values_in_the_fields(at: GoalsWindow) -> None:
    card, entry = newest_entry(at)
    at.click(f"Correct {entry.day} · {entry.values}", card)
    form = form_of(card)
    assert [(metric, line(form, metric).text()) for metric in form.inputs] == [
        ("energy", "1,240"),
        ("protein", "96"),
        ("carbohydrate", ""),
        ("fat", ""),
    ]
    line(form, "protein").setText("106")
    at.click("Save the correction", form)
    assert at.wanted(goal_intents.Correct) == [
        goal_intents.Correct(
            form.place, BEN, card.goal.key, entry.key, (("energy", "kcal", "1,240"), ("protein", "g", "106"))
        )
    ]


def test_an_entry_is_taken_back_with_one_press(at: GoalsWindow) -> None:
    card, entry = newest_entry(at)
    at.click(f"Take back {entry.day} · {entry.values}", card)
    assert at.wanted(goal_intents.Correct) == [goal_intents.Correct("", BEN, card.goal.key, entry.key)]


def test_older_entries_are_shown_when_somebody_asks_and_stay(at: GoalsWindow) -> None:
    goals = coaching.goals("Ben", opened="Ben")
    at.open("Ben", goals)
    card = at.card("nutrition")
    card.heads["entries"].click()
    assert corrections(card) == ENTRIES
    at.click("Older entries", card)
    everything = len(card.goal.entries)
    assert corrections(card) == everything > ENTRIES
    at.show("Ben", with_goal(goals, "nutrition", lambda goal: replace(goal, note="Another note")))
    assert corrections(at.card("nutrition")) == everything


def corrections(card: GoalCard) -> int:
    """How many entries are listed."""
    return sum(press.isVisible() and press.text() == "Correct" for press in card.findChildren(QPushButton))


def test_how_an_entry_was_said_before_stays_to_be_read(at: GoalsWindow) -> None:
    goals = coaching.goals("Ben", opened="Ben")
    at.open("Ben", with_goal(goals, "nutrition", lambda goal: replace(goal, entries=(corrected(goal),))))
    card = at.card("nutrition")
    card.heads["entries"].click()
    assert "before: Energy 1,240 kcal · recorded by Maya" in [one.text() for one in card.findChildren(QLabel)]


def corrected(goal: GoalDetail) -> EntryRow:
    return replace(goal.entries[0], history=("Energy 1,240 kcal · recorded by Maya",))


# -- while the world goes on -------------------------------------------------------------------------------


def test_a_form_outlives_every_update_of_its_goal(at: GoalsWindow) -> None:
    goals = coaching.goals("Ben", opened="Ben")
    at.open("Ben", goals)
    card = at.card("nutrition")
    at.click("Enter progress", card)
    form = form_of(card)
    at.keys.type("18")
    at.show("Ben", with_goal(goals, "nutrition", lambda goal: replace(goal, note="Another note")))
    after = at.card("nutrition")
    assert after is not card
    assert form_of(after) is form
    assert line(form, "energy").hasFocus()
    at.keys.type("50")
    at.keys.press(Qt.Key.Key_Return)
    (want,) = at.wanted(goal_intents.Enter)
    assert want.values == (("energy", "kcal", "1850"),)
    at.window.form_done(want)
    assert after.form is None


def test_a_form_is_brought_into_view(at: GoalsWindow) -> None:
    at.open("Ben", coaching.goals("Ben", opened="Ben"))
    at.window.main.resize(1120, 560)
    card = at.card("nutrition")
    card.heads["entries"].click()
    at.click("Older entries", card)
    card.begin(EntryForm(card.goal, card.goal.entries[0]))
    QApplication.processEvents()
    view = at.page.viewport()
    assert view.rect().contains(form_of(card).keep.mapTo(view, form_of(card).keep.rect().center()))
    at.page.new_goal()
    QApplication.processEvents()
    assert view.rect().contains(at.page.editor.mapTo(view, QPoint(1, 1)))
    at.page.seek(card.goal.key)
    QApplication.processEvents()
    assert view.rect().contains(card.mapTo(view, QPoint(1, 1)))


def test_another_form_of_a_goal_takes_the_place_of_the_first(at: GoalsWindow) -> None:
    at.open("Ben", coaching.goals("Ben", opened="Ben"))
    card = at.card("nutrition")
    at.click("Enter progress", card)
    first = form_of(card)
    card.begin(EntryForm(card.goal, card.goal.entries[0]))
    assert form_of(card) is not first
    assert first.isHidden()


def with_goal(goals: GoalsState, kind: str, change: Callable[[GoalDetail], GoalDetail]) -> GoalsState:
    assert goals.open is not None
    changed = tuple(change(goal) if goal.kind == kind else goal for goal in goals.open.goals)
    return replace(goals, open=replace(goals.open, goals=changed))


# -- ticks and choices -------------------------------------------------------------------------------------


def field(form: Form, amount: str = "") -> EntryField:
    metric, unit = ("done", "days") if form == "tick" else ("rating_5", "points")
    return EntryField(metric, unit, "", "Sleep", "every day", form, 5, amount)


def form_with(goal: GoalDetail, shown: EntryField, *, entry: bool) -> EntryForm:
    if entry:
        return EntryForm(goal, replace(goal.entries[0], note="", fields=(shown,)))
    return EntryForm(replace(goal, fields=(shown,)))


@pytest.mark.parametrize(
    ("kind", "amount", "chosen", "entry", "value"),
    [
        ("tick", "", True, False, ("1",)),
        ("tick", "", False, False, ()),
        ("tick", "1", True, True, ("1",)),
        ("tick", "1", False, True, ("0",)),
        ("tick", "0", None, True, ("0",)),
        ("choice", "", 4, False, ("4",)),
        ("choice", "", None, False, ()),
        ("choice", "3", None, True, ("3",)),
        ("choice", "3", 0, True, ()),
    ],
)
def test_a_tick_and_a_choice_say_what_is_chosen(
    qapp: QApplication, kind: Form, amount: str, chosen: int | None, entry: bool, value: tuple[str, ...]
) -> None:
    shown = coaching.goals("Ben", opened="Ben").open
    assert shown is not None
    goal = next(goal for goal in shown.goals if goal.entries)
    form = form_with(goal, field(kind, amount), entry=entry)
    (given,) = form.inputs.values()
    if chosen is not None and isinstance(given, QComboBox):
        given.setCurrentIndex(chosen)
    elif chosen is not None and not isinstance(given, QLineEdit | QComboBox):
        given.choose(bool(chosen))
    assert tuple(said for _, _, said in form.values) == value
    form.focus_first()
    form.refused(shown.goals[0].fields[0].metric, "No.")
    form.refused("done", "No.")
