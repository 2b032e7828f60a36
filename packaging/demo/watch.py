"""Looks at every timeline a person is shown and writes down what must never be: the memory of a suspicious reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from coachline_core.domain.timeline import Item, ItemState
from coachline_protocol.rows import Id, Seq

FORWARD: Final[Mapping[ItemState, int]] = MappingProxyType(
    {"queued": 0, "failed": 0, "sending": 0, "sent": 1, "delivered": 2, "read": 3}
)
"""How far a message of one's own has come; the first three may follow each other in any order."""


class Watch:
    """One person's timelines, as they were shown to him one after the other."""

    def __init__(self) -> None:
        self._come: dict[Id, int] = {}
        self.looked_at = 0
        """Timelines shown."""
        self.acknowledged: dict[Id, tuple[Id, Seq]] = {}
        """Messages of his own that were shown as sent, or further: their conversation and place in it."""
        self.defects: list[str] = []
        """What should not have been shown, a sentence each."""

    def see(self, conversation: Id, me: Id, items: Sequence[Item]) -> None:
        """A timeline was shown."""
        self.looked_at += 1
        ids = Counter(item.id for item in items)
        for id, times in ids.items():
            if times > 1:
                self.defects.append(f"message {id.hex()} stood there {times} times")
        seqs = [item.seq for item in items if item.seq is not None]
        if any(one >= next for one, next in pairwise(seqs)):
            self.defects.append(f"messages stood out of order: {seqs}")
        for item in items:
            if item.author == me and item.kind == "text":
                self._follow(conversation, item.id, item.seq, item.state)

    def _follow(self, conversation: Id, id: Id, seq: Seq | None, state: ItemState) -> None:
        come = FORWARD[state]
        if come < self._come.get(id, 0):
            self.defects.append(f"message {id.hex()} went back to {state}")
        self._come[id] = come
        if come >= FORWARD["sent"] and seq is not None:
            first = self.acknowledged.setdefault(id, (conversation, seq))
            if first != (conversation, seq):
                self.defects.append(f"message {id.hex()} moved from {first[1]} to {seq}")
