"""What the month says of coaching, done: by the sessions of those who do it, through the real protocol."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Final

from coachline_core.client.errors import Refused
from coachline_core.client.values import Record
from coachline_core.domain.course import Course
from coachline_protocol.codes import RefusalCode
from coachline_protocol.rows import Consent, Date, GoalKind, Id, Terms

from demo.cast import Cast
from demo.deeds import Accepts, Consents, Counters, Enters, Excuses, Finishes, Sets, measures, targets
from demo.month import Moment
from demo.person import Person, Stuck

WEEKS: Final = 8
"""From a goal's first day to its last."""
DAYS_AHEAD: Final = (0, 3, 9, 27)
"""Until a goal begins. In a month of seconds a day may be over before its command is there: then a later one."""


class Coaching:
    """Does deeds of the script, and knows which goal goes by which name."""

    def __init__(self, cast: Cast, first: Date) -> None:
        """`first`: the day that is day 1."""
        self._cast = cast
        self._first = first
        self._goals: dict[tuple[str, str], tuple[Id, GoalKind]] = {}

    async def do(self, moment: Moment) -> None:
        """Do a moment's deed; whoever is to be told of it has been when this returns. Raises Stuck, Refused."""
        client = self._cast.clients[moment.client]
        who, other = self._cast.people[moment.who], self._cast.people[moment.other]
        match moment.deed:
            case Sets() as deed:
                await self._set(who, client, deed)
            case Counters(name=name, amounts=amounts):
                await self._counter(who, client, name, amounts)
                await self._see(client, name, lambda course: course.goal.turn == other.id)
            case Accepts(name=name):
                await who.session.outcome(await who.session.accept_goal(client.id, self._goal(client, name)))
                await self._see(client, name, lambda course: course.goal.state == "active")
            case Finishes(name=name):
                await who.session.outcome(await who.session.set_goal_state(client.id, self._goal(client, name), "done"))
                await self._see(client, name, lambda course: course.goal.state == "done")
            case Enters() as deed:
                await self._enter(who, client, moment.day, deed)
            case Excuses(first=first, last=last, reason=reason, note=note):
                await who.session.make_excuse(client.id, self._day(first), self._day(last), reason, note)
            case Consents(consent=consent):
                await self._consent(client, consent)
            case None:
                pass

    # -- goals ---------------------------------------------------------------------------------------------

    async def _set(self, who: Person, client: Person, deed: Sets) -> None:
        offer = who.session.propose_goal if deed.verb == "proposes" else who.session.assign_goal
        await who.until(f"{client.name}'s record is here", lambda: who.session.record(client.id))

        async def said(ahead: int) -> Id:
            start = self._today(who, client) + timedelta(ahead)
            due = start + timedelta(weeks=WEEKS)
            terms = Terms(title=deed.title, targets=targets(deed.kind, deed.amounts), start=start, due=due)
            return await offer(client.id, deed.kind, terms)

        self._goals[client.name, deed.name] = await self._in_time(who, said), deed.kind
        await self._see(client, deed.name, lambda _: True)

    async def _counter(self, who: Person, client: Person, name: str, amounts: tuple[str, ...]) -> None:
        goal, kind = self._goals[client.name, name]
        terms = self._course(who, client, goal).versions[-1].terms

        async def said(ahead: int) -> Id:
            start = self._today(who, client) + timedelta(ahead)
            other = Terms(title=terms.title, targets=targets(kind, amounts), start=start, due=terms.due)
            return await who.session.counter_goal(client.id, goal, other, start)

        await self._in_time(who, said)

    async def _in_time(self, who: Person, say: Callable[[int], Awaitable[Id]]) -> Id:
        """Say something that begins some days ahead, more of them if it came too late; returns the command's id."""
        for ahead in DAYS_AHEAD:
            id = await say(ahead)
            try:
                await who.session.outcome(id)
            except Refused as refused:
                if refused.refusal.code is not RefusalCode.DATE_OUT_OF_RANGE:
                    raise
                await who.session.discard(id)
            else:
                return id
        raise Stuck(f"{who.name} is always too late for a goal.")

    async def _see(self, client: Person, name: str, shown: Callable[[Course], bool]) -> None:
        """Wait until both sides are shown a goal like this."""
        goal = self._goal(client, name)
        for person in (self._cast.trainer, client):

            def is_so(person: Person = person) -> bool:
                record = person.session.record(client.id)
                course = record.goal(goal) if record is not None else None
                return course is not None and shown(course)

            await person.until(f"{client.name}'s goal {name} is as was said", is_so)

    # -- everything else -----------------------------------------------------------------------------------

    async def _enter(self, who: Person, client: Person, day: int, deed: Enters) -> None:
        for name, amounts in deed.entries:
            goal, kind = self._goals[client.name, name]
            course = self._course(who, client, goal)
            if course.first_day is None or course.first_day > self._day(day):
                continue  # it was agreed late in a hurried month: nothing was asked yet
            said = measures(kind, amounts)
            who.entered.append(await who.session.record_progress(client.id, goal, self._day(day), said, deed.note))

    async def _consent(self, client: Person, consent: Consent) -> None:
        trainer = self._cast.trainer
        await client.session.outcome(await client.session.set_consent(trainer.id, consent))

        def heard() -> bool:
            record = trainer.session.record(client.id)
            held = record.relationship(trainer.id) if record is not None else None
            return held is not None and held.consent == consent

        await trainer.until(f"{client.name}'s consent is what it is", heard)

    # -- finding -------------------------------------------------------------------------------------------

    def _goal(self, client: Person, name: str) -> Id:
        return self._goals[client.name, name][0]

    def _day(self, number: int) -> date:
        return self._first + timedelta(days=number - 1)

    def _today(self, who: Person, client: Person) -> Date:
        return self._record(who, client).today

    def _course(self, who: Person, client: Person, goal: Id) -> Course:
        course = self._record(who, client).goal(goal)
        if course is None:
            raise Stuck(f"{who.name} is not shown a goal of {client.name}'s.")
        return course

    def _record(self, who: Person, client: Person) -> Record:
        record = who.session.record(client.id)
        if record is None:
            raise Stuck(f"{who.name} is not shown {client.name}'s record.")
        return record
