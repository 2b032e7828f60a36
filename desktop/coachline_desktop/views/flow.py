"""Buttons side by side, and on further lines where there is no room for all of them on one."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

from coachline_desktop.theme import space


class Flow(QLayout):
    """What is hidden takes no room. `apart`: where all fits on one line, the last stands at its end."""

    def __init__(self, gap: float = 2, *, apart: bool = False) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._gap = space(gap)
        self._apart = apart
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        edges = self.contentsMargins()
        inner = QRect(0, 0, width - edges.left() - edges.right(), 0)
        return self._placed(inner, move=False) + edges.top() + edges.bottom()

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._placed(rect.marginsRemoved(self.contentsMargins()), move=True)

    def sizeHint(self) -> QSize:
        shown = [item.sizeHint() for item in self._items if not item.isEmpty()]
        wide = sum(size.width() for size in shown) + self._gap * max(len(shown) - 1, 0)
        return QSize(wide, max((size.height() for size in shown), default=0)).grownBy(self.contentsMargins())

    def minimumSize(self) -> QSize:
        shown = [item.minimumSize() for item in self._items if not item.isEmpty()]
        least = QSize(max((s.width() for s in shown), default=0), max((s.height() for s in shown), default=0))
        return least.grownBy(self.contentsMargins())

    def _placed(self, rect: QRect, *, move: bool) -> int:
        """Put everything where it belongs, or only see how high that would be. What stands on a line is centred."""
        y = rect.y()
        lines = self._lines(rect.width())
        for n, line in enumerate(lines):
            sizes = [_within(item, rect.width()) for item in line]
            high = max(size.height() for size in sizes)
            x, y = rect.x(), y + (self._gap if n else 0)
            for item, size in zip(line, sizes, strict=True):
                if self._apart and len(lines) == 1 and item is line[-1] and len(line) > 1:
                    x = rect.right() + 1 - size.width()
                if move:
                    item.setGeometry(QRect(QPoint(x, y + (high - size.height()) // 2), size))
                x += size.width() + self._gap
            y += high
        return y - rect.y()

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        """What is shown, broken into lines no wider than this where that is possible."""
        lines: list[list[QLayoutItem]] = []
        reach = 0
        for item in self._items:
            if item.isEmpty():
                continue
            wide = _within(item, width).width()
            if lines and reach + self._gap + wide <= width:
                lines[-1].append(item)
                reach += self._gap + wide
            else:
                lines.append([item])
                reach = wide
        return lines


def _within(item: QLayoutItem, width: int) -> QSize:
    """How large something is where no line is wider than this."""
    size = item.sizeHint()
    if size.width() <= width or not item.hasHeightForWidth():
        return size
    return QSize(width, item.heightForWidth(width))


def flow(*parts: QWidget, gap: float = 2, apart: bool = False) -> Flow:
    """Widgets side by side, as far as there is room."""
    line = Flow(gap, apart=apart)
    for part in parts:
        line.addWidget(part)
    return line
