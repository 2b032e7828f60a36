"""Excuses: who makes them for which days, and who takes them back.

SPEC.md, [G11].
"""

from dataclasses import replace

import pytest
from coachline_core.domain.record import record_stream
from coachline_protocol import limits, ops
from coachline_protocol.codes import RefusalCode
from coachline_protocol.rows import Consent, Date, Excuse, Id
from support.coaching import FULL, PROPOSE, SEE_GOALS, TODAY, Coaching, codes, day, refused
from support.world import MAYA, NOW, RITA, STRANGER, TOM, good, made


@pytest.mark.parametrize("who", [TOM, MAYA])
def test_an_excuse_is_made_by_the_client_or_by_who_may_assign_him_goals(who: Id) -> None:
    coaching = Coaching.with_maya()
    answer = good(coaching.excuse_for(who, day(-3), day(4), "flu"), ops.Changed)
    id = coaching.world.last
    assert coaching.excuse(id) == Excuse(
        rev=answer.rev, id=id, author=who, at=NOW, first=day(-3), last=day(4), reason="ill", note="flu"
    )


@pytest.mark.parametrize(
    ("consent", "missing"),
    [
        (SEE_GOALS, "set_goals"),
        (PROPOSE, "set_goals"),
        (Consent(see_goals=True, set_goals="assign"), "see_progress"),
    ],
)
def test_otherwise_a_trainer_makes_none(consent: Consent, missing: str) -> None:
    coaching = Coaching.with_maya(consent)
    assert codes(coaching.excuse_for(MAYA)) == ("consent_required", f"consent.{missing}")
    assert codes(coaching.excuse_for(STRANGER)) == ("not_found", "client")


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (day(-366), day(-366), None),
        (day(-367), TODAY, "first"),
        (TODAY, day(-1), "last"),
        (TODAY, day(366), None),
        (TODAY, day(367), "last"),
        (day(limits.GOAL_DAYS_MAX), day(limits.GOAL_DAYS_MAX), None),
        (day(limits.GOAL_DAYS_MAX + 1), day(limits.GOAL_DAYS_MAX + 1), "first"),
        (Date(9999, 12, 31), Date(9999, 12, 31), "first"),
        (Date(1, 1, 1), Date(1, 1, 1), "first"),
    ],
)
def test_an_excuse_is_for_some_days_not_long_ago_and_not_for_ever(first: Date, last: Date, field: str | None) -> None:
    outcome = Coaching.with_maya().excuse_for(TOM, first, last)
    assert codes(outcome) == (field and ("date_out_of_range", field))


def test_a_note_is_a_paragraph_at_most() -> None:
    assert codes(Coaching.with_maya().excuse_for(TOM, note="x" * 1001)) == ("text_too_long", "note")


def test_a_client_has_so_many_excuses_and_no_more() -> None:
    coaching = Coaching.with_maya()
    good(coaching.excuse_for(TOM), ops.Changed)
    record = coaching.world.record(TOM)
    (one,) = record.excuses.values()
    full = {made(n): one for n in range(5_000, 5_000 + limits.EXCUSES_MAX)}
    coaching.world.states[record_stream(TOM)] = replace(record, excuses=full)
    refusal = refused(coaching.excuse_for(TOM))
    assert (refusal.code, refusal.limit, refusal.actual) == (RefusalCode.TOO_MANY, 1000, 1001)


@pytest.mark.parametrize(
    ("made_by", "who", "answer"),
    [
        (TOM, TOM, None),
        (MAYA, MAYA, None),
        (MAYA, TOM, None),
        (TOM, MAYA, ("not_yours", "excuse")),
        (MAYA, RITA, ("not_yours", "excuse")),
    ],
)
def test_whoever_made_it_takes_it_back_and_the_client(made_by: Id, who: Id, answer: object) -> None:
    coaching = Coaching.with_maya()
    coaching.world.relate(RITA, TOM, FULL)
    good(coaching.excuse_for(made_by), ops.Changed)
    id = coaching.world.last
    assert codes(coaching.withdraw(who, id)) == answer
    assert coaching.excuse(id).withdrawn_at == (None if answer else NOW)


def test_what_was_taken_back_stays_so_and_names_its_revision() -> None:
    coaching = Coaching.with_maya()
    good(coaching.excuse_for(TOM), ops.Changed)
    id = coaching.world.last
    taken_back = good(coaching.withdraw(TOM, id), ops.Changed)
    coaching.assigned()
    coaching.world.now += 1
    assert coaching.withdraw(TOM, id) == taken_back == ops.Changed(rev=coaching.excuse(id).rev)
    assert coaching.excuse(id).withdrawn_at == NOW


def test_who_does_not_see_excuses_takes_none_back() -> None:
    coaching = Coaching.with_maya()
    good(coaching.excuse_for(MAYA), ops.Changed)
    id = coaching.world.last
    assert codes(coaching.withdraw(MAYA, made(77))) == ("not_found", "excuse")
    good(coaching.consent(SEE_GOALS), ops.Changed)
    assert codes(coaching.withdraw(MAYA, id)) == ("consent_required", "consent.see_progress")
    assert codes(coaching.withdraw(MAYA, made(77))) == ("consent_required", "consent.see_progress")
