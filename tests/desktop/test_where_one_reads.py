"""Where the timeline stands: opened at what is new, beside the way to its end, in letters of any size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from coachline_desktop import intents
from coachline_desktop.bubbles import NEW_LINE
from coachline_desktop.state import Bubble, ConversationState, TimelineEntry
from coachline_desktop.theme import LIGHT, Look, Theme
from coachline_desktop.views.conversation_view import ConversationView
from coachline_desktop.views.rich_text import message_document
from demo.month import TRAINER
from pictures.cast import conversation
from pictures.render import settle
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LONG_TALK = 60


def bubble(number: int, **more: Any) -> Bubble:
    given: dict[str, Any] = {"mine": False, "author": "Ben Carter", "text": f"Message {number}", "tick": None}
    given |= {"failure": None, "first_in_group": True, "last_in_group": True} | more
    return Bubble(key=b"%d" % number, seq=number, at_ms=number, time="07:00", **given)


def talk(*entries: TimelineEntry, **more: Any) -> ConversationState:
    return replace(conversation(TRAINER, "Ben", ()), entries=entries, **more)


@pytest.fixture
def look() -> Look:
    return Look(Theme(LIGHT), moves=False)


@pytest.fixture
def view(qtbot: QtBot, look: Look) -> Iterator[ConversationView]:
    made = ConversationView(look)
    qtbot.addWidget(made)
    made.resize(640, 480)
    made.show()
    made.timeline.isActiveWindow = lambda: True  # type: ignore[method-assign]
    yield made
    settle(cast(QApplication, QApplication.instance()))


def shown(view: ConversationView, state: ConversationState) -> None:
    view.show_state(state)
    settle(cast(QApplication, QApplication.instance()))


def test_a_conversation_opens_at_what_is_new_and_only_that_is_seen(view: ConversationView) -> None:
    said: list[Any] = []
    view.intent.connect(said.append)
    entries = [bubble(number) for number in range(LONG_TALK)]
    shown(view, talk(*entries[:20], NEW_LINE, *entries[20:], unread=40))
    timeline = view.timeline
    line = timeline.visualRect(timeline.rows.index(20))
    assert 0 <= line.top() < 60
    seen = max(intent.seq for intent in said if isinstance(intent, intents.Saw))
    assert 20 <= seen < 35, "what is further down was not before anybody's eyes"
    assert timeline.jump.isVisible()
    view.resize(640, 700)
    settle(cast(QApplication, QApplication.instance()))
    assert 0 <= timeline.visualRect(timeline.rows.index(20)).top() < 60


def test_what_a_resize_had_meant_for_the_end_is_not_done_to_what_is_opened_since(view: ConversationView) -> None:
    """The window has just got its size when the conversation is opened: its end is not shown for a moment, and read."""
    said: list[Any] = []
    view.intent.connect(said.append)
    view.resize(640, 500)
    entries = [bubble(number) for number in range(LONG_TALK)]
    shown(view, talk(*entries[:20], NEW_LINE, *entries[20:], unread=40))
    assert max(intent.seq for intent in said if isinstance(intent, intents.Saw)) < 35


def test_what_one_has_seen_the_next_at_the_window_has_not(view: ConversationView) -> None:
    """Both may be of the same conversation, and it goes on at its end for whoever was there."""
    said: list[Any] = []
    view.intent.connect(said.append)
    entries = [bubble(number) for number in range(LONG_TALK)]
    for somebody in ("Maya", "Ben"):
        shown(view, talk(*entries, subtitle=somebody))
        assert [intent.seq for intent in said if isinstance(intent, intents.Saw)] == [LONG_TALK - 1], somebody
        said.clear()
        view.timeline.verticalScrollBar().setValue(0)
        view.forget()
        assert view.timeline.rows.rowCount() == 0


def test_what_is_older_is_asked_for_again_by_who_comes_back_for_it(view: ConversationView) -> None:
    """It did not come: there was no connection."""
    said: list[Any] = []
    view.intent.connect(said.append)
    shown(view, talk(*(bubble(number) for number in range(LONG_TALK)), more_above=True))
    bar = view.timeline.verticalScrollBar()
    for _ in range(2):
        for place in (20, 10, 0, 10, 0):
            bar.setValue(place)
        assert said.count(intents.WantOlder(view.timeline._conversation or b"")) == 1
        said.clear()
        bar.setValue(bar.maximum() // 2)


def test_where_all_that_is_new_is_in_view_the_end_is_followed(view: ConversationView) -> None:
    entries = [bubble(number) for number in range(LONG_TALK)]
    shown(view, talk(*entries[:-3], NEW_LINE, *entries[-3:]))
    bar = view.timeline.verticalScrollBar()
    assert bar.value() == bar.maximum()
    shown(view, talk(*entries[:-3], NEW_LINE, *entries[-3:], bubble(LONG_TALK)))
    assert bar.value() == bar.maximum()


def test_who_has_scrolled_away_can_go_back_to_what_is_new(view: ConversationView) -> None:
    entries = [bubble(number) for number in range(LONG_TALK)]
    shown(view, talk(*entries[:20], NEW_LINE, *entries[20:]))
    view.timeline.go_to_end()
    bar = view.timeline.verticalScrollBar()
    assert bar.value() == bar.maximum()
    view.timeline.go_to_new()
    assert 0 <= view.timeline.visualRect(view.timeline.rows.index(20)).top() < 60


@pytest.mark.parametrize("percent", [100, 200])
@pytest.mark.parametrize("width", [520, 640, 1400])
def test_the_way_to_the_end_covers_no_message(view: ConversationView, look: Look, width: int, percent: int) -> None:
    look.use(Theme(LIGHT, percent / 100))
    view.resize(width, 480)
    words = "A sentence that is long enough to fill the whole line of a bubble, and the next line too. " * 3
    shown(view, talk(*(bubble(number, mine=True, tick="read", text=words) for number in range(LONG_TALK)), unread=640))
    view.timeline.verticalScrollBar().setValue(500)
    jump = view.timeline.jump
    assert jump.isVisible()
    assert jump.text() == "99+"
    assert jump.fontMetrics().horizontalAdvance(jump.text()) <= jump.width()
    assert jump.geometry().right() <= view.timeline.viewport().geometry().right()
    painter = view.timeline.itemDelegate()
    for row in range(view.timeline.rows.rowCount()):
        place = view.timeline.visualRect(view.timeline.rows.index(row))
        box = painter.layout_of(view.timeline.rows.rows[row]).box  # type: ignore[attr-defined]
        assert not QRectF(jump.geometry()).intersects(box.translated(place.topLeft().toPointF()))


def test_another_size_of_letters_leaves_one_where_one_reads(view: ConversationView, look: Look) -> None:
    shown(view, talk(*(bubble(number) for number in range(LONG_TALK))))
    timeline = view.timeline
    bar = timeline.verticalScrollBar()
    look.use(Theme(LIGHT, 2.0))
    settle(cast(QApplication, QApplication.instance()))
    assert bar.value() == bar.maximum()
    bar.setValue(bar.maximum() // 2)
    middle = timeline.viewport().rect().center()
    read = timeline.indexAt(middle).row()
    look.use(Theme(LIGHT, 1.0))
    settle(cast(QApplication, QApplication.instance()))
    assert abs(timeline.indexAt(middle).row() - read) <= 1


@pytest.mark.parametrize("percent", [100, 125, 150, 200])
@pytest.mark.parametrize("text", ["- one", "9. nine\n10. ten", "100) a hundred", "- one\n  - two"])
def test_what_stands_in_a_list_begins_where_its_level_does(qtbot: QtBot, text: str, percent: int) -> None:
    """Behind its marker, however wide that is and however large the letters are."""
    document = message_document(Theme(LIGHT, percent / 100), text, QColor("black"))
    document.setTextWidth(600)
    document.size()
    block = document.firstBlock()
    while block.isValid():
        begins = block.text().index("\t") + 1
        line = block.layout().lineAt(0)
        at, _ = cast(tuple[float, int], line.cursorToX(begins))
        assert at == pytest.approx(block.blockFormat().leftMargin(), abs=1)
        block = block.next()
