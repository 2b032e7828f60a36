"""The one window as the program sees it: the views' main window, its look, its actions, its place on the screen."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QApplication

from coachline_desktop import goal_intents, intents, theme
from coachline_desktop.actions import ACTIONS, Action, tip
from coachline_desktop.desk import Preferences
from coachline_desktop.state import AppState, Key
from coachline_desktop.views.main_window import MainWindow
from coachline_desktop.words import say


class Placed(MainWindow):
    """A main window that remembers where it was when it is closed."""

    def __init__(self, look: theme.Look, version: str, preferences: Preferences) -> None:
        super().__init__(look, version)
        self._preferences = preferences
        preferences.place(self)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._preferences.keep_place(self)
        super().closeEvent(event)


class Window(QObject):
    """Shows states on the main window, in the look that was chosen. `wants`: what somebody wants."""

    wants = Signal(object)

    def __init__(self, app: QApplication, preferences: Preferences, version: str) -> None:
        super().__init__()
        self._app = app
        self._settings = preferences.load()
        first = self._theme()
        theme.dress(app, first)
        self._look = theme.Look(first)
        self._state = AppState()
        self.main = Placed(self._look, version, preferences)
        self.main.intent.connect(self.wants)
        self._shortcuts = [(action, self._shortcut(action)) for action in ACTIONS]
        app.styleHints().colorSchemeChanged.connect(self._dress)

    def show_state(self, state: AppState) -> None:
        self._state = state
        if state.settings != self._settings:
            self._settings = state.settings
            self._dress()
        self.main.show_state(state)
        for action, shortcut in self._shortcuts:
            shortcut.setEnabled(action.possible(state))

    def sent(self, conversation: Key) -> None:
        self.main.sent(conversation)

    def refused(self, conversation: Key, text: str, words: str) -> None:
        self.main.refused(conversation, text, words)

    def form_done(self, said: goal_intents.Filled | intents.MakeInvitation) -> None:
        self.main.form_done(said)

    def form_refused(self, place: str, field: str, words: str) -> bool:
        return self.main.goals.form_refused(place, field, words)

    def displays(self, conversation: Key) -> bool:
        return self.main.displays(conversation)

    def attended(self) -> bool:
        return self.main.attended()

    def come_forward(self) -> None:
        self.main.come_forward()

    def follow(self, intent: object) -> None:
        """What a click outside the window wants: the window, with the conversation it is about."""
        self.main.come_forward()
        self.main.go("chats")
        self.wants.emit(intent)

    def close(self) -> None:
        """No window any more; its place is remembered."""
        QGuiApplication.styleHints().colorSchemeChanged.disconnect(self._dress)
        self.main.close()

    def _shortcut(self, action: Action) -> QAction:
        made = QAction(say(action.title), self.main)
        made.setObjectName(action.name)
        made.setToolTip(tip(action.name))
        made.setShortcuts([QKeySequence(key) for key in action.keys])
        made.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        made.triggered.connect(lambda: self._do(action))
        self.main.addAction(made)
        return made

    def _do(self, action: Action) -> None:
        match action.wants(self._state):
            case None:
                pass
            case "quit":
                self.main.close()
            case "write":
                self.main.go("chats")
                self.main.conversation.composer.box.setFocus(Qt.FocusReason.ShortcutFocusReason)
            case "new":
                self.main.conversation.timeline.go_to_new()
            case "end":
                self.main.conversation.timeline.go_to_end()
            case "goals":
                self.main.go("goals")
                self.main.goals.focus_first()
            case "new_goal":
                self.main.go("goals")
                self.main.goals.new_goal()
            case "agreement":
                self.main.show_agreement()
            case "older":
                self.main.conversation.timeline.go_up()
            case "invite":
                self.main.go("people")
                self.main.people.focus_first()
            case str(place):
                self.main.go(place)
            case intents.OpenConversation() as intent:
                self.main.go("chats")
                self.wants.emit(intent)
            case goal_intents.ShowDay() as intent:
                self.main.go("goals")
                self.wants.emit(intent)
            case intent:
                self.wants.emit(intent)

    def _theme(self) -> theme.Theme:
        return theme.theme_for(self._settings.appearance, self._settings.text_percent / 100)

    def _dress(self) -> None:
        dressed = self._theme()
        if dressed == self._look.theme:
            return
        theme.dress(self._app, dressed)
        self._look.use(dressed)
