"""Token buckets: a burst, a rate, and an honest word about when to come again."""

import pytest
from coachline_core.domain.budget import Bucket
from hypothesis import given
from hypothesis import strategies as st


def taken(bucket: Bucket, now_s: float) -> Bucket:
    bucket, wait = bucket.take(now_s)
    assert wait is None
    return bucket


def test_a_burst_is_allowed_at_once_and_the_next_one_must_wait() -> None:
    bucket = Bucket.per(60, 60, burst=10)
    for _ in range(10):
        bucket = taken(bucket, 100.0)
    assert bucket.take(100.0) == (bucket, 1000)


def test_a_refused_attempt_costs_nothing() -> None:
    bucket = taken(Bucket.per(2, 1, burst=1), 0)
    for now in (0.5, 1.0, 1.5):
        bucket, wait = bucket.take(now)
        assert wait == (2 - now) * 1000
    taken(bucket, 2)


@pytest.mark.parametrize(("now_s", "full"), [(0.5, False), (1.0, True), (5.0, True)])
def test_a_bucket_is_full_again_after_what_was_taken_came_back(now_s: float, full: bool) -> None:
    assert taken(Bucket.per(1, 1, burst=3), 0).full(now_s) == full


def test_rest_never_saves_up_more_than_the_burst() -> None:
    bucket = taken(Bucket.per(1, 1, burst=2), 0)
    bucket = taken(taken(bucket, 1000), 1000)
    assert bucket.take(1000)[1] == 1000


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    bucket = taken(Bucket.per(1, 1, burst=1), 10)
    assert bucket.take(5)[1] == 6000


BUCKETS = st.builds(Bucket.per, st.floats(0.1, 900), st.integers(1, 60), burst=st.integers(1, 20))
TIMES = st.lists(st.floats(0, 60), min_size=1, max_size=60)


@given(BUCKETS, TIMES)
def test_whoever_waits_as_long_as_told_is_let_through(bucket: Bucket, gaps: list[float]) -> None:
    now = 0.0
    for gap in gaps:
        now += gap
        bucket, wait = bucket.take(now)
        if wait is not None:
            assert wait > 0
            now += wait / 1000
            bucket = taken(bucket, now)


@given(BUCKETS, TIMES)
def test_no_stretch_of_time_allows_more_than_burst_and_rate(bucket: Bucket, gaps: list[float]) -> None:
    now, granted = 0.0, []
    start = bucket
    for gap in gaps:
        now += gap
        bucket, wait = bucket.take(now)
        if wait is None:
            granted.append(now)
    for first in range(len(granted)):
        for last in range(first, len(granted)):
            allowed = start.burst + (granted[last] - granted[first]) / start.every_s
            assert last - first + 1 <= allowed + 1e-3
