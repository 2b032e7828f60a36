"""Where everything in a bubble stands, measured once for a width and kept."""

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QTextDocument

from coachline_desktop.state import Bubble
from coachline_desktop.theme import Theme, space
from coachline_desktop.views.rich_text import card_document, message_document
from coachline_desktop.views.spoken import tick_words
from coachline_desktop.words import say as tr

COLUMN = space(220)
"""The timeline's widest; on a wide screen it stands in the middle."""
EDGE = space(5)
"""Left of it all, in line with the composer's box."""
GUTTER = space(14)
"""Right of it all, as wide as the composer's button and what is around it: nothing of a message is ever there, so
the way to the end can be."""
WIDEST = space(135)
"""Of a bubble: about 75 characters a line."""
SHARE = 0.80
PAD_X, PAD_Y = space(3.5), space(2)
GAP_IN_GROUP, GAP = space(0.75), space(3)
TICK = 15.0
"""Pixels at a text size of 100 %."""
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


@dataclass(frozen=True, slots=True)
class Measures:
    """How large a bubble's parts are: what costs time to find, and is the same in every view wide enough."""

    document: QTextDocument
    inner: float
    """Width of everything between the paddings."""
    text: float
    """Heights, from here on; 0 where a part is not there."""
    name: float
    meta: float
    """Beneath the text; 0: beside its last line."""
    failure: float
    small: float
    """Height of a line of the time and the state."""
    words: str


def column(width: float) -> tuple[float, float]:
    """Where the column of bubbles begins and ends in a view `width` pixels wide."""
    beside = (width - min(width, COLUMN)) / 2
    return beside + EDGE, width - beside - GUTTER


def widest_text(width: float) -> int:
    """How wide a bubble's text may be in a view `width` pixels wide."""
    left, right = column(width)
    return round(min(WIDEST, (right - left) * SHARE) - 2 * PAD_X)


def measure(theme: Theme, bubble: Bubble, widest: int, *, named: bool) -> Measures:
    """Measure a bubble's parts. `named`: the author's name stands above the text."""
    if bubble.card is None:
        document = message_document(theme, bubble.text, theme.colour("on_mine" if bubble.mine else "text"))
    else:
        document = card_document(theme, bubble.text, theme.colour("text"))
    document.setTextWidth(widest)
    natural = min(ceil(document.idealWidth()) + 1, widest)
    small = QFontMetricsF(theme.font("caption", QFont.Weight.Medium))
    words = meta_words(bubble)
    meta_width = small.horizontalAdvance(words) + (TICK * theme.text_scale + space(1) if bubble.tick else 0)
    name = QFontMetricsF(theme.font("small", QFont.Weight.Bold)) if named and bubble.first_in_group else None
    inner = max(natural, min(name.horizontalAdvance(bubble.author), widest) if name else 0)
    beside = _last_line(document, natural) + space(3) + meta_width
    shares = beside <= widest
    inner = max(inner, beside if shares else meta_width)
    failure = 0.0
    if bubble.failure:
        asked = max(small.horizontalAdvance(bubble.failure), _actions_width(small)) + space(6)
        inner = max(inner, min(widest, asked))
        failure = _failure_height(small, bubble.failure, inner)
    document.setTextWidth(inner)
    return Measures(
        document=document,
        inner=inner,
        text=document.size().height(),
        name=name.height() + space(0.5) if name else 0.0,
        meta=0.0 if shares else small.height() + space(0.5),
        failure=failure,
        small=small.height(),
        words=words,
    )


def place(theme: Theme, bubble: Bubble, parts: Measures, width: float) -> BubbleLayout:
    """Put the parts of a bubble where they stand in a row of a view `width` pixels wide."""
    first, last = column(width)
    top = GAP if bubble.first_in_group else GAP_IN_GROUP
    below = parts.failure + space(2) if parts.failure else 0.0
    box_height = 2 * PAD_Y + parts.name + parts.text + parts.meta + below
    box_width = parts.inner + 2 * PAD_X
    left = last - box_width if bubble.mine else first
    x, y = left + PAD_X, top + PAD_Y
    bottom = y + parts.name + parts.text + parts.meta
    failure = QRectF(x, bottom + space(2), parts.inner, parts.failure) if parts.failure else None
    retry, discard = None, None
    if failure and bubble.tick == "failed":
        retry, discard = _actions(QFontMetricsF(theme.font("caption", QFont.Weight.Medium)), failure)
    return BubbleLayout(
        document=parts.document,
        height=top + box_height,
        box=QRectF(left, top, box_width, box_height),
        text=QPointF(x, y + parts.name),
        author=QRectF(x, y, parts.inner, parts.name - space(0.5)) if parts.name else None,
        meta=QRectF(x, bottom - parts.small - (0 if parts.meta else 3), parts.inner, parts.small),
        meta_words=parts.words,
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
    """Measures by what they were taken from; the least recently used go first."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._measures: OrderedDict[tuple[Bubble, int, bool, Theme], Measures] = OrderedDict()
        self.measured = 0
        """How often something was really measured."""

    def of(self, theme: Theme, bubble: Bubble, width: int, *, named: bool) -> BubbleLayout:
        """The layout of a bubble, measured if it was not."""
        widest = widest_text(width)
        key = (bubble, widest, named, theme)
        found = self._measures.get(key)
        if found is None:
            found = self._measures[key] = measure(theme, bubble, widest, named=named)
            self.measured += 1
            if len(self._measures) > self._kept:
                self._measures.popitem(last=False)
        else:
            self._measures.move_to_end(key)
        return place(theme, bubble, found, width)
