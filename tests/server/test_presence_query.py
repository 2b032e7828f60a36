"""Asking who is here while they come and go: the answer is of the moment in which it is given."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import trio
from coachline_core.domain.access import Standing
from coachline_core.runtime.seams import SystemClock
from coachline_protocol.ops import Presence as Shown
from coachline_protocol.rows import Consent, Id, Relationship
from coachline_server.fanout import Fanout
from coachline_server.journal import JournalDesk
from coachline_server.metrics import Metrics
from coachline_server.people_online import LiveConnection, OnlinePerson, PeopleOnline
from coachline_server.presence import Presence
from coachline_server.settings import Rates
from coachline_server.store.port import Store
from support.stored import BEN, EVE, MAYA

T = TypeVar("T")

WATCHER = Standing(
    MAYA,
    clients={
        client: Relationship(
            rev=1, trainer=MAYA, client=client, state="active", since=0, consent=Consent(see_presence=True)
        )
        for client in (BEN, EVE)
    },
)


class SeenStore:
    """Knows when people were last seen, and nothing else."""

    def last_seen(self, people: Sequence[Id]) -> dict[Id, int]:
        return dict.fromkeys(people, 7)


class Executor:
    """Lets something happen between the reading and its caller's going on."""

    def __init__(self) -> None:
        self.meanwhile: list[Callable[[], None]] = []

    async def read(self, fn: Callable[[], T]) -> T:
        await trio.lowlevel.checkpoint()
        value = fn()
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return value

    async def write(self, fn: Callable[[], T], *, then: Callable[[T], None] | None = None) -> T:
        value = await self.read(fn)
        if then is not None:
            then(value)
        return value


async def _scene(*here: Id) -> tuple[Presence, Executor, PeopleOnline, dict[Id, OnlinePerson]]:
    executor, clock, store = Executor(), SystemClock(), cast(Store, SeenStore())
    people = PeopleOnline(clock, Rates())
    online = {}
    for person in here:
        online[person] = people.arrive(person, _connection())
        online[person].settle(Standing(person))
        online[person].welcomed = True
    journal = JournalDesk()
    journal.open(store, executor, Metrics())
    presence = Presence(
        people=people, fanout=Fanout(people, MAYA), journal=journal, store=store, executor=executor, clock=clock
    )
    return presence, executor, people, online


def _connection() -> LiveConnection:
    return cast(LiveConnection, object())


def _states(shown: Sequence[Shown]) -> dict[Id, tuple[Any, int]]:
    return {one.person: (one.state, one.last_seen_at) for one in shown}


async def test_who_is_here_is_shown_and_who_is_not_with_the_time_he_was() -> None:
    presence, _, _, _ = await _scene(BEN)
    assert _states(await presence.query(lambda: WATCHER, (BEN, EVE))) == {BEN: ("online", 0), EVE: ("offline", 7)}


async def test_who_comes_while_the_database_is_asked_is_here() -> None:
    """[P1] The event that says so was told before the answer, which must not take it back."""
    presence, executor, _, online = await _scene(BEN)
    online[BEN].welcomed = False
    executor.meanwhile.append(lambda: setattr(online[BEN], "welcomed", True))
    assert _states(await presence.query(lambda: WATCHER, (BEN,))) == {BEN: ("online", 0)}


async def test_who_goes_while_the_database_is_asked_is_not_here() -> None:
    """[H6] Else a ghost would stay for as long as nothing else is told of him."""
    presence, executor, people, online = await _scene(BEN)
    executor.meanwhile.append(lambda: _leave(people, online[BEN]))
    assert _states(await presence.query(lambda: WATCHER, (BEN, EVE))) == {BEN: ("offline", 7), EVE: ("offline", 7)}


def _leave(people: PeopleOnline, online: OnlinePerson) -> None:
    people.leave(online, online.connections[0])
