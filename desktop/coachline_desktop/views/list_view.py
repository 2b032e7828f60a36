"""The list of conversations."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QListView, QStackedLayout, QWidget

from coachline_desktop.models import ROW, RowsModel
from coachline_desktop.state import ConversationRow, Key
from coachline_desktop.theme import Look
from coachline_desktop.views.controls import EmptyNote
from coachline_desktop.views.list_delegate import ConversationDelegate
from coachline_desktop.views.spoken import spoken_row
from coachline_desktop.words import say as tr


class ConversationList(QWidget):
    """All conversations, the latest first. `chosen`: one was clicked or Return was pressed on it."""

    chosen = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = RowsModel[ConversationRow](spoken_row, self)
        self.view = _List(self)
        self.view.setModel(self.model)
        self.view.setItemDelegate(ConversationDelegate(look))
        self.view.setAccessibleName(tr("Conversations"))
        self.view.clicked.connect(self._choose)
        self.view.activated.connect(self._choose)
        self._empty = EmptyNote(look, "chats")
        self._layout = QStackedLayout(self)
        self._layout.addWidget(self.view)
        self._layout.addWidget(self._empty)
        look.changed.connect(self.view.doItemsLayout)

    def show_rows(self, rows: Sequence[ConversationRow], *, loaded: bool, trainer: bool) -> None:
        """Show these. `loaded`: an empty list is really empty, and it is said what to do about it."""
        current = self._current_key()
        self.model.set_rows(rows)
        if current is not None:
            self.select(current)
        if loaded and trainer:
            self._empty.say(
                tr("No conversations yet"), tr("Invite your first client under People. The talk begins here.")
            )
        elif loaded:
            self._empty.say(tr("No conversations yet"), tr("Enter your coach’s invitation code under People."))
        else:
            self._empty.say(tr("One moment"), tr("Your conversations are being fetched."))
        self._layout.setCurrentIndex(0 if rows else 1)

    def select(self, conversation: Key | None) -> None:
        """Mark the conversation that is open."""
        row = None if conversation is None else self.model.row_of(conversation)
        if row is None:
            self.view.clearSelection()
            return
        index = self.model.index(row)
        if self.view.currentIndex() != index or not self.view.selectionModel().isSelected(index):
            self.view.setCurrentIndex(index)

    def _current_key(self) -> Key | None:
        selected = self.view.selectionModel().selectedIndexes()
        row = selected[0].data(ROW) if selected else None
        return row.key if isinstance(row, ConversationRow) else None

    def _choose(self, index: QModelIndex) -> None:
        row = index.data(ROW)
        if isinstance(row, ConversationRow):
            self.chosen.emit(row.id)


class _List(QListView):
    """A list that scrolls by pixels and keeps out of the way."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("conversations")
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setTabKeyNavigation(False)
