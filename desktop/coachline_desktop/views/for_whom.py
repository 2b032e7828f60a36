"""For whom a goal is: some of my clients, each with amounts of his own where they differ."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from coachline_desktop import goal_words
from coachline_desktop.goal_state import Settable, TargetForm
from coachline_desktop.keys import Key
from coachline_desktop.theme import space
from coachline_desktop.views.amount_field import AmountField
from coachline_desktop.views.controls import Option, Problem, Words, clear, mark_wrong
from coachline_desktop.views.flow import Flow
from coachline_desktop.views.target_line import TargetLine
from coachline_desktop.words import say as tr

DIGITS = 13


@dataclass(frozen=True, slots=True)
class _Person:
    settable: Settable
    option: Option
    own: QWidget
    fields: dict[str, QLineEdit]
    """By metric."""
    places: dict[str, QWidget]
    """The same fields, each with its name."""
    problem: Problem


class ForWhom(QWidget):
    """`changed`: who is chosen. Nobody is chosen in advance; fields appear beside who is."""

    changed = Signal()
    submitted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(space(1))
        self.people: dict[Key, _Person] = {}
        self._problem = Problem()

    def offer(self, settable: Sequence[Settable]) -> None:
        """These can be chosen."""
        clear(self._column)
        self.people = {}
        if settable:
            self._column.addWidget(Words(tr("For"), "label"))
        for one in settable:
            words = one.name if one.how == "assign" else tr("{name} (to be accepted)").format(name=one.name)
            person = _Person(one, Option(words), QWidget(), {}, {}, Problem())
            fields = Flow()
            fields.setContentsMargins(space(8), 0, 0, space(1))
            person.own.setLayout(fields)
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            person.own.setSizePolicy(policy)
            person.own.hide()
            person.option.button.toggled.connect(self.changed)
            self.people[one.client] = person
            self._column.addWidget(person.option)
            self._column.addWidget(person.own)
            person.problem.setContentsMargins(space(8), 0, 0, space(1))
            self._column.addWidget(person.problem)
        self._problem = Problem()
        self._column.addWidget(self._problem)

    @property
    def chosen(self) -> tuple[Settable, ...]:
        """Who is."""
        return tuple(person.settable for person in self.people.values() if person.option.chosen)

    def show_amounts(self, lines: Sequence[TargetLine]) -> None:
        """A field beside each chosen name for each amount that is asked; what everybody is asked stands in it, pale.

        For one alone there is the amount itself; but a field in which something stands, which holds, is seen.
        """
        several = len(self.chosen) > 1
        filled = {line.suggestion.metric: line for line in lines if line.amount.text().strip()}
        for person in self.people.values():
            for metric, line in filled.items():
                field = person.fields.get(metric) or self._field(person, metric)
                field.setPlaceholderText(goal_words.with_unit(line.amount.text().strip(), line.unit.currentText()))
            for metric, place in person.places.items():
                place.setVisible(metric in filled)
            differs = any(person.fields[metric].text().strip() for metric in filled)
            person.own.setVisible(person.option.chosen and bool(filled) and (several or differs))

    def _field(self, person: _Person, metric: str) -> QLineEdit:
        field = person.fields[metric] = AmountField(DIGITS)
        words = tr("{metric} for {name}, where it differs")
        said = words.format(metric=goal_words.metric(metric), name=person.settable.name)
        field.setAccessibleName(said)
        field.setToolTip(tr("{metric}, where it differs").format(metric=goal_words.metric(metric)))
        field.returnPressed.connect(self.submitted)
        name = Words(goal_words.metric(metric), "caption", wrap=False)
        name.setBuddy(field)
        place = person.places[metric] = QWidget()
        column = QVBoxLayout(place)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(name)
        column.addWidget(field)
        layout = person.own.layout()
        if layout is not None:
            layout.addWidget(place)
        return field

    def own(self, client: Key, lines: Sequence[TargetLine]) -> tuple[TargetForm, ...]:
        """What one of them is asked, of the lines in which something stands."""
        fields = self.people[client].fields if client in self.people else {}
        found = []
        for line in lines:
            common = line.amount.text().strip()
            field = fields.get(line.suggestion.metric)
            typed = field.text().strip() if field is not None else ""
            if common:
                found.append(line.target_of(typed or common))
        return tuple(found)

    def own_unread(self, line: TargetLine) -> QLineEdit | None:
        """The first of their own amounts of what this line asks that cannot be read, if there is one."""
        chosen = (person for person in self.people.values() if person.option.chosen)
        fields = (person.fields.get(line.suggestion.metric) for person in chosen)
        return next((field for field in fields if field is not None and not line.reads(field.text())), None)

    def say_problem(self, words: str, about: QLineEdit | None = None) -> None:
        """Say what is wrong with one of their own amounts, or with who is chosen; empty: nothing."""
        for person in self.people.values():
            own = about in person.fields.values()
            for field in person.fields.values():
                mark_wrong(field, words if field is about else "")
            person.problem.say(words if own else "")
        self._problem.say("" if about is not None else words)

    def focus_first(self) -> None:
        """To the first of them."""
        if (first := next(iter(self.people.values()), None)) is not None:
            first.option.button.setFocus()
