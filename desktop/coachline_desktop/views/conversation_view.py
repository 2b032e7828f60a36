"""One conversation: header, timeline, composer."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from coachline_desktop import intents
from coachline_desktop.state import ConversationState
from coachline_desktop.theme import Look
from coachline_desktop.views.composer import Composer
from coachline_desktop.views.header import Header
from coachline_desktop.views.timeline_view import TimelineView


class ConversationView(QWidget):
    """Says what its parts say, and `Send` and `Draft` for the conversation that is open."""

    intent = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._state: ConversationState | None = None
        self.header = Header(look)
        self.timeline = TimelineView(look)
        self.composer = Composer(look)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.timeline, 1)
        column.addWidget(self.composer)
        self.timeline.intent.connect(self.intent)
        self.composer.sent.connect(self._send)
        self.composer.written.connect(self._draft)

    def show_state(self, state: ConversationState) -> None:
        """Show this one. The composer is only filled when it is another than before: nothing typed is overwritten."""
        before, self._state = self._state, state
        if state == before:
            return
        self.header.show_conversation(state)
        read_only = None if state.can_write else (state.read_only or "")
        if before is None or before.id != state.id:
            self.composer.show_for(state.title, state.draft, read_only)
        elif (before.can_write, before.read_only) != (state.can_write, state.read_only):
            self.composer.show_read_only(read_only)
        self.timeline.show_conversation(state)

    def forget(self) -> None:
        """Somebody else comes to the window, perhaps the one who is talked to: what was typed is not his."""
        self._state = None
        self.timeline.show_conversation(None)
        self.composer.show_for("", "", None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.composer.make_room(event.size().height())

    def _send(self, text: str) -> None:
        if self._state is not None:
            self.intent.emit(intents.Send(self._state.id, text))

    def _draft(self, text: str) -> None:
        if self._state is not None:
            self.intent.emit(intents.Draft(self._state.id, text))
