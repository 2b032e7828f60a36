"""Coaching lived through at random: whatever people say in whatever order, what must hold holds after every step.

What a trainer may see is worked out here from the consents as they were said, not from the rows that keep them.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from coachline_core.domain.conversation import conversation_stream, direct_id
from coachline_core.domain.course import Course
from coachline_core.domain.record import RecordState, record_stream
from coachline_core.domain.record_rules import RULES
from coachline_protocol import ops
from coachline_protocol.codes import Refusal
from coachline_protocol.rows import (
    AnyRow,
    Consent,
    Excuse,
    Goal,
    GoalPhase,
    GoalVersion,
    Id,
    Message,
    Progress,
    Relationship,
    RelationshipStep,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from support.coaching import FULL, Coaching, Phase, day, grams, terms
from support.world import DAY, MAYA, RITA, STRANGER, TOM, World

TRAINERS = (MAYA, RITA)
PEOPLE = (TOM, *TRAINERS, STRANGER)
PHASES: tuple[Phase, ...] = ("active", "paused", "done", "missed", "cancelled")
DEEDS = (
    *("accept_invitation", "consent", "pause", "resume", "end", "sleep", "repeat"),
    *("assign", "propose", "change", "counter", "accept", "decline", "set_state") * 2,
    *("assign", "propose", "counter", "accept", "correct", "excuse", "withdraw", *["record"] * 6),
)
"""Those that begin something, or need what another has begun, more often than those that end it."""
CONSENTS = (
    Consent(),
    Consent(see_goals=True),
    Consent(see_goals=True, set_goals="propose"),
    Consent(see_goals=True, set_goals="assign", see_progress=True),
    FULL,
    Consent(see_progress=True),
)
Step = tuple[str, Id, Id, int, Consent, int]


def steps_of(seed: int, length: int) -> tuple[list[Consent | None], list[Step]]:
    """A life by its seed: with which consents it begins, if any, and what is said then.

    Drawn evenly, as a search for simple examples would not: only long and busy lives get into trouble.
    """
    drawn = Random(seed)
    return [drawn.choice((None, *CONSENTS[:-1], FULL)) for _ in TRAINERS], [
        (
            drawn.choice(DEEDS),
            drawn.choice((TOM, TOM, TOM, MAYA, MAYA, RITA, STRANGER)),
            drawn.choice((MAYA, MAYA, RITA)),
            drawn.randrange(5),
            drawn.choice((*CONSENTS, FULL, FULL)),
            drawn.randint(-1, 2),
        )
        for _ in range(length)
    ]


@dataclass
class Sight:
    """What a trainer may see, by what the client said: None while there is nothing between them."""

    consent: Consent | None = None
    left_at: int | None = None
    """The revision at which it ended and was left with him."""


@dataclass
class Life:
    """Tom's record, two trainers and a stranger, and what was said so far."""

    coaching: Coaching = field(default_factory=Coaching)
    said: list[tuple[Id, Any]] = field(default_factory=list)
    sights: dict[Id, Sight] = field(default_factory=lambda: {trainer: Sight() for trainer in TRAINERS})
    deeds: int = 0
    """Commands on goals that have cards, which were done and changed something."""

    @property
    def world(self) -> World:
        return self.coaching.world

    @property
    def record(self) -> RecordState:
        return self.world.record(TOM)

    def command(self, deed: str, who: Id, trainer: Id, choice: int, consent: Consent, shift: int) -> Any:
        """What somebody says; it need make no sense."""
        id, record = self.world.fresh(), self.record
        goals, excuses = sorted(record.goals), sorted(record.excuses)
        sayings = sorted((row for said in record.sayings.values() for row in said.values()), key=lambda row: row.id)
        goal = goals[choice % len(goals)] if goals else id
        base = record.goals[goal].rev if goals else 0
        when = day((self.world.now - 1_800_000_000_000) // DAY + shift)
        held = record.relationships.get(trainer)
        match deed:
            case "accept_invitation":
                return ops.InvitationAccept(id=id, code=self.world.invite(trainer), consent=consent)
            case "consent":
                return ops.ConsentSet(id=id, trainer=trainer, base=0 if held is None else held.rev, consent=consent)
            case "pause":
                return ops.RelationshipPause(id=id, client=TOM, trainer=trainer)
            case "resume":
                return ops.RelationshipResume(id=id, client=TOM, trainer=trainer)
            case "end":
                return ops.RelationshipEnd(id=id, client=TOM, trainer=trainer, leave=choice % 2 == 0)
            case "assign":
                return ops.GoalAssign(id=id, client=TOM, kind="nutrition", terms=terms(start=when))
            case "propose":
                return ops.GoalPropose(id=id, client=TOM, kind="nutrition", terms=terms(start=when, due=when))
            case "change":
                return ops.GoalChange(
                    id=id, client=TOM, goal=goal, base=base, terms=terms("180", start=when), effective=when
                )
            case "counter":
                return ops.GoalCounter(
                    id=id, client=TOM, goal=goal, base=base, terms=terms("140", start=when), effective=when
                )
            case "accept":
                return ops.GoalAccept(id=id, client=TOM, goal=goal, base=base)
            case "decline":
                return ops.GoalDecline(id=id, client=TOM, goal=goal, base=base)
            case "set_state":
                return ops.GoalSetState(id=id, client=TOM, goal=goal, base=base, state=PHASES[choice % len(PHASES)])
            case "record":
                return ops.ProgressRecord(
                    id=id, client=TOM, goal=goal, day=when, zone="Europe/Berlin", measures=(grams(),)
                )
            case "correct":
                entry = sayings[choice % len(sayings)].entry if sayings else id
                last = max((row.rev for row in sayings if row.entry == entry), default=0)
                return ops.ProgressCorrect(id=id, client=TOM, entry=entry, base=last)
            case "excuse":
                return ops.ExcuseMake(id=id, client=TOM, first=when, last=when, reason="ill")
            case _:
                excuse = excuses[choice % len(excuses)] if excuses else id
                return ops.ExcuseWithdraw(id=id, client=TOM, excuse=excuse)

    def step(self, deed: str, who: Id, trainer: Id, choice: int, consent: Consent, shift: int) -> None:
        """Somebody says something, and this remembers what it means."""
        if deed == "sleep":
            self.world.now += DAY
            return
        if deed == "repeat":
            self.repeat(choice)
            return
        if deed in ("accept_invitation", "consent"):
            who = TOM
        command = self.command(deed, who, trainer, choice, consent, shift)
        before = self.record.rev
        outcome = self.world.say(who, command)
        self.said.append((who, command))
        if isinstance(outcome, Refusal) or self.record.rev == before:
            assert self.record.rev == before
            return
        # Even if the answer were forgotten it would not be done again.
        assert not any(changed.rows for changed in self.world.decide(self.world.envelope(who, command)).changes)
        match command:
            case ops.InvitationAccept() | ops.ConsentSet():
                self.sights[trainer] = Sight(consent)
            case ops.RelationshipEnd():
                left = self.sights[trainer].consent if command.leave else None
                self.sights[trainer] = Sight(left, self.record.rev if command.leave else None)
            case (
                ops.GoalAssign()
                | ops.GoalPropose()
                | ops.GoalChange()
                | ops.GoalCounter()
                | ops.GoalAccept()
                | ops.GoalDecline()
                | ops.GoalSetState()
            ):
                goal = self.record.goals[getattr(command, "goal", command.id)]
                self.deeds += self.record.related(goal.author)

    def repeat(self, choice: int) -> None:
        """Something is said again: it has the answer it had and no effect."""
        done = [(who, command) for who, command in self.said if (who, command.id) in self.world.answers]
        if done:
            who, command = done[choice % len(done)]
            commits, first = len(self.world.commits), self.world.answers[who, command.id].reply
            assert self.world.say(who, command) == first
            assert len(self.world.commits) == commits


def should_see(sight: Sight, reader: Id, row: AnyRow) -> bool:
    """The consents in words of their own."""
    if sight.consent is None or (sight.left_at is not None and row.rev > sight.left_at):
        return False
    match row:
        case Relationship() | RelationshipStep():
            return row.trainer == reader
        case Goal() | GoalVersion() | GoalPhase():
            return sight.consent.see_goals
        case Progress() | Excuse():
            return sight.consent.see_progress
        case _:
            return False


def check_rows(life: Life) -> None:
    """Revisions have no gap, rows merge to the state, and nobody sees what he was not allowed to."""
    stream = record_stream(TOM)
    rev, state = 0, RULES.empty(stream)
    for changed in life.world.commits:
        if changed.stream == stream and changed.rows:
            assert changed.after == rev
            assert [row.rev for row in changed.rows] == list(range(rev + 1, changed.rev + 1))
            rev = changed.rev
            for row in changed.rows:
                state = RULES.evolve(state, row)
    assert state == life.record or rev == 0
    for row in life.world.rows.get(stream, {}).values():
        assert RULES.visible(life.record, TOM, row)
        assert not RULES.visible(life.record, STRANGER, row)
        for trainer in TRAINERS:
            assert RULES.visible(life.record, trainer, row) == should_see(life.sights[trainer], trainer, row)


def check_goals(life: Life) -> None:
    """What waits waits for one of the goal's sides; what holds was accepted; what is over waits for nobody."""
    record = life.record
    for goal in record.goals.values():
        versions = [version for version in record.versions.values() if version.goal == goal.id]
        states = {version.id: version.state for version in versions}
        assert (goal.pending is None) == (goal.turn is None)
        assert [id for id, state in states.items() if state == "proposed"] == ([goal.pending] if goal.pending else [])
        assert goal.turn in (None, TOM, goal.author)
        if goal.pending is not None:
            assert record.versions[goal.pending].author != goal.turn
            assert record.related(goal.author)
        if goal.state == "proposed":
            assert goal.version == goal.pending
        elif goal.state != "cancelled":
            assert states[goal.version] == "accepted"
            course = Course(goal, tuple(sorted(versions, key=lambda version: version.rev)))
            assert course.first_day is not None
        for version in versions:
            assert (version.decided_at is None) == (version.state == "proposed")


def check_cards(life: Life) -> None:
    """One card a deed and one a goal and day, gapless among the messages, in the author's conversation only."""
    told = 0
    days: list[tuple[Id, object]] = []
    for trainer in TRAINERS:
        place = conversation_stream(direct_id(trainer, TOM))
        rows = life.world.rows.get(place, {}).values()
        messages = sorted((row for row in rows if isinstance(row, Message)), key=lambda row: row.seq)
        assert [message.seq for message in messages] == list(range(1, len(messages) + 1))
        for message in messages:
            if message.kind in ("goal", "progress"):
                assert message.goal is not None
                assert life.record.goals[message.goal].author == trainer
                assert message.author in (trainer, TOM)
                told += message.kind == "goal"
                days += [(message.goal, message.day)] if message.kind == "progress" else []
        state = life.world.direct(trainer, TOM)
        if state.row is not None and state.row.closed_at is None:
            assert life.record.related(trainer)
        if state.row is not None and state.row.closed_at is not None:
            assert not life.record.related(trainer)
    assert told == life.deeds
    assert len(days) == len(set(days))
    assert set(days) <= {(row.goal, row.day) for said in life.record.sayings.values() for row in said.values()}


@given(st.integers(0, 2**32), st.integers(1, 100))
@settings(deadline=None)
def test_whatever_is_said_what_must_hold_holds(seed: int, length: int) -> None:
    consents, steps = steps_of(seed, length)
    life = Life()
    life.world.join(*PEOPLE)
    for trainer, consent in zip(TRAINERS, consents, strict=True):
        if consent is not None:
            life.world.relate(trainer, TOM, consent)
            life.sights[trainer] = Sight(consent)
    for step in steps:
        life.step(*step)
        check_rows(life)
        check_goals(life)
        check_cards(life)
