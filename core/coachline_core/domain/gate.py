"""Order per stream across refusals: after a retryable one, the later mutations of that connection wait for it.

A connection sends several mutations without waiting for answers. If one is refused for now (`rate_limited`,
`busy` …) and those after it were done, they would overtake it. So the gate of that stream closes behind it, and
everything else is answered `out_of_order` until it is said again. Once all answers have come, its client says
again what was refused, oldest first; if instead a later one of those comes again, the client has given up the
ones before it, and the gate opens for that.

Ask when a mutation is decided, not only when it is read: what was read before the refusal is still on its way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Id, StreamId

REMEMBERED = 64
"""Refused ids kept per stream; more than a client's window of unanswered mutations."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One connection's streams that are closed, each with the refused commands in the order they were refused."""

    closed: Mapping[StreamId, tuple[Id, ...]] = field(default_factory=dict)

    def admit(self, stream: StreamId, command: Id) -> "tuple[Gate, Refusal | None]":
        """The gate after a mutation came to it, and None or why it must wait."""
        refused = self.closed.get(stream)
        if refused is None:
            return self, None
        if command in refused:
            return self._with(stream, ()), None
        return self._with(stream, (*refused, command)), Refusal(code=RefusalCode.OUT_OF_ORDER)

    def refused(self, stream: StreamId, command: Id, refusal: Refusal) -> "Gate":
        """The gate after a mutation it admitted was refused: closed behind it if it may be said again."""
        if not refusal.code.retryable:
            return self
        waiting = self.closed.get(stream, ())
        return self if command in waiting else self._with(stream, (*waiting, command))

    def answered(self, stream: StreamId, command: Id) -> "Gate":
        """The gate after one it was closed behind turned out to have been done long before: nothing waits for it."""
        waiting = self.closed.get(stream, ())
        return self._with(stream, tuple(id for id in waiting if id != command)) if command in waiting else self

    def _with(self, stream: StreamId, refused: tuple[Id, ...]) -> "Gate":
        others = {at: ids for at, ids in self.closed.items() if at != stream}
        return Gate({**others, stream: refused[:REMEMBERED]} if refused else others)
