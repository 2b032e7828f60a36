"""Somebody's window in the demo: the program's own, on the demo's session, worked by keys and clicks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import trio
from coachline_core.client.session import Session
from coachline_core.runtime.nursery import flat_nursery
from coachline_core.runtime.seams import Clock
from coachline_desktop import loop
from coachline_desktop.desk import Preferences, QtDesk
from coachline_desktop.icons import app_icon
from coachline_desktop.painter import Painter
from coachline_desktop.signed_in import SignedIn
from coachline_desktop.state import AppState
from coachline_desktop.window import Window
from coachline_protocol.rows import Id
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from demo.goals_hands import GoalsHands

RELEASE: Final = "demo"
LOOK_SECONDS: Final = 0.01
PATIENCE_SECONDS: Final = 5
CLICK_SECONDS: Final = 0.5


class Pane:
    """One window on one session, from `live` until that is cancelled."""

    def __init__(self, app: QApplication, folder: Path, place: QRect, name: str) -> None:
        """`folder`: where its preferences lie. `place`: on the screen. `name`: stands in the title bar."""
        preferences = Preferences(folder / "preferences.ini")
        self._window = Window(app, preferences, RELEASE)
        self._main = self._window.main
        self._main.windowTitleChanged.connect(lambda title: self._entitle(title, name))
        self.goals = GoalsHands(self._main, self._until)
        """Hands on the Goals page."""
        self._desk = QtDesk(preferences, app_icon(), RELEASE)
        self._wants = loop.listen(self._window.wants)
        self._main.setGeometry(place)
        self._entitle(self._main.windowTitle(), name)

    async def live(self, session: Session, clock: Clock, *, task_status: trio.TaskStatus[None]) -> None:
        """Show the session until it ends."""
        painter = Painter(self._window, AppState(settings=self._desk.load_settings()))
        signed_in = SignedIn(session, painter, self._window, self._desk, clock)
        self._main.show()
        try:
            async with flat_nursery() as nursery:
                nursery.start_soon(painter.run)
                task_status.started()
                await signed_in.live(self._wants)
                nursery.cancel_scope.cancel()
        finally:
            # The program goes on without it; only when somebody closes the last window is it over.
            self._main.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
            self._window.close()
            self._main.deleteLater()

    # -- doing ---------------------------------------------------------------------------------------------

    async def open(self, conversation: Id) -> None:
        """Click the conversation in the list."""
        rows, view = self._main.side.list.model, self._main.side.list.view
        await self._until(lambda: rows.row_of(conversation) is not None and view.isVisible())
        while not self._main.conversation.composer.isVisible():
            row = rows.row_of(conversation)
            if row is not None and view.isVisible():  # rows move while messages come: then once more
                box = view.visualRect(rows.index(row))
                QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=box.center())
            with trio.move_on_after(CLICK_SECONDS):
                await self._until(self._main.conversation.composer.isVisible)

    async def come_forward(self) -> bool:
        """Give the window the keyboard; returns whether it has it: some desktops let no program take it."""
        self._main.come_forward()
        return await self._until(self._main.isActiveWindow)

    def key(self, character: str) -> None:
        """Press a key in the composer."""
        QTest.keyClicks(self._main.conversation.composer.box, character)

    def enter(self) -> None:
        """Press Return in the composer."""
        QTest.keyClick(self._main.conversation.composer.box, Qt.Key.Key_Return)

    async def _until(self, is_so: Callable[[], object]) -> bool:
        """Look between the frames, for views tell nobody that they have painted; returns whether it came to be so."""
        with trio.move_on_after(PATIENCE_SECONDS):
            while not is_so():  # noqa: ASYNC110
                await trio.sleep(LOOK_SECONDS)
            return True
        return False

    # -- seeing --------------------------------------------------------------------------------------------

    def photograph(self) -> QPixmap:
        """The window as it looks now."""
        return self._main.grab()

    def _entitle(self, title: str, name: str) -> None:
        if name not in title:
            self._main.setWindowTitle(f"{title} · {name}")
