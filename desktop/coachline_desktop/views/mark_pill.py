"""How something went, as a sign and a word on a soft ground: the colour only repeats it."""

from coachline_core.domain.marks import Mark
from PySide6.QtWidgets import QFrame, QHBoxLayout

from coachline_desktop.theme import Look, space
from coachline_desktop.views.controls import IconLabel, Words

GROUNDS: dict[Mark, str] = {
    "met": "good",
    "partly": "fair",
    "missed": "bad",
    "open": "plain",
    "excused": "plain",
    "none": "plain",
}
"""The property the style sheet paints the ground by."""


class MarkPill(QFrame):
    """One mark. Nothing is shown where nothing is said."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setProperty("pill", "plain")
        self._icon = IconLabel(look, "open", space(4), "text")
        self._words = Words("", "pill", wrap=False)
        self.setMinimumHeight(space(6))
        line = QHBoxLayout(self)
        line.setContentsMargins(space(2), space(0.5), space(2.5), space(0.5))
        line.setSpacing(space(1))
        line.addWidget(self._icon)
        line.addWidget(self._words)

    def show_mark(self, mark: Mark, words: str) -> None:
        """Say this."""
        self.setVisible(bool(words))
        self._words.setText(words)
        self._icon.setVisible(mark != "none")
        if mark != "none":
            self._icon.show_icon(mark, "text")
        if self.property("pill") != GROUNDS[mark]:
            self.setProperty("pill", GROUNDS[mark])
            self.style().unpolish(self)
            self.style().polish(self)
        self.setAccessibleName(words)
