"""A client's record: what its state says, and who sees which of its rows.

SPEC.md, [G3] [G4].
"""

from datetime import timedelta
from typing import Literal

import msgspec
import pytest
from coachline_core.domain.record import RecordState, by_id, narrowed, record_stream, sees
from coachline_protocol.rows import (
    AnyRow,
    Consent,
    Excuse,
    Goal,
    GoalPhase,
    GoalVersion,
    Id,
    Listing,
    Progress,
    Relationship,
    RelationshipStep,
)
from hypothesis import given
from hypothesis import strategies as st
from support.coaching import FULL, NOTHING, PROPOSE, SEE_GOALS, TODAY, terms
from support.world import MAYA, NOW, RITA, TOM, made

State = Literal["active", "paused", "ended"]
GOAL = made(20)


def relationship(
    state: State = "active", consent: Consent = FULL, *, trainer: Id = MAYA, rev: int = 50, left: bool = False
) -> Relationship:
    return Relationship(rev=rev, trainer=trainer, client=TOM, state=state, since=NOW, consent=consent, left=left)


def step(trainer: Id = MAYA, rev: int = 1) -> RelationshipStep:
    return RelationshipStep(rev=rev, id=made(10), trainer=trainer, by=TOM, at=NOW, deed="begun", consent=NOTHING)


GOALS: tuple[AnyRow, ...] = (
    Goal(rev=3, id=GOAL, author=RITA, kind="nutrition", state="active", version=GOAL, created_at=NOW),
    GoalVersion(rev=2, id=GOAL, goal=GOAL, author=RITA, at=NOW, terms=terms(), state="accepted", effective=TODAY),
    GoalPhase(rev=4, id=made(21), goal=GOAL, state="paused", since=TODAY, by=TOM, at=NOW),
)
PROGRESS: tuple[AnyRow, ...] = (
    Progress(rev=5, id=made(22), entry=made(22), goal=GOAL, author=TOM, at=NOW, day=TODAY, zone="UTC"),
    Excuse(rev=6, id=made(23), author=TOM, at=NOW, first=TODAY, last=TODAY, reason="ill"),
)
OWN: tuple[AnyRow, ...] = (relationship(), step())
OTHERS: tuple[AnyRow, ...] = (relationship(trainer=RITA), step(RITA))
EVERYTHING = (*GOALS, *PROGRESS, *OWN, *OTHERS)


def seen(held: Relationship | None) -> set[AnyRow]:
    """What Maya sees of Tom's record, related so."""
    return {row for row in EVERYTHING if sees(MAYA, TOM, held, row)}


@pytest.mark.parametrize("held", [None, relationship("ended", NOTHING), relationship()])
def test_the_client_sees_everything(held: Relationship | None) -> None:
    assert all(sees(TOM, TOM, held, row) for row in EVERYTHING)


@pytest.mark.parametrize("state", ["active", "paused"])
@pytest.mark.parametrize(
    ("consent", "shown"),
    [
        (NOTHING, OWN),
        (SEE_GOALS, (*OWN, *GOALS)),
        (PROPOSE, (*OWN, *GOALS, *PROGRESS)),
        (FULL, (*OWN, *GOALS, *PROGRESS)),
    ],
)
def test_a_trainer_sees_his_own_relationship_and_what_he_may(
    state: State, consent: Consent, shown: tuple[AnyRow, ...]
) -> None:
    """Goals of other trainers too, but nothing of those trainers."""
    assert seen(relationship(state, consent)) == set(shown)


def test_who_does_not_coach_sees_nothing() -> None:
    assert seen(None) == seen(relationship("ended")) == set()
    assert not sees(MAYA, TOM, relationship(), Listing(rev=1, conversation=GOAL, kind="direct"))


def test_what_was_left_is_seen_as_it_stood_then() -> None:
    left = relationship("ended", FULL, left=True, rev=5)
    assert sees(MAYA, TOM, left, left)
    assert {row for row in (*GOALS, *PROGRESS) if sees(MAYA, TOM, left, row)} == {*GOALS, PROGRESS[0]}
    goals_only = relationship("ended", SEE_GOALS, left=True, rev=9)
    assert {row for row in (*GOALS, *PROGRESS) if sees(MAYA, TOM, goals_only, row)} == set(GOALS)


# -- whose sight narrows


CONSENTS = st.builds(
    Consent,
    see_goals=st.booleans(),
    see_progress=st.booleans(),
    see_presence=st.booleans(),
    set_goals=st.sampled_from(["none", "assign"]),
)
RELATIONSHIPS = st.one_of(
    st.none(),
    st.builds(
        relationship,
        st.sampled_from(["active", "paused", "ended"]),
        CONSENTS,
        left=st.booleans(),
    ),
)


