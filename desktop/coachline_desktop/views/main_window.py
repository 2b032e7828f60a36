"""The window: two columns, or one at a time where there is no room for both. It shows states and passes intents on."""

from importlib import resources

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

import coachline_desktop
from coachline_desktop import intents
from coachline_desktop.goal_intents import Filled, ShowGoal
from coachline_desktop.icons import app_icon
from coachline_desktop.intents import Page
from coachline_desktop.state import AppState, Key
from coachline_desktop.stylesheet import stylesheet
from coachline_desktop.theme import Look, space
from coachline_desktop.views.agreement_page import AgreementPage
from coachline_desktop.views.banner import Banner, Notices
from coachline_desktop.views.controls import IconButton, row
from coachline_desktop.views.conversation_view import ConversationView
from coachline_desktop.views.devices_view import DevicesPage
from coachline_desktop.views.empty_note import EmptyPage
from coachline_desktop.views.first_run import FirstRunView
from coachline_desktop.views.goals_view import GoalsPage
from coachline_desktop.views.people_view import PeoplePage
from coachline_desktop.views.settings_view import SettingsPage
from coachline_desktop.views.side import Side
from coachline_desktop.words import say as tr

QWIDGETSIZE_MAX = 16_777_215
"""Qt's word for no limit, which its bindings do not have."""
SMALLEST = (520, 440)
FOLDS_BELOW = 820
"""Pixels at a text size of 100 %: narrower than this, one column at a time."""
SIDE = space(80)
PAGES: dict[str, Page] = {"goals": "goals", "people": "people", "devices": "devices", "settings": "settings"}


