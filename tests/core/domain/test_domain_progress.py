"""Progress: who enters what for which day, and what is said better later.

SPEC.md, [G10].
"""

from dataclasses import replace
from typing import NoReturn

import pytest
from coachline_core.domain.record import record_stream
from coachline_protocol import limits, ops
from coachline_protocol.codes import RefusalCode
from coachline_protocol.rows import Id, Measure, Progress, Target, Terms
from support.coaching import FULL, PROPOSE, SEE_GOALS, TODAY, Coaching, Phase, codes, day, grams, refused, terms
from support.world import DAY, MAYA, NOW, RITA, STRANGER, TOM, World, good, made


def steps(amount: str) -> Measure:
    return Measure(metric="steps", unit="steps", amount=amount)


def test_an_entry_is_kept_as_it_was_said() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    answer = good(coaching.record(TOM, goal, note=" cafe\u0301 ", zone="Pacific/Auckland"), ops.Changed)
    id = coaching.world.last
    assert coaching.saying(id) == Progress(
        rev=answer.rev,
        id=id,
        entry=id,
        goal=goal,
        author=TOM,
        at=NOW,
        day=TODAY,
        zone="Pacific/Auckland",
        measures=(grams(),),
        note=" caf\u00e9 ",
    )


def test_a_trainer_records_with_the_consent_for_it_and_it_shows() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned(TOM)
    good(coaching.record(MAYA, goal), ops.Changed)
    assert coaching.saying(coaching.world.last).author == MAYA
    good(coaching.consent(PROPOSE), ops.Changed)
    assert codes(coaching.record(MAYA, goal)) == ("consent_required", "consent.record_progress")
    assert codes(coaching.record(STRANGER, goal)) == ("not_found", "client")
    good(coaching.end(TOM), ops.Changed)
    assert codes(coaching.record(MAYA, goal)) == ("no_relationship", "client")


def test_progress_is_made_towards_a_goal() -> None:
    coaching = Coaching.with_maya()
    assert codes(coaching.record(TOM, made(77))) == ("not_found", "goal")
    assert codes(coaching.record(TOM, coaching.proposed())) == ("wrong_state", "goal")


@pytest.mark.parametrize(
    ("state", "answer"),
    [("paused", None), ("done", None), ("missed", None), ("cancelled", ("wrong_state", "goal"))],
)
def test_a_goal_that_is_over_takes_late_entries_unless_it_was_cancelled(state: Phase, answer: object) -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    good(coaching.record(TOM, goal), ops.Changed)
    entry = coaching.world.last
    good(coaching.set_state(TOM, goal, state), ops.Changed)
    assert codes(coaching.record(TOM, goal)) == answer
    good(coaching.correct(TOM, entry), ops.Changed)


@pytest.mark.parametrize(
    ("when", "answer"),
    [(-1, False), (0, True), (20, True), (21, False)],
)
def test_a_day_is_from_the_goals_first_to_the_latest_on_earth(when: int, answer: bool) -> None:
    """At nine in the morning in Berlin, twenty days on, it is not yet tomorrow anywhere."""
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    coaching.world.now += 20 * DAY
    assert codes(coaching.record(TOM, goal, day(when))) == (None if answer else ("date_out_of_range", "day"))


def test_tomorrow_is_named_as_soon_as_it_has_begun_anywhere() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    coaching.world.now = NOW + 2 * 3_600_000 - 1
    assert codes(coaching.record(TOM, goal, day(1))) == ("date_out_of_range", "day")
    coaching.world.now += 1
    good(coaching.record(TOM, goal, day(1)), ops.Changed)


def test_a_day_is_at_most_a_year_back() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    coaching.world.now += 400 * DAY
    assert codes(coaching.record(TOM, goal, day(33))) == ("date_out_of_range", "day")
    good(coaching.record(TOM, goal, day(34)), ops.Changed)


def test_before_a_goal_has_begun_nothing_is_entered_for_it() -> None:
    coaching = Coaching.with_maya()
    assert codes(coaching.record(TOM, coaching.assigned(asked=terms(start=day(3))))) == ("date_out_of_range", "day")


@pytest.mark.parametrize(
    ("measures", "note", "answer"),
    [
        ((), "", ("invalid", "measures")),
        ((), " \u200b", ("invalid", "measures")),
        ((), "rested", None),
        ((steps("9000"),), "", ("invalid", "measures[0].metric")),
        ((grams("1"), grams("2")), "", ("invalid", "measures[1].metric")),
        ((grams(),), "x" * 1001, ("text_too_long", "note")),
    ],
)
def test_what_is_entered_fits_the_goal(measures: tuple[Measure, ...], note: str, answer: object) -> None:
    coaching = Coaching.with_maya()
    assert codes(coaching.record(TOM, coaching.assigned(), measures=measures, note=note)) == answer


def test_a_zone_that_is_none_is_refused() -> None:
    coaching = Coaching.with_maya()
    assert codes(coaching.record(TOM, coaching.assigned(), zone="Berlin")) == ("invalid", "zone")


def rating(metric: str) -> Terms:
    target = Target(metric=metric, unit="points", direction="up", amount="3")
    return Terms(title="Mood", targets=(target,), start=TODAY)


