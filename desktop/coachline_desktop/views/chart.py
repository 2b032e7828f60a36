"""Charts: a metric against the band that was in force, and weeks as bars. Every number can be reached by keyboard.

Drawn by ourselves: two kinds of marks in the theme's own ink need no plotting library and none of its dependencies.
A point outside its band is another shape, not only another colour; so is a week that was missed.
"""

from collections.abc import Sequence
from datetime import date

from coachline_core.domain.marks import Mark
from PySide6.QtCore import QDate, QEvent, QLocale, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QBrush,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from coachline_desktop.icons import paint_icon
from coachline_desktop.plots import Plot, PlotPoint, WeekBar, joined, span, step, ticks
from coachline_desktop.theme import RADIUS_SMALL, Look, space
from coachline_desktop.views.ink import paint_line

SIGN = space(3.5)
"""Width of the sign above a week."""
WIDEST_DAY = "28 Mmm"
"""About as wide as a day is written under a bar: bars stand no further apart, so that they are seen together."""


class _Numbers(QWidget):
    """Something drawn of numbers: left and right go from one to the next, and say it."""

    def __init__(self, look: Look, height: int) -> None:
        super().__init__()
        self._look = look
        self._place: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(space(40), height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.update)

    @property
    def said(self) -> str:
        """What is said of the number that is pointed at; empty: none is."""
        sayings = self._sayings()
        return "" if self._place is None or self._place >= len(sayings) else sayings[self._place]

    def _sayings(self) -> Sequence[str]:
        raise NotImplementedError

    def _places(self) -> Sequence[QPointF]:
        raise NotImplementedError

    def _go(self, place: int | None) -> None:
        if place == self._place:
            return
        self._place = place
        self.setAccessibleDescription(self.said)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        count, key = len(self._sayings()), Qt.Key(event.key())
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Home: -count, Qt.Key.Key_End: count}
        if key in moves and count:
            self._go(step(self._place, moves[key], count))
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        near = [(abs(place.x() - event.position().x()), n) for n, place in enumerate(self._places())]
        distance, place = min(near, default=(0.0, None))
        self._go(place if distance <= space(5) else None)

    def leaveEvent(self, event: QEvent) -> None:
        if not self.hasFocus():
            self._go(None)
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._go(None)
        super().focusOutEvent(event)

    def _paint_said(self, painter: QPainter, at: QPointF) -> None:
        """The words of the number pointed at, on a slip beside it that stays within."""
        theme = self._look.theme
        font = theme.font("small")
        metrics = QFontMetricsF(font)
        width = min(metrics.horizontalAdvance(self.said) + space(5), float(self.width()))
        height = metrics.height() + space(2)
        x = min(max(at.x() - width / 2, 0.0), self.width() - width)
        above = at.y() - height - space(2)
        y = above if above >= 0 else min(at.y() + space(2), self.height() - height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("text"))
        painter.drawRoundedRect(QRectF(x, y, width, height), RADIUS_SMALL, RADIUS_SMALL)
        inner = QRectF(x + space(2), y, width - space(4), height)
        paint_line(painter, font, theme.colour("surface"), inner, self.said)

    def _paint_focus(self, painter: QPainter) -> None:
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._look.theme.colour("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS_SMALL, RADIUS_SMALL)


class Chart(_Numbers):
    """A `Plot`: days to the right, values upwards, the band behind."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, space(45))
        self._plot = Plot("", "", date(2000, 1, 1), date(2000, 1, 2))

    def show_plot(self, plot: Plot) -> None:
        """Draw this."""
        if plot == self._plot:
            return
        self._plot = plot
        self._go(None)
        self.setAccessibleName(", ".join(part for part in (plot.title, plot.unit) if part))
        self.setAccessibleDescription(plot.summary)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(space(120), space(45))

    def _sayings(self) -> Sequence[str]:
        return [point.words for point in self._plot.points]

    def _places(self) -> Sequence[QPointF]:
        return [self._at(point.day, point.value) for point in self._plot.points]

    # -- where

    def _field(self) -> QRectF:
        metrics = QFontMetricsF(self._look.theme.font("caption"))
        widest = max((metrics.horizontalAdvance(_number(tick)) for tick in ticks(*span(self._plot))), default=0.0)
        return QRectF(self.rect()).adjusted(widest + space(3), space(3), -space(3), -(metrics.height() + space(3)))

    def _x(self, day: date) -> float:
        field, days = self._field(), max((self._plot.last - self._plot.first).days, 1)
        return field.left() + field.width() * (day - self._plot.first).days / days

    def _y(self, value: float) -> float:
        field, (low, high) = self._field(), span(self._plot)
        return field.bottom() - field.height() * (value - low) / (high - low)

    def _at(self, day: date, value: float) -> QPointF:
        return QPointF(self._x(day), self._y(value))

    # -- what

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_bands(painter)
        self._paint_axes(painter)
        self._paint_points(painter)
        self._paint_focus(painter)
        if self.said and self._place is not None:
            self._paint_said(painter, self._places()[self._place])
        painter.end()

    def _paint_bands(self, painter: QPainter) -> None:
        theme, field = self._look.theme, self._field()
        day = field.width() / max((self._plot.last - self._plot.first).days, 1)
        for band in self._plot.bands:
            left = max(self._x(band.first) - day / 2, field.left())
            right = min(self._x(band.last) + day / 2, field.right())
            top = field.top() if band.high is None else self._y(band.high)
            bottom = field.bottom() if band.low is None else self._y(band.low)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent_soft"))
            painter.drawRect(QRectF(QPointF(left, top), QPointF(right, bottom)))
            painter.setPen(QPen(theme.colour("accent"), 1, Qt.PenStyle.DashLine))
            for edge in (band.low, band.high):
                if edge is not None:
                    painter.drawLine(QPointF(left, self._y(edge)), QPointF(right, self._y(edge)))

    def _paint_axes(self, painter: QPainter) -> None:
        theme, field = self._look.theme, self._field()
        font = theme.font("caption")
        metrics = QFontMetricsF(font)
        for tick in ticks(*span(self._plot)):
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawLine(QPointF(field.left(), self._y(tick)), QPointF(field.right(), self._y(tick)))
            painter.setPen(theme.colour("text_soft"))
            painter.setFont(font)
            box = QRectF(0, self._y(tick) - metrics.height() / 2, field.left() - space(2), metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, _number(tick))
        painter.setPen(theme.colour("text_soft"))
        below = QRectF(field.left(), field.bottom() + space(1.5), field.width(), metrics.height())
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, _day(self._plot.first))
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, _day(self._plot.last))

    def _paint_points(self, painter: QPainter) -> None:
        theme = self._look.theme
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colour("accent"), 2))
        for run in joined(self._plot.points):
            painter.drawPolyline(QPolygonF([self._at(point.day, point.value) for point in run]))
        for n, point in enumerate(self._plot.points):
            _paint_point(painter, self._look, point, self._at(point.day, point.value), pointed_at=n == self._place)


def _paint_point(painter: QPainter, look: Look, point: PlotPoint, at: QPointF, *, pointed_at: bool) -> None:
    """A disc within the band, a diamond outside it; hollow while it waits to be sent."""
    theme, size = look.theme, 6.0 if pointed_at else 4.0
    colour = theme.colour("attention" if point.outside else "accent")
    painter.setPen(QPen(colour, 2))
    painter.setBrush(theme.colour("surface") if point.waiting else colour)
    if point.outside:
        around = [QPointF(0, -size), QPointF(size, 0), QPointF(0, size), QPointF(-size, 0)]
        painter.drawPolygon(QPolygonF([at + corner * 1.2 for corner in around]))
    else:
        painter.drawEllipse(at, size, size)


class Weeks(_Numbers):
    """How weeks went, oldest left: a bar as high as what was done, with a sign for how it was judged."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, space(28))
        self._bars: tuple[WeekBar, ...] = ()

    def show_bars(self, name: str, bars: tuple[WeekBar, ...]) -> None:
        """Draw these."""
        self.setAccessibleName(name)
        if bars != self._bars:
            self._bars = bars
            self._go(None)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(space(120), space(28))

    def _sayings(self) -> Sequence[str]:
        return [bar.words for bar in self._bars]

    def _places(self) -> Sequence[QPointF]:
        return [QPointF(box.center().x(), box.top()) for box in map(self._box, range(len(self._bars)))]

    def _box(self, n: int) -> QRectF:
        """Where a bar of full height stands."""
        metrics = QFontMetricsF(self._look.theme.font("caption"))
        field = QRectF(self.rect()).adjusted(space(2), SIGN + space(3), -space(2), -metrics.height() - space(2))
        each = min(field.width() / max(len(self._bars), 1), metrics.horizontalAdvance(WIDEST_DAY) + space(5))
        width = min(each * 0.64, float(space(8)))
        return QRectF(field.left() + each * (n + 0.5) - width / 2, field.top(), width, field.height())

    def _step(self) -> float:
        """From one bar to the next."""
        return self._box(1).left() - self._box(0).left()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for n, bar in enumerate(self._bars):
            self._paint_bar(painter, n, bar)
        self._paint_focus(painter)
        if self.said and self._place is not None:
            self._paint_said(painter, self._places()[self._place])
        painter.end()

    def _paint_bar(self, painter: QPainter, n: int, bar: WeekBar) -> None:
        theme, box = self._look.theme, self._box(n)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("sunken"))
        painter.drawRoundedRect(box, RADIUS_SMALL, RADIUS_SMALL)
        done = QRectF(box)
        done.setTop(box.bottom() - box.height() * min(max(bar.share, 0.0), 1.0))
        rounded = QPainterPath()
        rounded.addRoundedRect(box, RADIUS_SMALL, RADIUS_SMALL)
        painter.save()
        painter.setClipPath(rounded)
        role, pattern = _MARK_INK[bar.mark]
        painter.fillRect(done, QBrush(theme.colour(role), pattern))
        painter.restore()
        if n == self._place:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour("text"), 2))
            painter.drawRoundedRect(box, RADIUS_SMALL, RADIUS_SMALL)
        if bar.mark != "none":
            sign = QRectF(box.center().x() - SIGN / 2, box.top() - SIGN - space(1), SIGN, SIGN)
            paint_icon(painter, bar.mark, theme.colour("text"), sign)
        font = theme.font("caption")
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        if n in (0, len(self._bars) - 1) or metrics.horizontalAdvance(_day(bar.monday)) + space(2) < self._step():
            painter.setPen(theme.colour("text_soft"))
            words = _day(bar.monday)
            width = metrics.horizontalAdvance(words) + 1
            left = min(max(box.center().x() - width / 2, 0.0), self.width() - width)
            painter.drawText(QRectF(left, box.bottom() + space(1), width, metrics.height()), 0, words)


_MARK_INK: dict[Mark, tuple[str, Qt.BrushStyle]] = {
    "met": ("accent", Qt.BrushStyle.SolidPattern),
    "partly": ("accent", Qt.BrushStyle.BDiagPattern),
    "missed": ("attention", Qt.BrushStyle.SolidPattern),
    "open": ("outline", Qt.BrushStyle.BDiagPattern),
    "excused": ("line", Qt.BrushStyle.SolidPattern),
    "none": ("line", Qt.BrushStyle.SolidPattern),
}
"""In which role's colour the done part of a week is drawn, and how."""


def _number(value: float) -> str:
    """A tick's label: as many places as it has, at most two."""
    places = next(n for n in (0, 1, 2) if n == 2 or abs(value - round(value, n)) < 1e-9)
    return QLocale().toString(value, "f", places)


def _day(day: date) -> str:
    """A day under an axis."""
    return QLocale().toString(QDate(day.year, day.month, day.day), "d MMM")
