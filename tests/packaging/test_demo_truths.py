"""What the demo claims at its end: every claim can fail, and does when what it speaks of is not so."""

from dataclasses import replace
from datetime import date

import pytest
from coachline_core.domain.timeline import Item, ItemState
from coachline_protocol.rows import AnyRow, Consent, Cursor, Excuse, Message, MessageKind, Progress, Relationship
from demo.truths import Evidence, Said, Unread, truths
from demo.watch import Watch

MAYA, BEN, TALK = b"m" * 16, b"b" * 16, b"c" * 16


def id_of(seq: int) -> bytes:
    return bytes([seq]) * 16


def message(seq: int, author: bytes, text: str) -> Message:
    kind: MessageKind = "system" if text == "opened" else "text"
    return Message(rev=seq, seq=seq, id=id_of(seq), author=author, kind=kind, text=text, at=seq)


MESSAGES = (message(1, MAYA, "opened"), message(2, MAYA, "Hello"), message(3, BEN, "Hi"), message(4, BEN, "Well"))

DAY = date(2026, 2, 1)
GOALS_ONLY = Consent(see_goals=True)
RELATED = Relationship(rev=1, trainer=MAYA, client=BEN, state="active", since=1, consent=GOALS_ONLY)
ENTRY = Progress(rev=2, id=id_of(9), entry=id_of(9), goal=id_of(8), author=BEN, at=2, day=DAY, zone="UTC", note="Ran")
EXCUSE = Excuse(rev=3, id=id_of(7), author=BEN, at=3, first=DAY, last=DAY, reason="ill")
RECORD: tuple[AnyRow, ...] = (RELATED, ENTRY, EXCUSE)

GOOD = Evidence(
    said=[Said(each.id, TALK, each.author, each.text) for each in MESSAGES[1:]],
    acknowledged={each.id: (TALK, each.seq) for each in MESSAGES[1:]},
    database={TALK: MESSAGES},
    copies={"Maya": {TALK: MESSAGES}, "Ben": {TALK: MESSAGES}},
    cursors={TALK: [Cursor(person=MAYA, delivered=4, read=3), Cursor(person=BEN, delivered=4, read=4)]},
    unread=[Unread("Maya", 1, 1), Unread("Ben", 0, 0)],
    people={"Maya": MAYA, "Ben": BEN},
    records={BEN: RECORD},
    held={"Maya": {BEN: (RELATED,)}, "Ben": {BEN: RECORD}},
    entered=[ENTRY.id],
    timelines_shown=7,
    defects_shown=[],
    in_the_clear=[],
)


def database(*messages: Message) -> Evidence:
    return replace(GOOD, database={TALK: messages}, copies={"Maya": {TALK: messages}, "Ben": {TALK: messages}})


def moved(seq: int, to: int) -> Message:
    """A message of the conversation in another place."""
    old = MESSAGES[seq - 1]
    return Message(rev=to, seq=to, id=old.id, author=old.author, kind=old.kind, text=old.text, at=old.at)


STRANGE = message(5, MAYA, "Nobody wrote this")
OTHER_WORDS = message(4, BEN, "Unwell")

