"""Where a message is written: grows to eight lines, gives back what was refused, counts when the end is near."""

from math import ceil, floor, inf

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetricsF, QInputMethodEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QStackedLayout, QVBoxLayout, QWidget

from coachline_desktop.stylesheet import SEND
from coachline_desktop.theme import Look, space
from coachline_desktop.views.bubble_layout import COLUMN, EDGE
from coachline_desktop.views.controls import IconButton, IconLabel, Words
from coachline_desktop.words import say as tr

LIMIT = 5_000
"""Code points of a message, as the protocol has it."""
COUNTED_FROM = 4_500
LINES = 8


class Composer(QFrame):
    """Says `sent(text)` and `written(text)`. What is sent is gone at once, so that what is written next is another
    message, however slow the disk is; what could not be taken comes back by `give_back`.
    """

    sent = Signal(str)
    written = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("composer")
        self.box = _Box(self)
        self._given_back = ""
        """What stands here because it could not be sent."""
        self.send = IconButton(look, "send", tr("Send"), role="on_accent", size=SEND, around=space(5))
        self.send.setObjectName("send")
        self.refusal = Words("", "problem")
        self.counter = Words("", "counter", wrap=False)
        self.read_only = Words("", "soft")
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._writing())
        self._lock = IconLabel(look, "lock", 20)
        self._stack.addWidget(self._reading())
        self.box.textChanged.connect(self._changed)
        self.box.submitted.connect(self.submit)
        self.send.clicked.connect(self.submit)
        look.changed.connect(self.settle)
        self.enter_sends = True
        self._changed()

    def _writing(self) -> QWidget:
        page = QWidget()
        line = QHBoxLayout()
        line.setSpacing(space(2))
        line.addWidget(self.box, 1)
        line.addWidget(self.send, 0, Qt.AlignmentFlag.AlignBottom)
        below = QHBoxLayout()
        below.setContentsMargins(space(3), 0, space(12), 0)
        below.addWidget(self.refusal, 1)
        below.addWidget(self.counter, 0, Qt.AlignmentFlag.AlignRight)
        column = QVBoxLayout(page)
        column.setContentsMargins(EDGE, space(3), space(4), space(3))
        column.setSpacing(space(1))
        column.addLayout(line)
        column.addLayout(below)
        return page

    def _reading(self) -> QWidget:
        page = QWidget()
        line = QHBoxLayout(page)
        line.setContentsMargins(EDGE, space(4), space(4), space(4))
        line.setSpacing(space(3))
        line.addWidget(self._lock, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self.read_only, 1)
        return page

    @property
    def enter_sends(self) -> bool:
        """Whether Enter sends; otherwise it breaks the line, and Ctrl+Enter sends."""
        return self._enter_sends

    @enter_sends.setter
    def enter_sends(self, on: bool) -> None:
        self._enter_sends = on
        self.send.setToolTip(f"{tr('Send')} ({'Enter' if on else 'Ctrl+Enter'})")

    @property
    def text(self) -> str:
        """What stands in it."""
        return self.box.toPlainText()

    def show_for(self, who: str, draft: str, read_only: str | None) -> None:
        """Another conversation: its draft, or why nothing can be written in it."""
        name = tr("Write to {who}").format(who=who)
        self.box.setAccessibleName(name)
        self.box.setPlaceholderText(name + "…")
        self._hold(draft)
        self.show_read_only(read_only)

    def show_read_only(self, why: str | None) -> None:
        """Say why nothing can be written; None: something can."""
        self.read_only.setText(why or "")
        self._stack.setCurrentIndex(0 if why is None else 1)
        self.settle()

    def give_back(self, text: str, why: str) -> None:
        """What was sent could not be taken: it stands here again, behind what came back before it and has not been
        touched, and before what was written since."""
        since = self.text
        if self._given_back and since.startswith(self._given_back):
            since = since.removeprefix(self._given_back).removeprefix("\n")
            text = f"{self._given_back}\n{text}"
        self._given_back = text
        self.box.setPlainText(f"{text}\n{since}" if since else text)
        self.box.moveCursor(self.box.textCursor().MoveOperation.End)
        self.say_refusal(why)

    def say_refusal(self, words: str) -> None:
        """Why what stands here was not taken."""
        self.refusal.setText(words)
        self.refusal.setVisible(bool(words))
        self.box.setAccessibleDescription(words)
        self.settle()

    def submit(self) -> None:
        """Send what stands here; a text that is too long is refused here already, and stays."""
        length = len(self.text.strip())
        if length > LIMIT:
            words = tr("Too long: {length} of {limit} characters. Nothing was sent.")
            self.say_refusal(words.format(length=f"{length:,}", limit=f"{LIMIT:,}"))
        elif length:
            self.sent.emit(self.text)
            self._hold("")  # the draft goes when the message is kept, and not before

    def _hold(self, text: str) -> None:
        """Have a text stand here that nobody writes now."""
        self._given_back = ""
        self.box.blockSignals(True)
        self.box.setPlainText(text)
        self.box.moveCursor(self.box.textCursor().MoveOperation.End)
        self.box.blockSignals(False)
        self.say_refusal("")
        self._count()

    def _changed(self) -> None:
        if self._count() <= LIMIT:
            self.say_refusal("")
        self.settle()
        self.written.emit(self.text)

    def _count(self) -> int:
        """Show how long the text is, where that matters, and whether there is any to send; returns its length."""
        length = len(self.text.strip())
        self.counter.setVisible(length >= COUNTED_FROM)
        self.counter.setText(f"{length:,} / {LIMIT:,}")
        self.counter.setProperty("manner", "problem" if length > LIMIT else "counter")
        self.counter.style().unpolish(self.counter)
        self.counter.style().polish(self.counter)
        self.send.setEnabled(length > 0)
        self.send.tint("on_accent" if length else "text_soft")
        return length

    def settle(self) -> None:
        """As high as what is in it, and no higher."""
        below = 0
        if self._stack.currentIndex() == 0:
            if not self.refusal.isHidden() or not self.counter.isHidden():
                counted = 0 if self.counter.isHidden() else self.counter.sizeHint().width() + space(2)
                below = space(1) + max(
                    0
                    if self.refusal.isHidden()
                    else self.refusal.heightForWidth(min(self.width(), COLUMN) - EDGE - space(19) - counted),
                    0 if self.counter.isHidden() else self.counter.sizeHint().height(),
                )
            self.box.grow(below)
            self.setFixedHeight(self.box.height() + below + 2 * space(3))
        else:
            wide = max(space(20), min(self.width(), COLUMN) - EDGE - space(4) - self._lock.width() - space(3))
            self.setFixedHeight(max(self._lock.height(), self.read_only.heightForWidth(wide)) + 2 * space(4))

    def make_room(self, height: int) -> None:
        """Take no more of this height than leaves one something to answer to."""
        self.box.room = height
        self.settle()

    def _align(self) -> None:
        """In the column of the timeline above."""
        side = max(0, self.width() - COLUMN) // 2
        for place in range(self._stack.count()):
            page = self._stack.widget(place)
            layout = page.layout() if page is not None else None
            if layout is not None:
                margins = layout.contentsMargins()
                layout.setContentsMargins(side + EDGE, margins.top(), side + space(4), margins.bottom())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:  # the sheet's letters are larger, or smaller, from now on
            QTimer.singleShot(0, self, self.settle)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._align()
            QTimer.singleShot(0, self, self.settle)


