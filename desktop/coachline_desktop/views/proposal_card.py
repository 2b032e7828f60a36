"""Terms that wait for an answer: what is asked, what holds now, and the three answers."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLayout

from coachline_desktop import goal_intents
from coachline_desktop.goal_state import Proposal
from coachline_desktop.theme import space
from coachline_desktop.views.controls import Card, Words, button
from coachline_desktop.views.flow import flow
from coachline_desktop.words import say as tr


class ProposalCard(Card):
    """Says `AnswerGoal`; `countering` when other terms are to be written."""

    intent = Signal(object)
    countering = Signal(object)

    def __init__(self, proposal: Proposal) -> None:
        told = f"{proposal.words} · {tr('Waiting to be sent')}" if proposal.waiting else proposal.words
        super().__init__(Words(told, "caption"), Words(proposal.title, "section"), spacing=1)
        self.setProperty("asking", "true" if proposal.mine else "false")
        self.setAccessibleName(f"{told}: {proposal.title}")
        for line in proposal.lines:
            self.column.addWidget(Words(line))
        self.column.addWidget(Words(proposal.dates, "soft"))
        if proposal.before:
            holds = "; ".join(proposal.before)
            self.column.addWidget(Words(tr("Until now: {terms}").format(terms=holds), "caption"))
        if proposal.note:
            self.column.addWidget(Words(proposal.note, "soft"))
        if proposal.mine:
            self.column.addSpacing(space(2))
            self.column.addLayout(self._answers(proposal))

    def _answers(self, proposal: Proposal) -> QLayout:
        accept = button(tr("Accept"), "primary")
        counter = button(tr("Propose something else"), "secondary")
        decline = button(tr("Decline"), "danger")
        for made, words in ((accept, tr("Accept")), (counter, tr("Propose something else")), (decline, tr("Decline"))):
            made.setAccessibleName(f"{words}: {proposal.title}")
        client, goal = proposal.client, proposal.goal
        accept.clicked.connect(lambda: self.intent.emit(goal_intents.AnswerGoal(client, goal, True)))
        decline.clicked.connect(lambda: self.intent.emit(goal_intents.AnswerGoal(client, goal, False)))
        counter.clicked.connect(lambda: self.countering.emit(proposal))
        return flow(accept, counter, decline)
