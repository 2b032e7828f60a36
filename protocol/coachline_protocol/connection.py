"""One connection, sans-IO: bytes in, what they mean out; what is to be said in, bytes out. Both roles.

    connection = Connection("server")
    for heard in connection.receive(message):       # one WebSocket message
        match heard:
            case Asked(id, op, body): ...    # do it, then connection.reply(id, ...) or .refuse(id, ...)
            case Rejected(data=data): ...    # refused already: send data

`receive` raises RemoteProtocolError when the peer broke the protocol: close with its `close_code`. Any method
raises LocalProtocolError when this side is about to: a defect of the caller. No method waits, and no answer
needs the others: requests may be answered in any order.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from coachline_protocol import limits
from coachline_protocol.bodies import parse_event, parse_refused, parse_reply, parse_request
from coachline_protocol.codec import decode_message, encode
from coachline_protocol.codes import LocalProtocolError, Refusal, RefusalCode, RemoteProtocolError
from coachline_protocol.frames import Event, Frame, Refused, Reply, Request
from coachline_protocol.ops import EVENTS, OP_BY_NAME, OP_BY_REQUEST, Body, Op
from coachline_protocol.requests import read_requests
from coachline_protocol.state import TRANSITIONS, State, Step, step_of

Role = Literal["client", "server"]


class Asked(msgspec.Struct, frozen=True):
    """To the server: a valid request, allowed in this state. It owes one `reply` or `refuse`."""

    id: int
    op: Op
    body: Body


class Rejected(msgspec.Struct, frozen=True):
    """To the server: a request that was refused here. `data` is the encoded refusal: send it."""

    id: int
    refusal: Refusal
    data: bytes


class Answered(msgspec.Struct, frozen=True):
    """To the client: the reply to a request of this connection."""

    id: int
    op: Op
    request: Body
    body: Body


class Denied(msgspec.Struct, frozen=True):
    """To the client: the refusal of a request of this connection."""

    id: int
    op: Op
    request: Body
    refusal: Refusal


class Told(msgspec.Struct, frozen=True):
    """To the client: an event it knows."""

    name: str
    body: Body


Received = Asked | Rejected | Answered | Denied | Told


def encode_event(name: str, body: Body) -> bytes:
    """An event's bytes, the same for every connection: encode once, send to many that are welcomed."""
    if EVENTS.get(name) is not type(body):
        raise LocalProtocolError(f"{type(body).__name__} is not the body of an event {name!r}")
    return encode(Event(name, body))


def encode_refusal(request_id: int, refusal: Refusal) -> bytes:
    """A refusal's bytes, whatever the connection knows: for a reply that is taken back before it was sent."""
    return encode(Refused(request_id, refusal.code, refusal.details()))


