"""Plays the story of one seed from the beginning of a universe to the verdict on it."""

import os
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import trio
from support.deed import Step
from support.determinism import run_universe
from support.story import play, write_story
from support.universe import Chances, Universe, universe
from support.verdict import Problem, judge
from support.wiretap import Wiretap

LENGTH: Final = 60
"""Steps of a story."""


@dataclass(frozen=True)
class Ending:
    """How a story ended. `virtual` and `real` are seconds; `done`: how often each deed was done and made sense."""

    seed: int
    length: int
    problems: list[Problem]
    lines: list[str]
    digest: str
    acknowledged: int
    done: Counter[str]
    virtual: float
    real: float

    def __str__(self) -> str:
        words = f"seed {self.seed}: {self.acknowledged} messages acknowledged, {len(self.lines)} lines of trace, "
        return words + f"{self.virtual:,.0f} virtual s in {self.real:.2f} s, {self.virtual / self.real:,.0f} to one"

    def complaint(self) -> str:
        """What is wrong and how to see it again."""
        again = f"python3 packaging/dev.py universe --replay {self.seed} --length {self.length}"
        return "\n".join(
            [
                str(self),
                *(f"  {problem}" for problem in self.problems),
                f"  again: {again} --trace trace.txt",
                f"  shorter: {again} --shrink",
            ]
        )


def story_of(seed: int, length: int = LENGTH) -> list[Step]:
    """The story that a seed tells."""
    return write_story(Chances(seed).random("story"), length)


def play_story(seed: int, story: Sequence[Step]) -> Ending:
    """Begin a universe, play, heal, judge. Whatever is raised is a problem too."""
    worlds: list[Universe] = []
    wiretaps: list[Wiretap] = []
    done: Counter[str] = Counter()
    ends: list[float] = []

    async def main(folder: Path) -> list[Problem]:
        async with universe(seed, folder) as world:
            worlds.append(world)
            wiretaps.append(Wiretap(world))
            try:
                done.update(await play(world, story))
                return await judge(world, wiretaps[0])
            finally:
                ends.append(trio.current_time())

    began = time.perf_counter()
    with TemporaryDirectory(dir=_fast_disk()) as folder:
        try:
            problems = run_universe(lambda: main(Path(folder)), seed)
        except Exception:
            problems = [Problem("raised", traceback.format_exc())]
    trace = worlds[0].trace
    acknowledged = len(wiretaps[0].acknowledged)
    real = time.perf_counter() - began
    return Ending(seed, len(story), problems, trace.lines, trace.digest(), acknowledged, done, ends[0], real)


def _fast_disk() -> Path | None:
    """A folder in memory, where there is one: crashes are copies, so syncing costs time and shows nothing."""
    memory = Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) else None