class _Box(QPlainTextEdit):
    """Plain text only. Enter sends and Shift+Enter breaks the line, or the other way about."""

    submitted = Signal()

    def __init__(self, composer: Composer) -> None:
        super().__init__(composer)
        self._composer = composer
        self.room = inf
        """How high all is that it is a part of, in pixels."""
        self.setObjectName("write")
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(2)
        self.setFrameShape(QFrame.Shape.NoFrame)

    def grow(self, below: int) -> None:
        """As high as the text, from one line to eight, or to half of where it stands; then it scrolls.

        `below`: how many pixels of that half what stands beneath it takes.
        """
        line = QFontMetricsF(self.document().defaultFont()).lineSpacing()
        most = max(1, floor(min((self.room / 2 - below) / line, LINES)))
        lines = max(1, round(self.document().size().height()))  # QPlainTextEdit measures in lines
        around = 2 * (self.document().documentMargin() + space(2))
        self.setFixedHeight(max(self._composer.send.height(), ceil(min(most, lines) * line + around)))
        bar = Qt.ScrollBarPolicy.ScrollBarAsNeeded if lines > most else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(bar)

    def sizeHint(self) -> QSize:
        return QSize(space(60), self.height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            plain = not event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
            control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            if control or (plain and self._composer.enter_sends):
                self.submitted.emit()
                return
        super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        super().inputMethodEvent(event)
        self._composer.settle()
