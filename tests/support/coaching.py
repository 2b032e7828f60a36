"""Coaching in a `World`: Tom, his trainers and what they ask, with whatever a test does not care for filled in."""

import datetime
from dataclasses import dataclass, field
from typing import Literal

from coachline_core.domain.conversation import conversation_stream, direct_id
from coachline_protocol import ops
from coachline_protocol.codes import Refusal
from coachline_protocol.rows import (
    Consent,
    Date,
    Excuse,
    Goal,
    GoalKind,
    GoalVersion,
    Id,
    Measure,
    Message,
    Progress,
    Relationship,
    Target,
    Terms,
)
from support.world import ADA, MAYA, RITA, STRANGER, TOM, ZOE, World, good

TODAY = datetime.date(2027, 1, 15)
"""The day it is in Berlin, where everybody lives, when the tests play: a Friday."""
FULL = Consent(see_goals=True, set_goals="assign", see_progress=True, record_progress=True, see_presence=True)
PROPOSE = Consent(see_goals=True, set_goals="propose", see_progress=True)
SEE_GOALS = Consent(see_goals=True)
NOTHING = Consent()


def day(number: int) -> Date:
    """So many days from today."""
    return TODAY + datetime.timedelta(days=number)


Phase = Literal["active", "paused", "done", "missed", "cancelled"]


def protein(amount: str = "160") -> Target:
    return Target(metric="protein", unit="g", direction="up", amount=amount)


def terms(amount: str = "160", start: Date = TODAY, due: Date | None = None, note: str = "") -> Terms:
    """So much protein a day."""
    return Terms(title="Protein", targets=(protein(amount),), start=start, due=due, note=note)


def grams(amount: str = "150") -> Measure:
    return Measure(metric="protein", unit="g", amount=amount)


def refused(outcome: ops.Body | Refusal) -> Refusal:
    assert isinstance(outcome, Refusal), outcome
    return outcome


def codes(outcome: ops.Body | Refusal) -> tuple[str, str | None] | None:
    """Code and field of a refusal; None if it was done."""
    return (outcome.code.value, outcome.field) if isinstance(outcome, Refusal) else None


