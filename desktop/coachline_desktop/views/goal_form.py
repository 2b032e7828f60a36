"""The goal editor: kind, amounts, dates, and for whom. Made for the keyboard: amount, Tab, amount, … Enter.

The fields of a kind stand ready; what is left empty is not asked. Direction and band come from what the kind suggests
and can be changed beside the amount.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, Literal, get_args

from coachline_core.domain.goals import Suggestion, suggestions
from coachline_core.domain.metrics import METRICS, metrics_of
from coachline_protocol.rows import GoalKind
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from coachline_desktop import goal_intents, goal_words
from coachline_desktop.goal_state import GoalForm, Settable, TargetForm, TemplateRow
from coachline_desktop.keys import Key
from coachline_desktop.theme import space
from coachline_desktop.views.controls import Card, Field, Option, Problem, Words, button, clear, mark_wrong, row
from coachline_desktop.views.dates import DateField, from_qt, to_qt
from coachline_desktop.views.flow import flow
from coachline_desktop.views.for_whom import ForWhom
from coachline_desktop.views.target_line import TargetLine, choices
from coachline_desktop.words import say as tr

PLACE: Final = "goal"
TEMPLATE: Final = "template"
"""What is kept as a template, which the same fields say."""
KINDS: Final[tuple[GoalKind, ...]] = get_args(GoalKind)
USUAL_DAYS: Final = 28
"""From start to due where nobody says otherwise: four weeks."""
Mode = Literal["new", "change", "counter"]


class GoalEditor(Card):
    """Says `SetGoal`, `ChangeGoal`, `KeepTemplate`, `RemoveTemplate`; `closed` when nothing is to be set."""

    intent = Signal(object)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__(spacing=3)
        self._mode: Mode = "new"
        self._client, self._goal = b"", b""
        self._begun: tuple[object, ...] = ()
        """What for, for whom and for which goal it was opened."""
        self._settable: tuple[Settable, ...] = ()
        self._templates: tuple[TemplateRow, ...] = ()
        self._today = date(2000, 1, 1)
        self.lines: list[TargetLine] = []
        self._heading = Words(tr("A goal"), "section")
        self.kind = choices([tr(goal_words.KIND_WORDS[kind]) for kind in KINDS], tr("Kind of goal"))
        self.template = choices([], tr("Begin with a template"))
        self.title = Field(tr("Title"), tr("May stay empty"))
        self.note = Field(tr("Note"), tr("Why, or how"))
        self.start, self.due = DateField(tr("First day")), DateField(tr("Last day"))
        self.endless = Option(tr("Without a last day"))
        self._targets = QVBoxLayout()
        self._targets.setSpacing(space(2))
        self.more = button(tr("More to count"), "toggle")
        self.more.setCheckable(True)
        self._usual = 0
        self.people = ForWhom()
        self._days_problem, self._problem = Problem(), Problem()
        self.assign = button(tr("Set the goal"), "primary", tr("Holds at once (Enter)"))
        self.propose = button(tr("Propose it"), "primary", tr("To be accepted, countered or declined (Enter)"))
        self.keep = button(tr("Keep as template"), "quiet", tr("To begin other goals with"))
        self.remove = button(tr("Remove the template"), "danger", tr("Offer it no more; goals set with it stay"))
        self._kept = Words(tr("Kept: it is offered beside the kind from now on."), "live")
        self._kept.hide()
        self.cancel = button(tr("Cancel"), "quiet")
        self._arrange()
        self._connect()
        self._show_kind()

    def _arrange(self) -> None:
        column = self.column
        column.addWidget(self._heading)
        column.addLayout(flow(self.kind, self.template, self.remove))
        column.addWidget(self.title)
        column.addLayout(self._targets)
        column.addLayout(row(self.more, 1))
        since, until = (Words(words, "label", wrap=False) for words in (tr("From"), tr("to")))
        column.addLayout(flow(since, self.start, until, self.due))
        column.addWidget(self._days_problem)
        column.addWidget(self.endless)
        column.addWidget(self.note)
        column.addWidget(self.people)
        column.addWidget(self._problem)
        column.addWidget(self._kept)
        column.addLayout(flow(self.assign, self.propose, self.keep, self.cancel))

    def _connect(self) -> None:
        self.kind.currentIndexChanged.connect(self._show_kind)
        self.more.toggled.connect(self._show_more)
        self.template.activated.connect(self._take_template)
        self.template.currentIndexChanged.connect(lambda n: self.remove.setVisible(n > 0))
        self.remove.clicked.connect(self._remove_template)
        self.title.submitted.connect(self.submit)
        self.note.submitted.connect(self.submit)
        self.start.submitted.connect(self.submit)
        self.due.submitted.connect(self.submit)
        self.people.changed.connect(self._show_how)
        self.people.changed.connect(self._show_amounts)
        self.people.submitted.connect(self.submit)
        self.assign.clicked.connect(lambda: self._say(propose=False))
        self.propose.clicked.connect(lambda: self._say(propose=True))
        self.keep.clicked.connect(lambda: self.intent.emit(goal_intents.KeepTemplate(TEMPLATE, self.form)))
        self.cancel.clicked.connect(self.closed)
        self.endless.button.toggled.connect(lambda on: self.due.setEnabled(not on))

    # -- beginning -----------------------------------------------------------------------------------------

    def begin(self, settable: tuple[Settable, ...], client: Key | None, templates: tuple[TemplateRow, ...]) -> None:
        """A new goal, for one client or to choose; one that is half written is gone on with."""
        chosen = next((one for one in settable if one.client == client), None)
        if self._goes_on("new", client if chosen is not None else None):
            return
        self._mode, self._settable = "new", (chosen,) if chosen is not None else settable
        self.template.setCurrentIndex(0)
        self.show_templates(templates)
        self._today = max((one.today for one in self._settable), default=self._today)
        self._fill(GoalForm("nutrition"))
        self._show_people()
        self._show_buttons(tr("A goal for {name}").format(name=chosen.name) if chosen else tr("A goal"))

    def begin_change(self, client: Key, goal: Key, form: GoalForm, today: date, *, counter: bool) -> None:
        """Other terms for a goal; those that are half written are gone on with."""
        if self._goes_on("counter" if counter else "change", client, goal):
            return
        self._mode, self._client, self._goal = ("counter" if counter else "change"), client, goal
        self._today, self._settable = today, ()
        self.show_templates(())
        self._fill(form)
        self._show_people()
        self._show_buttons(tr("Propose something else") if counter else tr("Change the goal"))

    def _goes_on(self, *begun: object) -> bool:
        """Whether this is what is being written; from now on it is."""
        same, self._begun = not self.isHidden() and begun == self._begun, begun
        if same:
            self.focus_first()
        return same

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
        self._show_more()
        start = max(form.start or self._today, self._today)
        self.start.setDate(to_qt(start))
        self.due.setDate(to_qt(form.due or start + timedelta(days=USUAL_DAYS)))
        self.endless.choose(form.due is None and self._mode != "new")
        self.due.setEnabled(not self.endless.chosen)
        self.refused("", "")

    def show_templates(self, templates: tuple[TemplateRow, ...]) -> None:
        """Offer these to begin a new goal with; the one that was taken stays chosen as long as it is there."""
        offered = templates if self._mode == "new" else ()
        if offered != self._templates or not self.template.count():
            taken = self._taken
            self._templates = offered
            self.template.clear()
            self.template.addItems([tr("Template…"), *(each.title for each in offered)])
            keys = [each.key for each in offered]
            self.template.setCurrentIndex(keys.index(taken.key) + 1 if taken and taken.key in keys else 0)
        self.template.setVisible(bool(offered))
        self.remove.setVisible(self._taken is not None)

    @property
    def _taken(self) -> TemplateRow | None:
        n = self.template.currentIndex()
        return self._templates[n - 1] if 0 < n <= len(self._templates) else None

    def _take_template(self) -> None:
        if (taken := self._taken) is not None:
            self._fill(taken.form)
            if taken.days is not None:
                self.due.setDate(self.start.date().addDays(taken.days))
            self.endless.choose(taken.days is None)
            self.due.setEnabled(taken.days is not None)

    def _remove_template(self) -> None:
        if (taken := self._taken) is not None:
            self.intent.emit(goal_intents.RemoveTemplate(taken.key))

    def kept(self, said: goal_intents.KeepTemplate) -> None:
        """What stands here is a template from now on, and can still be set."""
        if self.form == said.form:
            self.refused("", "")
            self._kept.show()

    def _show_kind(self) -> None:
        clear(self._targets)
        kind = KINDS[max(self.kind.currentIndex(), 0)]
        offered = list(suggestions(kind))
        named = {each.metric for each in offered}
        others = [_plain(metric.name, offered) for metric in metrics_of(kind) if metric.name not in named and offered]
        self.lines = [TargetLine(each) for each in (*offered, *others) if each.metric != "reps"]
        self._usual = len(offered)
        for line in self.lines:
            line.amount.returnPressed.connect(self.submit)
            line.amount.textChanged.connect(self._show_amounts)
            self._targets.addWidget(line)
        self.more.setChecked(False)
        self._show_more()
        self.order_amounts()

    def order_amounts(self) -> None:
        """Tab goes from amount to amount; the way, unit and period that the kind suggests come after the note."""
        order = [self.title.line, *(line.amount for line in self.lines), self.start, self.due, self.note.line]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def _show_more(self) -> None:
        """What a kind does not suggest is folded away until it is asked for, or something stands in it."""
        unusual = self.lines[self._usual :]
        for line in unusual:
            line.setVisible(self.more.isChecked() or bool(line.amount.text()))
        self.more.setVisible(any(not line.amount.text() for line in unusual))

    def _show_people(self) -> None:
        self.people.offer(self._settable if len(self._settable) > 1 else ())

    def _show_amounts(self) -> None:
        self.people.show_amounts(self.lines)

    def _show_buttons(self, heading: str) -> None:
        self._heading.setText(heading)
        self.keep.setVisible(self._mode == "new")
        self._show_how()
        self.focus_first()

    def _show_how(self) -> None:
        how = {one.how for one in self._for}
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
            targets=tuple(line.target for line in self._filled),
            start=from_qt(self.start.date()),
            due=None if self.endless.chosen else from_qt(self.due.date()),
            note=self.note.text,
        )

    @property
    def _filled(self) -> list[TargetLine]:
        return [line for line in self.lines if line.amount.text().strip()]

    def _targets_of(self, client: Key) -> tuple[TargetForm, ...]:
        return self.people.own(client, self.lines)

    def submit(self) -> None:
        """Enter in a field: what the first button says."""
        self._say(propose=self.assign.isHidden())

    @property
    def _for(self) -> tuple[Settable, ...]:
        return self.people.chosen if self.people.people else self._settable

    def _say(self, *, propose: bool) -> None:
        self.intent.emit(self._want(propose=propose))

    def _want(self, *, propose: bool) -> goal_intents.SetGoal | goal_intents.ChangeGoal:
        if self._mode == "new":
            form = self.form
            forms = tuple((one.client, replace(form, targets=self._targets_of(one.client))) for one in self._for)
            return goal_intents.SetGoal(PLACE, forms, propose)
        return goal_intents.ChangeGoal(PLACE, self._client, self._goal, self.form, self._mode == "counter")

    def says(self, said: goal_intents.SetGoal | goal_intents.ChangeGoal) -> bool:
        """Whether this is what stands here: something else may, since it was said."""
        return self._want(propose=isinstance(said, goal_intents.SetGoal) and said.propose) == said

    def refused(self, field: str, words: str) -> None:
        """What is wrong, beside what it is about; nothing that was typed is lost."""
        self._forgive()
        if not words:
            return
        match field.removeprefix("terms."):
            case "title":
                self.title.say_problem(words)
                self.title.line.setFocus()
            case "note":
                self.note.say_problem(words)
                self.note.line.setFocus()
            case "start" | "due" as day:
                self._days_problem.say(words)
                wrong = self.start if day == "start" else self.due
                mark_wrong(wrong, words)
                wrong.setFocus()
            case "client" if self.people.people:
                self.people.say_problem(words)
                self.people.focus_first()
            case target if (line := self._line_of(target)) is not None:
                self._refuse_amount(line, words)
            case _:
                self._problem.say(words)

    def _forgive(self) -> None:
        """Nothing is wrong any more."""
        self._kept.hide()
        for field in (self.title, self.note):
            field.say_problem("")
        for line in self.lines:
            line.say_problem("")
        self.people.say_problem("")
        for problem in (self._days_problem, self._problem):
            problem.say("")
        for day in (self.start, self.due):
            mark_wrong(day, "")

    def _refuse_amount(self, line: TargetLine, words: str) -> None:
        """Say it of somebody's own amount where that is what cannot be read, else of what everybody is asked."""
        own = self.people.own_unread(line)
        if own is None:
            line.say_problem(words)
        else:
            self.people.say_problem(words, own)
        (own or line.amount).setFocus()

    def _line_of(self, field: str) -> TargetLine | None:
        """The line that a refused field names: one of those in which something stands, or the first where none does."""
        if field == "targets":
            return next(iter(self.lines), None)
        found = re.match(r"targets\[(\d+)\]", field)
        filled = self._filled
        return filled[int(found[1])] if found and int(found[1]) < len(filled) else None


def _plain(metric: str, like: Sequence[Suggestion]) -> Suggestion:
    """A target that a kind can ask for but does not suggest."""
    unit = next(iter(METRICS[metric].units))
    return Suggestion(metric, unit, "up", like[0].per)
