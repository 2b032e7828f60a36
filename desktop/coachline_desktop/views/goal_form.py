"""The goal editor: kind, amounts, dates, and for whom. Made for the keyboard: amount, Tab, amount, … Enter.

The fields of a kind stand ready; what is left empty is not asked. Direction and band come from what the kind suggests
and can be changed beside the amount.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, Literal, get_args

from coachline_core.domain.amounts import parse_amount
from coachline_core.domain.goals import Suggestion, suggestions
from coachline_core.domain.metrics import METRICS, metrics_of
from coachline_protocol.codes import Refusal
from coachline_protocol.rows import GoalKind
from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QComboBox, QDateEdit, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from coachline_desktop import goal_intents, goal_words
from coachline_desktop.goal_state import GoalForm, Settable, TargetForm, TemplateRow
from coachline_desktop.keys import Key
from coachline_desktop.theme import space
from coachline_desktop.views.controls import Card, Field, Option, Words, button, clear, row
from coachline_desktop.words import say
from coachline_desktop.words import say as tr

PLACE: Final = "goal"
KINDS: Final[tuple[GoalKind, ...]] = get_args(GoalKind)
DIRECTIONS: Final[tuple[Literal["hold", "up", "down"], ...]] = ("hold", "up", "down")
DIRECTION_WORDS: Final = {"hold": "about", "up": "at least", "down": "at most"}
PER: Final[tuple[Literal["day", "week", "total"], ...]] = ("day", "week", "total")
USUAL_DAYS: Final = 28
"""From start to due where nobody says otherwise: four weeks."""
Mode = Literal["new", "change", "counter"]


class TargetLine:
    """The widgets of one target: what, which way, how much, how often."""

    def __init__(self, suggestion: Suggestion) -> None:
        self.suggestion = suggestion
        name = goal_words.metric(suggestion.metric)
        self.name = Words(name, "strong", wrap=False)
        ways = [tr(DIRECTION_WORDS[each]) for each in DIRECTIONS]
        self.direction = _choices(ways, say("{metric}: which way", metric=name))
        self.direction.setCurrentIndex(DIRECTIONS.index(suggestion.direction))
        self.amount = QLineEdit()
        self.amount.setFixedWidth(space(24))
        self.amount.setAccessibleName(tr("{metric}: amount in {unit}").format(metric=name, unit=suggestion.unit))
        self.name.setBuddy(self.amount)
        units = list(METRICS[suggestion.metric].units)
        self.unit = _choices(units, tr("{metric}: unit").format(metric=name))
        self.unit.setCurrentIndex(units.index(suggestion.unit))
        self.unit.setEnabled(len(units) > 1)
        often = [tr(goal_words.PER_WORDS[each]) for each in PER]
        self.per = _choices(often, say("{metric}: how often", metric=name))
        self.per.setCurrentIndex(PER.index(suggestion.per))
        self.widgets: tuple[QWidget, ...] = (self.name, self.direction, self.amount, self.unit, self.per)

    def fill(self, form: TargetForm) -> None:
        """Begin with this target."""
        self.direction.setCurrentIndex(DIRECTIONS.index(form.direction))
        self.unit.setCurrentText(form.unit)
        self.per.setCurrentIndex(PER.index(form.per))
        self.amount.setText(f"{form.amount} – {form.upper}" if form.upper else form.amount)

    @property
    def target(self) -> TargetForm:
        """What stands here. `about` an amount is the kind's band around it; two amounts are a band as they stand."""
        direction = DIRECTIONS[self.direction.currentIndex()]
        typed, upper = self.amount.text().strip(), ""
        for dash in ("–", " - ", "…"):
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

    def _band(self, typed: str) -> tuple[str, str]:
        decimals = METRICS[self.suggestion.metric].units[self.unit.currentText()].decimals
        read = parse_amount(typed, point=goal_words.point(), decimals=decimals)
        if isinstance(read, Refusal):
            return typed, typed  # said to be wrong beside the field, as it stands
        target = self.suggestion.target(read) if self.suggestion.direction == "hold" else None
        lower, upper = (target.amount, target.upper or read) if target is not None else (read, read)
        return goal_words.amount(lower), goal_words.amount(upper)


