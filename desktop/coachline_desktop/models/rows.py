"""A list of state values as a Qt model; what changed is found by comparing, and told row by row."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Generic

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from coachline_desktop.diff import Change, Insert, Move, R, Remove, Update, apply_one, diff

ROW: Final = Qt.ItemDataRole.UserRole
"""The role whose data is the state value itself."""

Index = QModelIndex | QPersistentModelIndex
NOWHERE: Final = QModelIndex()


class RowsModel(QAbstractListModel, Generic[R]):
    """Rows of one kind. `spoken` says a row in one sentence, for screen readers and for search by typing."""

    def __init__(self, spoken: Callable[[R], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._spoken = spoken
        self._rows: list[R] = []

    @property
    def rows(self) -> tuple[R, ...]:
        """What is shown now."""
        return tuple(self._rows)

    def row_of(self, key: object) -> int | None:
        """Where the row with a key is."""
        return next((place for place, row in enumerate(self._rows) if row.key == key), None)

    def set_rows(self, rows: Sequence[R]) -> None:
        """Show these instead, telling views only what differs."""
        for change in diff(self._rows, rows):
            self._make(change)

    def _make(self, change: Change[R]) -> None:
        match change:
            case Remove(start, count):
                self.beginRemoveRows(NOWHERE, start, start + count - 1)
                apply_one(change, self._rows)
                self.endRemoveRows()
            case Move(start, to):
                # Qt names the place before the row is taken out.
                self.beginMoveRows(NOWHERE, start, start, NOWHERE, to + 1 if to > start else to)
                apply_one(change, self._rows)
                self.endMoveRows()
            case Insert(start, fresh):
                self.beginInsertRows(NOWHERE, start, start + len(fresh) - 1)
                apply_one(change, self._rows)
                self.endInsertRows()
            case Update(start, fresh):
                apply_one(change, self._rows)
                self.dataChanged.emit(self.index(start), self.index(start + len(fresh) - 1), [])

    # -- what Qt asks --------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == ROW:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._spoken(row)
        return None
