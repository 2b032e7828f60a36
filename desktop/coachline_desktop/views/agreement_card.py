"""“What Maya can see and do”: the same plain page for both; what it says is the client's to change."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from coachline_desktop import goal_intents
from coachline_desktop.goal_state import Agreement
from coachline_desktop.theme import Look, space
from coachline_desktop.views.consent_view import Choices
from coachline_desktop.views.controls import Avatar, Card, Option, Words, button, clear, row
from coachline_desktop.views.flow import flow
from coachline_desktop.words import say as tr

HISTORY = 6
"""The newest changes that are listed at once."""


class AgreementCard(Card):
    """One relationship. Says `SetConsent` and `SetCoaching`."""

    intent = Signal(object)

    def __init__(self, look: Look, agreement: Agreement) -> None:
        super().__init__(spacing=2)
        self._agreement = agreement
        self._ending = False
        avatar = Avatar(look, space(11))
        avatar.show_person(agreement.initials, agreement.hue)
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(Words(agreement.title, "section"))
        names.addWidget(Words(tr("Waiting to be sent") if agreement.waiting else agreement.state_words, "caption"))
        head = QHBoxLayout()
        head.setSpacing(space(3))
        head.addWidget(avatar)
        head.addLayout(names, 1)
        self.column.addLayout(head)
        self.setAccessibleName(agreement.title)
        self.choices: Choices | None = None
        if agreement.mine and agreement.state != "ended":
            self.choices = Choices(agreement.choice)
            self.column.addWidget(self.choices)
            self._save = button(tr("Save"), "primary")
            self._save.setAccessibleName(tr("Save what {name} may").format(name=agreement.other))
            self._save.clicked.connect(self._save_choice)
            self._save.setEnabled(False)
            self.choices.changed.connect(self._enable)
            self.column.addLayout(row(self._save, 1))
        else:
            for line in agreement.lines:
                self.column.addWidget(Words(f"• {line}"))
        self._deeds = QVBoxLayout()
        self.column.addSpacing(space(2))
        self.column.addLayout(self._deeds)
        self._show_deeds()
        if agreement.history:
            self.column.addSpacing(space(2))
            self.column.addWidget(Words(tr("History"), "label"))
            for line in agreement.history[:HISTORY]:
                self.column.addWidget(Words(line, "caption"))

    def _enable(self) -> None:
        if self.choices is not None:
            self._save.setEnabled(self.choices.choice != self._agreement.choice)

    def _save_choice(self) -> None:
        if self.choices is not None:
            self.intent.emit(goal_intents.SetConsent(self._agreement.trainer, self.choices.choice))

    # -- pause and end -------------------------------------------------------------------------------------

    def _show_deeds(self) -> None:
        clear(self._deeds)
        agreement = self._agreement
        if agreement.state == "ended":
            return
        if self._ending:
            self._deeds.addLayout(self._confirmation())
            return
        pause = button(tr("Pause the coaching"), "secondary")
        pause.clicked.connect(lambda: self._say("pause"))
        resume = button(tr("Resume the coaching"), "secondary")
        resume.clicked.connect(lambda: self._say("resume"))
        end = button(tr("End the coaching…"), "danger")
        end.clicked.connect(self._ask)
        for made in (pause, resume, end):
            made.setAccessibleName(f"{made.text()} ({agreement.other})")
        shown = {resume: agreement.may_resume, pause: agreement.state == "active", end: True}
        self._deeds.addLayout(flow(*(made for made, on in shown.items() if on)))

    def _confirmation(self) -> QVBoxLayout:
        """Ending is asked about once, with what it means."""
        name = self._agreement.other
        column = QVBoxLayout()
        column.setSpacing(space(2))
        words = tr("Your conversation with {name} can be read, but nothing more is written in it.")
        if self._agreement.mine:
            words += " " + tr("Your goals and progress leave {name}'s devices, unless you leave them there.")
        column.addWidget(Words(words.format(name=name), "soft"))
        leave = Option(tr("Leave {name} what was shown until now").format(name=name))
        if self._agreement.mine:
            column.addWidget(leave)
        end = button(tr("End the coaching"), "danger")
        end.clicked.connect(lambda: self._say("end", leave=leave.chosen))
        keep = button(tr("Keep it"), "secondary")
        keep.clicked.connect(self._keep)
        column.addLayout(flow(end, keep))
        return column

    def _ask(self) -> None:
        self._ending = True
        self._show_deeds()

    def _keep(self) -> None:
        self._ending = False
        self._show_deeds()

    def _say(self, deed: goal_intents.CoachingDeed, *, leave: bool = False) -> None:
        self._ending = False
        agreement = self._agreement
        self.intent.emit(goal_intents.SetCoaching(agreement.client, agreement.trainer, deed, leave))
