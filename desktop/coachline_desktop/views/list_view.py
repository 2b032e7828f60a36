"""The list of conversations."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QListView, QStackedLayout, QWidget

from coachline_desktop.models import ROW, RowsModel
from coachline_desktop.state import AppState, ConversationRow, Key
from coachline_desktop.theme import Look
from coachline_desktop.views.empty_note import EmptyPage
from coachline_desktop.views.list_delegate import ConversationDelegate
from coachline_desktop.views.spoken import spoken_row
from coachline_desktop.words import say as tr


class ConversationList(QWidget):
    """All conversations, the latest first. `chosen`: one was clicked or Return was pressed on it.

    `begun`: there is none yet, and somebody wants to do what leads to one.
    """

    chosen = Signal(object)
    begun = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = RowsModel[ConversationRow](spoken_row, self)
        self.view = _List(self)
        self.view.setModel(self.model)
        self.view.setItemDelegate(ConversationDelegate(look))
        self.view.setAccessibleName(tr("Conversations"))
        self.view.clicked.connect(self._choose)
        self.view.activated.connect(self._choose)
        page = EmptyPage(look, "chats")
        page.setObjectName("empty")
        self._empty = page.note
        self._empty.acted.connect(self.begun)
        self._layout = QStackedLayout(self)
        self._layout.addWidget(self.view)
        self._layout.addWidget(page)
        look.changed.connect(self.view.doItemsLayout)

    def show_rows(self, rows: Sequence[ConversationRow]) -> None:
        """Show these."""
        current = self._current_key()
        self.model.set_rows(rows)
        if current is not None:
            self.select(current)
        self._layout.setCurrentIndex(0 if rows else 1)

    def say_empty(self, state: AppState) -> None:
        """What stands where no conversation is: an empty list may be really empty, or yet to come."""
        title, me = tr("No conversations yet"), state.me
        if not state.loaded or me is None:
            self._empty.say(tr("One moment"), tr("Your conversations are being fetched."))
        elif any(person.can_message for person in state.people):
            self._empty.say(title, tr("Somebody is there to write to: the first line is yours."), tr("See who"))
        elif me.trainer:
            words = tr("Make a code for somebody you coach. Once it is accepted, you can write to each other.")
            self._empty.say(title, words, tr("Invite a client"))
        elif me.client:
            words = tr("Enter the code your coach gave you. You choose what your coach may see.")
            self._empty.say(title, words, tr("Enter a code"))
        else:
            self._empty.say(title, tr("They will stand here."))

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