@given(RELATIONSHIPS, RELATIONSHIPS)
def test_sight_narrows_when_something_seen_before_is_not_seen_any_more(
    before: Relationship | None, after: Relationship | None
) -> None:
    """Of what is yet to come: rows of a later revision, and presence."""

    def sight(held: Relationship | None) -> set[object]:
        later = [msgspec.structs.replace(row, rev=99) for row in (*OWN, *GOALS, *PROGRESS)]
        shown: set[object] = {row for row in later if sees(MAYA, TOM, held, row)}
        if held is not None and held.state == "active" and held.consent.see_presence:
            shown.add("presence")
        return shown

    state = RecordState(record_stream(TOM), relationships={} if before is None else {MAYA: before})
    rows = [] if after is None else [*GOALS, after]
    lost = after is not None and not sight(before) <= sight(after)
    assert narrowed(state, rows) == ((MAYA,) if lost else ())


PRESENT = Consent(see_presence=True)


@pytest.mark.parametrize(
    ("before", "after", "narrows"),
    [
        (relationship(consent=PRESENT), relationship(consent=NOTHING), True),
        (relationship(consent=PRESENT), relationship("paused", PRESENT), True),
        (relationship("paused", PRESENT), relationship("paused", NOTHING), False),
        (relationship("paused", PRESENT), relationship(consent=PRESENT), False),
        (relationship(consent=NOTHING), relationship("paused", NOTHING), False),
        (relationship(consent=NOTHING), relationship("ended", NOTHING), True),
    ],
)
def test_sight_narrows_with_presence_and_at_the_end(before: Relationship, after: Relationship, narrows: bool) -> None:
    state = RecordState(record_stream(TOM), relationships={MAYA: before})
    assert narrowed(state, [after]) == ((MAYA,) if narrows else ())


def test_whose_sight_narrows_is_told_in_order() -> None:
    trainers = sorted((MAYA, RITA), reverse=True)
    state = RecordState(
        record_stream(TOM), relationships={trainer: relationship(trainer=trainer) for trainer in trainers}
    )
    ended = [relationship("ended", trainer=trainer) for trainer in trainers]
    assert narrowed(state, ended) == tuple(sorted(trainers))


# -- the state


def test_an_id_is_taken_by_whatever_has_it() -> None:
    record = record_stream(TOM)
    assert not RecordState(record, relationships={GOAL: relationship()}).has(GOAL)
    for state in (
        RecordState(record, steps=by_id(EVERYTHING, RelationshipStep)),
        RecordState(record, goals=by_id(EVERYTHING, Goal)),
        RecordState(record, versions=by_id(EVERYTHING, GoalVersion)),
        RecordState(record, phases=by_id(EVERYTHING, GoalPhase)),
        RecordState(record, sayings={GOAL: {row.id: row for row in EVERYTHING if isinstance(row, Progress)}}),
        RecordState(record, excuses=by_id(EVERYTHING, Excuse)),
    ):
        assert [state.has(id) for id in (made(10), GOAL, made(21), made(22), made(23))].count(True) == 1


@pytest.mark.parametrize(("state", "active", "related"), [("active", 1, 1), ("paused", 0, 1), ("ended", 0, 0)])
def test_who_coaches_is_active_and_who_rests_is_related(state: State, active: int, related: int) -> None:
    record = RecordState(record_stream(TOM), relationships={MAYA: relationship(state)})
    assert (record.client, record.active(MAYA), record.related(MAYA)) == (TOM, active, related)
    assert not record.active(RITA)
    assert not record.related(RITA)


def test_what_was_said_of_a_day_or_an_entry_is_found() -> None:
    def said(rev: int, entry: int, on: int = 0, goal: Id = GOAL) -> Progress:
        days = TODAY + timedelta(days=on)
        return Progress(
            rev=rev, id=made(rev), entry=made(entry), goal=goal, author=TOM, at=NOW, day=days, zone="UTC", note="well"
        )

    first, other, corrected, later = said(31, 31), said(32, 32), said(33, 31), said(34, 34, 1)
    elsewhere = said(35, 35, goal=made(36))
    sayings = {made(36): {elsewhere.id: elsewhere}, GOAL: {row.id: row for row in (corrected, later, other, first)}}
    record = RecordState(record_stream(TOM), sayings=sayings)
    assert record.said_on(GOAL, TODAY) == (corrected, other, first)
    assert record.said_on(made(37), TODAY) == ()
    assert record.entry(first.id) == (first, corrected)
    assert record.entry(elsewhere.id) == (elsewhere,)
    assert record.entry(corrected.id) == record.entry(made(37)) == ()


def test_what_is_written_takes_the_next_revisions_in_order() -> None:
    state = RecordState(record_stream(TOM), rev=7)
    changed = state.written(step(), relationship())
    assert (changed.stream, changed.after, changed.rev) == (record_stream(TOM), 7, 9)
    assert changed.rows == (step(rev=8), relationship(rev=9))


def test_rows_by_id_are_of_one_kind() -> None:
    assert by_id(EVERYTHING, Goal) == {GOAL: GOALS[0]}
    assert by_id(EVERYTHING, Excuse) == {made(23): PROGRESS[1]}
