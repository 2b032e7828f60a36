"""Who waits to hear what became of a queued command."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import trio
from coachline_protocol.rows import Id

from coachline_core.client.errors import NotConnected, Refused, SignedOut
from coachline_core.client.ownership import Owner
from coachline_core.client.updates import Topic
from coachline_core.domain.outbox import GIVEN_UP


@dataclass(slots=True, eq=False)
class _Waiter:
    id: Id
    ended: trio.Event = field(default_factory=trio.Event)
    given_up: bool = False


class Outcomes:
    """Waiting for answers: as long as it takes, also over restarts of the connection."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._waiters: list[_Waiter] = []
        self._closed = False

    async def wait(self, id: Id) -> None:
        """Until a command is done; one that is not in the outbox has been.

        Raises Refused if it was refused for good, here or by the server, or is given up; SignedOut; NotConnected if
        the session ends first.
        """
        waiter = _Waiter(id)
        self._waiters.append(waiter)
        try:
            while (entry := self._owner.model.outbox.get(id)) is not None:
                if entry.state == "failed" and entry.refusal is not None:
                    raise Refused(entry.refusal)
                if self._closed:
                    raise NotConnected
                waiter.ended = trio.Event()
                await waiter.ended.wait()
        finally:
            self._waiters.remove(waiter)
        if waiter.given_up:
            raise Refused(GIVEN_UP)
        if self._owner.model.person is None:
            raise SignedOut

    def tell(self, topics: Iterable[Topic]) -> None:
        """These changed."""
        if not self._waiters:
            return
        given_up = {id for kind, id in topics if kind == "discarded"}
        for waiter in self._waiters:
            waiter.given_up = waiter.given_up or waiter.id in given_up
            waiter.ended.set()

    def close(self) -> None:
        """The session ends."""
        self._closed = True
        for waiter in self._waiters:
            waiter.ended.set()
