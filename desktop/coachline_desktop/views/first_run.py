"""The first screens: three ways in, each one short form; what goes wrong stands beside the field it is about."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from coachline_desktop import intents
from coachline_desktop.state import FirstRun
from coachline_desktop.theme import Look, space
from coachline_desktop.views.code_picture import CODE_EXAMPLE
from coachline_desktop.views.consent_view import ConsentChoices
from coachline_desktop.views.controls import (
    Card,
    Column,
    Field,
    IconLabel,
    Mark,
    Words,
    button,
    clear,
    order_tabs,
)
from coachline_desktop.views.flow import flow
from coachline_desktop.views.row_button import RowButton
from coachline_desktop.words import say as tr

FORM = space(120)
INNER = FORM - 2 * space(6)
"""Pixels: how wide a form is, and what is in it."""
WAYS, SIGN_IN, CODE, JOIN, HOST = range(5)


class FirstRunView(Column):
    """Says `SignIn`, `LookUpCode`, `ForgetOffer`, `Join`, `HostServer`."""

    intent = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__(look, tr("Welcome to Coachline"), FORM)
        self._state = FirstRun()
        self._consent: ConsentChoices | None = None
        self._fields: dict[int, dict[str, Field]] = {}
        self._goes: list[QPushButton] = []
        self._backs: list[QPushButton] = []
        self._general: dict[int, Words] = {}
        self._busy = Words("", "soft")
        self._busy.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._offer_words = Words("", "soft")
        self._consent_place = QVBoxLayout()
        self._pages = _Pages()
        for page in (self._ways(), self._sign_in(), self._code(), self._join(), self._host()):
            self._pages.add(page)
        self.column.setContentsMargins(space(6), space(10), space(6), space(8))
        self.column.addStretch(1)
        self.column.addWidget(Mark(space(20)), 0, Qt.AlignmentFlag.AlignHCenter)
        title = Words("Coachline", "display")
        motto = Words(tr("The line between you and your coach."), "soft")
        for label in (title, motto):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            self.column.addWidget(label)
        self.column.addSpacing(space(2))
        self.column.addWidget(self._pages)
        self.column.addWidget(self._busy)
        self.column.addStretch(2)
        self.show_state(self._state)

    # -- pages -----------------------------------------------------------------------------------------------

    def _ways(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space(3))
        code = _Way(
            self._look,
            "ticket",
            tr("I have an invitation code"),
            tr("From your coach or your gym. Makes your account."),
        )
        enter = _Way(self._look, "key", tr("I have an account"), tr("Sign in on your server."))
        self._own_way = _Way(
            self._look,
            "server",
            tr("Be my own server"),
            tr("For coaches: it runs on this computer, and nobody else’s."),
        )
        for way, target in ((code, CODE), (enter, SIGN_IN), (self._own_way, HOST)):
            way.clicked.connect(lambda _=False, target=target: self.go(target))
            column.addWidget(way)
        return page

    def _sign_in(self) -> QWidget:
        fields = {"server": self._server(), "handle": _handle(), "password": _password(tr("Password"))}
        return self._form(SIGN_IN, tr("Sign in"), "", fields, tr("Sign in"), self._say_sign_in)

    def _code(self) -> QWidget:
        fields = {"server": self._server(), "code": Field(tr("Invitation code"), CODE_EXAMPLE)}
        words = tr("The code works once. You will see what it leads to before anything is made.")
        return self._form(CODE, tr("Your invitation"), words, fields, tr("Look at the invitation"), self._say_code)

    def _join(self) -> QWidget:
        name = Field(tr("Your name"), tr("As others shall see it"))
        fields = {"name": name, "handle": _handle(), "password": _password(tr("A password, at least 10 characters"))}
        return self._form(JOIN, tr("Make your account"), "", fields, tr("Make my account"), self._say_join)

    def _host(self) -> QWidget:
        name = Field(tr("Your name"), tr("As your clients shall see it"))
        fields = {"name": name, "handle": _handle(), "password": _password(tr("A password, at least 10 characters"))}
        words = tr(
            "Runs while Coachline is open, and keeps everything on this computer. Only this computer reaches it."
        )
        return self._form(HOST, tr("Your own server"), words, fields, tr("Start my server"), self._say_host)

    def _server(self) -> Field:
        return Field(tr("Server"), "coach.example.org")

    def _form(
        self, page: int, title: str, words: str, fields: dict[str, Field], go: str, say: Callable[[], None]
    ) -> QWidget:
        """One card: a title, what it is about, fields, what is wrong with it all, and the way on."""
        self._fields[page] = fields
        problem = self._general[page] = Words("", "problem")
        problem.hide()
        on, back = button(go, "primary"), button(tr("Back"), "quiet")
        on.clicked.connect(say)
        back.clicked.connect(self._back)
        self._goes.append(on)
        self._backs.append(back)
        card = Card(Words(title, "section"))
        if words:
            card.column.addWidget(Words(words, "soft"))
        if page == JOIN:
            card.column.addWidget(self._offer_words)
        for field in fields.values():
            field.submitted.connect(say)
            card.column.addWidget(field)
        if page == JOIN:
            card.column.addLayout(self._consent_place)
        card.column.addWidget(problem)
        card.column.addLayout(flow(on, back))
        return card

    # -- state -----------------------------------------------------------------------------------------------

    def go(self, page: int) -> None:
        """Turn to a page."""
        self._pages.turn_to(page)
        for field in list(self._fields.get(page, {}).values())[:1]:
            field.line.setFocus()

    def show_state(self, state: FirstRun) -> None:
        """What is known, waited for, or wrong. What was typed stays."""
        offer_before, self._state = self._state.offer, state
        self._own_way.setVisible(state.can_host)
        self._busy.setText(state.busy)
        self._busy.setVisible(bool(state.busy))
        for button_ in (*self._goes, *self._backs):
            button_.setEnabled(not state.busy)
        for page, fields in self._fields.items():
            for name, field in fields.items():
                field.say_problem(state.problem if name == state.problem_field else "")
            homeless = state.problem if state.problem_field not in fields else ""
            self._general[page].setText(homeless)
            self._general[page].setVisible(bool(homeless))
            if "server" in fields and state.server and not fields["server"].text:
                fields["server"].line.setText(state.server)
        if state.problem and self._pages.number == WAYS:
            self.go(SIGN_IN)  # where it is said, and where it can be mended
        if state.offer != offer_before:
            self._show_offer()

    def forget(self) -> None:
        """Somebody is signed in, or no more: the next one finds no password, and nothing else that was typed."""
        for fields in self._fields.values():
            for field in fields.values():
                field.line.clear()

    def _show_offer(self) -> None:
        clear(self._consent_place)
        self._consent = None
        offer = self._state.offer
        if offer is None:
            if self._pages.number == JOIN:
                self.go(CODE)
            return
        words = tr("{who} invites you to train together. The invitation is good until {until}.")
        if not offer.coaching:
            words = tr("{who} invites you to this server. The invitation is good until {until}.")
        self._offer_words.setText(words.format(who=offer.inviter, until=offer.until))
        if offer.coaching:
            self._consent = ConsentChoices(offer.inviter)
            self._consent_place.addWidget(self._consent)
            order_tabs(self)
        self.go(JOIN)

    def _back(self) -> None:
        if self._pages.number == JOIN:
            self.intent.emit(intents.ForgetOffer())
            self.go(CODE)
        else:
            self.go(WAYS)

    # -- intents ---------------------------------------------------------------------------------------------

    def _said(self, page: int, name: str) -> str:
        text = self._fields[page][name].text
        return text if name == "password" else text.strip()

    def _say_sign_in(self) -> None:
        server, handle, password = (self._said(SIGN_IN, name) for name in ("server", "handle", "password"))
        self.intent.emit(intents.SignIn(server, handle, password))

    def _say_code(self) -> None:
        self.intent.emit(intents.LookUpCode(self._said(CODE, "server"), self._said(CODE, "code")))

    def _say_join(self) -> None:
        if self._state.offer is None:
            return
        name, handle, password = (self._said(JOIN, field) for field in ("name", "handle", "password"))
        consent = self._consent.choice if self._consent else None
        code, server = self._state.offer.code, self._said(CODE, "server")
        self.intent.emit(intents.Join(server, code, name, handle, password, consent))

    def _say_host(self) -> None:
        name, handle, password = (self._said(HOST, field) for field in ("name", "handle", "password"))
        self.intent.emit(intents.HostServer(name, handle, password))


def _handle() -> Field:
    return Field(tr("E-mail or handle"), "ben@example.org")


def _password(label: str) -> Field:
    return Field(label, secret=True)


class _Pages(QWidget):
    """One page at a time, as high as that page is; a stack would be as high as its highest."""

    def __init__(self) -> None:
        super().__init__()
        self._pages: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def add(self, page: QWidget) -> None:
        """One more page."""
        self._column.addWidget(page)
        page.setVisible(not self._pages)
        self._pages.append(page)

    def turn_to(self, number: int) -> None:
        """Show this page and no other."""
        for place, page in enumerate(self._pages):
            page.setVisible(place == number)

    @property
    def number(self) -> int:
        """Which page is shown."""
        return next(place for place, page in enumerate(self._pages) if not page.isHidden())


class _Way(RowButton):
    """A large button: a drawing, what it is, and for whom."""

    def __init__(self, look: Look, drawing: str, words: str, about: str) -> None:
        super().__init__(words, about)
        texts = QVBoxLayout()
        texts.setSpacing(space(0.5))
        texts.addWidget(Words(words, "strong"))
        texts.addWidget(Words(about, "caption"))
        self.line.setContentsMargins(space(5), space(4), space(5), space(4))
        self.line.setSpacing(space(4))
        self.line.addWidget(IconLabel(look, drawing, 28, "accent"))
        self.line.addLayout(texts, 1)

    def sizeHint(self) -> QSize:
        return QSize(INNER, self.heightForWidth(INNER))
