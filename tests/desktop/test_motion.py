"""What moves: how far, how long, and not at all where the desktop asks for stillness."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import pytest
from coachline_desktop.state import ConnectionBanner, Notice
from coachline_desktop.theme import CALM_MS, LIGHT, Look, Theme
from coachline_desktop.views.banner import Banner, Notices
from coachline_desktop.views.fold import Fold
from pictures.render import settle
from PySide6.QtWidgets import QApplication, QLabel, QProxyStyle, QStyle, QStyleOption, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LOST = ConnectionBanner("reconnecting", "The connection was lost.", 3, can_retry=True)
WELL = ConnectionBanner("connected", "")


class Still(QProxyStyle):
    """The style of a desktop that asks for no motion."""

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returnData: object = None,
    ) -> int:
        return 0 if hint == QStyle.StyleHint.SH_Widget_Animation_Duration else 1


@pytest.fixture
def look() -> Look:
    return Look(Theme(LIGHT))


@pytest.fixture
def column(qtbot: QtBot) -> Iterator[QVBoxLayout]:
    """Where things come and go, above something that takes what is left."""
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(600, 400)
    layout = QVBoxLayout(window)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(QLabel("Beneath"), 1)
    window.show()
    yield layout
    rest()


def rest() -> None:
    settle(cast(QApplication, QApplication.instance()))


def heights(fold: Fold, *times: int) -> list[int]:
    """How high it is at these milliseconds of its way."""
    found = []
    for time in times:
        fold.slide.setCurrentTime(time)
        rest()
        found.append(fold.height() if fold.isVisible() else 0)
    return found


def test_the_banner_slides_open_and_away(column: QVBoxLayout, look: Look) -> None:
    banner = Banner(look)
    column.insertWidget(0, banner)
    banner.show_state(LOST)
    nothing, some, whole = heights(banner, 0, CALM_MS // 3, CALM_MS)
    assert nothing <= 1 < some < whole
    assert whole == banner.held.height() >= 44
    assert banner.held.y() == 0
    banner.show_state(WELL)
    some, nothing = heights(banner, CALM_MS // 3, CALM_MS)
    assert 0 < some < whole
    assert nothing == 0
    assert not banner.isVisible()


def test_one_that_is_wanted_again_turns_about_where_it_is(column: QVBoxLayout, look: Look) -> None:
    banner = Banner(look)
    column.insertWidget(0, banner)
    banner.show_state(LOST)
    (some,) = heights(banner, CALM_MS // 3)
    banner.show_state(WELL)
    assert heights(banner, 0) == [some]
    banner.show_state(LOST)
    heights(banner, CALM_MS)
    assert banner.isVisible()


def test_nothing_moves_where_the_desktop_asks_for_stillness(
    column: QVBoxLayout, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    still = Still()
    monkeypatch.setattr(QApplication, "style", staticmethod(lambda: still))
    assert not look.moves
    banner = Banner(look)
    column.insertWidget(0, banner)
    banner.show_state(LOST)
    rest()
    assert banner.height() == banner.held.height() >= 44
    banner.show_state(WELL)
    assert not banner.isVisible()


def test_a_notice_comes_and_goes_and_the_others_stay_as_they_are(column: QVBoxLayout, look: Look) -> None:
    notices = Notices(look)
    column.insertWidget(0, notices)
    one, two = Notice(b"1", "One thing."), Notice(b"2", "And another.", "error")
    notices.show_notices([one])
    rest()
    (first,) = notices.findChildren(Fold)
    heights(first, CALM_MS)
    notices.show_notices([one, two])
    rest()
    assert [fold.isVisible() for fold in notices.findChildren(Fold)] == [True, True]
    second = notices.findChildren(Fold)[1]
    heights(second, CALM_MS)
    notices.show_notices([two])
    assert heights(first, CALM_MS // 3)[0] > 0
    first.slide.setCurrentTime(CALM_MS)
    rest()
    assert notices.findChildren(Fold) == [second]
    notices.show_notices([])
    second.slide.setCurrentTime(CALM_MS)
    rest()
    assert not notices.isVisible()


def test_nothing_moves_longer_than_calm(look: Look) -> None:
    assert Banner(look).slide.duration() == CALM_MS <= 250
