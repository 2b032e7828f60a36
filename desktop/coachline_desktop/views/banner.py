"""What is wrong with the connection, in words, and a way to act; and short notices beneath it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from coachline_desktop.state import ConnectionBanner, Key, Notice
from coachline_desktop.theme import Look, space
from coachline_desktop.views.controls import IconButton, IconLabel, Words, button, clear
from coachline_desktop.words import say as tr


class Banner(QFrame):
    """Shown only while there is something to say. Nothing one was doing is interrupted by it."""

    retry = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("banner", "true")
        self._icon = IconLabel(look, "cloud_off", 20, "attention")
        self._words = Words("", "strong")
        self._retry = button(tr("Retry"), "quiet", tr("Try to connect now"))
        self._retry.clicked.connect(self.retry)
        line = QHBoxLayout(self)
        line.setContentsMargins(space(5), space(1), space(3), space(1))
        line.setSpacing(space(3))
        line.addWidget(self._icon)
        line.addWidget(self._words, 1)
        line.addWidget(self._retry)
        self.setMinimumHeight(space(11))
        self.hide()

    def show_state(self, state: ConnectionBanner) -> None:
        """How things stand; no words: nothing is shown."""
        calm = state.phase in ("connecting", "connected")
        words = state.words
        if state.retry_in_s:
            words = tr("{words} Next try in {seconds} s.").format(words=words, seconds=state.retry_in_s)
        self._words.setText(words)
        self._icon.show_icon("retry" if calm else "cloud_off", "accent" if calm else "attention")
        self._retry.setVisible(state.can_retry)
        look = "calm" if calm else "true"
        if self.property("banner") != look:
            self.setProperty("banner", look)
            self.style().unpolish(self)
            self.style().polish(self)
        self.setAccessibleName(words)
        self.setVisible(bool(state.words))


class Notices(QWidget):
    """Things said once, each until it is dismissed. `dismissed(key)`, `opened(conversation)`."""

    dismissed = Signal(object)
    opened = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._shown: tuple[Notice, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(space(4), space(2), space(4), space(2))
        self._column.setSpacing(space(2))
        self.hide()

    def show_notices(self, notices: Sequence[Notice]) -> None:
        """These and no others; nothing is rebuilt while they are the same."""
        if tuple(notices) == self._shown:
            return
        self._shown = tuple(notices)
        clear(self._column)
        for notice in notices:
            self._column.addWidget(self._line(notice))
        self.setVisible(bool(notices))

    def _line(self, notice: Notice) -> QWidget:
        frame = QFrame()
        frame.setProperty("notice", notice.kind)
        frame.setAccessibleName(notice.words)
        role = {"info": "accent", "warning": "attention", "error": "danger"}[notice.kind]
        line = QHBoxLayout(frame)
        line.setContentsMargins(space(3), space(1), space(1), space(1))
        line.setSpacing(space(2))
        line.addWidget(IconLabel(self._look, "info" if notice.kind == "info" else "failed", 18, role))
        line.addWidget(Words(notice.words), 1)
        if notice.conversation is not None:
            line.addWidget(self._open(notice.conversation), 0, Qt.AlignmentFlag.AlignVCenter)
        close = IconButton(self._look, "close", tr("Dismiss"), size=16)
        close.clicked.connect(lambda: self.dismissed.emit(notice.key))
        line.addWidget(close)
        return frame

    def _open(self, conversation: Key) -> QWidget:
        made = button(tr("Open"), "quiet")
        made.clicked.connect(lambda: self.opened.emit(conversation))
        return made
