"""The real window on a real daemon, off-screen: found by what a person sees, driven by keys and clicks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import trio
from coachline_core.runtime.nursery import flat_nursery
from coachline_core.runtime.seams import SystemClock
from coachline_desktop import loop
from coachline_desktop.app import App
from coachline_desktop.desk import Preferences, QtDesk
from coachline_desktop.icons import app_icon
from coachline_desktop.models import ROW
from coachline_desktop.places import Places
from coachline_desktop.state import AppState, Bubble
from coachline_desktop.views.row_button import RowButton
from coachline_desktop.views.timeline_delegate import TimelineDelegate
from coachline_desktop.window import Window
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget
from support.process import CLIENT_PASSWORD, GIVE_UP_SECONDS

MAYA, ADA, TOM = "maya@example.org", "ada@example.org", "tom@example.org"
"""A trainer, an admin, and a client to be."""
PASSWORD = "correct horse battery staple"
LOOK_SECONDS = 0.01
T = TypeVar("T", bound=QWidget)


class Seated:
    """Somebody in front of a window."""

    def __init__(self, app: QApplication, folder: Path) -> None:
        places = Places(folder)
        preferences = Preferences(places.preferences)
        self.window = Window(app, preferences, "test")
        self.main = self.window.main
        desk = QtDesk(preferences, app_icon(), "test")
        desk.wants.connect(self.window.follow)
        self._wants = loop.listen(self.window.wants)
        self._app = App(places, self.window, desk, SystemClock())
        self.desk = desk
        self.main.show()

    async def run(self) -> None:
        await self._app.run(self._wants)

    # -- seeing --------------------------------------------------------------------------------------------

    async def until(self, is_so: Callable[[], object], what: str) -> None:
        """Wait for something to be so; looked at between the frames, for views tell nobody that they have painted."""
        with trio.move_on_after(GIVE_UP_SECONDS):
            while not is_so():  # noqa: ASYNC110
                await trio.sleep(LOOK_SECONDS)
            return
        raise AssertionError(f"never seen: {what}; seen: {self.words()}")

    def words(self) -> list[str]:
        """Every word on labels, buttons and in the timeline that can be seen."""
        seen = [label.text() for label in self.main.findChildren(QLabel) if label.isVisible()]
        seen += [button.text() for button in self.main.findChildren(QAbstractButton) if button.isVisible()]
        noted = [row.text for row in self._rows() if row.system]
        return [words for words in (*seen, *map(str, self.bubbles()), *noted) if words]

    async def until_words(self, words: str) -> None:
        """Wait for words to be seen."""
        await self.until(lambda: any(words in seen for seen in self.words()), words)

    def bubbles(self) -> list[tuple[str, str | None]]:
        """The messages of the timeline with their ticks."""
        return [(row.text, row.tick) for row in self._rows() if not row.system]

    def _rows(self) -> list[Bubble]:
        """What stands in the timeline, if it can be seen."""
        rows = self.main.conversation.timeline.rows
        if not self.main.conversation.timeline.isVisible():
            return []
        found = [rows.index(place).data(ROW) for place in range(rows.rowCount())]
        return [row for row in found if isinstance(row, Bubble)]

    def spoken(self) -> list[str]:
        """The rows of the timeline, as a screen reader is given them."""
        timeline = QAccessible.queryAccessibleInterface(self.main.conversation.timeline)
        assert timeline is not None
        return [timeline.child(place).text(QAccessible.Text.Name) for place in range(timeline.childCount())]

    async def until_spoken(self, *words: str) -> None:
        """Wait for a row of the timeline that says all of this to who cannot see it."""
        await self.until(lambda: any(all(part in row for part in words) for row in self.spoken()), f"a row: {words}")

    async def until_bubble(self, text: str, tick: str | None) -> None:
        """Wait for a message with a tick."""
        await self.until(lambda: (text, tick) in self.bubbles(), f"{text} {tick}")

    def titles(self) -> list[str]:
        """The conversation list."""
        rows = self.main.side.list.model
        return [rows.index(place).data(ROW).title for place in range(rows.rowCount())]

    def preview(self, title: str) -> str:
        """What the list says was said last."""
        rows = self.main.side.list.model.rows
        return next((row.preview for row in rows if row.title == title), "")

    def sees(self, name: str) -> bool:
        """Something with this name, for who cannot see it, is visible."""
        return any(widget.isVisible() and widget.accessibleName() == name for widget in self.main.findChildren(QWidget))

    def buttons(self) -> dict[str, QAbstractButton]:
        """Every visible button, box and choice, by its name."""
        found = self.main.findChildren(QAbstractButton)
        return {button.accessibleName() or button.text(): button for button in found if button.isVisible()}

    def names(self) -> set[str]:
        """The names of everything that can be pressed."""
        return set(self.buttons())

    # -- doing ---------------------------------------------------------------------------------------------

    async def click(self, words: str, nth: int = 0) -> None:
        """Click the button or card that says so (the nth of them), once it can be clicked."""
        await self.until(lambda: len(self._clickable(words)) > nth, f"something to click that says {words}")
        QTest.mouseClick(self._clickable(words)[nth], Qt.MouseButton.LeftButton)

    async def click_row(self, name: str) -> None:
        """Click the line about somebody that is one button, such as a client's in the trainer's list."""

        def found() -> RowButton | None:
            rows = self.main.findChildren(RowButton)
            return next((row for row in rows if row.isVisible() and row.accessibleName().split(", ")[0] == name), None)

        await self.until(found, f"a line about {name}")
        row = found()
        assert row is not None
        QTest.mouseClick(row, Qt.MouseButton.LeftButton)

    def _clickable(self, words: str) -> list[QAbstractButton]:
        buttons = self.main.findChildren(QAbstractButton)
        named = [button for button in buttons if words in (button.text(), button.accessibleName())]
        return [button for button in named if button.isVisible() and button.isEnabled()]

    async def fill(self, label: str, text: str) -> None:
        """Write into the visible field with a label."""
        await self.until(lambda: self._field(label), f"a field {label}")
        found = self._field(label)
        assert found is not None
        found.clear()
        QTest.keyClicks(found, text)

    def _field(self, label: str) -> QLineEdit | None:
        return next(
            (line for line in self.main.findChildren(QLineEdit) if line.accessibleName() == label and line.isVisible()),
            None,
        )

    @property
    def state(self) -> AppState:
        """What the program has the window show: a box is ticked by the click, and holds when this says so."""
        return self.main._state

    async def come_forward(self) -> None:
        """Give the window the keyboard."""
        self.main.come_forward()
        await self.until(self.main.isActiveWindow, "the window, active")

    def go_elsewhere(self) -> None:
        """Leave the window: it has the keyboard no more."""
        self.main.showMinimized()

    def says(self, words: str) -> bool:
        """Words can be seen."""
        return any(words in seen for seen in self.words())

    async def type(self, text: str) -> None:
        """Write into the composer, in a window that gets the keyboard."""
        await self.come_forward()
        QTest.keyClicks(self.main.conversation.composer.box, text)

    async def retry(self, text: str) -> None:
        """Click Retry beneath a message that failed."""
        timeline = self.main.conversation.timeline
        delegate = timeline.itemDelegate()
        assert isinstance(delegate, TimelineDelegate)

        def point() -> QPoint | None:
            """Where Retry is now, if it is in view: the timeline moves while it is laid out."""
            for place, row in enumerate(timeline.rows.rows):
                if isinstance(row, Bubble) and row.text == text and row.tick == "failed":
                    pressed = delegate.layout_of(row).retry
                    assert pressed is not None, "nothing to press"
                    corner = timeline.visualRect(timeline.model().index(place, 0)).topLeft()
                    found = pressed.center().toPoint() + corner
                    return found if timeline.viewport().rect().contains(found) else None
            return None

        await self.until(point, "Retry in view")
        QTest.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=point() or QPoint())

    def enter(self) -> None:
        """Press Return in the composer."""
        QTest.keyClick(self.main.conversation.composer.box, Qt.Key.Key_Return)

    async def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.ControlModifier) -> None:
        """Press a shortcut in the window, which gets the keyboard."""
        await self.come_forward()
        QTest.keyClick(self.main, key, modifier)

    async def open(self, title: str) -> None:
        """Click a conversation of the list."""
        await self.until(lambda: title in self.titles(), f"{title} in the list")
        view = self.main.side.list.view
        box = view.visualRect(view.model().index(self.titles().index(title), 0))
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=box.center())
        header = self.main.conversation.header
        await self.until(
            lambda: header.isVisible() and header.accessibleName().split(", ")[0] == title, f"{title} open"
        )

    async def join(self, port: int, code: str, name: str, handle: str, password: str) -> None:
        """From the first screen, with an invitation code, to the conversations."""
        await self.click("I have an invitation code")
        await self.fill("Server", f"127.0.0.1:{port}")
        await self.fill("Invitation code", code)
        await self.click("Look at the invitation")
        await self.until_words("invites you to")
        await self.fill("Your name", name)
        await self.fill("E-mail or handle", handle)
        await self.fill("A password, at least 10 characters", password)
        await self.click("Make my account")

    async def sign_in(self, port: int, handle: str, password: str) -> None:
        """From the first screen to the conversations."""
        await self.click("I have an account")
        await self.fill("Server", f"127.0.0.1:{port}")
        await self.fill("E-mail or handle", handle)
        await self.fill("Password", password)
        await self.click("Sign in")

    async def invite(self, note: str, choice: str = "") -> str:
        """Make an invitation and read its code off the screen."""
        await self.press(Qt.Key.Key_N)
        before = set(self.codes())
        if choice:
            await self.click(choice)
        await self.fill("Who is it for?", note)
        await self.click("Make an invitation")
        await self.until(lambda: set(self.codes()) - before, "a code")
        (made,) = set(self.codes()) - before
        return made

    def codes(self) -> list[str]:
        """The codes of invitations that can be read now."""
        labels = [label for label in self.main.people.findChildren(QLabel) if label.property("manner") == "code"]
        return [label.text().replace("\u200b", "") for label in labels if label.isVisible()]

    async def accept(self, code: str, coach: str) -> None:
        """Enter a coach's code and begin with her."""
        await self.press(Qt.Key.Key_2)
        await self.fill("The code you were given", code)
        await self.click("Look at the invitation")
        await self.click(f"Accept {coach} as my coach")
        await self.until_words(f"You train with {coach} now.")


async def begin(tom: Seated, port: int, code: str) -> None:
    """Tom joins with Maya's code and opens the conversation with her."""
    await tom.join(port, code, "Tom", TOM, CLIENT_PASSWORD)
    await tom.click("People")
    await tom.click("Message Maya")
    await tom.until(lambda: tom.main.conversation.isVisible(), "the conversation")


@asynccontextmanager
async def seated(person: Seated) -> AsyncIterator[Seated]:
    """Somebody at his window until the block ends: then he closes it."""
    async with flat_nursery() as nursery:
        nursery.start_soon(person.run)
        yield person
        nursery.cancel_scope.cancel()
    person.window.close()


def play(app: QApplication, seated: list[Seated], scene: Callable[[], Awaitable[None]]) -> None:
    """Play a scene with these people at their windows, on Qt's loop."""

    async def main() -> None:
        async with flat_nursery() as nursery:
            for person in seated:
                nursery.start_soon(person.run)
            await scene()
            nursery.cancel_scope.cancel()

    try:
        loop.run(app, main)
    finally:
        for person in seated:
            person.window.close()
