"""Who asks: a welcomed connection as the handlers of requests see it, and what a handler is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from coachline_core.domain.access import Standing
from coachline_core.domain.gate import Gate
from coachline_protocol.codes import Refusal
from coachline_protocol.ops import Body
from coachline_protocol.rows import Id

from coachline_server.people_online import LiveConnection, OnlinePerson
from coachline_server.stream_parts import Settle


@dataclass(slots=True, eq=False)
class Caller:
    """A connection that was welcomed."""

    online: OnlinePerson
    connection: LiveConnection
    gate: Gate = field(default_factory=Gate)
    """Which of this connection's streams are closed behind a refusal."""
    viewing: Id | None = None
    """The conversation this connection shows."""

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
