"""Somebody's hands on the Goals page of a window: what is typed, ticked and pressed there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import trio
from coachline_desktop.goal_words import KIND_WORDS
from coachline_desktop.views.main_window import MainWindow
from coachline_desktop.views.row_button import RowButton
from coachline_protocol.rows import GoalKind, Id
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from demo.person import Stuck

Until = Callable[[Callable[[], object]], Awaitable[bool]]
SPACE: Final = Qt.Key.Key_Space
LAID_OUT_SECONDS: Final = 0.1
"""Some frames: where a widget is, is known after the page was laid out."""
TRIES: Final = 24
"""Times a window's patience: pages are built anew while people wait for them on busy machines."""
ABOVE: Final = 20
"""Pixels left above what is looked at."""


class GoalsHands:
    """Works the page by keys; what it looks for must come to be there, else Stuck is raised."""

    def __init__(self, main: MainWindow, until: Until) -> None:
        """`until`: looks between frames, and says whether it came to be so within the window's patience."""
        self._main = main
        self._page = main.goals
        self._until = until

    async def go(self) -> None:
        """To the page."""
        self._main.go("goals")
        await self._wait(self._page.isVisible)

    async def leave(self) -> None:
        """Back to the conversation."""
        self._main.go("chats")
        await self._wait(self._main.conversation.composer.isVisible)

    async def open_client(self, name: str, goal: Id) -> None:
        """Press a client in the list, and look at one of the goals."""
        await self.go()
        await self._wait(lambda: self._client(name))
        self._press(self._client(name))
        await self.look_at(goal)

    async def look_at(self, goal: Id) -> None:
        """Have one of the goals of whoever is shown in view, from its top on."""
        await self._wait(lambda: goal in self._page.goal_cards)
        await trio.sleep(LAID_OUT_SECONDS)
        card = self._page.goal_cards[goal]
        scroll = self._page.verticalScrollBar()
        top = card.mapTo(self._page.viewport(), QPoint()).y() + scroll.value()
        scroll.setValue(top - ABOVE)

    async def enter_today(self, goal: Id, amounts: Sequence[str], seconds_a_key: float) -> None:
        """Type amounts into the goal's fields of today, one below the other, then Enter."""
        await self.go()
        await self._wait(lambda: goal in self._page.today.cards)
        card = self._page.today.cards[goal]
        self._page.ensureWidgetVisible(card)
        fields = list(card.fields.values())
        for field, amount in zip(fields, amounts, strict=True):
            await self._type(field, amount, seconds_a_key)
        QTest.keyClick(fields[-1], Qt.Key.Key_Return)

    async def propose(self, kind: GoalKind, amount: str, title: str, seconds_a_key: float) -> None:
        """Fill the editor for the client who is shown, and propose the goal."""
        self._press(self._named(self._page, "New goal"))
        editor = self._page.editor
        await self._wait(editor.isVisible)
        QTest.keyClicks(editor.kind, KIND_WORDS[kind])
        await self._type(editor.title.line, title, seconds_a_key)
        await self._type(editor.lines[0].amount, amount, seconds_a_key)
        self._press(editor.propose)
        await self._wait(editor.isHidden)

    async def look_at_proposal(self, goal: Id) -> None:
        """Have what is proposed in view."""
        await self._wait(lambda: goal in self._page.proposal_cards)
        await trio.sleep(LAID_OUT_SECONDS)
        self._page.verticalScrollBar().setValue(0)

    async def accept(self, goal: Id) -> None:
        """Say yes to what is proposed."""
        await self.look_at_proposal(goal)
        self._press(self._named(self._page.proposal_cards[goal], "Accept"))

    async def hide_progress(self) -> None:
        """Take back that the coach sees progress."""
        await self._wait(lambda: self._page.agreement_cards)
        card = next(iter(self._page.agreement_cards.values()))
        self._page.ensureWidgetVisible(card)
        chosen = card.choices
        assert chosen is not None
        self._press(chosen.progress.button)
        self._press(self._named(card, "Save what"))
        await self._wait(lambda: self._is_saved(card))
        self._page.ensureWidgetVisible(card)

    # -- parts ---------------------------------------------------------------------------------------------

    def _client(self, name: str) -> RowButton | None:
        rows = self._page.findChildren(RowButton)
        return next((row for row in rows if row.isVisible() and row.accessibleName().startswith(f"{name},")), None)

    def _named(self, within: QWidget, name: str) -> QPushButton | None:
        buttons = within.findChildren(QPushButton)
        return next((one for one in buttons if one.isVisible() and one.accessibleName().startswith(name)), None)

    def _is_saved(self, card: QWidget) -> bool:
        """What is ticked holds by now."""
        save = self._named(card, "Save what")
        return save is not None and not save.isEnabled()

    async def _wait(self, is_so: Callable[[], object]) -> None:
        """Wait until something is so on the page. Raises Stuck."""
        for _ in range(TRIES):
            if await self._until(is_so):
                return
        raise Stuck("The Goals page does not come to show what it has to.")

    def _press(self, widget: QWidget | None) -> None:
        if widget is None:
            raise Stuck("What is to be pressed is not on the Goals page.")
        QTest.keyClick(widget, SPACE)

    async def _type(self, field: QWidget, text: str, seconds_a_key: float) -> None:
        for character in text:
            QTest.keyClicks(field, character)
            await trio.sleep(seconds_a_key)
