"""The gate: nothing overtakes what was refused for now."""

import pytest
from coachline_core.domain.gate import REMEMBERED, Gate
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import StreamId
from support.world import made

HERE, THERE = StreamId("conversation", made(1)), StreamId("conversation", made(2))
ONE, TWO, THREE = made(11), made(12), made(13)
LIMITED = Refusal(code=RefusalCode.RATE_LIMITED, retry_after_ms=500)


def admitted(gate: Gate, stream: StreamId, command: bytes) -> Gate:
    gate, refusal = gate.admit(stream, command)
    assert refusal is None
    return gate


def barred(gate: Gate, stream: StreamId, command: bytes) -> Gate:
    gate, refusal = gate.admit(stream, command)
    assert refusal is not None
    assert refusal.code == RefusalCode.OUT_OF_ORDER
    return gate


def test_an_open_gate_lets_everything_through() -> None:
    assert admitted(Gate(), HERE, ONE) == Gate()


def test_what_follows_a_refused_one_is_out_of_order_until_that_returns() -> None:
    gate = Gate().refused(HERE, ONE, LIMITED)
    gate = barred(gate, HERE, TWO)
    gate = admitted(gate, HERE, ONE)
    assert admitted(gate, HERE, TWO) == Gate()


def test_other_streams_are_not_held_up() -> None:
    gate = admitted(Gate().refused(HERE, ONE, LIMITED), THERE, TWO)
    assert barred(gate, HERE, THREE).closed[HERE] == (ONE, THREE)


def test_opening_one_stream_leaves_the_others_closed() -> None:
    gate = Gate().refused(HERE, ONE, LIMITED).refused(THERE, TWO, LIMITED)
    assert barred(admitted(gate, HERE, ONE), THERE, THREE).closed == {THERE: (TWO, THREE)}


@pytest.mark.parametrize("code", [code for code in RefusalCode if not code.retryable])
def test_a_refusal_for_good_holds_nobody_up(code: RefusalCode) -> None:
    assert Gate().refused(HERE, ONE, Refusal(code=code)) == Gate()


def test_one_refused_again_on_its_return_closes_the_gate_again() -> None:
    gate = admitted(Gate().refused(HERE, ONE, LIMITED), HERE, ONE).refused(HERE, ONE, LIMITED)
    barred(gate, HERE, TWO)


def test_being_told_of_the_same_refusal_twice_changes_nothing() -> None:
    gate = Gate().refused(HERE, ONE, LIMITED)
    assert gate.refused(HERE, ONE, LIMITED) == gate


def test_when_the_client_gives_the_refused_one_up_the_next_one_opens_the_gate_on_its_return() -> None:
    gate = barred(Gate().refused(HERE, ONE, LIMITED), HERE, TWO)
    assert admitted(gate, HERE, TWO) == Gate()


def test_a_gate_remembers_a_bounded_number() -> None:
    gate = Gate().refused(HERE, ONE, LIMITED)
    for number in range(2 * REMEMBERED):
        gate = barred(gate, HERE, made(100 + number))
    assert len(gate.closed[HERE]) == REMEMBERED
    assert gate.closed[HERE][0] == ONE


def test_one_that_was_done_before_holds_nobody_up() -> None:
    gate = Gate().refused(HERE, ONE, LIMITED)
    assert gate.answered(HERE, TWO) == gate
    assert gate.answered(THERE, ONE) == gate
    assert gate.answered(HERE, ONE) == Gate()
    assert barred(gate, HERE, TWO).answered(HERE, ONE).closed == {HERE: (TWO,)}
