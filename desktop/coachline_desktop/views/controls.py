"""The controls all pages are made of: buttons, fields, notes, cards. Foreign text in any of them stays plain text."""

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from coachline_desktop.icons import icon, paint_icon
from coachline_desktop.state import Presence
from coachline_desktop.theme import Look, space
from coachline_desktop.views.ink import paint_avatar, paint_presence
from coachline_desktop.views.press import Press

COLUMN = space(150)
"""How wide a page's text may run before it tires the eye."""


class Words(QLabel):
    """Text that is only ever text. `manner` names its look in the style sheet."""

    def __init__(self, words: str = "", manner: str = "body", *, wrap: bool = True) -> None:
        super().__init__(words)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.setProperty("manner", manner)
        if wrap:
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
            self.setMinimumWidth(space(10))


class Elided(QLabel):
    """One line of text that ends in an ellipsis where there is no room; the whole is its tool tip."""

    def __init__(self, manner: str) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("manner", manner)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.contentsRect(), int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
        painter.end()


def plain(words: str) -> str:
    """Words for a button or a menu, which would take `&` for the sign that the next letter is to be underlined."""
    return words.replace("&", "&&")


def button(words: str, kind: str = "secondary", tip: str = "") -> QPushButton:
    """A button; `kind`: primary, secondary, quiet or danger."""
    made = Press(plain(words))
    made.setProperty("kind", kind)
    made.setAccessibleName(words)
    made.setToolTip(tip)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAutoDefault(False)
    return made


class IconButton(QToolButton):
    """A button that is a drawing; its name is for tool tip and screen reader.

    `size` of the drawing in pixels at a text size of 100 %, and how many there are `around` it at any.
    """

    def __init__(
        self, look: Look, name: str, words: str, *, role: str = "text_soft", size: int = 22, around: int = space(4.5)
    ) -> None:
        super().__init__()
        self._look, self._name, self._role, self._size, self._around = look, name, role, size, around
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        look.changed.connect(self._tint)
        self._tint()

    def call(self, words: str) -> None:
        """Name it anew."""
        self.setToolTip(words)
        self.setAccessibleName(words)

    def tint(self, role: str) -> None:
        """Draw in this role's colour."""
        self._role = role
        self._tint()

    def _tint(self) -> None:
        drawn = self._look.theme.grown(self._size)
        self.setIcon(icon(self._name, self._look.theme.colour(self._role), drawn))
        self.setIconSize(QSize(drawn, drawn))
        self.setFixedSize(drawn + self._around, drawn + self._around)


class Drawn(QWidget):
    """A square that is drawn, as large as the letters beside it; `size` in pixels at a text size of 100 %."""

    def __init__(self, look: Look, size: int) -> None:
        super().__init__()
        self._look, self._size = look, size
        look.changed.connect(self._grow)
        self._grow()

    def _grow(self) -> None:
        size = self._look.theme.grown(self._size)
        self.setFixedSize(size, size)
        self.update()


class IconLabel(Drawn):
    """A drawing that says nothing its neighbour does not say; a screen reader, which would ask its name, passes it."""

    def __init__(self, look: Look, name: str, size: int, role: str = "text_soft") -> None:
        super().__init__(look, size)
        self._name, self._role = name, role

    def show_icon(self, name: str, role: str) -> None:
        """Draw another."""
        self._name, self._role = name, role
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_icon(painter, self._name, self._look.theme.colour(self._role), QRectF(self.rect()))
        painter.end()


class Avatar(Drawn):
    """A person's initials in his hue, with presence at the foot."""

    def __init__(self, look: Look, size: int, *, behind: str = "surface") -> None:
        super().__init__(look, size)
        self._behind = behind
        self._initials, self._hue = "", 0
        self._presence: Presence = "unknown"

    def show_person(self, initials: str, hue: int, presence: Presence = "unknown") -> None:
        """Whose it is."""
        self._initials, self._hue, self._presence = initials, hue, presence
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, box = self._look.theme, QRectF(self.rect())
        paint_avatar(painter, theme, self._initials, self._hue, box)
        paint_presence(painter, theme, self._presence, box, theme.colour(self._behind))
        painter.end()


