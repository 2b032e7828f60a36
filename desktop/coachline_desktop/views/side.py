"""The left column: the list of conversations, and at its foot the way to everything else."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from coachline_desktop.actions import tip
from coachline_desktop.icons import icon
from coachline_desktop.state import AppState
from coachline_desktop.theme import Look, space
from coachline_desktop.views.controls import Mark, Words
from coachline_desktop.views.list_view import ConversationList
from coachline_desktop.words import say as tr

DRAWING = 22
"""Pixels at a text size of 100 %."""
PLACES = ("chats", "goals", "people", "settings")


class Side(QFrame):
    """`place(name)`: conversations, goals, people or settings were asked for."""

    place = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("side")
        self.list = ConversationList(look)
        self._tabs: dict[str, _Tab] = {}
        title = QHBoxLayout()
        title.setContentsMargins(space(5), space(4), space(4), space(2))
        title.setSpacing(space(2.5))
        title.addWidget(Mark(space(7)))
        title.addWidget(Words("Coachline", "wordmark", wrap=False))
        title.addStretch(1)
        tabs = QHBoxLayout()
        tabs.setContentsMargins(space(2), space(1), space(2), space(2))
        tabs.setSpacing(space(1))
        group = QButtonGroup(self)
        named = (tr("Talks"), tr("Goals"), tr("People"), tr("Settings"))
        for name, words in zip(PLACES, named, strict=True):
            tab = self._tabs[name] = _Tab(look, name, words)
            tab.setToolTip(tip("talks" if name == "chats" else name))
            tab.clicked.connect(lambda _=False, name=name: self.place.emit(name))
            group.addButton(tab)
            tabs.addWidget(tab, 1)
        rule = QFrame()
        rule.setProperty("rule", "true")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 1, 0)
        column.setSpacing(0)
        column.addLayout(title)
        column.addWidget(self.list, 1)
        column.addWidget(rule)
        column.addLayout(tabs)
        self.mark("chats")

    def mark(self, name: str) -> None:
        """Mark the place that is shown, or through which it was reached."""
        self._tabs[name].setChecked(True)

    def show_state(self, state: AppState) -> None:
        """Show the list as it is, and which conversation is open."""
        self.list.show_rows(state.conversations)
        self.list.say_empty(state)
        self.list.select(state.current.id if state.current else None)


class _Tab(QToolButton):
    """A drawing with its word beneath it."""

    def __init__(self, look: Look, drawing: str, words: str) -> None:
        super().__init__()
        self._look, self._drawing = look, drawing
        self.setText(words)
        self.setAccessibleName(words)
        self.setProperty("tab", "true")
        self.setCheckable(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.toggled.connect(self._tint)
        look.changed.connect(self._tint)
        self._tint()

    def _tint(self) -> None:
        role = "accent" if self.isChecked() else "text_soft"
        size = self._look.theme.grown(DRAWING)
        self.setIcon(icon(self._drawing, self._look.theme.colour(role), size))
        self.setIconSize(QSize(size, size))
