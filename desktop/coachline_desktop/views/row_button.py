"""A whole line that is one button: first-run ways, clients in the trainer's list."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from coachline_desktop.theme import space
from coachline_desktop.views.press import Press


class RowButton(Press):
    """A whole line that is one button: what stands in `line` is only shown, and decides how high it is."""

    def __init__(self, words: str, about: str = "") -> None:
        super().__init__()
        self.setProperty("kind", "way")
        self.setAccessibleName(words)
        self.setAccessibleDescription(about)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.line = QHBoxLayout(self)
        self.line.setContentsMargins(space(4), space(3), space(4), space(3))
        self.line.setSpacing(space(3))
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self.line.totalHeightForWidth(width) if self.line.hasHeightForWidth() else self.sizeHint().height()

    def sizeHint(self) -> QSize:
        return self.line.totalSizeHint()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ChildPolished:
            for label in self.findChildren(QWidget):
                label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        return super().event(event)
