"""What stands where nothing is yet."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from coachline_desktop.theme import Look, space
from coachline_desktop.views.controls import Ground, IconLabel, Words, button, plain


class EmptyNote(QWidget):
    """What stands where nothing is: a drawing, a line, what to do about it, and perhaps the button that does it."""

    acted = Signal()

    def __init__(self, look: Look, drawing: str) -> None:
        super().__init__()
        self._title = Words("", "empty_title")
        self._words = Words("", "soft")
        for label in (self._title, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(space(8), space(8), space(8), space(12))
        column.setSpacing(space(2))
        column.addStretch(2)
        column.addWidget(IconLabel(look, drawing, 44, "outline"), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(space(1))
        column.addWidget(self._title)
        column.addWidget(self._words)
        self._act = button("", "primary")
        self._act.clicked.connect(self.acted)
        self._act.hide()
        column.addSpacing(space(3))
        column.addWidget(self._act, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def say(self, title: str, words: str, act: str = "") -> None:
        """What is missing, and what to do; `act`: what the button says, none where it is empty."""
        self._title.setText(title)
        self._words.setText(words)
        self._act.setText(plain(act))
        self._act.setAccessibleName(act)
        self._act.setVisible(bool(act))


class EmptyPage(QScrollArea):
    """Such a note where it stands alone; it scrolls where there is too little room for large letters."""

    def __init__(self, look: Look, drawing: str) -> None:
        super().__init__()
        self.note = EmptyNote(look, drawing)
        ground = Ground()
        column = QVBoxLayout(ground)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.note)
        self.setWidget(ground)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
