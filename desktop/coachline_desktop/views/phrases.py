"""Words for a `Flow`: as wide as what they say, and wrapped only where there is less room than that."""

import re

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from coachline_desktop.theme import space
from coachline_desktop.views.controls import Avatar, Words


class Phrase(Words):
    """A line that would rather not be broken."""

    def __init__(self, words: str = "", manner: str = "body") -> None:
        super().__init__(words, manner)
        self.setMinimumWidth(0)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)  # wrapped, it is higher
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:
        wide = self.fontMetrics().boundingRect(self.text()).width() + 2
        return QSize(wide, self.heightForWidth(wide))


class Name(Words):
    """What a field is called. `letters`: names shorter than that are as wide, so that fields stand in a column."""

    def __init__(self, words: str, letters: int) -> None:
        super().__init__(words, "strong", wrap=False)
        self._letters = letters
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        own = super().sizeHint()
        return QSize(max(own.width(), self._letters * self.fontMetrics().horizontalAdvance("0")), own.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


def breakable(address: str) -> str:
    """An address that may be broken after its marks, where a line has no room for it."""
    return re.sub(r"([@._+-])", "\\1\u200b", address)


def who(avatar: Avatar, *told: Phrase) -> QWidget:
    """Somebody's picture with what is told of him beside it, for a `Flow`."""
    made = QWidget()
    names = QVBoxLayout()
    names.setSpacing(0)
    for each in told:
        names.addWidget(each)
    line = QHBoxLayout(made)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(space(3))
    line.addWidget(avatar)
    line.addLayout(names, 1)
    policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    made.setSizePolicy(policy)
    return made
