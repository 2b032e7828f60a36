"""The checks at the end of every play can fail: each wrong that they are for is found when it is planted."""

from collections.abc import Sequence
from typing import cast

import pytest
from coachline_core.client.session import Session
from coachline_core.domain.timeline import Timeline
from coachline_protocol.rows import Cursor, Id, Message
from support.ledger import Ledger, receipt_wrongs
from support.witness import Witness

TALK, MAYA, BEN = (bytes([n]) * 16 for n in (1, 2, 3))


def message(seq: int, text: str, author: Id = MAYA, id: Id | None = None) -> Message:
    return Message(rev=seq, seq=seq, id=id or bytes([seq]) * 16, author=author, text=text, at=0)


ONE, TWO, THREE = message(1, "one"), message(2, "two"), message(3, "three", BEN)


def ledger() -> Ledger:
    """All three were said."""
    written = Ledger()
    for said in (ONE, TWO, THREE):
        written.said(TALK, said.id, said.author, said.text)
    return written


def test_a_complete_timeline_has_no_wrongs() -> None:
    assert ledger().wrongs(TALK, [ONE, TWO, THREE]) == []


@pytest.mark.parametrize(
    ("shown", "wrong"),
    [
        ([ONE, THREE], "gaps"),
        ([ONE, TWO], "missing: 'three'"),
        ([ONE, TWO, THREE, message(4, "two", id=TWO.id)], "stands twice"),
        ([ONE, TWO, THREE, message(4, "four")], "said by nobody: 'four'"),
        ([ONE, message(2, "two", BEN, TWO.id), THREE], "missing: 'two'"),
        ([TWO, ONE, THREE], "gaps"),
    ],
)
def test_what_is_wrong_with_a_timeline_is_found(shown: Sequence[Message], wrong: str) -> None:
    assert any(wrong in found for found in ledger().wrongs(TALK, shown))


def test_a_badge_counts_others_words_above_what_was_seen() -> None:
    written = ledger()
    assert written.unread(TALK, BEN, [ONE, TWO, THREE]) == 2
    written.saw(TALK, BEN, 1)
    assert written.unread(TALK, BEN, [ONE, TWO, THREE]) == 1
    assert written.unread(TALK, MAYA, [ONE, TWO, THREE]) == 1


@pytest.mark.parametrize("cursor", [Cursor(person=BEN, read=2, delivered=1), Cursor(person=BEN, delivered=4)])
def test_a_dishonest_receipt_is_found(cursor: Cursor) -> None:
    assert receipt_wrongs(Timeline(me=MAYA).pointed([cursor]), head=3)
    assert not receipt_wrongs(Timeline(me=MAYA).pointed([Cursor(person=BEN, read=1, delivered=3)]), head=3)


def timeline(*messages: Message, read: int = 0, delivered: int = 0) -> Timeline:
    cursor = Cursor(person=BEN, read=read, delivered=delivered)
    return Timeline(me=MAYA).merged(messages).pointed([cursor])


@pytest.mark.parametrize(
    ("moments", "wrong"),
    [
        ([timeline(ONE, message(2, "one", id=ONE.id))], "stands twice"),
        ([timeline(ONE, delivered=1), timeline(ONE)], "went back"),
        ([timeline(ONE, read=1, delivered=1), timeline(ONE, delivered=1)], "cursor went back"),
    ],
)
def test_a_witness_sees_what_was_wrong_for_a_moment(moments: Sequence[Timeline], wrong: str) -> None:
    witness = Witness("Maya's phone", cast(Session, None))
    for moment in moments:
        witness.look(TALK, moment)
    assert any(wrong in found for found in witness.wrongs)
