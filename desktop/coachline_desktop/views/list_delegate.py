"""A line of the conversation list, painted."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from coachline_desktop.icons import paint_icon
from coachline_desktop.models import ROW
from coachline_desktop.state import ConversationRow
from coachline_desktop.theme import RADIUS, Look, Theme, space
from coachline_desktop.views.ink import badge_width, paint_avatar, paint_badge, paint_line, paint_presence
from coachline_desktop.views.spoken import presence_words
from coachline_desktop.words import say as tr

AVATAR = space(12)
MARGIN = space(2)
PADDING = space(3)
TICK = 15
"""The avatar and the tick, in pixels at a text size of 100 %."""
STRONG, MIDDLE = QFont.Weight.Bold, QFont.Weight.DemiBold


class ConversationDelegate(QStyledItemDelegate):
    """Two lines beside an avatar: who and when; what was said last, how far it came, what is unread."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._look = look

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        theme = self._look.theme
        lines = QFontMetricsF(theme.font("body", STRONG)).height() + QFontMetricsF(theme.font("small")).height()
        return QSize(space(50), round(max(AVATAR * theme.text_scale, lines + space(2)) + 2 * PADDING))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row = index.data(ROW)
        if not isinstance(row, ConversationRow):
            return
        theme = self._look.theme
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(option.rect).adjusted(MARGIN, 1, -MARGIN, -1)
        behind = self._ground(painter, theme, card, option.state)
        wide = AVATAR * theme.text_scale
        avatar = QRectF(card.left() + PADDING - 4, card.center().y() - wide / 2, wide, wide)
        paint_avatar(painter, theme, row.initials, row.hue, avatar)
        paint_presence(painter, theme, row.presence, avatar, theme.colour(behind))
        left, right = avatar.right() + PADDING, card.right() - PADDING
        first = QFontMetricsF(theme.font("body", STRONG)).height()
        second = QFontMetricsF(theme.font("small")).height()
        top = card.center().y() - (first + second + space(1)) / 2
        self._who_and_when(painter, theme, row, QRectF(left, top, right - left, first))
        self._what(painter, theme, row, QRectF(left, top + first + space(1), right - left, second))
        painter.restore()

    def _ground(self, painter: QPainter, theme: Theme, card: QRectF, state: QStyle.StateFlag) -> str:
        """The row's ground and, for the keyboard, its ring; answers the role it is drawn in."""
        role = "surface"
        if state & QStyle.StateFlag.State_Selected:
            role = "selected"
        elif state & QStyle.StateFlag.State_MouseOver:
            role = "hover"
        painter.setPen(Qt.PenStyle.NoPen)
        if role != "surface":
            painter.setBrush(theme.colour(role))
            painter.drawRoundedRect(card, RADIUS, RADIUS)
        if state & QStyle.StateFlag.State_HasFocus and state & QStyle.StateFlag.State_KeyboardFocusChange:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.drawRoundedRect(card.adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        return role

    def _who_and_when(self, painter: QPainter, theme: Theme, row: ConversationRow, line: QRectF) -> None:
        small = theme.font("caption", MIDDLE if row.unread else QFont.Weight.Medium)
        when_width = QFontMetricsF(small).horizontalAdvance(row.when)
        when = QRectF(line.right() - when_width, line.top(), when_width + 1, line.height())
        paint_line(painter, small, theme.colour("attention" if row.unread else "text_soft"), when, row.when)
        room = line.adjusted(0, 0, -when_width - space(2), 0)
        words = presence_words(row.presence)
        caption = theme.font("caption", QFont.Weight.Medium)
        words_width = QFontMetricsF(caption).horizontalAdvance(words) + space(1.5) if words else 0.0
        name = room.adjusted(0, 0, -words_width, 0)
        name_width = paint_line(painter, theme.font("body", STRONG), theme.colour("text"), name, row.title)
        if words:
            place = QRectF(line.left() + name_width + space(1.5), line.top() + 1, words_width, line.height())
            paint_line(
                painter, caption, theme.colour("online" if row.presence == "online" else "text_soft"), place, words
            )

    def _what(self, painter: QPainter, theme: Theme, row: ConversationRow, line: QRectF) -> None:
        paint_badge(painter, theme, row.unread, line.right() + 2, line.center().y())
        badge = badge_width(theme, row.unread)
        room = line.adjusted(0, 0, -badge - space(2) if badge else 0, 0)
        font = theme.font("small", QFont.Weight.Medium if row.unread else QFont.Weight.Normal)
        if row.typing:
            paint_line(painter, theme.font("small", MIDDLE), theme.colour("accent"), room, tr("typing…"))
            return
        if row.draft:
            draft = tr("Draft:") + " "
            used = paint_line(painter, theme.font("small", MIDDLE), theme.colour("attention"), room, draft)
            room = room.adjusted(used + 3, 0, 0, 0)
        elif row.preview_tick:
            failed = row.preview_tick == "failed"
            colour = theme.colour("danger" if failed else "accent" if row.preview_tick == "read" else "text_soft")
            tick = TICK * theme.text_scale
            paint_icon(painter, row.preview_tick, colour, QRectF(room.left(), room.center().y() - tick / 2, tick, tick))
            room = room.adjusted(tick + space(1), 0, 0, 0)
        ink = "text" if row.unread else "text_soft"
        paint_line(painter, font, theme.colour(ink), room, row.preview)
