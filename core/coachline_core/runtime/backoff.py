"""How long to wait before connecting again: C11 of the protocol as a small pure machine."""

from __future__ import annotations

from typing import Final

from .seams import Entropy

# Seconds. The first retry is nearly at once because most cuts are a hop between two networks; the later ones
# are spread evenly over the whole interval (full jitter), so that a restarted server is not met by everybody
# together.
CEILINGS: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)


class Backoff:
    """Never gives up: the last ceiling holds for ever."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy
        self._attempt = 0

    def next_delay(self, retry_after_ms: int | None = None) -> float:
        """Seconds to wait before the next attempt.

        `retry_after_ms`: the server said when to come back; it is never undercut, only jittered upwards.
        """
        ceiling = CEILINGS[min(self._attempt, len(CEILINGS) - 1)]
        self._attempt += 1
        return (retry_after_ms or 0) / 1000 + self._entropy.uniform(0.0, ceiling)

    def reset(self) -> None:
        """A connection succeeded, the network came up, or a person pressed Retry: begin again."""
        self._attempt = 0
