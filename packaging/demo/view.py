"""The two sides on a terminal: plain values in, lines of at most the asked-for width out. Nothing here prints.

Every state is told by a sign and a word; colour only repeats it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import groupby, zip_longest
from typing import NamedTuple

from coachline_core.client.values import ConnectionState, Summary
from coachline_core.domain.timeline import Item, ItemState
from coachline_protocol.rows import Id, Seq
from rich.console import Console
from rich.text import Text

NARROWEST, WIDEST = 80, 120
GAP = " │ "
CARET = "▏"

TICKS: Mapping[ItemState, tuple[str, str]] = {
    "queued": ("◌ queued", "yellow"),
    "sending": ("… sending", "yellow"),
    "sent": ("✓ sent", "dim"),
    "delivered": ("✓✓ delivered", "dim"),
    "read": ("✓✓ read", "bold cyan"),
    "failed": ("✗ not sent", "bold red"),
}
"""What stands beside a message of one's own: words, and the style they are shown in."""

SYSTEM_WORDS: Mapping[str, str] = {"opened": "the conversation begins", "joined": "joined", "left": "left"}

GOAL_WORDS: Mapping[str, str] = {
    "proposed": "proposes a goal",
    "assigned": "sets a goal",
    "countered": "proposes something else",
    "accepted": "accepts a goal",
    "declined": "declines a goal",
    "changed": "changes a goal",
    "paused": "lets a goal rest",
    "resumed": "goes on with a goal",
    "done": "is done with a goal",
    "missed": "gives a goal up as missed",
    "cancelled": "takes a goal back",
}
"""What a card of a goal says after a name."""

_WRAPPER = Console(width=WIDEST, no_color=True)  # rich wraps by a console's options; it prints nothing


@dataclass(frozen=True, slots=True)
class Scale:
    """Where and when it is looked at."""

    zone: tzinfo
    today: date

    def clock(self, ms: int) -> str:
        """Time of day, 24 hours."""
        return f"{self._local(ms):%H:%M}"

    def day(self, ms: int) -> date:
        """The day a time falls on, here."""
        return self._local(ms).date()

    def day_name(self, day: date) -> str:
        """A day as people call it."""
        near = {self.today: "Today", self.today - timedelta(days=1): "Yesterday"}
        return near.get(day) or f"{day:%A} {day.day} {day:%B}"

    def _local(self, ms: int) -> datetime:
        return datetime.fromtimestamp(ms / 1000, self.zone)


@dataclass(frozen=True, slots=True)
class Side:
    """What one person has on the screen: a conversation of two, and what stands in the composer."""

    me: Id
    names: Mapping[Id, str]
    role: str
    connection: ConnectionState
    other: Id
    other_online: bool | None
    """None: not known."""
    items: tuple[Item, ...] | None
    """The conversation as far as it is loaded; None: there is none yet."""
    unread: int = 0
    read: Seq = 0
    """How far it was seen."""
    typing: bool = False
    """The other one is typing."""
    composer: str = ""
    on: bool = True
    """The device is switched on."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the month, for the list beside the trainer's conversations."""

    at: int
    who: str
    to: str
    text: str


def column_width(width: int) -> int:
    """Cells of one of two columns."""
    return (width - len(GAP)) // 2


def rule(title: str, width: int) -> Text:
    """A stage direction between rules."""
    line = Text("━━ ", style="dim")
    line.append(title, style="bold not dim")
    line.append(" ")
    line.append("━" * max(0, width - line.cell_len))
    return _cut(line, width)


def two_sides(left: Side, right: Side, *, scale: Scale, width: int, rows: int) -> list[Text]:
    """Both sides beside each other, each showing the end of its conversation in at most `rows` lines.

    What is below the heads stands at the same height on both sides, so that the eye can cross over.
    """
    size = column_width(width)
    bodies = [timeline_lines(side, scale, size, rows) for side in (left, right)]
    tall = max(len(body) for body in bodies)
    columns = []
    for side, body in zip((left, right), bodies, strict=True):
        padding = [Text()] * (tall - len(body))
        columns.append([*_head(side, size), *padding, *body, *_foot(side, size)])
    return beside(columns[0], columns[1], width)


def checked_line(claim: str, holds: bool, figures: str, width: int) -> Text:
    """A line of the table at the end: whether it holds, what, and the figures at the right."""
    line = Text("✓ " if holds else "✗ ", style="bold green" if holds else "bold red")
    line.append(f"{claim} ", style="not bold default")
    end = Text(figures, style="bold")
    line.append("·" * (width - line.cell_len - end.cell_len - 1), style="not bold dim")
    _push_right(line, end, width)
    return line


