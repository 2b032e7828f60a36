"""Days that are not to count: why, from when, until when."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox

from coachline_desktop import goal_intents, goal_words
from coachline_desktop.goal_state import ExcuseRow
from coachline_desktop.keys import Key
from coachline_desktop.views.controls import Card, Field, Problem, Words, button, row
from coachline_desktop.views.dates import DateField, from_qt, to_qt
from coachline_desktop.views.flow import flow
from coachline_desktop.words import say as tr

REASONS: Final[tuple[Literal["ill", "injured", "holiday", "travel"], ...]] = ("ill", "injured", "holiday", "travel")


class ExcuseForm(Card):
    """Says `MakeExcuse`."""

    intent = Signal(object)

    def __init__(self) -> None:
        super().__init__(Words(tr("Days that do not count"), "section"), spacing=2)
        self._client = b""
        self._begun: Typed | None = None
        """What stood in the fields before anything was written in them."""
        self._made: Typed | None = None
        """What stands in the fields since an excuse was made."""
        self._others: dict[Key, Typed] = {}
        """What is half written for others than who is shown."""
        self.reason = QComboBox()
        self.reason.addItems([tr(goal_words.REASON_WORDS[reason]) for reason in REASONS])
        self.reason.setAccessibleName(tr("Why"))
        self.first, self.last = DateField(tr("First of the days")), DateField(tr("Last of the days"))
        self.note = Field(tr("Note"), tr("May stay empty"))
        self._problem = Problem()
        self.keep = button(tr("Excuse these days"), "secondary")
        self.keep.clicked.connect(self.submit)
        for field in (self.first, self.last, self.note):
            field.submitted.connect(self._enter)
        to = Words(tr("to"), "label", wrap=False)
        self.column.addLayout(flow(self.reason, self.first, to, self.last))
        self.column.addWidget(self.note)
        self.column.addWidget(self._problem)
        self.column.addLayout(row(self.keep, 1))

    def show_client(self, client: Key, today: date) -> None:
        """Whose days they are; another client begins with today, or with what is half written for him."""
        if client == self._client:
            return
        if self._begun is not None and self._typed != self._begun:
            self._others[self._client] = self._typed
        self._client, self._made = client, None
        self._begun = Typed(0, today, today)
        stands = self._others.pop(client, self._begun)
        self.reason.setCurrentIndex(stands.reason)
        self.first.setDate(to_qt(stands.first))
        self.last.setDate(to_qt(stands.last))
        self.note.line.setText(stands.note)
        self.refused("")

    def forget(self) -> None:
        """Somebody else comes to the window: nothing of what was half written is his."""
        self._client, self._begun, self._others = b"", None, {}

    @property
    def place(self) -> str:
        """What names it among the forms of the page."""
        return f"excuse {self._client.hex()}"

    @property
    def _typed(self) -> "Typed":
        return Typed(self.reason.currentIndex(), from_qt(self.first.date()), from_qt(self.last.date()), self.note.text)

    def _enter(self) -> None:
        """Return says it; pressed once more it would excuse the same days again."""
        if self._typed != self._made:
            self.submit()

    def submit(self) -> None:
        """Say it."""
        self.intent.emit(self._typed.said(self.place, self._client))

    def refused(self, words: str) -> None:
        """What is wrong; empty: nothing."""
        self._problem.say(words)

    def done(self, said: goal_intents.MakeExcuse) -> None:
        """It is kept, and half written no more."""
        if said.client != self._client:
            other = self._others.get(said.client)
            if other is not None and other.said(said.place, said.client) == said:
                del self._others[said.client]
        elif self._typed.said(said.place, said.client) == said:
            self.note.line.clear()
            self.refused("")
            self._begun = self._made = self._typed


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form; `reason`: its place among `REASONS`."""

    reason: int
    first: date
    last: date
    note: str = ""

    def said(self, place: str, client: Key) -> goal_intents.MakeExcuse:
        """The same as it is said."""
        return goal_intents.MakeExcuse(place, client, self.first, self.last, REASONS[self.reason], self.note)


class ExcuseLine(Card):
    """One excuse. Says `WithdrawExcuse`."""

    intent = Signal(object)

    def __init__(self, client: Key, excuse: ExcuseRow) -> None:
        super().__init__(Words(excuse.words), spacing=1)
        if excuse.note:
            self.column.addWidget(Words(excuse.note, "soft"))
        if excuse.may_withdraw:
            back = button(tr("Let these days count"), "quiet")
            back.setAccessibleName(tr("Let these days count: {excuse}").format(excuse=excuse.words))
            back.clicked.connect(lambda: self.intent.emit(goal_intents.WithdrawExcuse(client, excuse.key)))
            self.column.addLayout(row(back, 1))
