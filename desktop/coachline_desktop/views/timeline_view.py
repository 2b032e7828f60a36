"""The timeline of the open conversation: stays at the end while messages come, stays put while somebody reads."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEasingCurve, QEvent, QPointF, QPropertyAnimation, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QMenu, QToolTip, QWidget

from coachline_desktop import intents
from coachline_desktop.goal_intents import ShowGoal
from coachline_desktop.markdown import parse, shortened
from coachline_desktop.models import ROW, TimelineModel
from coachline_desktop.state import Bubble, ConversationState, Key, NewLine, TimelineEntry
from coachline_desktop.theme import CALM_MS, Look, space
from coachline_desktop.views.bubble_layout import GUTTER, column
from coachline_desktop.views.controls import plain
from coachline_desktop.views.jump_button import JumpButton
from coachline_desktop.views.spoken import spoken_entry
from coachline_desktop.views.timeline_delegate import TimelineDelegate
from coachline_desktop.words import say as tr

GLIDES = 3
"""Heights of the view: from further away it jumps."""
NEAR = space(20)
"""Pixels from an end that count as being there."""


class TimelineView(QListView):
    """Shows one conversation. Says `Saw`, `WantOlder`, `OpenLink`, `RetryMessage`, `DiscardMessage`, `Copy`."""

    intent = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._conversation: Key | None = None
        self._entries: tuple[TimelineEntry, ...] = ()
        self._saw = 0
        self._more_above = False
        self._asked_at: Key | None = None
        self._following = True
        self._again = False
        self._landing = False
        """The conversation was opened at what is new in it, and nobody has scrolled since."""
        self._own = TimelineModel(spoken_entry, self)
        self._painter = TimelineDelegate(look, self)
        self.jump = JumpButton(look, self)
        self.jump.clicked.connect(self.go_to_end)
        self.glide = QPropertyAnimation(self.verticalScrollBar(), b"value", self)
        self.glide.setDuration(CALM_MS)
        self.glide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._set_up()

    def _set_up(self) -> None:
        self.setObjectName("timeline")
        self.setAccessibleName(tr("Messages"))
        self.setModel(self._own)
        self.setItemDelegate(self._painter)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(space(8))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setLayoutMode(QListView.LayoutMode.SinglePass)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.verticalScrollBar().rangeChanged.connect(self._grown)
        self.verticalScrollBar().actionTriggered.connect(self._taken_over)
        self._look.changed.connect(self._dress)

    @property
    def rows(self) -> TimelineModel:
        """What is shown, as a model."""
        return self._own

    def show_conversation(self, state: ConversationState | None) -> None:
        """Show this one; another than before begins at what is new in it, the same stays where it is read."""
        before = self._conversation
        self._conversation = state.id if state else None
        self._more_above = bool(state and state.more_above)
        if self._conversation != before:
            self._saw, self._following, self._asked_at = 0, True, None
            self._own.set_entries(())
            self._own.show_end()
        entries = state.entries if state else ()
        if self._conversation != before:
            self._landing = any(isinstance(entry, NewLine) for entry in entries)
        if entries != self._entries or self._conversation != before:
            self._entries = entries
            self._painter.other = state.title if state else ""
            self._show_entries()
        self.jump.count(state.unread if state else 0)
        self._place_jump()
        self.tell_seen()

    def _show_entries(self) -> None:
        anchor = None if self._following else self._anchor()
        self._own.set_entries(self._entries)
        self.doItemsLayout()
        if self._landing:
            self.go_to_new()
        elif self._following:
            self.scrollToBottom()
        elif anchor is not None:
            self._restore(anchor)

    def go_to_new(self) -> None:
        """Where the first message is that was new when the conversation was opened; the end, if that is in view too."""
        found = next((entry for entry in self._entries if isinstance(entry, NewLine)), None)
        if found is None or not self._own.show_key(found.key):
            return
        self._following = False
        self.doItemsLayout()
        self.scrollTo(self._own.index(self._own.row_of(found.key) or 0), QListView.ScrollHint.PositionAtTop)
        self._scrolled()

    def follow(self) -> None:
        """Be at the end from now on: somebody wrote, and wants to see what he wrote."""
        self._taken_over()
        if self._own.show_end():
            self.doItemsLayout()
        self._following = True
        self.scrollToBottom()

    def go_to_end(self) -> None:
        """Where the newest is: gliding if it is near, so that one sees where one goes."""
        self._taken_over()
        if self._own.show_end():
            self.doItemsLayout()
        bar = self.verticalScrollBar()
        if self._look.moves and bar.maximum() - bar.value() <= GLIDES * self.viewport().height():
            self.glide.setStartValue(bar.value())
            self.glide.setEndValue(bar.maximum())
            self.glide.start()
            return
        self.follow()
        self._place_jump()
        self.tell_seen()

    def go_up(self) -> None:
        """One view back, towards what is older."""
        self._taken_over()
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() - bar.pageStep())

    def tell_seen(self) -> None:
        """Say how far somebody has seen: only what is visible, only while the window has the keyboard."""
        if self._conversation is None or not self.isVisible() or not self.isActiveWindow():
            return
        last = self._last_visible()
        if last > self._saw:
            self._saw = last
            self.intent.emit(intents.Saw(self._conversation, last))

    # -- where we are ----------------------------------------------------------------------------------------

    def _taken_over(self) -> None:
        """Somebody scrolls: the place is his from now on."""
        self._landing = False

    def _dress(self) -> None:
        """Larger letters or smaller ones, and what is read stays in view."""
        anchor = None if self._following else self._anchor()
        self.doItemsLayout()
        if self._following:
            self.scrollToBottom()
        elif anchor is not None:
            self._restore(anchor)
        self.jump.dress()
        self._place_jump()

    def _last_visible(self) -> int:
        """The highest seq of which the foot is in view."""
        bottom = self.viewport().height()
        for row, entry in reversed(list(enumerate(self._own.rows))):
            seq = entry.seq if isinstance(entry, Bubble) else None
            if seq is not None and self.visualRect(self._own.index(row)).bottom() <= bottom + 1:
                return seq
        return 0

    def _anchor(self) -> tuple[Key, int] | None:
        """The topmost row in view and its distance from the top: what must not move."""
        index = self.indexAt(self.viewport().rect().center())
        entry = index.data(ROW) if index.isValid() else None
        return (entry.key, self.visualRect(index).top()) if entry is not None else None

    def _restore(self, anchor: tuple[Key, int]) -> None:
        row = self._own.row_of(anchor[0])
        if row is not None:
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + self.visualRect(self._own.index(row)).top() - anchor[1])

    def _scrolled(self) -> None:
        bar = self.verticalScrollBar()
        at_end = bar.maximum() - bar.value() <= NEAR
        if at_end and not self._own.at_end:
            self._step(self._own.show_newer)
        self._following = at_end and self._own.at_end
        if bar.value() > NEAR:
            self._asked_at = None  # whoever comes back to the upper end asks again: it may not have come
        elif bar.maximum() > 0:
            self._reach_up()
        self._place_jump()
        self.tell_seen()

    def _reach_up(self) -> None:
        if not self._own.at_start:
            self._step(self._own.show_older)
        elif self._more_above and self._conversation is not None and self._own.rows:
            oldest = self._own.rows[0].key
            if oldest != self._asked_at:  # once for every oldest row, not for every pixel
                self._asked_at = oldest
                self.intent.emit(intents.WantOlder(self._conversation))

    def _step(self, step: Callable[[], bool]) -> None:
        anchor = self._anchor()
        if step():
            self.doItemsLayout()
            if anchor is not None:
                self._restore(anchor)

    def _grown(self) -> None:
        if self._following and not self._landing:
            self.scrollToBottom()
        self._place_jump()

    def _place_jump(self) -> None:
        bar = self.verticalScrollBar()
        away = bar.maximum() - bar.value() > NEAR or not self._own.at_end
        self.jump.setVisible(away)
        size, area = self.jump.sizeHint(), self.viewport().geometry()
        left = round(column(area.width())[1]) + (GUTTER - size.width()) // 2
        self.jump.setGeometry(left, area.bottom() - size.height() - space(3), size.width(), size.height())

    # -- what Qt tells ---------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        anchor = None if self._following else self._anchor()
        if self._painter.width != self.viewport().width():
            self._painter.width = self.viewport().width()
            self.scheduleDelayedItemsLayout()
        super().resizeEvent(event)
        if self._landing or self._following:
            QTimer.singleShot(0, self, self._stay)
        elif anchor is not None:
            self.executeDelayedItemsLayout()
            self._restore(anchor)
        self._place_jump()

    def _stay(self) -> None:
        """Where somebody is by now: since the resize another conversation may have been opened."""
        if self._landing:
            self.go_to_new()
        elif self._following:
            self.scrollToBottom()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._own.rowCount() == 0 and self._conversation is not None:
            painter = QPainter(self.viewport())
            painter.setFont(self._look.theme.font("title", QFont.Weight.DemiBold))
            painter.setPen(self._look.theme.colour("text_soft"))
            area = self.viewport().rect().adjusted(space(6), 0, -space(6), 0)
            words = tr("Nothing has been said here yet. A good first line: how was your week?")
            painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), words)
            painter.end()
        super().paintEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self.tell_seen)  # once it has its place and its size

    def event(self, event: QEvent) -> bool:
        taken = super().event(event)
        if event.type() == QEvent.Type.WindowActivate:  # `ActivationChange` is told to the window alone
            self.tell_seen()
        return taken

    def _bubble_at(self, point: QPointF) -> tuple[Bubble, QPointF] | None:
        """The bubble under a point of the viewport, and the point from the row's corner."""
        index = self.indexAt(point.toPoint())
        entry = index.data(ROW) if index.isValid() else None
        if not isinstance(entry, Bubble) or entry.system:
            return None
        return entry, point - QPointF(self.visualRect(index).topLeft())

    def link_at(self, point: QPointF) -> str:
        """The address under a point of the viewport; empty for none."""
        found = self._bubble_at(point)
        if found is None:
            return ""
        layout = self._painter.layout_of(found[0])
        return layout.document.documentLayout().anchorAt(found[1] - layout.text)

    def _action_at(self, point: QPointF) -> intents.RetryMessage | intents.DiscardMessage | None:
        found = self._bubble_at(point)
        if found is None or self._conversation is None:
            return None
        bubble, inside = found
        layout = self._painter.layout_of(bubble)
        if layout.retry is not None and layout.retry.contains(inside):
            return intents.RetryMessage(self._conversation, bubble.key)
        if layout.discard is not None and layout.discard.contains(inside):
            return intents.DiscardMessage(self._conversation, bubble.key)
        return None

    def _card_at(self, point: QPointF) -> ShowGoal | None:
        found = self._bubble_at(point)
        if found is None or not self._painter.layout_of(found[0]).box.contains(found[1]):
            return None
        return _leads(found[0])

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self._again = True  # of two quick clicks only the first counts: the second may fall on another message

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        again, self._again = self._again, False
        if again or event.button() != Qt.MouseButton.LeftButton:
            return
        if action := self._action_at(event.position()):
            self.intent.emit(action)
        elif address := self.link_at(event.position()):
            self.intent.emit(intents.OpenLink(address))
        elif card := self._card_at(event.position()):
            self.intent.emit(card)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        at = event.position()
        presses = self.link_at(at) or self._action_at(at) or self._card_at(at)
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if presses else Qt.CursorShape.ArrowCursor)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            # The true address, so that a friendly label hides nothing. Tool tips guess at HTML: no tag, no guess.
            address = self.link_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), address.replace("<", "%3C"), self)
            return True
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        entry = self.currentIndex().data(ROW)
        self._taken_over()
        if event.key() == Qt.Key.Key_End:
            self.go_to_end()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(entry, Bubble) and _leads(entry):
            self.intent.emit(_leads(entry))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(entry, Bubble):
            box = self.visualRect(self.currentIndex())
            self.menu_for(entry).popup(self.viewport().mapToGlobal(box.center()))
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        found = self._bubble_at(QPointF(event.pos()))
        if found is not None:
            self.menu_for(found[0]).popup(event.globalPos())

    def menu_for(self, bubble: Bubble) -> QMenu:
        """What can be done with a message, for pointer and keyboard alike."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        conversation = self._conversation
        menu.addAction(tr("Copy text"), partial(self.intent.emit, intents.Copy(bubble.text)))
        if card := _leads(bubble):
            menu.addAction(tr("Show the goal"), partial(self.intent.emit, card))
        for address in self._addresses(bubble):
            shown = plain(tr("Open {address}").format(address=shortened(address)))
            menu.addAction(shown, partial(self.intent.emit, intents.OpenLink(address)))
        if bubble.tick == "failed" and conversation is not None:
            menu.addSeparator()
            retry = intents.RetryMessage(conversation, bubble.key)
            discard = intents.DiscardMessage(conversation, bubble.key)
            menu.addAction(tr("Retry"), lambda: self.intent.emit(retry))
            menu.addAction(tr("Discard"), lambda: self.intent.emit(discard))
        return menu

    def _addresses(self, bubble: Bubble) -> list[str]:
        text = "" if bubble.card else bubble.text  # the name of a goal leads nowhere
        return [span.href for block in parse(text) for span in block.spans if span.href]


def _leads(bubble: Bubble) -> ShowGoal | None:
    """Where a card leads; None where it leads nowhere."""
    card = bubble.card
    return None if card is None or card.client is None or card.goal is None else ShowGoal(card.client, card.goal)