def beside(left: Sequence[Text], right: Sequence[Text], width: int) -> list[Text]:
    """Two columns as one."""
    size = column_width(width)
    lines = []
    for one, other in zip_longest(left, right, fillvalue=Text()):
        line = _cut(one, size)
        line.pad_right(size - line.cell_len)
        line.append(GAP, style="dim")
        line.append_text(_cut(other, size))
        lines.append(line)
    return lines


def connection_words(state: ConnectionState) -> Text:
    """How things stand with the server, in a few words."""
    match state.phase:
        case "connected" if state.synced:
            return Text("● connected", style="green")
        case "connected":
            return Text("◐ catching up", style="yellow")
        case "connecting":
            return Text("◐ connecting", style="yellow")
        case "reconnecting" if state.retry_in:
            # Rounded up: "in 0 s" is what nobody wants to read.
            return Text(f"◌ reconnecting in {-int(-state.retry_in // 1)} s", style="yellow")
        case "reconnecting":
            return Text("◌ reconnecting", style="yellow")
        case _:
            return Text("○ offline", style="red")


def timeline_lines(side: Side, scale: Scale, width: int, rows: int) -> list[Text]:
    """The end of a conversation, at most `rows` lines: day lines, where the new begins, who, what, when, how far."""
    if side.items is None:
        return [Text("no conversation yet", style="dim")]
    first_new = next((item.id for item in side.items if side.unread and _is_new(side, item)), None)
    blocks = []
    for item in side.items:
        lines = _message(side, item, scale, width)
        if item.id == first_new:
            lines.insert(0, _divider(f"{side.unread} new", "╌", width, "bold"))
        blocks.append(Block(scale.today if item.at is None else scale.day(item.at), lines))
    return _end_of(blocks, scale, width, rows)


def roster_lines(conversations: Sequence[Summary], names: Mapping[Id, str], scale: Scale, width: int) -> list[Text]:
    """The trainer's conversations, newest first: who, how many unread, and how the last message begins."""
    lines = []
    for summary in conversations:
        line = Text(names.get(summary.other or b"", "…"), style="bold")
        if summary.unread:
            line.append(f"  {summary.unread} new", style="bold cyan")
        if summary.last is not None and summary.last.kind != "system":
            day, at = scale.day(summary.active_at), scale.clock(summary.active_at)
            _push_right(line, Text(f"{day.day} {day:%b} {at}", style="dim"), width)
            name = names.get(summary.last.author, "…")
            begin = Text(card_words(summary.last, name) or f"{name}: {summary.preview}", style="dim")
            lines += [line, _cut(begin, width), Text()]
        else:
            lines += [line, Text("nothing said yet", style="dim"), Text()]
    return lines


def card_words(item: Item, name: str) -> str:
    """What a card says, `name` being its author; empty for what is no card."""
    if item.kind == "goal":
        return f"{name} {GOAL_WORDS[item.text]}"
    return f"{name} enters progress" if item.kind == "progress" else ""


def said_lines(said: Sequence[Said], scale: Scale, width: int, rows: int) -> list[Text]:
    """The last things that were said, whoever said them to whom, in exactly `rows` lines."""
    blocks = []
    for each in said:
        head = Text(f"{each.who} to {each.to}", style="bold")
        _push_right(head, Text(scale.clock(each.at), style="dim"), width)
        blocks.append(Block(scale.day(each.at), [head, *_wrapped(each.text, width)]))
    lines = _end_of(blocks, scale, width, rows)
    return [*lines, *[Text()] * (rows - len(lines))]


# -- parts -------------------------------------------------------------------------------------------------


class Block(NamedTuple):
    """Lines that are shown together or not at all, and the day they belong to."""

    day: date
    lines: list[Text]


def _end_of(blocks: Sequence[Block], scale: Scale, width: int, rows: int) -> list[Text]:
    """As many of the last blocks as fit, under a line for each day; of a block too tall for that, its end."""
    shown: list[Block] = []
    room = rows
    for block in reversed(blocks):
        needs = len(block.lines) + (not shown or shown[0].day != block.day)
        if needs > room:
            if not shown:
                shown = [Block(block.day, block.lines[1 - rows :])]
            break
        shown.insert(0, block)
        room -= needs
    lines = []
    for day, some in groupby(shown, key=lambda block: block.day):
        lines.append(_divider(scale.day_name(day), "─", width, "dim"))
        lines += [line for block in some for line in block.lines]
    return lines


