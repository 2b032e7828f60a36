"""The way back to the newest message, in the gutter beside the bubbles."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QToolButton, QWidget

from coachline_desktop.actions import tip
from coachline_desktop.icons import icon
from coachline_desktop.theme import Look, space
from coachline_desktop.views.bubble_layout import GUTTER
from coachline_desktop.words import plural
from coachline_desktop.words import say as tr

ARROW = 20
"""Pixels at a text size of 100 %."""
MOST = 99
"""More than that has no room in the gutter, and is many anyhow."""


class JumpButton(QToolButton):
    """Back to the newest message, with how many are unread."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setObjectName("jump")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()
        self.dress()
        self.count(0)

    def count(self, unread: int) -> None:
        """Say how many are unread."""
        self.setText(_counted(unread))
        style = Qt.ToolButtonStyle.ToolButtonTextUnderIcon if unread else Qt.ToolButtonStyle.ToolButtonIconOnly
        self.setToolButtonStyle(style)
        words = tr("Jump to the newest message")
        self.setAccessibleName(", ".join([words, plural("%n unread", "%n unread", unread)] if unread else [words]))
        self.setToolTip(tip("end"))

    def sizeHint(self) -> QSize:
        """As wide as the gutter allows; the count stands beneath the arrow."""
        side = min(GUTTER, self.iconSize().width() + space(5))
        if not self.text():
            return QSize(side, side)
        metrics = self.fontMetrics()
        wide = min(GUTTER, max(side, metrics.horizontalAdvance(self.text()) + space(3)))
        return QSize(wide, side + metrics.height())

    def dress(self) -> None:
        """In the colours and letters of the theme."""
        size = self._look.theme.grown(ARROW)
        self.setIcon(icon("down", self._look.theme.colour("accent"), size))
        self.setIconSize(QSize(size, size))


def _counted(unread: int) -> str:
    if not unread:
        return ""
    return str(unread) if unread <= MOST else f"{MOST}+"
