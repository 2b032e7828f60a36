"""Many universes, one after the other or several at once: what `packaging/dev.py universe` runs.

--seeds 200                  stories from --from on; a line for each that fails, and one at the end
--replay 17 --trace FILE     one story again, everything that could be observed written down
--replay 17 --shrink         the shortest story found that fails too
--planted                    after how many stories each bug of `support.planted` is found
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from support.planted import PLANTED
from support.play_story import LENGTH, Ending, play_story, story_of
from support.story import shrink

PROGRESS: Final = 50
"""Universes between two lines that say how it goes."""


def endings(seeds: Iterable[int], length: int, jobs: int) -> Iterator[Ending]:
    """Each seed's story, in the order of the seeds; without its trace, which is long."""
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(partial(_ending, length=length), seeds)


def _ending(seed: int, length: int) -> Ending:
    return replace(play_story(seed, story_of(seed, length)), lines=[])


def many(first: int, number: int, length: int, jobs: int) -> int:
    """Play, and print who failed and the sum. Returns 1 if any did."""
    done: Counter[str] = Counter()
    failed = acknowledged = 0
    virtual = real = 0.0
    for count, ending in enumerate(endings(range(first, first + number), length, jobs), start=1):
        done.update(ending.done)
        acknowledged, virtual, real = acknowledged + ending.acknowledged, virtual + ending.virtual, real + ending.real
        if ending.problems:
            failed += 1
            _say(ending.complaint())
        if count % PROGRESS == 0:
            _say(f"… {count} universes, {failed} failed")
    _say(
        f"{number} universes, seeds {first} to {first + number - 1}, {length} steps each: {failed} failed; "
        f"{acknowledged:,} messages acknowledged, {virtual / 3600:,.1f} virtual hours in {real:,.0f} s of computing"
    )
    _say("done: " + ", ".join(f"{words} {times}" for words, times in sorted(done.items())))
    return 1 if failed else 0


def again(seed: int, length: int, trace: Path | None, *, shorter: bool) -> int:
    """One story; `shorter`: shrunk first. Prints the ending and the trace's digest. Returns 1 if something is wrong."""
    story = story_of(seed, length)
    if shorter:
        checks = {problem.check for problem in play_story(seed, story).problems}
        story = shrink(story, lambda without: any(p.check in checks for p in play_story(seed, without).problems))
        _say("\n".join(map(str, story)))
    ending = play_story(seed, story)
    if trace is not None:
        trace.write_text("\n".join(ending.lines) + "\n", encoding="utf-8")
    _say("\n".join([str(ending), ending.digest, *map(str, ending.problems)]))
    return 1 if ending.problems else 0


def planted() -> int:
    """Which check finds each planted bug, and in which story first. Returns 0: one that is not found is raised."""
    for bug in PLANTED:
        _say(f"| {bug.name} | {bug.found_by} | {bug.first_found() + 1} |")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what was asked."""
    parser = argparse.ArgumentParser(
        prog="packaging/dev.py universe", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=100, metavar="N", help="how many stories")
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="SEED", help="the first seed")
    parser.add_argument("--length", type=int, default=LENGTH, metavar="STEPS", help="steps of a story")
    parser.add_argument("--jobs", type=int, default=1, metavar="J", help="stories at once")
    parser.add_argument("--replay", type=int, metavar="SEED", help="play this one story again")
    parser.add_argument("--trace", type=Path, metavar="FILE", help="with --replay: where to write the trace")
    parser.add_argument("--shrink", action="store_true", help="with --replay: look for a shorter story that fails too")
    parser.add_argument("--planted", action="store_true", help="find the planted bugs")
    options = parser.parse_args(arguments)
    if options.planted:
        return planted()
    if options.replay is not None:
        return again(options.replay, options.length, options.trace, shorter=options.shrink)
    return many(options.first, options.seeds, options.length, options.jobs)


if __name__ == "__main__":
    sys.exit(main())
