"""However the program ends, everything in it has ended first."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import trio
from coachline_desktop import loop
from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget
from support.process import GIVE_UP_SECONDS

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


class Story:
    """A main function that waits for ever and writes down how it ends, slowly."""

    def __init__(self, begin: Callable[[], object]) -> None:
        self.said: list[str] = []
        self._begin = begin

    async def __call__(self) -> None:
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._child)
                self._begin()
                await trio.sleep(GIVE_UP_SECONDS)
                self.said.append("nobody ended it")
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(lambda: None)  # takes several turns of the loop
                self.said.append("main")

    async def _child(self) -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                for _ in range(5):
                    await trio.lowlevel.checkpoint()
                self.said.append("child")


def soon(act: Callable[[], object]) -> Callable[[], object]:
    return lambda: QTimer.singleShot(0, act)


def test_what_main_returns_and_raises_comes_out(qapp: QApplication) -> None:
    async def answer() -> int:
        await trio.lowlevel.checkpoint()
        return 42

    async def fail() -> None:
        await trio.lowlevel.checkpoint()
        raise KeyError("lost")

    assert loop.run(qapp, answer) == 42
    with pytest.raises(KeyError, match="lost"):
        loop.run(qapp, fail)


class Desktop(QObject):
    """Stands for the desktop: a real session manager cannot be made here."""

    ends = Signal(object)


@pytest.fixture
def desktop(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Desktop:
    desktop, real = Desktop(), loop.session_end(qapp)
    assert str(real).startswith("<PySide6.QtCore.SignalInstance commitDataRequest(QSessionManager&)")
    monkeypatch.setattr(loop, "session_end", lambda app: desktop.ends)
    return desktop


@pytest.mark.parametrize("end", ["quit", "exit", "last window", "session end", "signal"])
def test_every_finally_runs(qapp: QApplication, qtbot: QtBot, desktop: Desktop, end: str) -> None:
    window = QWidget()
    window.show()
    act: dict[str, Callable[[], object]] = {
        "quit": qapp.quit,
        "exit": qapp.exit,
        "last window": window.close,
        "session end": lambda: desktop.ends.emit(None),
        "signal": lambda: os.kill(os.getpid(), signal.SIGTERM),
    }
    story = Story(soon(act[end]))
    assert loop.run(qapp, story) is None
    assert story.said == ["child", "main"]
    window.close()


def test_a_display_that_is_gone_holds_nothing_up(qapp: QApplication) -> None:
    """Qt calls `exit` when its display breaks, also while the program is ending for that or another reason."""

    async def main() -> None:
        try:
            qapp.exit(1)
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                for _ in range(3):
                    qapp.exit(1)
                    await trio.to_thread.run_sync(lambda: None)
                said.append("all of it")

    said: list[str] = []
    assert loop.run(qapp, main) is None
    assert said == ["all of it"]
    QTimer.singleShot(0, qapp.exit)
    qapp.exec()  # forgets the display's


def test_at_the_end_of_the_session_all_is_done_before_qt_goes_on(qapp: QApplication, desktop: Desktop) -> None:
    seen: list[list[str]] = []

    def ends() -> None:
        desktop.ends.emit(None)
        seen.append(list(story.said))

    story = Story(soon(ends))
    loop.run(qapp, story)
    assert seen == [["child", "main"]]


def test_what_a_slot_raises_ends_the_program_in_order(qapp: QApplication) -> None:
    def slot() -> None:
        raise LookupError("in a slot")

    story, hook = Story(soon(slot)), sys.excepthook
    with pytest.raises(LookupError, match="in a slot"):
        loop.run(qapp, story)
    assert story.said == ["child", "main"]
    assert sys.excepthook is hook


def test_an_interrupt_from_the_terminal_ends_it_in_order(qapp: QApplication) -> None:
    story = Story(soon(lambda: os.kill(os.getpid(), signal.SIGINT)))
    with pytest.raises(KeyboardInterrupt):
        loop.run(qapp, story)
    assert story.said == ["child", "main"]


def test_the_last_window_ends_nothing_once_the_run_is_over(qapp: QApplication, qtbot: QtBot) -> None:
    async def nothing() -> None:
        await trio.lowlevel.checkpoint()

    loop.run(qapp, nothing)
    window = QWidget()
    window.show()
    window.close()


class Speaker(QObject):
    says = Signal(object)


def test_what_a_signal_says_is_taken_in_order(qapp: QApplication) -> None:
    speaker = Speaker()

    def speak() -> None:
        for number in range(100):
            speaker.says.emit(number)

    async def main() -> list[object]:
        heard = loop.listen(speaker.says)
        QTimer.singleShot(0, speak)
        with trio.fail_after(GIVE_UP_SECONDS):
            return [await heard.receive() for _ in range(100)]

    assert loop.run(qapp, main) == list(range(100))
    speaker.says.emit("to nobody")


def test_qt_turns_while_trio_waits(qapp: QApplication) -> None:
    turns: list[int] = []

    async def main() -> None:
        enough, timer = trio.Event(), QTimer()

        def turn() -> None:
            turns.append(len(turns))
            if len(turns) == 50:
                enough.set()

        timer.timeout.connect(turn)
        timer.start(0)
        with trio.fail_after(GIVE_UP_SECONDS):
            await enough.wait()
        timer.stop()

    loop.run(qapp, main)
    assert len(turns) >= 50


def test_objects_are_not_released_twice(qapp: QApplication) -> None:
    """PySide6 6.12.0 on Python 3.11 gives up a reference it does not own at each event, and dies of it."""
    events = 2000

    class Counter(QObject):
        told = Signal(bool)

        def event(self, event: QEvent) -> bool:
            return super().event(event)

    async def main() -> None:
        counter = Counter()
        counter.told.connect(lambda on: None)
        for number in range(events):
            counter.told.emit(number % 2 == 0)
            qapp.sendEvent(counter, QEvent(QEvent.Type.User))
            await trio.lowlevel.checkpoint()

    singles: tuple[object, ...] = (None, True, False)
    gc.collect()
    gc.disable()  # what others left behind gives its references up by rights
    try:
        before = [sys.getrefcount(single) for single in singles]
        loop.run(qapp, main)
    finally:
        gc.enable()
    lost = [held - sys.getrefcount(single) for held, single in zip(before, singles, strict=True)]
    assert max(lost) < events // 4
