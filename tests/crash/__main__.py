"""`dev.py crash`: a real daemon killed again and again under load; every call going wrong once; the order of writes."""

import argparse
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import environment
import trio
from crash import campaign, sweep
from crash.order import judge

WATCHED_MESSAGES = 3_000
"""Acknowledged under the eyes of strace: enough for some checkpoints."""


def say(line: str) -> None:
    """Print it now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def kills(folder: Path, wanted: argparse.Namespace) -> bool:
    """Whether what was told held after every kill."""
    return trio.run(campaign.run, folder, wanted.seed, wanted.cycles, say)


def faults(folder: Path, wanted: argparse.Namespace) -> bool:
    """Whether the contract held whatever went wrong."""
    return sweep.run(folder, say)


def order(folder: Path, wanted: argparse.Namespace) -> bool:
    """Whether nothing was said of a message before its commit was on the disk."""
    if shutil.which("strace") is None:
        environment.install_for("Seeing the order of writes", ["strace"], ["strace"])

    async def watch() -> bool:
        watched = campaign.Campaign(folder, random.Random(wanted.seed))
        await watched.begin()
        seen = await watched.watched_cycle(folder / "trace", WATCHED_MESSAGES)
        problems = judge(seen)
        for problem in problems[:20]:
            say(f"  {problem}")
        say(f"  {len(seen.said)} acknowledgements and deliveries written to sockets")
        say(f"  {len(seen.transactions)} commits, {seen.log_syncs} syncs of the log, {seen.checkpoints} checkpoints")
        return not problems

    return trio.run(watch)


PARTS: dict[str, Callable[[Path, argparse.Namespace], bool]] = {"kills": kills, "faults": faults, "order": order}


def main(arguments: Sequence[str] | None = None) -> int:
    """0: everything held; 2: something is missing."""
    parser = argparse.ArgumentParser(prog="dev.py crash", description=__doc__)
    parser.add_argument("--cycles", type=int, default=20, help="how often the daemon is killed (20)")
    parser.add_argument("--seed", type=int, default=1, help="decides when it is killed, and what is said (1)")
    parser.add_argument("--only", choices=PARTS, help="one part instead of all")
    wanted = parser.parse_args(arguments)
    held = True
    try:
        for name, part in PARTS.items():
            if wanted.only in (None, name):
                say(f"{name}:")
                with tempfile.TemporaryDirectory() as folder:
                    held = part(Path(folder), wanted) and held
    except environment.Trouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 2
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
