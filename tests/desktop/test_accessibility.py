"""What somebody hears who does not see: the tree that a screen reader walks, on every screen, as Qt gives it out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from coachline_desktop.state import Bubble, ConversationRow
from coachline_desktop.theme import LIGHT, Theme
from coachline_desktop.views.controls import Column
from coachline_desktop.views.first_run import CODE, HOST, SIGN_IN, WAYS
from coachline_desktop.views.main_window import MainWindow
from coachline_desktop.views.spoken import tick_words
from pictures.render import settle, stage
from pictures.scenes import scenes
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

SCENES = {scene.name: scene for scene in scenes()}
Role = QAccessible.Role
CONTROLS = {
    Role.Button,
    Role.PushButton,
    Role.CheckBox,
    Role.RadioButton,
    Role.EditableText,
    Role.List,
    Role.ListItem,
    Role.ComboBox,
    Role.Slider,
    Role.Graphic,
    Role.StaticText,
    Role.Dialog,
    Role.PageTab,
    Role.Link,
}
"""What says or does something; the rest holds these together."""
DEEPEST = 60
PAGES = ("first", "people", "devices", "settings", "today", "consent", "client")
"""Screens that are one column, read from its head to its foot; in the goal editor Tab goes from amount to amount."""


def walk(interface: QAccessibleInterface, depth: int = 0) -> Iterator[QAccessibleInterface]:
    """Everything visible beneath, as a screen reader comes by it."""
    assert depth < DEEPEST
    for place in range(interface.childCount()):
        child = interface.child(place)
        if child is None or not child.isValid() or child.state().invisible:
            continue
        yield child
        yield from walk(child, depth + 1)


def heard(window: MainWindow) -> list[QAccessibleInterface]:
    root = QAccessible.queryAccessibleInterface(window)
    assert root is not None
    return list(walk(root))


def name(interface: QAccessibleInterface) -> str:
    return interface.text(QAccessible.Text.Name).strip()


@pytest.mark.parametrize("scene", SCENES)
def test_everything_that_says_or_does_something_has_a_name(scene: str, app: QApplication) -> None:
    window = stage(app, SCENES[scene], Theme(LIGHT))
    found = heard(window)
    assert len(found) > 5
    nameless = [
        f"{interface.role().name} {interface.rect()} {interface.object()}"
        for interface in found
        if interface.role() in CONTROLS and not name(interface)
    ]
    assert nameless == []


@pytest.mark.parametrize("scene", [name for name, scene in SCENES.items() if scene.state.current])
def test_every_message_is_one_object_with_author_text_time_and_state(scene: str, app: QApplication) -> None:
    window = stage(app, SCENES[scene], Theme(LIGHT))
    timeline = window.conversation.timeline
    if not timeline.isVisibleTo(window):
        return
    interface = QAccessible.queryAccessibleInterface(timeline)
    assert interface is not None
    assert interface.role() == Role.List
    rows = timeline.rows.rows
    assert interface.childCount() == len(rows)
    for place, row in enumerate(rows):
        if not isinstance(row, Bubble) or row.system:
            continue
        child = interface.child(place)
        assert child.role() == Role.ListItem
        said = name(child)
        for part in ("You" if row.mine else row.author, row.text, row.time, row.failure or ""):
            assert part in said
        if row.tick:
            assert tick_words(row.tick) in said


def test_every_conversation_is_one_object_with_all_that_is_painted(app: QApplication) -> None:
    window = stage(app, SCENES["list-full"], Theme(LIGHT))
    interface = QAccessible.queryAccessibleInterface(window.side.list.view)
    assert interface is not None
    rows: tuple[ConversationRow, ...] = window.side.list.model.rows
    assert interface.childCount() == len(rows) > 0
    for place, row in enumerate(rows):
        said = name(interface.child(place))
        for part in (row.title, row.preview, row.when, f"{row.unread} unread" if row.unread else ""):
            assert part in said
        assert ("online" in said) == (row.presence == "online")


@pytest.mark.parametrize("scene", SCENES)
def test_tab_goes_everywhere_and_is_held_nowhere(scene: str, app: QApplication) -> None:
    """With the key itself, for what handles keys may keep it; there and back again."""
    window = stage(app, SCENES[scene], Theme(LIGHT))
    window.come_forward()
    settle(app)
    stops = {
        _stop(widget)
        for widget in window.findChildren(QWidget)
        if widget.isVisibleTo(window) and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    }
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
        visited = set()
        for _step in range(2 * len(stops) + 4):
            QTest.keyClick(window.focusWidget() or window, key)
            visited.add(_stop(window.focusWidget()))
        assert stops - visited == set(), key


@pytest.mark.parametrize("scene", [name for name in SCENES if name.startswith(PAGES)])
def test_tab_goes_as_one_reads(scene: str, app: QApplication) -> None:
    """Down the page, and from left to right; also to what was put there later."""
    window = stage(app, SCENES[scene], Theme(LIGHT))
    window.come_forward()
    (page,) = [page for page in window.findChildren(Column) if page.isVisibleTo(window)]
    ground = page.widget()
    assert ground is not None

    def place(widget: QWidget) -> tuple[int, int]:
        """Where one reads it: the line it stands in, and how far from its beginning."""
        at = widget.mapTo(ground, widget.rect().center())
        return at.y(), at.x()

    inside = [widget for widget in ground.findChildren(QWidget) if widget.isVisibleTo(window)]
    stops = [widget for widget in inside if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isEnabled()]
    if not stops:
        return
    min(stops, key=place).setFocus()
    places: list[tuple[int, int]] = []
    for _press in range(3 * len(stops)):  # a field for a date has three parts
        if (at := window.focusWidget()) not in inside:
            break
        if place(at) not in places[-1:]:
            places.append(place(at))
        QTest.keyClick(at, Qt.Key.Key_Tab)
    assert window.focusWidget() not in inside
    assert places == sorted(places)
    assert len(places) >= len({_stop(widget) for widget in stops})


def _stop(widget: QWidget) -> object:
    """What Tab stops at: the widget, or for buttons of which one is chosen, their group; arrows lead on in it.

    The line within a field for a date is that field.
    """
    if widget.objectName() == "qt_spinbox_lineedit":
        return widget.parentWidget()
    return (isinstance(widget, QAbstractButton) and widget.group()) or widget


def test_return_and_space_press_what_has_the_keyboard(app: QApplication) -> None:
    window = stage(app, SCENES["first-full"], Theme(LIGHT))
    window.come_forward()
    settle(app)
    first = window.first_run
    for key, way, page in (
        (Qt.Key.Key_Return, "I have an account", SIGN_IN),
        (Qt.Key.Key_Space, "I have an invitation code", CODE),
        (Qt.Key.Key_Enter, "Be my own server", HOST),
    ):
        first.go(WAYS)
        (found,) = [button for button in first.findChildren(QAbstractButton) if button.accessibleName() == way]
        found.setFocus()
        QTest.keyClick(found, key)
        assert first._pages.number == page


def test_what_is_wrong_with_a_field_is_told_with_the_field(app: QApplication) -> None:
    window = stage(app, SCENES["first-error"], Theme(LIGHT))
    (field,) = [found for found in heard(window) if found.role() == Role.EditableText and name(found) == "Password"]
    assert field.text(QAccessible.Text.Description) == "This password is not right."
