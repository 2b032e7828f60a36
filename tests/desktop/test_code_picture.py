"""What the picture of a code shows is what a camera must see, at any density of the screen; a hint looks like one."""

import re

import pytest
import segno
from coachline_desktop.theme import LIGHT, Look, Theme
from coachline_desktop.views.code_picture import CODE_EXAMPLE, MODULE, QUIET, CodePicture
from coachline_desktop.views.first_run import FirstRunView
from coachline_desktop.views.people_view import PeoplePage
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot


@pytest.mark.parametrize("density", [1, 2])
@pytest.mark.parametrize("code", [CODE_EXAMPLE, "x" * 64])
def test_every_square_is_painted_dark_on_white_with_a_quiet_border(qtbot: QtBot, code: str, density: int) -> None:
    picture = CodePicture(code)
    qtbot.addWidget(picture)
    image = QImage(picture.size() * density, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(density)
    picture.render(image, QPoint())
    matrix = [list(line) for line in segno.make(code, error="m", micro=False).matrix]
    side = len(matrix) + 2 * QUIET
    for y in range(side):
        for x in range(side):
            middle = QPoint(x * MODULE + MODULE // 2, y * MODULE + MODULE // 2) * density
            inside = QUIET <= x < side - QUIET and QUIET <= y < side - QUIET
            dark = inside and bool(matrix[y - QUIET][x - QUIET])
            assert (image.pixelColor(middle).lightness() < 128) == dark


@pytest.mark.parametrize("view", [FirstRunView, PeoplePage])
def test_a_field_for_a_code_shows_what_a_code_looks_like(
    qtbot: QtBot, code: str, view: type[FirstRunView | PeoplePage]
) -> None:
    """Whoever compares the two must not think that he was given something else."""
    shown = view(Look(Theme(LIGHT)))
    qtbot.addWidget(shown)
    hints = [line.placeholderText() for line in shown.findChildren(QLineEdit) if "code" in line.accessibleName()]
    (hint,) = hints
    assert len(hint) == len(code)
    assert re.fullmatch(r"[\w-]+", code + hint, re.ASCII)
    assert {char.isupper() for char in hint if char.isalpha()} == {True, False}  # to be typed as it is
