"""How much of what one connection said is still unanswered: H8's “64 KiB in”.

A request's bytes count until its answer; what comes on top of a full measure is refused `busy`, not kept.
"""

from coachline_protocol import limits


class Inbound:
    """The unanswered requests of one connection, in bytes."""

    def __init__(self) -> None:
        self._sizes: dict[int, int] = {}
        self.held = 0

    def take(self, id: int, size: int) -> bool:
        """Whether a request of `size` bytes may wait. One alone always may: no message is larger than the measure."""
        if self.held and self.held + size > limits.MAX_IN_BYTES:
            return False
        self._sizes[id] = size
        self.held += size
        return True

    def release(self, id: int) -> None:
        """It was answered."""
        self.held -= self._sizes.pop(id, 0)
