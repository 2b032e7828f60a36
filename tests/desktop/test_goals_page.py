"""The page of goals: entering and setting are quick, and nothing that is typed is lost when the world moves on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from coachline_desktop import goal_intents, goal_words, intents
from coachline_desktop.goal_state import GoalForm, GoalsState, TargetForm, TemplateRow, Undone
from coachline_desktop.state import PersonRow
from coachline_desktop.theme import LIGHT, Theme
from coachline_desktop.views.goal_card import GoalCard
from coachline_desktop.views.row_button import RowButton
from coachline_desktop.views.undone_card import UndoneCard
from demo.month import TRAINER
from pictures import coaching
from pictures.cast import person_id
from pictures.coaching import TODAY
from pictures.goal_scenes import NO_NUMBER, goal_scenes, state
from pictures.render import settle, stage
from pictures.scene import Scene
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from support.goals_window import GoalsWindow

KEYS_FOR_A_GOAL = 30
"""Beside the digits of its amounts and its date: at two keys a second that is fifteen seconds."""


def test_a_nutrition_goal_by_a_date_takes_few_keys(at: GoalsWindow) -> None:
    """From the client's page, with the keyboard alone: four amounts and the last day, which is typed too."""
    at.open(TRAINER, coaching.goals(TRAINER, opened="Ben"))
    keys = at.keys
    keys.shortcut("Ctrl+G")
    for n, amount in enumerate(("2200", "160", "220", "70")):
        if n:
            keys.press(Qt.Key.Key_Tab)
        keys.type(amount)
    while at.page.editor.due is not at.window.main.focusWidget():
        keys.press(Qt.Key.Key_Tab)
    keys.type("06Jan2027")
    keys.press(Qt.Key.Key_Return)
    (want,) = at.wanted(goal_intents.SetGoal)
    ((client, form),) = want.forms
    assert client == person_id("Ben")
    assert not want.propose
    assert [(t.metric, t.direction, t.amount, t.upper) for t in form.targets] == [
        ("energy", "hold", "2,090", "2,310"),
        ("protein", "up", "160", ""),
        ("carbohydrate", "hold", "198", "242"),
        ("fat", "hold", "63", "77"),
    ]
    assert (form.start, form.due, form.note) == (TODAY, date(2027, 1, 6), "")
    assert keys.presses <= KEYS_FOR_A_GOAL


def test_progress_takes_one_click_its_digits_and_enter(at: GoalsWindow) -> None:
    at.open("Ben", coaching.goals("Ben"))
    card = next(card for card in at.page.today.cards.values() if "weight" in card.fields)
    QTest.mouseClick(card.fields["weight"], Qt.MouseButton.LeftButton)
    at.keys.type("79.4")
    at.keys.press(Qt.Key.Key_Return)
    (want,) = at.wanted(goal_intents.Enter)
    assert want.values == (("weight", "kg", "79.4"),)
    assert want.client == person_id("Ben")
    at.window.form_done(want)
    assert card.fields["weight"].text() == ""


def test_one_goal_for_several_with_another_amount_for_one(at: GoalsWindow) -> None:
    at.open(TRAINER, coaching.goals(TRAINER))
    editor = at.page.editor
    at.page.new_goal()
    editor.lines[0].amount.setText("2000")
    editor.lines[1].amount.setText("150")
    people = editor.people.people
    for person in people.values():
        assert not person.option.chosen
        person.option.choose(True)
    people[person_id("Aroha")].fields["energy"].setText("1800")
    editor.submit()
    (want,) = at.wanted(goal_intents.SetGoal)
    assert want.propose  # one of them has agreed to proposals only
    asked = {client: [(t.amount, t.upper) for t in form.targets] for client, form in want.forms}
    assert asked == {
        person_id("Aroha"): [("1,710", "1,890"), ("150", "")],
        person_id("Ben"): [("1,900", "2,100"), ("150", "")],
    }


