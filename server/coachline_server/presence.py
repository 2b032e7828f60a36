"""Presence: who is here, decided by live connections alone, and told only to those who may know."""

from collections.abc import Callable, Iterable
from functools import partial

from coachline_core.domain import access
from coachline_core.domain.access import Standing
from coachline_core.domain.person import PersonState
from coachline_core.runtime.executor import Executor
from coachline_core.runtime.seams import Clock
from coachline_protocol import ops
from coachline_protocol.rows import Id, Profile, Relationship, Time

from coachline_server.fanout import Fanout
from coachline_server.journal import JournalDesk
from coachline_server.people_online import OnlinePerson, PeopleOnline
from coachline_server.store.port import LastSeen, Store
from coachline_server.topics import presence_of


class Presence:
    """Holds nothing of its own: a person is online while `PeopleOnline` has a connection of theirs."""

    def __init__(
        self,
        *,
        people: PeopleOnline,
        fanout: Fanout,
        journal: JournalDesk,
        store: Store,
        executor: Executor,
        clock: Clock,
    ) -> None:
        self._people = people
        self._fanout = fanout
        self._journal = journal
        self._store = store
        self._executor = executor
        self._clock = clock
        people.gone = self._left

    def arrived(self, online: OnlinePerson) -> None:
        """A person's first connection was welcomed."""
        self._tell(online, ops.Presence(person=online.person, state="online"))

    def _left(self, online: OnlinePerson) -> None:
        """A person's last connection ended, perhaps one that never came in."""
        now = self._clock.now()
        self._journal.offer(LastSeen(online.person, now))
        self._tell(online, ops.Presence(person=online.person, state="offline", last_seen_at=now))

    async def query(self, standing: Callable[[], Standing], people: tuple[Id, ...]) -> tuple[ops.Presence, ...]:
        """Of those asked about, those whose presence may be seen at the end, whatever `standing` was at the
        beginning. The database only for who is offline.

        Raises StoreError.
        """
        visible = _visible(standing(), people)
        seen: dict[Id, Time] = {}
        while away := [person for person in visible if not self._is_here(person) and person not in seen]:
            # Who comes or goes meanwhile was told of before this answer, which must not say anything older.
            known = await self._executor.read(partial(self._store.last_seen, away))
            seen |= {person: known.get(person, 0) for person in away}
            visible = _visible(standing(), visible)  # it may have been withdrawn meanwhile
        return tuple(
            ops.Presence(person=person, state="online")
            if self._is_here(person)
            else ops.Presence(person=person, state="offline", last_seen_at=seen[person])
            for person in visible
        )

    def relationship_changed(self, row: Relationship) -> None:
        """Each is told that the other is here, if so and if they may know; of who may not be known nothing is said."""
        for watcher, other in ((row.trainer, row.client), (row.client, row.trainer)):
            online = self._people.get(watcher)
            if online is None or online.standing is None:
                continue
            if access.presence_visible(online.standing, other) and self._is_here(other):
                body = ops.Presence(person=other, state="online")
                self._event(body, (watcher,))

    def profile_changed(self, state: PersonState, row: Profile) -> None:
        """Those who know a person see the new card."""
        online = self._people.get(state.stream.id)
        known = {listing.other for listing in state.listings.values() if listing.other is not None}
        if online is not None and online.standing is not None:
            known |= {*online.standing.trainers, *online.standing.clients}
        card = ops.Person(
            id=state.stream.id,
            handle=row.handle,
            display_name=row.display_name,
            time_zone=row.time_zone,
            roles=row.roles,
            picture=row.picture,
        )
        self._fanout.event("profile", card, sorted(known))

    def _is_here(self, person: Id) -> bool:
        online = self._people.get(person)
        return online is not None and online.welcomed

    def _tell(self, online: OnlinePerson, body: ops.Presence) -> None:
        if online.standing is not None:
            watchers = access.presence_audience(online.standing)
            self._event(body, watchers)

    def _event(self, body: ops.Presence, watchers: tuple[Id, ...]) -> None:
        about = presence_of(body.person)
        self._fanout.event("presence", body, watchers, droppable=("presence", body.person), tag=about)


def _visible(standing: Standing, people: Iterable[Id]) -> list[Id]:
    return [person for person in dict.fromkeys(people) if access.presence_visible(standing, person)]
