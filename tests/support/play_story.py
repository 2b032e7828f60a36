"""Plays the story of one seed and says how it ended: `python -m support.play_story SEED`, in the folder `tests`.

`--trace FILE` writes down everything that could be observed; `--shrink` looks for a shorter story that fails too.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import trio
from support.determinism import run_universe
from support.story import Step, play, shrink, write_story
from support.universe import Chances, universe
from support.verdict import Witness, judge

LENGTH = 100
"""Steps of a story."""


@dataclass(frozen=True)
class Ending:
    """How a story ended. `virtual` and `real` are seconds."""

    seed: int
    story: Sequence[Step]
    problems: list[str]
    lines: list[str]
    digest: str
    acknowledged: int
    virtual: float
    real: float

    def __str__(self) -> str:
        words = f"seed {self.seed}: {self.acknowledged} messages acknowledged, {len(self.lines)} lines of trace, "
        return words + f"{self.virtual:,.0f} virtual s in {self.real:.2f} s, {self.virtual / self.real:,.0f} to one"

    def complaint(self) -> str:
        """What is wrong and how to see it again."""
        again = f"cd tests && python -m support.play_story {self.seed} --length {len(self.story)} --trace trace.txt"
        return "\n".join([str(self), *self.problems, f"again: {again}"])


def story_of(seed: int, length: int = LENGTH) -> list[Step]:
    """The story that a seed tells."""
    return write_story(Chances(seed).random("story"), length)


def play_story(seed: int, story: Sequence[Step]) -> Ending:
    """Begin a universe, play, heal, judge."""

    async def main(folder: Path) -> tuple[list[str], list[str], str, int, float]:
        async with universe(seed, folder) as world:
            witness = Witness(world)
            await play(world, story)
            problems = await judge(world, witness)
            trace = world.trace
            return problems, trace.lines, trace.digest(), len(witness.acknowledged), trio.current_time()

    began = time.perf_counter()
    with TemporaryDirectory(dir=_fast_disk()) as folder:
        problems, lines, digest, acknowledged, virtual = run_universe(lambda: main(Path(folder)), seed)
    return Ending(seed, story, problems, lines, digest, acknowledged, virtual, time.perf_counter() - began)


def _fast_disk() -> Path | None:
    """A folder in memory, where there is one: crashes are copies, so syncing costs time and shows nothing."""
    memory = Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) else None


def _fails(seed: int, story: list[Step]) -> bool:
    try:
        return bool(play_story(seed, story).problems)
    except Exception:
        return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Play, and print the ending and the trace's digest. Returns 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--length", type=int, default=LENGTH, metavar="STEPS")
    parser.add_argument("--trace", type=Path, metavar="FILE")
    parser.add_argument("--shrink", action="store_true")
    options = parser.parse_args(arguments)
    story = story_of(options.seed, options.length)
    if options.shrink:
        story = shrink(story, lambda shorter: _fails(options.seed, shorter))
        sys.stdout.write("".join(f"{step}\n" for step in story))
    ending = play_story(options.seed, story)
    if options.trace is not None:
        options.trace.write_text("\n".join(ending.lines) + "\n", encoding="utf-8")
    sys.stdout.write(f"{ending}\n{ending.digest}\n" + "".join(f"{problem}\n" for problem in ending.problems))
    return 1 if ending.problems else 0


if __name__ == "__main__":
    sys.exit(main())