# what is wrong → the evidence of it, and beginnings of the claims that must fail
TAMPERED = {
    "a message is lost": (
        database(*MESSAGES[:3]),
        {"what was acknowledged", "what was written", "everybody's words", "receipts"},
    ),
    "a message is there twice": (
        database(*MESSAGES, moved(4, 5)),
        {"what was acknowledged", "everybody's words"},
    ),
    "a message is in another place": (
        database(*MESSAGES[:2], moved(4, 3), moved(3, 4)),
        {"what was acknowledged", "everybody's words"},
    ),
    "there is a gap": (
        database(*MESSAGES[:3], moved(4, 5)),
        {"what was acknowledged", "the order"},
    ),
    "something was said by nobody": (database(*MESSAGES, STRANGE), {"what was written", "everybody's words"}),
    "something was never acknowledged": (
        replace(GOOD, acknowledged={each.id: (TALK, each.seq) for each in MESSAGES[1:3]}),
        {"what was written"},
    ),
    "nothing was acknowledged": (replace(GOOD, acknowledged={}), {"what was acknowledged", "what was written"}),
    "one side holds less": (
        replace(GOOD, copies={"Maya": {TALK: MESSAGES}, "Ben": {TALK: MESSAGES[1:]}}),
        {"both sides hold the same"},
    ),
    "one side holds other words": (
        replace(GOOD, copies={"Maya": {TALK: (*MESSAGES[:3], OTHER_WORDS)}, "Ben": {TALK: MESSAGES}}),
        {"both sides hold the same"},
    ),
    "one side holds nothing": (
        replace(GOOD, copies={"Maya": {TALK: MESSAGES}, "Ben": {}}),
        {"both sides hold the same"},
    ),
    "read before delivered": (
        replace(GOOD, cursors={TALK: [Cursor(person=BEN, delivered=2, read=3)]}),
        {"receipts"},
    ),
    "delivered before sent": (
        replace(GOOD, cursors={TALK: [Cursor(person=BEN, delivered=5, read=3)]}),
        {"receipts"},
    ),
    "there are no receipts": (replace(GOOD, cursors={}), {"receipts"}),
    "a badge lies": (replace(GOOD, unread=[Unread("Maya", 2, 1)]), {"unread counts"}),
    "a screen showed something twice": (replace(GOOD, defects_shown=["twice"]), {"nothing was shown twice"}),
    "an entry is lost": (replace(GOOD, entered=[ENTRY.id, id_of(6)]), {"what was entered"}),
    "an entry is nobody's": (replace(GOOD, entered=[]), {"what was entered"}),
    "one side holds less of a record": (
        replace(GOOD, held={"Maya": {BEN: (RELATED,)}, "Ben": {BEN: RECORD[:2]}}),
        {"both sides hold the whole record"},
    ),
    "the trainer holds nothing of a record": (
        replace(GOOD, held={"Ben": {BEN: RECORD}}),
        {"both sides hold the whole record"},
    ),
    "the trainer holds what is hidden": (
        replace(GOOD, held={"Maya": {BEN: (RELATED, ENTRY)}, "Ben": {BEN: RECORD}}),
        {"nobody's device"},
    ),
    "nothing was hidden": (
        replace(
            GOOD,
            records={BEN: (RELATED,)},
            held={"Maya": {BEN: (RELATED,)}, "Ben": {BEN: (RELATED,)}},
        ),
        {"what was entered", "nobody's device"},
    ),
    "nobody looked": (replace(GOOD, timelines_shown=0), {"nothing was shown twice"}),
    "a text lies in the clear": (replace(GOOD, in_the_clear=["Hello"]), {"nothing said"}),
}


def test_all_is_well_when_it_is() -> None:
    assert [truth for truth in truths(GOOD) if not truth.holds] == []


@pytest.mark.parametrize("wrong", TAMPERED)
def test_a_claim_fails_when_it_is_not_so(wrong: str) -> None:
    evidence, beginnings = TAMPERED[wrong]
    failed = [truth.claim for truth in truths(evidence) if not truth.holds]
    assert len(failed) == len(beginnings)
    assert all(any(claim.startswith(beginning) for beginning in beginnings) for claim in failed)


def test_every_claim_has_failed_in_some_test() -> None:
    failed = {truth.claim for evidence, _ in TAMPERED.values() for truth in truths(evidence) if not truth.holds}
    assert failed == {truth.claim for truth in truths(GOOD)}


# -- the reader who looks at every timeline ----------------------------------------------------------------


def item(seq: int, state: ItemState, *, author: bytes = MAYA, placed: bool = True) -> Item:
    return Item(id_of(seq), author, "text", "Hello", state, seq=seq if placed else None, at=seq if placed else None)


HIS = item(1, "read", author=BEN)


def test_a_message_that_only_goes_forward_is_well_and_acknowledged_once_sent() -> None:
    watch = Watch()
    before: list[ItemState] = ["queued", "sending", "queued", "sending"]
    after: list[ItemState] = ["sent", "delivered", "delivered", "read"]
    for state in before:
        watch.see(TALK, MAYA, [HIS, item(2, state, placed=False)])
    assert watch.acknowledged == {}
    for state in after:
        watch.see(TALK, MAYA, [HIS, item(2, state)])
    assert watch.acknowledged == {id_of(2): (TALK, 2)}
    assert (watch.defects, watch.looked_at) == ([], 8)


@pytest.mark.parametrize(
    ("timelines", "defect"),
    [
        ([[HIS, HIS]], "stood there 2 times"),
        ([[item(2, "sent"), HIS]], "out of order"),
        ([[item(1, "read")], [item(1, "delivered")]], "went back to delivered"),
        ([[item(1, "sent")], [item(1, "sending", placed=False)]], "went back to sending"),
        ([[item(1, "sent")], [replace(item(1, "sent"), seq=2)]], "moved from 1 to 2"),
    ],
)
def test_what_must_never_be_shown_is_noticed(timelines: list[list[Item]], defect: str) -> None:
    watch = Watch()
    for timeline in timelines:
        watch.see(TALK, MAYA, timeline)
    assert any(defect in found for found in watch.defects)
