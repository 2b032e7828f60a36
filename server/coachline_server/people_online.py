"""People online: for each, the live connections, what the person may do, and what is left of the budgets."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Protocol

from coachline_core.domain import access
from coachline_core.domain.budget import Bucket
from coachline_core.runtime.seams import Clock
from coachline_protocol.codes import CloseCode
from coachline_protocol.ops import Budget
from coachline_protocol.rows import AnyRow, Id, Revision, StreamId

from coachline_server.settings import Rate, Rates

BUDGETS_KEPT_SECONDS = 120
"""What somebody who left had left of the budgets is remembered until all would be full again, so that a
reconnect is no way around a limit."""


class LiveConnection(Protocol):
    """A connection as those see it who have something to tell the person behind it."""

    @property
    def device(self) -> Id: ...

    @property
    def active_at(self) -> float:
        """When it last said something; seconds on the monotonic clock."""
        ...

    def tell(self, frame: bytes, *, droppable: Hashable | None = None, tag: Hashable | None = None) -> None:
        """Queue an event's frame; a reader too slow for it is dismissed. `tag`: see `withhold`. Never waits."""
        ...

    def withhold(self, tag: Hashable) -> None:
        """Nothing with this tag that still waits is sent any more."""
        ...

    def dismiss(self, code: CloseCode, reason: str, *, purge: bool = False) -> None:
        """End it with `code`; with `purge` nothing that still waits is sent first."""
        ...


class OnlinePerson:
    """Somebody with at least one connection that said a valid hello."""

    def __init__(self, person: Id, budgets: dict[str, Bucket]) -> None:
        self.person = person
        self.connections: list[LiveConnection] = []
        self.welcomed = False
        """Whether one of them was welcomed: from then on the person is here."""
        self.own_rev: Revision | None = None
        """Where the person's own stream stood when the first of them was welcomed."""
        self.standing: access.Standing | None = None
        """None until it was read from the database; what is learned meanwhile is kept in `_heard`."""
        self.budgets = budgets
        self._heard: list[tuple[StreamId, AnyRow]] = []

    @property
    def known_standing(self) -> access.Standing:
        """The standing of somebody who was welcomed, or is about to be."""
        if self.standing is None:
            raise RuntimeError("asked before the standing was read")
        return self.standing

    def learn(self, stream: StreamId, row: AnyRow) -> None:
        """A row was committed that this person is told of."""
        if self.standing is None:
            self._heard.append((stream, row))
        else:
            self.standing = access.learn(self.standing, stream, row)

    def settle(self, standing: access.Standing) -> None:
        """The standing was read; what was committed during the reading is learned on top. The first one counts."""
        if self.standing is None:
            heard, self._heard = self._heard, []
            self.standing = access.learn_all(standing, heard)

    def tell(
        self,
        frame: bytes,
        *,
        droppable: Hashable | None = None,
        tag: Hashable | None = None,
        but: LiveConnection | None = None,
    ) -> None:
        """To every device but that of one connection."""
        for connection in tuple(self.connections):
            if connection is not but:
                connection.tell(frame, droppable=droppable, tag=tag)

    def withhold(self, tag: Hashable) -> None:
        """From every device."""
        for connection in self.connections:
            connection.withhold(tag)


class PeopleOnline:
    """Who is online on this node."""

    def __init__(self, clock: Clock, rates: Rates) -> None:
        self._clock = clock
        self._rates: dict[Budget, Rate] = {
            "message": rates.message,
            "change": rates.change,
            "record": rates.record,
            "typing": rates.typing,
            "presence": rates.presence,
            "query": rates.query,
        }
        self._people: dict[Id, OnlinePerson] = {}
        self.connections = 0
        """Of everybody."""
        self.gone: Callable[[OnlinePerson], None] = lambda _: None
        """Hears of everybody who was here and whose last connection ended, however it ended."""
        self._left: OrderedDict[Id, tuple[float, dict[str, Bucket]]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._people)

    def __iter__(self) -> Iterator[OnlinePerson]:
        return iter(tuple(self._people.values()))

    def get(self, person: Id) -> OnlinePerson | None:
        """The person, if online."""
        return self._people.get(person)

    def arrive(self, person: Id, connection: LiveConnection) -> OnlinePerson:
        """A connection of a person begins: it is told events from now on. The standing is for the caller to settle."""
        online = self._people.get(person)
        if online is None:
            online = self._people[person] = OnlinePerson(person, self._budgets_of(person))
        online.connections.append(connection)
        self.connections += 1
        return online

    def leave(self, online: OnlinePerson, connection: LiveConnection) -> None:
        """A connection ended, welcomed or not. Saying it twice does no harm."""
        if connection not in online.connections:
            return
        online.connections.remove(connection)
        self.connections -= 1
        if online.connections:
            return
        del self._people[online.person]
        self._left[online.person] = (self._clock.monotonic(), online.budgets)
        if online.welcomed:
            self.gone(online)

    def spend(self, online: OnlinePerson, budget: Budget, now: float) -> int | None:
        """Take one from a budget, at `now` on the monotonic clock. Milliseconds until it can be had; None: it was."""
        rate = self._rates.get(budget)
        if rate is None:
            return None
        bucket = online.budgets.get(budget) or full(rate)
        online.budgets[budget], wait = bucket.take(now)
        return wait

    def _budgets_of(self, person: Id) -> dict[str, Bucket]:
        now = self._clock.monotonic()
        while self._left and next(iter(self._left.values()))[0] < now - BUDGETS_KEPT_SECONDS:
            self._left.popitem(last=False)
        _, budgets = self._left.pop(person, (now, {}))
        return budgets


def full(rate: Rate) -> Bucket:
    """A bucket nobody has taken from."""
    return Bucket(60 / rate.per_minute, rate.burst)
