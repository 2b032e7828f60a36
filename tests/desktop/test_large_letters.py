"""What is drawn grows with the letters it stands beside, and what cannot be answered looks so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from coachline_desktop.state import Bubble
from coachline_desktop.theme import LIGHT, Theme, space
from coachline_desktop.views.bubble_layout import TICK, measure
from coachline_desktop.views.controls import Avatar, IconButton, IconLabel
from coachline_desktop.views.main_window import MainWindow
from pictures.render import settle, stage
from pictures.scenes import scenes
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QStyle, QStyleOptionComboBox, QToolButton

SCENES = {scene.name: scene for scene in scenes()}


def arrow(box: QComboBox) -> int:
    """How wide the room of a list's arrow is."""
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    part = QStyle.SubControl.SC_ComboBoxArrow
    return box.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, box).width()


def drawn(window: MainWindow) -> dict[str, int]:
    """How wide what is drawn is."""
    choices = window.people._consent
    assert choices is not None
    boxes = {"box": choices.answers.goals, "circle": choices.answers.setting["assign"]}
    found = {name: option.button.sizeHint().width() for name, option in boxes.items()}
    found |= {f"avatar {n}": each.width() for n, each in enumerate(window.people.findChildren(Avatar))}
    found |= {f"drawing {n}": each.width() for n, each in enumerate(window.findChildren(IconLabel))}
    jump = window.conversation.timeline.jump
    buttons = [*window.findChildren(IconButton), *window.side.findChildren(QToolButton), jump]
    found |= {f"button {n}": each.iconSize().width() for n, each in enumerate(buttons)}
    return found | {"arrow": arrow(window.goals.editor.kind), "talk": window.side.list.view.sizeHintForRow(0)}


def test_what_is_drawn_is_twice_as_large_where_the_letters_are(app: QApplication) -> None:
    window = stage(app, SCENES["people-accepting"], Theme(LIGHT))
    usual = drawn(window)
    window.look.use(Theme(LIGHT, 2.0))
    settle(app)
    large = drawn(window)
    padding = usual.pop("talk"), large.pop("talk")
    assert padding[1] - padding[0] >= padding[0] / 2
    assert large == {name: 2 * wide for name, wide in usual.items()}


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_a_message_has_room_for_a_larger_tick(scale: float) -> None:
    theme = Theme(LIGHT, scale)
    bare = Bubble(b"1", 1, True, "You", "A", 1, "17:00", None, None, False, False)
    ticked = measure(theme, replace(bare, tick="sent"), 400, named=False)
    assert ticked.inner - measure(theme, bare, 400, named=False).inner == pytest.approx(TICK * scale + space(1), abs=2)


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_what_can_be_chosen_has_room_around_it(scale: float, app: QApplication) -> None:
    kinds = stage(app, SCENES["editor-empty"], Theme(LIGHT, scale)).goals.editor.kind
    assert kinds.view().sizeHintForRow(0) >= kinds.fontMetrics().height() + space(3)


def test_weeks_stand_apart(app: QApplication) -> None:
    card = next(iter(stage(app, SCENES["client-lists"], Theme(LIGHT)).goals.goal_cards.values()))
    labels = [label for label in card.findChildren(QLabel) if label.isVisible()]
    weeks = [n for n, label in enumerate(labels) if label.text().startswith("Week of")]
    assert len(weeks) > 1
    gaps = [labels[n].y() - labels[n - 1].geometry().bottom() for n in weeks[1:]]
    assert min(gaps) >= space(2)


def test_what_cannot_be_answered_yet_is_pale(app: QApplication) -> None:
    theme = Theme(LIGHT)
    choices = stage(app, SCENES["people-accepting"], theme).people._consent
    assert choices is not None
    inks = {
        name: option._words.palette().color(QPalette.ColorRole.WindowText)
        for name, option in {"goals": choices.answers.goals, "progress": choices.answers.progress}.items()
    }
    assert inks == {"goals": theme.colour("text"), "progress": theme.colour("text_soft")}
