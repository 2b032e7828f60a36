"""What is shown and allowed between me and somebody: the page both have of their coaching."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from coachline_desktop.goal_state import Agreement
from coachline_desktop.keys import Key
from coachline_desktop.state import AppState
from coachline_desktop.theme import Look, space
from coachline_desktop.views.agreement_card import AgreementCard
from coachline_desktop.views.controls import Column, order_tabs
from coachline_desktop.views.empty_note import EmptyNote
from coachline_desktop.views.kept import Kept, Part
from coachline_desktop.words import say as tr


class AgreementPage(Column):
    """Says `SetConsent` and `SetCoaching`. Two people may coach one another: then there are two cards."""

    intent = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__(look, tr("What is shared"))
        self._agreements: tuple[Agreement, ...] = ()
        self._person: Key | None = None
        self._cards = Kept()
        self._cards.setSpacing(space(3))
        self.column.addLayout(self._cards)
        self.column.addStretch(1)

    def show_person(self, person: Key | None) -> None:
        """Show what stands between me and this one."""
        self._person = person
        self._show()

    def show_state(self, state: AppState) -> None:
        """Build anew only what differs; what is chosen and not yet saved is not touched by anything else."""
        if state.goals.agreements != self._agreements:
            self._agreements = state.goals.agreements
            self._show()

    def _show(self) -> None:
        shown = {(each.trainer, each.client): each for each in self._agreements if each.with_whom == self._person}
        parts = [Part(key, None, partial(self._card, each)) for key, each in shown.items()]
        for key, card in self._cards.show_parts(parts or [Part("nothing", None, self._nothing)]).items():
            if isinstance(card, AgreementCard) and isinstance(key, tuple):
                card.show_agreement(shown[key])
        order_tabs(self)

    def _card(self, agreement: Agreement) -> AgreementCard:
        card = AgreementCard(self._look, agreement)
        card.intent.connect(self.intent)
        return card

    def _nothing(self) -> QWidget:
        note = EmptyNote(self._look, "eye")
        note.say(tr("Not shown now"), tr("It is shown again with the next connection."))
        return note
