"""A column that is made anew only where it differs: focus, scrolling and what is being typed stay where they are."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from coachline_desktop.views.controls import stops


@dataclass(frozen=True, slots=True)
class Part:
    """A widget by what it shows: with the same `key` and an equal `value` it is kept, else made by `make`."""

    key: Hashable
    value: object
    make: Callable[[], QWidget]


class Kept(QVBoxLayout):
    """Parts under each other."""

    def __init__(self) -> None:
        super().__init__()
        self._held: dict[Hashable, tuple[object, QWidget]] = {}

    def show_parts(self, parts: Sequence[Part]) -> dict[Hashable, QWidget]:
        """Show these, in this order; returns them by key. Focus goes on in what took the place of what had it."""
        before, self._held = self._held, {}
        focused = QApplication.focusWidget()
        sought: tuple[Hashable, str] | None = None
        for key, (value, widget) in before.items():
            part = next((part for part in parts if part.key == key), None)
            if part is not None and part.value == value:
                self._held[key] = (value, widget)
                continue
            if focused is not None and (widget is focused or widget.isAncestorOf(focused)):
                sought = (key, focused.accessibleName())
                focused.clearFocus()  # else it goes on to what is next, and the page scrolls there
            self.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        for place, part in enumerate(parts):
            if part.key not in self._held:
                self._held[part.key] = (part.value, part.make())
            widget = self._held[part.key][1]
            if self.indexOf(widget) != place:
                self.removeWidget(widget)
                self.insertWidget(place, widget)
                widget.show()  # at once, so that it can take the focus
                self._stand(place)
        made = {key: widget for key, (_, widget) in self._held.items()}
        if sought is not None and sought[0] in made:
            _focus(made[sought[0]], sought[1])
        return made

    def _stand(self, place: int) -> None:
        """Let screen readers and Tab come by a widget where it stands: Qt goes by when things were made."""
        widget, before, after = (self._widget(n) for n in (place, place - 1, place + 1))
        parent = None if widget is None else widget.parentWidget()
        if widget is None or parent is None or (before is None and after is None):
            return
        others = [each for each in parent.children() if isinstance(each, QWidget) and each is not widget]
        next_ = after if before is None else next(iter(others[others.index(before) + 1 :]), None)
        if next_ is not None:
            widget.stackUnder(next_)
        at = _last_stop(before) if before is not None else _before_first_stop(after)
        for stop in _stops(widget):
            if at is not None:
                QWidget.setTabOrder(at, stop)
            at = stop

    def _widget(self, place: int) -> QWidget | None:
        item = self.itemAt(place) if place >= 0 else None
        return None if item is None else item.widget()


def _stops(widget: QWidget | None) -> list[QWidget]:
    """Where Tab stops in a part."""
    layout = None if widget is None else widget.layout()
    inside = [] if layout is None else stops(layout)
    return [widget, *inside] if widget is not None and widget.focusPolicy() & Qt.FocusPolicy.TabFocus else inside


def _last_stop(widget: QWidget | None) -> QWidget | None:
    return next(iter(_stops(widget)[-1:]), None)


def _before_first_stop(widget: QWidget | None) -> QWidget | None:
    first = next(iter(_stops(widget)), None)
    return None if first is None else first.previousInFocusChain()


def _focus(within: QWidget, name: str) -> None:
    """Give focus to what is called so."""
    found = next((each for each in within.findChildren(QWidget) if each.accessibleName() == name), None)
    if found is not None:
        found.setFocus()
