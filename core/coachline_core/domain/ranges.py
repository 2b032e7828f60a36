"""Sets of whole numbers kept as half-open ranges `(start, stop)`: sorted, apart, none empty."""

from collections.abc import Sequence

Range = tuple[int, int]


def add(ranges: Sequence[Range], start: int, stop: int) -> tuple[Range, ...]:
    """The set with start … stop - 1 too; what touches is joined."""
    if start >= stop:
        return tuple(ranges)
    before = [held for held in ranges if held[1] < start]
    after = [held for held in ranges if held[0] > stop]
    touching = [held for held in ranges if held[1] >= start and held[0] <= stop]
    joined = (min([start, *(held[0] for held in touching)]), max([stop, *(held[1] for held in touching)]))
    return (*before, joined, *after)


def missing(ranges: Sequence[Range], start: int, stop: int) -> tuple[Range, ...]:
    """What of start … stop - 1 is not in the set."""
    holes: list[Range] = []
    for held_start, held_stop in ranges:
        if held_stop <= start:
            continue
        if held_start >= stop:
            break
        if start < held_start:
            holes.append((start, held_start))
        start = held_stop
    if start < stop:
        holes.append((start, stop))
    return tuple(holes)
