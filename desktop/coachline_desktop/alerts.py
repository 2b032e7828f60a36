"""New messages, told to whoever does not see them come: in the window, or by the desktop around it."""

from coachline_protocol.rows import Id, Seq

from coachline_desktop import present
from coachline_desktop.painter import Painter
from coachline_desktop.present import Known
from coachline_desktop.screen import Alert, Desk, Screen
from coachline_desktop.state import Key, Notice
from coachline_desktop.words import say


class Alerts:
    """One session's. What was there when it began is no news."""

    def __init__(self, painter: Painter, screen: Screen, desk: Desk) -> None:
        self._painter, self._screen, self._desk = painter, screen, desk
        self._told: dict[Id, Seq] | None = None
        """The newest message of each conversation that was told or seen; None: not everything is here yet."""

    def hear(self, known: Known) -> None:
        """Tell of new messages that nobody is looking at; not of those that were there when this began."""
        newest = {summary.conversation: summary.last.seq or 0 for summary in known.summaries if summary.last}
        if self._told is not None:
            for summary in known.summaries:
                last, before = summary.last, self._told.get(summary.conversation, 0)
                if last is None or not summary.unread or newest[summary.conversation] <= before:
                    continue
                if last.author != known.person:
                    self._tell(present.title(known, summary), present.said_last(known, summary), summary.conversation)
            self._told = {**self._told, **newest}
        elif known.connection.synced:
            self._told = newest

    def seen(self, conversation: Key) -> None:
        """Somebody looks at it: what the window says of it may go."""
        self._painter.dismiss(_toast(conversation))

    def _tell(self, title: str, preview: str, conversation: Id) -> None:
        """In the window, for a moment, where the conversation is not; by the desktop, where nobody is at the window."""
        alerts = self._painter.state.settings.alerts
        if alerts == "off":
            return
        words = preview if alerts == "text" else say("New message")
        if not self._screen.displays(conversation):
            said = say("{who}: {words}", who=title, words=words)
            self._painter.notice(Notice(_toast(conversation), said, "info", conversation))
        if not self._screen.attended():
            self._desk.alert(Alert(title, words, conversation))


def _toast(conversation: Id) -> Key:
    """One for each conversation: what is said next takes the place of what was said before."""
    return b"said in " + conversation
