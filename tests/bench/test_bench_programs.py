"""Each program of the benchmark still runs, a fraction of a second each. What comes out is asserted nowhere.

The python-socketio server is not among them: what it stands on is installed by `dev.py bench` only.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from bench.bandwidth import talked
from bench.connections import memory_rows, presence_rows, resume_rows
from bench.history import history_rows
from bench.messages import latency_rows, room_rows
from bench.overload import overload_rows
from bench.storage import durability_rows, row_rows
from bench.subjects import Place, coachlined
from bench.table import Row, as_json, as_markdown, as_text

MEASURES: dict[str, Callable[[Place], Iterator[Row]]] = {
    "P3": latency_rows,
    "P4": room_rows,
    "P5": memory_rows,
    "P6": resume_rows,
    "P7": durability_rows,
    "P8": row_rows,
    "P9": overload_rows,
    "P10": presence_rows,
    "P11": lambda place: history_rows(place, place.folder, 2_000),
}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, warm_seconds=0.05, seconds=0.2, rounds=1, pairs=3, members=4, crowd=20, repeats=20)


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_gives_its_rows(name: str, place: Place) -> None:
    rows = list(MEASURES[name](place))
    assert {row.name for row in rows} == {name}
    assert [row.value for row in rows if row.value < 0] == []


def test_a_server_that_delivers_nothing_while_it_is_measured_is_waited_for(place: Place) -> None:
    rows = list(overload_rows(replace(place, warm_seconds=0, seconds=0)))
    assert min(row.value for row in rows) > 0


def test_a_talk_is_counted_in_bytes(place: Place) -> None:
    with coachlined(place) as house:
        assert talked(house) > 0


def test_a_row_is_shown_in_every_form() -> None:
    row = Row("P1", "server CPU for a message", 120.04, "µs", "bare relay", 60.02, "≤ 1.6 ×", False, "client-bound")
    cells = ["P1", "server CPU for a message", "120 µs", "60 µs", "bare relay", "2 ×", "≤ 1.6 ×", "no (client-bound)"]
    assert list(row.cells()) == cells
    assert " ".join(cells) == " ".join(as_text([row]).splitlines()[1].split())
    assert "| " + " | ".join(cells) + " |" in as_markdown([row], "today").splitlines()
    assert json.loads(as_json([row], "today"))["rows"][0]["ratio"] == 2
