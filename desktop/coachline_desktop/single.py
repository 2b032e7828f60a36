"""One window for each data folder: a second start brings the first one's window forward and ends."""

import hashlib
from pathlib import Path
from typing import Final

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

PATIENCE_MS: Final = 1000
"""How long the window that is there may take to answer the door; this happens before anything is painted."""


class Single(QObject):
    """Holds the folder for as long as it lives. `knocked`: somebody started the program again."""

    knocked = Signal()

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._lock = QLockFile(str(folder / "window.lock"))
        self._lock.setStaleLockTime(0)
        self._door = QLocalServer(self)
        self._door.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._door.newConnection.connect(self._answer)
        self._name = "coachline-" + hashlib.blake2b(str(folder.resolve()).encode(), digest_size=8).hexdigest()

    def claim(self) -> bool:
        """Whether this is the first; if not, the first one was told. A lock left by a crash is nobody's."""
        if not self._lock.tryLock(0):
            self._knock()
            return False
        QLocalServer.removeServer(self._name)  # left by a crash
        self._door.listen(self._name)
        return True

    def release(self) -> None:
        """Let the next one be the first."""
        self._door.close()
        self._lock.unlock()

    def _knock(self) -> None:
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if socket.waitForConnected(PATIENCE_MS):
            socket.disconnectFromServer()

    def _answer(self) -> None:
        while self._door.hasPendingConnections():
            caller = self._door.nextPendingConnection()
            caller.disconnected.connect(caller.deleteLater)
            caller.disconnectFromServer()
        self.knocked.emit()
