"""What is wrong with the connection, in words, and a way to act; and short notices beneath it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from coachline_desktop.actions import tip
from coachline_desktop.state import ConnectionBanner, Key, Notice
from coachline_desktop.theme import Look, space
from coachline_desktop.views.controls import IconButton, IconLabel, Words, button
from coachline_desktop.views.fold import Fold
from coachline_desktop.words import say as tr


class Banner(Fold):
    """Shown only while there is something to say. Nothing one was doing is interrupted by it."""

    retry = Signal()

    def __init__(self, look: Look) -> None:
        self._frame = QFrame()
        super().__init__(look, self._frame)
        self._frame.setProperty("banner", "true")
        self._icon = IconLabel(look, "cloud_off", 20, "attention")
        self._words = Words("", "strong")
        self._retry = button(tr("Retry"), "quiet", tip("reconnect"))
        self._retry.clicked.connect(self.retry)
        line = QHBoxLayout(self._frame)
        line.setContentsMargins(space(5), space(1), space(3), space(1))
        line.setSpacing(space(3))
        line.addWidget(self._icon)
        line.addWidget(self._words, 1)
        line.addWidget(self._retry)
        self._frame.setMinimumHeight(space(11))

    def show_state(self, state: ConnectionBanner) -> None:
        """How things stand; no words: it slides away, with what it said last."""
        if state.words:
            self._say(state)
        self.turn(bool(state.words))

    def _say(self, state: ConnectionBanner) -> None:
        calm = state.phase in ("connecting", "connected")
        words = state.words
        if state.retry_in_s:
            words = tr("{words} Next try in {seconds} s.").format(words=words, seconds=state.retry_in_s)
        self._words.setText(words)
        self._icon.show_icon("retry" if calm else "cloud_off", "accent" if calm else "attention")
        self._retry.setVisible(state.can_retry)
        look = "calm" if calm else "true"
        if self._frame.property("banner") != look:
            self._frame.setProperty("banner", look)
            self._frame.style().unpolish(self._frame)
            self._frame.style().polish(self._frame)
        self.setAccessibleName(words)


class Notices(QWidget):
    """Things said once, each until it is dismissed. `dismissed(key)`, `opened(conversation)`."""

    dismissed = Signal(object)
    opened = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._lines: dict[Notice, Fold] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.hide()

    def show_notices(self, notices: Sequence[Notice]) -> None:
        """These and no others; what is there already stays as it is."""
        for gone in [notice for notice in self._lines if notice not in notices]:
            line = self._lines.pop(gone)
            line.shut.connect(lambda line=line: self._let_go(line))
            line.turn(False)
        for notice in notices:
            if notice not in self._lines:
                line = self._lines[notice] = Fold(self._look, self._line(notice))
                self._column.addWidget(line)
                self.show()
                line.turn(True)

    def _let_go(self, line: Fold) -> None:
        self._column.removeWidget(line)
        line.deleteLater()
        self.setVisible(self._column.count() > 0)

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
        close.setToolTip(tip("dismiss"))
        close.clicked.connect(lambda: self.dismissed.emit(notice.key))
        line.addWidget(close)
        around = QWidget()
        column = QVBoxLayout(around)
        column.setContentsMargins(space(4), space(1.5), space(4), space(1.5))
        column.addWidget(frame)
        return around

    def _open(self, conversation: Key) -> QWidget:
        made = button(tr("Open"), "quiet")
        made.clicked.connect(lambda: self.opened.emit(conversation))
        return made
