"""A button that takes two quick clicks for one."""

from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QPushButton


class Press(QPushButton):
    """Of a double click only the first counts: the second may fall on what took the place of what was meant."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()
