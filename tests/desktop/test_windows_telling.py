"""What tells somebody of news: notices that go by themselves, notifications, the badge, who else is looking."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trio
from coachline_desktop import desk, intents
from coachline_desktop.desk import Preferences, QtDesk
from coachline_desktop.icons import app_icon
from coachline_desktop.painter import NOTICE_SECONDS, Painter
from coachline_desktop.state import AppState, Notice
from coachline_desktop.theme import Look
from coachline_desktop.window import Window
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QApplication, QLabel
from support.desktop_people import at_window
from support.process import CLIENT_PASSWORD, serving
from support.windows import MAYA, PASSWORD, TOM, Seated, begin, play
from trio.testing import MockClock, wait_all_tasks_blocked

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.usefixtures("no_keyring")


class Tray(QObject):
    """A tray that only remembers, where the off-screen platform has none."""

    messageClicked = Signal()
    made: list[Tray]

    def __init__(self, icon: QIcon, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.icons, self.tips, self.messages = [icon], [""], list[tuple[str, str]]()
        self.shown = False
        Tray.made.append(self)

    @staticmethod
    def isSystemTrayAvailable() -> bool:
        return True

    @staticmethod
    def supportsMessages() -> bool:
        return True

    def setToolTip(self, words: str) -> None:
        self.tips.append(words)

    def setIcon(self, icon: QIcon) -> None:
        self.icons.append(icon)

    def show(self) -> None:
        self.shown = True

    def showMessage(self, title: str, words: str, _icon: QIcon, _ms: int) -> None:
        self.messages.append((title, words))


@pytest.fixture
def trays(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Tray]]:
    Tray.made = []
    monkeypatch.setattr(desk, "QSystemTrayIcon", Tray)
    yield Tray.made
    Tray.made = []


# -- notices ---------------------------------------------------------------------------------------------


async def test_what_only_informs_goes_after_five_seconds_and_what_went_wrong_stays(
    qtbot: QtBot, tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In virtual time, on the real window; it stands still, for motion is Qt's and takes Qt's time."""
    monkeypatch.setattr(Look, "moves", property(lambda _: False))
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    window = Window(app, Preferences(tmp_path / "preferences.ini"), "test")
    qtbot.addWidget(window.main)
    window.main.show()
    painter = Painter(window, AppState(screen="main"))

    def seen() -> list[str]:
        labels = window.main.notices.findChildren(QLabel)
        return [label.text() for label in labels if label.isVisible() and label.text()]

    async with trio.open_nursery() as nursery:
        nursery.start_soon(painter.run)
        painter.notice(Notice(painter.next_key(), "You train with Maya now."))
        painter.notice(Notice(painter.next_key(), "That went wrong.", "error"))
        await wait_all_tasks_blocked()
        assert seen() == ["You train with Maya now.", "That went wrong."]
        await trio.sleep(NOTICE_SECONDS - 0.1)
        assert seen() == ["You train with Maya now.", "That went wrong."]
        await trio.sleep(0.2)
        assert seen() == ["That went wrong."]
        await trio.sleep(3600)
        assert seen() == ["That went wrong."]
        nursery.cancel_scope.cancel()
    window.close()
    assert NOTICE_SECONDS == 5


# -- notifications, the badge, the toast -------------------------------------------------------------------


