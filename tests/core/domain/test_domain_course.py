"""A goal as it went: which terms hold on which day, built from rows in whatever order they come."""

import random

import msgspec
import pytest
from coachline_core.domain.course import Course, courses, covering, monday_of, week_of
from coachline_protocol.rows import AnyRow, Consent, Excuse, Progress, Relationship
from hypothesis import given, settings
from hypothesis import strategies as st
from support.courses import Diary, day
from support.world import MAYA, NOW, TOM, made

STEPS = "steps up 10000 steps day"


def diary() -> Diary:
    """A goal with three versions, two phases and three entries."""
    kept = Diary()
    kept.version(STEPS, 1, due=30)
    kept.version("steps up 12000 steps day", 8, due=30)
    kept.version("steps up 15000 steps day", 15, due=30, state="proposed")
    kept.phase("active", 1)
    kept.phase("paused", 20)
    first = kept.entry(1, "9000")
    kept.entry(2, "8000")
    kept.entry(1, "500")
    kept.entry(1, "9500", entry=first.id)
    return kept


def test_a_course_is_its_rows() -> None:
    course = diary().course
    assert [version.effective for version in course.versions] == [day(1), day(8), day(15)]
    assert [version.effective for version in course.accepted] == [day(1), day(8)]
    assert [phase.state for phase in course.phases] == ["active", "paused"]
    assert [entry.day for entry in course.entries] == [day(1), day(2), day(1)]
    assert course.first_day == day(1)
    assert course.entry_days == (day(1), day(2))


def test_an_entry_is_what_was_said_last_and_keeps_its_place() -> None:
    entries = diary().course.by_day[day(1)]
    assert [entry.current.row.measures[0].amount for entry in entries] == ["9500", "500"]
    corrected, plain = entries
    assert corrected.corrected
    assert not plain.corrected
    assert [saying.row.measures[0].amount for saying in corrected.sayings] == ["9000", "9500"]


def test_an_entry_without_measures_and_note_is_taken_back_and_keeps_its_history() -> None:
    kept = diary()
    kept.entry(2, "-", entry=kept.course.by_day[day(2)][0].id)
    course = kept.course
    assert day(2) not in course.by_day
    assert course.entry_days == (day(1),)
    taken = next(entry for entry in course.entries if entry.day == day(2))
    assert taken.withdrawn
    assert len(taken.sayings) == 2


def test_a_note_alone_is_an_entry() -> None:
    kept = diary()
    kept.entry(3, "-", note="a day of rest")
    assert [entry.withdrawn for entry in kept.course.by_day[day(3)]] == [False]


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 5))
def test_rows_may_come_in_any_order_and_in_old_revisions(chance: random.Random, doubled: int) -> None:
    kept = diary()
    old = [msgspec.structs.replace(row, rev=0) for row in kept.rows[:doubled]]
    rows = [*old, *kept.rows]
    chance.shuffle(rows)
    assert courses(rows) == courses(kept.rows)


def test_a_version_that_was_decided_later_is_the_later_one() -> None:
    kept = Diary()
    planned = kept.version(STEPS, 1, state="proposed")
    kept.version("steps up 12000 steps day", 1)
    kept.rows.append(msgspec.structs.replace(planned, rev=9, state="accepted"))
    version = kept.course.version_on(day(1))
    assert version is not None
    assert version.id == planned.id


def test_goals_are_kept_apart_and_other_rows_passed_over() -> None:
    one, other = Diary(goal=1), Diary(goal=2)
    for kept in (one, other):
        kept.version(STEPS, 1)
        kept.phase("paused", kept.goal)
        kept.entry(1, str(kept.goal))
    relationship = Relationship(rev=1, trainer=MAYA, client=TOM, state="active", since=NOW, consent=Consent())
    orphan = msgspec.structs.replace(one.rows[-1], goal=made(77), id=made(78))
    assert courses([*other.rows, relationship, orphan, *one.rows]) == (one.course, other.course)
    assert courses([]) == ()


# -- what waits in the outbox


def waiting(kept: Diary, number: int, words: str, entry: bytes | None = None) -> Progress:
    """A saying that is not acknowledged: taken out of the diary again, with no revision to go by."""
    row = kept.entry(number, words, entry=entry)
    kept.rows.remove(row)
    return msgspec.structs.replace(row, rev=0)


def test_what_waits_is_there_at_once_and_marked() -> None:
    kept = diary()
    (course,) = courses(kept.rows, [waiting(kept, 3, "7000"), waiting(kept, 1, "100")])
    assert [entry.waiting for entry in course.by_day[day(3)]] == [True]
    assert [entry.waiting for entry in course.by_day[day(1)]] == [False, False, True]


