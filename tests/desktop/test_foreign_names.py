"""What people call themselves and their goals is shown letter by letter, also where Qt gives a letter a meaning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, cast

import pytest
from coachline_desktop.state import AppState
from coachline_desktop.theme import LIGHT, Theme
from demo.month import TRAINER
from pictures.cast import NAMES
from pictures.render import settle, stage
from pictures.scenes import scenes
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

SCENES = {scene.name: scene for scene in scenes()}
FIRM = "{} & Sons"


@pytest.fixture
def app(qtbot: QtBot) -> Iterator[QApplication]:
    """The application, with nothing of the test left in it afterwards."""
    running = cast(QApplication, QApplication.instance())
    yield running
    for window in running.topLevelWidgets():
        window.close()
        window.deleteLater()
    settle(running)


def _renamed(value: Any) -> Any:
    """A state in which everybody is a firm."""
    if isinstance(value, str):
        for name in NAMES.values():
            value = value.replace(name, FIRM.format(name))
        return value
    if isinstance(value, tuple):
        return tuple(map(_renamed, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _renamed(getattr(value, field.name)) for field in fields(value)})
    return value


@pytest.mark.parametrize("name", ["people-accepting", "first-joining", "client-full"])
def test_no_letter_of_a_name_is_taken_for_a_key(name: str, app: QApplication) -> None:
    scene = replace(SCENES[name], state=cast(AppState, _renamed(SCENES[name].state)))
    window = stage(app, scene, Theme(LIGHT))
    keys = {each.text(): QKeySequence.mnemonic(each.text()) for each in window.findChildren(QAbstractButton)}
    assert [text for text, key in keys.items() if not key.isEmpty()] == []


def test_a_button_says_a_firm_as_it_is_called(app: QApplication) -> None:
    scene = SCENES["people-accepting"]
    window = stage(app, replace(scene, state=cast(AppState, _renamed(scene.state))), Theme(LIGHT))
    words = f"Accept {FIRM.format(NAMES[TRAINER])} as my coach"
    (accept,) = (each for each in window.findChildren(QAbstractButton) if each.accessibleName() == words)
    assert accept.text().replace("&&", "&") == words
