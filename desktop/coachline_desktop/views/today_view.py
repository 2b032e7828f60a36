"""A day: what is asked of me, each thing with the one field or button that enters it."""

from collections.abc import Callable, Mapping
from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from coachline_desktop import goal_intents
from coachline_desktop.goal_state import Ask, TodayGoal
from coachline_desktop.goal_words import MARK_WORDS
from coachline_desktop.keys import Key
from coachline_desktop.theme import Look, space
from coachline_desktop.views.amount_field import AmountField
from coachline_desktop.views.controls import Card, Problem, Words, button, clear, mark_wrong, row
from coachline_desktop.views.flow import flow
from coachline_desktop.views.mark_pill import MarkPill
from coachline_desktop.views.phrases import Name, Phrase
from coachline_desktop.views.share_bar import ShareBar
from coachline_desktop.words import say as tr

DIGITS, LETTERS = 9, 14
"""How many digits a field shows, and how long names are at least: fields of all goals stand under each other."""


def place_of(goal: Key, day: date) -> str:
    """What names a goal's form for a day on this page."""
    return f"today {goal.hex()} {day}"


def left_of(typed: Mapping[str, str], said: goal_intents.Enter | goal_intents.Correct) -> dict[str, str]:
    """What is still to be entered of what is typed, once this is kept: what was written since, or not said."""
    kept = {metric: text for metric, _, text in said.values}
    return {metric: "" if text == kept.get(metric) else text for metric, text in typed.items()}


