"""A code as a picture that a phone's camera reads (QR, ISO/IEC 18004)."""

import segno
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from coachline_desktop.theme import CAMERA_INK, CAMERA_PAPER
from coachline_desktop.words import say as tr

MODULE = 5
"""Pixels of one square: a phone at arm's length resolves 4."""
QUIET = 4
"""Empty squares all around, as the standard asks."""


CODE_EXAMPLE = "h4Vt0Qm-yR2cWbXs"
"""Looks like a code that a server makes, and is none: what a field for one shows while it is empty."""


class CodePicture(QWidget):
    """Painted square by square, so that it is sharp at any density."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self._squares = [[bool(square) for square in line] for line in segno.make(code, error="m", micro=False).matrix]
        side = (len(self._squares) + 2 * QUIET) * MODULE
        self.setFixedSize(side, side)
        self.setAccessibleName(tr("The code as a picture, for a camera"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(CAMERA_PAPER))
        for y, line in enumerate(self._squares):
            for x, dark in enumerate(line):
                if dark:
                    square = QRect((x + QUIET) * MODULE, (y + QUIET) * MODULE, MODULE, MODULE)
                    painter.fillRect(square, QColor(CAMERA_INK))
        painter.end()
