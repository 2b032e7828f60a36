"""The states of a connection and every transition between them, as data that does not know its role.

Both sides walk the same table: one when it says a thing, the other when it hears it. Pure.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from coachline_protocol.codes import RefusalCode
from coachline_protocol.ops import Op


class State(StrEnum):
    """How far a connection has come."""

    OPENED = "opened"
    """The WebSocket stands and both sides speak the subprotocol; the server does not know who is there."""
    GREETED = "greeted"
    """`hello` was said and not yet answered."""
    WELCOMED = "welcomed"
    """The server knows the device: requests are done, events come."""
    CLOSED = "closed"
    """Over. Nothing is said or heard any more."""


class Step(StrEnum):
    """What can be said or happen, as far as the states care."""

    HELLO = "hello"
    SIGN_IN = "sign in"
    """A request that only makes sense before welcome: `sign_in`, `account.create`."""
    INQUIRY = "inquiry"
    """A request that makes sense before welcome and after."""
    REQUEST = "request"
    """A request that needs to know who asks."""
    WELCOME = "welcome"
    """The reply to `hello`."""
    HELLO_REFUSED = "hello refused"
    ANSWER = "answer"
    """The reply to, or the refusal of, any other request."""
    EVENT = "event"
    CLOSE = "close"


TRANSITIONS: Final[Mapping[State, Mapping[Step, State | RefusalCode]]] = {
    State.OPENED: {
        Step.HELLO: State.GREETED,
        Step.SIGN_IN: State.OPENED,
        Step.INQUIRY: State.OPENED,
        Step.REQUEST: RefusalCode.UNAUTHENTICATED,
        Step.ANSWER: State.OPENED,
        Step.CLOSE: State.CLOSED,
    },
    State.GREETED: {
        Step.WELCOME: State.WELCOMED,
        Step.HELLO_REFUSED: State.OPENED,
        Step.INQUIRY: State.GREETED,
        Step.REQUEST: RefusalCode.UNAUTHENTICATED,
        Step.ANSWER: State.GREETED,
        Step.CLOSE: State.CLOSED,
    },
    State.WELCOMED: {
        Step.INQUIRY: State.WELCOMED,
        Step.REQUEST: State.WELCOMED,
        Step.ANSWER: State.WELCOMED,
        Step.EVENT: State.WELCOMED,
        Step.CLOSE: State.CLOSED,
    },
    State.CLOSED: {Step.CLOSE: State.CLOSED},
}
"""The next state; or the code with which the request is refused, the state staying; or absent: a protocol
error of whoever said it, after which the connection is closed."""


def step_of(op: Op) -> Step:
    """What saying a request of this op is to the states."""
    if op.name == "hello":
        return Step.HELLO
    if not op.before_welcome:
        return Step.REQUEST
    return Step.INQUIRY if op.after_welcome else Step.SIGN_IN


def diagram() -> str:
    """The table as a Mermaid state diagram; transitions between the same two states share an arrow."""
    lines = ["stateDiagram-v2", "    [*] --> opened"]
    for state, steps in TRANSITIONS.items():
        arrows: dict[State, list[str]] = {}
        for step, target in steps.items():
            if isinstance(target, State):
                arrows.setdefault(target, []).append(step.value)
            else:
                arrows.setdefault(state, []).append(f"{step.value} (refused {target.value})")
        lines += [f"    {state} --> {target}: {', '.join(said)}" for target, said in arrows.items()]
    return "\n".join([*lines, "    closed --> [*]"])
