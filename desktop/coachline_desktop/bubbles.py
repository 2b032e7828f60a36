"""A timeline as rows of the window: grouped bubbles, day lines, the line above what is new. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from coachline_core.client import Record
from coachline_core.domain.timeline import Item
from coachline_protocol.rows import Id, Seq

from coachline_desktop import cards, explain, words
from coachline_desktop.state import Bubble, DayLine, NewLine, TimelineEntry
from coachline_desktop.words import say

GROUP_MS: Final = 5 * 60 * 1000
"""Messages of one person within this time of each other stand together."""
NEW_LINE: Final = NewLine(b"new")

SYSTEM: Final = {
    "opened": "Conversation started",
    "joined": "{name} joined",
    "left": "{name} left",
    "closed": "The coaching ended, and with it this conversation",
    "reopened": "Training together again: the conversation goes on",
}
"""Sentences for the closed set of words a system message carries."""

Name = Callable[[Id], str]


def entries(
    items: Sequence[Item],
    *,
    me: Id,
    name: Name,
    new_after: Seq | None,
    now_ms: int,
    zone: ZoneInfo,
    records: Sequence[Record] = (),
    other: Id | None = None,
    hides_records: bool = False,
    made: cards.Made | None = None,
) -> tuple[TimelineEntry, ...]:
    """The rows of a timeline, in its order. `new_after`: what I had read when I opened it; None: draw no line.
    `records` and what follows are for the cards, see `cards.Reader`.

    A day line stands before the first message of each day; clocks that went back draw no second one.
    """
    reader = cards.Reader(me, name, records, other, hides_records, made)
    today = words.local(now_ms, zone).date()
    rows: list[TimelineEntry] = []
    latest: date | None = None
    for item in items:
        at = words.local(item.at if item.at is not None else now_ms, zone).date()
        if latest is None or at > latest:
            latest = at
            rows.append(DayLine(b"day " + at.isoformat().encode(), at, words.day(at, today)))
        if new_after is not None and _is_new(item, me, new_after):
            rows.append(NEW_LINE)
            new_after = None
        rows.append(_bubble(item, reader, zone))
    return tuple(_grouped(rows))


def system_words(text: str, about: str) -> str:
    """What a system message says; `about` is a name."""
    return say(SYSTEM[text], name=about) if text in SYSTEM else text


def _is_new(item: Item, me: Id, read: Seq) -> bool:
    return item.seq is not None and item.seq > read and item.author != me and item.kind not in ("system", "progress")


def _bubble(item: Item, reader: cards.Reader, zone: ZoneInfo) -> Bubble:
    mine, system, name = item.author == reader.me, item.kind == "system", reader.name
    told = cards.tell(reader, item) if item.kind in cards.KINDS else None
    text = item.text if told is None else told.text
    return Bubble(
        key=item.id,
        seq=item.seq,
        mine=mine,
        author=name(item.author),
        text=system_words(item.text, name(item.about or item.author)) if system else text,
        at_ms=item.at or 0,
        time=words.clock(words.local(item.at, zone)) if item.at is not None else "",
        tick=item.state if mine and not system else None,
        failure=explain.refusal(item.refusal) if item.refusal is not None else None,
        first_in_group=True,
        last_in_group=True,
        system=system,
        card=None if told is None else told.card,
    )


def _grouped(rows: Iterable[TimelineEntry]) -> Iterable[TimelineEntry]:
    """The rows, with each bubble knowing whether its neighbours belong to it."""
    before: TimelineEntry | None = None
    for row in rows:
        if isinstance(before, Bubble) and isinstance(row, Bubble) and _together(before, row):
            before, row = replace(before, last_in_group=False), replace(row, first_in_group=False)
        if before is not None:
            yield before
        before = row
    if before is not None:
        yield before


def _together(one: Bubble, next: Bubble) -> bool:
    if one.system or next.system or one.mine != next.mine or one.author != next.author:
        return False
    return not one.at_ms or not next.at_ms or abs(next.at_ms - one.at_ms) <= GROUP_MS