def test_a_correction_that_waits_counts_before_it_is_acknowledged() -> None:
    kept = diary()
    entry = kept.course.by_day[day(1)][0]
    (course,) = courses(kept.rows, [waiting(kept, 1, "7000", entry.id), waiting(kept, 1, "7500", entry.id)])
    corrected = course.by_day[day(1)][0]
    assert corrected.waiting
    assert [saying.waiting for saying in corrected.sayings] == [False, False, True, True]
    assert corrected.current.row.measures[0].amount == "7500"


def test_what_was_acknowledged_meanwhile_does_not_wait() -> None:
    kept = diary()
    row = kept.rows[-1]
    assert isinstance(row, Progress)
    assert courses(kept.rows, [row]) == courses(kept.rows)


def test_what_waits_for_a_goal_that_is_not_here_is_passed_over() -> None:
    kept = diary()
    row = msgspec.structs.replace(waiting(kept, 1, "1"), goal=made(77))
    assert courses(kept.rows, [row]) == courses(kept.rows)


# -- which terms hold


@pytest.mark.parametrize(
    ("number", "amount", "standing"),
    [
        (0, None, "before"),
        (1, "10000", "active"),
        (7, "10000", "active"),
        (8, "12000", "active"),
        (19, "12000", "active"),
        (20, "12000", "paused"),
        (30, "12000", "paused"),
        (31, None, "after"),
    ],
)
def test_every_day_has_its_terms_and_its_standing(number: int, amount: str | None, standing: str) -> None:
    course = diary().course
    version = course.version_on(day(number))
    assert (version and version.terms.targets[0].amount) == amount
    assert course.standing(day(number)) == standing


def test_terms_are_remembered_after_their_due_date() -> None:
    course = diary().course
    version = course.terms_on(day(99))
    assert version is not None
    assert version.effective == day(8)
    assert course.terms_on(day(0)) is None


def test_a_goal_that_nobody_accepted_has_not_begun() -> None:
    kept = Diary()
    kept.version(STEPS, 1, state="proposed")
    assert kept.course.first_day is None
    assert kept.course.standing(day(5)) == "before"
    assert kept.course.weekly_version(day(1)) is None


def test_an_end_is_an_end_even_after_the_due_date() -> None:
    kept = diary()
    end = kept.phase("missed", 32)
    course = kept.course
    assert [course.standing(day(number)) for number in (30, 31, 32, 99)] == ["paused", "after", "missed", "missed"]
    assert course.ended_on(day(31)) is None
    assert course.ended_on(day(32)) == end
    assert course.ended_on(day(1)) is None


def test_weeks_begin_on_monday() -> None:
    assert week_of(day(3)) == tuple(day(number) for number in range(1, 8))
    assert [monday_of(day(number)) for number in (0, 1, 7, 8)] == [day(-6), day(1), day(1), day(8)]
    assert all(day(8 + number) == each for number, each in enumerate(week_of(day(14))))


def weekly(course: Course, monday: int) -> str | None:
    version = course.weekly_version(day(monday))
    return None if version is None else version.terms.targets[0].amount


@pytest.mark.parametrize(("mutual", "this", "following"), [(False, "3", "5"), (True, "5", "5")])
def test_a_week_keeps_mondays_version_unless_both_agree(mutual: bool, this: str, following: str) -> None:
    kept = Diary()
    kept.version("sessions up 3 sessions week", 1)
    kept.version("sessions up 5 sessions week", 7, mutual=mutual)
    assert [weekly(kept.course, monday) for monday in (-6, 1, 8)] == [None, this, following]


# -- excuses


def test_an_excuse_covers_its_days_unless_it_is_withdrawn() -> None:
    kept = Diary()
    ill = kept.excuse("ill", 3, 5)
    travel = kept.excuse("travel", 5, 6)
    kept.excuse("holiday", 1, 9, withdrawn=True)
    found = [covering(kept.excuses, day(number)) for number in range(2, 8)]
    assert found == [(), (ill.id,), (ill.id,), (ill.id, travel.id), (travel.id,), ()]
    assert covering(list(reversed(kept.excuses)), day(5)) == (ill.id, travel.id)


def test_a_course_holds_no_excuse_of_its_own() -> None:
    kept = diary()
    excuse: AnyRow = kept.excuse("ill", 1, 2)
    assert isinstance(excuse, Excuse)
    assert courses([*kept.rows, excuse]) == courses(kept.rows)
