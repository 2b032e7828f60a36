"""Where a message is written: what each key does, how it grows, when it counts, what it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from coachline_desktop.theme import LIGHT, Look, Theme
from coachline_desktop.views.composer import LINES, Composer
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def _composer(qtbot: QtBot) -> tuple[Composer, list[str]]:
    composer = Composer(Look(Theme(LIGHT)))
    qtbot.addWidget(composer)
    composer.resize(600, 80)
    composer.show()
    sent: list[str] = []
    composer.sent.connect(sent.append)
    return composer, sent


def test_enter_sends_and_shift_enter_breaks_the_line(qtbot: QtBot) -> None:
    composer, sent = _composer(qtbot)
    QTest.keyClicks(composer.box, "one")
    QTest.keyClick(composer.box, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(composer.box, "two")
    assert sent == []
    QTest.keyClick(composer.box, Qt.Key.Key_Return)
    assert sent == ["one\ntwo"]
    assert composer.text == ""


def test_what_is_written_after_enter_is_another_message(qtbot: QtBot) -> None:
    """However long the disk takes for the first: nothing of the next is lost, and nothing is said twice."""
    composer, sent = _composer(qtbot)
    written: list[str] = []
    QTest.keyClicks(composer.box, "one")
    composer.written.connect(written.append)
    QTest.keyClick(composer.box, Qt.Key.Key_Return)
    QTest.keyClick(composer.box, Qt.Key.Key_Return)
    assert written == []  # the draft is that of the message, until it is kept
    QTest.keyClicks(composer.box, "tw")
    assert (sent, written, composer.text) == (["one"], ["t", "tw"], "tw")
    composer.give_back("one", "Not now.")
    assert (written[-1], composer.text, composer.refusal.text()) == ("one\ntw", "one\ntw", "Not now.")
    composer.submit()
    assert (sent, composer.text, composer.refusal.text()) == (["one", "one\ntw"], "", "")


def test_what_comes_back_stands_in_the_order_in_which_it_was_written(qtbot: QtBot) -> None:
    composer, sent = _composer(qtbot)
    for text in ("one", "two"):
        QTest.keyClicks(composer.box, text)
        composer.submit()
    QTest.keyClicks(composer.box, "three")
    for text in sent:
        composer.give_back(text, "Not now.")
    assert composer.text == "one\ntwo\nthree"
    composer.submit()
    composer.give_back("four", "Not now.")
    assert composer.text == "four"


def test_what_is_given_back_is_there_as_it_was(qtbot: QtBot) -> None:
    composer, _ = _composer(qtbot)
    QTest.keyClicks(composer.box, "one")
    composer.submit()
    composer.give_back("one", "Not now.")
    QTest.keyClicks(composer.box, "!")
    assert composer.text == "one!"


def test_enter_breaks_the_line_for_those_who_want_it_so(qtbot: QtBot) -> None:
    composer, sent = _composer(qtbot)
    composer.enter_sends = False
    QTest.keyClicks(composer.box, "one")
    QTest.keyClick(composer.box, Qt.Key.Key_Return)
    assert sent == []
    QTest.keyClick(composer.box, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert sent == ["one\n"]


def test_blank_text_is_not_sent(qtbot: QtBot) -> None:
    composer, sent = _composer(qtbot)
    composer.box.setPlainText(" \n ")
    composer.submit()
    assert sent == []
    assert not composer.send.isEnabled()


@pytest.mark.parametrize(("length", "counted"), [(4_499, False), (4_500, True), (5_001, True)])
def test_the_counter_shows_near_the_end(qtbot: QtBot, length: int, counted: bool) -> None:
    composer, _ = _composer(qtbot)
    composer.box.setPlainText("x" * length)
    assert composer.counter.isVisible() == counted


def test_another_conversation_is_counted_by_its_own_draft(qtbot: QtBot) -> None:
    composer, _ = _composer(qtbot)
    composer.box.setPlainText("x" * 4_600)
    composer.show_for("Ben", "", None)
    assert not composer.counter.isVisible()
    assert not composer.send.isEnabled()
    composer.show_for("Ben", "y" * 4_700, None)
    assert (composer.counter.text(), composer.counter.isVisible()) == ("4,700 / 5,000", True)
    assert composer.send.isEnabled()


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_why_nothing_can_be_written_is_read_at_any_width(qtbot: QtBot, scale: float) -> None:
    look = Look(Theme(LIGHT, scale))
    composer = Composer(look)
    composer.read_only.setFont(look.theme.font("body"))
    qtbot.addWidget(composer)
    composer.show_for("Ben", "", "The coaching has ended. What was said stays here, and nothing more can be written.")
    composer.show()
    for wide in range(300, 1_000, 7):
        composer.resize(wide, composer.height())
        QApplication.processEvents()
        words = composer.read_only
        assert words.height() >= words.heightForWidth(words.width()), wide


def test_a_text_too_long_is_refused_with_its_length_and_stays(qtbot: QtBot) -> None:
    composer, sent = _composer(qtbot)
    composer.box.setPlainText("x" * 5_001)
    composer.submit()
    assert sent == []
    assert "5,001" in composer.refusal.text()
    assert "5,000" in composer.refusal.text()
    assert len(composer.text) == 5_001
    composer.box.setPlainText("x" * 5_000)
    assert not composer.refusal.isVisible()
    composer.submit()
    assert len(sent[0]) == 5_000


def test_it_grows_with_its_lines_up_to_eight(qtbot: QtBot) -> None:
    composer, _ = _composer(qtbot)
    heights = []
    for lines in range(1, LINES + 3):
        composer.box.setPlainText("\n".join("x" * lines))
        heights.append(composer.box.height())
    assert heights[: LINES - 1] == sorted(set(heights[: LINES - 1]))
    assert heights[LINES - 1 :] == [heights[LINES - 1]] * 3
    assert not composer.box.verticalScrollBar().isHidden()
