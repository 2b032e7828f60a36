"""Goals: who may do what with them in which state, and which terms hold from when.

SPEC.md, [G6] [G8] [G9].
"""

from dataclasses import replace

import pytest
from coachline_core.domain.record import record_stream
from coachline_protocol import limits, ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Consent, Date, Goal, GoalKind, GoalPhase, GoalVersion, Id, Target, Terms
from support.coaching import (
    FULL,
    NOTHING,
    PROPOSE,
    SEE_GOALS,
    TODAY,
    Coaching,
    codes,
    day,
    grams,
    refused,
    terms,
)
from support.world import ADA, DAY, MAYA, NOW, RITA, STRANGER, TOM, World, good, made

CONSENT = ("consent_required", "consent.set_goals")


# -- assigning and proposing


@pytest.mark.parametrize("author", [MAYA, TOM])
def test_an_assigned_goal_holds_at_once(author: Id) -> None:
    coaching = Coaching.with_maya()
    answer = good(coaching.assign(author, terms(start=day(2), due=day(30))), ops.Changed)
    id = coaching.world.last
    goal = coaching.goal(id)
    assert goal == Goal(
        rev=answer.rev, id=id, author=author, kind="nutrition", state="active", version=id, created_at=NOW
    )
    assert coaching.version(id) == GoalVersion(
        rev=answer.rev - 1,
        id=id,
        goal=id,
        author=author,
        at=NOW,
        terms=terms(start=day(2), due=day(30)),
        state="accepted",
        effective=day(2),
        decided_at=NOW,
    )
    assert coaching.world.record(TOM).phases == {}


@pytest.mark.parametrize("consent", [PROPOSE, FULL])
def test_a_proposed_goal_waits_for_the_client(consent: Consent) -> None:
    coaching = Coaching.with_maya(consent)
    id = coaching.proposed()
    goal = coaching.goal(id)
    assert (goal.state, goal.version, goal.pending, goal.turn) == ("proposed", id, id, TOM)
    version = coaching.version(id)
    assert (version.state, version.decided_at, version.mutual) == ("proposed", None, False)


def test_nobody_proposes_to_himself() -> None:
    assert codes(Coaching.with_maya().propose(TOM)) == ("invalid", "client")


def test_who_is_no_client_has_no_goals() -> None:
    world = World().join(ADA)
    command = ops.GoalAssign(id=world.fresh(), client=ADA, kind="nutrition", terms=terms())
    assert codes(world.say(ADA, command)) == ("role_required", "client")
    nobody = ops.GoalAssign(id=world.fresh(), client=made(77), kind="nutrition", terms=terms())
    assert codes(world.say(made(77), nobody)) == ("role_required", "client")


def test_what_is_typed_is_kept_in_one_form() -> None:
    coaching = Coaching.with_maya()
    typed = Terms(title="  More \n protein ", targets=terms().targets, start=TODAY, note="cafe\u0301")
    kept = coaching.version(coaching.assigned(asked=typed)).terms
    assert (kept.title, kept.note) == ("More protein", "caf\u00e9")


@pytest.mark.parametrize(
    ("asked", "kind", "answer"),
    [
        (terms(start=day(-1)), "nutrition", ("date_out_of_range", "terms.start")),
        (terms(start=day(limits.GOAL_DAYS_MAX)), "nutrition", None),
        (terms(start=day(limits.GOAL_DAYS_MAX + 1)), "nutrition", ("date_out_of_range", "terms.start")),
        (terms(start=Date(9999, 12, 31)), "nutrition", ("date_out_of_range", "terms.start")),
        (terms(due=TODAY), "nutrition", None),
        (terms(start=day(2), due=day(1)), "nutrition", ("date_out_of_range", "terms.due")),
        (terms(due=day(limits.GOAL_DAYS_MAX + 1)), "nutrition", ("date_out_of_range", "terms.due")),
        (terms("0.12345678"), "nutrition", ("invalid", "terms.targets[0].amount")),
        (terms(), "steps", ("invalid", "terms.targets[0].metric")),
        (Terms(title=" ", start=TODAY), "free", ("text_blank", "terms.title")),
        (Terms(title="x" * 81, start=TODAY), "free", ("text_too_long", "terms.title")),
        (Terms(title="x", start=TODAY, note="x" * 1001), "free", ("text_too_long", "terms.note")),
        (Terms(title="Sleep by ten", start=TODAY), "free", None),
    ],
)
def test_terms_are_judged_by_what_they_ask_and_by_the_clients_calendar(
    asked: Terms, kind: GoalKind, answer: object
) -> None:
    for author in (MAYA, TOM):
        assert codes(Coaching.with_maya().assign(author, asked, kind)) == answer


