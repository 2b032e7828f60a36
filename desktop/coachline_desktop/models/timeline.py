"""The timeline as a model: a window of at most 400 rows on however many there are.

Qt lays out every row it is shown, so a view of the whole history would be slow; the window follows the view instead.
It stays at the end while new messages come, and stays where it is while somebody reads further up.
"""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QObject

from coachline_desktop.models.rows import RowsModel
from coachline_desktop.state import TimelineEntry

WINDOW: Final = 400
"""Rows shown at once: laid out in a few milliseconds, and many screens high."""
STEP: Final = 100
"""Rows the window goes at a time."""


class TimelineModel(RowsModel[TimelineEntry]):
    """Entries, oldest first; row 0 is the oldest in the window."""

    def __init__(self, spoken: Callable[[TimelineEntry], str], parent: QObject | None = None) -> None:
        super().__init__(spoken, parent)
        self._entries: tuple[TimelineEntry, ...] = ()
        self._last: object | None = None
        """Key of the window's last row; None: the window ends where the entries do."""

    @property
    def at_end(self) -> bool:
        """The newest entry is in the window."""
        return self._stop() == len(self._entries)

    @property
    def at_start(self) -> bool:
        """The oldest entry there is here is in the window: what is older has to be fetched."""
        return self._stop() <= WINDOW

    def set_entries(self, entries: Sequence[TimelineEntry]) -> None:
        """What there is now. The window keeps its last row, if that is still there, or else goes to the end."""
        self._entries = tuple(entries)
        self._show(self._stop())

    def show_older(self) -> bool:
        """Go up one step. Returns whether there was anything."""
        return self._go(max(self._stop() - STEP, min(WINDOW, len(self._entries))))

    def show_newer(self) -> bool:
        """Go down one step. Returns whether there was anything."""
        return self._go(min(self._stop() + STEP, len(self._entries)))

    def show_end(self) -> bool:
        """Go to the newest. Returns whether the window had to move."""
        return self._go(len(self._entries))

    def show_key(self, key: object) -> bool:
        """Go where an entry is. Returns whether it is there at all."""
        place = next((place for place, entry in enumerate(self._entries) if entry.key == key), None)
        if place is None:
            return False
        if self.row_of(key) is None:
            self._go(min(place + WINDOW // 2, len(self._entries)))
        return True

    def _stop(self) -> int:
        if self._last is not None:
            for place in range(len(self._entries) - 1, -1, -1):
                if self._entries[place].key == self._last:
                    return place + 1
        return len(self._entries)

    def _go(self, stop: int) -> bool:
        moved = stop != self._stop()
        self._show(stop)
        return moved

    def _show(self, stop: int) -> None:
        self._last = None if stop >= len(self._entries) else self._entries[stop - 1].key
        self.set_rows(self._entries[max(0, stop - WINDOW) : stop])
