"""`coachline`: the desktop program."""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

NEEDED = ("PySide6", "keyring", "platformdirs")
"""What the extra `desktop` brings along."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Show the window until it is closed. Returns 0; 1 where the window cannot be had, with one sentence why."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        sys.stderr.write(f'The desktop needs {", ".join(missing)}: pip install "coachline[desktop]"\n')
        return 1
    told = _parser().parse_args(arguments)
    try:
        # A library of the system that Qt needs may be missing: then importing it is what fails.
        from coachline_desktop.start import start
    except ImportError as error:
        sys.stderr.write(f"Qt cannot be loaded: {error}\n")
        return 1
    return start(told.data)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="coachline", description="Chat, presence and goals with your coach.")
    parser.add_argument("--data", type=Path, metavar="DIR", help="data folder; one window and one account for each")
    parser.add_argument("--version", action="version", version=f"coachline {version('coachline')}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
