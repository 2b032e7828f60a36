"""The month of the demo as values of the window: what Maya, who coaches, and Ben, her client, have before them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from coachline_core.client import Record
from coachline_core.domain.text import preview
from coachline_core.domain.timeline import Item, ItemState
from coachline_desktop import bubbles, goal_words, words
from coachline_desktop.present import hue, initials
from coachline_desktop.state import ConversationRow, ConversationState, Me, Presence
from demo.month import CLIENTS, TRAINER, Moment, the_month

ZONE = ZoneInfo("Pacific/Auckland")
NOW = datetime(2026, 11, 18, 19, 42, tzinfo=ZONE)
"""Pictures are of one moment, so that two runs give the same."""
NOW_MS = round(NOW.timestamp() * 1000)
NAMES = {
    TRAINER: "Maya Lindqvist",
    "Ben": "Ben Carter",
    "Aroha": "Aroha Ngata",
    "Tom": "Tom Okafor",
    "Priya": "Priya Raman",
    "Jonas": "Jonas Weber",
}
PRESENCES: dict[str, tuple[Presence, str]] = {
    "Ben": ("online", "online"),
    "Aroha": ("offline", "last seen today at 17:05"),
    "Tom": ("unknown", ""),
    "Priya": ("offline", "last seen yesterday at 21:10"),
    "Jonas": ("online", "online"),
    TRAINER: ("online", "online"),
}


def person_id(name: str) -> bytes:
    """Sixteen bytes that are always this person's."""
    return blake2b(name.encode(), digest_size=16).digest()


def talk_id(client: str) -> bytes:
    """Sixteen bytes that are always this conversation's."""
    return b"talk" + person_id(client)[:12]


def name_of(person: bytes) -> str:
    """The full name of whoever has this id."""
    return next(full for short, full in NAMES.items() if person_id(short) == person)


def me(name: str) -> Me:
    """Somebody, signed in."""
    return Me(
        id=person_id(name),
        name=NAMES[name],
        handle=f"{name.lower()}@example.org",
        initials=initials(NAMES[name]),
        hue=hue(person_id(name)),
        zone="Pacific/Auckland",
        trainer=name == TRAINER,
        client=name != TRAINER,
        admin=False,
        receipts=True,
    )


def items(client: str) -> list[Item]:
    """What was said with a client, the last day of the month being today."""
    said = [moment for moment in the_month() if moment.client == client and moment.text]
    last = max(moment.day for moment in the_month())
    first: date = NOW.date() - timedelta(days=last - 1)
    found = []
    for seq, moment in enumerate(said, start=1):
        state: ItemState = "read" if seq < len(said) - 1 else "delivered"
        found.append(_item(moment, seq, state, moment.when(first, ZONE)))
    return found


def _item(moment: Moment, seq: int, state: ItemState, at: int) -> Item:
    key = blake2b(f"{moment.client}{seq}".encode(), digest_size=16).digest()
    return Item(id=key, author=person_id(moment.who), kind="text", text=moment.text, state=state, seq=seq, at=at)


def other_of(viewer: str, client: str) -> str:
    """With whom the viewer talks."""
    return client if viewer == TRAINER else TRAINER


def conversation(
    viewer: str,
    client: str,
    said: Sequence[Item],
    *,
    new_after: int | None = None,
    typing: bool = False,
    records: Sequence[Record] = (),
) -> ConversationState:
    """The conversation with a client, open before the viewer."""
    other = other_of(viewer, client)
    presence, subtitle = PRESENCES[other]
    return ConversationState(
        id=talk_id(client),
        title=NAMES[other],
        initials=initials(NAMES[other]),
        hue=hue(person_id(other)),
        presence=presence,
        subtitle="typing…" if typing else subtitle,
        typing=typing,
        entries=bubbles.entries(
            said,
            me=person_id(viewer),
            name=name_of,
            new_after=new_after,
            now_ms=NOW_MS,
            zone=ZONE,
            records=records,
            other=person_id(other),
        ),
        unread=0,
        can_write=True,
        draft="",
        more_above=False,
        last_seq=len(said),
        other=person_id(other),
        agreed=goal_words.agreement(NAMES[other], mine=viewer != TRAINER),
    )


def listed(viewer: str, client: str, said: Sequence[Item]) -> ConversationRow:
    """The line of the list for a conversation."""
    other = other_of(viewer, client)
    last = said[-1] if said else None
    mine = last is not None and last.author == person_id(viewer)
    return ConversationRow(
        id=talk_id(client),
        title=NAMES[other],
        initials=initials(NAMES[other]),
        hue=hue(person_id(other)),
        presence=PRESENCES[other][0],
        preview=preview(last.text) if last else "",
        preview_mine=mine,
        preview_tick=last.state if last and mine else None,
        when_ms=(last.at or 0) if last else 0,
        when=words.when(last.at or NOW_MS, NOW_MS, ZONE) if last else "",
    )


def everybody() -> tuple[ConversationRow, ...]:
    """All conversations of the trainer, latest first; one of each sort of line."""
    rows = [listed(TRAINER, client, items(client)) for client in CLIENTS]
    rows[1] = replace(rows[1], unread=3)
    rows[2] = replace(rows[2], draft=True, preview="Saturday at nine works, bring", preview_tick=None)
    return tuple(sorted(rows, key=lambda row: -row.when_ms))