class MainWindow(QMainWindow):
    """Shows `AppState`; everything somebody wants comes out of `intent`, one of `intents.Intent`."""

    intent = Signal(object)

    def __init__(self, look: Look, version: str = "") -> None:
        super().__init__()
        self._look = look
        self._state = AppState()
        self._place = "chats"
        self._within = {"devices": "settings", "agreement": "people"}
        """Pages that are reached through another, whose tab they mark: the agreement from wherever one was."""
        self._looked_at: Key | None = None
        self.first_run = FirstRunView(look)
        self.side = Side(look)
        self.conversation = ConversationView(look)
        self.goals = GoalsPage(look)
        self.agreement = AgreementPage(look)
        self.people = PeoplePage(look)
        self.devices = DevicesPage(look)
        self.settings = SettingsPage(look, version or getattr(coachline_desktop, "__version__", "0.1"))
        self._pages: dict[str, GoalsPage | AgreementPage | PeoplePage | DevicesPage | SettingsPage] = {
            "goals": self.goals,
            "agreement": self.agreement,
            "people": self.people,
            "devices": self.devices,
            "settings": self.settings,
        }
        self.banner, self.notices = Banner(look), Notices(look)
        self._nothing = EmptyPage(look, "message")
        self._nothing.setObjectName("nothing")
        self.back = IconButton(look, "back", tr("Back to the conversations"))
        self._back_bar = QWidget()
        self._right = QStackedWidget()
        self._screens = QStackedWidget()
        self._arrange()
        self._connect()
        self.setWindowTitle("Coachline")
        self.setWindowIcon(app_icon())
        self.setMinimumSize(*SMALLEST)
        self.resize(1120, 760)
        self._dress()
        self.show_state(self._state)

    def _arrange(self) -> None:
        for page in (self._nothing, self.conversation, *self._pages.values()):
            self._right.addWidget(page)
        bar = row(self.back, 1)
        bar.setContentsMargins(space(2), space(2), space(2), 0)
        self._back_bar.setLayout(bar)
        right = QWidget()
        right.setObjectName("page_ground")
        right.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.notices)
        column.addWidget(self._back_bar)
        column.addWidget(self._right, 1)
        self._content = right
        both = QWidget()
        line = QHBoxLayout(both)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(self.side)
        line.addWidget(right, 1)
        self._screens.addWidget(self.first_run)
        self._screens.addWidget(both)
        self.setCentralWidget(self._screens)

    def _connect(self) -> None:
        for part in (self.first_run, self.conversation):
            part.intent.connect(self.intent)
        for page in self._pages.values():
            page.intent.connect(self.intent)
        self.conversation.timeline.intent.connect(self._show_goal)
        self.side.list.chosen.connect(self._choose)
        self.side.place.connect(self.go)
        self.settings.place.connect(self.go)
        self.conversation.header.back.connect(self._go_back)
        self.conversation.header.agreement.connect(self.show_agreement)
        self.people.agreement.connect(self.show_agreement)
        self.back.clicked.connect(self._go_back)
        self.banner.retry.connect(lambda: self.intent.emit(intents.RetryConnection()))
        self.notices.dismissed.connect(lambda key: self.intent.emit(intents.DismissNotice(key)))
        self.notices.opened.connect(self._choose)
        self.side.list.begun.connect(self._begin)
        self.goals.inviting.connect(self._begin)
        self._look.changed.connect(self._dress)

    # -- what is shown ---------------------------------------------------------------------------------------

    def show_state(self, state: AppState) -> None:
        """Show this state; every part finds out by itself what of it is new."""
        before, self._state = self._state, state
        if state.screen != before.screen:
            self._forget()
        self._screens.setCurrentIndex(0 if state.screen == "first_run" else 1)
        self.first_run.show_state(state.first_run)
        self.side.show_state(state)
        self.banner.show_state(state.banner)
        self.notices.show_notices(state.notices)
        self._show_nothing(state)
        self.conversation.composer.enter_sends = state.settings.enter_sends
        if state.current is not None:
            self.conversation.show_state(state.current)
        for page in self._pages.values():
            page.show_state(state)
        unread = f"({state.unread}) " if state.unread else ""
        self.setWindowTitle(f"{unread}Coachline")
        opened = _id(state) != _id(before) and state.current is not None
        if opened:
            self._place = "chats"
        self._fold()
        if opened:
            self.conversation.composer.box.setFocus()

    def _forget(self) -> None:
        """Somebody came or went: whoever is next at the window finds it as if nobody had been there."""
        self._place = "chats"
        for part in (self.first_run, self.conversation, self.goals, self.people):
            part.forget()

    def _show_nothing(self, state: AppState) -> None:
        """What stands where no conversation is open."""
        if state.conversations:
            self._nothing.note.say(tr("Choose a conversation"), tr("It opens here."))
        else:
            self._nothing.note.say(tr("Quiet so far"), tr("Conversations open here."))

    def _begin(self) -> None:
        """Go where a first conversation begins."""
        self.go("people")
        self.people.focus_first()

    def sent(self, conversation: Key) -> None:
        """What was written is kept, and on its way: it is shown where it stands."""
        if conversation == _id(self._state):
            self.conversation.timeline.follow()

    def refused(self, conversation: Key, text: str, words: str) -> None:
        """What was written cannot be sent, and why: the composer has it again."""
        if conversation == _id(self._state):
            self.conversation.composer.give_back(text, words)

    def form_done(self, said: Filled | intents.MakeInvitation) -> None:
        """What a form said is kept."""
        if isinstance(said, intents.MakeInvitation):
            self.people.invite.done(said)
        else:
            self.goals.form_done(said)

    def shows(self, conversation: Key) -> bool:
        """This conversation is before somebody's eyes: open, in a window that has the keyboard."""
        return self.displays(conversation) and self.attended()

    def displays(self, conversation: Key) -> bool:
        """This conversation is on the screen, whether or not somebody is there."""
        return conversation == _id(self._state) and self.conversation.isVisible() and not self.isMinimized()

    def attended(self) -> bool:
        """Somebody is at the window: it has the keyboard."""
        return self.isActiveWindow() and not self.isMinimized()

    def come_forward(self) -> None:
        """Show the window above the others."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()

    def go(self, place: str) -> None:
        """Show the conversations, people, devices or settings."""
        self._place = place
        if place in PAGES:
            self.intent.emit(intents.OpenPage(PAGES[place]))
        self._fold()

    def _show_goal(self, want: object) -> None:
        """A card was pressed: its goal stands on another page."""
        if isinstance(want, ShowGoal):
            self.goals.seek(want.goal)
            self.go("goals")

    def show_agreement(self, person: Key | None = None) -> None:
        """Show what is shared with somebody; without a name, with whom one talks."""
        talked_to = self._state.current.other if self._state.current is not None else None
        if self._place != "agreement":
            self._within["agreement"] = self._place
        self.agreement.show_person(talked_to if person is None else person)
        self.go("agreement")
        self.agreement.setFocus()

    def _choose(self, conversation: Key) -> None:
        self._place = "chats"
        self.intent.emit(intents.OpenConversation(conversation))
        self._fold()

    def _go_back(self) -> None:
        """To the list, or to the page through which this one was reached."""
        if self._place == "chats":
            self.intent.emit(intents.OpenConversation(None))
        self._place = self._within.get(self._place, "chats")
        self._fold()

    @property
    def look(self) -> Look:
        """How everything in it is drawn."""
        return self._look

    @property
    def folded(self) -> bool:
        """There is room for one column only."""
        return self.width() < FOLDS_BELOW * self._look.theme.text_scale

    def _fold(self) -> None:
        """Show what there is room for."""
        pages = self._pages
        chats = self.conversation if self._state.current is not None else self._nothing
        self._right.setCurrentWidget(pages.get(self._place, chats))
        self.side.mark(self._within.get(self._place, self._place))
        alone = self.folded
        content = not alone or self._place in pages or self._state.current is not None
        self._content.setVisible(content)
        self.side.setVisible(not alone or not content)
        side, share = self._look.theme.grown(SIDE), round(self.width() * 0.36)
        self.side.setMinimumWidth(0 if alone else min(side, share))
        self.side.setMaximumWidth(QWIDGETSIZE_MAX if alone else min(side + space(10), share))
        within = self._within.get(self._place)
        self._back_bar.setVisible(within is not None or (alone and self._place in pages))
        self.back.call(_back_words(within))
        self.conversation.header.back_button.setVisible(alone)
        self._tell_looking()

    def _tell_looking(self) -> None:
        """Say which conversation is before somebody's eyes, when that is another than before."""
        opened = _id(self._state)
        looked_at = opened if opened is not None and self.shows(opened) else None
        if looked_at != self._looked_at:
            self._looked_at = looked_at
            self.intent.emit(intents.LookAt(looked_at))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return presses what has the keyboard, which Qt leaves to the space bar outside of dialogs."""
        pressed = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(pressed, QAbstractButton):
            pressed.click()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.ActivationChange, QEvent.Type.WindowStateChange):
            self._tell_looking()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def _dress(self) -> None:
        theme = self._look.theme
        drawings = str(resources.files(coachline_desktop).joinpath("icons")).replace("\\", "/")
        if QGuiApplication.instance() is not None:
            self.setPalette(theme.palette())
        self.setStyleSheet(stylesheet(theme, drawings))
        self._fold()


def _back_words(place: str | None) -> str:
    """Where the arrow above a page leads."""
    words = {"settings": tr("Back to the settings"), "people": tr("Back to people"), "goals": tr("Back to goals")}
    return words.get(place or "", tr("Back to the conversations"))


def _id(state: AppState) -> Key | None:
    return state.current.id if state.current else None