def test_an_amount_of_ones_own_holds_as_long_as_it_is_seen(at: GoalsWindow) -> None:
    """What decides over somebody's goal does not go out of sight when he is the only one left."""
    goals = coaching.goals(TRAINER)
    at.open(TRAINER, goals)
    at.page.new_goal()
    editor = at.page.editor
    editor.lines[0].amount.setText("2000")
    ben, aroha = (editor.people.people[person_id(name)] for name in ("Ben", "Aroha"))
    for person in (ben, aroha):
        person.option.choose(True)
    own = ben.fields["energy"]
    own.setText("1800")
    aroha.option.choose(False)
    assert own.isVisible()
    own.clear()
    ben.option.choose(False)
    ben.option.choose(True)
    assert not own.isVisible(), "for one alone there is one amount"
    aroha.fields["energy"].setText("12o0")
    at.window.form_refused("goal", "terms.targets[0].amount", "Not a number.")
    assert editor.lines[0].amount.hasFocus(), "what stands beside who is not chosen is not what is wrong"


def test_what_cannot_be_read_is_marked_where_it_stands(at: GoalsWindow) -> None:
    at.open(TRAINER, coaching.goals(TRAINER))
    editor = at.page.editor
    at.page.new_goal()
    editor.lines[0].amount.setText("2000")
    for person in editor.people.people.values():
        person.option.choose(True)
    own = editor.people.people[person_id("Ben")].fields["energy"]
    own.setText("12o0")
    at.window.form_refused("goal", "terms.targets[0].amount", NO_NUMBER)
    assert own.property("wrong")
    assert not editor.lines[0].amount.property("wrong")
    own.setText("1200")
    editor.lines[0].amount.setText("2ooo")
    at.window.form_refused("goal", "terms.targets[0].amount", NO_NUMBER)
    assert not own.property("wrong")
    assert editor.lines[0].amount.property("wrong")
    assert editor.lines[0].amount.text() == "2ooo"


# -- templates ---------------------------------------------------------------------------------------------

PROTEIN = TargetForm("protein", "g", "up", "140")
TEMPLATES = (
    TemplateRow(b"1" * 16, "First weeks", GoalForm("nutrition", "First weeks", (PROTEIN,), note="Slowly"), days=14),
    TemplateRow(b"2" * 16, "For good", GoalForm("nutrition", "For good", (PROTEIN,))),
)


def with_templates(*templates: TemplateRow) -> GoalsState:
    return replace(coaching.goals(TRAINER, opened="Ben"), templates=templates)


def take(at: GoalsWindow, n: int) -> None:
    """Choose a template as people do."""
    box = at.page.editor.template
    box.setFocus()
    for _ in range(n):
        at.keys.press(Qt.Key.Key_Down)


def test_a_goal_begins_with_a_template_and_its_days(at: GoalsWindow) -> None:
    at.open(TRAINER, with_templates(*TEMPLATES))
    editor = at.page.editor
    at.keys.shortcut("Ctrl+G")
    assert not editor.remove.isVisible()
    take(at, 1)
    form = editor.form
    assert (form.title, form.note, form.targets) == ("First weeks", "Slowly", (PROTEIN,))
    assert (form.start, form.due) == (TODAY, TODAY + timedelta(14))
    take(at, 1)
    assert (editor.form.title, editor.form.due) == ("For good", None)
    at.click("Cancel", editor)
    at.keys.shortcut("Ctrl+G")
    assert editor.template.currentIndex() == 0


def test_a_template_is_offered_no_more_and_what_was_typed_stays(at: GoalsWindow) -> None:
    at.open(TRAINER, with_templates(*TEMPLATES))
    editor = at.page.editor
    at.keys.shortcut("Ctrl+G")
    take(at, 2)
    editor.title.line.setText("For Ben")
    at.click("Remove the template")
    assert at.wanted(goal_intents.RemoveTemplate) == [goal_intents.RemoveTemplate(b"2" * 16)]
    at.show(TRAINER, with_templates(TEMPLATES[0]))
    assert [editor.template.itemText(n) for n in range(editor.template.count())] == ["Template…", "First weeks"]
    assert not editor.remove.isVisible()
    assert editor.title.text == "For Ben"
    at.show(TRAINER, with_templates())
    assert not editor.template.isVisible()


def test_another_template_leaves_the_one_that_was_taken(at: GoalsWindow) -> None:
    at.open(TRAINER, with_templates(TEMPLATES[1]))
    at.keys.shortcut("Ctrl+G")
    take(at, 1)
    at.show(TRAINER, with_templates(*TEMPLATES))
    assert at.page.editor.template.currentText() == "For good"
    assert at.page.editor.remove.isVisible()


