"""Events for a connection that has said hello and was not welcomed yet: held in order, bounded, then told."""

from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HeldEvent:
    """A frame, and what the writer is to know of it."""

    frame: bytes
    droppable: Hashable | None
    tag: Hashable | None


class HeldEvents:
    """At most `max_bytes` of frames."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._events: list[HeldEvent] = []
        self._bytes = 0

    def hold(self, event: HeldEvent) -> bool:
        """Keep one more. False: it does not fit."""
        if self._bytes + len(event.frame) > self._max_bytes:
            return False
        self._bytes += len(event.frame)
        self._events.append(event)
        return True

    def withhold(self, tag: Hashable) -> None:
        """Forget those with this tag."""
        kept = [event for event in self.take() if event.tag != tag]
        for event in kept:
            self.hold(event)

    def take(self) -> list[HeldEvent]:
        """All of them; nothing is held any more."""
        events, self._events, self._bytes = self._events, [], 0
        return events
