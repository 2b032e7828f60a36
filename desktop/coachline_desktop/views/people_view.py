"""People one knows, the codes one made for others, and the code one was given."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from coachline_desktop import intents
from coachline_desktop.state import AppState, InvitationRow, Key, Offer, PersonRow
from coachline_desktop.theme import Look, space
from coachline_desktop.views.code_picture import CODE_EXAMPLE, CodePicture
from coachline_desktop.views.consent_view import ConsentChoices
from coachline_desktop.views.controls import (
    Avatar,
    Card,
    Column,
    Field,
    IconButton,
    Words,
    button,
    clear,
    order_tabs,
    row,
)
from coachline_desktop.views.empty_note import EmptyNote
from coachline_desktop.views.flow import flow
from coachline_desktop.views.invite_card import InviteCard
from coachline_desktop.views.kept import Kept, Part
from coachline_desktop.views.phrases import Phrase, breakable, who
from coachline_desktop.words import say as tr


class PeoplePage(Column):
    """Says `MessagePerson`, `MakeInvitation`, `RevokeInvitation`, `LookUpCode`, `AcceptInvitation`, `Copy`.

    `agreement(person)`: the page of the coaching with somebody was asked for.
    """

    intent = Signal(object)
    agreement = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__(look, tr("People and invitations"))
        self._shown: tuple[object, ...] | None = None
        self._code = Field(tr("The code you were given"), CODE_EXAMPLE)
        self._consent: ConsentChoices | None = None
        self._offered = ""
        """The code that leads to what is shown, whatever stands in the field by now."""
        self._people, self._invitations, self._offer = Kept(), Kept(), QVBoxLayout()
        for part in (self._people, self._invitations, self._offer):
            part.setSpacing(space(3))
        self.invite = InviteCard()
        self.invite.intent.connect(self.intent)
        self._accept = self._accepting()
        self.column.addWidget(Words(tr("People"), "heading"))
        self.column.addLayout(self._people)
        self.column.addSpacing(space(2))
        self.column.addWidget(self.invite)
        self.column.addLayout(self._invitations)
        self.column.addWidget(self._accept)
        self.column.addStretch(1)

    def _accepting(self) -> Card:
        look_up = button(tr("Look at the invitation"), "secondary")
        look_up.clicked.connect(self._look_up)
        self._code.submitted.connect(self._look_up)
        return Card(Words(tr("Work with a coach"), "section"), self._code, row(look_up, 1), self._offer)

    def focus_first(self) -> None:
        """Give the keyboard to the field one came for: whom to invite, or the code one was given."""
        field = self._code if self.invite.isHidden() else self.invite.note
        field.line.setFocus()

    def show_state(self, state: AppState) -> None:
        """Build anew only what differs; what is being typed is not touched."""
        shown = (state.people, state.invitations, state.me, state.first_run.offer, state.first_run.problem)
        if shown == self._shown:
            return
        offer_before = self._shown[3] if self._shown else None
        self._shown = shown
        me = state.me
        self.invite.show_me(me)
        self._accept.setVisible(bool(me and me.client))
        people = [Part(person.key, person, partial(self._person, person)) for person in state.people]
        self._people.show_parts(people or [Part("nobody", None, self._nobody)])
        self._invitations.show_parts(
            [Part(each.key, each, partial(self._invitation, each)) for each in state.invitations]
        )
        self._code.say_problem(state.first_run.problem if state.first_run.problem_field == "code" else "")
        if state.first_run.offer != offer_before:
            self._show_offer(state.first_run.offer)
            accepted = state.first_run.offer is None and not state.first_run.problem
            if accepted and self._code.text.strip() == self._offered:
                self._code.line.clear()
        order_tabs(self)

    def forget(self) -> None:
        """Somebody else comes to the window: nothing of what was typed is his."""
        self._code.line.clear()
        self.invite.forget()

    def _nobody(self) -> QWidget:
        note = EmptyNote(self._look, "people")
        note.say(tr("Nobody here yet"), tr("People appear here once an invitation was accepted."))
        return note

    def _person(self, person: PersonRow) -> QWidget:
        avatar = Avatar(self._look, space(11))
        avatar.show_person(person.initials, person.hue, person.presence)
        presence = Phrase(person.presence_words, "live" if person.presence == "online" else "caption")
        words = " · ".join(part for part in (breakable(person.handle), person.relation) if part)
        told = [Phrase(person.name, "strong"), Phrase(words, "caption"), *([presence] if person.presence_words else [])]
        card = Card(flow(who(avatar, *told), self._deeds(person), gap=3, apart=True))
        card.setAccessibleName(person.name)
        return card

    def _deeds(self, person: PersonRow) -> QWidget:
        """What can be done with somebody; both stay together."""
        deeds = QWidget()
        line = QHBoxLayout(deeds)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(space(2))
        if person.agreed:
            agreed = IconButton(self._look, "eye", tr("What is shared"))  # tool tips guess at HTML: no name in it
            agreed.setAccessibleName(person.agreed)
            agreed.clicked.connect(lambda: self.agreement.emit(person.key))
            line.addWidget(agreed)
        if person.can_message:
            line.addWidget(self._message(person.key, person.name))
        return deeds

    def _message(self, person: Key, name: str) -> QWidget:
        made = button(tr("Message"), "secondary")
        made.setAccessibleName(tr("Message {name}").format(name=name))
        made.clicked.connect(lambda: self.intent.emit(intents.MessagePerson(person)))
        return made

    def _invitation(self, invitation: InvitationRow) -> QWidget:
        card = Card(Words(_about(invitation), "strong"), Words(invitation.status, "caption"), spacing=2)
        if not invitation.open:
            return card
        code = Words(invitation.code.replace("-", "-\u200b"), "code")  # may break after its dashes
        code.setAccessibleName(tr("Code: {code}").format(code=" ".join(invitation.code)))
        copy = button(tr("Copy the code"), "secondary")
        copy.clicked.connect(lambda: self.intent.emit(intents.Copy(invitation.code)))
        revoke = button(tr("Revoke"), "danger")
        revoke.clicked.connect(lambda: self.intent.emit(intents.RevokeInvitation(invitation.key)))
        card.column.addWidget(code)
        card.column.addLayout(row(CodePicture(invitation.code), 1))
        card.column.addLayout(row(copy, revoke, 1))
        return card

    def _show_offer(self, offer: Offer | None) -> None:
        clear(self._offer)
        self._consent = None
        if offer is None:
            return
        self._offered = offer.code
        rule = QFrame()
        rule.setProperty("rule", "true")
        self._consent = ConsentChoices(offer.inviter)
        accept = button(tr("Accept as my coach"), "primary")
        accept.setAccessibleName(tr("Accept {coach} as my coach").format(coach=offer.inviter))
        accept.clicked.connect(self._accept_offer)
        self._offer.addWidget(rule)
        self._offer.addWidget(self._consent)
        self._offer.addLayout(row(accept, 1))

    def _look_up(self) -> None:
        if code := self._code.text.strip():
            self.intent.emit(intents.LookUpCode("", code))

    def _accept_offer(self) -> None:
        if self._consent is not None:
            self.intent.emit(intents.AcceptInvitation(self._offered, self._consent.choice))


def _about(invitation: InvitationRow) -> str:
    """Whom a code is for, and what it leads to."""
    who = tr("For {name}").format(name=invitation.note) if invitation.note else tr("Invitation")
    leads = tr("coaching") if invitation.purpose == "coaching" else tr("an account")
    return f"{who} · {leads}"
