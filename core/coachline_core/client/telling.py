"""Tells the server how far this device has stored and this person has seen: coalesced, never more than is so."""

from collections.abc import Callable, Iterable

import trio
from coachline_protocol.ops import CursorDelivered, CursorRead, Empty
from coachline_protocol.rows import Id, Seq

from coachline_core.client.channel import Channel
from coachline_core.client.errors import Refused
from coachline_core.client.ownership import Lease
from coachline_core.client.patience import UNNAMED_WAIT


class Teller:
    """One connection's task for cursors. While a cursor is on its way, further moves join into the next one."""

    def __init__(self, owner: Lease, channel: Channel, incomplete: Callable[[Id], bool]) -> None:
        """`incomplete(conversation)`: the conversation is still being fetched; nothing of it is told meanwhile."""
        self._owner = owner
        self._channel = channel
        self._incomplete = incomplete
        self._told: dict[tuple[Id, type], Seq] = {}
        self._due: dict[Id, None] = dict.fromkeys(sorted(owner.model.conversations))
        self._woken = trio.Event()

    def wake(self, conversations: Iterable[Id]) -> None:
        """Something was stored or seen in these conversations."""
        self._due.update(dict.fromkeys(conversations))
        self._woken.set()

    async def work(self) -> None:
        """Tell for as long as the connection lasts. Raises NotConnected."""
        while True:
            self._woken = trio.Event()
            moves = self._moves()
            for move in moves:
                try:
                    await self._channel.ask(move, Empty)
                except Refused as refused:
                    # Also if it is for good: the conversation may be back before the connection ends.
                    del self._told[move.conversation, type(move)]
                    if refused.refusal.code.retryable:
                        self._due[move.conversation] = None
                        await trio.sleep(UNNAMED_WAIT)
            if not moves:
                await self._woken.wait()

    def _moves(self) -> list[CursorDelivered | CursorRead]:
        moves: list[CursorDelivered | CursorRead] = []
        due, self._due = self._due, {}
        for id in due:
            held = self._owner.model.conversations.get(id)
            if held is None or self._incomplete(id):
                continue  # what ends the fetching wakes again
            delivered, read = held.deliverable(), held.readable()
            if delivered is not None and self._is_news(id, CursorDelivered, delivered):
                moves.append(CursorDelivered(conversation=id, seq=delivered))
            if read is not None and self._is_news(id, CursorRead, read):
                moves.append(CursorRead(conversation=id, seq=read))
        return moves

    def _is_news(self, id: Id, kind: type, seq: Seq) -> bool:
        if self._told.get((id, kind), 0) >= seq:
            return False
        self._told[id, kind] = seq
        return True
