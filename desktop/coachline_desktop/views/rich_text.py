"""A message's text as a document to draw, built character format by character format from our own parse.

Qt's HTML and Markdown readers never see what people wrote: they load files, ask for remote images and can be made to
freeze. A document made here holds no image, and asks for no resource.
"""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
)

from coachline_desktop.markdown import Block, Span, parse
from coachline_desktop.theme import Theme, space

LINE_HEIGHT_PERCENT = 112
INDENT = 18.0
"""Pixels a list level goes in, at a text size of 100 %."""


class MessageDocument(QTextDocument):
    """A document that loads nothing, whatever it is asked for."""

    def loadResource(self, _kind: int, _name: QUrl | str) -> Any:
        return None


def message_document(theme: Theme, text: str, ink: QColor) -> MessageDocument:
    """The document of a message, not yet given a width."""
    return _document(theme, parse(text), ink)


def card_document(theme: Theme, text: str, ink: QColor) -> MessageDocument:
    """The document of a card: its first line strong, and all of it as it stands, for people named what is in it."""
    first, *lines = text.split("\n")
    blocks = [Block("line", (Span(first, bold=True),)), *(Block("line", (Span(line),)) for line in lines)]
    return _document(theme, blocks, ink)


def _document(theme: Theme, blocks: Sequence[Block], ink: QColor) -> MessageDocument:
    document = MessageDocument()
    document.setUndoRedoEnabled(False)
    document.setDocumentMargin(0)
    document.setDefaultFont(theme.font("body"))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    document.setDefaultTextOption(option)
    cursor = QTextCursor(document)
    cursor.beginEditBlock()
    step = _step(theme, blocks)
    for number, block in enumerate(blocks):
        shape = _shape(block, ink, step)
        if number:
            cursor.insertBlock(shape)
        else:
            cursor.setBlockFormat(shape)
        if block.kind == "item":
            cursor.insertText(f"{block.marker}\t", _manner(theme, Span(""), ink))
        for span in block.spans:
            # A line break inside a block, not a new block: code keeps one ground.
            manner = _manner(theme, span, ink)
            if block.kind == "code":
                manner.clearBackground()  # the block has one
            cursor.insertText(span.text.replace("\n", "\u2028"), manner)
    cursor.endEditBlock()
    return document


def _step(theme: Theme, blocks: Sequence[Block]) -> float:
    """How far a list level goes in: far enough for the widest marker, or what stands behind it would jump."""
    metrics = QFontMetricsF(theme.font("body"))
    widest = max((metrics.horizontalAdvance(block.marker) for block in blocks), default=0.0)
    return max(INDENT * theme.text_scale, widest + space(1.5))


def _shape(block: Block, ink: QColor, step: float) -> QTextBlockFormat:
    shape = QTextBlockFormat()
    proportional = QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
    shape.setLineHeight(LINE_HEIGHT_PERCENT, proportional)
    if block.kind == "item":
        shape.setLeftMargin(step * (block.level + 1))
        shape.setTextIndent(-step)
        shape.setTabPositions([QTextOption.Tab(step, QTextOption.TabType.LeftTab)])
    elif block.kind == "code":
        shape.setTopMargin(space(1))
        shape.setBottomMargin(space(1))
        shape.setBackground(_ground(ink))
    return shape


def _ground(ink: QColor) -> QColor:
    """Behind code: a breath of the ink."""
    ground = QColor(ink)
    ground.setAlphaF(0.07)
    return ground


def _manner(theme: Theme, span: Span, ink: QColor) -> QTextCharFormat:
    manner = QTextCharFormat()
    manner.setFont(theme.mono("small") if span.code else theme.font("body"))
    manner.setForeground(ink)
    if span.bold:
        manner.setFontWeight(QFont.Weight.Bold)
    if span.italic:
        manner.setFontItalic(True)
    if span.code:
        manner.setBackground(_ground(ink))
    if span.href is not None:
        manner.setAnchor(True)
        manner.setAnchorHref(span.href)
        manner.setForeground(theme.colour("link"))
        manner.setFontUnderline(True)
    return manner
