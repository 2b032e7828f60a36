"""The safe Markdown subset: bold, italic, code, lists, links. Text in, plain values out.

Nothing here can load, run or fetch anything, and every text has a reading: what is not understood stands as it is.
Time is linear in the length of the text: each marker is looked at once, and every repetition below is bounded.
"""

import re
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["line", "item", "code"]

LABEL_CHARACTERS = 300
ADDRESS_CHARACTERS = 2_000
"""Of a link; a longer one stays plain text."""
DEEPEST = 3
"""Levels of a list that are indented."""


@dataclass(frozen=True, slots=True)
class Span:
    """Text in one manner. `href`: where a click leads; http, https or mailto, nothing else."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A line, an item of a list (`marker` is what stands before it, `level` from 0), or lines of code."""

    kind: Kind
    spans: tuple[Span, ...]
    marker: str = ""
    level: int = 0

    @property
    def text(self) -> str:
        """Without its manners."""
        return "".join(span.text for span in self.spans)


def plain(text: str) -> str:
    """What a text says, in one line without its manners."""
    return " ".join(f"{block.marker} {block.text}".strip() for block in parse(text))


_ITEM = re.compile(r"(?P<indent> {0,12})(?P<marker>[-*•]|\d{1,3}[.)]) (?P<rest>.*)")
_FENCE = "```"
_TOKEN = re.compile(
    rf"\[(?P<label>[^\[\]\n]{{1,{LABEL_CHARACTERS}}})\]\((?P<target>(?:https?://|mailto:)[^\s()<>]{{1,{ADDRESS_CHARACTERS}}})\)"
    rf"|(?<![\w/])(?P<address>https?://[^\s<>\"]{{1,{ADDRESS_CHARACTERS}}})"
    r"|(?<![\w.+-])(?P<mail>[A-Za-z0-9.+_-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})"
    r"|(?P<ticks>`+)"
    r"|(?P<mark>\*\*|\*|_)",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?'\"…*_"


def parse(text: str) -> tuple[Block, ...]:
    """The blocks of a text, in order; never raises."""
    return tuple(_blocks(text.split("\n")))


def _blocks(lines: list[str]) -> Iterator[Block]:
    last_fence = max((i for i, line in enumerate(lines) if line.startswith(_FENCE)), default=-1)
    number = 0
    while number < len(lines):
        line = lines[number]
        if line.startswith(_FENCE) and number < last_fence:
            stop = next(i for i in range(number + 1, len(lines)) if lines[i].startswith(_FENCE))
            yield Block("code", (Span("\n".join(lines[number + 1 : stop]), code=True),))
            number = stop + 1
            continue
        if found := _ITEM.fullmatch(line):
            marker = found["marker"] if found["marker"][0].isdigit() else "•"
            level = min(len(found["indent"]) // 2, DEEPEST - 1)
            yield Block("item", spans(found["rest"]), marker, level)
        else:
            yield Block("line", spans(line))
        number += 1


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a line between two markers, or a marker that may yet turn out to be plain text."""

    span: Span
    mark: str = ""
    opens: bool = False
    closes: bool = False


def spans(line: str) -> tuple[Span, ...]:
    """The manners of one line; the texts of plain spans are those of the line, without the markers understood."""
    return tuple(_merged(_manners(list(_pieces(line)))))


def _pieces(line: str) -> Iterator[_Piece]:
    tokens = list(_TOKEN.finditer(line))
    closing: dict[int, deque[int]] = defaultdict(deque)
    for token in tokens:
        if token["ticks"]:
            closing[len(token["ticks"])].append(token.start())
    at = 0
    for token in tokens:
        start, stop = token.span()
        if start < at:  # inside code that has been taken already
            continue
        if start > at:
            yield _Piece(Span(line[at:start]))
        at = stop
        if ticks := token["ticks"]:
            ends = closing[len(ticks)]
            while ends and ends[0] <= start:
                ends.popleft()
            if ends:
                at = ends[0] + len(ticks)
                yield _Piece(Span(line[stop : ends[0]], code=True))
            else:
                yield _Piece(Span(ticks))
        elif mark := token["mark"]:
            yield _marker(line, start, stop, mark)
        else:
            span, at = _link(token)
            yield _Piece(span)
    if at < len(line):
        yield _Piece(Span(line[at:]))


def _marker(line: str, start: int, stop: int, mark: str) -> _Piece:
    """Whether a marker may open or close: it must touch a word on that side, and inside one (3*8, a_b) it is text."""
    before, after = line[start - 1 : start], line[stop : stop + 1]
    opens, closes = bool(after.strip()), bool(before.strip())
    if mark != "**":
        opens, closes = opens and not before.isalnum(), closes and not after.isalnum()
    return _Piece(Span(mark), mark, opens, closes)


def _link(token: re.Match[str]) -> tuple[Span, int]:
    """The link of a token, and where the text goes on."""
    if label := token["label"]:
        return Span(label, href=token["target"]), token.end()
    shown = token["address"] or token["mail"]
    kept = shown.rstrip(_TRAILING)
    while kept.endswith(")") and kept.count("(") < kept.count(")"):
        kept = kept[:-1].rstrip(_TRAILING)
    if token["mail"]:
        return Span(kept, href=f"mailto:{kept}"), token.start() + len(kept)
    is_address = len(kept) > len("https://")
    return Span(kept, href=kept if is_address else None), token.start() + len(kept)


def _manners(pieces: list[_Piece]) -> Iterator[Span]:
    """Pair the markers of each sort with the next of its sort; what finds no partner is text."""
    partner: dict[int, int] = {}
    waiting: dict[str, int] = {}
    for number, piece in enumerate(pieces):
        mark = piece.mark
        if mark and piece.closes and mark in waiting and number > waiting[mark] + 1:
            partner[waiting.pop(mark)] = number
        elif mark and piece.opens and mark not in waiting:
            waiting[mark] = number
    closers = set(partner.values())
    bold, italics = False, 0
    for number, piece in enumerate(pieces):
        if number in partner or number in closers:
            opening = number in partner
            if piece.mark == "**":
                bold = opening
            else:
                italics += 1 if opening else -1
        else:
            yield piece.span if piece.span.code else replace(piece.span, bold=bold, italic=italics > 0)


def _merged(found: Iterator[Span]) -> Iterator[Span]:
    """Neighbours in the same manner as one, without empty ones."""
    manner: Span | None = None
    texts: list[str] = []
    for span in found:
        here = replace(span, text="")
        if here != manner or span.href:
            if manner is not None and texts:
                yield replace(manner, text="".join(texts))
            manner, texts = here, []
        if span.text:
            texts.append(span.text)
    if manner is not None and texts:
        yield replace(manner, text="".join(texts))


def shortened(address: str) -> str:
    """An address for a menu."""
    return address if len(address) <= 48 else address[:47] + "…"
