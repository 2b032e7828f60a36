"""A column that is made anew only where it differs: focus, scrolling and what is being typed stay where they are."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget


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
        made = {key: widget for key, (_, widget) in self._held.items()}
        if sought is not None and sought[0] in made:
            _focus(made[sought[0]], sought[1])
        return made


def _focus(within: QWidget, name: str) -> None:
    """Give focus to what is called so."""
    found = next((each for each in within.findChildren(QWidget) if each.accessibleName() == name), None)
    if found is not None:
        found.setFocus()
