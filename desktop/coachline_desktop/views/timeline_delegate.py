"""A row of the timeline, painted: a bubble, a day, what is new, or what the system says."""

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from coachline_desktop.icons import paint_icon
from coachline_desktop.models import ROW
from coachline_desktop.state import Bubble, DayLine, NewLine, TimelineEntry
from coachline_desktop.theme import RADIUS_BUBBLE, RADIUS_SMALL, Look, Theme, space
from coachline_desktop.views.bubble_layout import TICK, BubbleLayout, LayoutCache, column
from coachline_desktop.views.ink import paint_line
from coachline_desktop.words import say as tr

MEDIUM, STRONG = QFont.Weight.Medium, QFont.Weight.Bold
WRAPPED = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
TOP_MARGIN = space(3)
FOOT = space(4)
"""Of air between the newest message and the composer."""


class TimelineDelegate(QStyledItemDelegate):
    """Paints rows at the width of the view it is told; heights are measured once and kept."""

    def __init__(self, look: Look, parent: QObject) -> None:
        super().__init__(parent)
        self._look = look
        self.width = 600
        self.other = ""
        """Whose name need not stand over his bubbles: the conversation is with him alone."""
        self.layouts = LayoutCache()

    def layout_of(self, bubble: Bubble) -> BubbleLayout:
        """Where everything in a bubble stands, from the row's corner."""
        named = not bubble.mine and bubble.author != self.other
        return self.layouts.of(self._look.theme, bubble, self.width, named=named)

    def sizeHint(self, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        entry: TimelineEntry = index.data(ROW)
        theme = self._look.theme
        height: float
        if isinstance(entry, Bubble) and not entry.system:
            height = self.layout_of(entry).height
        elif isinstance(entry, Bubble):
            height = self._pill(theme, entry.text).height() + space(4)
        else:
            height = QFontMetricsF(theme.font("small", STRONG)).height() + space(6)
            height += TOP_MARGIN if index.row() == 0 else 0
        if index.row() == index.model().rowCount() - 1:
            height += FOOT
        return QSize(max(1, self.width - 1), round(height))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry: TimelineEntry = index.data(ROW)
        theme, row = self._look.theme, QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.row() == index.model().rowCount() - 1:
            row.setBottom(row.bottom() - FOOT)
        if isinstance(entry, DayLine | NewLine):
            row.setTop(row.top() + space(2))
        if not isinstance(entry, Bubble) or entry.system:
            left, right = column(row.width())
            row = QRectF(row.left() + left, row.top(), right - left, row.height())
        if isinstance(entry, DayLine):
            self._paint_day(painter, theme, row, entry.words)
        elif isinstance(entry, NewLine):
            self._paint_new(painter, theme, row)
        elif entry.system:
            self._paint_pill(painter, theme, row, entry.text)
        else:
            focus = QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_KeyboardFocusChange
            focused = option.state & focus == focus
            painter.translate(row.topLeft())
            self._paint_bubble(painter, theme, entry, focused=focused)
        painter.restore()

    # -- lines -----------------------------------------------------------------------------------------------

    def _paint_day(self, painter: QPainter, theme: Theme, row: QRectF, words: str) -> None:
        font = theme.font("caption", STRONG)
        painter.setFont(font)
        painter.setPen(theme.colour("text_soft"))
        painter.drawText(row, Qt.AlignmentFlag.AlignCenter, words)
        reach = QFontMetricsF(font).horizontalAdvance(words) / 2 + space(3)
        self._rules(painter, theme.colour("pill"), row, reach, 1.0)

    def _paint_new(self, painter: QPainter, theme: Theme, row: QRectF) -> None:
        font, words = theme.font("caption", STRONG), tr("New messages")
        metrics = QFontMetricsF(font)
        width = metrics.horizontalAdvance(words) + space(6)
        self._rules(painter, theme.colour("attention"), row, width / 2 + space(1), 1.2)
        pill = QRectF(
            row.center().x() - width / 2, row.center().y() - metrics.height() / 2 - 3, width, metrics.height() + 6
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("attention"))
        painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
        painter.setFont(font)
        painter.setPen(theme.colour("on_attention"))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, words)

    def _rules(self, painter: QPainter, colour: QColor, row: QRectF, reach: float, weight: float) -> None:
        """Lines from both edges of the row to `reach` pixels from the middle."""
        half = row.width() / 2
        middle = QPointF(row.center().x(), row.center().y() + 0.5)
        painter.setPen(QPen(colour, weight))
        for side in (-1, 1):
            painter.drawLine(
                QPointF(middle.x() + side * half, middle.y()), QPointF(middle.x() + side * reach, middle.y())
            )

    def _pill(self, theme: Theme, words: str) -> QRectF:
        metrics = QFontMetricsF(theme.font("small", MEDIUM))
        left, right = column(self.width)
        widest = right - left - space(8)
        box = metrics.boundingRect(QRectF(0, 0, widest, 10_000), int(WRAPPED), words)
        return QRectF(0, 0, box.width() + space(7), box.height() + space(2.5))

    def _paint_pill(self, painter: QPainter, theme: Theme, row: QRectF, words: str) -> None:
        pill = self._pill(theme, words)
        pill.moveCenter(row.center())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("pill"))
        painter.drawRoundedRect(pill, 14, 14)
        painter.setFont(theme.font("small", MEDIUM))
        painter.setPen(theme.colour("text_soft"))
        painter.drawText(pill.adjusted(space(3), 0, -space(3), 0), int(WRAPPED), words)

    # -- bubbles ---------------------------------------------------------------------------------------------

    def _paint_bubble(self, painter: QPainter, theme: Theme, bubble: Bubble, *, focused: bool) -> None:
        layout = self.layout_of(bubble)
        failed = bubble.tick == "failed"
        ground = "danger_soft" if failed else "mine" if bubble.mine else "theirs"
        ground = "surface" if bubble.card else ground
        edge = QPen(theme.colour("accent"), 2) if focused else QPen(theme.colour("line"), 1)
        painter.setPen(edge if focused or bubble.card else Qt.PenStyle.NoPen)
        shape = bubble_shape(layout.box, bubble)
        if not bubble.mine:
            painter.save()
            painter.translate(0, 1)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.shadow())
            painter.drawPath(shape)
            painter.restore()
        painter.setBrush(theme.colour(ground))
        painter.drawPath(shape)
        if bubble.card:
            self._paint_card_edge(painter, theme, bubble, layout.box)
        if layout.author is not None:
            paint_line(painter, theme.font("small", STRONG), theme.colour("accent"), layout.author, bubble.author)
        painter.save()
        painter.translate(layout.text)
        context = QAbstractTextDocumentLayout.PaintContext()
        ink = theme.colour("text" if failed or bubble.card or not bubble.mine else "on_mine")
        context.palette.setColor(QPalette.ColorRole.Text, ink)
        layout.document.documentLayout().draw(painter, context)
        painter.restore()
        self._paint_meta(painter, theme, bubble, layout)
        if layout.failure is not None:
            self._paint_failure(painter, theme, bubble, layout)

    def _paint_card_edge(self, painter: QPainter, theme: Theme, bubble: Bubble, box: QRectF) -> None:
        """A card is no talk: a coloured edge, and how the day was marked."""
        painter.save()
        painter.setClipPath(bubble_shape(box, bubble))
        card = bubble.card
        role = "outline" if card is None or card.goal is None else "attention" if card.asks else "accent"
        painter.fillRect(QRectF(box.left(), box.top(), space(1), box.height()), theme.colour(role))
        painter.restore()

    def _paint_meta(self, painter: QPainter, theme: Theme, bubble: Bubble, layout: BubbleLayout) -> None:
        failed = bubble.tick == "failed"
        soft = theme.colour("danger" if failed else "on_mine_soft" if bubble.mine and not bubble.card else "text_soft")
        room = QRectF(layout.meta)
        if bubble.tick:
            tick = TICK * theme.text_scale
            place = QRectF(room.right() - tick, room.center().y() - tick / 2, tick, tick)
            paint_icon(painter, bubble.tick, theme.colour("link") if bubble.tick == "read" else soft, place)
            room.setRight(place.left() - space(1))
        painter.setFont(theme.font("caption", MEDIUM))
        painter.setPen(soft)
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, layout.meta_words)

    def _paint_failure(self, painter: QPainter, theme: Theme, bubble: Bubble, layout: BubbleLayout) -> None:
        failed = bubble.tick == "failed"
        box = layout.failure
        if box is None:
            return
        painter.setFont(theme.font("caption", MEDIUM))
        painter.setPen(theme.colour("danger" if failed else "on_mine_soft" if bubble.mine else "text_soft"))
        flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        painter.drawText(box, int(flags), bubble.failure or "")
        for place, words, ground, ink in (
            (layout.retry, tr("Retry"), "danger", "on_danger"),
            (layout.discard, tr("Discard"), "", "danger"),
        ):
            if place is None:
                continue
            if ground:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour(ground))
            else:
                painter.setPen(QPen(theme.colour("danger"), 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), place.height() / 2, place.height() / 2)
            painter.setFont(theme.font("caption", STRONG))
            painter.setPen(theme.colour(ink))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)


def bubble_shape(box: QRectF, bubble: Bubble) -> QPainterPath:
    """Round, but for the corners where a group goes on, on the side of who speaks."""
    large, small = min(RADIUS_BUBBLE, box.height() / 2), RADIUS_SMALL
    upper = large if bubble.first_in_group else small
    lower = small
    left = (large, large) if bubble.mine else (upper, lower)
    right = (upper, lower) if bubble.mine else (large, large)
    path = QPainterPath()
    path.moveTo(box.left() + left[0], box.top())
    path.lineTo(box.right() - right[0], box.top())
    path.quadTo(box.right(), box.top(), box.right(), box.top() + right[0])
    path.lineTo(box.right(), box.bottom() - right[1])
    path.quadTo(box.right(), box.bottom(), box.right() - right[1], box.bottom())
    path.lineTo(box.left() + left[1], box.bottom())
    path.quadTo(box.left(), box.bottom(), box.left(), box.bottom() - left[1])
    path.lineTo(box.left(), box.top() + left[0])
    path.quadTo(box.left(), box.top(), box.left() + left[0], box.top())
    return path
