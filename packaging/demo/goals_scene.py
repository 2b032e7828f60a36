"""The part of the live scene that is about coaching: an entry, a proposal, and a consent that is taken back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Final

import msgspec
from coachline_core.client.values import Record
from coachline_core.domain.course import Course
from coachline_protocol.rows import Id, Terms

from demo.deeds import measures, targets
from demo.pace import Pace
from demo.person import Person, Stuck

EATEN: Final = ("2140", "148", "214", "68")
TITLE: Final = "How did you sleep?"
POINTS: Final = "4"
WEEKS: Final = 4

Stage = Callable[[str], AbstractAsyncContextManager[None]]


class GoalsScene:
    """The trainer looks at the client's page while he enters, answers and withdraws; then both are back in the talk."""

    def __init__(self, trainer: Person, client: Person, talk: Id, pace: Pace, stage: Stage) -> None:
        self._trainer = trainer
        self._client = client
        self._talk = talk
        self._pace = pace
        self._stage = stage

    async def play(self) -> None:
        """All of it. Raises Stuck."""
        maya, ben = self._trainer, self._client
        food = next(course.goal.id for course in self._record(ben).goals if course.goal.kind == "nutrition")
        async with self._stage(f"{ben.name} enters what he ate; {maya.name} sees it as he does"):
            if maya.pane is not None:
                await maya.pane.goals.open_client(ben.name, food)
            await self._enter(food)
        async with self._stage(f"{maya.name} proposes a goal"):
            goal = await self._propose()
        async with self._stage(f"{ben.name} accepts it"):
            await self._accept(goal)
        async with self._stage(f"{ben.name} hides his progress, and it leaves {maya.name}'s window"):
            await self._hide()
        async with self._stage("All of it stands in the talk, as cards that hold nothing"):
            for person in (maya, ben):
                if person.pane is not None:
                    await person.pane.goals.leave()
                await person.read(self._talk)

    async def _enter(self, food: Id) -> None:
        maya, ben = self._trainer, self._client
        if ben.pane is not None:
            await ben.pane.goals.enter_today(food, EATEN, self._pace.key)
        else:
            day = self._record(ben).today
            await ben.session.record_progress(ben.id, food, day, measures("nutrition", EATEN))

        def eaten(person: Person) -> Id | None:
            record = self._record(person)
            course = record.goal(food)
            entries = course.by_day.get(record.today, ()) if course is not None else ()
            return entries[-1].id if entries and not entries[-1].waiting else None

        await ben.until("what was entered stands there", lambda: eaten(ben))
        entry = eaten(ben)
        assert entry is not None
        ben.entered.append(entry)
        await maya.until("what the client entered is seen", lambda: eaten(maya) == entry)
        if maya.pane is not None:
            await maya.pane.goals.look_at(food)

    async def _propose(self) -> Id:
        maya, ben = self._trainer, self._client
        if maya.pane is not None:
            await maya.pane.goals.propose("rating", POINTS, TITLE, self._pace.key)
        else:
            start = self._record(ben).today
            due = start + timedelta(weeks=WEEKS)
            terms = Terms(title=TITLE, targets=targets("rating", (POINTS,)), start=start, due=due)
            await maya.session.propose_goal(ben.id, "rating", terms)

        def proposed() -> Course | None:
            courses = self._record(ben).goals
            return next((each for each in courses if each.goal.kind == "rating" and each.goal.turn == ben.id), None)

        await ben.until("a goal is proposed", proposed)
        found = proposed()
        assert found is not None
        for person in (maya, ben):
            if person.pane is not None:
                await person.pane.goals.look_at_proposal(found.goal.id)
        return found.goal.id

    async def _accept(self, goal: Id) -> None:
        maya, ben = self._trainer, self._client
        if ben.pane is not None:
            await ben.pane.goals.accept(goal)
        else:
            await ben.session.accept_goal(ben.id, goal)
        for person in (maya, ben):

            def holds(person: Person = person) -> bool:
                course = self._record(person).goal(goal)
                return course is not None and course.goal.state == "active"

            await person.until("the goal holds", holds)

    async def _hide(self) -> None:
        maya, ben = self._trainer, self._client
        if ben.pane is not None:
            await ben.pane.goals.hide_progress()
        else:
            held = self._record(ben).relationship(maya.id)
            assert held is not None
            less = msgspec.structs.replace(held.consent, see_progress=False, record_progress=False)
            await ben.session.set_consent(maya.id, less)

        def gone() -> bool:
            record = self._record(maya)
            return bool(record.goals) and not any(course.entries for course in record.goals)

        await maya.until("progress is gone", gone)

    def _record(self, person: Person) -> Record:
        """The client's record as a person is shown it."""
        record = person.session.record(self._client.id)
        if record is None:
            raise Stuck(f"{person.name} is not shown {self._client.name}'s record.")
        return record
