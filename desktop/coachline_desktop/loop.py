"""One thread for trio and Qt: trio runs as a guest of Qt's loop. The only file that knows both.

However the program ends (trio's main returns or raises, the last window closes, somebody calls quit, the desktop's
session ends, a slot raises, the terminal sends a signal), the main function is cancelled, Qt's loop is kept turning
until every `finally` in it has run, and only then does `run` return or raise.
"""

import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Generic, TypeVar

import outcome
import trio
from coachline_core.runtime.nursery import flat_nursery
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, QThread, SignalInstance
from PySide6.QtGui import QGuiApplication

T = TypeVar("T")

REENTER: Final = QEvent.Type(QEvent.registerEventType())
WAITING_INTENTS: Final = 4096
"""More than a person does while something is being looked up; beyond it the program is stuck and says so."""
STOPPING: Final = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


def run(app: QCoreApplication, main: Callable[[], Awaitable[T]]) -> T | None:
    """Run `main` under trio while Qt's loop turns; what it returns, or None if it was ended from outside.

    Raises what `main` raises, and what a slot or event handler raised.
    """
    return _Guest(app, main).run()


def listen(signal_: SignalInstance) -> trio.MemoryReceiveChannel[object]:
    """What a signal of one argument says from now on, for a task to take. A slot never waits and decides nothing."""
    send, receive = trio.open_memory_channel[object](WAITING_INTENTS)

    def hear(said: object) -> None:
        with suppress(trio.BrokenResourceError):  # whoever took them has ended
            send.send_nowait(said)

    signal_.connect(hear)
    return receive


def session_end(app: QGuiApplication) -> SignalInstance:
    """Said when the desktop's session ends: the last chance to finish anything."""
    return app.commitDataRequest


class _Reentry(QObject):
    """Runs functions in Qt's thread, handed over from any thread, in order."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[Callable[[], object]] = deque()

    def soon(self, function: Callable[[], object]) -> None:
        # The event carries nothing: a Python object in it would live and die by Qt's rules.
        self._waiting.append(function)
        QCoreApplication.postEvent(self, QEvent(REENTER))

    def event(self, event: QEvent) -> bool:
        if event.type() != REENTER:
            return super().event(event)
        self._waiting.popleft()()
        return True


class _Guest(Generic[T]):
    """One guest run, for the whole life of the program."""

    def __init__(self, app: QCoreApplication, main: Callable[[], Awaitable[T]]) -> None:
        self._app, self._main = app, main
        self._reentry = _Reentry()
        self._scope = trio.CancelScope()
        self._ended: outcome.Outcome[T | None] | None = None
        self._raised: BaseException | None = None

    def run(self) -> T | None:
        hook = sys.excepthook
        sys.excepthook = self._raised_in_slot
        self._connect()
        try:
            trio.lowlevel.start_guest_run(
                self._scoped,
                run_sync_soon_threadsafe=self._reentry.soon,
                done_callback=self._done,
                restrict_keyboard_interrupt_to_checkpoints=True,
            )
            if self._ended is None:
                self._app.exec()
            self._stop()
        finally:
            self._disconnect()
            sys.excepthook = hook
        assert self._ended is not None
        if self._raised is not None:
            raise self._raised
        return self._ended.unwrap()

    async def _scoped(self) -> T | None:
        with self._scope, trio.open_signal_receiver(*STOPPING) as signals:
            async with flat_nursery() as nursery:
                nursery.start_soon(self._hear, signals)
                try:
                    return await self._main()
                finally:
                    nursery.cancel_scope.cancel()
        return None

    async def _hear(self, signals: AsyncIterator[int]) -> None:
        async for _ in signals:
            self._scope.cancel()

    def _connect(self) -> None:
        if isinstance(self._app, QGuiApplication):
            # Closing the last window ends the program, but not before everything in it has ended.
            self._app.setQuitOnLastWindowClosed(False)
            self._app.lastWindowClosed.connect(self._scope.cancel)
            session_end(self._app).connect(self._session_ends)

    def _disconnect(self) -> None:
        if isinstance(self._app, QGuiApplication):
            self._app.lastWindowClosed.disconnect(self._scope.cancel)
            session_end(self._app).disconnect(self._session_ends)

    def _session_ends(self, _: object) -> None:
        """The system may kill the program as soon as this returns."""
        self._stop()

    def _stop(self) -> None:
        """End main and turn Qt's loop until it has ended.

        Turn by turn: a loop that is executed returns at once, for ever, after somebody has called `exit`, as Qt
        itself does when the display is gone.
        """
        self._scope.cancel()
        while self._ended is None:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    def _done(self, ended: "outcome.Outcome[T | None]") -> None:
        self._ended = ended
        if QThread.currentThread().loopLevel():  # an `exit` of no loop would end every later one at once
            self._app.exit()  # not `quit`, which asks the windows first

    def _raised_in_slot(self, _: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        """Qt would print it and go on with half of what was to be done."""
        if self._raised is None:
            self._raised = error.with_traceback(traceback)
        self._scope.cancel()
