"""What a client lets a coach do, asked in plain words and never ticked in advance beyond the least."""

from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from coachline_desktop.intents import ConsentChoice, SetGoals
from coachline_desktop.theme import space
from coachline_desktop.views.controls import Option, Words
from coachline_desktop.words import say as tr


class ConsentChoices(QWidget):
    """Four questions; all answers begin at no."""

    def __init__(self, coach: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space(1))
        column.addWidget(Words(tr("What may {coach} do?").format(coach=coach), "section"))
        column.addWidget(Words(tr("It is yours to decide, and to change at any time."), "soft"))
        column.addSpacing(space(2))
        self.presence = self._box(column, tr("See when I am online"))
        self.goals = self._box(column, tr("See my goals, also those set with other coaches"))
        self.progress = self._box(column, tr("See the progress I record"))
        column.addSpacing(space(2))
        column.addWidget(Words(tr("And about new goals:"), "label"))
        self._group = QButtonGroup(self)
        self._answers: dict[Option, SetGoals] = {}
        choices: tuple[tuple[SetGoals, str], ...] = (
            ("none", tr("Only I set my goals")),
            ("propose", tr("May propose goals, and I accept or decline")),
            ("assign", tr("May set goals for me directly")),
        )
        for answer, words in choices:
            option = Option(words, of=self._group)
            option.choose(answer == "none")
            self._answers[option] = answer
            column.addWidget(option)

    def _box(self, column: QVBoxLayout, words: str) -> Option:
        option = Option(words)
        column.addWidget(option)
        return option

    @property
    def choice(self) -> ConsentChoice:
        """What was answered."""
        goals: SetGoals = next((answer for option, answer in self._answers.items() if option.chosen), "none")
        return ConsentChoice(
            see_goals=self.goals.chosen,
            set_goals=goals,
            see_progress=self.progress.chosen,
            see_presence=self.presence.chosen,
        )
