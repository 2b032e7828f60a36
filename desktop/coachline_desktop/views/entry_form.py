"""Progress for a goal on any day, or said better: the fields of a goal, a day, a note."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QVBoxLayout, QWidget

from coachline_desktop import goal_intents
from coachline_desktop.goal_state import EntryField, EntryRow, GoalDetail
from coachline_desktop.theme import space
from coachline_desktop.views.amount_field import AmountField
from coachline_desktop.views.controls import Field, Option, Problem, Words, button, mark_wrong, row
from coachline_desktop.views.dates import DateField, from_qt, to_qt
from coachline_desktop.views.flow import flow
from coachline_desktop.views.phrases import Name, Phrase
from coachline_desktop.views.target_line import choices
from coachline_desktop.words import say as tr

LETTERS: Final = 14
"""How long names are at least, so that fields stand under each other."""
AMOUNT: Final = 9
"""Digits."""
Input = QLineEdit | QComboBox | Option


class EntryForm(QFrame):
    """Says `Enter` or, for an `entry`, `Correct`; `closed` when nothing is to be said after all."""

    intent = Signal(object)
    closed = Signal()

    def __init__(self, goal: GoalDetail, entry: EntryRow | None = None) -> None:
        super().__init__()
        self._goal, self._entry = goal, entry
        self.place = f"entry {goal.key.hex()} {entry.key.hex() if entry is not None else ''}"
        """What names it among the forms of the page."""
        self.inputs: dict[str, Input] = {}
        """By metric, in the order in which they stand."""
        self._units: dict[str, str] = {}
        self.day = DateField(tr("Day"))
        self.day.setDateRange(to_qt(min(goal.first_day, goal.today)), to_qt(goal.today))
        self.day.setDate(to_qt(goal.today))
        self.note = Field(tr("Note"), tr("May stay empty"))
        self.note.line.setText(entry.note if entry is not None else "")
        self._problem, self._day_problem = Problem(), Problem()
        self._problems: dict[str, Problem] = {}
        """Beneath each field, by metric."""
        self.keep = button(tr("Enter") if entry is None else tr("Save the correction"), "primary")
        self.cancel = button(tr("Cancel"), "quiet")
        self.setAccessibleName(self._heading())
        self._arrange(goal.fields if entry is None else entry.fields)
        self.keep.clicked.connect(self.submit)
        self.cancel.clicked.connect(self.closed)
        self.note.submitted.connect(self.submit)
        self.day.submitted.connect(self.submit)

    def _heading(self) -> str:
        if self._entry is not None:
            return tr("Correct what was entered for {day}").format(day=self._entry.day)
        return tr("Enter progress")

    def _arrange(self, fields: tuple[EntryField, ...]) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, space(2), 0, space(2))
        column.setSpacing(space(2))
        column.addWidget(Words(self._heading(), "strong"))
        if self._entry is None:
            column.addLayout(row(Words(tr("Day"), "label", wrap=False), self.day, 1))
            column.addWidget(self._day_problem)
        for field in fields:
            made = self.inputs[field.metric] = self._input(field)
            self._units[field.metric] = field.unit
            column.addLayout(flow(Name(field.title, LETTERS), made, Phrase(field.asks, "caption"), gap=3))
            problem = self._problems[field.metric] = Problem()
            column.addWidget(problem)
        column.addWidget(self.note)
        column.addWidget(self._problem)
        column.addLayout(flow(self.keep, self.cancel))

    def _input(self, field: EntryField) -> Input:
        name = ", ".join(part for part in (field.title, field.unit_words, field.asks) if part)
        match field.form:
            case "tick":
                tick = Option(tr("Done"))
                tick.choose(field.amount not in ("", "0"))
                return tick
            case "choice":
                box = choices(["–", *(str(n) for n in range(1, field.top + 1))], name)
                box.setCurrentText(field.amount or "–")
                return box
        line = AmountField(AMOUNT, field.amount)
        line.setPlaceholderText(field.unit_words)
        line.setAccessibleName(name)
        line.returnPressed.connect(self.submit)
        return line

    def focus_first(self) -> None:
        """To what one came to write."""
        first = next(iter(self.inputs.values()), None)
        (self.note.line if first is None else first.button if isinstance(first, Option) else first).setFocus()

    # -- saying --------------------------------------------------------------------------------------------

    @property
    def values(self) -> tuple[goal_intents.Typed, ...]:
        """What stands in the fields; an entry that was not done after all says so."""
        typed = ((metric, self._units[metric], self._typed(given)) for metric, given in self.inputs.items())
        return tuple(each for each in typed if each[2])

    def _typed(self, given: Input) -> str:
        if isinstance(given, Option):
            return "1" if given.chosen else "0" if self._entry is not None else ""
        if isinstance(given, QComboBox):
            return given.currentText() if given.currentIndex() else ""
        return given.text().strip()

    @property
    def want(self) -> goal_intents.Enter | goal_intents.Correct:
        """What stands here, as it is said."""
        goal, values, note = self._goal, self.values, self.note.text.strip()
        if self._entry is None:
            return goal_intents.Enter(self.place, goal.client, goal.key, from_qt(self.day.date()), values, note)
        return goal_intents.Correct(self.place, goal.client, goal.key, self._entry.key, values, note)

    def submit(self) -> None:
        """Say it, if there is anything to say."""
        want = self.want
        if want.values or want.note:
            self.intent.emit(want)
        else:
            self.refused("", tr("Nothing stands here yet."))

    def refused(self, field: str, words: str) -> None:
        """What is wrong, and where; nothing that was typed is lost."""
        self._problem.say("" if field in (*self.inputs, "day", "note") else words)
        for metric, given in self.inputs.items():
            self._problems[metric].say(words if metric == field else "")
            if isinstance(given, QLineEdit):
                mark_wrong(given, words if metric == field else "")
        self._day_problem.say(words if field == "day" else "")
        mark_wrong(self.day, words if field == "day" else "")
        self.note.say_problem(words if field == "note" else "")
        wrong: QWidget | None = self.day if field == "day" else self.note.line if field == "note" else None
        about = self.inputs.get(field) or wrong
        if about is not None:
            (about.button if isinstance(about, Option) else about).setFocus()
