"""Charts: what is drawn where, and that every number is said to whoever cannot see it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from coachline_core.domain.marks import Mark
from coachline_desktop.plots import Plot, PlotBand, PlotPoint, WeekBar, joined, span, step, ticks
from coachline_desktop.theme import DARK, LIGHT, Colours, Look, Theme, dress
from coachline_desktop.views.chart import Chart, Weeks
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

MONDAY = date(2026, 11, 2)


def day(n: int) -> date:
    return MONDAY + timedelta(n)


def points(*values: float, every: int = 1) -> tuple[PlotPoint, ...]:
    return tuple(PlotPoint(day(n * every), value, f"{value} on day {n}") for n, value in enumerate(values))


def plot(*values: float, bands: tuple[PlotBand, ...] = ()) -> Plot:
    return Plot("Energy", "kcal", day(0), day(13), points(*values), bands, "Three days of fourteen")


# -- values ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "low", "high"),
    [
        (plot(), 0.0, 1.0),
        (plot(100.0, 200.0), 88.0, 212.0),
        (plot(70.0, bands=(PlotBand(day(0), day(6), 68.0, None),)), 67.76, 70.24),
        (plot(3.0), 2.0, 4.0),
        (plot(0.0, 10.0), 0.0, 11.2),
        (plot(0.0), 0.0, 1.0),
    ],
)
def test_the_span_holds_points_and_bands_with_air(shown: Plot, low: float, high: float) -> None:
    assert span(shown) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 1.0, (0.0, 0.5, 1.0)),
        (1880.0, 2430.0, (2000.0, 2200.0, 2400.0)),
        (67.8, 70.2, (68.0, 69.0, 70.0)),
        (0.0, 11.2, (0.0, 5.0, 10.0)),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: tuple[float, ...]) -> None:
    assert ticks(low, high) == pytest.approx(expected)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 8))
def test_there_are_never_more_ticks_than_fit_and_all_lie_within(low: float, width: float, most: int) -> None:
    found = ticks(low, low + width, most)
    assert len(found) <= most + 1
    assert all(low - width * 1e-6 <= tick <= low + width * (1 + 1e-6) for tick in found)


def test_no_line_is_drawn_across_days_nobody_entered() -> None:
    near, far = points(1.0, 2.0, every=10), points(1.0, 2.0, every=11)
    assert joined(near) == [list(near)]
    assert joined(far) == [[far[0]], [far[1]]]
    assert joined(()) == []


@pytest.mark.parametrize(
    ("place", "by", "count", "expected"),
    [(None, -1, 3, 2), (None, 1, 3, 2), (2, 1, 3, 2), (2, -1, 3, 1), (0, -1, 3, 0), (1, 9, 3, 2), (None, 1, 0, None)],
)
def test_the_keyboard_stays_on_the_points(place: int | None, by: int, count: int, expected: int | None) -> None:
    assert step(place, by, count) == expected


# -- widgets -----------------------------------------------------------------------------------------------


def shown(qtbot: QtBot, chart: Chart | Weeks, width: int = 320) -> None:
    qtbot.addWidget(chart)
    chart.resize(width, chart.minimumHeight())
    chart.show()
    chart.setFocus()


def test_every_point_is_reached_and_said_by_keyboard(widgets: QtBot) -> None:
    chart = Chart(Look(Theme(LIGHT)))
    chart.show_plot(plot(10.0, 20.0, 30.0))
    shown(widgets, chart)
    assert (chart.accessibleName(), chart.accessibleDescription()) == ("Energy, kcal", "Three days of fourteen")
    heard = []
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_End, Qt.Key.Key_Home):
        QTest.keyClick(chart, key)
        assert chart.accessibleDescription() == chart.said
        heard.append(chart.said)
    assert heard == [
        "30.0 on day 2",
        "20.0 on day 1",
        "10.0 on day 0",
        "10.0 on day 0",
        "30.0 on day 2",
        "10.0 on day 0",
    ]


def test_without_a_number_the_keys_are_somebody_elses(widgets: QtBot) -> None:
    chart = Chart(Look(Theme(LIGHT)))
    chart.show_plot(plot())
    shown(widgets, chart)
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert chart.said == ""


def test_the_pointer_says_the_nearest_and_leaves_nothing_behind(widgets: QtBot) -> None:
    chart = Chart(Look(Theme(LIGHT)))
    chart.show_plot(plot(10.0, 20.0, 30.0))
    shown(widgets, chart, 760)
    QTest.mouseMove(chart, QPoint(chart.width() // 2, 40))
    assert chart.said == ""
    for x in range(chart.width() // 4):
        QTest.mouseMove(chart, QPoint(x, 40))
        if chart.said == "20.0 on day 1":
            break
    assert chart.said == "20.0 on day 1"
    chart.clearFocus()
    chart.show_plot(plot(1.0))
    assert chart.said == ""


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_a_point_outside_its_band_is_another_shape(colours: Colours, widgets: QtBot) -> None:
    """Drawn in one colour, the two pictures still differ."""
    assert len({_silhouette(colours, outside) for outside in (False, True)}) == 2


def _silhouette(colours: Colours, outside: bool) -> frozenset[tuple[int, int]]:
    ground = Theme(colours)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    dress(app, ground)
    chart = Chart(Look(ground))
    chart.show_plot(Plot("", "", day(0), day(2), (PlotPoint(day(1), 5.0, "five", outside),)))
    chart.resize(160, chart.minimumHeight())
    image = chart.grab().toImage()
    ink = {ground.colour(role).rgb() for role in ("accent", "attention")}
    return frozenset(
        (x, y) for x in range(image.width()) for y in range(image.height()) if image.pixelColor(x, y).rgb() in ink
    )


def test_weeks_say_what_they_were(widgets: QtBot) -> None:
    marks: tuple[Mark, ...] = ("met", "partly", "missed", "open", "excused", "none")
    bars = tuple(WeekBar(day(7 * n), mark, n / 5, f"week {n}: {mark}") for n, mark in enumerate(marks))
    weeks = Weeks(Look(Theme(LIGHT)))
    weeks.show_bars("Eight weeks", bars)
    shown(widgets, weeks)
    weeks.grab()
    heard = []
    for _ in marks:
        QTest.keyClick(weeks, Qt.Key.Key_Left)
        heard.append(weeks.said)
    assert heard == [bar.words for bar in reversed(bars)]
    assert weeks.accessibleName() == "Eight weeks"