def test_a_click_on_a_notification_leads_to_its_conversation(
    qapp: QApplication, data: Path, code: str, tmp_path: Path, trays: list[Tray]
) -> None:
    maya = Seated(qapp, tmp_path / "maya")
    (tray,) = trays

    async def scene() -> None:
        async with serving(data) as daemon, at_window(tmp_path / "tom") as tom:
            await tom.join(daemon.port, code, TOM, CLIENT_PASSWORD)
            await maya.sign_in(daemon.port, MAYA, PASSWORD)
            conversation = await tom.write_to("Maya")
            await maya.until(lambda: "Tom" in maya.titles(), "Tom in the list")
            await maya.press(Qt.Key.Key_2)
            maya.go_elsewhere()
            tom.want(intents.Send(conversation, "Are you there?"))
            await maya.until(lambda: tray.messages == [("Tom", "New message")], "a notification")
            await maya.until(lambda: tray.tips[-1] == "Coachline (1)", "a count beside the icon")
            assert not same(tray.icons[-1], tray.icons[0]), "a count on the icon"
            await maya.until_words("Tom: New message")
            tray.messageClicked.emit()
            await maya.until(lambda: maya.main.shows(conversation), "the conversation before her eyes")
            await maya.until_bubble("Are you there?", None)
            await tom.until_bubble("Are you there?", "read")
            await maya.until(lambda: tray.tips[-1] == "Coachline", "no count any more")
            assert same(tray.icons[-1], tray.icons[0])
            await maya.until(lambda: not maya.main.notices.isVisible(), "no notice of what is open")

            await maya.press(Qt.Key.Key_2)  # the conversation stays open behind the page
            maya.go_elsewhere()
            tom.want(intents.Send(conversation, "Still there?"))
            await maya.until(lambda: len(tray.messages) == 2, "another notification")
            tray.messageClicked.emit()
            await tom.until_bubble("Still there?", "read")
            await maya.until(lambda: not maya.main.notices.isVisible(), "no notice of what is before her eyes")

            tom.want(intents.Send(conversation, "Good."))
            await tom.until_bubble("Good.", "read")
            assert len(tray.messages) == 2, "nobody is told of what is before his eyes"
            assert not maya.main.notices.isVisible()

    play(qapp, [maya], scene)


def same(one: QIcon, other: QIcon) -> bool:
    """Whether two icons look the same."""
    return one.pixmap(32, 32).toImage() == other.pixmap(32, 32).toImage()


def test_the_count_on_the_icon_is_read_at_every_size(qtbot: QtBot, tmp_path: Path, trays: list[Tray]) -> None:
    around = QtDesk(Preferences(tmp_path / "preferences.ini"), app_icon(), "test")
    (tray,) = trays
    assert tray.shown
    around.badge(7)
    around.badge(7)
    assert len(tray.icons) == 2, "painted once for a count"
    for size in (16, 32, 64):
        plain, counted = (icon.pixmap(size, size).toImage() for icon in tray.icons)
        differs = sum(plain.pixel(x, y) != counted.pixel(x, y) for x in range(size) for y in range(size))
        assert differs > size * size * 0.15
        assert counted.pixelColor(round(size * 0.9), round(size * 0.68)) == QColor("#a94420")
    around.badge(70)
    assert tray.tips[-1] == "Coachline (70)"


# -- who else is looking -----------------------------------------------------------------------------------


def test_who_is_looking_is_said_in_the_header_while_he_does(
    qapp: QApplication, data: Path, code: str, maya: Seated, tom: Seated
) -> None:
    """Two windows, one of which has the keyboard at a time: looking is having it, not having been there."""
    looking = "is looking at this conversation"

    async def scene() -> None:
        async with serving(data) as daemon:
            await begin(tom, daemon.port, code)
            await tom.type("Good morning!")
            tom.enter()
            await maya.sign_in(daemon.port, MAYA, PASSWORD)
            await maya.come_forward()
            await maya.open("Tom")
            await tom.until_words(f"online · {looking}")
            assert tom.main.conversation.header.accessibleName() == f"Maya, online · {looking}"
            await maya.press(Qt.Key.Key_4)
            await tom.until(lambda: not tom.says(looking), "Maya, who looks at her settings")
            await maya.press(Qt.Key.Key_1)
            await tom.until_words(looking)
            await tom.come_forward()
            await tom.until(lambda: not tom.says(looking), "Maya, who is at another window")
            await maya.until(lambda: not maya.says(looking), "nothing of Tom, who consented to nothing")

    play(qapp, [maya, tom], scene)