def test_an_entry_is_judged_by_what_was_asked_on_its_day() -> None:
    coaching = Coaching.with_maya()
    good(coaching.assign(MAYA, rating("rating_5"), "rating"), ops.Changed)
    goal = coaching.world.last
    good(coaching.change(MAYA, goal, rating("rating_10"), day(2)), ops.Changed)
    coaching.world.now += 3 * DAY
    ten = (Measure(metric="rating_10", unit="points", amount="8"),)
    assert codes(coaching.record(TOM, goal, day(1), ten)) == ("invalid", "measures[0].metric")
    good(coaching.record(TOM, goal, day(2), ten), ops.Changed)
    assert codes(coaching.correct(TOM, coaching.world.last, (steps("1"),))) == ("invalid", "measures[0].metric")


def test_a_day_has_so_many_sayings_and_no_more() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    other = coaching.assigned()
    good(coaching.record(TOM, goal), ops.Changed)
    entry = coaching.world.last
    for _ in range(limits.ENTRIES_PER_DAY_MAX - 1):
        good(coaching.correct(TOM, entry), ops.Changed)
    for outcome in (coaching.correct(TOM, entry), coaching.record(TOM, goal)):
        refusal = refused(outcome)
        assert (refusal.code, refusal.field, refusal.limit, refusal.actual) == (RefusalCode.TOO_MANY, "day", 50, 51)
    good(coaching.record(TOM, other), ops.Changed)


class Sealed(dict[Id, Progress]):
    """What was said of a goal, to be asked for by id and never looked through."""

    def values(self) -> NoReturn:
        raise AssertionError("another goal's entries were looked through")

    items = keys = __iter__ = values


def test_whoever_enters_or_corrects_does_not_wait_for_all_that_was_ever_entered() -> None:
    coaching = Coaching.with_maya()
    goal, other = coaching.assigned(), coaching.assigned()
    good(coaching.record(TOM, goal), ops.Changed)
    entry = coaching.world.last
    good(coaching.record(TOM, other), ops.Changed)
    held = coaching.world.record(TOM)
    sealed = replace(held, sayings={other: Sealed(held.sayings[other]), goal: held.sayings[goal]})
    coaching.world.states[record_stream(TOM)] = sealed
    good(coaching.record(TOM, goal), ops.Changed)
    good(coaching.correct(TOM, entry, (grams("170"),)), ops.Changed)
    assert len(coaching.world.record(TOM).said_on(goal, TODAY)) == 3


# -- correcting


def test_a_correction_is_said_beside_what_was_said_and_keeps_its_day() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    good(coaching.record(TOM, goal, zone="Pacific/Auckland"), ops.Changed)
    entry = coaching.world.last
    first = coaching.saying(entry)
    coaching.world.now += 3 * DAY
    answer = good(coaching.correct(TOM, entry, (grams("170"),), "weighed again"), ops.Changed)
    assert coaching.saying(entry) == first
    better = coaching.saying(coaching.world.last)
    assert (better.entry, better.goal, better.day, better.zone) == (entry, goal, TODAY, "Pacific/Auckland")
    assert (better.rev, better.at, better.measures, better.note) == (
        answer.rev,
        coaching.world.now,
        (grams("170"),),
        "weighed again",
    )
    good(coaching.correct(TOM, entry, ()), ops.Changed)
    assert coaching.saying(coaching.world.last).measures == ()


def test_a_correction_stands_on_the_last_saying_and_names_the_first() -> None:
    coaching = Coaching.with_maya()
    good(coaching.record(TOM, coaching.assigned()), ops.Changed)
    entry = coaching.world.last
    first = coaching.saying(entry).rev
    good(coaching.correct(TOM, entry), ops.Changed)
    correction = coaching.world.last
    stale = refused(coaching.correct(TOM, entry, base=first))
    assert (codes(stale), stale.limit, stale.actual) == (("stale", "base"), coaching.saying(correction).rev, first)
    assert codes(coaching.correct(TOM, correction)) == ("not_found", "entry")
    assert codes(coaching.correct(TOM, made(77))) == ("not_found", "entry")


@pytest.mark.parametrize(("by", "who", "answer"), [(TOM, MAYA, "not_yours"), (MAYA, MAYA, None), (MAYA, TOM, None)])
def test_a_trainer_corrects_what_he_recorded_and_the_client_everything(by: Id, who: Id, answer: str | None) -> None:
    coaching = Coaching.with_maya()
    good(coaching.record(by, coaching.assigned()), ops.Changed)
    assert codes(coaching.correct(who, coaching.world.last)) == (answer and (answer, "entry"))


def test_without_the_consent_nothing_is_corrected() -> None:
    coaching = Coaching.with_maya()
    coaching.world.relate(RITA, TOM, FULL)
    good(coaching.record(MAYA, coaching.assigned()), ops.Changed)
    entry = coaching.world.last
    assert codes(coaching.correct(RITA, entry)) == ("not_yours", "entry")
    good(coaching.consent(SEE_GOALS), ops.Changed)
    assert codes(coaching.correct(MAYA, entry)) == ("consent_required", "consent.record_progress")


def test_who_is_no_client_any_more_enters_nothing() -> None:
    """A role is the server's to give and to take; what was entered stays."""
    world = World().join(MAYA, TOM).relate(MAYA, TOM, FULL)
    coaching = Coaching(world)
    goal, proposed = coaching.assigned(), coaching.proposed()
    world.take_roles(TOM)
    assert codes(coaching.record(TOM, goal)) == ("role_required", "client")
    assert codes(coaching.excuse_for(TOM)) == ("role_required", "client")
    assert codes(coaching.set_state(TOM, goal, "done")) == ("role_required", "client")
    assert codes(coaching.change(MAYA, goal)) == ("role_required", "client")
    assert codes(coaching.accept(TOM, proposed)) == ("role_required", "client")
