"""The drawings: each one is there, is drawn, takes the colour it is given; and no view has a colour of its own."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import coachline_desktop
import pytest
from coachline_desktop.icons import app_icon, icon, pixmap
from coachline_desktop.state import Tick
from coachline_desktop.theme import DARK, FAMILY, LIGHT, Theme, load_fonts
from coachline_desktop.views.side import PLACES
from PySide6.QtGui import QColor, QFontDatabase, QFontInfo

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

PACKAGE = Path(str(resources.files(coachline_desktop)))
OWN_COLOURS = {"app", "check_light", "check_dark", "radio_light", "radio_dark", "arrow_light", "arrow_dark"}
NAMES = sorted(file.stem for file in (PACKAGE / "icons").glob("*.svg"))
RED = QColor("#ff0000")


@pytest.mark.parametrize("name", NAMES)
def test_a_drawing_is_drawn_in_the_colour_asked_for(name: str, widgets: QtBot) -> None:
    image = pixmap(name, RED, 24, 2.0).toImage()
    drawn = [
        image.pixelColor(x, y)
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() > 250
    ]
    assert drawn
    if name not in OWN_COLOURS:
        assert {colour.name() for colour in drawn} == {"#ff0000"}


def test_every_state_and_place_has_a_drawing() -> None:
    assert {*get_args(Tick), *PLACES} <= set(NAMES)


def test_icons_are_there_for_every_density(widgets: QtBot) -> None:
    assert [size.width() for size in icon("send", RED, 20).availableSizes()] == [20, 40, 60]
    assert len(app_icon().availableSizes()) == 7


def test_the_letters_come_with_the_program(widgets: QtBot) -> None:
    load_fonts()
    assert FAMILY in QFontDatabase.families()
    assert QFontInfo(Theme(LIGHT).font("body")).family() == FAMILY
    assert (PACKAGE / "fonts" / "LICENSE-Manrope.txt").read_text(encoding="utf-8").startswith("Copyright")


@pytest.mark.parametrize("file", sorted((PACKAGE / "views").glob("*.py")), ids=lambda file: file.stem)
def test_no_view_names_a_colour(file: Path) -> None:
    text = file.read_text(encoding="utf-8").replace('QColor("black")', "")  # the sign has colours of its own
    assert not re.findall(r"#[0-9a-fA-F]{6}|QColor\(\s*[\d\"']|GlobalColor", text)


def test_the_marks_of_ticked_boxes_are_in_the_colours_of_the_theme() -> None:
    for name, colours in (("light", LIGHT), ("dark", DARK)):
        assert colours.on_accent in (PACKAGE / "icons" / f"check_{name}.svg").read_text(encoding="utf-8")
        radio = (PACKAGE / "icons" / f"radio_{name}.svg").read_text(encoding="utf-8")
        assert colours.accent in radio
        assert colours.on_accent in radio
