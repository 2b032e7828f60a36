"""What a session knows, as the window says it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
import pytest
from coachline_core.client import ConnectionState, Summary
from coachline_core.domain.timeline import Item, Timeline
from coachline_desktop import bubbles, explain, present, words
from coachline_desktop.diff import apply, diff
from coachline_desktop.present import Known, Opened
from coachline_desktop.state import Bubble, DayLine, NewLine, TimelineEntry
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Consent, Cursor, Id, Invitation, Message, Profile, Relationship
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale

MAYA, TOM, ROOM = b"m" * 16, b"t" * 16, b"r" * 16
VIENNA, AUCKLAND = ZoneInfo("Europe/Vienna"), ZoneInfo("Pacific/Auckland")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def ms(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return round(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp() * 1000)


NOON = ms(2026, 5, 13, 12)
"""A Wednesday; 14:00 in Vienna."""
CONNECTED = ConnectionState("connected", synced=True)


@pytest.fixture(autouse=True)
def british() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    yield
    QLocale.setDefault(before)


def known(**more: Any) -> Known:
    person = ops.Person(id=TOM, handle="tom@x", display_name="Tom Ash", time_zone="Europe/Vienna", roles=("client",))
    profile = Profile(rev=1, handle="maya@x", display_name="Maya", time_zone="Europe/Vienna", roles=("trainer",))
    start = Known(NOON, VIENNA, CONNECTED, person=MAYA, profile=profile, people={TOM: person})
    return replace(start, **more)


def summary(**more: Any) -> Summary:
    start = Summary(
        conversation=ROOM,
        kind="direct",
        other=TOM,
        title=None,
        last=None,
        preview="",
        unread=0,
        active_at=NOON,
        closed=False,
        draft="",
    )
    return replace(start, **more)


def item(seq: int | None, author: Id = TOM, at: int | None = NOON, **more: Any) -> Item:
    id = (seq or 999).to_bytes(16, "big")
    start = Item(id, author, "text", f"number {seq}", "sent" if seq else "queued", seq=seq, at=at if seq else None)
    return replace(start, **more)


def rows(*items: Item, new_after: int | None = None) -> tuple[TimelineEntry, ...]:
    return bubbles.entries(items, me=MAYA, name=known().name, new_after=new_after, now_ms=NOON, zone=VIENNA)


def shape(entries: tuple[TimelineEntry, ...]) -> str:
    """`D` a day, `N` what is new, `[`…`]` a group of bubbles, `.` a bubble, `*` a line in the middle."""
    drawn = ""
    for entry in entries:
        match entry:
            case DayLine():
                drawn += "D"
            case NewLine():
                drawn += "N"
            case Bubble(system=True):
                drawn += "*"
            case Bubble():
                drawn += "[" * entry.first_in_group + "." + "]" * entry.last_in_group
    return drawn


# -- the timeline ------------------------------------------------------------------------------------------


def test_messages_of_one_person_close_together_are_a_group() -> None:
    assert shape(rows(item(1), item(2), item(3, MAYA), item(4, MAYA))) == "D[..][..]"
    assert shape(rows(item(1), item(2, at=NOON + 6 * MINUTE))) == "D[.][.]"


def test_a_day_begins_in_the_zone_of_who_looks() -> None:
    late, early = ms(2026, 5, 12, 21, 59), ms(2026, 5, 12, 22, 1)  # 23:59 and 00:01 in Vienna
    found = rows(item(1, at=late), item(2, at=early))
    assert shape(found) == "D[.]D[.]"
    assert [row.words for row in found if isinstance(row, DayLine)] == ["Yesterday", "Today"]
    elsewhere = bubbles.entries(
        (item(1, at=late), item(2, at=early)), me=MAYA, name=str, new_after=None, now_ms=NOON, zone=AUCKLAND
    )
    assert shape(elsewhere) == "D[..]"


def test_a_clock_that_went_back_draws_no_second_line_for_a_day() -> None:
    assert shape(rows(item(1, at=NOON), item(2, at=NOON - DAY), item(3, at=NOON))) == "D[.][.][.]"


def test_what_is_new_stands_under_its_line_once() -> None:
    assert shape(rows(item(1), item(2), item(3), new_after=1)) == "D[.]N[..]"
    assert shape(rows(item(1), item(2, MAYA), item(3), new_after=1)) == "D[.][.]N[.]"
    assert shape(rows(item(1), item(2), new_after=2)) == "D[..]"
    assert shape(rows(item(1), item(2, kind="system", text="joined"), new_after=1)) == "D[.]*"


def test_only_my_own_messages_say_how_far_they_are() -> None:
    *_, his, mine, waiting = rows(item(1), item(2, MAYA, state="read"), item(None, MAYA))
    assert isinstance(his, Bubble)
    assert isinstance(mine, Bubble)
    assert isinstance(waiting, Bubble)
    assert (his.tick, his.author, his.time) == (None, "Tom Ash", "14:00")
    assert (mine.tick, mine.author) == ("read", "Maya")
    assert (waiting.tick, waiting.time, waiting.seq) == ("queued", "", None)


def test_a_failed_message_says_why() -> None:
    failed = item(None, MAYA, state="failed", refusal=Refusal(code=RefusalCode.CONVERSATION_CLOSED))
    bubble = rows(failed)[-1]
    assert isinstance(bubble, Bubble)
    assert bubble.tick == "failed"
    assert bubble.failure is not None
    assert "ended" in bubble.failure


@pytest.mark.parametrize("word", ["opened", "joined", "left", "closed", "reopened"])
def test_what_the_system_notes_is_a_sentence(word: str) -> None:
    bubble = rows(item(1, kind="system", text=word, about=TOM))[-1]
    assert isinstance(bubble, Bubble)
    assert (" " in bubble.text, bubble.system, bubble.tick) == (True, True, None)


items = st.lists(
    st.tuples(st.sampled_from([MAYA, TOM]), st.integers(NOON - 3 * DAY, NOON), st.sampled_from(["text", "system"])),
    max_size=30,
)


@given(items, items, st.one_of(st.none(), st.integers(0, 30)))
def test_keys_are_unique_so_one_timeline_becomes_any_other(
    one: list[tuple[Id, int, str]], two: list[tuple[Id, int, str]], new_after: int | None
) -> None:
    old, new = (
        rows(*(item(n, who, at, kind=kind) for n, (who, at, kind) in enumerate(said, 1)), new_after=new_after)
        for said in (one, two)
    )
    for entries in (old, new):
        assert len({entry.key for entry in entries}) == len(entries)
        drawn = shape(entries)
        assert drawn.count("[") == drawn.count("]")
        assert drawn[:1] in ("", "D")
    assert apply(diff(old, new), old) == list(new)


# -- the list and the header -------------------------------------------------------------------------------


def test_a_line_of_the_list() -> None:
    last = item(3, MAYA, state="delivered", text="See you")
    there = ops.Presence(person=TOM, state="online")
    seen = known(
        summaries=(summary(last=last, preview="See you", unread=2),), presences={TOM: there}, typing={ROOM: (TOM,)}
    )
    (row,) = present.conversations(seen)
    assert (row.title, row.initials, row.presence, row.when, row.unread) == ("Tom Ash", "TA", "online", "14:00", 2)
    assert (row.preview, row.preview_mine, row.preview_tick, row.typing) == ("See you", True, "delivered", True)


def test_the_last_message_is_shown_as_it_reads() -> None:
    text = "Is *that* **fine**?\n- yes\n- no, see [this](https://example.org)"
    seen = known(summaries=(summary(last=item(1, text=text), preview="not this"),))
    (row,) = present.conversations(seen)
    assert row.preview == "Is that fine? • yes • no, see this"
    long = known(summaries=(summary(last=item(1, text="word " * 900)),))
    (row,) = present.conversations(long)
    assert len(row.preview) <= 200
    assert row.preview.endswith("…")


def test_a_draft_is_shown_until_its_conversation_is_open() -> None:
    seen = known(summaries=(summary(last=item(1), preview="number 1", draft="Half a\nthought"),))
    (row,) = present.conversations(seen)
    assert (row.draft, row.preview) == (True, "Half a thought")
    (row,) = present.conversations(seen, open_now=ROOM)
    assert (row.draft, row.preview) == (False, "number 1")


@pytest.mark.parametrize(
    ("told", "subtitle"),
    [
        (None, ""),
        (ops.Presence(person=TOM, state="online"), "online"),
        (ops.Presence(person=TOM, state="offline"), "offline"),
        (ops.Presence(person=TOM, state="offline", last_seen_at=NOON - 20_000), "last seen just now"),
        (ops.Presence(person=TOM, state="offline", last_seen_at=NOON - MINUTE), "last seen 1 minute ago"),
        (ops.Presence(person=TOM, state="offline", last_seen_at=NOON - 5 * MINUTE), "last seen 5 minutes ago"),
        (ops.Presence(person=TOM, state="offline", last_seen_at=NOON - 2 * HOUR), "last seen at 12:00"),
        (ops.Presence(person=TOM, state="offline", last_seen_at=NOON - DAY), "last seen yesterday at 14:00"),
        (ops.Presence(person=TOM, state="offline", last_seen_at=NOON - 30 * DAY), "last seen on 13 Apr"),
    ],
)
def test_the_header_says_who_is_there(told: ops.Presence | None, subtitle: str) -> None:
    seen = known(summaries=(summary(),), presences={TOM: told} if told else {})
    opened = present.conversation(seen, Opened(ROOM, Timeline(me=MAYA), "", None))
    assert opened is not None
    assert opened.subtitle == subtitle
    assert opened.presence == (told.state if told else "unknown")


@pytest.mark.parametrize(
    ("told", "kind", "viewing", "subtitle"),
    [
        ("online", "direct", (TOM,), "online · is looking at this conversation"),
        (None, "direct", (TOM,), "is looking at this conversation"),
        ("online", "direct", (), "online"),
        (None, "group", (TOM, b"x" * 16), "Looking at this: Tom Ash, Somebody"),
    ],
)
def test_the_header_says_who_else_is_looking(
    told: str | None, kind: str, viewing: tuple[Id, ...], subtitle: str
) -> None:
    presences = {TOM: ops.Presence(person=TOM, state="online")} if told else {}
    line = summary() if kind == "direct" else summary(kind="group", other=None, title="Runners")
    seen = known(summaries=(line,), presences=presences, viewing={ROOM: viewing})
    opened = present.conversation(seen, Opened(ROOM, Timeline(me=MAYA), "", None))
    assert opened is not None
    assert opened.subtitle == subtitle
    typing = present.conversation(replace(seen, typing={ROOM: (TOM,)}), Opened(ROOM, Timeline(me=MAYA), "", None))
    assert typing is not None
    assert typing.subtitle == "Tom Ash is typing…"


def test_typing_comes_before_presence() -> None:
    seen = known(summaries=(summary(),), typing={ROOM: (TOM,)})
    opened = present.conversation(seen, Opened(ROOM, Timeline(me=MAYA), "", None))
    assert opened is not None
    assert (opened.subtitle, opened.typing) == ("Tom Ash is typing…", True)


def test_a_timeline_says_how_far_it_reaches() -> None:
    said = [Message(rev=seq, seq=seq, id=bytes([seq]) * 16, author=TOM, text="x", at=NOON) for seq in (5, 6)]
    timeline = Timeline(me=MAYA).merged(said).pointed([Cursor(person=MAYA, read=5)])
    opened = present.conversation(known(summaries=(summary(),)), Opened(ROOM, timeline, "so", None))
    assert opened is not None
    assert (opened.more_above, opened.last_seq, opened.draft, opened.can_write) == (True, 6, "so", True)
    whole = timeline.merged([Message(rev=1, seq=1, id=b"1" * 16, author=TOM, text="x", at=NOON)])
    opened = present.conversation(known(summaries=(summary(closed=True),)), Opened(ROOM, whole, "", None))
    assert opened is not None
    assert (opened.more_above, opened.can_write) == (False, False)
    assert opened.read_only


def test_a_conversation_that_left_the_list_is_not_shown() -> None:
    assert present.conversation(known(), Opened(ROOM, Timeline(me=MAYA), "", None)) is None


# -- people ------------------------------------------------------------------------------------------------


def test_initials() -> None:
    assert [present.initials(name) for name in ("Tom", "Tom van Ash", "  ", "(x) Åsa", "ßen 9")] == [
        "T",
        "TA",
        "",
        "Å",
        "S9",
    ]


def test_only_who_trains_with_me_can_be_written_to() -> None:
    active = Relationship(rev=1, trainer=MAYA, client=TOM, state="active", since=ms(2026, 3, 3), consent=Consent())
    (row,) = present.people(known(relationships=(active,)))
    assert (row.can_message, row.relation) == (True, "You coach since 3 Mar")
    (row,) = present.people(known(relationships=(msgspec.structs.replace(active, state="ended"),)))
    assert (row.can_message, row.relation) == (False, "Ended on 3 Mar")
    (row,) = present.people(known())
    assert (row.can_message, row.relation) == (False, "")


@pytest.mark.parametrize(
    ("state", "expires", "status", "usable"),
    [
        ("open", NOON + DAY, "Open until 14 May, 14:00", True),
        ("open", NOON - DAY, "Expired yesterday at 14:00", False),
        ("claimed", NOON + DAY, "Tom Ash made an account and has yet to accept", False),
        ("accepted", NOON + DAY, "Accepted by Tom Ash", False),
        ("revoked", NOON + DAY, "Withdrawn", False),
    ],
)
def test_an_invitation_says_what_became_of_it(
    state: Literal["open", "claimed", "accepted", "revoked"], expires: int, status: str, usable: bool
) -> None:
    row = Invitation(
        rev=1,
        id=b"i" * 16,
        code="ABCD",
        purpose="coaching",
        roles=("client",),
        created_at=NOON - DAY,
        expires_at=expires,
        state=state,
        person=TOM if state in ("claimed", "accepted") else None,
    )
    (shown,) = present.invitations(known(invitations=(row,)))
    assert (shown.status, shown.open) == (status, usable)


def test_this_device_comes_first() -> None:
    def entry(id: int, used: int, **more: bool) -> ops.DeviceEntry:
        return ops.DeviceEntry(
            id=bytes([id]) * 16,
            name=str(id),
            created_at=0,
            last_used_at=used,
            online=more.get("online", False),
            this=more.get("this", False),
        )

    rows = present.devices(
        known(), (entry(1, NOON - HOUR), entry(2, NOON, online=True, this=True), entry(3, NOON - MINUTE))
    )
    assert [row.name for row in rows] == ["2", "3", "1"]
    assert [row.last_used for row in rows] == ["in use now", "last used 1 minute ago", "last used at 13:00"]


# -- the connection ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "sentence", "retry"),
    [
        (CONNECTED, "", False),
        (ConnectionState("connected"), "Catching up…", False),
        (ConnectionState("connecting"), "Connecting…", False),
        (ConnectionState("reconnecting", "unreachable"), "The server cannot be reached. Reconnecting…", True),
        (ConnectionState("reconnecting", "unreachable", retry_in=3.2), "The server cannot be reached.", True),
        (ConnectionState("reconnecting", retry_in=3.2), "The connection was lost.", True),
        (ConnectionState("reconnecting", "words unknown", retry_in=0.0), "Reconnecting…", True),
        (ConnectionState("disconnected", "signed_out"), "", False),
        (ConnectionState("disconnected", "what is that"), "Not connected.", True),
    ],
)
def test_the_banner(state: ConnectionState, sentence: str, retry: bool) -> None:
    banner = present.banner(state)
    assert (banner.words, banner.can_retry, banner.phase) == (sentence, retry, state.phase)
    assert banner.retry_in_s == (4 if state.retry_in else None)


@pytest.mark.parametrize("code", RefusalCode)
def test_every_refusal_is_a_sentence(code: RefusalCode) -> None:
    for refusal in (Refusal(code=code), Refusal(code=code, limit=5, actual=6, retry_after_ms=1500, field="text")):
        sentence = explain.refusal(refusal)
        assert sentence.endswith(".")
        assert "{" not in sentence
        assert "%n" not in sentence


def test_too_long_is_said_with_both_numbers() -> None:
    refusal = Refusal(code=RefusalCode.TEXT_TOO_LONG, limit=5000, actual=5012)
    assert explain.refusal(refusal) == "Too long: 5012 characters, and 5000 are allowed."


@pytest.mark.parametrize(
    ("at", "narrow"),
    [
        (NOON - HOUR, "13:00"),
        (NOON + DAY, "14:00"),
        (NOON - DAY, "Yesterday"),
        (NOON - 2 * DAY, "Mon"),
        (NOON - 7 * DAY, "6 May"),
        (NOON - 400 * DAY, "8 Apr 2025"),
    ],
)
def test_times_in_a_narrow_column(at: int, narrow: str) -> None:
    assert words.when(at, NOON, VIENNA) == narrow
