"""Who asks: a welcomed connection as the handlers of requests see it, and what a handler is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from coachline_core.domain.access import Standing
from coachline_core.domain.gate import Gate
from coachline_protocol.codes import Refusal
from coachline_protocol.ops import Body
from coachline_protocol.rows import Id, StreamId

from coachline_server.people_online import LiveConnection, OnlinePerson
from coachline_server.stream_parts import Settle


@dataclass(slots=True, eq=False)
class Caller:
    """A connection that was welcomed."""

    online: OnlinePerson
    connection: LiveConnection
    gate: Gate = field(default_factory=Gate)
    """Which of this connection's streams are closed behind a refusal."""
    commands: int = 0
    """How many it has said; their numbers say which came first."""
    closed_by: dict[StreamId, int] = field(default_factory=dict)
    """The number of the command behind which a stream's gate was closed: those before it go on."""
    viewing: Id | None = None
    """The conversation this connection shows."""

    def next_number(self) -> int:
        """The number of one more command."""
        self.commands += 1
        return self.commands

    def pass_gate(self, stream: StreamId, command: Id, number: int) -> Refusal | None:
        """Why a command must wait, if it must. Asked when it is read, and again when it is decided."""
        if stream in self.gate.closed and number < self.closed_by.get(stream, 0):
            return None
        self.gate, refusal = self.gate.admit(stream, command)
        return refusal

    def close_gate(self, stream: StreamId, command: Id, number: int, refusal: Refusal) -> None:
        """A command was refused: if it may be said again, those after it wait for it."""
        was_open = stream not in self.gate.closed
        self.gate = self.gate.refused(stream, command, refusal)
        if stream in self.gate.closed:
            self.closed_by[stream] = number if was_open else min(number, self.closed_by.get(stream, number))

    @property
    def person(self) -> Id:
        return self.online.person

    @property
    def standing(self) -> Standing:
        """What the person may do now."""
        standing = self.online.standing
        if standing is None:
            raise RuntimeError("welcomed before the standing was read")
        return standing


Visitor = str
"""Somebody not known yet: the address, without the port."""

ReadHandler = Callable[[Caller, Any], Awaitable[Body | Refusal]]
"""Answers in its own time; one at a time a connection. May raise StoreError."""
OfferHandler = Callable[[Caller, Any, Settle], None]
"""Hands on and returns at once; how it ended is told later."""
VisitorHandler = Callable[[Visitor, Any], Awaitable[Body | Refusal]]
"""Answers somebody not known yet. May raise StoreError."""
