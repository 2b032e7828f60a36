"""What Qt says of the networks reaches the program, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from coachline_desktop import connectivity, start
from coachline_desktop.connectivity import Connectivity, Reachability
from coachline_desktop.places import Places
from coachline_desktop.screen import NetworkReturned
from coachline_desktop.single import Single
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QNetworkInformation
from PySide6.QtWidgets import QApplication

UNKNOWN, NOWHERE = Reachability.Unknown, Reachability.Disconnected
LOCAL, SITE, ONLINE = Reachability.Local, Reachability.Site, Reachability.Online


@pytest.mark.parametrize(
    ("heard", "returns"),
    [
        ((ONLINE, NOWHERE, ONLINE), 1),
        ((ONLINE, NOWHERE, ONLINE, NOWHERE, ONLINE), 2),
        ((ONLINE, ONLINE), 0),
        ((UNKNOWN, ONLINE), 0),  # the system has only begun to tell
        ((ONLINE, UNKNOWN, ONLINE), 0),
        ((NOWHERE, UNKNOWN, ONLINE), 1),  # what it does not know for a while it knew before
        ((NOWHERE, LOCAL), 1),  # the server may stand there
        ((SITE, ONLINE), 1),
        ((ONLINE, SITE, LOCAL, NOWHERE), 0),
    ],
)
def test_only_to_get_farther_than_before_is_a_return(
    qapp: QApplication, heard: tuple[Reachability, ...], returns: int
) -> None:
    said: list[object] = []
    watched = Connectivity(heard[0])
    watched.wants.connect(said.append)
    for reachability in heard[1:]:
        watched.hear(reachability)
    assert said == [NetworkReturned()] * returns


class System(QObject):
    """Stands for the system's networks, which no test may cut."""

    reachabilityChanged = Signal(QNetworkInformation.Reachability)

    def reachability(self) -> Reachability:
        return ONLINE


def test_what_the_system_says_reaches_the_program_while_its_window_turns(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    system, heard = System(), list[object]()

    class Program:
        """Stands for the one behind the window: waits for what it is told."""

        def __init__(self, *around: object) -> None:
            """Needs nothing."""

        async def run(self, wants: trio.MemoryReceiveChannel[object]) -> None:
            for reachability in (NOWHERE, ONLINE):
                QTimer.singleShot(0, lambda told=reachability: system.reachabilityChanged.emit(told))
            with trio.fail_after(20):
                heard.append(await wants.receive())

    monkeypatch.setattr(QNetworkInformation, "loadBackendByFeatures", lambda features: True)
    monkeypatch.setattr(QNetworkInformation, "instance", lambda: system)
    monkeypatch.setattr(start, "App", Program)
    start.show(qapp, Places(tmp_path), Single(tmp_path))
    assert heard == [NetworkReturned()]


def test_a_system_that_tells_nobody_is_no_error(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(QNetworkInformation, "loadBackendByFeatures", asked.append)  # which answers nothing
    monkeypatch.setattr(QNetworkInformation, "instance", lambda: None)
    assert isinstance(connectivity.of_the_system(), Connectivity)
    assert asked == [QNetworkInformation.Feature.Reachability]


def test_what_this_system_says_is_heard(qapp: QApplication) -> None:
    """By Qt's own object, where it can ask this system; where it cannot, nothing is."""
    watched, said = connectivity.of_the_system(), list[object]()
    watched.wants.connect(said.append)
    system: QNetworkInformation | None = QNetworkInformation.instance()
    if system is not None:
        system.reachabilityChanged.emit(NOWHERE)
        system.reachabilityChanged.emit(ONLINE)
    assert said == ([NetworkReturned()] if system else [])
