"""Lines of the log that a stranger can cause as often as he likes, without filling the disk by it."""

from collections.abc import Callable
from typing import Final

import trio

EVERY_SECONDS: Final = 1.0
MOST_CHARACTERS: Final = 200
"""Of a field: a reason may quote what the stranger said."""


class LimitedLine:
    """One kind of line, written at most once a second; the next one says how many were left out before it."""

    def __init__(self, write: Callable[..., object], event: str) -> None:
        """`write`: a logger's method for a level."""
        self._write = write
        self._event = event
        self._again_at = float("-inf")
        self._left_out = 0

    def write(self, **fields: str) -> None:
        """It happened."""
        now = trio.current_time()
        if now < self._again_at:
            self._left_out += 1
            return
        left_out = {"left_out": self._left_out} if self._left_out else {}
        short = {name: value[:MOST_CHARACTERS] for name, value in fields.items()}
        self._write(self._event, **short, **left_out)
        self._again_at, self._left_out = now + EVERY_SECONDS, 0
