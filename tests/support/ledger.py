"""What was said and seen in a play, written down beside it: what every device must show in the end.

Knows nothing of the code under test but ids and numbers; the rules it checks are the promises themselves.
"""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from coachline_core.domain.timeline import Timeline
from coachline_protocol.rows import Cursor, Id, Message


@dataclass
class Ledger:
    """Per conversation: who said what, by message id, and how far each person saw."""

    lines: dict[Id, dict[Id, tuple[Id, str]]] = field(default_factory=dict)
    seen: dict[tuple[Id, Id], int] = field(default_factory=dict)

    def said(self, conversation: Id, id: Id, author: Id, text: str) -> None:
        """Somebody wrote something that must arrive, once."""
        self.lines.setdefault(conversation, {})[id] = author, text

    def unsaid(self, conversation: Id, id: Id) -> None:
        """Somebody gave up what he wrote: it must not arrive."""
        del self.lines[conversation][id]

    def saw(self, conversation: Id, person: Id, seq: int) -> None:
        """Somebody saw everything up to there."""
        self.seen[conversation, person] = max(seq, self.seen.get((conversation, person), 0))

    def copied(self) -> "Ledger":
        """As it stands now: what a backup holds."""
        return deepcopy(self)

    def wrongs(self, conversation: Id, messages: Sequence[Message]) -> list[str]:
        """What is wrong with a device's whole timeline: gaps, anything missing, said twice, or said by nobody."""
        found: list[str] = []
        if [message.seq for message in messages] != list(range(1, len(messages) + 1)):
            found.append(f"gaps: {[message.seq for message in messages]}")
        held = [(message.id, message.author, message.text) for message in messages if message.kind == "text"]
        wanted = {(id, author, text) for id, (author, text) in self.lines.get(conversation, {}).items()}
        if len(set(held)) != len(held):
            found.append("a message stands twice")
        found += [f"missing: {text!r}" for _, _, text in sorted(wanted - set(held))]
        found += [f"said by nobody: {text!r}" for _, _, text in sorted(set(held) - wanted)]
        return found

    def unread(self, conversation: Id, person: Id, messages: Iterable[Message]) -> int:
        """What a person's badge must show: others' words above what that person saw."""
        seen = self.seen.get((conversation, person), 0)
        counted = (m for m in messages if m.kind not in ("system", "progress") and m.author != person)
        return sum(message.seq > seen for message in counted)


def receipt_wrongs(timeline: Timeline, head: int) -> list[str]:
    """Cursors that break `read ≤ delivered ≤ head`."""

    def broken(cursor: Cursor) -> bool:
        return not cursor.read <= cursor.delivered <= head

    cursors = timeline.cursors.values()
    return [f"read {c.read}, delivered {c.delivered}, head {head}" for c in cursors if broken(c)]