class TodayCard(Card):
    """One goal on one day. Enter in any of its fields keeps what stands in all of them."""

    intent = Signal(object)

    def __init__(self, look: Look, client: Key, goal: TodayGoal) -> None:
        super().__init__(spacing=2)
        self._look, self._client, self._goal = look, client, goal
        self.fields: dict[str, QLineEdit] = {}
        self._edits = 0
        """How often somebody has typed in them."""
        self._so_far: dict[tuple[str, str], Words] = {}
        """By metric and what is asked: a day and a week may be, of the same."""
        self._bars: dict[tuple[str, str], ShareBar] = {}
        self._title = Phrase(goal.title, "section")
        self._by = Words("", "caption")
        self._note = Words("", "soft")
        self._pill = MarkPill(look)
        self._problem = Problem()
        self._problems: dict[str, Problem] = {}
        """Beneath each field, by metric."""
        self.column.addLayout(flow(self._title, self._pill, apart=True))
        self.column.addWidget(self._by)
        self.column.addWidget(self._note)
        self.column.addLayout(self._asks(goal))
        self.column.addWidget(self._problem)
        self.setAccessibleName(goal.title)
        self.show_goal(goal)

    @property
    def shape(self) -> tuple[object, ...]:
        """What the fields are made of: while it stays, the card does."""
        return shape_of(self._goal)

    def show_goal(self, goal: TodayGoal) -> None:
        """What there is by now; the fields are not touched."""
        self._goal = goal
        self._title.setText(goal.title)
        self._by.setText(tr("with {name}").format(name=goal.by) if goal.by else "")
        self._by.setVisible(bool(goal.by))
        self._note.setText(goal.note)
        self._note.setVisible(bool(goal.note))
        words = tr(MARK_WORDS[goal.mark]) if goal.mark not in ("none", "open") else ""
        self._pill.show_mark(goal.mark, tr("Waiting to be sent") if goal.waiting else words)
        for ask in goal.asks:
            if (told := self._so_far.get((ask.metric, ask.asks))) is not None:
                told.setText(ask.so_far)
                told.setVisible(bool(ask.so_far))
            if (bar := self._bars.get((ask.metric, ask.asks))) is not None:
                bar.show_share(ask.share)

    @property
    def day(self) -> date:
        """The day that is entered."""
        return self._goal.day

    @property
    def typed(self) -> Mapping[str, str]:
        """What stands in the fields, by metric."""
        return {metric: field.text() for metric, field in self.fields.items()}

    def fill(self, typed: Mapping[str, str]) -> None:
        """Go on with what was typed before, as far as it is still asked."""
        for metric, field in self.fields.items():
            field.setText(typed.get(metric, ""))

    @property
    def place(self) -> str:
        """What names this form."""
        return place_of(self._goal.key, self._goal.day)

    def done(self, said: goal_intents.Enter | goal_intents.Correct) -> None:
        """What was said is kept: its fields are free again, unless something else stands there by now."""
        for metric, text in left_of(self.typed, said).items():
            if text != self.fields[metric].text():
                self.fields[metric].clear()
        self.refused("", "")

    def refused(self, field: str, words: str) -> None:
        """What is wrong, and where."""
        self._problem.say("" if field in self.fields else words)
        for metric, line in self.fields.items():
            wrong = words if metric == field else ""
            mark_wrong(line, wrong)
            self._problems[metric].say(wrong)
            if wrong:
                line.setFocus()

    def enter(self) -> None:
        """Keep what stands in the fields; nothing stands there, nothing is kept."""
        units = {ask.metric: ask.unit for ask in self._goal.asks}
        values = tuple((metric, units[metric], text) for metric, text in self.typed.items() if text.strip())
        if values:
            self.intent.emit(self._enter(values))
            for field in self.fields.values():
                field.selectAll()  # what is typed next is another amount, whether or not this one is kept by then

    def _enter(self, values: tuple[goal_intents.Typed, ...]) -> goal_intents.Enter:
        goal = self._goal
        return goal_intents.Enter(self.place, self._client, goal.key, goal.day, values, nth=self._edits)

    def _edited(self) -> None:
        self._edits += 1

    # -- fields --------------------------------------------------------------------------------------------

    def _asks(self, goal: TodayGoal) -> QLayout:
        amounts = [ask for ask in goal.asks if ask.form in ("amount", "none")]
        column = QVBoxLayout()
        column.setSpacing(space(2))
        if amounts:
            column.addLayout(self._amounts(amounts))
        for ask in goal.asks:
            if ask.form == "tick":
                column.addLayout(self._tick(ask))
            elif ask.form == "choice":
                column.addLayout(self._choice(ask))
        return column

    def _amounts(self, asks: list[Ask]) -> QLayout:
        column = QVBoxLayout()
        column.setSpacing(space(2))
        for ask in asks:
            name = Name(ask.title, LETTERS)
            parts: list[QWidget] = [name]
            if ask.form == "amount":
                field = self.fields[ask.metric] = self._field(ask)
                name.setBuddy(field)
                parts.append(field)
            parts.append(self._told(ask))
            last = bool(self.fields) and ask is asks[-1]
            if last:
                parts.append(self._keep())
            column.addLayout(flow(*parts, gap=3, apart=last))
            if ask.form == "amount":
                problem = self._problems[ask.metric] = Problem()
                column.addWidget(problem)
        return column

    def _keep(self) -> QWidget:
        keep = button(tr("Enter"), "secondary", tr("Keep what stands in the fields (Enter)"))
        keep.setAccessibleName(tr("Enter, {goal}").format(goal=self._goal.title))
        keep.clicked.connect(self.enter)
        return keep

    def _told(self, ask: Ask) -> QWidget:
        """What is asked, what there is of it, and how much that is."""
        told = QWidget()
        column = QVBoxLayout(told)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        so_far = self._so_far[ask.metric, ask.asks] = Phrase(ask.so_far, "live")
        bar = self._bars[ask.metric, ask.asks] = ShareBar(self._look)
        column.addWidget(Phrase(ask.asks, "caption"))
        column.addWidget(so_far)
        column.addSpacing(space(1))
        column.addWidget(bar, 0, Qt.AlignmentFlag.AlignLeft)
        so_far.setHidden(not ask.so_far)
        bar.show_share(ask.share)
        return told

    def _field(self, ask: Ask) -> QLineEdit:
        field = AmountField(DIGITS)
        field.setPlaceholderText(ask.unit_words)
        field.setAccessibleName(", ".join(part for part in (ask.title, ask.unit_words, ask.asks) if part))
        field.returnPressed.connect(self.enter)
        field.textEdited.connect(self._edited)
        return field

    def _tick(self, ask: Ask) -> QLayout:
        done = ask.entry is not None
        press = button(tr("Done") if done else tr("Mark as done"), "primary" if not done else "secondary")
        press.setCheckable(True)
        press.setChecked(done)
        press.setAccessibleName(f"{self._goal.title}: {press.text()}")
        press.clicked.connect(self._take_back(ask) if done else self._say(ask, "1"))
        return row(press, Words(ask.asks, "caption", wrap=False), 1)

    def _choice(self, ask: Ask) -> QLayout:
        line = QHBoxLayout()
        line.setSpacing(space(1))
        for n in range(1, ask.top + 1):
            press = button(str(n), "choice")
            press.setAccessibleName(tr("{n} of {top}, {goal}").format(n=n, top=ask.top, goal=self._goal.title))
            press.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            press.clicked.connect(self._say(ask, str(n)))
            line.addWidget(press)
        line.addStretch(1)
        so_far = self._so_far[ask.metric, ask.asks] = Words(ask.so_far, "live")
        column = QVBoxLayout()
        column.addLayout(line)
        column.addLayout(row(Words(ask.asks, "caption", wrap=False), so_far))
        return column

    def _say(self, ask: Ask, value: str) -> Callable[[], None]:
        return lambda: self.intent.emit(self._enter(((ask.metric, ask.unit, value),)))

    def _take_back(self, ask: Ask) -> Callable[[], None]:
        return lambda: self.intent.emit(
            goal_intents.Correct(self.place, self._client, self._goal.key, ask.entry or b"")
        )


