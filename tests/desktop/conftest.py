"""Off-screen Qt; whatever Qt says that is not silence fails the test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
import trio

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from coachline_protocol import ops
from coachline_protocol.rows import Consent
from demo.month import TRAINER
from pictures import coaching
from pictures.render import settle
from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QEventLoop,
    QLocale,
    QMessageLogContext,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication
from support.goals_window import GoalsWindow, goals_window
from support.process import coachlined, copied, joined, new_id, said_hello, serving
from support.windows import ADA, MAYA, PASSWORD, Seated

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

SAID_BY_THE_PLATFORM = ("This plugin does not support propagateSizeHints()", "This plugin does not support raise()")
"""What the off-screen platform says of itself and not of us."""


@pytest.fixture(autouse=True)
def application(qapp: QApplication) -> QApplication:
    """Whichever test comes first: without an application the first widget ends the process."""
    return qapp


@pytest.fixture(autouse=True)
def silent_qt() -> Iterator[list[str]]:
    """What Qt said; it must be nothing at the end."""
    said: list[str] = []

    def hear(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        if kind != QtMsgType.QtDebugMsg and message not in SAID_BY_THE_PLATFORM:
            said.append(f"{kind.name}: {message}")

    before = qInstallMessageHandler(hear)
    yield said
    qInstallMessageHandler(before)
    assert said == []


@pytest.fixture(autouse=True)
def no_window_stays() -> Iterator[None]:
    """What one test leaves open is laid out and styled again with every window of the tests after it."""
    yield
    for window in QApplication.topLevelWidgets():
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(autouse=True)
def loops_turn() -> Iterator[None]:
    """Whoever comes next can wait for a signal: after an `exit` outside of `exec` every loop returns at once."""
    yield
    if QCoreApplication.instance() is not None:
        turns = QEventLoop()
        QTimer.singleShot(0, turns, lambda: turns.exit(1))
        assert turns.exec() == 1


@pytest.fixture
def app(qtbot: QtBot) -> Iterator[QApplication]:
    """The application, with nothing of the test left in it afterwards."""
    running = cast(QApplication, QApplication.instance())
    yield running
    for window in running.topLevelWidgets():
        window.close()
    settle(running)


@pytest.fixture
def widgets(qtbot: QtBot) -> QtBot:
    """Qt is there, and a robot for it."""
    return qtbot


@pytest.fixture
def british() -> Iterator[None]:
    """Numbers and days as they are written in Britain."""
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    yield
    QLocale.setDefault(before)


@pytest.fixture
def at(qtbot: QtBot, tmp_path: Path) -> Iterator[GoalsWindow]:
    """A window that shows the trainer's page of goals."""
    with goals_window(tmp_path) as made:
        made.show(TRAINER, coaching.goals(TRAINER))
        qtbot.waitUntil(made.window.main.isActiveWindow)
        yield made


# -- people at windows ---------------------------------------------------------------------------------------


@pytest.fixture
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachline_desktop.app.keyring_works", lambda: False)


@pytest.fixture(scope="session")
def made_with_code(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder with a trainer, and a code of hers that nobody has used."""
    data = tmp_path_factory.mktemp("made_with_code") / "data"
    assert coachlined("init", "--data", data).returncode == 0
    words = ("user", "add", MAYA, "--name", "Maya", "--role", "trainer", "--password-stdin", "--data", data)
    assert coachlined(*words, said=f"{PASSWORD}\n").returncode == 0
    return data, coachlined("invite", "--by", MAYA, "--data", data).stdout.split()[0]


CONSENTS = {
    "Ben": Consent(see_goals=True, set_goals="propose", see_progress=True),
    "Tom": Consent(see_goals=True, set_goals="assign", see_progress=True, see_presence=True),
    "Zoe": Consent(see_goals=True, set_goals="assign", see_progress=True),
    "Leo": Consent(see_goals=True, set_goals="assign", see_progress=True),
}


@pytest.fixture(scope="session")
def made_with_clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a trainer and clients of hers, each of whom lets her do something else."""
    data = tmp_path_factory.mktemp("made_with_clients") / "data"
    assert coachlined("init", "--data", data).returncode == 0
    words = ("user", "add", MAYA, "--name", "Maya", "--role", "trainer", "--password-stdin", "--data", data)
    assert coachlined(*words, said=f"{PASSWORD}\n").returncode == 0
    trio.run(_take_on_clients, data)
    return data


async def _take_on_clients(data: Path) -> None:
    async with serving(data) as daemon, daemon.connected() as maya:
        await said_hello(maya, MAYA, PASSWORD)
        for name, consent in CONSENTS.items():
            made = await maya.ask(ops.InvitationCreate(id=new_id(), purpose="coaching"), ops.InvitationMade)
            async with daemon.connected() as client:
                await joined(client, made.code, name, consent)


@pytest.fixture
def coached(made_with_clients: Path, tmp_path: Path) -> Path:
    """A data folder with Maya and her clients: Ben lets her propose goals, Tom, Zoe and Leo let her set them."""
    return copied(made_with_clients, tmp_path / "data")


@pytest.fixture
def data(made_with_code: tuple[Path, str], tmp_path: Path) -> Path:
    return copied(made_with_code[0], tmp_path / "data")


@pytest.fixture
def admin(data: Path) -> str:
    """The handle of somebody who runs the server and coaches nobody."""
    words = ("user", "add", ADA, "--name", "Ada", "--role", "admin", "--password-stdin", "--data", data)
    assert coachlined(*words, said=f"{PASSWORD}\n").returncode == 0
    return ADA


@pytest.fixture
def code(made_with_code: tuple[Path, str]) -> str:
    return made_with_code[1]


@pytest.fixture
def maya(qapp: QApplication, tmp_path: Path) -> Seated:
    return Seated(qapp, tmp_path / "maya")


@pytest.fixture
def ben(qapp: QApplication, tmp_path: Path) -> Seated:
    return Seated(qapp, tmp_path / "ben")


@pytest.fixture
def tom(qapp: QApplication, tmp_path: Path) -> Seated:
    return Seated(qapp, tmp_path / "tom")
