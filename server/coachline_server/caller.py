"""Who asks: a welcomed connection as the handlers of requests see it, and what a handler is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Network, ip_address
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
        if stream not in self.gate.closed or number < self.closed_by.get(stream, 0):
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
        return self.online.known_standing


Visitor = str
"""Somebody not known yet: where they come from, as `visitor_at` says it."""

IPV6_NETWORK = 64
"""Bits of an IPv6 address that tell strangers apart: whoever has one address has the whole /64 behind it."""


def visitor_at(peer: str) -> Visitor:
    """Who counts as one stranger: an IPv4 address, an IPv6 network; `peer` is `host:port`, or what else is known."""
    host = peer.rpartition(":")[0] or peer
    try:
        address = ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((address, IPV6_NETWORK), strict=False))


ReadHandler = Callable[[Caller, Any], Awaitable[Body | Refusal]]
"""Answers in its own time; one at a time a connection. May raise StoreError."""
OfferHandler = Callable[[Caller, Any, Settle], None]
"""Hands on and returns at once; how it ended is told later."""
VisitorHandler = Callable[[Visitor, Any], Awaitable[Body | Refusal]]
"""Answers somebody not known yet. May raise StoreError."""