def shape_of(goal: TodayGoal) -> tuple[object, ...]:
    """What a card's fields are made of."""
    return (
        goal.key,
        goal.day,
        tuple((ask.metric, ask.unit, ask.form, ask.top, ask.asks, ask.entry) for ask in goal.asks),
    )


class Today(QWidget):
    """All of them, under each other."""

    intent = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.cards: dict[Key, TodayCard] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(space(3))
        self._typed: dict[tuple[Key, date], Mapping[str, str]] = {}
        """What stands in cards that are not shown, by goal and day."""

    def show_goals(self, me: Key, goals: tuple[TodayGoal, ...]) -> None:
        """Show these; what is typed stays with its goal and day, and in the very card if its fields are the same."""
        kept = {goal.key: self.cards[goal.key] for goal in goals if self._kept(goal)}
        if list(kept) == [goal.key for goal in goals] == list(self.cards):
            for goal in goals:
                kept[goal.key].show_goal(goal)
            return
        for key, card in self.cards.items():
            if key not in kept:
                self._typed[key, card.day] = card.typed
        for card in kept.values():
            self._column.removeWidget(card)
        clear(self._column)
        self.cards = {}
        for goal in goals:
            card = kept.get(goal.key) or self._made(me, goal)
            card.show_goal(goal)
            self.cards[goal.key] = card
            self._column.addWidget(card)

    def _made(self, me: Key, goal: TodayGoal) -> TodayCard:
        card = TodayCard(self._look, me, goal)
        card.intent.connect(self.intent)
        card.fill(self._typed.pop((goal.key, goal.day), {}))
        return card

    def forget(self) -> None:
        """Somebody else comes to the window: nothing of what was typed is his."""
        self.show_goals(b"", ())
        self._typed = {}

    def _kept(self, goal: TodayGoal) -> bool:
        card = self.cards.get(goal.key)
        return card is not None and card.shape == shape_of(goal)

    def focus_first(self) -> None:
        """To the first field, or the first button where nothing is typed."""
        inputs: list[QWidget] = [field for card in self.cards.values() for field in card.fields.values()]
        pressed = [press for card in self.cards.values() for press in card.findChildren(QPushButton)]
        if (first := next(iter((*inputs, *pressed)), None)) is not None:
            first.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def form(self, place: str) -> TodayCard | None:
        """The card whose form has this name."""
        return next((card for card in self.cards.values() if card.place == place), None)

    def done(self, said: goal_intents.Enter | goal_intents.Correct) -> None:
        """What a card said is kept, whether or not its day is shown."""
        if (card := self.form(said.place)) is not None:
            card.done(said)
        for (goal, day), typed in self._typed.items():
            if place_of(goal, day) == said.place:
                self._typed[goal, day] = left_of(typed, said)
