"""Who is known, on one connection: everybody's card and presence, asked for at first and whenever somebody new is met.

Events and answers come by different ways, and an answer may be taken up after an event that is newer. So what an event
says since the question was put holds, and who is met since then is asked about again.
"""

from collections.abc import Callable, Iterable

import trio
from coachline_protocol import limits
from coachline_protocol.ops import People, PeopleList, Person, Presence, PresenceQuery, Presences
from coachline_protocol.rows import Id

from coachline_core.client import facts
from coachline_core.client.channel import Channel
from coachline_core.client.ownership import Lease
from coachline_core.client.patience import ask_patiently
from coachline_core.client.presence import Here
from coachline_core.client.updates import Topic


class Acquaintances:
    """One connection's task for people. `met`: the cards of all have been here once."""

    def __init__(self, owner: Lease, channel: Channel, here: Here, publish: Callable[[Iterable[Topic]], None]) -> None:
        self._owner, self._channel = owner, channel
        self._here, self._publish = here, publish
        self.met = trio.Event()
        self._woken = trio.Event()
        self._asked_about: set[Id] = set()
        """Who had no card when all were last asked for: if the answer had none either, there is none to be had."""
        self._unsure: set[Id] = set()
        """Whose presence may be mine to know since, or not any more."""
        self._cards: dict[Id, Person] = {}
        """What events told since all cards were last asked for."""
        self._seen: set[Id] = set()
        """Whose presence an event told since it was last asked for."""

    def hear_card(self, card: Person) -> None:
        """An event told it."""
        self._cards[card.id] = card

    def hear_presence(self, presence: Presence) -> None:
        """An event told it."""
        self._here.presences[presence.person] = presence
        self._seen.add(presence.person)

    def doubt(self, people: set[Id]) -> None:
        """Forget whether these are here, and ask: whoever may not be known is left out of the answer."""
        self._unsure |= people
        known = [person for person in sorted(people) if self._here.presences.pop(person, None) is not None]
        self._publish([("presence", person) for person in known])

    def wake(self) -> None:
        """There are new rows, which may mention somebody new."""
        if self._new() or self._unsure:
            self._woken.set()

    async def work(self) -> None:
        """Know everybody, for as long as the connection lasts. Raises NotConnected, StorageFailed."""
        while True:
            asked_about = self._owner.model.strangers()
            await self._ask_cards()
            self._asked_about = asked_about
            self.met.set()
            await self._ask_presences(sorted(self._owner.model.people))
            while not self._new():
                unsure, self._unsure = sorted(self._unsure), set()
                await self._ask_presences(unsure)
                await self._woken.wait()
                self._woken = trio.Event()

    def _new(self) -> set[Id]:
        return self._owner.model.strangers() - self._asked_about

    async def _ask_cards(self) -> None:
        self._cards.clear()
        cards: dict[Id, Person] = {}
        after: Id | None = None
        while True:
            page = await ask_patiently(self._channel, PeopleList(after=after), People)
            cards.update((card.id, card) for card in page.people)
            if not (page.more and page.people):
                break
            after = page.people[-1].id
        await self._owner.do(lambda: [facts.Met(tuple({**cards, **self._cards}.values()), all=True)])

    async def _ask_presences(self, people: list[Id]) -> None:
        for start in range(0, len(people), limits.PRESENCE_QUERY_MAX):
            chunk = tuple(people[start : start + limits.PRESENCE_QUERY_MAX])
            self._seen.clear()
            told = await ask_patiently(self._channel, PresenceQuery(people=chunk), Presences)
            known_better = self._seen | self._unsure
            news = {presence.person: presence for presence in told.presences if presence.person not in known_better}
            self._here.presences.update(news)
            self._publish([("presence", person) for person in news])
