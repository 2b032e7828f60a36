"""A code as a picture that a phone's camera reads (QR, ISO/IEC 18004)."""

import segno
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from coachline_desktop.words import say as tr

MODULE = 5
"""Pixels of one square: a phone at arm's length resolves 4."""
QUIET = 4
"""Empty squares all around, as the standard asks."""


class CodePicture(QWidget):
    """Always dark on white, whatever the theme: not every camera reads the inverse."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self._squares = [[bool(square) for square in line] for line in segno.make(code, error="m", micro=False).matrix]
        side = (len(self._squares) + 2 * QUIET) * MODULE
        self.setFixedSize(side, side)
        self.setAccessibleName(tr("The code as a picture, for a camera"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.white)
        for y, line in enumerate(self._squares):
            for x, dark in enumerate(line):
                if dark:
                    square = QRect((x + QUIET) * MODULE, (y + QUIET) * MODULE, MODULE, MODULE)
                    painter.fillRect(square, Qt.GlobalColor.black)
        painter.end()
