"""The models keep Qt's rules, whatever lists they are given one after another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pytest
from coachline_desktop.models import ROW, RowsModel, TimelineModel
from coachline_desktop.models.timeline import STEP, WINDOW
from coachline_desktop.state import DayLine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.usefixtures("qapp")
WARNING = QAbstractItemModelTester.FailureReportingMode.Warning
"""Said as a Qt warning, which fails the test."""


@dataclass(frozen=True)
class Plain:
    key: int
    text: str = ""


def spoken(row: Plain) -> str:
    return f"{row.key} {row.text}"


lists = st.lists(st.builds(Plain, st.integers(0, 9), st.sampled_from(["", "a"])), unique_by=lambda row: row.key)


def checked(model: RowsModel[Plain]) -> QAbstractItemModelTester:
    return QAbstractItemModelTester(model, WARNING)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lists, lists, lists)
def test_qts_own_checker_finds_nothing(
    silent_qt: list[str], one: list[Plain], two: list[Plain], three: list[Plain]
) -> None:
    model = RowsModel(spoken)
    watch = checked(model)
    for rows in (one, two, three):
        model.set_rows(rows)
        assert model.rows == tuple(rows)
    assert silent_qt == []
    del watch


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lists, lists)
def test_what_points_at_a_row_follows_it(silent_qt: list[str], old: list[Plain], new: list[Plain]) -> None:
    model = RowsModel(spoken)
    model.set_rows(old)
    held = {row.key: QPersistentModelIndex(model.index(place)) for place, row in enumerate(old)}
    model.set_rows(new)
    places = {row.key: place for place, row in enumerate(new)}
    for key, index in held.items():
        assert (index.row() if index.isValid() else None) == places.get(key)


def test_the_checker_is_awake(silent_qt: list[str]) -> None:
    class Careless(RowsModel[Plain]):
        def set_rows(self, rows: Sequence[Plain]) -> None:
            self.beginInsertRows(QModelIndex(), 0, 5)
            self._rows[:] = rows
            self.endInsertRows()

    model = Careless(spoken)
    watch = checked(model)
    model.set_rows([Plain(1)])
    assert any("FAIL" in line for line in silent_qt)
    silent_qt.clear()
    del watch


def test_a_row_is_its_value_and_a_sentence() -> None:
    model = RowsModel(spoken)
    model.set_rows([Plain(1, "one")])
    index = model.index(0)
    assert index.data(ROW) == Plain(1, "one")
    assert index.data() == index.data(Qt.ItemDataRole.AccessibleTextRole) == "1 one"
    assert index.data(Qt.ItemDataRole.DecorationRole) is None
    assert model.data(QModelIndex()) is None
    assert model.row_of(1) == 0
    assert model.row_of(2) is None


def test_only_what_differs_is_told() -> None:
    model = RowsModel(spoken)
    model.set_rows([Plain(1), Plain(2), Plain(3)])
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    model.modelReset.connect(lambda: told.append((-1, -1)))
    model.set_rows([Plain(1), Plain(2, "a"), Plain(3)])
    assert told == [(1, 1)]


# -- the window on the timeline ----------------------------------------------------------------------------


def entries(start: int, stop: int) -> tuple[DayLine, ...]:
    return tuple(DayLine(number.to_bytes(4, "big"), date(2026, 1, 1), str(number)) for number in range(start, stop))


def shown(model: TimelineModel) -> tuple[str, str, int]:
    words = [row.words for row in model.rows if isinstance(row, DayLine)]
    return words[0], words[-1], len(words)


def timeline(found: Sequence[DayLine]) -> TimelineModel:
    model = TimelineModel(lambda entry: repr(entry))
    model.set_entries(found)
    return model


def test_the_window_stays_at_the_end() -> None:
    model = timeline(entries(0, 1000))
    watch = QAbstractItemModelTester(model, WARNING)
    assert shown(model) == ("600", "999", WINDOW)
    model.set_entries(entries(0, 1001))
    assert shown(model) == ("601", "1000", WINDOW)
    assert model.at_end
    assert not model.at_start
    del watch


def test_the_window_stays_where_somebody_reads() -> None:
    model = timeline(entries(0, 1000))
    watch = QAbstractItemModelTester(model, WARNING)
    assert model.show_older()
    place = shown(model)
    assert place == (str(600 - STEP), str(999 - STEP), WINDOW)
    model.set_entries(entries(0, 1010))
    assert shown(model) == place
    assert not model.at_end
    while model.show_older():
        pass
    assert shown(model) == ("0", str(WINDOW - 1), WINDOW)
    assert model.at_start
    model.show_end()
    assert shown(model)[1] == "1009"
    del watch


def test_older_entries_that_come_are_one_step_away() -> None:
    model = timeline(entries(500, 1000))
    while model.show_older():
        pass
    assert shown(model)[0] == "500"
    model.set_entries(entries(400, 1000))
    assert shown(model)[0] == "500"
    assert model.show_older()
    assert shown(model)[0] == "400"


def test_a_short_timeline_is_whole() -> None:
    model = timeline(entries(0, 5))
    assert model.at_start
    assert model.at_end
    assert not model.show_older()
    assert not model.show_newer()


def test_an_entry_is_shown_wherever_it_is() -> None:
    model = timeline(entries(0, 2000))
    assert model.show_key((10).to_bytes(4, "big"))
    assert model.row_of((10).to_bytes(4, "big")) is not None
    assert not model.show_key(b"nowhere")
