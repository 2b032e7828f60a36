"""The table of states: complete, and the same for whoever speaks and whoever hears."""

import pytest
from coachline_protocol.codes import RefusalCode
from coachline_protocol.ops import OP_BY_NAME, OPS
from coachline_protocol.state import TRANSITIONS, State, Step, diagram, step_of


def test_every_state_stands_in_the_table_and_is_reached() -> None:
    """[C3]"""
    assert set(TRANSITIONS) == set(State)
    reached = {to for steps in TRANSITIONS.values() for to in steps.values() if isinstance(to, State)}
    assert reached == set(State)


def test_every_step_is_possible_somewhere() -> None:
    assert {step for steps in TRANSITIONS.values() for step in steps} == set(Step)


def test_the_end_is_reached_from_everywhere_and_left_for_nowhere() -> None:
    """[C6]"""
    assert all(steps[Step.CLOSE] is State.CLOSED for steps in TRANSITIONS.values())
    assert set(TRANSITIONS[State.CLOSED]) == {Step.CLOSE}


def test_nothing_happens_before_welcome_but_what_may() -> None:
    """[C3]"""
    for state in (State.OPENED, State.GREETED):
        assert TRANSITIONS[state][Step.REQUEST] is RefusalCode.UNAUTHENTICATED
        assert Step.EVENT not in TRANSITIONS[state]


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("hello", Step.HELLO),
        ("sign_in", Step.SIGN_IN),
        ("account.create", Step.SIGN_IN),
        ("invitation.inspect", Step.INQUIRY),
        ("message.post", Step.REQUEST),
    ],
)
def test_an_op_is_a_step(name: str, step: Step) -> None:
    assert step_of(OP_BY_NAME[name]) is step


def test_only_four_ops_may_be_said_by_somebody_unknown() -> None:
    """[C3]"""
    early = {op.name for op in OPS if step_of(op) is not Step.REQUEST}
    assert early == {"hello", "sign_in", "account.create", "invitation.inspect"}


def test_the_diagram_shows_every_step_of_the_table() -> None:
    drawn = diagram().splitlines()
    for state, steps in TRANSITIONS.items():
        for step, target in steps.items():
            refused = isinstance(target, RefusalCode)
            shown = f"{step.value} (refused {target.value})" if refused else step.value
            arrow = f"    {state} --> {state if refused else target}: "
            (line,) = [line for line in drawn if line.startswith(arrow)]
            assert shown in line.removeprefix(arrow).split(", ")
