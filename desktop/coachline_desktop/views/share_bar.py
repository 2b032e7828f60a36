"""How much of what is to be reached there is: a bar that repeats what its neighbour says in numbers."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from coachline_desktop.theme import Look, space

WIDE = space(32)


class ShareBar(QWidget):
    """Nothing is shown where there is no amount to reach."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look, self._share = look, 0.0
        self.setFixedSize(WIDE, space(1))
        look.changed.connect(self.update)

    def show_share(self, share: float | None) -> None:
        """0 to 1, or None."""
        self._share = share or 0.0
        self.setHidden(share is None)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box, round_ = QRectF(self.rect()), self.height() / 2
        for role, share in (("sunken", 1.0), ("accent", self._share)):
            painter.setBrush(self._look.theme.colour(role))
            painter.drawRoundedRect(QRectF(box.left(), box.top(), box.width() * share, box.height()), round_, round_)
        painter.end()
