"""The two sides of the demo on a terminal: golden text at 80 and at 120 columns, and every sign there is."""

from dataclasses import replace
from datetime import UTC, date
from typing import get_args

import pytest
from coachline_core.client.values import ConnectionState, Summary
from coachline_core.domain.timeline import Item, ItemState
from demo.view import (
    TICKS,
    Said,
    Scale,
    Side,
    checked_line,
    connection_words,
    roster_lines,
    rule,
    said_lines,
    timeline_lines,
    two_sides,
)
from rich.text import Text

MAYA, BEN, CONVERSATION = b"m" * 16, b"b" * 16, b"c" * 16
NAMES = {MAYA: "Maya", BEN: "Ben"}
SCALE = Scale(UTC, date(2026, 2, 1))
MORNING = 1_769_931_000_000  # 2026-02-01T07:30:00Z
MINUTE = 60_000
DAY = 24 * 60 * MINUTE


def item(seq: int, author: bytes, text: str, at: int, state: ItemState = "read") -> Item:
    return Item(bytes([seq]) * 16, author, "text", text, state, seq=seq, at=at)


def side(me: bytes, *items: Item) -> Side:
    return Side(
        me=me,
        names=NAMES,
        role="trainer" if me == MAYA else "client",
        connection=ConnectionState("connected", synced=True),
        other=BEN if me == MAYA else MAYA,
        other_online=True,
        items=items,
    )


LEFT = replace(
    side(
        MAYA,
        item(1, BEN, "Shoes laid out. Slightly nervous, which is silly", MORNING - DAY),
        item(2, MAYA, "Not silly. It means you care about it.", MORNING - DAY + MINUTE, "read"),
        item(3, BEN, "Back at the door. 5.0 km. I did not stop once 🎉", MORNING),
        item(4, MAYA, "Ben!!", MORNING + MINUTE, "delivered"),
        item(5, MAYA, "How is the knee on the stairs at work today?", MORNING + 2 * MINUTE, "sent"),
    ),
    typing=True,
)
RIGHT = replace(
    side(
        BEN,
        replace(item(1, MAYA, "opened", MORNING - DAY), kind="system"),
        item(2, MAYA, "Not silly. It means you care about it.", MORNING - DAY + MINUTE),
        item(3, BEN, "Back at the door. 5.0 km. I did not stop once 🎉", MORNING, "delivered"),
        item(4, MAYA, "Ben!!", MORNING + MINUTE),
        replace(item(6, BEN, "In the tunnel", MORNING), state="queued", seq=None, at=None),
    ),
    unread=1,
    read=3,
    connection=ConnectionState("reconnecting", reason="unreachable", retry_in=1.2),
    other_online=None,
    composer="and this is longer than the place there is for it, by far, at eighty",
)

AT_80 = """\
Maya, trainer              ● connected │ Ben, client      ◌ reconnecting in 2 s
with Ben ● online                      │ with Maya                     1 unread
────────────────────────────────────── │ ──────────────────────────────────────
───────────── Yesterday ────────────── │ ───────────── Yesterday ──────────────
Ben: Shoes laid out. Slightly          │    the conversation begins · 07:30
nervous, which is silly          07:30 │ Maya: Not silly. It means you care
    Not silly. It means you care about │ about it.                        07:31
    it.                  07:31 ✓✓ read │ ─────────────── Today ────────────────
─────────────── Today ──────────────── │        Back at the door. 5.0 km. I did
Ben: Back at the door. 5.0 km. I       │        not stop once 🎉
did not stop once 🎉             07:30 │                     07:30 ✓✓ delivered
             Ben!!  07:31 ✓✓ delivered │ ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 1 new ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌
      How is the knee on the stairs at │ Maya: Ben!!                      07:31
      work today?         07:32 ✓ sent │                In the tunnel  ◌ queued
Ben is typing …                        │
›                                      │ › …there is for it, by far, at eighty▏
"""

AT_120 = """\
Maya, trainer                                  ● connected │ Ben, client                          ◌ reconnecting in 2 s
with Ben ● online                                          │ with Maya                                         1 unread
────────────────────────────────────────────────────────── │ ──────────────────────────────────────────────────────────
─────────────────────── Yesterday ──────────────────────── │ ─────────────────────── Yesterday ────────────────────────
Ben: Shoes laid out. Slightly nervous, which is            │              the conversation begins · 07:30
silly                                                07:30 │ Maya: Not silly. It means you care about it.         07:31
     Not silly. It means you care about it.  07:31 ✓✓ read │ ───────────────────────── Today ──────────────────────────
───────────────────────── Today ────────────────────────── │           Back at the door. 5.0 km. I did not stop once 🎉
Ben: Back at the door. 5.0 km. I did not stop once         │                                         07:30 ✓✓ delivered
🎉                                                   07:30 │ ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 1 new ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌
                                 Ben!!  07:31 ✓✓ delivered │ Maya: Ben!!                                          07:31
How is the knee on the stairs at work today?  07:32 ✓ sent │                                    In the tunnel  ◌ queued
Ben is typing …                                            │
›                                                          │ › …nger than the place there is for it, by far, at eighty▏
"""


def plain(lines: list[Text]) -> str:
    return "".join(line.plain.rstrip() + "\n" for line in lines)


@pytest.mark.parametrize(("width", "golden"), [(80, AT_80), (120, AT_120)])
def test_both_sides_stand_beside_each_other(width: int, golden: str) -> None:
    assert plain(two_sides(LEFT, RIGHT, scale=SCALE, width=width, rows=20)) == golden


