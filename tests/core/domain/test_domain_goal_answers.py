"""Goals: what two sides agree on, in which turn, and how a goal rests, goes on and ends.

SPEC.md, [G6] [G7] [G8] [G9].
"""

import pytest
from coachline_protocol import ops
from coachline_protocol.rows import Date, Id
from support.coaching import PROPOSE, TODAY, Coaching, Phase, codes, day, terms
from support.world import DAY, MAYA, TOM, good


def test_a_proposal_goes_to_and_fro_until_somebody_accepts() -> None:
    coaching = Coaching.with_maya(PROPOSE)
    goal = coaching.proposed()
    for who, other, amount in ((TOM, MAYA, "140"), (MAYA, TOM, "150"), (TOM, MAYA, "145")):
        assert coaching.goal(goal).turn == who
        good(coaching.counter(who, goal, terms(amount)), ops.Changed)
        held = coaching.goal(goal)
        assert (held.state, held.version, held.pending, held.turn) == (
            "proposed",
            coaching.world.last,
            coaching.world.last,
            other,
        )
    good(coaching.accept(MAYA, goal), ops.Changed)
    held = coaching.goal(goal)
    assert (held.state, held.pending, held.turn) == ("active", None, None)
    assert coaching.versions(goal) == [
        ("160", "replaced", TODAY),
        ("140", "replaced", TODAY),
        ("150", "replaced", TODAY),
        ("145", "accepted", TODAY),
    ]
    assert coaching.version(held.version).mutual


def test_a_goal_that_holds_goes_on_while_other_terms_wait() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    good(coaching.set_state(TOM, goal, "paused"), ops.Changed)
    good(coaching.counter(TOM, goal), ops.Changed)
    held = coaching.goal(goal)
    assert (held.state, held.version, held.pending, held.turn) == ("paused", goal, coaching.world.last, MAYA)
    good(coaching.accept(MAYA, goal), ops.Changed)
    assert (coaching.goal(goal).state, coaching.goal(goal).version) == ("paused", held.pending)


def test_terms_that_wait_can_be_said_better_by_whoever_said_them() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    good(coaching.counter(TOM, goal, terms("140")), ops.Changed)
    good(coaching.counter(TOM, goal, terms("145")), ops.Changed)
    assert (coaching.goal(goal).pending, coaching.goal(goal).turn) == (coaching.world.last, MAYA)
    assert [state for _, state, _ in coaching.versions(goal)] == ["accepted", "replaced", "proposed"]


def test_only_whose_turn_it_is_answers() -> None:
    coaching = Coaching.with_maya()
    proposed, plain = coaching.proposed(), coaching.assigned()
    for outcome in (
        coaching.accept(MAYA, proposed),
        coaching.decline(MAYA, proposed),
        coaching.accept(TOM, plain),
        coaching.decline(MAYA, plain),
    ):
        assert codes(outcome) == ("wrong_state", "goal")


def test_what_is_declined_does_not_hold() -> None:
    coaching = Coaching.with_maya()
    proposed, goal = coaching.proposed(), coaching.assigned()
    good(coaching.decline(TOM, proposed), ops.Changed)
    assert (coaching.goal(proposed).state, coaching.version(proposed).state) == ("cancelled", "declined")
    good(coaching.counter(TOM, goal), ops.Changed)
    good(coaching.decline(MAYA, goal), ops.Changed)
    held = coaching.goal(goal)
    assert (held.state, held.version, held.pending, held.turn) == ("active", goal, None, None)


def test_a_goal_of_ones_own_has_no_other_side() -> None:
    coaching = Coaching.with_maya()
    assert codes(coaching.counter(TOM, coaching.assigned(TOM))) == ("wrong_state", "goal")


def test_a_trainer_who_is_gone_is_asked_nothing() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    good(coaching.end(MAYA), ops.Changed)
    assert codes(coaching.counter(TOM, goal)) == ("no_relationship", "goal")
    good(coaching.set_state(TOM, goal, "cancelled"), ops.Changed)