def test_a_template_is_kept_and_the_goal_can_still_be_set(at: GoalsWindow) -> None:
    at.open(TRAINER, with_templates())
    editor = at.page.editor
    at.keys.shortcut("Ctrl+G")
    at.keys.type("2200")
    at.click("Keep as template")
    (want,) = at.wanted(goal_intents.KeepTemplate)
    at.window.form_refused(want.place, "targets[0].amount", NO_NUMBER)
    assert editor.lines[0].amount.property("wrong")
    at.window.form_done(want)
    assert editor.isVisible()
    assert editor._kept.isVisible()
    assert not editor.lines[0].amount.property("wrong")
    at.click("Set the goal")
    (goal,) = at.wanted(goal_intents.SetGoal)
    at.window.form_done(goal)
    assert not editor.isVisible()
    at.keys.shortcut("Ctrl+G")
    assert not editor._kept.isVisible()


def test_what_is_typed_outlives_every_update(at: GoalsWindow) -> None:
    goals = coaching.goals("Ben")
    at.open("Ben", goals)
    page = at.page
    card = next(iter(page.today.cards.values()))
    field = card.fields["protein"]
    field.setFocus()
    QTest.keyClicks(field, "14")
    page.new_goal()
    page.editor.title.line.setText("Half a title")
    field.setFocus()
    more = tuple(replace(goal, mark="met", waiting=True) for goal in goals.today)
    at.show("Ben", replace(goals, today=more, proposals=(), day=None))
    assert next(iter(page.today.cards.values())) is card
    assert field.text() == "14"
    assert field.hasFocus()
    assert page.editor.title.text == "Half a title"


def test_a_goal_that_is_proposed_stands_once(at: GoalsWindow) -> None:
    goals = coaching.goals("Ben", opened="Ben")
    at.open("Ben", goals)
    page = at.page
    (proposal,) = goals.proposals
    assert proposal.goal in page.proposal_cards
    assert proposal.goal not in page.goal_cards
    accept = next(each for each in page.findChildren(QPushButton) if each.text() == "Accept")
    accept.click()
    assert at.wanted(goal_intents.AnswerGoal) == [goal_intents.AnswerGoal(person_id("Ben"), proposal.goal, accept=True)]


def test_what_was_refused_is_tried_again_or_dropped_where_it_is_about(at: GoalsWindow) -> None:
    meant = ("Steps: at least 8,000 a day",)
    refused = (Undone(b"deed", person_id("Ben"), "The goal “Steps”, for Ben", "You may not.", meant),)
    at.open(TRAINER, replace(coaching.goals(TRAINER, opened="Aroha"), undone=refused))
    assert not at.page.findChildren(UndoneCard)
    at.open(TRAINER, replace(coaching.goals(TRAINER, opened="Ben"), undone=refused))
    (card,) = at.page.findChildren(UndoneCard)
    assert card.accessibleName() == "Not done: The goal “Steps”, for Ben. You may not."
    assert meant[0] in [label.text() for label in card.findChildren(QLabel)]
    for button in card.findChildren(QPushButton):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert at.said[-2:] == [goal_intents.RetryDeed(b"deed"), goal_intents.DropDeed(b"deed")]


def test_only_what_differs_is_made_anew(at: GoalsWindow) -> None:
    goals = coaching.goals(TRAINER, opened="Ben")
    at.open(TRAINER, goals)
    at.window.main.resize(1120, 560)  # what is next to get the keyboard is out of view
    page = at.page
    assert goals.open is not None
    before = dict(page.goal_cards)
    first, second, *rest = goals.open.goals
    page.goal_cards[first.key].heads["entries"].click()
    bar = page.verticalScrollBar()
    bar.setValue(300)
    page.goal_cards[first.key].heads["entries"].setFocus()
    changed = replace(goals.open, goals=(replace(first, note="Another note"), second, *rest))
    at.show(TRAINER, replace(goals, open=changed))
    assert page.goal_cards[first.key] is not before[first.key]
    assert page.goal_cards[second.key] is before[second.key]
    assert page.goal_cards[first.key].heads["entries"].isChecked()
    assert page.goal_cards[first.key].heads["entries"].hasFocus()
    assert bar.value() == 300


