"""A goal on a client's page: what it asks, how its weeks went, each metric against its band, entries, history."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLayout, QPushButton, QVBoxLayout, QWidget

from coachline_desktop import goal_intents
from coachline_desktop.goal_state import EntryRow, GoalDetail
from coachline_desktop.theme import Look, space
from coachline_desktop.views.chart import Chart, Weeks
from coachline_desktop.views.controls import Card, Words, button, clear, row
from coachline_desktop.views.entry_form import EntryForm
from coachline_desktop.views.flow import Flow, flow
from coachline_desktop.views.mark_pill import MarkPill
from coachline_desktop.views.phrases import Phrase
from coachline_desktop.words import say as tr

DEEDS: tuple[tuple[goal_intents.State, str, str], ...] = (
    ("paused", "Pause", "secondary"),
    ("active", "Go on", "secondary"),
    ("done", "Done", "secondary"),
    ("missed", "Missed", "secondary"),
    ("cancelled", "Cancel the goal", "danger"),
)
OLDER = "older"
ENTRIES = 5
"""The entries that are listed before somebody asks for more."""


@dataclass(frozen=True, slots=True)
class Left:
    """What somebody had open in a card: its lists by name, and a form with what stands in it."""

    opened: frozenset[str] = frozenset()
    form: EntryForm | None = None


class GoalCard(Card):
    """One goal. Says `SetGoalState`, `Enter`, `Correct`; `changing` when its terms are to be written anew.

    `left`: what was open in the card that showed it before; it goes on in this one.
    """

    intent = Signal(object)
    changing = Signal(object, bool)
    """The goal, and whether it is countered."""
    began = Signal(object)
    """A form was opened, and is to be seen."""
    unfolded = Signal()
    """There is more to go through than before."""

    def __init__(self, look: Look, goal: GoalDetail, left: Left | None = None) -> None:
        super().__init__(spacing=2)
        self._look, self.goal = look, goal
        left = left or Left()
        self.opened: set[str] = set(left.opened)
        self.heads: dict[str, QPushButton] = {}
        """What opens each list."""
        self.setAccessibleName(goal.title)
        pill = MarkPill(look)
        self.column.addLayout(flow(Phrase(goal.title, "section"), pill, apart=True))
        pill.show_mark(goal.mark, tr("Waiting to be sent") if goal.waiting else goal.mark_words)
        self.column.addWidget(Words(f"{goal.words} · {goal.dates}", "caption"))
        for line in goal.lines:
            self.column.addWidget(Words(line))
        for line in goal.totals:
            self.column.addWidget(Words(line, "strong"))
        if goal.note:
            self.column.addWidget(Words(goal.note, "soft"))
        self._charts()
        self._lists()
        self._forms = QVBoxLayout()
        self.column.addLayout(self._forms)
        self.form: EntryForm | None = None
        """What is being entered or corrected."""
        if left.form is not None:
            self._show_form(left.form)
        self.column.addLayout(self._deeds())

    def _charts(self) -> None:
        goal = self.goal
        if goal.weeks:
            weeks = Weeks(self._look)
            weeks.show_bars(tr("{goal}: the last weeks").format(goal=goal.title), goal.weeks)
            self.column.addSpacing(space(2))
            self.column.addWidget(Words(tr("Weeks"), "label"))
            self.column.addWidget(weeks)
        for plot in goal.plots:
            title = f"{plot.title}, {plot.unit}" if plot.unit else plot.title
            self.column.addSpacing(space(2))
            self.column.addWidget(Words(title, "label"))
            if not plot.points:
                self.column.addWidget(Words(plot.summary, "caption"))
                continue
            chart = Chart(self._look)
            chart.show_plot(plot)
            self.column.addWidget(chart)

    def _lists(self) -> None:
        """What lies behind it: one row of buttons, each with a list that opens and folds."""
        goal = self.goal
        lists = (
            ("rules", tr("How it was judged"), bool(goal.details), self._rules),
            ("entries", tr("Entries"), bool(goal.entries), self._entries),
            ("history", tr("History"), bool(goal.history), self._history),
            ("states", tr("Pause or end it"), any(deed in goal.may for deed, _, _ in DEEDS), self._states),
        )
        self.column.addSpacing(space(1))
        heads = Flow(1)
        self.column.addLayout(heads)
        for name, words, there, fill in lists:
            if there:
                head = self.heads[name] = self._section(name, words, fill)
                heads.addWidget(head)

    def _section(self, name: str, words: str, fill: Callable[[QVBoxLayout], None]) -> QPushButton:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, space(1))
        column.setSpacing(space(0.5))
        head = button(words, "toggle")
        head.setCheckable(True)
        head.setAccessibleName(f"{words}: {self.goal.title}")

        def turn(on: bool) -> None:
            if on and not column.count():
                fill(column)  # made when somebody asks for it: a page has many of them
                self.unfolded.emit()
            inner.setVisible(on)
            (self.opened.add if on else self.opened.discard)(name)

        head.toggled.connect(turn)
        inner.hide()
        self.column.addWidget(inner)
        head.setChecked(name in self.opened)
        return head

    def _rules(self, column: QVBoxLayout) -> None:
        for n, week in enumerate(self.goal.details):
            column.addSpacing(space(2) if n else 0)
            column.addWidget(Words(f"{week.title}: {week.mark_words}", "strong"))
            for line in week.rules:
                column.addWidget(Words(line, "caption"))

    def _entries(self, column: QVBoxLayout) -> None:
        entries = self.goal.entries if OLDER in self.opened else self.goal.entries[:ENTRIES]
        for entry in entries:
            column.addLayout(self._entry(entry))
        if len(entries) < len(self.goal.entries):
            older = button(tr("Older entries"), "toggle")
            older.setAccessibleName(f"{older.text()}: {self.goal.title}")
            older.clicked.connect(lambda: self._show_older(column))
            column.addLayout(row(older, 1))

    def _show_older(self, column: QVBoxLayout) -> None:
        self.opened.add(OLDER)
        clear(column)
        self._entries(column)
        self.heads["entries"].setFocus()  # what was pressed is gone

    def _entry(self, entry: EntryRow) -> QLayout:
        said = " · ".join(part for part in (entry.day, entry.values, entry.note, entry.by) if part)
        told = QWidget()
        words = QVBoxLayout(told)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(0)
        words.addWidget(Phrase(said))
        if entry.waiting:
            words.addWidget(Phrase(tr("Waiting to be sent"), "caption"))
        for before in entry.history:
            words.addWidget(Phrase(tr("before: {values}").format(values=before), "caption"))
        if not entry.may_correct:
            return flow(told)
        deeds = QWidget()
        deeds.setLayout(self._saying_better(entry, said))
        return flow(told, deeds, apart=True)

    def _saying_better(self, entry: EntryRow, said: str) -> QLayout:
        correct = button(tr("Correct"), "quiet")
        correct.setAccessibleName(tr("Correct {entry}").format(entry=said))
        correct.clicked.connect(lambda: self.begin(EntryForm(self.goal, entry)))
        back = button(tr("Take back"), "quiet")
        back.setAccessibleName(tr("Take back {entry}").format(entry=said))
        back.clicked.connect(lambda: self.intent.emit(self._taken_back(entry)))
        return row(correct, back)

    def _taken_back(self, entry: EntryRow) -> goal_intents.Correct:
        return goal_intents.Correct("", self.goal.client, self.goal.key, entry.key)

    # -- entering ------------------------------------------------------------------------------------------

    def begin(self, form: EntryForm) -> None:
        """Enter or correct something; what stood in another form of this goal is let go."""
        self.end()
        self._show_form(form)
        form.focus_first()
        self.unfolded.emit()
        self.began.emit(form)

    def _show_form(self, form: EntryForm) -> None:
        self.form = form
        self._forms.addWidget(form)
        form.show()
        form.intent.connect(self.intent)
        form.closed.connect(self.end)

    def leave(self, to: QWidget) -> Left:
        """What is open here; its form is this card's no more, but hidden in another widget until it is shown again."""
        form = self._let_go()
        if form is not None:
            form.hide()
            form.setParent(to)
        return Left(frozenset(self.opened), form)

    def _let_go(self) -> EntryForm | None:
        form, self.form = self.form, None
        if form is not None:
            form.intent.disconnect(self.intent)
            form.closed.disconnect(self.end)
            self._forms.removeWidget(form)
        return form

    def end(self) -> None:
        """Nothing is being entered any more."""
        if (form := self._let_go()) is not None:
            form.hide()
            form.deleteLater()

    def _history(self, column: QVBoxLayout) -> None:
        for line in self.goal.history:
            column.addWidget(Words(line, "caption"))

    def _deeds(self) -> QLayout:
        goal, line = self.goal, Flow()
        if "record" in goal.may:
            enter = button(tr("Enter progress"), "secondary")
            enter.setAccessibleName(tr("Enter progress: {goal}").format(goal=goal.title))
            enter.clicked.connect(lambda: self.begin(EntryForm(goal)))
            line.addWidget(enter)
        for deed, counter, words in (("change", False, tr("Change")), ("counter", True, tr("Propose a change"))):
            if deed in goal.may and "accept" not in goal.may:
                made = button(words, "secondary")
                made.setAccessibleName(f"{words}: {goal.title}")
                made.clicked.connect(lambda _=False, counter=counter: self.changing.emit(goal, counter))
                line.addWidget(made)
        return line

    def _states(self, column: QVBoxLayout) -> None:
        """What is done seldom, and to be meant."""
        goal, line = self.goal, Flow()
        for deed, words, kind in DEEDS:
            if deed in goal.may:
                made = button(tr(words), kind)
                made.setAccessibleName(f"{tr(words)}: {goal.title}")
                want = goal_intents.SetGoalState(goal.client, goal.key, deed)
                made.clicked.connect(lambda _=False, want=want: self.intent.emit(want))
                line.addWidget(made)
        column.addLayout(line)