class Connection:
    """What one side knows of a connection: its state and the requests that wait for their answer."""

    def __init__(self, role: Role) -> None:
        self.role: Role = role
        self._state = State.OPENED
        self._waiting: dict[int, tuple[Op, Body]] = {}
        self._next_id = 0

    @property
    def state(self) -> State:
        """Where this side stands."""
        return self._state

    @property
    def outstanding(self) -> int:
        """Requests waiting for their answer; at most MAX_OUTSTANDING."""
        return len(self._waiting)

    @property
    def waiting(self) -> dict[int, Op]:
        """The requests waiting for their answer: id and op, oldest first."""
        return {request_id: op for request_id, (op, _) in self._waiting.items()}

    def receive(self, data: bytes | str) -> list[Received]:
        """What one WebSocket message says, in order; all of it, or RemoteProtocolError and the end.

        After the end nothing is heard any more: an empty list.
        """
        if self._state is State.CLOSED:
            return []
        hear = self._hear_request if self.role == "server" else self._hear_server
        try:
            return [heard for frame in self._frames(data) if (heard := hear(frame)) is not None]
        except RemoteProtocolError:
            self.close()
            raise

    def _frames(self, data: bytes | str) -> Sequence[Frame]:
        requests = read_requests(data) if self.role == "server" and isinstance(data, bytes) else None
        return requests or decode_message(data)

    def close(self) -> None:
        """The connection ended, for whatever reason; requests still waiting will not be answered."""
        self._state = State.CLOSED
        self._waiting.clear()

    # -- the client's side ---------------------------------------------------------------------------------

    def request(self, body: Body) -> tuple[int, bytes]:
        """The id and bytes of a request; its op follows from the body's type.

        Raises LocalProtocolError if the state does not allow it, the body is not valid, the frame too large,
        or MAX_OUTSTANDING requests wait already.
        """
        self._must_be("client")
        op = OP_BY_REQUEST.get(type(body))
        if op is None:
            raise LocalProtocolError(f"{type(body).__name__} is not a request")
        target = self._allowed(step_of(op))
        if len(self._waiting) >= limits.MAX_OUTSTANDING:
            raise LocalProtocolError(f"{limits.MAX_OUTSTANDING} requests are waiting for their answer")
        request_id = self._free_id()
        data = _checked(encode(Request(request_id, op.name, body)))
        self._waiting[request_id] = (op, body)
        self._state = target
        return request_id, data

    def _free_id(self) -> int:
        """The next id that no waiting request has."""
        while True:
            request_id = self._next_id
            self._next_id = (request_id + 1) & limits.MAX_REQUEST_ID
            if request_id not in self._waiting:
                return request_id

    def _hear_server(self, frame: Frame) -> Received | None:
        """What a frame from the server means; None: an event this side does not know."""
        match frame:
            case Reply(id=request_id):
                op, request = self._answered(request_id)
                self._advance(Step.WELCOME if op.name == "hello" else Step.ANSWER)
                return Answered(request_id, op, request, parse_reply(frame, op))
            case Refused(id=request_id):
                op, request = self._answered(request_id)
                self._advance(Step.HELLO_REFUSED if op.name == "hello" else Step.ANSWER)
                return Denied(request_id, op, request, parse_refused(frame))
            case Event(name=name):
                self._advance(Step.EVENT)
                body = parse_event(frame)
                return None if body is None else Told(name, body)
        raise RemoteProtocolError("a server does not ask")

    def _answered(self, request_id: int) -> tuple[Op, Body]:
        try:
            return self._waiting.pop(request_id)
        except KeyError:
            raise RemoteProtocolError(f"an answer to {request_id}, which was not asked") from None

    # -- the server's side ---------------------------------------------------------------------------------

    def reply(self, id: int, body: Body) -> bytes:
        """The bytes of the reply to request `id`; the reply to `hello` is the welcome."""
        op = self._answering(id)
        if type(body) is not op.reply:
            raise LocalProtocolError(f"{type(body).__name__} is not the reply to {op.name}")
        data = encode(Reply(id, body))
        self._said(id, Step.WELCOME if op.name == "hello" else Step.ANSWER)
        return data

    def refuse(self, id: int, refusal: Refusal) -> bytes:
        """The bytes of the refusal of request `id`."""
        op = self._answering(id)
        self._said(id, Step.HELLO_REFUSED if op.name == "hello" else Step.ANSWER)
        return encode_refusal(id, refusal)

    def event(self, name: str, body: Body) -> bytes:
        """The bytes of an event for this connection alone. Raises LocalProtocolError before welcome."""
        self._must_be("server")
        self._allowed(Step.EVENT)
        return encode_event(name, body)

    def _hear_request(self, frame: Frame) -> Received:
        """What a frame from the client means: a request to be done, or one refused here."""
        if not isinstance(frame, Request):
            raise RemoteProtocolError("a client only asks")
        if frame.id in self._waiting:
            raise RemoteProtocolError(f"request {frame.id} is still waiting for its answer")
        if len(self._waiting) >= limits.MAX_OUTSTANDING:
            raise RemoteProtocolError(f"more than {limits.MAX_OUTSTANDING} requests waiting for their answer")
        op = OP_BY_NAME.get(frame.op)
        if op is None:
            return _rejected(frame.id, Refusal(code=RefusalCode.UNKNOWN_OP))
        step = step_of(op)
        target = TRANSITIONS[self._state].get(step)
        if target is None:
            raise RemoteProtocolError(f"{frame.op} in state {self._state}")
        if isinstance(target, RefusalCode):
            return _rejected(frame.id, Refusal(code=target))
        body = parse_request(frame)
        if isinstance(body, Refusal):
            return _rejected(frame.id, body)
        self._state = target
        self._waiting[frame.id] = (op, body)
        return Asked(frame.id, op, body)

    def _answering(self, request_id: int) -> Op:
        self._must_be("server")
        if request_id not in self._waiting:
            raise LocalProtocolError(f"request {request_id} is not waiting for an answer")
        return self._waiting[request_id][0]

    def _said(self, request_id: int, step: Step) -> None:
        self._state = self._allowed(step)
        del self._waiting[request_id]

    # -- the table -----------------------------------------------------------------------------------------

    def _must_be(self, role: Role) -> None:
        if self.role != role:
            raise LocalProtocolError(f"only a {role} says this")

    def _allowed(self, step: Step) -> State:
        """The state after this side took a step. Raises LocalProtocolError if the step is not allowed."""
        target = TRANSITIONS[self._state].get(step)
        if not isinstance(target, State):
            raise LocalProtocolError(f"{step.value} in state {self._state}")
        return target

    def _advance(self, step: Step) -> None:
        """The peer took a step. Raises RemoteProtocolError if it is not allowed."""
        target = TRANSITIONS[self._state].get(step)
        if not isinstance(target, State):
            raise RemoteProtocolError(f"{step.value} in state {self._state}")
        self._state = target


def _rejected(request_id: int, refusal: Refusal) -> Rejected:
    return Rejected(request_id, refusal, encode_refusal(request_id, refusal))


def _checked(data: bytes) -> bytes:
    """A request's bytes, heard as the server will hear them. Raises LocalProtocolError if it would not."""
    try:
        (frame,) = decode_message(data)
    except RemoteProtocolError as error:
        raise LocalProtocolError(f"a request the server cannot read: {error}") from None
    body: Any = parse_request(frame) if isinstance(frame, Request) else None
    if isinstance(body, Refusal):
        raise LocalProtocolError(f"a request the server would refuse: {body}")
    return data