class GoalEditor(Card):
    """Says `SetGoal`, `ChangeGoal`, `KeepTemplate`; `closed` when nothing is to be set."""

    intent = Signal(object)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__(spacing=3)
        self._mode: Mode = "new"
        self._client, self._goal = b"", b""
        self._settable: tuple[Settable, ...] = ()
        self._templates: tuple[TemplateRow, ...] = ()
        self._today = date(2000, 1, 1)
        self.lines: list[TargetLine] = []
        self.people: dict[Key, Option] = {}
        self._heading = Words(tr("A goal"), "section")
        self.kind = _choices([tr(goal_words.KIND_WORDS[kind]) for kind in KINDS], tr("Kind of goal"))
        self.template = _choices([], tr("Begin with a template"))
        self.title = Field(tr("Title"), tr("What it is called; may stay empty"))
        self.note = Field(tr("Note"), tr("Why, or how"))
        self.start, self.due = date_field(tr("First day")), date_field(tr("Last day"))
        self.endless = Option(tr("Without a last day"))
        self._targets = QGridLayout()
        self._targets.setHorizontalSpacing(space(2))
        self._targets.setVerticalSpacing(space(2))
        self._for = QVBoxLayout()
        self._for.setSpacing(0)
        self._problem = Words("", "problem")
        self._problem.hide()
        self.assign = button(tr("Set the goal"), "primary", tr("Holds at once (Enter)"))
        self.propose = button(tr("Propose it"), "primary", tr("To be accepted, countered or declined (Enter)"))
        self.keep = button(tr("Keep as template"), "quiet")
        self.cancel = button(tr("Cancel"), "quiet")
        self._arrange()
        self._connect()
        self._show_kind()

    def _arrange(self) -> None:
        column = self.column
        column.addWidget(self._heading)
        column.addLayout(row(self.kind, self.template, 1))
        column.addWidget(self.title)
        column.addLayout(self._targets)
        since, until = (Words(words, "label", wrap=False) for words in (tr("From"), tr("to")))
        column.addLayout(row(since, self.start, until, self.due, 1))
        column.addWidget(self.endless)
        column.addWidget(self.note)
        column.addLayout(self._for)
        column.addWidget(self._problem)
        column.addLayout(row(self.assign, self.propose, self.keep, self.cancel, 1))

    def _connect(self) -> None:
        self.kind.currentIndexChanged.connect(self._show_kind)
        self.template.activated.connect(self._take_template)
        self.title.submitted.connect(self.submit)
        self.note.submitted.connect(self.submit)
        self.assign.clicked.connect(lambda: self._say(propose=False))
        self.propose.clicked.connect(lambda: self._say(propose=True))
        self.keep.clicked.connect(lambda: self.intent.emit(goal_intents.KeepTemplate(PLACE, self.form)))
        self.cancel.clicked.connect(self.closed)
        self.endless.button.toggled.connect(lambda on: self.due.setEnabled(not on))

    # -- beginning -----------------------------------------------------------------------------------------

    def begin(self, settable: tuple[Settable, ...], client: Key | None, templates: tuple[TemplateRow, ...]) -> None:
        """A new goal, for one client or to choose."""
        chosen = next((one for one in settable if one.client == client), None)
        self._mode, self._settable = "new", (chosen,) if chosen is not None else settable
        self._show_templates(templates)
        self._today = max((one.today for one in self._settable), default=self._today)
        self._fill(GoalForm("nutrition"))
        self._show_people()
        self._show_buttons(tr("A goal for {name}").format(name=chosen.name) if chosen else tr("A goal"))

    def begin_change(self, client: Key, goal: Key, form: GoalForm, today: date, *, counter: bool) -> None:
        """Other terms for a goal."""
        self._mode, self._client, self._goal = ("counter" if counter else "change"), client, goal
        self._today, self._settable = today, ()
        self._show_templates(())
        self._fill(form)
        self._show_people()
        self._show_buttons(tr("Propose something else") if counter else tr("Change the goal"))

    def _fill(self, form: GoalForm) -> None:
        self.kind.setCurrentIndex(KINDS.index(form.kind) if form.kind in KINDS else 0)
        self.kind.setEnabled(self._mode == "new")
        self._show_kind()
        self.title.line.setText(form.title)
        self.note.line.setText(form.note)
        for target in form.targets:
            line = next((each for each in self.lines if each.suggestion.metric == target.metric), None)
            if line is not None:
                line.fill(target)
        start = max(form.start or self._today, self._today)
        self.start.setDate(to_qt(start))
        self.due.setDate(to_qt(form.due or start + timedelta(days=USUAL_DAYS)))
        self.endless.choose(form.due is None and self._mode != "new")
        self.due.setEnabled(not self.endless.chosen)
        self.refused("", "")

    def _show_templates(self, templates: tuple[TemplateRow, ...]) -> None:
        self._templates = templates
        self.template.clear()
        self.template.addItems([tr("Template…"), *(each.title for each in templates)])
        self.template.setVisible(bool(templates))

    def _take_template(self, n: int) -> None:
        if n:
            self._fill(self._templates[n - 1].form)

    def _show_kind(self) -> None:
        clear(self._targets)
        kind = KINDS[max(self.kind.currentIndex(), 0)]
        offered = list(suggestions(kind))
        named = {each.metric for each in offered}
        offered += [_plain(metric.name, offered) for metric in metrics_of(kind) if metric.name not in named and offered]
        self.lines = [TargetLine(each) for each in offered if each.metric != "reps"]
        for n, line in enumerate(self.lines):
            line.amount.returnPressed.connect(self.submit)
            for column, widget in enumerate(line.widgets):
                self._targets.addWidget(widget, n, column)
        self._targets.setColumnStretch(5, 1)
        order = [self.title.line, *(line.amount for line in self.lines), self.start, self.due, self.note.line]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def _show_people(self) -> None:
        clear(self._for)
        self.people = {}
        if len(self._settable) > 1:
            self._for.addWidget(Words(tr("For"), "label"))
            for one in self._settable:
                words = one.name if one.how == "assign" else tr("{name} (to be accepted)").format(name=one.name)
                option = self.people[one.client] = Option(words)
                option.button.toggled.connect(self._show_how)
                self._for.addWidget(option)

    def _show_buttons(self, heading: str) -> None:
        self._heading.setText(heading)
        self.keep.setVisible(self._mode == "new")
        self._show_how()
        self.focus_first()

    def _show_how(self) -> None:
        how = {one.how for one in self._settable if self._is_for(one)}
        new = self._mode == "new"
        self.assign.setText(tr("Set the goal") if new else tr("Change the goal"))
        self.assign.setVisible(self._mode != "counter" and (not new or how <= {"assign"}))
        self.propose.setVisible(self._mode == "counter" or (new and bool(how)))
        self.propose.setProperty("kind", "secondary" if not self.assign.isHidden() else "primary")
        self.propose.style().unpolish(self.propose)
        self.propose.style().polish(self.propose)

    def focus_first(self) -> None:
        """To the first amount, or the title where nothing is counted."""
        (self.lines[0].amount if self.lines else self.title.line).setFocus()

    # -- saying --------------------------------------------------------------------------------------------

    @property
    def form(self) -> GoalForm:
        """What stands here; targets without an amount are left out."""
        return GoalForm(
            kind=KINDS[self.kind.currentIndex()],
            title=self.title.text,
            targets=tuple(target for line in self.lines if (target := line.target).amount),
            start=from_qt(self.start.date()),
            due=None if self.endless.chosen else from_qt(self.due.date()),
            note=self.note.text,
        )

    def submit(self) -> None:
        """Enter in a field: what the first button says."""
        self._say(propose=self.assign.isHidden())

    def _is_for(self, one: Settable) -> bool:
        return not self.people or self.people[one.client].chosen

    def _say(self, *, propose: bool) -> None:
        if self._mode == "new":
            clients = tuple(one.client for one in self._settable if self._is_for(one))
            self.intent.emit(goal_intents.SetGoal(PLACE, clients, self.form, propose))
        else:
            counter = self._mode == "counter"
            self.intent.emit(goal_intents.ChangeGoal(PLACE, self._client, self._goal, self.form, counter))

    def refused(self, field: str, words: str) -> None:
        """What is wrong, beside what it is about; nothing that was typed is lost."""
        self._problem.setText(words)
        self._problem.setVisible(bool(words))
        filled = [line for line in self.lines if line.amount.text().strip()]
        for n, line in enumerate(filled):
            wrong = bool(words) and field.startswith(f"terms.targets[{n}]")
            line.amount.setProperty("wrong", wrong)
            line.amount.style().unpolish(line.amount)
            line.amount.style().polish(line.amount)
            if wrong:
                line.amount.setFocus()
        self.title.say_problem(words if field == "terms.title" else "")


def _plain(metric: str, like: Sequence[Suggestion]) -> Suggestion:
    """A target that a kind can ask for but does not suggest."""
    unit = next(iter(METRICS[metric].units))
    return Suggestion(metric, unit, "up", like[0].per)


def _choices(words: Sequence[str], name: str) -> QComboBox:
    box = QComboBox()
    box.addItems(list(words))
    box.setAccessibleName(name)
    box.setToolTip(name)
    return box


def date_field(name: str) -> QDateEdit:
    """A field for a day, with a calendar."""
    field = QDateEdit()
    field.setAccessibleName(name)
    field.setDisplayFormat(tr("d MMM yyyy"))
    field.setCalendarPopup(True)
    return field


def to_qt(day: date) -> QDate:
    """A day as Qt has it."""
    return QDate(day.year, day.month, day.day)


def from_qt(day: QDate) -> date:
    """And back."""
    return date(day.year(), day.month(), day.day())
