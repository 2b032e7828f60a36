"""Watches one device from the first moment to the last: what a person must never see there, at any moment."""

from coachline_core.client.session import Session
from coachline_core.client.values import ConnectionChanged, ConversationChanged
from coachline_core.domain.timeline import Timeline
from coachline_protocol.rows import Id

STEPS = {"queued": 0, "sending": 0, "failed": 0, "sent": 1, "delivered": 2, "read": 3}
"""A message goes forward only. Queued and sending alternate with the connection, and a failed one is said again."""


class Witness:
    """Follows every update of a session and writes down what was wrong with it."""

    def __init__(self, name: str, session: Session) -> None:
        self.wrongs: list[str] = []
        self.ever_shown: set[str] = set()
        """Every text that was ever on the screen."""
        self.reasons: set[str] = set()
        """Every reason that was ever given for having no connection."""
        self._name = name
        self._session = session
        self._steps: dict[Id, int] = {}
        self._cursors: dict[tuple[Id, Id], tuple[int, int]] = {}

    async def watch(self) -> None:
        """Until the session ends."""
        async for update in self._session.subscribe():
            if isinstance(update, ConnectionChanged) and update.state.reason is not None:
                self.reasons.add(update.state.reason)
            if isinstance(update, ConversationChanged):
                if update.timeline is None:
                    self._steps.clear()
                    self._cursors.clear()
                else:
                    self.look(update.conversation, update.timeline)

    def look(self, conversation: Id, timeline: Timeline) -> None:
        """One moment of one conversation: nothing twice, in one order, nothing goes back, and receipts are honest."""
        items = timeline.items()
        ids = [item.id for item in items]
        seqs = [item.seq for item in items if item.seq is not None]
        if len(set(ids)) != len(ids):
            self._wrong("a message stands twice")
        if seqs != sorted(set(seqs)):
            self._wrong(f"order {seqs}")
        for item in items:
            self.ever_shown.add(item.text)
            step = STEPS[item.state]
            if step < self._steps.get(item.id, 0):
                self._wrong(f"{item.text!r} went back to {item.state}")
            self._steps[item.id] = step
        for person, cursor in timeline.cursors.items():
            before = self._cursors.get((conversation, person), (0, 0))
            if cursor.read < before[0] or cursor.delivered < before[1]:
                self._wrong(f"a cursor went back from {before} to {cursor.read, cursor.delivered}")
            self._cursors[conversation, person] = cursor.read, cursor.delivered

    def _wrong(self, what: str) -> None:
        self.wrongs.append(f"{self._name}: {what}")