@pytest.mark.parametrize(("zone", "answer"), [("Pacific/Auckland", None), ("Pacific/Honolulu", "date_out_of_range")])
def test_today_is_the_clients(zone: str, answer: str | None) -> None:
    """At half past eleven in the evening of the 14th, UTC, it is the 15th in Auckland and the 14th in Honolulu."""
    world = World(now=NOW - 8 * 3_600_000 - 1_800_000).join(MAYA).join(TOM, zone=zone).relate(MAYA, TOM, FULL)
    world.now += 1_000
    coaching = Coaching(world)
    assert codes(coaching.assign(MAYA, terms(start=day(-1)))) == (
        ("date_out_of_range", "terms.start") if answer is None else None
    )
    assert codes(coaching.assign(MAYA, terms(start=TODAY))) is None


@pytest.mark.parametrize(
    ("consent", "assign", "propose"),
    [(NOTHING, CONSENT, CONSENT), (SEE_GOALS, CONSENT, CONSENT), (PROPOSE, CONSENT, None), (FULL, None, None)],
)
def test_a_trainer_needs_the_clients_consent(consent: Consent, assign: object, propose: object) -> None:
    coaching = Coaching.with_maya(consent)
    assert codes(coaching.assign(MAYA)) == assign
    assert codes(coaching.propose(MAYA)) == propose


def test_in_a_pause_a_trainer_asks_nothing_new_and_the_client_goes_on() -> None:
    coaching = Coaching.with_maya()
    assigned, proposed = coaching.assigned(), coaching.proposed()
    good(coaching.pause(TOM), ops.Changed)
    paused = ("relationship_paused", "client")
    assert [
        codes(outcome)
        for outcome in (
            coaching.assign(MAYA),
            coaching.propose(MAYA),
            coaching.change(MAYA, assigned),
            coaching.counter(MAYA, assigned),
        )
    ] == [paused] * 4
    good(coaching.accept(TOM, proposed), ops.Changed)
    good(coaching.record(TOM, assigned), ops.Changed)
    good(coaching.counter(TOM, assigned), ops.Changed)
    good(coaching.accept(MAYA, assigned), ops.Changed)
    good(coaching.set_state(MAYA, assigned, "done"), ops.Changed)


def test_an_id_that_is_taken_makes_no_second_goal_whoever_asks() -> None:
    coaching = Coaching.with_maya()
    coaching.world.relate(RITA, TOM, FULL)
    id = coaching.assigned()
    before = coaching.goal(id)
    theft = ops.GoalAssign(id=id, client=TOM, kind="nutrition", terms=terms("1"))
    assert codes(coaching.world.say(RITA, theft)) == ("conflict", "id")
    assert coaching.goal(id) == before


def test_a_client_has_so_many_goals_and_no_more() -> None:
    coaching = Coaching.with_maya()
    coaching.assigned()
    record = coaching.world.record(TOM)
    (one,) = record.goals.values()
    full = {made(n): one for n in range(5_000, 5_000 + limits.GOALS_MAX)}
    coaching.world.states[record_stream(TOM)] = replace(record, goals=full)
    for outcome in (coaching.assign(MAYA), coaching.propose(MAYA), coaching.assign(TOM)):
        refusal = refused(outcome)
        assert (refusal.code, refusal.limit, refusal.actual) == (
            RefusalCode.TOO_MANY,
            limits.GOALS_MAX,
            limits.GOALS_MAX + 1,
        )


# -- finding it


def deeds(coaching: Coaching, who: Id, goal: Id) -> list[ops.Body | Refusal]:
    """Everything that is said of a goal that is there."""
    return [
        coaching.change(who, goal),
        coaching.counter(who, goal),
        coaching.accept(who, goal),
        coaching.decline(who, goal),
        coaching.set_state(who, goal, "done"),
    ]


def test_a_goal_that_is_not_there_is_not_found() -> None:
    coaching = Coaching.with_maya()
    for who in (MAYA, TOM):
        assert {codes(outcome) for outcome in deeds(coaching, who, made(77))} == {("not_found", "goal")}


def test_who_is_no_side_of_a_goal_does_nothing_with_it_however_much_he_may() -> None:
    coaching = Coaching.with_maya()
    coaching.world.relate(RITA, TOM, FULL)
    goal = coaching.assigned()
    assert {codes(outcome) for outcome in deeds(coaching, RITA, goal)} == {("not_yours", "goal")}


def test_a_stranger_finds_no_client() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    assert {codes(outcome) for outcome in deeds(coaching, STRANGER, goal)} == {("not_found", "client")}


def test_after_the_end_nothing_is_done_by_the_trainer() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    good(coaching.end(TOM), ops.Changed)
    assert {codes(outcome) for outcome in deeds(coaching, MAYA, goal)} == {("no_relationship", "client")}


def test_without_consent_a_goal_that_is_there_looks_like_one_that_is_not() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    good(coaching.consent(NOTHING), ops.Changed)
    assert {codes(outcome) for outcome in deeds(coaching, MAYA, goal)} == {CONSENT}
    assert {codes(outcome) for outcome in deeds(coaching, MAYA, made(77))} == {CONSENT}


def test_with_propose_only_a_trainer_answers_and_counters_and_changes_nothing_by_himself() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    good(coaching.consent(PROPOSE), ops.Changed)
    assert codes(coaching.change(MAYA, goal)) == CONSENT
    assert codes(coaching.set_state(MAYA, goal, "done")) == CONSENT
    good(coaching.counter(MAYA, goal), ops.Changed)
    good(coaching.counter(TOM, goal), ops.Changed)
    good(coaching.accept(MAYA, goal), ops.Changed)


