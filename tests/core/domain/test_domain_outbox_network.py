"""The outbox and the gate together: whatever the network does between them, in order and once each."""

from collections import deque
from dataclasses import dataclass, field

from coachline_core.domain.gate import Gate
from coachline_core.domain.outbox import Entry, Outbox
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

    def retry(self, index: int) -> None:
        if self.outbox.entries:
            self.outbox = self.outbox.retry(self.outbox.entries[index % len(self.outbox.entries)].id)

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
            case "retry":
                self.retry(number)
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


@settings(max_examples=200)
@given(steps([*NETWORK, "forbid", "discard", "retry"]))
def test_whatever_its_author_retries_the_outbox_never_gets_stuck(played: list[tuple[str, int]]) -> None:
    wire = Wire()
    for step in played:
        wire.play(step)
    wire.settle()
    assert all(entry.state == "failed" for entry in wire.outbox.entries)
    for accepted in wire.accepted.values():
        assert len(accepted) == len(set(accepted))
