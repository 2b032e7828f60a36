"""Who sends read receipts: each person's choice, read once and kept current by the changes of their profile."""

from collections.abc import Iterable

from coachline_core.domain import receipts
from coachline_core.runtime.executor import Executor
from coachline_protocol.rows import AnyRow, Cursor, Id, Profile, StreamId

from coachline_server.store.port import Store


class ReceiptChoices:
    """Asked on every cursor that is shown. A person never seen before is read from the database by `know`."""

    def __init__(self, store: Store, executor: Executor) -> None:
        self._store = store
        self._executor = executor
        self._sends: dict[Id, bool] = {}

    def learn(self, row: AnyRow, person: Id) -> None:
        """A row of this person's own stream was committed."""
        if isinstance(row, Profile):
            self._sends[person] = row.receipts

    async def know(self, people: Iterable[Id]) -> None:
        """Read the choices of those not known yet. Raises StoreError."""
        missing = [person for person in people if person not in self._sends]
        if not missing:
            return
        loaded = await self._executor.read(
            lambda: [(person, self._store.load(StreamId("person", person)).rows) for person in missing]
        )
        for person, rows in loaded:
            # A change committed while this was being read has been learned already, and is newer.
            if person not in self._sends:
                self._sends[person] = next((row.receipts for row in rows if isinstance(row, Profile)), True)

    def sends(self, person: Id) -> bool:
        """Whether this person sends read receipts; not if that is not known."""
        return self._sends.get(person, False)

    def shown(self, cursors: Iterable[Cursor], viewer: Id) -> tuple[Cursor, ...]:
        """Cursors as one member sees them: who sends no receipts shows none and sees none but the own."""
        mine = self.sends(viewer)
        return tuple(
            [
                cursor if cursor.person == viewer else receipts.shown(cursor, self.sends(cursor.person), mine)
                for cursor in cursors
            ]
        )
