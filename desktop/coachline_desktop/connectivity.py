"""What the system says of its networks, as far as the program needs it: that one is there again."""

from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QNetworkInformation

from coachline_desktop.screen import NetworkReturned

Reachability = QNetworkInformation.Reachability

FARTHER: Final = (Reachability.Disconnected, Reachability.Local, Reachability.Site, Reachability.Online)
"""How far one gets, from nowhere to the internet. A server may stand in one's own network: each step may lead to it."""


class Connectivity(QObject):
    """Hears how far the system gets. `wants`: says NetworkReturned each time it gets farther than before."""

    wants = Signal(object)

    def __init__(self, reachability: Reachability = Reachability.Unknown) -> None:
        super().__init__()
        self._reachability = reachability

    def hear(self, reachability: Reachability) -> None:
        """It is this far now; that it is not known says nothing, and what was known before still counts."""
        if reachability not in FARTHER:
            return
        before, self._reachability = self._reachability, reachability
        if before in FARTHER and FARTHER.index(reachability) > FARTHER.index(before):  # at the start it is no return
            self.wants.emit(NetworkReturned())


def of_the_system() -> Connectivity:
    """What this system says; where it tells nobody, or Qt cannot ask it, that is nothing."""
    if not QNetworkInformation.loadBackendByFeatures(QNetworkInformation.Feature.Reachability):
        return Connectivity()
    told = QNetworkInformation.instance()
    connectivity = Connectivity(told.reachability())
    told.reachabilityChanged.connect(connectivity.hear)
    return connectivity
