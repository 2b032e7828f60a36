"""Fills the cache with the whole history in the background: newest holes first, giving way to live traffic."""

from collections.abc import Callable
from typing import Final

import trio
from coachline_protocol import limits
from coachline_protocol.ops import History, Messages
from coachline_protocol.rows import Id

from coachline_core.client import facts, following
from coachline_core.client.channel import Channel
from coachline_core.client.errors import Refused
from coachline_core.client.ownership import Lease
from coachline_core.client.patience import ask_patiently
from coachline_core.domain.ranges import Range

PAUSE: Final = 0.05
"""Seconds between pages: one page of 200 at a time leaves the link and the disk to whoever types."""


class Filler:
    """One connection's task for history. What it has is noted as ranges, so a cut costs at most a page."""

    def __init__(self, owner: Lease, channel: Channel, incomplete: Callable[[Id], bool]) -> None:
        self._owner = owner
        self._channel = channel
        self._incomplete = incomplete
        self._refused: dict[Id, None] = {}
        self._woken = trio.Event()

    def wake(self) -> None:
        """Something was fetched; there may be holes below it."""
        self._woken.set()

    def fetched(self, conversation: Id) -> None:
        """It is up to date; if history was refused because it was withdrawn, it is back."""
        self._refused.pop(conversation, None)
        self.wake()

    async def work(self) -> None:
        """Fill whatever is missing, for as long as the connection lasts. Raises NotConnected, StorageFailed."""
        while True:
            self._woken = trio.Event()
            found = self._next_hole()
            if found is None:
                await self._woken.wait()
            else:
                await self.fill(*found)
                await trio.sleep(PAUSE)

    async def fill(self, conversation: Id, hole: Range) -> None:
        """Fetch the newest page of a hole."""
        request = History(conversation=conversation, before=hole[1], limit=limits.HISTORY_MAX)
        try:
            page = await ask_patiently(self._channel, request, Messages)
        except Refused:
            self._refused[conversation] = None  # withdrawn meanwhile: its event is on the way
            return
        model = self._owner.model

        def decide() -> list[facts.Fact]:
            return following.filled(model, conversation, hole, page)

        await self._owner.do(decide)

    def _next_hole(self) -> tuple[Id, Range] | None:
        holes = (
            (id, hole)
            for id, held in sorted(self._owner.model.conversations.items())
            if id not in self._refused and not self._incomplete(id) and (hole := held.hole()) is not None
        )
        return max(holes, key=lambda found: found[1][1], default=None)
