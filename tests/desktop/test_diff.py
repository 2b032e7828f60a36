"""What changed between two lists, as changes that a view can follow."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from coachline_desktop.diff import Insert, Move, Remove, Update, apply, diff
from hypothesis import given
from hypothesis import strategies as st


@dataclass(frozen=True)
class Plain:
    key: int
    text: str = ""


lists = st.lists(st.builds(Plain, st.integers(0, 30), st.sampled_from(["", "a", "b"])), unique_by=lambda row: row.key)


@given(lists, lists)
def test_the_changes_lead_from_one_to_the_other(old: list[Plain], new: list[Plain]) -> None:
    assert apply(diff(old, new), old) == new


@given(lists)
def test_nothing_changed_is_no_change(rows: list[Plain]) -> None:
    assert diff(rows, list(rows)) == ()


@given(lists, st.randoms(use_true_random=False))
def test_another_order_is_only_moves_and_fewer_than_rows(rows: list[Plain], random: Random) -> None:
    other = list(rows)
    random.shuffle(other)
    changes = diff(rows, other)
    assert all(isinstance(change, Move) for change in changes)
    assert len(changes) <= max(0, len(rows) - 1)


@given(lists, lists)
def test_the_argument_is_left_alone(old: list[Plain], new: list[Plain]) -> None:
    before = list(old)
    apply(diff(old, new), old)
    assert old == before


def rows(keys: str) -> list[Plain]:
    return [Plain(ord(key)) for key in keys]


def test_the_newest_conversation_moves_to_the_top_alone() -> None:
    assert diff(rows("abcd"), rows("dabc")) == (Move(3, 0),)


def test_the_first_goes_to_the_end_alone() -> None:
    assert diff(rows("abcd"), rows("bcda")) == (Move(0, 3),)


def test_neighbours_change_together() -> None:
    old, new = rows("abcdef"), rows("afxyz")
    assert diff(old, new) == (Remove(1, 4), Insert(2, tuple(rows("xyz"))))
    changed = [Plain(row.key, "b") for row in old[1:3]]
    assert diff(old, [old[0], *changed, *old[3:]]) == (Update(1, tuple(changed)),)
