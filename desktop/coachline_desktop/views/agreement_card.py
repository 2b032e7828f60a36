"""“What Maya can see and do”: the same plain page for both; what it says is the client's to change."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from coachline_desktop import goal_intents
from coachline_desktop.goal_state import Agreement, Choice
from coachline_desktop.theme import Look, space
from coachline_desktop.views.consent_view import Choices
from coachline_desktop.views.controls import Avatar, Card, Option, Words, block, button, row
from coachline_desktop.views.flow import flow
from coachline_desktop.views.kept import Kept, Part
from coachline_desktop.words import say as tr

HISTORY = 6
"""The newest changes that are listed at once."""


class AgreementCard(Card):
    """One relationship. Says `SetConsent` and `SetCoaching`."""

    intent = Signal(object)

    def __init__(self, look: Look, agreement: Agreement) -> None:
        super().__init__()
        self._look, self._agreement = look, agreement
        self._ending = False
        self._said: Choice | None = None
        self._told = 0
        """How often something else was chosen than what was saved here."""
        self.choices: Choices | None = None
        """What the client chooses, where that is to choose."""
        self._parts = Kept()
        self._parts.setSpacing(space(4))
        self.column.addLayout(self._parts)
        self.show_agreement(agreement)

    def show_agreement(self, agreement: Agreement) -> None:
        """Make anew only what differs: what is ticked and not yet saved stays while the history grows older."""
        if agreement.choice != self._agreement.choice:
            self._told += agreement.choice != self._said
            self._said = None
        self._agreement = agreement
        self.setAccessibleName(agreement.title)
        said = tr("Waiting to be sent") if agreement.waiting else agreement.state_words
        head = (agreement.title, said, agreement.initials, agreement.hue)
        parts = [Part("head", head, partial(self._head, said))]
        if agreement.mine and agreement.state != "ended":
            parts.append(Part("choices", (self._told, agreement.other), self._choosing))
        elif agreement.lines:
            parts.append(Part("lines", agreement.lines, self._lines))
        if agreement.state != "ended" and self._ending:
            parts.append(Part("ending", agreement.other, self._confirmation))
        elif agreement.state != "ended":
            parts.append(Part("deeds", (agreement.state, agreement.may_resume, agreement.other), self._deeds))
        if history := agreement.history[:HISTORY]:
            parts.append(Part("history", history, partial(self._history, history)))
        self._parts.show_parts(parts)
        self._enable()

    def _head(self, said: str) -> QWidget:
        avatar = Avatar(self._look, space(11))
        avatar.show_person(self._agreement.initials, self._agreement.hue)
        line = row(avatar, spacing=3)
        line.addWidget(block(Words(self._agreement.title, "section"), Words(said, "caption"), spacing=0), 1)
        return block(line)

    def _choosing(self) -> QWidget:
        self.choices = Choices(self._agreement.choice)
        self._save = button(tr("Save"), "primary")
        self._save.setAccessibleName(tr("Save what {name} may").format(name=self._agreement.other))
        self._save.clicked.connect(self._save_choice)
        self._save.setEnabled(False)
        self.choices.changed.connect(self._enable)
        return block(self.choices, row(self._save, 1), spacing=2)

    def _lines(self) -> QWidget:
        self.choices = None
        return block(*(Words(f"• {line}") for line in self._agreement.lines), spacing=2)

    def _history(self, history: tuple[str, ...]) -> QWidget:
        return block(Words(tr("History"), "label"), *(Words(line, "caption") for line in history), spacing=2)

    def _enable(self) -> None:
        if self.choices is not None:  # what was saved here is ticked here already
            self._save.setEnabled(self.choices.choice != self._agreement.choice)

    def _save_choice(self) -> None:
        if self.choices is not None:
            self._said = self.choices.choice
            self.intent.emit(goal_intents.SetConsent(self._agreement.trainer, self._said))

    # -- pause and end -------------------------------------------------------------------------------------

    def _deeds(self) -> QWidget:
        agreement = self._agreement
        pause = button(tr("Pause the coaching"), "secondary")
        pause.clicked.connect(lambda: self._say("pause"))
        resume = button(tr("Resume the coaching"), "secondary")
        resume.clicked.connect(lambda: self._say("resume"))
        end = button(tr("End the coaching…"), "danger")
        end.clicked.connect(lambda: self._ask(ending=True))
        for made in (pause, resume, end):
            made.setAccessibleName(f"{made.text()} ({agreement.other})")
        shown = {resume: agreement.may_resume, pause: agreement.state == "active", end: True}
        return block(flow(*(made for made, on in shown.items() if on)))

    def _confirmation(self) -> QWidget:
        """Ending is asked about once, with what it means."""
        name = self._agreement.other
        words = tr("Your conversation with {name} can be read, but nothing more is written in it.")
        if self._agreement.mine:
            words += " " + tr("Your goals and progress leave {name}'s devices, unless you leave them there.")
        leave = Option(tr("Leave {name} what was shown until now").format(name=name))
        end = button(tr("End the coaching"), "danger")
        end.clicked.connect(lambda: self._say("end", leave=leave.chosen))
        keep = button(tr("Keep it"), "secondary")
        keep.clicked.connect(lambda: self._ask(ending=False))
        told = Words(words.format(name=name), "soft")
        return block(told, leave if self._agreement.mine else None, flow(end, keep), spacing=2)

    def _ask(self, *, ending: bool) -> None:
        self._ending = ending
        self.show_agreement(self._agreement)

    def _say(self, deed: goal_intents.CoachingDeed, *, leave: bool = False) -> None:
        self._ending = False
        agreement = self._agreement
        self.intent.emit(goal_intents.SetCoaching(agreement.client, agreement.trainer, deed, leave))
