"""The timeline: messages in order, the unsaid at the end, a word for each, and an honest badge."""

import datetime

import pytest
from coachline_core.domain.outbox import Outbox
from coachline_core.domain.ranges import Range
from coachline_core.domain.timeline import Item, Timeline
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Cursor, Id, Message, StreamId, Window
from hypothesis import given
from hypothesis import strategies as st
from support.world import MAYA, NOW, TOM, made

PLACE = StreamId("conversation", made(9))


def message(seq: int, author: Id = MAYA, *, rev: int | None = None, text: str = "hello") -> Message:
    return Message(rev=rev or seq, seq=seq, id=made(100 + seq), author=author, text=text, at=NOW + seq)


def posts(*numbers: int) -> Outbox:
    outbox = Outbox()
    for number in numbers:
        body = ops.MessagePost(id=made(number), conversation=PLACE.id, text=f"unsaid {number}")
        outbox = outbox.add(body.id, PLACE, body)
    return outbox


def test_messages_are_shown_by_seq_however_they_came() -> None:
    timeline = Timeline(TOM).merged([message(3), message(1)]).merged([message(2)])
    assert [item.seq for item in timeline.items()] == [1, 2, 3]


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 9)), max_size=12))
def test_of_each_message_the_latest_revision_is_shown_in_whatever_order_they_come(
    told: list[tuple[int, int]],
) -> None:
    rows = [message(seq, rev=rev, text=f"revision {rev}") for seq, rev in told]
    one = Timeline(TOM).merged(rows)
    other = Timeline(TOM).merged(reversed(rows))
    assert one == other
    latest = {seq: max(rev for at, rev in told if at == seq) for seq, _ in told}
    assert [item.text for item in one.items()] == [f"revision {latest[seq]}" for seq in sorted(latest)]


def test_an_item_carries_what_is_shown_of_a_message() -> None:
    system = Message(rev=1, seq=1, id=made(5), author=MAYA, kind="system", text="opened", at=NOW, about=TOM)
    assert Timeline(TOM).merged([system]).items() == (
        Item(id=made(5), author=MAYA, kind="system", text="opened", state="sent", seq=1, at=NOW, about=TOM),
    )


def test_an_item_carries_what_a_card_is_about() -> None:
    day = datetime.date(2027, 1, 15)
    card = Message(rev=1, seq=1, id=made(5), author=MAYA, kind="progress", text="", at=NOW, goal=made(6), day=day)
    assert Timeline(TOM).merged([card]).items() == (
        Item(id=made(5), author=MAYA, kind="progress", text="", state="sent", seq=1, at=NOW, goal=made(6), day=day),
    )


# -- what is still to be said


def test_what_is_still_to_be_said_stands_at_the_end_in_the_order_it_was_written() -> None:
    timeline = Timeline(TOM).awaiting(posts(1, 2).entries).merged([message(1)])
    assert [(item.text, item.state, item.seq) for item in timeline.items()] == [
        ("hello", "sent", 1),
        ("unsaid 1", "queued", None),
        ("unsaid 2", "queued", None),
    ]


def test_each_entry_says_how_far_it_is_and_why_it_failed() -> None:
    refusal = Refusal(code=RefusalCode.CONVERSATION_CLOSED)
    outbox = posts(1, 2, 3).sent([made(1), made(2)]).refused(made(1), refusal, NOW)
    items = Timeline(TOM).awaiting(outbox.entries).items()
    assert [(item.state, item.refusal) for item in items] == [
        ("failed", refusal),
        ("sending", None),
        ("queued", None),
    ]


def test_a_message_that_came_back_before_its_answer_is_shown_once() -> None:
    outbox = posts(101)
    timeline = Timeline(TOM).awaiting(outbox.entries).merged([message(1, author=TOM)])
    assert [(item.seq, item.state) for item in timeline.items()] == [(1, "sent")]


def test_somebody_elses_message_with_the_id_of_mine_does_not_hide_mine() -> None:
    timeline = Timeline(TOM).awaiting(posts(101).entries).merged([message(1, author=MAYA)])
    assert len(timeline.items()) == 2


def test_entries_that_are_no_messages_are_not_shown() -> None:
    body = ops.ConversationOpen(id=made(1), person=MAYA)
    assert Timeline(TOM).awaiting(Outbox().add(body.id, PLACE, body).entries).items() == ()


# -- states and cursors


def test_my_messages_go_from_sent_to_delivered_to_read() -> None:
    timeline = Timeline(TOM).merged([message(1, TOM)])
    seen = [timeline.items()[0].state]
    for cursor in (Cursor(person=MAYA, delivered=1), Cursor(person=MAYA, delivered=1, read=1)):
        timeline = timeline.pointed([cursor])
        seen.append(timeline.items()[0].state)
    assert seen == ["sent", "delivered", "read"]


def test_a_cursor_told_late_takes_nothing_back() -> None:
    timeline = Timeline(TOM).pointed([Cursor(person=MAYA, delivered=4, read=3)])
    assert timeline.pointed([Cursor(person=MAYA, delivered=2, read=1)]) == timeline


# -- the badge


def test_unread_is_derived_from_what_is_held_and_my_cursor() -> None:
    timeline = Timeline(TOM).merged([message(1), message(2), message(3, TOM), message(4)])
    assert timeline.unread() == 3
    timeline = timeline.pointed([Cursor(person=TOM, delivered=2, read=2), Cursor(person=MAYA, read=4)])
    assert timeline.unread() == 1


# -- holes


@pytest.mark.parametrize(
    ("windows", "holes"),
    [
        ((Window(join=1),), ((1, 3), (4, 7), (8, 11))),
        ((Window(join=5),), ((5, 7), (8, 11))),
        ((Window(join=1, leave=3), Window(join=9, leave=10)), ((1, 3), (9, 10))),
        ((Window(join=0, leave=40),), ((1, 3), (4, 7), (8, 11))),
        ((Window(join=11),), ()),
    ],
)
def test_the_holes_are_what_i_may_see_and_do_not_hold(windows: tuple[Window, ...], holes: tuple[Range, ...]) -> None:
    timeline = Timeline(TOM).merged([message(3), message(7)]).reaching(10).seen_through(windows)
    assert timeline.holes() == holes


def test_what_was_asked_for_is_no_hole_even_if_nothing_came() -> None:
    timeline = Timeline(TOM).reaching(10).holding(1, 8)
    assert timeline.holes() == ((8, 11),)


def test_the_head_never_goes_back() -> None:
    assert Timeline(TOM).merged([message(5)]).reaching(3).head == 5
    assert Timeline(TOM).reaching(9).merged([message(5)]).head == 9


@given(st.sets(st.integers(1, 20)), st.integers(0, 20))
def test_filling_every_hole_leaves_none(held: set[int], head: int) -> None:
    timeline = Timeline(TOM).reaching(head).merged(message(seq) for seq in sorted(held))
    for start, stop in timeline.holes():
        timeline = timeline.holding(start, stop)
    assert timeline.holes() == ()
