"""How much is taken on at once, so that whatever is taken on is done soon.

Offered more than it can do, a server that takes everything makes everybody wait, in the end for ever. So the number
of commands under way is limited, and the limit follows how long they take, as a TCP sender's window does (RFC 5681,
section 3.1): while they are done in time it grows a little, when they take too long it shrinks by a share. What comes
on top is refused `busy` at once, which costs a fraction of doing it, and is said again later.
"""

import msgspec

IN_TIME_S = 0.05
"""From heard to durable and told: half of what a delivery may take, as the way to and from the server is not in it."""
EVERY_S = 0.1
"""The limit is judged so often: a change must show before the next one is made."""
STEP = 16
SHRINK = 0.8
FEWEST = 256
"""Four devices with all their requests out, however slow the disk is."""
MOST = 16_384


class Admission(msgspec.Struct, frozen=True):
    """`limit`: commands that may be under way; `next_at_s`: of the caller's clock, when it may change again."""

    limit: int = 512
    next_at_s: float = 0

    def admits(self, under_way: int) -> bool:
        """Whether one more may begin."""
        return under_way < self.limit

    def after(self, took_s: float, under_way: int, now_s: float) -> "Admission":
        """The admission after one of `under_way` commands was done that took so long."""
        if now_s < self.next_at_s:
            return self
        if took_s > IN_TIME_S:
            # A few that take long wait for something else than each other.
            fewer = max(FEWEST, int(under_way * SHRINK)) if under_way > FEWEST else self.limit
            return Admission(min(self.limit, fewer), now_s + EVERY_S)
        # Only a limit that was nearly reached has been tried.
        grown = self.limit + STEP if under_way * 2 > self.limit else self.limit
        return Admission(min(MOST, grown), now_s + EVERY_S)
