"""“What Maya can see and do”: the same page for both, reached from wherever one meets the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from coachline_desktop import goal_intents, goal_words, present_goals
from coachline_desktop.goal_state import Choice, SetGoals
from coachline_desktop.state import AppState
from coachline_desktop.views.agreement_card import AgreementCard
from coachline_desktop.views.consent_view import Choices
from demo.month import TRAINER
from pictures import coaching
from pictures.cast import NAMES, conversation, items, person_id
from pictures.goal_scenes import state
from pictures.scenes import scenes
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel
from support.goals_window import GoalsWindow, goals_window

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

MINE = "What Maya Lindqvist can see and do"
YOURS = "What you can see and do for Ben Carter"


@pytest.fixture
def at(qtbot: QtBot, tmp_path: Path) -> Iterator[GoalsWindow]:
    with goals_window(tmp_path) as made:
        made.window.show_state(talking("Ben"))
        qtbot.waitUntil(made.window.main.isActiveWindow)
        yield made


def talking(viewer: str) -> AppState:
    """Ben and Maya talk, and one of them looks."""
    return replace(state(viewer, coaching.goals(viewer)), current=conversation(viewer, "Ben", items("Ben")))


def card(at: GoalsWindow) -> AgreementCard:
    (found,) = [each for each in at.window.main.agreement.findChildren(AgreementCard) if each.isVisible()]
    return found


def back(at: GoalsWindow) -> str:
    at.window.main.back.click()
    QApplication.processEvents()
    main = at.window.main
    places = {"chats": main.conversation, "people": main.people, "goals": main.goals}
    return next(name for name, page in places.items() if page.isVisible())


@pytest.mark.parametrize(("viewer", "title"), [("Ben", MINE), (TRAINER, YOURS)])
def test_the_header_of_a_conversation_leads_there_and_back(at: GoalsWindow, viewer: str, title: str) -> None:
    at.window.show_state(talking(viewer))
    button = at.window.main.conversation.header.agreed
    assert button.accessibleName() == title
    assert button.toolTip().endswith("(Ctrl+Shift+E)")
    button.click()
    assert card(at).accessibleName() == title
    assert back(at) == "chats"


def test_the_key_leads_there_from_a_conversation(at: GoalsWindow) -> None:
    at.keys.shortcut("Ctrl+Shift+E")
    assert card(at).accessibleName() == MINE
    at.keys.shortcut("Ctrl+Shift+E")
    assert back(at) == "chats"


def test_people_lead_there_and_back(at: GoalsWindow) -> None:
    people = next(scene.state for scene in scenes() if scene.name == "people-full")
    at.window.show_state(replace(people, goals=coaching.goals(TRAINER)))
    at.window.main.go("people")
    QApplication.processEvents()
    at.click(YOURS, at.window.main.people)
    assert card(at).accessibleName() == YOURS
    assert card(at).choices is None, "what Ben lets Maya do is his to choose"
    assert back(at) == "people"


def test_who_trains_with_nobody_is_led_nowhere(at: GoalsWindow) -> None:
    shown = talking("Ben")
    assert shown.current is not None
    at.window.show_state(replace(shown, current=replace(shown.current, agreed="")))
    assert at.window.main.conversation.header.agreed.isHidden()
    at.keys.shortcut("Ctrl+Shift+E")
    assert not at.window.main.agreement.isVisible()


def test_what_is_chosen_is_saved_and_what_needs_it_follows(at: GoalsWindow) -> None:
    at.keys.shortcut("Ctrl+Shift+E")
    shown = card(at)
    assert shown.choices is not None
    save = at.button(f"Save what {NAMES[TRAINER]} may", shown)
    assert not save.isEnabled()
    shown.choices.progress.button.click()
    at.window.show_state(replace(talking("Ben"), notices=()))
    assert card(at) is shown, "what is chosen and not saved outlives what happens elsewhere"
    save.click()
    assert at.wanted(goal_intents.SetConsent) == [
        goal_intents.SetConsent(
            person_id(TRAINER), Choice(see_goals=True, set_goals="assign", see_progress=False, see_presence=True)
        )
    ]


@pytest.mark.parametrize("page", ["agreement", "goals"])
def test_what_is_begun_outlives_that_time_passes(at: GoalsWindow, page: str) -> None:
    """The history says how long ago something was, and says it anew every minute."""
    shown = talking("Ben")
    maya, *others = (each for each in shown.goals.agreements if each.mine)
    at.window.main.show_agreement(maya.trainer)
    at.window.main.go(page)
    parts = at.window.main.agreement if page == "agreement" else at.window.main.goals
    (begun,) = (each for each in parts.findChildren(AgreementCard) if each.accessibleName() == MINE)
    assert begun.choices is not None
    begun.choices.progress.button.click()
    at.click("End the coaching… (Maya Lindqvist)", begun)
    for later in (("2 minutes ago",), ("3 minutes ago", "3 minutes ago")):
        told = replace(maya, history=later, title="What a coach can see and do")
        at.window.show_state(replace(shown, goals=replace(shown.goals, agreements=(told, *others))))
        QApplication.processEvents()
        words = [label.text() for label in begun.findChildren(QLabel) if label.isVisible()]
        assert words.count(later[0]) == len(later)
        assert begun.accessibleName() in words
        assert not begun.choices.progress.chosen
        assert at.button("Keep it", begun)
    another = replace(maya, choice=Choice(see_presence=True))
    at.window.show_state(replace(shown, goals=replace(shown.goals, agreements=(another, *others))))
    assert begun.choices.choice == another.choice, "what was chosen elsewhere holds"
    at.click("Keep it", begun)
    assert at.button("Pause the coaching (Maya Lindqvist)", begun)


def test_nothing_is_shown_of_what_is_hidden(at: GoalsWindow) -> None:
    at.keys.shortcut("Ctrl+Shift+E")
    shown = talking("Ben")
    at.window.show_state(replace(shown, goals=replace(shown.goals, agreements=())))
    words = [label.text() for label in at.window.main.agreement.findChildren(QLabel) if label.isVisible()]
    assert words[0] == "Not shown now"


@pytest.mark.parametrize("setting", ["propose", "assign"])
def test_what_was_ticked_is_told_in_the_same_words(qtbot: QtBot, setting: SetGoals) -> None:
    asked = Choices(Choice(True, setting, True, True, True))
    qtbot.addWidget(asked)
    boxes = asked.findChildren(QAbstractButton)
    ticked = tuple(box.accessibleName() for box in boxes if box.isChecked())
    assert ticked == goal_words.consents(present_goals.consent(asked.choice), mine=True)