@pytest.mark.parametrize("width", range(80, 121))
def test_no_line_is_wider_than_asked_for(width: int) -> None:
    frame = [rule("A stage direction", width), *two_sides(LEFT, RIGHT, scale=SCALE, width=width, rows=20)]
    assert max(line.cell_len for line in frame) <= width


def test_a_long_conversation_shows_its_end() -> None:
    items = [item(n, BEN, f"number {n}", MORNING + n * MINUTE) for n in range(1, 50)]
    shown = plain(two_sides(side(MAYA, *items), RIGHT, scale=SCALE, width=80, rows=5))
    assert "number 49" in shown
    assert "number 44" not in shown


def test_what_does_not_fit_whole_is_left_out_but_never_the_day() -> None:
    old = item(1, BEN, "This was yesterday", MORNING - DAY)
    long = item(2, BEN, "This one is long enough to be wrapped into two lines", MORNING)
    last = item(3, BEN, "Good night", MORNING)
    whole = plain(timeline_lines(side(MAYA, old, long, last), SCALE, 40, 6)).splitlines()
    assert whole[0] == "────────────── Yesterday ───────────────"
    assert len(whole) == 6
    shown = side(MAYA, old, long, last)
    assert plain(timeline_lines(shown, SCALE, 40, 5)).splitlines() == whole[2:]
    assert plain(timeline_lines(shown, SCALE, 40, 3)).splitlines() == [whole[2], whole[5]]


def test_of_a_message_taller_than_the_screen_the_end_is_shown() -> None:
    lines = plain(timeline_lines(side(MAYA, item(1, BEN, "word " * 60, MORNING)), SCALE, 40, 4)).splitlines()
    assert len(lines) == 4
    assert lines[-1].endswith("07:30")


@pytest.mark.parametrize("width", [80, 120])
def test_a_checked_claim_says_whether_it_holds_and_ends_with_the_figures(width: int) -> None:
    for holds, sign in ((True, "✓"), (False, "✗")):
        line = checked_line("receipts are honest", holds, "6 of 6", width)
        assert line.cell_len == width
        assert line.plain.startswith(f"{sign} receipts are honest ···")
        assert line.plain.endswith("··· 6 of 6")


def test_every_state_has_words_of_its_own() -> None:
    assert set(TICKS) == set(get_args(ItemState))
    words = [words for words, _ in TICKS.values()]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("state", get_args(ItemState))
def test_a_message_of_ones_own_says_how_far_it_has_come(state: ItemState) -> None:
    shown = side(MAYA, item(1, MAYA, "Hello", MORNING, state))
    assert TICKS[state][0] in plain(timeline_lines(shown, SCALE, 40, 20))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ConnectionState("connected", synced=True), "● connected"),
        (ConnectionState("connected"), "◐ catching up"),
        (ConnectionState("connecting"), "◐ connecting"),
        (ConnectionState("reconnecting", retry_in=0.2), "◌ reconnecting in 1 s"),
        (ConnectionState("reconnecting", retry_in=2.0), "◌ reconnecting in 2 s"),
        (ConnectionState("reconnecting"), "◌ reconnecting"),
        (ConnectionState("disconnected", reason="signed_out"), "○ offline"),
    ],
)
def test_the_connection_is_told_in_words(state: ConnectionState, words: str) -> None:
    assert connection_words(state).plain == words


def test_a_device_that_is_switched_off_is_called_that_and_shows_nothing() -> None:
    off = replace(RIGHT, on=False, items=(), unread=0, composer="")
    shown = [
        line.partition("│")[2].strip()
        for line in plain(two_sides(LEFT, off, scale=SCALE, width=80, rows=9)).splitlines()
    ]
    assert shown[0].split("  ")[0] == "Ben, client"
    assert shown[0].endswith("○ switched off")
    assert set(shown[3:]) == {"", "›"}


def test_a_message_too_wide_for_its_time_puts_it_below() -> None:
    shown = side(MAYA, item(1, MAYA, "x" * 35, MORNING, "delivered"), item(2, BEN, "y" * 26, MORNING))
    assert plain(timeline_lines(shown, SCALE, 40, 20)) == (
        "──────────────── Today ─────────────────\n"
        f"     {'x' * 35}\n"
        "                      07:30 ✓✓ delivered\n"
        f"Ben: {'y' * 26}    07:30\n"
    )


def test_a_conversation_that_is_not_there_yet_is_called_that() -> None:
    assert plain(timeline_lines(replace(LEFT, items=None), SCALE, 40, 20)) == "no conversation yet\n"


def test_the_trainer_sees_what_is_new_from_whom() -> None:
    last = item(9, BEN, "In bed. 21:58. I'm told this is what adults do", MORNING - DAY)
    talked = Summary(
        conversation=CONVERSATION,
        kind="direct",
        other=BEN,
        title=None,
        last=last,
        preview=last.text,
        unread=2,
        active_at=MORNING - DAY,
        closed=False,
        draft="",
    )
    silent = replace(talked, last=None, unread=0)
    assert plain(roster_lines([talked, silent], NAMES, SCALE, 38)) == (
        "Ben  2 new                31 Jan 07:30\nBen: In bed. 21:58. I'm told this is …\n\nBen\nnothing said yet\n\n"
    )


def test_what_was_said_ends_with_the_latest() -> None:
    said = [Said(MORNING - DAY, "Ben", "Maya", "Shoes laid out"), Said(MORNING, "Maya", "Ben", "Good luck")]
    today = "─────────── Today ────────────\nMaya to Ben              07:30\nGood luck\n"
    yesterday = "───────── Yesterday ──────────\nBen to Maya              07:30\nShoes laid out\n"
    assert plain(said_lines(said, SCALE, 30, 6)) == yesterday + today
    assert plain(said_lines(said, SCALE, 30, 5)) == today + "\n\n"
