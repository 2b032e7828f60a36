"""Every screen: nothing clipped and nothing untranslated, wherever and however large it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from coachline_desktop.state import AppState, TextPercent
from coachline_desktop.theme import DARK, LIGHT, Theme
from coachline_desktop.views.code_picture import CODE_EXAMPLE
from coachline_desktop.views.controls import Elided
from coachline_desktop.views.main_window import SMALLEST, MainWindow
from pictures.goal_scenes import NO_NUMBER
from pictures.render import settle, stage
from pictures.scenes import TOO_FAST, scenes
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDateEdit,
    QLabel,
    QLineEdit,
    QStyle,
    QStyleOptionFrame,
    QWidget,
)
from support.pseudo import OPEN, PseudoLocale

SCENES = {scene.name: scene for scene in scenes()}
SIZES = (SMALLEST, (760, 520), (1120, 760), (2560, 1440))
NOT_SENTENCES = re.compile(r"[\W\d_]*|Coachline|\d[\d,]* / \d[\d,]*|((Ctrl|Alt|Shift)\+)+(\w+|\W)")
PROPER = ("Coachline", "coach.example.org", "ben@example.org", CODE_EXAMPLE)


@pytest.fixture
def pseudo(app: QApplication) -> Iterator[QApplication]:
    """The application in a language in which everything is two fifths longer."""
    translator = PseudoLocale()
    QCoreApplication.installTranslator(translator)
    yield app
    QCoreApplication.removeTranslator(translator)


def _clipped(window: MainWindow) -> list[str]:
    """Visible controls with less room than their words need, by the metrics of their own font."""
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisibleTo(window) or isinstance(widget, Elided):
            continue
        if isinstance(widget, QLabel) and widget.text():
            flags = int(widget.alignment()) | (int(Qt.TextFlag.TextWordWrap) if widget.wordWrap() else 0)
            room = widget.contentsRect()
            needed = QFontMetricsF(widget.font()).boundingRect(room.toRectF(), flags, widget.text())
            if needed.height() > room.height() + 1 or needed.width() > room.width() + 1:
                found.append(f"{widget.text()!r} needs {needed.size()}, has {room.size()}")
        elif isinstance(widget, QAbstractButton) and widget.text():
            needs = widget.sizeHint()
            if needs.width() > widget.width() or needs.height() > widget.height():
                found.append(f"button {widget.text()!r} needs {needs}, has {widget.size()}")
        elif isinstance(widget, QComboBox | QDateEdit):
            needs = widget.minimumSizeHint()
            if needs.width() > widget.width() or needs.height() > widget.height():
                found.append(f"{widget.accessibleName()!r} needs {needs}, has {widget.size()}")
        elif isinstance(widget, QLineEdit) and not widget.objectName().startswith("qt_"):
            option = QStyleOptionFrame()
            widget.initStyleOption(option)
            room = widget.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, widget)
            shown = widget.text() or widget.placeholderText()
            if QFontMetricsF(widget.font()).horizontalAdvance(shown) > room.width():
                found.append(f"{shown!r} in {widget.accessibleName()!r} has {room.width()}")
    return found


def _outside(window: MainWindow) -> list[str]:
    """Visible controls that reach over the right or lower edge of what holds them."""
    found = []
    for widget in window.findChildren(QWidget):
        parent = widget.parentWidget()
        if not widget.isVisibleTo(window) or parent is None or parent.layout() is None:
            continue
        at = widget.geometry()
        reaches_over = at.right() > parent.width() or at.bottom() > parent.height()
        if reaches_over and not widget.objectName().startswith("qt_"):
            found.append(f"{type(widget).__name__} {widget.accessibleName()!r} {widget.geometry()}")
    return found


@pytest.mark.parametrize("name", SCENES)
def test_nothing_is_clipped_in_a_longer_language(name: str, pseudo: QApplication) -> None:
    window = stage(pseudo, SCENES[name], Theme(LIGHT))
    for size in SIZES:
        window.resize(*size)
        settle(pseudo)
        assert _clipped(window) == [], size
        assert _outside(window) == [], size
        assert (window.width(), window.height()) == size


@pytest.mark.parametrize("name", SCENES)
def test_nothing_is_clipped_when_text_grows(name: str, app: QApplication) -> None:
    window = stage(app, SCENES[name], Theme(DARK))
    for percent in get_args(TextPercent)[1:]:
        window.look.use(Theme(DARK, percent / 100))
        for size in (SMALLEST, (760, 520), (2560, 1440)):
            window.resize(*size)
            settle(app)
            assert _clipped(window) == [], (percent, size)
            assert _outside(window) == [], (percent, size)
            assert (window.width(), window.height()) == size


@pytest.mark.parametrize("name", SCENES)
def test_nothing_is_clipped_when_text_is_large_from_the_start(name: str, app: QApplication) -> None:
    window = stage(app, SCENES[name], Theme(LIGHT, 2.0))
    assert _clipped(window) == []
    assert _outside(window) == []


def _strings(value: Any) -> Iterator[str]:
    """All text within a state value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _strings(part)
    elif hasattr(value, "__dataclass_fields__"):
        for field in value.__dataclass_fields__:
            yield from _strings(getattr(value, field))


def _parts(text: str) -> list[str]:
    """What was put together from state values, taken apart again."""
    return [part for part in re.split(r", |: | · |^• ", text) if part]


def _unmarked(window: MainWindow, state: AppState) -> list[str]:
    given = {part for text in (*_strings(state), *PROPER, TOO_FAST, NO_NUMBER) for part in (text, *_parts(text))}
    shown: list[str] = []
    for widget in window.findChildren(QWidget):
        if isinstance(widget, QLabel | QAbstractButton):
            shown += [widget.text(), widget.toolTip()]
        if isinstance(widget, QLineEdit):
            shown.append(widget.placeholderText())
        if not widget.objectName().startswith("qt_"):
            shown.append(widget.accessibleName())
    return [
        text
        for text in (said.replace("\u200b", "") for said in shown)
        if OPEN not in text and not NOT_SENTENCES.fullmatch(text) and not all(part in given for part in _parts(text))
    ]


@pytest.mark.parametrize("name", SCENES)
def test_every_sentence_is_translated(name: str, pseudo: QApplication) -> None:
    scene = SCENES[name]
    window = stage(pseudo, scene, Theme(LIGHT))
    assert _unmarked(window, scene.state) == []
