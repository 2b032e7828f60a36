"""Making an invitation: for a client of one's own or, for who runs the server, for an account on it."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from coachline_desktop.intents import Invited, MakeInvitation
from coachline_desktop.state import Me
from coachline_desktop.theme import space
from coachline_desktop.views.controls import Card, Field, Option, Words, button, row
from coachline_desktop.words import say as tr

PLACE: Final = "invitation"
VALID_HOURS: Final = 7 * 24


class InviteCard(Card):
    """Says `MakeInvitation`."""

    intent = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.note = Field(tr("Who is it for?"), tr("A name, only for you to see"))
        self._about = Words("", "soft")
        self._choices = QWidget()
        self._options: dict[Invited, Option] = {}
        make = button(tr("Make an invitation"), "primary")
        make.clicked.connect(self._make)
        self.note.submitted.connect(self._enter)
        self.column.addWidget(Words(tr("Invite somebody"), "section"))
        self.column.addWidget(self._about)
        self.column.addWidget(self._choosing())
        self.column.addWidget(self.note)
        self.column.addLayout(row(make, 1))
        self._explain()

    def _choosing(self) -> QWidget:
        column = QVBoxLayout(self._choices)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space(1))
        group = QButtonGroup(self)
        choices: tuple[tuple[Invited, str], ...] = (
            ("client", tr("A client of mine")),
            ("account", tr("Somebody who trains on this server, with whomever")),
            ("coach", tr("A coach on this server")),
        )
        for value, words in choices:
            option = self._options[value] = Option(words, of=group)
            option.button.toggled.connect(self._explain)
            column.addWidget(option)
        self._options["client"].choose(True)
        return self._choices

    def show_me(self, me: Me | None) -> None:
        """What somebody may invite to: a coach his clients, an admin accounts; others nothing."""
        self.setVisible(me is not None and (me.trainer or me.admin))
        if me is None:
            return
        may_coach, may_admit = me.trainer, me.admin
        self._choices.setVisible(may_admit)
        self._options["client"].setVisible(may_coach)
        if not may_coach and self.chosen == "client":
            self._options["account"].choose(True)
        elif not may_admit:
            self._options["client"].choose(True)

    @property
    def chosen(self) -> Invited:
        """Whom the invitation is for."""
        return next((value for value, option in self._options.items() if option.chosen), "client")

    def _explain(self) -> None:
        once = tr("A code works once, for a week.")
        then = tr("Whoever enters it makes an account on this server.")
        if self.chosen == "client":
            then = tr("Whoever enters it makes an account and chooses what you may see.")
        self._about.setText(f"{once} {then}")

    def _make(self) -> None:
        self.intent.emit(MakeInvitation(PLACE, self.chosen, self.note.text.strip(), VALID_HOURS))

    def _enter(self) -> None:
        """Return makes it for who is named: pressed once more it would make another, for nobody."""
        if self.note.text.strip():
            self._make()

    def done(self, said: MakeInvitation) -> None:
        """It is made: the next is for somebody else, whose name may stand here already."""
        if self.note.text.strip() == said.note:
            self.forget()

    def forget(self) -> None:
        """It is for nobody yet."""
        self.note.line.clear()
