"""A line of the editor: one thing to measure, which way, how much, in which unit and how often."""

from collections.abc import Sequence
from typing import Final, Literal

from coachline_core.domain.amounts import parse_amount
from coachline_core.domain.goals import Suggestion
from coachline_core.domain.metrics import METRICS
from coachline_protocol.codes import Refusal
from coachline_protocol.rows import Amount
from PySide6.QtWidgets import QComboBox, QSizePolicy, QVBoxLayout, QWidget

from coachline_desktop import goal_words
from coachline_desktop.goal_state import TargetForm
from coachline_desktop.theme import space
from coachline_desktop.views.amount_field import AmountField
from coachline_desktop.views.controls import Problem, mark_wrong
from coachline_desktop.views.flow import flow
from coachline_desktop.views.phrases import Name
from coachline_desktop.words import say as tr

DIRECTIONS: Final[tuple[Literal["hold", "up", "down"], ...]] = ("hold", "up", "down")
DIRECTION_WORDS: Final = {"hold": "about", "up": "at least", "down": "at most"}
PER: Final[tuple[Literal["day", "week", "total"], ...]] = ("day", "week", "total")
DASHES: Final = ("–", " - ", "…")
"""What stands between two amounts that are a band."""
BAND: Final = 12
"""Digits and marks of the longest usual band, 2,090 – 2,310."""
LETTERS: Final = 14
UNIT = space(19)
"""The least widths of these columns, so that lines stand under each other."""


class TargetLine(QWidget):
    """Side by side, and under each other where there is no room; what is wrong stands beneath."""

    def __init__(self, suggestion: Suggestion) -> None:
        super().__init__()
        self.suggestion = suggestion
        name = goal_words.metric(suggestion.metric)
        words = Name(name, LETTERS)
        ways = [tr(DIRECTION_WORDS[each]) for each in DIRECTIONS]
        self.direction = choices(ways, tr("{metric}: which way").format(metric=name))
        self.amount = AmountField(BAND)
        self.amount.setAccessibleName(tr("{metric}: amount in {unit}").format(metric=name, unit=suggestion.unit))
        words.setBuddy(self.amount)
        units = list(METRICS[suggestion.metric].units)
        self.unit = choices(units, tr("{metric}: unit").format(metric=name))
        self.unit.setMinimumWidth(UNIT)
        self.unit.setEnabled(len(units) > 1)
        often = [tr(goal_words.PER_WORDS[each]) for each in PER]
        self.per = choices(often, tr("{metric}: how often").format(metric=name))
        self._choose(DIRECTIONS.index(suggestion.direction), suggestion.unit, PER.index(suggestion.per))
        self._problem = Problem()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space(1))
        column.addLayout(flow(words, self.direction, self.amount, self.unit, self.per))
        column.addWidget(self._problem)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def _choose(self, direction: int, unit: str, per: int) -> None:
        self.direction.setCurrentIndex(direction)
        self.unit.setCurrentText(unit)
        self.per.setCurrentIndex(per)

    def fill(self, form: TargetForm) -> None:
        """Begin with this target."""
        self._choose(DIRECTIONS.index(form.direction), form.unit, PER.index(form.per))
        self.amount.setText(f"{form.amount} – {form.upper}" if form.upper else form.amount)

    @property
    def target(self) -> TargetForm:
        """What stands here."""
        return self.target_of(self.amount.text())

    def target_of(self, amount: str) -> TargetForm:
        """The same with this amount. `about` one is the kind's band around it; two are a band as they stand."""
        direction = DIRECTIONS[self.direction.currentIndex()]
        typed, upper = amount.strip(), ""
        for dash in DASHES:
            if dash in typed:
                typed, _, upper = (part.strip() for part in typed.partition(dash))
                break
        if direction == "hold" and typed and not upper:
            typed, upper = self._band(typed)
        return TargetForm(
            metric=self.suggestion.metric,
            unit=self.unit.currentText(),
            direction=direction,
            amount=typed,
            upper=upper if direction == "hold" else "",
            per=PER[self.per.currentIndex()],
            reps=self.suggestion.reps,
        )

    def reads(self, amount: str) -> bool:
        """Whether this is an amount, or a band of two."""
        form = self.target_of(amount)
        parts = [part for part in (form.amount, form.upper) if part]
        return all(not isinstance(self._read(part), Refusal) for part in parts)

    def _read(self, typed: str) -> Amount | Refusal:
        decimals = METRICS[self.suggestion.metric].units[self.unit.currentText()].decimals
        return parse_amount(typed, point=goal_words.point(), decimals=decimals)

    def _band(self, typed: str) -> tuple[str, str]:
        read = self._read(typed)
        if isinstance(read, Refusal):
            return typed, typed  # said to be wrong beside the field, as it stands
        target = self.suggestion.target(read) if self.suggestion.direction == "hold" else None
        lower, upper = (target.amount, target.upper or read) if target is not None else (read, read)
        return goal_words.amount(lower), goal_words.amount(upper)

    def say_problem(self, words: str) -> None:
        """Say what is wrong with the amount; empty: nothing."""
        self._problem.say(words)
        mark_wrong(self.amount, words)


def choices(words: Sequence[str], name: str) -> QComboBox:
    """A box to choose one of a few from."""
    box = QComboBox()
    box.addItems(list(words))
    box.setAccessibleName(name)
    box.setToolTip(name)
    return box
