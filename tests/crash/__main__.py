"""`dev.py crash`: kill a real daemon again and again under load, and compare what was told with what is kept."""

import argparse
import sys
import tempfile
from pathlib import Path

import trio
from crash import campaign


def say(line: str) -> None:
    """Print it now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """0: everything held."""
    parser = argparse.ArgumentParser(prog="dev.py crash", description=__doc__)
    parser.add_argument("--cycles", type=int, default=20, help="how often the daemon is killed (20)")
    parser.add_argument("--seed", type=int, default=1, help="decides when, and what is said (1)")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        held = trio.run(campaign.run, Path(folder), wanted.seed, wanted.cycles, say)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