@pytest.mark.parametrize("changed", [0, 2])
def test_what_is_made_anew_is_read_and_reached_where_it_stands(at: GoalsWindow, changed: int) -> None:
    """By screen readers, who go by the order of children, and by Tab."""
    goals = coaching.goals(TRAINER, opened="Ben")
    at.open(TRAINER, goals)
    assert goals.open is not None
    shown = list(goals.open.goals)
    shown[changed] = replace(shown[changed], note="Another note")
    at.show(TRAINER, replace(goals, open=replace(goals.open, goals=tuple(shown))))
    ground = at.page.widget()
    assert ground is not None
    keys = [goal.key for goal in shown]
    assert [card.goal.key for card in ground.findChildren(GoalCard) if card.isVisible()] == keys
    reached: list[bytes] = []
    first = at.page.goal_cards[keys[0]].heads["entries"]
    stop = first.nextInFocusChain()
    while stop is not None and stop is not first:
        card = next((card for card in at.page.goal_cards.values() if card.isAncestorOf(stop)), None)
        if card is not None and stop.focusPolicy() & Qt.FocusPolicy.TabFocus and card.goal.key not in reached[-1:]:
            reached.append(card.goal.key)
        stop = stop.nextInFocusChain()
    assert reached in (keys, [*keys, keys[0]])


@pytest.mark.parametrize("scene", [each for each in goal_scenes() if each.condition == "full"], ids=lambda it: it.name)
def test_nothing_opens_a_window_of_its_own(scene: Scene, qapp: QApplication) -> None:
    """What is shown before it has a place does, for a moment, and takes the keyboard."""
    opened: list[QWidget] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                opened.append(watched)
            return False

    watch = Watch()
    qapp.installEventFilter(watch)
    window = stage(qapp, scene, Theme(LIGHT))
    qapp.removeEventFilter(watch)
    assert opened == [window]
    window.close()
    window.deleteLater()
    settle(qapp)


def test_devices_are_reached_through_the_settings(at: GoalsWindow) -> None:
    at.open(TRAINER, coaching.goals(TRAINER))
    at.window.main.go("settings")
    at.window.main.settings.devices.click()
    assert at.window.main.devices.isVisible()
    assert at.said[-1] == intents.OpenPage("devices")
    at.window.main.back.click()
    assert at.window.main.settings.isVisible()


def _many(number: int) -> GoalsState:
    goals = coaching.goals(TRAINER)
    rows = tuple(replace(goals.roster[0], key=n.to_bytes(16, "big"), name=f"Client {n}") for n in range(number))
    return replace(goals, roster=rows)


def test_one_of_sixty_clients_changes_and_one_row_is_made(at: GoalsWindow) -> None:
    goals = _many(60)
    at.open(TRAINER, goals)
    page = at.page
    before = page.findChildren(RowButton)
    rows = (*goals.roster[:30], replace(goals.roster[30], why="Something else"), *goals.roster[31:])
    at.show(TRAINER, replace(goals, roster=rows))
    made = [row for row in page.findChildren(RowButton) if row not in before]
    assert ["Something else" in row.accessibleName() for row in made] == [True]


def test_no_tool_tip_holds_what_people_called_themselves(at: GoalsWindow) -> None:
    """Qt guesses whether a tool tip is HTML, and would load what it names."""
    name = "<img src='http://evil.example/'>"
    goals = coaching.goals(TRAINER)
    named = tuple(replace(one, name=name) for one in goals.settable)
    rows = tuple(replace(row, name=name) for row in goals.roster)
    people = (
        PersonRow(b"p" * 16, name, name, "X", 1, "online", "online", "", True, goal_words.agreement(name, mine=False)),
    )
    shown = state(TRAINER, replace(goals, settable=named, roster=rows))
    at.window.show_state(replace(shown, people=people))
    at.keys.shortcut("Ctrl+G")
    at.page.editor.lines[0].amount.setText("2000")
    for person in at.page.editor.people.people.values():
        person.option.choose(True)
    assert len(at.page.editor.people.people) > 1
    assert [each.toolTip() for each in at.window.main.findChildren(QWidget) if "<" in each.toolTip()] == []
