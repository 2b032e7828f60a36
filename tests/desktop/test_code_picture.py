"""What the picture of a code shows is what a camera must see, at any density of the screen."""

import pytest
import segno
from coachline_desktop.views.code_picture import MODULE, QUIET, CodePicture
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot


@pytest.mark.parametrize("density", [1, 2])
@pytest.mark.parametrize("code", ["K7QF-2M9X-4TRA", "x" * 64])
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
