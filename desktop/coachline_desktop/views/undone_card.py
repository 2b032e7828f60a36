"""Something that was refused for good: what it was, why, and the two things that can be done about it."""

from PySide6.QtCore import Signal

from coachline_desktop import goal_intents
from coachline_desktop.goal_state import Undone
from coachline_desktop.theme import space
from coachline_desktop.views.controls import Card, Words, button
from coachline_desktop.views.flow import flow
from coachline_desktop.words import say as tr


class UndoneCard(Card):
    """Says `RetryDeed` and `DropDeed`."""

    intent = Signal(object)

    def __init__(self, undone: Undone) -> None:
        super().__init__(Words(tr("Not done"), "caption"), Words(undone.words, "strong"), spacing=1)
        for line in undone.lines:
            self.column.addWidget(Words(line))
        self.column.addWidget(Words(undone.why, "problem"))
        self.setAccessibleName(tr("Not done: {what}. {why}").format(what=undone.words, why=undone.why))
        again = button(tr("Try again"), "secondary")
        drop = button(tr("Let it go"), "quiet")
        for made, want in ((again, goal_intents.RetryDeed(undone.key)), (drop, goal_intents.DropDeed(undone.key))):
            made.setAccessibleName(f"{made.text()}: {undone.words}")
            made.clicked.connect(lambda _=False, want=want: self.intent.emit(want))
        self.column.addSpacing(space(2))
        self.column.addLayout(flow(again, drop))