def _head(side: Side, width: int) -> Iterator[Text]:
    first = Text(f"{side.names[side.me]}, {side.role}", style="bold")
    words = connection_words(side.connection) if side.on else Text("○ switched off", style="red")
    _push_right(first, words, width)
    yield first
    online = {True: "● online", False: "○ offline", None: ""}[side.other_online]
    second = Text(f"with {side.names.get(side.other, '…')} ", style="dim")
    second.append(online)
    if side.unread:
        _push_right(second, Text(f"{side.unread} unread", style="bold cyan not dim"), width)
    yield second
    yield Text("─" * width, style="dim")


def _foot(side: Side, width: int) -> Iterator[Text]:
    typing = f"{side.names.get(side.other, '…')} is typing …" if side.typing else ""
    yield Text(typing, style="italic dim")
    composer = Text("› ", style="dim")
    room = width - 3  # the sign, its blank, the caret
    written = Text(side.composer, style="not dim")
    while written.cell_len > room:
        written = Text("…", style="not dim").append_text(written[2:])
    if written:
        composer.append_text(written.append(CARET))
    yield composer


def _is_new(side: Side, item: Item) -> bool:
    return (
        item.author != side.me
        and item.kind not in ("system", "progress")
        and item.seq is not None
        and item.seq > side.read
    )


def _message(side: Side, item: Item, scale: Scale, width: int) -> list[Text]:
    """One's own on the right with its state, everybody else's on the left with a name."""
    when = Text(scale.clock(item.at) if item.at is not None else "", style="dim")
    if item.kind == "system":
        return [_centred(Text(f"{SYSTEM_WORDS.get(item.text, item.text)} · {when}", style="dim"), width)]
    if card := card_words(item, side.names.get(item.author, "…")):
        return [_centred(Text(f"◇ {card} · {when}", style="dim"), width)]
    if item.author == side.me:
        words, style = TICKS[item.state]
        when.append(f" {words}" if when else words, style=style if style == "dim" else f"not dim {style}")
        return _own(item.text, when, width)
    name = side.names.get(item.author, "…")
    lines = _wrapped(f"{name}: {item.text}", width - width // 8)
    lines[0].stylize("bold", 0, len(name) + 1)
    return _with_end(lines, when, width)


def _own(text: str, when: Text, width: int) -> list[Text]:
    lines = _wrapped(text, width - width // 8)
    widest = max(line.cell_len for line in lines)
    end = widest + 2 + when.cell_len
    if len(lines) > 1 or end > width:
        block = widest if lines[-1].cell_len + 2 + when.cell_len > widest else 0
        lines = [_indented(line, width - widest) for line in lines]
        if block:
            return [*lines, _indented(when, width - when.cell_len)]
        _push_right(lines[-1], when, width)
        return lines
    lines[0].append("  ")
    lines[0].append_text(when)
    return [_indented(lines[0], width - end)]


def _with_end(lines: list[Text], end: Text, width: int) -> list[Text]:
    """Put `end` at the right of the last line, or below it where there is no room."""
    if lines[-1].cell_len + 2 + end.cell_len > width:
        lines.append(Text())
    _push_right(lines[-1], end, width)
    return lines


def _wrapped(text: str, width: int) -> list[Text]:
    lines = list(Text(text).wrap(_WRAPPER, width)) or [Text()]
    for line in lines:
        line.rstrip()
    return lines


def _indented(line: Text, by: int) -> Text:
    return Text(" " * by).append_text(line)


def _centred(line: Text, width: int) -> Text:
    line = _cut(line, width)
    return _indented(line, (width - line.cell_len) // 2)


def _divider(words: str, stroke: str, width: int, style: str) -> Text:
    left = max(0, width - len(words) - 2) // 2
    right = max(0, width - len(words) - 2 - left)
    return Text(f"{stroke * left} {words} {stroke * right}", style=style)


def _push_right(line: Text, end: Text, width: int) -> None:
    """Append `end` so that it ends at `width`; what it does not leave room for is cut off the line."""
    line.truncate(max(0, width - end.cell_len - 1), overflow="ellipsis")
    line.pad_right(width - line.cell_len - end.cell_len)
    line.append_text(end)


def _cut(line: Text, width: int) -> Text:
    cut = line.copy()
    cut.truncate(width, overflow="ellipsis")
    return cut