@pytest.mark.parametrize(("later", "effective"), [(0, TODAY), (2, day(2)), (9, day(9))])
def test_what_is_accepted_late_holds_from_today(later: int, effective: Date) -> None:
    coaching = Coaching.with_maya()
    goal = coaching.proposed(asked=terms(due=day(9)))
    coaching.world.now += later * DAY
    good(coaching.accept(TOM, goal), ops.Changed)
    version = coaching.version(goal)
    assert (version.effective, version.terms.start, version.decided_at) == (effective, TODAY, coaching.world.now)


def test_what_is_accepted_early_holds_from_its_day() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.proposed(asked=terms(start=day(4)))
    good(coaching.accept(TOM, goal), ops.Changed)
    assert coaching.version(goal).effective == day(4)


def test_what_would_be_over_is_not_accepted_any_more() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.proposed(asked=terms(due=day(9)))
    coaching.world.now += 10 * DAY
    assert codes(coaching.accept(TOM, goal)) == ("date_out_of_range", "terms.due")
    good(coaching.decline(TOM, goal), ops.Changed)


# -- states


@pytest.mark.parametrize("who", [MAYA, TOM])
@pytest.mark.parametrize("end", ["done", "missed", "cancelled"])
def test_a_goal_rests_goes_on_and_ends(who: Id, end: Phase) -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    states: tuple[Phase, ...] = ("paused", "active", end)
    for state in states:
        coaching.world.now += DAY
        good(coaching.set_state(who, goal, state), ops.Changed)
        assert coaching.goal(goal).state == state
    phases = sorted(coaching.world.record(TOM).phases.values(), key=lambda phase: phase.rev)
    assert [(phase.state, phase.since, phase.by) for phase in phases] == [
        ("paused", day(1), who),
        ("active", day(2), who),
        (end, day(3), who),
    ]


@pytest.mark.parametrize("end", ["done", "missed", "cancelled"])
def test_what_is_over_stays_over(end: Phase) -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    good(coaching.set_state(TOM, goal, end), ops.Changed)
    over = coaching.goal(goal)
    for who in (MAYA, TOM):
        outcomes = [coaching.counter(who, goal), coaching.accept(who, goal), coaching.decline(who, goal)]
        outcomes += [coaching.set_state(who, goal, "active"), coaching.set_state(who, goal, "paused")]
        assert {codes(outcome) for outcome in outcomes} == {("wrong_state", "goal")}
        assert coaching.set_state(who, goal, end, base=1) == ops.Changed(rev=over.rev)
    assert codes(coaching.change(MAYA, goal)) == ("wrong_state", "goal")
    assert coaching.goal(goal) == over


def test_an_end_answers_what_waited_and_a_pause_does_not() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    good(coaching.counter(TOM, goal), ops.Changed)
    waiting = coaching.world.last
    good(coaching.set_state(MAYA, goal, "paused"), ops.Changed)
    assert (coaching.goal(goal).pending, coaching.goal(goal).turn) == (waiting, MAYA)
    good(coaching.set_state(MAYA, goal, "done"), ops.Changed)
    assert (coaching.goal(goal).pending, coaching.goal(goal).turn) == (None, None)
    assert coaching.version(waiting).state == "declined"


@pytest.mark.parametrize("who", [MAYA, TOM])
def test_a_proposal_is_taken_back_by_either_side_and_is_nothing_else_yet(who: Id) -> None:
    coaching = Coaching.with_maya(PROPOSE)
    goal = coaching.proposed()
    states: tuple[Phase, ...] = ("active", "paused", "done", "missed")
    for state in states:
        assert codes(coaching.set_state(who, goal, state)) == ("wrong_state", "goal")
    good(coaching.set_state(who, goal, "cancelled"), ops.Changed)
    assert (coaching.goal(goal).state, coaching.version(goal).state) == ("cancelled", "declined")
