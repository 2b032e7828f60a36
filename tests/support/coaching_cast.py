"""What people do and see of coaching, each line one that a trainer could read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import msgspec
import pytest
from coachline_core.client.errors import Refused
from coachline_core.client.session import Session
from coachline_core.client.values import Record
from coachline_core.domain.course import Course
from coachline_core.domain.templates import terms_from
from coachline_core.domain.timeline import Item
from coachline_core.domain.verdicts import DayVerdict, WeekVerdict, day_verdict, week_verdict
from coachline_protocol.codes import Refusal
from coachline_protocol.rows import Consent, Date, Id, Measure, Target, Terms

if TYPE_CHECKING:
    from support.cast import Person
    from support.stage import Stage

NOTHING = Consent()
PROPOSE = Consent(see_goals=True, set_goals="propose", see_progress=True)
ASSIGN = Consent(see_goals=True, set_goals="assign", see_progress=True)
FULL = Consent(see_goals=True, set_goals="assign", see_progress=True, record_progress=True, see_presence=True)

_FOOD: tuple[tuple[str, str, Literal["up", "down"]], ...] = (
    ("energy", "kcal", "down"),
    ("protein", "g", "up"),
    ("carbohydrate", "g", "down"),
    ("fat", "g", "down"),
)


def eating(start: Date, kcal: str, protein: str, carbohydrate: str, fat: str, *, weeks: int = 8) -> Terms:
    """Each day at most so much energy, carbohydrate and fat, and at least so much protein, for some weeks."""
    amounts = (kcal, protein, carbohydrate, fat)
    targets = tuple(
        Target(metric=metric, unit=unit, direction=direction, amount=amount)
        for (metric, unit, direction), amount in zip(_FOOD, amounts, strict=True)
    )
    return Terms(title="Eat for the half marathon", targets=targets, start=start, due=start + timedelta(weeks=weeks))


def eaten(amounts: Sequence[str]) -> tuple[Measure, ...]:
    """kcal, protein, carbohydrate, fat, as far as they are said."""
    return tuple(
        Measure(metric=metric, unit=unit, amount=amount)
        for (metric, unit, _), amount in zip(_FOOD, amounts, strict=False)
    )


class CoachingDeeds(ABC):
    """The part of a device that is about coaching."""

    owner: Person
    stage: Stage
    session: Session

    @abstractmethod
    async def until(self, what: str, shown: Callable[[], bool]) -> None:
        """Wait until the session shows it."""

    # -- doing

    async def consents(self, trainer: Person, **changes: object) -> None:
        """Say anew what a trainer may see and do; it is so when this returns."""
        held = self.record().relationship(trainer.id)
        assert held is not None
        consent = msgspec.structs.replace(held.consent, **changes)
        await self.session.outcome(await self.session.set_consent(trainer.id, consent))

    async def proposes(self, *amounts: str, to: Person | None = None) -> Id:
        """A nutrition goal from today, for the client to answer; on disk when this returns."""
        client = to or self.owner.partner
        return await self.session.propose_goal(client.id, "nutrition", eating(self.stage.today, *amounts))

    async def assigns(self, *amounts: str, to: Person | None = None) -> Id:
        """A nutrition goal that holds from today."""
        client = to or self.owner.partner
        return await self.session.assign_goal(client.id, "nutrition", eating(self.stage.today, *amounts))

    async def keeps_template(self, *amounts: str) -> Id:
        """A nutrition goal to set again and again."""
        terms = eating(self.stage.today, *amounts)
        template = await self.session.set_template("nutrition", terms.title, terms.targets, days=56)
        await self.until("the template", lambda: any(kept.id == template for kept in self.session.templates()))
        return template

    async def assigns_template(
        self, template: Id, clients: Sequence[Person], amounts: Mapping[Person, tuple[str, str, str, str]]
    ) -> dict[Person, Id]:
        """The same goal for several clients from today, with other amounts for some."""
        kept = next(each for each in self.session.templates() if each.id == template)
        own = {person: eating(self.stage.today, *said).targets for person, said in amounts.items()}
        terms = {
            client.id: terms_from(kept, self.stage.today, targets=own.get(client, kept.targets)) for client in clients
        }
        made = await self.session.set_goals(kept.kind, terms)
        return {client: made[client.id] for client in clients}

    async def counters(self, client: Person, goal: Id, *amounts: str) -> None:
        """Other amounts, for the other side to answer."""
        today = self.stage.today
        await self.session.counter_goal(client.id, goal, eating(today, *amounts), today)

    async def enters(
        self, goal: Id, *amounts: str, of: Person | None = None, day: Date | None = None, note: str = ""
    ) -> Id:
        """What was eaten today, or on another day; on disk when this returns."""
        client = of or self.owner
        return await self.session.record_progress(client.id, goal, day or self.stage.today, eaten(amounts), note)

    async def is_refused(self, id: Id) -> Refusal:
        """A command was refused for good."""
        with pytest.raises(Refused) as caught:
            await self.session.outcome(id)
        return caught.value.refusal

    # -- seeing

    def record(self, of: Person | None = None) -> Record:
        """A client's record as it is shown, which it must be; one's own unless somebody is named."""
        shown = self.session.record((of or self.owner).id)
        assert shown is not None
        return shown

    def course(self, goal: Id, of: Person | None = None) -> Course:
        """A goal as it is shown, which it must be."""
        shown = self.record(of).goal(goal)
        assert shown is not None
        return shown

    async def sees_goal(self, goal: Id, state: str, of: Person | None = None, *, turn: Person | None = None) -> None:
        """A goal is shown in this state; `turn`: and waits for somebody's answer."""

        def shown() -> bool:
            record = self.session.record((of or self.owner).id)
            course = record.goal(goal) if record else None
            wanted = (state, turn.id if turn else None)
            return course is not None and (course.goal.state, course.goal.turn) == wanted

        await self.until(f"a goal that is {state}", shown)

    async def sees_entry(self, goal: Id, entry: Id, of: Person | None = None) -> None:
        """An entry is shown, and the daemon has it."""

        def shown() -> bool:
            record = self.session.record((of or self.owner).id)
            course = record.goal(goal) if record else None
            return course is not None and any(each.id == entry and not each.waiting for each in course.entries)

        await self.until("an entry", shown)

    async def sees_nothing_of(self, client: Person, *, but: Sequence[str] = ()) -> None:
        """Neither goals nor progress of a client are shown, `but` those named."""

        def gone() -> bool:
            record = self.session.record(client.id)
            goals = record.goals if record else ()
            entries = [entry for course in goals for entry in course.entries]
            return bool(goals) is ("goals" in but) and bool(entries) is ("progress" in but)

        await self.until(f"nothing of {client.name} but {but}", gone)

    def day(self, goal: Id, day: Date, of: Person | None = None) -> DayVerdict:
        """How a day is judged, as this device shows it."""
        record = self.record(of)
        return day_verdict(self.course(goal, of), record.excuses, day, record.today)

    def week(self, goal: Id, day: Date, of: Person | None = None) -> WeekVerdict:
        """How a week is judged, as this device shows it."""
        record = self.record(of)
        return week_verdict(self.course(goal, of), record.excuses, day, record.today)

    async def sees_cards(self, kind: str, count: int) -> None:
        """So many cards of a kind stand in the conversation with the partner."""
        await self.until(f"{count} {kind} cards", lambda: sum(card.kind == kind for card in self.cards()) == count)

    async def sees_relationship(self, client: Person, state: str) -> None:
        """The coaching of a client is shown as active, paused or ended."""

        def shown() -> bool:
            record = self.session.record(client.id)
            return record is not None and [held.state for held in record.relationships] == [state]

        await self.until(f"{state} coaching of {client.name}", shown)

    async def sees_conversation(self, *, closed: bool) -> None:
        """The one conversation in the list can be written in, or not."""
        await self.until(f"closed: {closed}", lambda: self.session.conversations()[0].closed is closed)

    def cards(self, with_: Person | None = None) -> list[Item]:
        """The cards in the conversation with somebody."""
        timeline = self.session.timeline(self.owner.talk_with(with_ or self.owner.partner))
        items = timeline.items() if timeline else ()
        return [item for item in items if item.kind in ("goal", "progress")]
