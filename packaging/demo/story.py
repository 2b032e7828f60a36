"""The month, said and done: everybody acts when the script says so, and the trainer's list moves."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import date

import trio
from coachline_protocol.rows import Id
from rich.text import Text

from demo.cast import Cast
from demo.clock import A_DAY, MonthClock
from demo.doing import Coaching
from demo.month import Moment
from demo.screen import Screen
from demo.view import Said, Scale, beside, column_width, roster_lines, rule, said_lines

FRAMES_A_SECOND = 10  # drawing takes time that the people who talk need
KEPT = 24  # of what was said: more than any terminal shows
WEEK = 7


class Story:
    """Plays a script with a cast."""

    def __init__(
        self, moments: Sequence[Moment], first: date, cast: Cast, clock: MonthClock, screen: Screen, scale: Scale
    ) -> None:
        """`first`: the day that is day 1."""
        self._moments = moments
        self._first = first
        self._cast = cast
        self._clock = clock
        self._screen = screen
        self._scale = scale
        self._coaching = Coaching(cast, first)
        self._said: deque[Said] = deque(maxlen=KEPT)
        self._count = 0
        self._deeds = 0

    async def tell_first_day(self) -> None:
        """Say and do all of it, one after the other without waiting for its hours. Raises Stuck."""
        await self._tell_all(lambda moment: moment.day == 1)
        self._screen.draw(self._frame("The first day"))
        self._screen.leave()

    async def tell(self) -> None:
        """Say and do the rest; returns when every clock shows the present. Raises Stuck."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._show)
            await self._tell_all(lambda moment: moment.day > 1)
            for person in self._cast.clients.values():
                await person.until_said()
            await self._clock.sleep_until_the_present()
            nursery.cancel_scope.cancel()
        self._screen.draw(self._frame("A month has been said"))
        self._screen.leave()

    async def _tell_all(self, wanted: Callable[[Moment], bool]) -> None:
        """Some of the moments, every conversation for itself."""
        async with trio.open_nursery() as tellers:
            for client, talk in self._cast.talks.items():
                some = [moment for moment in self._moments if moment.client == client and wanted(moment)]
                tellers.start_soon(self._tell_one, talk, some)

    async def _tell_one(self, talk: Id, moments: Sequence[Moment]) -> None:
        people = self._cast.people
        for moment in moments:
            if moment.day > 1:
                await trio.sleep(self._clock.until(moment.when(self._first, self._scale.zone)))
            who = people[moment.who]
            if moment.text:
                last = await who.say(talk, moment.text)
                await who.read(talk)
                await people[moment.other].until_here(talk, last)
                self._count += 1
                at = next(item.at for item in people[moment.other].items(talk) if item.id == last)
                self._said.append(Said(at or self._clock.now(), moment.who, moment.other, moment.text))
                continue
            await self._coaching.do(moment)
            self._deeds += moment.deed is not None
            if moment.reads:
                await who.read(talk)

    async def _show(self) -> None:
        """With eyes on it, many times a second; otherwise once a week."""
        if self._screen.moving:
            while True:
                self._screen.draw(self._frame())
                await trio.sleep(1 / FRAMES_A_SECOND)
        begin = Moment("", 1, self._moments[0].at, "", "").when(self._first, self._scale.zone)
        for week in (1, 2, 3):
            await trio.sleep(self._clock.until(begin + week * WEEK * A_DAY))
            self._screen.draw(self._frame())
            self._screen.leave()

    def _frame(self, title: str = "") -> list[Text]:
        width, names = self._screen.width, self._cast.names
        size = column_width(width)
        roster = roster_lines(self._cast.trainer.session.conversations(), names, self._scale, size)
        said = said_lines(list(self._said), self._scale, size, self._screen.rows)
        title = title or self._scale.day_name(self._scale.day(self._clock.now()))
        line = Text("─" * size, style="dim")
        left = [Text(f"{self._cast.trainer.name}'s conversations", style="bold"), line, *roster]
        right = [Text("What is being said", style="bold"), line, *said]
        return [rule(f"{title} · {self._count} messages, {self._deeds} deeds", width), *beside(left, right, width)]
