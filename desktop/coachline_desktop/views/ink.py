"""Small drawings several views share: avatars, presence, badges, elided lines."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from coachline_desktop.state import Presence
from coachline_desktop.theme import Theme

PRESENCE_SHARE = 0.27
"""Of the presence shape's width in the avatar's."""


def paint_avatar(painter: QPainter, theme: Theme, initials: str, hue: int, into: QRectF) -> None:
    """A circle in somebody's hue with the initials in it."""
    ground, ink = theme.avatar(hue)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawEllipse(into)
    font = theme.font("body", QFont.Weight.Bold)
    font.setPixelSize(max(8, round(into.height() * 0.36)))
    painter.setFont(font)
    painter.setPen(ink)
    painter.drawText(into, Qt.AlignmentFlag.AlignCenter, initials)


def paint_presence(painter: QPainter, theme: Theme, presence: Presence, avatar: QRectF, behind: QColor) -> None:
    """At the avatar's foot: a full disc for online, a ring for offline, nothing where it is not ours to know."""
    if presence == "unknown":
        return
    size = avatar.width() * PRESENCE_SHARE
    centre = QPointF(avatar.right() - size * 0.48, avatar.bottom() - size * 0.48)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(behind)
    painter.drawEllipse(centre, size * 0.72, size * 0.72)
    if presence == "online":
        painter.setBrush(theme.colour("online"))
        painter.drawEllipse(centre, size * 0.48, size * 0.48)
    else:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colour("outline"), max(1.6, size * 0.16)))
        painter.drawEllipse(centre, size * 0.39, size * 0.39)


def badge_width(theme: Theme, count: int) -> float:
    """How wide a badge with this count is; 0 for none."""
    if count <= 0:
        return 0.0
    metrics = QFontMetricsF(theme.font("caption", QFont.Weight.Bold))
    return max(metrics.height() + 4, metrics.horizontalAdvance(badge_words(count)) + 12)


def badge_words(count: int) -> str:
    """A count that always fits."""
    return str(count) if count < 1000 else "999+"


def paint_badge(painter: QPainter, theme: Theme, count: int, right: float, middle: float) -> None:
    """A count on a rounded ground, its right edge and middle given."""
    width = badge_width(theme, count)
    if not width:
        return
    font = theme.font("caption", QFont.Weight.Bold)
    height = QFontMetricsF(font).height() + 4
    box = QRectF(right - width, middle - height / 2, width, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("attention"))
    painter.drawRoundedRect(box, height / 2, height / 2)
    painter.setFont(font)
    painter.setPen(theme.colour("on_attention"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, badge_words(count))


def paint_line(painter: QPainter, font: QFont, colour: QColor, into: QRectF, words: str) -> float:
    """One line of text, elided where it does not fit; answers how wide it came out."""
    metrics = QFontMetricsF(font)
    shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, into.width())
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(into, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
    return metrics.horizontalAdvance(shown)
