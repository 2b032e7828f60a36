"""The pace: where a steady course would be by now."""

from fractions import Fraction

import pytest
from coachline_core.domain.marks import read
from coachline_core.domain.pace import pace_of
from hypothesis import given, settings
from hypothesis import strategies as st
from support.courses import Diary, day


def pace(kept: Diary, on: int, first: int = 1, due: int = 30) -> Fraction | None:
    course = kept.course
    reading = read(course, kept.asked[0], [each for each in course.entry_days if each <= day(on)])
    return pace_of(course, kept.asked[0], reading, kept.excuses, (day(first), day(due)), day(on))


def goal(words: str, due: int = 30) -> Diary:
    kept = Diary()
    kept.version(words, 1, due=due)
    return kept


@pytest.mark.parametrize(("on", "value"), [(0, 0), (1, 10), (15, 150), (29, 290), (30, 300), (31, 300)])
def test_what_piles_up_grows_evenly(on: int, value: int) -> None:
    assert pace(goal("distance up 300 km total"), on) == value


def test_a_limit_is_used_up_evenly() -> None:
    assert pace(goal("distance down 300 km total"), 15) == 150


def test_excused_and_paused_days_do_not_count() -> None:
    kept = goal("distance up 300 km total")
    kept.excuse("ill", 1, 10)
    assert pace(kept, 15) == Fraction(300) * 5 / 20
    kept.phase("paused", 11)
    assert pace(kept, 15) == 0
    kept.phase("active", 14)
    assert pace(kept, 15) == Fraction(300) * 2 / 17


def test_an_excuse_to_come_makes_the_other_days_longer() -> None:
    kept = goal("distance up 300 km total")
    kept.excuse("holiday", 21, 30)
    assert pace(kept, 10) == 150


def test_where_no_day_is_asked_all_of_it_is_due() -> None:
    kept = goal("distance up 300 km total")
    kept.excuse("holiday", 1, 30)
    assert pace(kept, 10) == 300


def test_a_weight_goes_evenly_from_the_first_one() -> None:
    kept = goal("weight down 75 kg total", due=41)
    assert pace(kept, 21, due=41) is None
    kept.entry(1, "81")
    kept.entry(1, "80")
    kept.entry(11, "60")
    assert [pace(kept, on, due=41) for on in (1, 11, 21, 41)] == [80, Fraction("78.75"), Fraction("77.5"), 75]


def test_a_load_goes_evenly_upwards() -> None:
    kept = goal("load up 100 kg total", due=21)
    kept.entry(1, "80")
    assert pace(kept, 11, due=21) == 90


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("weight down 75 kg total", "74"),
        ("weight down 75 kg total", "75"),
        ("load up 75 kg total", "75"),
        ("load up 75 kg total", "90"),
    ],
)
def test_who_was_there_from_the_first_day_is_to_stay_there(words: str, first: str) -> None:
    kept = goal(words)
    kept.entry(1, first)
    assert pace(kept, 10) == 75


@pytest.mark.parametrize(
    "words", ["distance hold 100..200 km total", "weight hold 74..76 kg total", "rating_5 up 4 points total"]
)
def test_bands_and_means_have_no_pace(words: str) -> None:
    kept = goal(words)
    kept.entry(1, "4" if "rating" in words else "75")
    assert pace(kept, 10) is None


def test_a_first_value_on_the_due_date_leaves_no_way() -> None:
    kept = goal("weight down 75 kg total")
    kept.entry(30, "80")
    assert pace(kept, 30) == 75


@settings(deadline=None)
@given(st.lists(st.integers(1, 30), max_size=6), st.integers(0, 30))
def test_the_pace_never_goes_back_and_ends_at_the_amount(ill: list[int], on: int) -> None:
    kept = goal("distance up 300 km total")
    for number in ill:
        kept.excuse("ill", number, number)
    before, after = pace(kept, on), pace(kept, on + 1)
    assert before is not None
    assert after is not None
    assert 0 <= before <= after <= 300
    assert pace(kept, 30) == 300