def test_a_deed_on_an_old_footing_is_stale() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    proposed = coaching.proposed()
    rev = coaching.goal(goal).rev
    stale = [
        coaching.change(MAYA, goal, base=rev - 1),
        coaching.counter(TOM, goal, base=rev - 1),
        coaching.set_state(TOM, goal, "done", base=rev + 1),
    ]
    assert {codes(outcome) for outcome in stale} == {("stale", "base")}
    assert (refused(stale[0]).limit, refused(stale[0]).actual) == (rev, rev - 1)
    assert codes(coaching.accept(TOM, proposed, base=1)) == ("stale", "base")
    assert codes(coaching.decline(TOM, proposed, base=1)) == ("stale", "base")


# -- changing


def test_a_change_is_a_version_and_the_earlier_ones_stay() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    good(coaching.change(MAYA, goal, terms("180"), day(3)), ops.Changed)
    change = coaching.world.last
    assert coaching.versions(goal) == [("160", "accepted", TODAY), ("180", "accepted", day(3))]
    assert coaching.goal(goal).version == change
    assert (coaching.version(change).decided_at, coaching.version(change).mutual) == (NOW, False)


def test_a_client_changes_his_own_goals_and_no_others() -> None:
    coaching = Coaching.with_maya()
    own, other = coaching.assigned(TOM), coaching.assigned(MAYA)
    good(coaching.change(TOM, own), ops.Changed)
    assert codes(coaching.change(TOM, other)) == ("not_yours", "goal")
    assert codes(coaching.change(MAYA, own)) == ("not_yours", "goal")


def test_terms_that_go_on_keep_the_day_they_began_and_others_begin_today_or_later() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    coaching.world.now += 5 * DAY
    good(coaching.change(MAYA, goal, terms("180", start=TODAY), day(5)), ops.Changed)
    assert codes(coaching.change(MAYA, goal, terms(start=day(4)), day(5))) == ("date_out_of_range", "terms.start")
    assert codes(coaching.change(MAYA, goal, terms(start=TODAY), day(4))) == ("date_out_of_range", "effective")
    assert codes(coaching.counter(TOM, goal, terms(start=TODAY), day(4))) == ("date_out_of_range", "effective")


@pytest.mark.parametrize(
    ("effective", "answer"), [(limits.GOAL_DAYS_MAX, None), (limits.GOAL_DAYS_MAX + 1, "effective")]
)
def test_a_change_is_planned_so_far_ahead(effective: int, answer: str | None) -> None:
    coaching = Coaching.with_maya()
    outcome = coaching.change(MAYA, coaching.assigned(), terms(), day(effective))
    assert codes(outcome) == (answer and ("date_out_of_range", answer))


def test_terms_that_are_over_before_they_hold_are_none() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    assert codes(coaching.change(MAYA, goal, terms(due=day(1)), day(2))) == ("date_out_of_range", "terms.due")
    assert codes(coaching.change(MAYA, goal, terms("0"), day(2))) == ("invalid", "terms.targets[0].amount")
    assert codes(coaching.counter(TOM, goal, terms("0"), day(2))) == ("invalid", "terms.targets[0].amount")


def test_a_change_answers_what_waited() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    good(coaching.counter(TOM, goal), ops.Changed)
    good(coaching.change(MAYA, goal), ops.Changed)
    assert [state for _, state, _ in coaching.versions(goal)] == ["accepted", "replaced", "accepted"]
    assert (coaching.goal(goal).pending, coaching.goal(goal).turn) == (None, None)


def test_what_nobody_accepted_is_countered_and_not_changed() -> None:
    coaching = Coaching.with_maya()
    assert codes(coaching.change(MAYA, coaching.proposed())) == ("wrong_state", "goal")


def test_a_goal_has_so_many_versions_and_phases_and_no_more() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    record = coaching.world.record(TOM)
    phase = GoalPhase(rev=1, id=made(9), goal=goal, state="paused", since=TODAY, by=TOM, at=NOW)
    phases = {made(n): phase for n in range(5_000, 5_000 + limits.VERSIONS_MAX - 1)}
    coaching.world.states[record_stream(TOM)] = replace(record, phases=phases)
    full = [coaching.change(MAYA, goal), coaching.counter(TOM, goal), coaching.set_state(TOM, goal, "paused")]
    assert {codes(outcome) for outcome in full} == {("too_many", "goal")}
    assert refused(full[0]).limit == limits.VERSIONS_MAX


def test_entries_are_no_reason_against_any_of_it() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    good(coaching.record(TOM, goal, measures=(grams(),)), ops.Changed)
    good(coaching.change(MAYA, goal, Terms(title="x", targets=(fat(),), start=TODAY), TODAY), ops.Changed)


def fat() -> Target:
    return Target(metric="fat", unit="g", direction="hold", amount="60", upper="80")
