"""`dev.py bench`: everything the daemon is measured by, against references in the same run, in one table.

Servers and load generator are separate processes on different cores. Nothing here is ever asserted by a test: absolute
times mean nothing on a shared machine, ratios and CPU for a piece of work do.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import environment
from bench.bandwidth import bandwidth_rows
from bench.connections import memory_rows, presence_rows, resume_rows
from bench.history import history_rows
from bench.messages import latency_rows, message_rows, room_rows
from bench.overload import overload_rows
from bench.processes import LOAD_CPU, many_files, pin
from bench.storage import durability_rows, row_rows
from bench.subjects import Place
from bench.table import Row, as_json, as_markdown, as_text
from bench.wire import undisturbed

CACHE = Path(__file__).resolve().parents[2] / "build" / "bench"
MESSAGES_OF_HISTORY = 1_000_000

MEASURES: dict[str, Callable[[Place], Iterator[Row]]] = {
    "P1": message_rows,
    "P3": latency_rows,
    "P4": room_rows,
    "P5": memory_rows,
    "P6": resume_rows,
    "P7": durability_rows,
    "P8": row_rows,
    "P9": overload_rows,
    "P10": presence_rows,
    "P11": lambda place: history_rows(place, CACHE, MESSAGES_OF_HISTORY),
    "P13": bandwidth_rows,
}
"""By the name of the first figure each gives; P2 comes with P1."""


def main() -> int:
    """Measure what was asked for; 0 also where a target is missed: it is a measurement and no test."""
    asked = _arguments()
    environment.install_locked("bench", "Installing the reference's packages")
    if sys.platform != "linux":
        print("The benchmark reads /proc and pins processes to cores: it runs on Linux only.", file=sys.stderr)
        return 2
    chosen = ["P1" if name == "P2" else name for name in asked.only] or list(MEASURES)
    many_files()
    pin(0, LOAD_CPU)
    undisturbed()
    CACHE.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    with TemporaryDirectory(dir=CACHE) as folder:
        place = Place(Path(folder), 0.5, 2.0, 1) if asked.quick else Place(Path(folder))
        for name in dict.fromkeys(chosen):
            print(f"{name} …", file=sys.stderr, flush=True)
            rows += MEASURES[name](place)
    conditions = _conditions(place)
    if asked.json:
        print(as_json(rows, conditions))
    elif asked.markdown:
        print(as_markdown(rows, conditions))
    else:
        print(conditions, as_text(rows), sep="\n\n")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="packaging/dev.py bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a minute's look: one short round of each")
    parser.add_argument(
        "--only", action="append", default=[], choices=[*MEASURES, "P2"], help="this figure; may be repeated"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="for programs")
    form.add_argument("--markdown", action="store_true", help="for ARCHITECTURE.md")
    return parser.parse_args()


def _conditions(place: Place) -> str:
    """When, where and how long was measured, in a sentence."""
    model = "a processor of unknown make"
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), model)
    cores = "one core for the servers, one for the load" if LOAD_CPU is not None else "one core for everything"
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {model}, {cores}, Python {platform.python_version()}; "
        f"{place.warm_seconds:g} s warm-up, {place.seconds:g} s measured, medians of {place.rounds}."
    )


if __name__ == "__main__":
    sys.exit(main())
