"""Receipts: cursors that only go forward, and an honest word for each message."""

import pytest
from coachline_core.domain.receipts import CursorKind, is_unread, merge, message_state, move, moved, shown
from coachline_core.domain.streams import CursorMove
from coachline_protocol.rows import Cursor, Id, Message, MessageKind
from hypothesis import given
from hypothesis import strategies as st
from support.world import MAYA, NOW, TOM, ZOE, made

PLACE = made(50)

ASKED = st.lists(
    st.tuples(st.sampled_from([MAYA, TOM]), st.sampled_from(["delivered", "read"]), st.integers(0, 30)), max_size=30
)


def cursors_of(**read: int) -> dict[Id, Cursor]:
    people = {"maya": MAYA, "tom": TOM, "zoe": ZOE}
    return {people[name]: Cursor(person=people[name], delivered=seq, read=seq) for name, seq in read.items()}


def test_a_cursor_keeps_when_each_of_its_moves_was() -> None:
    cursor = moved(Cursor(person=TOM), CursorMove(PLACE, TOM, "delivered", 0, 3, NOW))
    cursor = moved(cursor, CursorMove(PLACE, TOM, "read", 0, 2, NOW + 1))
    assert cursor == Cursor(person=TOM, delivered=3, delivered_at=NOW, read=2, read_at=NOW + 1)


@given(ASKED, st.integers(0, 20))
def test_whatever_is_asked_read_stays_within_delivered_within_head_and_nothing_goes_back(
    asked: list[tuple[Id, CursorKind, int]], head: int
) -> None:
    cursors: dict[Id, Cursor] = {}
    for at, (person, kind, seq) in enumerate(asked):
        before = cursors.get(person) or Cursor(person=person)
        after = before
        for step in move(PLACE, cursors, person, kind, seq, head, at):
            assert step.before == getattr(after, step.kind)
            assert step.before < step.after
            after = moved(after, step)
        cursors[person] = after
        assert before.read <= after.read <= after.delivered <= head
        assert before.delivered <= after.delivered
        assert getattr(after, kind) >= min(seq, head)


def test_reading_takes_delivered_along() -> None:
    moves = move(PLACE, {}, TOM, "read", 3, 9, NOW)
    assert [(step.kind, step.before, step.after, step.at) for step in moves] == [
        ("delivered", 0, 3, NOW),
        ("read", 0, 3, NOW),
    ]


def test_reading_what_is_delivered_moves_read_alone() -> None:
    cursors = {TOM: Cursor(person=TOM, delivered=5, read=1)}
    assert [step.kind for step in move(PLACE, cursors, TOM, "read", 4, 9, NOW)] == ["read"]


def test_a_delivery_reads_nothing() -> None:
    assert [step.kind for step in move(PLACE, {}, TOM, "delivered", 4, 9, NOW)] == ["delivered"]


def test_a_move_keeps_the_time_at_which_it_was_made() -> None:
    (step,) = move(PLACE, {}, TOM, "delivered", 4, 9, NOW)
    assert moved(Cursor(person=TOM), step) == Cursor(person=TOM, delivered=4, delivered_at=NOW)


CURSORS = st.builds(
    Cursor,
    person=st.just(TOM),
    delivered=st.integers(0, 5),
    delivered_at=st.integers(0, 5),
    read=st.integers(0, 5),
    read_at=st.integers(0, 5),
)


@given(CURSORS, CURSORS, CURSORS)
def test_cursors_merge_in_any_order_and_any_number_of_times(one: Cursor, two: Cursor, three: Cursor) -> None:
    assert merge(one, two) == merge(two, one)
    assert merge(merge(one, two), three) == merge(one, merge(two, three))
    assert merge(one, one) == one
    assert merge(one, merge(one, two)) == merge(one, two)


@pytest.mark.parametrize(
    ("owner", "viewer", "seen"), [(True, True, 4), (True, False, 0), (False, True, 0), (False, False, 0)]
)
def test_who_sends_no_read_receipts_sees_none_and_delivered_stays(owner: bool, viewer: bool, seen: int) -> None:
    cursor = shown(Cursor(person=TOM, delivered=6, delivered_at=1, read=4, read_at=2), owner, viewer)
    assert (cursor.delivered, cursor.delivered_at, cursor.read) == (6, 1, seen)
    assert (cursor.read_at != 0) == (seen != 0)


def test_my_message_is_as_far_as_the_other_has_come() -> None:
    cursors = {TOM: Cursor(person=TOM, delivered=2, read=1), MAYA: Cursor(person=MAYA, delivered=9, read=9)}
    assert [message_state(seq, MAYA, cursors, MAYA) for seq in (1, 2, 3)] == ["read", "delivered", "sent"]


def test_somebody_elses_message_is_as_far_as_i_have_come() -> None:
    cursors = {MAYA: Cursor(person=MAYA, delivered=2, read=1), TOM: Cursor(person=TOM, delivered=9, read=9)}
    assert [message_state(seq, TOM, cursors, MAYA) for seq in (1, 2, 3)] == ["read", "delivered", "sent"]


def test_how_far_i_have_come_says_nothing_of_my_own_message() -> None:
    assert message_state(3, MAYA, cursors_of(maya=1, tom=3), MAYA) == "read"


def test_without_cursors_a_message_is_sent() -> None:
    assert message_state(1, MAYA, {}, MAYA) == message_state(1, TOM, {}, MAYA) == "sent"


def test_in_a_group_a_message_is_read_when_everybody_else_has_read_it() -> None:
    assert message_state(3, MAYA, cursors_of(tom=3, zoe=2), MAYA) == "sent"
    assert message_state(3, MAYA, cursors_of(tom=3, zoe=3), MAYA) == "read"


@pytest.mark.parametrize(
    ("seq", "author", "kind", "counts"),
    [
        (5, TOM, "text", True),
        (4, TOM, "text", False),
        (5, MAYA, "text", False),
        (5, TOM, "system", False),
        (5, TOM, "progress", False),
        (5, TOM, "goal", True),
    ],
)
def test_unread_is_what_others_said_above_my_cursor(seq: int, author: Id, kind: MessageKind, counts: bool) -> None:
    """D: badges that lie."""
    message = Message(rev=1, seq=seq, id=made(1), author=author, kind=kind, text="x", at=NOW)
    assert is_unread(message, MAYA, read=4) == counts
