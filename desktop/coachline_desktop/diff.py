"""How one list of rows became another, in the terms a view can follow: `apply(diff(a, b), a) == b`.

Rows are told apart by their keys, which are unique in a list. The changes are made one after another, each on what
the one before left; as few rows as possible move, and rows that stand beside each other change together.
"""

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Keyed(Protocol):
    """A row."""

    @property
    def key(self) -> Hashable:
        """What stays the same while the row changes."""
        ...


R = TypeVar("R", bound=Keyed)


@dataclass(frozen=True, slots=True)
class Remove:
    """Rows `start` … `start + count - 1` go."""

    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Move:
    """The row at `start` goes elsewhere; `to` is its place once it has been taken out."""

    start: int
    to: int


@dataclass(frozen=True, slots=True)
class Insert(Generic[R]):
    """These rows come; the first of them is then at `start`."""

    start: int
    rows: tuple[R, ...]


@dataclass(frozen=True, slots=True)
class Update(Generic[R]):
    """The rows from `start` on are now these; their keys stay."""

    start: int
    rows: tuple[R, ...]


Change = Remove | Move | Insert[R] | Update[R]


def diff(old: Sequence[R], new: Sequence[R]) -> tuple[Change[R], ...]:
    """The changes that make `old` into `new`: removals, then moves, insertions, updates."""
    if old == new:
        return ()
    before = {row.key: row for row in old}
    after = {row.key for row in new}
    survivors = [row.key for row in old if row.key in after]
    wanted = [row.key for row in new if row.key in before]
    removed = [place for place, row in enumerate(old) if row.key not in after]
    added = [place for place, row in enumerate(new) if row.key not in before]
    changed = [place for place, row in enumerate(new) if row.key in before and before[row.key] != row]
    return (
        *(Remove(start, stop - start) for start, stop in reversed(_runs(removed))),
        *_moves(survivors, wanted),
        *(Insert(start, tuple(new[start:stop])) for start, stop in _runs(added)),
        *(Update(start, tuple(new[start:stop])) for start, stop in _runs(changed)),
    )


def apply(changes: Sequence[Change[R]], rows: Sequence[R]) -> list[R]:
    """`rows` after the changes."""
    result = list(rows)
    for change in changes:
        apply_one(change, result)
    return result


def apply_one(change: Change[R], rows: list[R]) -> None:
    """Change `rows` in place."""
    match change:
        case Remove(start, count):
            del rows[start : start + count]
        case Move(start, to):
            rows.insert(to, rows.pop(start))
        case Insert(start, fresh):
            rows[start:start] = fresh
        case Update(start, fresh):
            rows[start : start + len(fresh)] = fresh


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending places as half-open ranges."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return runs


def _moves(present: list[Hashable], wanted: Sequence[Hashable]) -> list[Move]:
    """The fewest moves of single rows that bring `present` into the order `wanted`; both have the same keys."""
    if present == wanted:
        return []
    place = {key: number for number, key in enumerate(present)}
    staying = _longest_ascent([place[key] for key in wanted])
    moves: list[Move] = []
    now = list(present)
    for number, key in enumerate(wanted):
        if place[key] in staying:
            continue
        start = now.index(key)
        del now[start]
        to = now.index(wanted[number - 1]) + 1 if number else 0
        now.insert(to, key)
        if start != to:
            moves.append(Move(start, to))
    return moves


def _longest_ascent(numbers: Sequence[int]) -> set[int]:
    """The members of a longest ascending subsequence of distinct numbers (patience sorting)."""
    tops: list[int] = []
    below: dict[int, int | None] = {}
    for number in numbers:
        pile = bisect_left(tops, number)
        below[number] = tops[pile - 1] if pile else None
        tops[pile : pile + 1] = [number]
    found: set[int] = set()
    member: int | None = tops[-1] if tops else None
    while member is not None:
        found.add(member)
        member = below[member]
    return found
