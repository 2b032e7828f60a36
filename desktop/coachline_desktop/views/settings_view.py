"""How Coachline looks, when it speaks up, what it tells others, and what it is."""

from typing import get_args

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout

from coachline_desktop import intents
from coachline_desktop.actions import ACTIONS, tip
from coachline_desktop.state import Alerts, Appearance, AppState, TextPercent
from coachline_desktop.theme import Look, space
from coachline_desktop.views.controls import Avatar, Card, Column, IconLabel, Option, Words, button, row
from coachline_desktop.views.flow import flow
from coachline_desktop.views.phrases import Phrase, breakable, who
from coachline_desktop.views.row_button import RowButton
from coachline_desktop.words import say as tr


class SettingsPage(Column):
    """Says `ChangeSettings`, `ChangeReceipts`, `CopyDiagnostics`, `SignOut`; `place("devices")`: they are asked for."""

    intent = Signal(object)
    place = Signal(str)

    def __init__(self, look: Look, version: str) -> None:
        super().__init__(look, tr("Settings"))
        self.column.addWidget(Words(tr("Settings"), "heading"))
        self._avatar, self._name, self._handle = Avatar(look, space(14)), Phrase("", "title"), Phrase("", "caption")
        self.column.addWidget(self._me())
        self.devices = self._devices()
        self.column.addWidget(self.devices)
        self._appearance: dict[Appearance, Option] = {}
        self._sizes: dict[TextPercent, Option] = {}
        self._alerts: dict[Alerts, Option] = {}
        self.column.addWidget(self._looks())
        self.column.addWidget(self._speaks())
        self.enter = Option(tr("Enter sends, Shift+Enter breaks the line"))
        self.receipts = Option(tr("Tell others when I have read their messages"))
        self.column.addWidget(self._writes())
        self.secrets = Words("", "caption")
        self.column.addWidget(self._keys())
        self.column.addWidget(self._about(version))
        self.column.addStretch(1)

    def _me(self) -> Card:
        leave = button(tr("Sign out"), "danger")
        leave.clicked.connect(lambda: self.intent.emit(intents.SignOut()))
        return Card(flow(who(self._avatar, self._name, self._handle), leave, gap=3, apart=True))

    def _devices(self) -> RowButton:
        words, about = tr("Devices"), tr("Where you are signed in, and signing out there")
        made = RowButton(words, about)
        made.setToolTip(tip("devices"))
        made.line.addWidget(IconLabel(self._look, "devices", 28))
        told = QVBoxLayout()
        told.setSpacing(0)
        told.addWidget(Words(words, "strong"))
        told.addWidget(Words(about, "caption"))
        made.line.addLayout(told, 1)
        made.clicked.connect(lambda: self.place.emit("devices"))
        return made

    def _looks(self) -> Card:
        card = Card(Words(tr("Appearance"), "section"), spacing=1)
        group = QButtonGroup(self)
        choices: tuple[tuple[Appearance, str], ...] = (
            ("system", tr("As the system")),
            ("light", tr("Light, like paper")),
            ("dark", tr("Dark, like the evening")),
        )
        for value, words in choices:
            choice = Option(words, of=group)
            choice.button.clicked.connect(
                lambda _=False, value=value: self.intent.emit(intents.ChangeSettings(appearance=value))
            )
            self._appearance[value] = choice
            card.column.addWidget(choice)
        card.column.addSpacing(space(2))
        card.column.addWidget(Words(tr("Size of text"), "label"))
        group = QButtonGroup(self)
        for percent in get_args(TextPercent):
            choice = Option(tr("{percent} %").format(percent=percent), of=group)
            choice.button.clicked.connect(
                lambda _=False, percent=percent: self.intent.emit(intents.ChangeSettings(text_percent=percent))
            )
            self._sizes[percent] = choice
            card.column.addWidget(choice)
        return card

    def _speaks(self) -> Card:
        about = tr("Only for conversations you are not looking at. Health values never stand in a notification.")
        card = Card(Words(tr("Notifications"), "section"), Words(about, "soft"), spacing=1)
        group = QButtonGroup(self)
        choices: tuple[tuple[Alerts, str], ...] = (
            ("text", tr("Who writes, and what")),
            ("sender", tr("Only who writes")),
            ("off", tr("None")),
        )
        for value, words in choices:
            choice = Option(words, of=group)
            choice.button.clicked.connect(
                lambda _=False, value=value: self.intent.emit(intents.ChangeSettings(alerts=value))
            )
            self._alerts[value] = choice
            card.column.addWidget(choice)
        return card

    def _writes(self) -> Card:
        self.enter.button.clicked.connect(lambda on: self.intent.emit(intents.ChangeSettings(enter_sends=on)))
        self.receipts.button.clicked.connect(lambda on: self.intent.emit(intents.ChangeReceipts(on)))
        fair = Words(tr("Whoever does not tell is not told either."), "caption")
        return Card(Words(tr("Messages"), "section"), self.enter, self.receipts, fair, spacing=1)

    def _keys(self) -> Card:
        """Everything that can be done from the keyboard."""
        card = Card(Words(tr("Keyboard"), "section"), spacing=1)
        for action in ACTIONS:
            shown = QKeySequence(action.keys[0]).toString(QKeySequence.SequenceFormat.NativeText)
            card.column.addLayout(flow(Phrase(tr(action.tip)), Words(shown, "key", wrap=False), apart=True))
        return card

    def _about(self, version: str) -> Card:
        copy = button(tr("Copy diagnostics"), "secondary", tip("diagnostics"))
        copy.clicked.connect(lambda: self.intent.emit(intents.CopyDiagnostics()))
        words = tr("Coachline {version}. No telemetry, and no connection but to your own server.")
        return Card(
            Words(tr("About"), "section"),
            Words(words.format(version=version), "soft"),
            self.secrets,
            row(copy, 1),
            spacing=2,
        )

    def show_state(self, state: AppState) -> None:
        """Show what is chosen."""
        if state.me is not None:
            self._avatar.show_person(state.me.initials, state.me.hue)
            self._name.setText(state.me.name)
            zone = state.me.zone.replace("/", "/\u200b")
            self._handle.setText(" · ".join(part for part in (breakable(state.me.handle), zone) if part))
            self.receipts.choose(state.me.receipts)
        self._appearance[state.settings.appearance].choose(True)
        self._sizes[state.settings.text_percent].choose(True)
        self._alerts[state.settings.alerts].choose(True)
        self.enter.choose(state.settings.enter_sends)
        self.secrets.setText(state.secrets_notice)
        self.secrets.setVisible(bool(state.secrets_notice))
