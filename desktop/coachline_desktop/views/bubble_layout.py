"""Where everything in a bubble stands, measured once for a width and kept."""

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QTextDocument

from coachline_desktop.state import Bubble
from coachline_desktop.theme import Theme, space
from coachline_desktop.views.rich_text import message_document
from coachline_desktop.views.spoken import tick_words
from coachline_desktop.words import say as tr

COLUMN = space(220)
"""The timeline's widest; on a wide screen it stands in the middle."""
EDGE = space(5)
WIDEST = space(135)
"""Of a bubble: about 75 characters a line."""
SHARE = 0.80
PAD_X, PAD_Y = space(3.5), space(2)
GAP_IN_GROUP, GAP = space(0.75), space(3)
TICK = 15.0
KEPT = 1_200
"""Measured bubbles kept: three windows of the timeline."""


@dataclass(frozen=True, slots=True)
class BubbleLayout:
    """All positions are from the row's upper left corner; the row is as wide as the view."""

    document: QTextDocument
    height: float
    box: QRectF
    text: QPointF
    author: QRectF | None
    meta: QRectF
    """Time and state, right-aligned."""
    meta_words: str
    failure: QRectF | None
    retry: QRectF | None
    discard: QRectF | None


def meta_words(bubble: Bubble) -> str:
    """What stands beside the tick: the time and, at the end of a group of mine, the state in words."""
    word = tick_words(bubble.tick) if bubble.tick and (bubble.last_in_group or bubble.tick == "failed") else ""
    return " · ".join(part for part in (bubble.time, word) if part)


def lay_out(theme: Theme, bubble: Bubble, width: float, *, named: bool) -> BubbleLayout:
    """Measure a bubble in a view `width` pixels wide. `named`: the author's name stands above the text."""
    column = min(width, COLUMN)
    side = (width - column) / 2 + EDGE
    widest = min(WIDEST, (column - 2 * EDGE) * SHARE) - 2 * PAD_X
    document = message_document(theme, bubble.text, theme.colour("on_mine" if bubble.mine else "text"))
    document.setTextWidth(widest)
    natural = min(ceil(document.idealWidth()) + 1, ceil(widest))
    small = QFontMetricsF(theme.font("caption", QFont.Weight.Medium))
    words = meta_words(bubble)
    meta_width = small.horizontalAdvance(words) + (TICK + space(1) if bubble.tick else 0)
    name = QFontMetricsF(theme.font("small", QFont.Weight.Bold)) if named and bubble.first_in_group else None
    inner = max(natural, min(name.horizontalAdvance(bubble.author), widest) if name else 0)
    last = _last_line(document, natural)
    beside = last + space(3) + meta_width
    shares = beside <= widest
    inner = max(inner, beside if shares else meta_width)
    failure_height, failure_width = 0.0, 0.0
    if bubble.failure:
        failure_width = min(widest, max(small.horizontalAdvance(bubble.failure), _actions_width(small)) + space(6))
        inner = max(inner, failure_width)
        failure_height = _failure_height(small, bubble.failure, inner) + space(2)
    document.setTextWidth(inner)
    text_height = document.size().height()
    name_height = name.height() + space(0.5) if name else 0.0
    meta_height = 0.0 if shares else small.height() + space(0.5)
    top = GAP if bubble.first_in_group else GAP_IN_GROUP
    box_height = 2 * PAD_Y + name_height + text_height + meta_height + failure_height
    box_width = inner + 2 * PAD_X
    left = width - side - box_width if bubble.mine else side
    box = QRectF(left, top, box_width, box_height)
    x, y = left + PAD_X, top + PAD_Y
    bottom = y + name_height + text_height + meta_height
    meta = QRectF(x, bottom - small.height() - (3 if shares else 0), inner, small.height())
    failure = QRectF(x, bottom + space(2), inner, failure_height - space(2)) if bubble.failure else None
    retry, discard = _actions(small, failure) if failure and bubble.tick == "failed" else (None, None)
    author = QRectF(x, y, inner, name.height()) if name else None
    return BubbleLayout(
        document=document,
        height=top + box_height,
        box=box,
        text=QPointF(x, y + name_height),
        author=author,
        meta=meta,
        meta_words=words,
        failure=failure,
        retry=retry,
        discard=discard,
    )


def _last_line(document: QTextDocument, width: float) -> float:
    """How far the last line of a document reaches, in pixels."""
    block = document.lastBlock()
    lines = block.layout()
    if lines is None or lines.lineCount() == 0:
        return width
    line = lines.lineAt(lines.lineCount() - 1)
    return float(line.x() + line.naturalTextWidth() + block.blockFormat().leftMargin())


def _failure_height(metrics: QFontMetricsF, words: str, width: float) -> float:
    box = metrics.boundingRect(QRectF(0, 0, width, 10_000), 0x1000, words)  # Qt.TextWordWrap
    return box.height() + space(1) + metrics.height() + space(2)


def _actions_width(metrics: QFontMetricsF) -> float:
    return metrics.horizontalAdvance(tr("Retry")) + metrics.horizontalAdvance(tr("Discard")) + space(14)


def _actions(metrics: QFontMetricsF, failure: QRectF) -> tuple[QRectF, QRectF]:
    """Where Retry and Discard are pressed, at the foot of the failure."""
    height = metrics.height() + space(2)
    top = failure.bottom() - height
    retry_width = metrics.horizontalAdvance(tr("Retry")) + space(5)
    discard_width = metrics.horizontalAdvance(tr("Discard")) + space(5)
    retry = QRectF(failure.left(), top, retry_width, height)
    return retry, QRectF(retry.right() + space(2), top, discard_width, height)


class LayoutCache:
    """Layouts by what they were measured from; the least recently used go first."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._layouts: OrderedDict[tuple[Bubble, int, bool, int], BubbleLayout] = OrderedDict()
        self.measured = 0
        """How often something was really measured."""

    def of(self, theme: Theme, bubble: Bubble, width: int, *, named: bool) -> BubbleLayout:
        """The layout of a bubble, measured if it was not."""
        key = (bubble, width, named, hash(theme))
        found = self._layouts.get(key)
        if found is None:
            found = self._layouts[key] = lay_out(theme, bubble, width, named=named)
            self.measured += 1
            if len(self._layouts) > self._kept:
                self._layouts.popitem(last=False)
        else:
            self._layouts.move_to_end(key)
        return found
