"""The outbox: what is to be said is said once each, in order, whatever the network does."""

from collections.abc import Sequence

import pytest
from coachline_core.domain.gate import REMEMBERED
from coachline_core.domain.outbox import IN_FLIGHT, PAUSE_MS, Entry, Outbox
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import StreamId
from support.world import NOW, made

HERE, THERE = StreamId("conversation", made(1)), StreamId("conversation", made(2))
LIMITED = Refusal(code=RefusalCode.RATE_LIMITED, retry_after_ms=700)
LATER = Refusal(code=RefusalCode.OUT_OF_ORDER)
CLOSED = Refusal(code=RefusalCode.CONVERSATION_CLOSED)


def adding(outbox: Outbox, *numbers: int, stream: StreamId = HERE, needs: int | None = None) -> Outbox:
    for number in numbers:
        body = ops.MessagePost(id=made(number), conversation=stream.id, text=str(number))
        outbox = outbox.add(body.id, stream, body, needs=None if needs is None else made(needs))
    return outbox


def sending(outbox: Outbox, now: int = NOW) -> Outbox:
    return outbox.sent([entry.id for entry in outbox.sendable(now)])


def numbers(entries: Sequence[Entry]) -> list[int]:
    return [int.from_bytes(entry.id[9:], "big") for entry in entries]


def states(outbox: Outbox) -> list[str]:
    return [entry.state for entry in outbox.entries]


# -- one by one


def test_what_was_added_may_be_said_in_that_order() -> None:
    outbox = adding(Outbox(), 1, 2, 3)
    assert numbers(outbox.sendable(NOW)) == [1, 2, 3]
    assert [entry.place for entry in outbox.entries] == [0, 1, 2]


def test_adding_an_entry_again_changes_nothing() -> None:
    outbox = adding(Outbox(), 1)
    assert adding(outbox, 1) is outbox


def test_what_is_being_said_is_not_said_again() -> None:
    outbox = sending(adding(Outbox(), 1))
    assert outbox.sendable(NOW) == ()
    assert outbox.sent([made(1)]) == outbox


def test_no_more_is_on_its_way_than_a_gate_remembers() -> None:
    outbox = adding(Outbox(), *range(1, IN_FLIGHT + 5))
    assert len(outbox.sendable(NOW)) == IN_FLIGHT < REMEMBERED
    assert sending(outbox).sendable(NOW) == ()


def test_an_acknowledged_entry_is_gone() -> None:
    outbox = sending(adding(Outbox(), 1, 2)).acknowledged(made(1))
    assert numbers(outbox.entries) == [2]


def test_an_answer_to_something_unknown_changes_nothing() -> None:
    outbox = adding(Outbox(), 1)
    assert outbox.acknowledged(made(9)) is outbox
    assert outbox.refused(made(9), CLOSED, NOW) is outbox
    assert outbox.retry(made(9)) is outbox
    assert outbox.discard(made(9)) is outbox


def test_a_limit_delays_and_never_loses() -> None:
    outbox = sending(adding(Outbox(), 1, 2)).refused(made(1), LIMITED, NOW).refused(made(2), LATER, NOW)
    assert states(outbox) == ["queued", "queued"]
    assert outbox.entries[0].refusal == LIMITED
    assert outbox.sendable(NOW + 699) == ()
    assert outbox.wake_at(NOW) == NOW + 700
    assert numbers(outbox.sendable(NOW + 700)) == [1]
    assert outbox.wake_at(NOW + 700) is None


def test_a_limited_stream_rests_until_every_answer_has_come() -> None:
    outbox = adding(sending(adding(Outbox(), 1, 2)).refused(made(1), LIMITED, NOW), 3)
    assert outbox.sendable(NOW + 10_000) == ()
    assert numbers(outbox.refused(made(2), LATER, NOW).sendable(NOW + 10_000)) == [1]


def test_answers_to_earlier_entries_do_not_end_the_rest() -> None:
    outbox = adding(sending(adding(Outbox(), 1, 2, 3, 4, 5)).refused(made(4), LIMITED, NOW), 6)
    for number in (1, 2, 3):
        outbox = outbox.acknowledged(made(number))
    assert outbox.sendable(NOW + 700) == ()
    assert numbers(outbox.refused(made(5), LATER, NOW).sendable(NOW + 700)) == [4]


def test_after_a_limit_one_more_is_said_for_each_that_is_taken() -> None:
    outbox = sending(adding(Outbox(), *range(1, 9))).refused(made(1), LIMITED, NOW)
    for number in range(2, 9):
        outbox = outbox.refused(made(number), LATER, NOW)
    now, said = NOW + 700, []
    while outbox.entries:
        ready = numbers(outbox.sendable(now))
        said.append(ready)
        outbox = sending(outbox, now)
        for number in ready:
            outbox = outbox.acknowledged(made(number))
    assert said == [[1], [2, 3], [4, 5, 6, 7], [8]]


def test_a_stream_that_is_at_full_speed_again_needs_no_notes() -> None:
    outbox = sending(adding(Outbox(), 1)).refused(made(1), LATER, NOW)
    for number in range(2, IN_FLIGHT + 1):
        assert outbox.paces
        outbox = sending(adding(outbox, number), NOW).acknowledged(outbox.entries[0].id)
    assert outbox.paces == {}