@dataclass
class Coaching:
    """Tom's record, and whoever says something about it. Each method answers what the server would."""

    world: World = field(default_factory=World)

    @classmethod
    def with_maya(cls, consent: Consent = FULL) -> "Coaching":
        """Everybody has an account, and Maya coaches Tom."""
        coaching = cls()
        coaching.world.join(MAYA, TOM, ZOE, ADA, STRANGER, RITA).relate(MAYA, TOM, consent)
        return coaching

    # -- what is there

    @property
    def relationship(self) -> Relationship:
        return self.world.record(TOM).relationships[MAYA]

    def goal(self, id: Id) -> Goal:
        return self.world.record(TOM).goals[id]

    def versions(self, goal: Id) -> list[tuple[str, str, Date]]:
        """Of each version how much is asked, what became of it, and from when; in the order they were said."""
        rows = sorted(self.world.record(TOM).versions.values(), key=lambda row: row.id)
        return [(row.terms.targets[0].amount, row.state, row.effective) for row in rows if row.goal == goal]

    def version(self, id: Id) -> GoalVersion:
        return self.world.record(TOM).versions[id]

    def saying(self, id: Id) -> Progress:
        return next(said[id] for said in self.world.record(TOM).sayings.values() if id in said)

    def excuse(self, id: Id) -> Excuse:
        return self.world.record(TOM).excuses[id]

    def cards(self, coach: Id = MAYA) -> list[Message]:
        """What the conversation of Tom and a coach shows of goals and progress."""
        rows = self.world.rows.get(conversation_stream(direct_id(coach, TOM)), {}).values()
        return [row for row in rows if isinstance(row, Message) and row.kind in ("goal", "progress")]

    # -- what is said

    def consent(self, consent: Consent, trainer: Id = MAYA) -> ops.Body | Refusal:
        held = self.world.record(TOM).relationships[trainer]
        command = ops.ConsentSet(id=self.world.fresh(), trainer=trainer, base=held.rev, consent=consent)
        return self.world.say(TOM, command)

    def pause(self, who: Id, client: Id = TOM, trainer: Id = MAYA) -> ops.Body | Refusal:
        return self.world.say(who, ops.RelationshipPause(id=self.world.fresh(), client=client, trainer=trainer))

    def resume(self, who: Id, client: Id = TOM, trainer: Id = MAYA) -> ops.Body | Refusal:
        return self.world.say(who, ops.RelationshipResume(id=self.world.fresh(), client=client, trainer=trainer))

    def end(self, who: Id, client: Id = TOM, trainer: Id = MAYA, leave: bool = False) -> ops.Body | Refusal:
        command = ops.RelationshipEnd(id=self.world.fresh(), client=client, trainer=trainer, leave=leave)
        return self.world.say(who, command)

    def assign(self, who: Id, asked: Terms | None = None, kind: GoalKind = "nutrition") -> ops.Body | Refusal:
        command = ops.GoalAssign(id=self.world.fresh(), client=TOM, kind=kind, terms=asked or terms())
        return self.world.say(who, command)

    def propose(self, who: Id, asked: Terms | None = None) -> ops.Body | Refusal:
        command = ops.GoalPropose(id=self.world.fresh(), client=TOM, kind="nutrition", terms=asked or terms())
        return self.world.say(who, command)

    def change(
        self, who: Id, goal: Id, asked: Terms | None = None, effective: Date = TODAY, base: int | None = None
    ) -> ops.Body | Refusal:
        command = ops.GoalChange(
            id=self.world.fresh(),
            client=TOM,
            goal=goal,
            base=self._base(goal, base),
            terms=asked or terms("180"),
            effective=effective,
        )
        return self.world.say(who, command)

    def counter(
        self, who: Id, goal: Id, asked: Terms | None = None, effective: Date = TODAY, base: int | None = None
    ) -> ops.Body | Refusal:
        command = ops.GoalCounter(
            id=self.world.fresh(),
            client=TOM,
            goal=goal,
            base=self._base(goal, base),
            terms=asked or terms("140"),
            effective=effective,
        )
        return self.world.say(who, command)

    def accept(self, who: Id, goal: Id, base: int | None = None) -> ops.Body | Refusal:
        return self.world.say(
            who, ops.GoalAccept(id=self.world.fresh(), client=TOM, goal=goal, base=self._base(goal, base))
        )

    def decline(self, who: Id, goal: Id, base: int | None = None) -> ops.Body | Refusal:
        return self.world.say(
            who, ops.GoalDecline(id=self.world.fresh(), client=TOM, goal=goal, base=self._base(goal, base))
        )

    def set_state(self, who: Id, goal: Id, state: Phase, base: int | None = None) -> ops.Body | Refusal:
        command = ops.GoalSetState(
            id=self.world.fresh(),
            client=TOM,
            goal=goal,
            base=self._base(goal, base),
            state=state,
        )
        return self.world.say(who, command)

    def record(
        self,
        who: Id,
        goal: Id,
        when: Date = TODAY,
        measures: tuple[Measure, ...] = (grams(),),
        note: str = "",
        zone: str = "Europe/Berlin",
    ) -> ops.Body | Refusal:
        command = ops.ProgressRecord(
            id=self.world.fresh(), client=TOM, goal=goal, day=when, zone=zone, measures=measures, note=note
        )
        return self.world.say(who, command)

    def correct(
        self,
        who: Id,
        entry: Id,
        measures: tuple[Measure, ...] = (grams("170"),),
        note: str = "",
        base: int | None = None,
    ) -> ops.Body | Refusal:
        if base is None:
            base = max((said.rev for said in self.world.record(TOM).entry(entry)), default=0)
        command = ops.ProgressCorrect(
            id=self.world.fresh(), client=TOM, entry=entry, base=base, measures=measures, note=note
        )
        return self.world.say(who, command)

    def excuse_for(self, who: Id, first: Date = TODAY, last: Date = TODAY, note: str = "") -> ops.Body | Refusal:
        command = ops.ExcuseMake(id=self.world.fresh(), client=TOM, first=first, last=last, reason="ill", note=note)
        return self.world.say(who, command)

    def withdraw(self, who: Id, excuse: Id) -> ops.Body | Refusal:
        return self.world.say(who, ops.ExcuseWithdraw(id=self.world.fresh(), client=TOM, excuse=excuse))

    # -- what a test begins with

    def made(self, outcome: ops.Body | Refusal) -> Id:
        """The id of what was just made."""
        good(outcome, ops.Changed)
        return self.world.last

    def assigned(self, who: Id = MAYA, asked: Terms | None = None) -> Id:
        return self.made(self.assign(who, asked))

    def proposed(self, who: Id = MAYA, asked: Terms | None = None) -> Id:
        return self.made(self.propose(who, asked))

    def _base(self, goal: Id, base: int | None) -> int:
        held = self.world.record(TOM).goals.get(goal)
        return base if base is not None else 0 if held is None else held.rev
