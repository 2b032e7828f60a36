"""What people write is shown letter by letter, also where Qt gives a letter a meaning."""

from __future__ import annotations

from coachline_desktop.state import Bubble
from coachline_desktop.theme import LIGHT, Look, Theme
from coachline_desktop.views.controls import button
from coachline_desktop.views.empty_note import EmptyNote
from coachline_desktop.views.timeline_view import TimelineView
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

FIRM, LINK = "Message Smith & Sons", "https://example.org/?a=1&b=2"


def letters(shown: str) -> str:
    """What Qt draws of these words on a button or in a menu, of which no letter must be a key."""
    assert QKeySequence.mnemonic(shown).isEmpty(), shown
    return shown.replace("&&", "&")


def test_a_button_says_a_firm_as_it_is_called(qtbot: QtBot) -> None:
    made = button(FIRM)
    qtbot.addWidget(made)
    assert letters(made.text()) == made.accessibleName() == FIRM


def test_so_does_the_button_where_nothing_is_yet(qtbot: QtBot) -> None:
    note = EmptyNote(Look(Theme(LIGHT)), "people")
    qtbot.addWidget(note)
    note.say("Nobody", "Nobody yet", FIRM)
    (press,) = note.findChildren(QPushButton)
    assert letters(press.text()) == press.accessibleName() == FIRM


def test_so_does_the_menu_of_a_message_with_a_link(qtbot: QtBot) -> None:
    timeline = TimelineView(Look(Theme(LIGHT)))
    qtbot.addWidget(timeline)
    said = Bubble(b"1", 1, False, "Maya", f"See {LINK}", 1, "17:00", None, None, True, True)
    words = [letters(action.text()) for action in timeline.menu_for(said).actions()]
    assert f"Open {LINK}" in words
