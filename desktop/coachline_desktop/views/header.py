"""Above the timeline: with whom one talks, and whether he is there."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from coachline_desktop.actions import tip
from coachline_desktop.state import ConversationState
from coachline_desktop.theme import Look, space
from coachline_desktop.views.controls import Avatar, Elided, IconButton
from coachline_desktop.words import say as tr


class Header(QFrame):
    """Avatar, name, presence in words, and the way to what is shared.

    `back`: to the list, where the window is too narrow for both. `agreement`: the page of the coaching was asked for.
    """

    back = Signal()
    agreement = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        self.back_button = IconButton(look, "back", tr("Back to the conversations"))
        self.back_button.clicked.connect(self.back)
        self.agreed = IconButton(look, "eye", tip("agreement"))
        self.agreed.clicked.connect(self.agreement)
        self._avatar = Avatar(look, space(10))
        self._title, self._subtitle = Elided("title"), Elided("caption")
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self._title)
        names.addWidget(self._subtitle)
        self.setMinimumHeight(space(15))
        line = QHBoxLayout(self)
        line.setContentsMargins(space(4), space(2.5), space(4), space(2.5))
        line.setSpacing(space(3))
        line.addWidget(self.back_button)
        line.addWidget(self._avatar)
        line.addLayout(names, 1)
        line.addWidget(self.agreed)

    def show_conversation(self, state: ConversationState) -> None:
        """Whom it is with."""
        self._avatar.show_person(state.initials, state.hue, state.presence)
        self._title.setText(state.title)
        self.agreed.setAccessibleName(state.agreed)
        self.agreed.setVisible(bool(state.agreed))
        self._subtitle.setText(state.subtitle)
        self._subtitle.setVisible(bool(state.subtitle))
        manner = "live" if state.typing or state.presence == "online" else "caption"
        if self._subtitle.property("manner") != manner:
            self._subtitle.setProperty("manner", manner)
            self._subtitle.style().unpolish(self._subtitle)
            self._subtitle.style().polish(self._subtitle)
        self.setAccessibleName(", ".join(part for part in (state.title, state.subtitle) if part))
