"""What a client lets a coach see and do, asked in plain words, when they begin and at any time after."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from coachline_desktop import goal_words
from coachline_desktop.goal_state import Choice, SetGoals
from coachline_desktop.theme import space
from coachline_desktop.views.controls import Option, Words
from coachline_desktop.words import say as tr


class ConsentChoices(QWidget):
    """The questions to somebody who begins with a coach; all answers begin at no."""

    def __init__(self, coach: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space(1))
        column.addWidget(Words(tr("What may {coach} do?").format(coach=coach), "section"))
        column.addWidget(Words(tr("It is yours to decide, and to change at any time."), "soft"))
        column.addSpacing(space(2))
        self.answers = Choices(Choice())
        column.addWidget(self.answers)

    @property
    def choice(self) -> Choice:
        """What was answered."""
        return self.answers.choice


class Choices(QWidget):
    """The client's answers. What needs another answer follows it: nobody sets goals he does not see."""

    changed = Signal()

    def __init__(self, choice: Choice) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.presence = self._box(column, _words("presence"), choice.see_presence)
        self.goals = self._box(column, _words("goals"), choice.see_goals)
        self._group = QButtonGroup(self)
        self.setting: dict[SetGoals, Option] = {}
        inner = QVBoxLayout()
        inner.setContentsMargins(space(8), 0, 0, 0)
        inner.setSpacing(0)
        words: tuple[tuple[SetGoals, str], ...] = (
            ("none", tr("Only I set my goals")),
            ("propose", _words("propose")),
            ("assign", _words("assign")),
        )
        for answer, text in words:
            option = self.setting[answer] = Option(text, of=self._group)
            option.choose(answer == choice.set_goals)
            option.button.toggled.connect(self._follow)
            inner.addWidget(option)
        column.addLayout(inner)
        self.progress = self._box(column, _words("progress"), choice.see_progress)
        self.recording = self._box(column, _words("record"), choice.record_progress)
        self._follow()

    def _box(self, column: QVBoxLayout, words: str, on: bool) -> Option:
        option = Option(words)
        option.choose(on)
        option.button.toggled.connect(self._follow)
        column.addWidget(option)
        return option

    def _follow(self) -> None:
        """Take back what has nothing to stand on."""
        goals = self.goals.chosen
        for option in (*self.setting.values(), self.progress):
            option.setEnabled(goals)
        if not goals:
            self.setting["none"].choose(True)
            self.progress.choose(False)
        self.recording.setEnabled(self.progress.chosen)
        if not self.progress.chosen:
            self.recording.choose(False)
        self.changed.emit()

    @property
    def choice(self) -> Choice:
        """What is answered now."""
        return Choice(
            see_goals=self.goals.chosen,
            set_goals=next((answer for answer, option in self.setting.items() if option.chosen), "none"),
            see_progress=self.progress.chosen,
            record_progress=self.recording.chosen,
            see_presence=self.presence.chosen,
        )


def _words(permission: goal_words.Permission) -> str:
    """The words in which the answer is told afterwards, too."""
    return goal_words.permission(permission, mine=True)