@pytest.mark.parametrize(
    ("refusal", "pause"),
    [
        (LIMITED, 700),
        (LATER, 0),
        (Refusal(code=RefusalCode.BUSY), PAUSE_MS),
        (Refusal(code=RefusalCode.UNAVAILABLE), PAUSE_MS),
        (Refusal(code=RefusalCode.DRAINING, retry_after_ms=0), 0),
    ],
)
def test_a_stream_rests_as_long_as_it_was_told(refusal: Refusal, pause: int) -> None:
    outbox = sending(adding(Outbox(), 1)).refused(made(1), refusal, NOW)
    assert outbox.wake_at(NOW) == (NOW + pause if pause else None)
    assert numbers(outbox.sendable(NOW + pause)) == [1]


def test_one_stream_does_not_hold_up_another() -> None:
    outbox = adding(sending(adding(Outbox(), 1)).refused(made(1), LIMITED, NOW), 2, stream=THERE)
    assert numbers(outbox.sendable(NOW)) == [2]
    assert outbox.wake_at(NOW) == NOW + 700


def test_a_refusal_for_good_fails_that_entry_and_the_rest_goes_on() -> None:
    outbox = sending(adding(Outbox(), 1, 2)).refused(made(1), CLOSED, NOW)
    assert states(outbox) == ["failed", "sending"]
    assert [entry.refusal for entry in outbox.entries] == [CLOSED, None]
    assert numbers(adding(outbox, 3).sendable(NOW)) == [3]


def test_without_a_connection_all_is_queued_again() -> None:
    outbox = sending(adding(Outbox(), 1, 2)).refused(made(1), LIMITED, NOW).disconnected()
    assert states(outbox) == ["queued", "queued"]
    assert numbers(outbox.sendable(NOW + 700)) == [1]


# -- what needs what


def test_what_needs_an_entry_of_its_stream_follows_it_at_once() -> None:
    outbox = adding(adding(Outbox(), 1), 2, needs=1)
    assert numbers(outbox.sendable(NOW)) == [1, 2]
    assert numbers(sending(outbox.sent([made(1)])).entries) == [1, 2]


def test_what_needs_an_entry_of_another_stream_waits_for_its_answer_and_so_does_what_follows() -> None:
    outbox = sending(adding(adding(adding(Outbox(), 1, stream=THERE), 2, needs=1), 3))
    assert states(outbox) == ["sending", "queued", "queued"]
    assert outbox.sendable(NOW) == ()
    assert numbers(outbox.acknowledged(made(1)).sendable(NOW)) == [2, 3]


def test_what_needs_a_failed_entry_fails_with_it_however_far() -> None:
    outbox = adding(adding(adding(Outbox(), 1, 4, stream=THERE), 2, needs=1), 3, needs=2)
    outbox = sending(outbox).refused(made(1), CLOSED, NOW)
    assert states(outbox) == ["failed", "sending", "failed", "failed"]
    assert {entry.refusal for entry in outbox.entries if entry.state == "failed"} == {CLOSED}
    assert states(adding(outbox, 5, needs=3))[-1] == "failed"


def test_what_was_on_its_way_when_the_needed_one_failed_fails_without_a_connection() -> None:
    outbox = sending(adding(adding(Outbox(), 1), 2, needs=1)).refused(made(1), CLOSED, NOW)
    assert states(outbox) == ["failed", "sending"]
    assert states(outbox.disconnected()) == ["failed", "failed"]


# -- the author decides


def test_a_failed_entry_is_said_again_in_its_old_place_with_what_belongs_to_it() -> None:
    outbox = adding(adding(adding(Outbox(), 1), 2, needs=1), 3)
    outbox = adding(sending(outbox).refused(made(1), CLOSED, NOW).refused(made(2), CLOSED, NOW), 4)
    for asked in (1, 2):
        again = outbox.retry(made(asked))
        assert numbers(again.sendable(NOW)) == [1, 2, 4]
        assert states(again) == ["queued", "queued", "sending", "queued"]
        assert again.entries[0].refusal is None


def test_what_was_on_its_way_when_the_needed_one_was_retried_follows_it() -> None:
    outbox = sending(adding(adding(Outbox(), 1), 2, needs=1)).refused(made(1), CLOSED, NOW)
    assert numbers(outbox.retry(made(1)).disconnected().sendable(NOW)) == [1, 2]


def test_what_belongs_to_another_failure_stays_failed() -> None:
    outbox = sending(adding(Outbox(), 1, 2)).refused(made(1), CLOSED, NOW).refused(made(2), CLOSED, NOW)
    assert states(outbox.retry(made(1))) == ["queued", "failed"]


def test_only_what_failed_is_retried() -> None:
    outbox = adding(Outbox(), 1)
    assert outbox.retry(made(1)) is outbox


def test_a_queued_or_failed_entry_can_be_given_up() -> None:
    outbox = sending(adding(Outbox(), 1)).refused(made(1), CLOSED, NOW)
    assert numbers(adding(outbox, 2).discard(made(1)).discard(made(2)).entries) == []


def test_an_entry_being_said_cannot_be_taken_back() -> None:
    outbox = sending(adding(Outbox(), 1))
    assert outbox.discard(made(1)) is outbox


@pytest.mark.parametrize("refused", [None, CLOSED])
def test_what_needs_something_given_up_fails_and_its_text_stays(refused: Refusal | None) -> None:
    outbox = adding(Outbox(), 1)
    if refused is not None:
        outbox = sending(outbox).refused(made(1), refused, NOW)
    outbox = adding(outbox, 2, needs=1).discard(made(1))
    (left,) = outbox.entries
    assert left.state == "failed"
    assert left.refusal is not None
    assert left.refusal.code == (refused.code if refused else RefusalCode.CONFLICT)
    assert numbers(outbox.retry(made(2)).sendable(NOW)) == [2]
