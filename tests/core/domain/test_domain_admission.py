"""Admission: the limit follows how long commands take, and stays within its bounds."""

from coachline_core.domain.admission import EVERY_S, FEWEST, IN_TIME_S, MOST, STEP, Admission
from hypothesis import given
from hypothesis import strategies as st

SLOW, FAST = IN_TIME_S * 2, IN_TIME_S / 2


def test_as_many_as_the_limit_may_be_under_way() -> None:
    assert Admission(limit=300).admits(299)
    assert not Admission(limit=300).admits(300)


def test_what_takes_too_long_lowers_the_limit_below_what_was_under_way() -> None:
    assert Admission(limit=4_000).after(SLOW, under_way=1_000, now_s=1) == Admission(800, 1 + EVERY_S)


def test_a_few_that_take_long_are_no_reason_to_refuse() -> None:
    assert Admission(limit=4_000).after(SLOW, under_way=FEWEST, now_s=1).limit == 4_000


def test_a_limit_that_was_tried_grows_while_all_is_done_in_time() -> None:
    assert Admission(limit=400).after(FAST, under_way=201, now_s=1).limit == 400 + STEP
    assert Admission(limit=400).after(FAST, under_way=200, now_s=1).limit == 400


def test_it_is_judged_once_in_a_while() -> None:
    judged = Admission(limit=1_000).after(SLOW, under_way=1_000, now_s=1)
    assert judged.after(SLOW, under_way=1_000, now_s=1 + EVERY_S / 2) == judged
    assert judged.after(SLOW, under_way=800, now_s=1 + EVERY_S) != judged


@given(st.lists(st.tuples(st.floats(0, 10), st.integers(0, 20_000))))
def test_the_limit_stays_within_its_bounds(seen: list[tuple[float, int]]) -> None:
    admission, now = Admission(), 0.0
    for took, under_way in seen:
        now += EVERY_S
        admission = admission.after(took, under_way, now)
        assert FEWEST <= admission.limit <= MOST
