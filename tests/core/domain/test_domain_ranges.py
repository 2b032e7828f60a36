"""Ranges: the same as sets, and always in one form."""

import itertools

from coachline_core.domain.ranges import Range, add, missing
from hypothesis import given
from hypothesis import strategies as st

PAIRS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=12)


def collected(pairs: list[Range]) -> tuple[Range, ...]:
    ranges: tuple[Range, ...] = ()
    for start, stop in pairs:
        ranges = add(ranges, start, stop)
    return ranges


def members(ranges: tuple[Range, ...]) -> set[int]:
    return {number for start, stop in ranges for number in range(start, stop)}


def test_neighbours_are_joined() -> None:
    assert collected([(1, 3), (5, 8), (3, 5)]) == ((1, 8),)


def test_an_empty_range_adds_nothing() -> None:
    assert add(((1, 3),), 7, 7) == ((1, 3),)


@given(PAIRS)
def test_ranges_hold_what_was_added_sorted_and_apart(pairs: list[Range]) -> None:
    ranges = collected(pairs)
    assert members(ranges) == {number for start, stop in pairs for number in range(start, stop)}
    assert all(start < stop for start, stop in ranges)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(ranges))


@given(PAIRS, st.integers(0, 30), st.integers(0, 30))
def test_what_is_missing_is_what_was_not_added(pairs: list[Range], start: int, stop: int) -> None:
    ranges = collected(pairs)
    assert members(missing(ranges, start, stop)) == set(range(start, stop)) - members(ranges)
    assert all(one < other for one, other in missing(ranges, start, stop))
