"""The outbox: what is to be said is said once each, in order, whatever the network does."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from coachline_core.domain.gate import REMEMBERED, Gate
from coachline_core.domain.outbox import IN_FLIGHT, PAUSE_MS, Entry, Outbox
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Id, StreamId
from hypothesis import given, settings
from hypothesis import strategies as st
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


def test_a_failed_entry_is_said_again_after_everything_else_with_what_belongs_to_it() -> None:
    outbox = adding(adding(adding(Outbox(), 1), 2, needs=1), 3)
    outbox = sending(outbox).refused(made(1), CLOSED, NOW).refused(made(2), CLOSED, NOW)
    for asked in (1, 2):
        again = outbox.retry(made(asked))
        assert numbers(again.entries) == [3, 1, 2]
        assert [entry.place for entry in again.entries] == [2, 3, 4]
        assert states(again) == ["sending", "queued", "queued"]
        assert again.entries[1].refusal is None


def test_what_belongs_to_another_failure_stays_failed() -> None:
    outbox = sending(adding(Outbox(), 1, 2)).refused(made(1), CLOSED, NOW).refused(made(2), CLOSED, NOW)
    assert states(outbox.retry(made(1))) == ["failed", "queued"]


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


# -- whatever the network does


@dataclass
class Wire:
    """A server behind a connection that may be cut: it takes, refuses for now, or refuses for good."""

    outbox: Outbox = field(default_factory=Outbox)
    added: dict[StreamId, list[Id]] = field(default_factory=lambda: {HERE: [], THERE: []})
    accepted: dict[StreamId, list[Id]] = field(default_factory=lambda: {HERE: [], THERE: []})
    up: deque[Entry] = field(default_factory=deque)
    down: deque[tuple[Id, Refusal | None]] = field(default_factory=deque)
    gate: Gate = field(default_factory=Gate)
    given_up: set[Id] = field(default_factory=set)
    forbidden: set[Id] = field(default_factory=set)
    """What is refused for good is refused however often it is said."""
    now: int = NOW
    count: int = 0

    def add(self, stream: StreamId, after: int) -> None:
        self.count += 1
        body = ops.MessagePost(id=made(self.count), conversation=stream.id, text="x")
        recent = [id for id in self.added[HERE] + self.added[THERE] if id not in self.given_up][-after:]
        self.outbox = self.outbox.add(body.id, stream, body, needs=recent[0] if after and recent else None)
        self.added[stream].append(body.id)

    def send(self) -> None:
        ready = self.outbox.sendable(self.now)
        self.outbox = self.outbox.sent([entry.id for entry in ready])
        self.up.extend(ready)

    def serve(self, refusal: Refusal | None) -> None:
        if not self.up:
            return
        entry = self.up.popleft()
        taken = self.accepted[entry.stream]
        if entry.id in taken:
            self.down.append((entry.id, None))
            return
        self.gate, barred = self.gate.admit(entry.stream, entry.id)
        if refusal is CLOSED and barred is None:
            self.forbidden.add(entry.id)
        answer = barred or (CLOSED if entry.id in self.forbidden else refusal)
        if answer is None:
            taken.append(entry.id)
        else:
            self.gate = self.gate.refused(entry.stream, entry.id, answer)
        self.down.append((entry.id, answer))

    def hear(self) -> None:
        if not self.down:
            return
        id, refusal = self.down.popleft()
        if refusal is None:
            self.outbox = self.outbox.acknowledged(id)
        else:
            self.outbox = self.outbox.refused(id, refusal, self.now)

    def cut(self) -> None:
        self.up.clear()
        self.down.clear()
        self.gate = Gate()
        self.outbox = self.outbox.disconnected()

    def discard(self, index: int) -> None:
        if self.outbox.entries:
            entry = self.outbox.entries[index % len(self.outbox.entries)]
            if entry.state != "sending":
                self.given_up.add(entry.id)
                self.outbox = self.outbox.discard(entry.id)

    def settle(self) -> None:
        """A quiet network, until all that can be said was said."""
        for _ in range(20 * self.count + 20):
            self.now += 1000
            self.send()
            while self.up:
                self.serve(None)
            while self.down:
                self.hear()

    def play(self, step: tuple[str, int]) -> None:
        name, number = step
        match name:
            case "here":
                self.add(HERE, number % 3)
            case "there":
                self.add(THERE, number % 3)
            case "send":
                self.send()
            case "take":
                self.serve(None)
            case "refuse":
                waits = (LIMITED, LATER, Refusal(code=RefusalCode.BUSY))
                self.serve(waits[number % 3])
            case "forbid":
                self.serve(CLOSED)
            case "hear":
                self.hear()
            case "cut":
                self.cut()
            case "wait":
                self.now += 100 * number
            case "discard":
                self.discard(number)


NETWORK = ["here", "here", "there", "send", "send", "take", "take", "refuse", "hear", "hear", "cut", "wait"]


def steps(names: list[str]) -> st.SearchStrategy[list[tuple[str, int]]]:
    return st.lists(st.tuples(st.sampled_from(names), st.integers(0, 9)), max_size=80)


@settings(max_examples=300)
@given(steps(NETWORK))
def test_whatever_the_network_does_everything_is_accepted_once_in_the_order_it_was_added(
    played: list[tuple[str, int]],
) -> None:
    wire = Wire()
    for step in played:
        wire.play(step)
    wire.settle()
    assert wire.accepted == wire.added
    assert wire.outbox.entries == ()


@settings(max_examples=300)
@given(steps([*NETWORK, "forbid", "discard"]))
def test_what_is_forbidden_or_given_up_holds_nothing_else_up(played: list[tuple[str, int]]) -> None:
    wire = Wire()
    for step in played:
        wire.play(step)
    wire.settle()
    failed = {entry.id for entry in wire.outbox.entries}
    assert all(entry.state == "failed" for entry in wire.outbox.entries)
    for stream, accepted in wire.accepted.items():
        assert accepted == [id for id in wire.added[stream] if id in set(accepted)]
        missing = set(wire.added[stream]) - set(accepted)
        assert missing <= failed | wire.given_up