class Mark(QWidget):
    """The program's own sign."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.setFixedSize(size, size)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_icon(painter, "app", QColor("black"), QRectF(self.rect()))
        painter.end()


class Problem(Words):
    """What is wrong with what stands above it; where nothing is, it takes no room."""

    def __init__(self) -> None:
        super().__init__("", "problem")
        self.hide()

    def say(self, words: str) -> None:
        """Say what is wrong; empty: nothing."""
        self.setText(words)
        self.setVisible(bool(words))


def mark_wrong(field: QWidget, words: str) -> None:
    """Draw a field as one that cannot be taken, and have screen readers say why; empty: no longer."""
    field.setProperty("wrong", bool(words))
    field.setAccessibleDescription(words)
    field.style().unpolish(field)
    field.style().polish(field)


class Field(QWidget):
    """A labelled line to write in; what is wrong with it stands beneath it, in words."""

    submitted = Signal()

    def __init__(self, label: str, hint: str = "", *, secret: bool = False) -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setPlaceholderText(hint)
        self.line.setAccessibleName(label)
        self.line.returnPressed.connect(self.submitted)
        if secret:
            self.line.setEchoMode(QLineEdit.EchoMode.Password)
        name = Words(label, "label")
        name.setBuddy(self.line)
        self._problem = Problem()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space(1))
        column.addWidget(name)
        column.addWidget(self.line)
        column.addWidget(self._problem)

    @property
    def text(self) -> str:
        """What stands in it."""
        return self.line.text()

    def say_problem(self, words: str) -> None:
        """Say what is wrong; empty: nothing."""
        self._problem.say(words)
        mark_wrong(self.line, words)


class Option(QWidget):
    """A box to tick or one of several to choose, with words that wrap, which Qt's own do not."""

    def __init__(self, words: str, *, of: QButtonGroup | None = None) -> None:
        super().__init__()
        self.button: QAbstractButton = QCheckBox() if of is None else QRadioButton()
        self.button.setAccessibleName(words)
        if of is not None:
            of.addButton(self.button)
        self._words = Words(words)
        self._words.setCursor(Qt.CursorShape.PointingHandCursor)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, space(1), 0, space(1))
        line.setSpacing(space(2.5))
        line.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._words, 1)

    @property
    def chosen(self) -> bool:
        """Whether it is ticked."""
        return self.button.isChecked()

    def choose(self, on: bool) -> None:
        """Tick it or not; says nothing."""
        self.button.setChecked(on)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.button.click()


class Card(QFrame):
    """A surface that holds what belongs together."""

    def __init__(self, *parts: QWidget | QLayout, spacing: float = 3) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(space(5), space(4), space(5), space(4))
        self.column.setSpacing(space(spacing))
        for part in parts:
            if isinstance(part, QWidget):
                self.column.addWidget(part)
            else:
                self.column.addLayout(part)


def row(*parts: QWidget | int, spacing: float = 2) -> QHBoxLayout:
    """Widgets side by side; a number is a stretch."""
    line = QHBoxLayout()
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(space(spacing))
    for part in parts:
        if isinstance(part, int):
            line.addStretch(part)
        else:
            line.addWidget(part)
    return line


def block(*parts: QWidget | QLayout | None, spacing: float = 3) -> QWidget:
    """Parts under each other as one widget."""
    made = QWidget()
    column = QVBoxLayout(made)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(space(spacing))
    for part in parts:
        if isinstance(part, QWidget):
            column.addWidget(part)
        elif part is not None:
            column.addLayout(part)
    return made


class Column(QScrollArea):
    """A page: one column in the middle, no wider than reads well, that scrolls when it must.

    `width` in pixels at a text size of 100 %.
    """

    def __init__(self, look: Look, name: str, width: int = COLUMN) -> None:
        super().__init__()
        self._look, self._width = look, width
        self.setObjectName("page")
        self.setAccessibleName(name)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = Ground()
        page.setObjectName("page_ground")
        page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._inner = QWidget()
        self.column = QVBoxLayout(self._inner)
        self.column.setContentsMargins(space(6), space(6), space(6), space(8))
        self.column.setSpacing(space(4))
        across = QHBoxLayout(page)
        across.setContentsMargins(0, 0, 0, 0)
        across.addStretch(1)
        across.addWidget(self._inner, 1000)
        across.addStretch(1)
        self.setWidget(page)
        look.changed.connect(self._widen)
        self._widen()

    def _widen(self) -> None:
        """As many letters to the line, however large they are."""
        self._inner.setMaximumWidth(self._look.theme.grown(self._width))


class Ground(QWidget):
    """What scrolls. Its height follows from its width; what it might need at its narrowest counts for nothing."""

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)


def order_tabs(page: Column) -> None:
    """Let Tab go through a page as one reads it: Qt goes by when things were made, and some are made later."""
    for one, next_ in pairwise(stops(page.column)):
        QWidget.setTabOrder(one, next_)


def stops(layout: QLayout) -> list[QWidget]:
    """Where Tab stops in a layout, as one reads it."""
    return [widget for widget in _in_order(layout) if widget.focusPolicy() & Qt.FocusPolicy.TabFocus]


def _in_order(layout: QLayout) -> Iterator[QWidget]:
    """The widgets of a layout and of what is in it, from its beginning to its end."""
    for place in range(layout.count()):
        item = layout.itemAt(place)
        if item is None:
            return
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            yield widget
            inner = widget.layout()
        if inner is not None:
            yield from _in_order(inner)
