"""Where the device token is kept: the seam, and a file for programs that have no keyring."""

import os
from pathlib import Path
from typing import Protocol


class Secrets(Protocol):
    """Keeps one device's token. Plain functions, run by the session's executor as writes."""

    def load(self) -> bytes | None:
        """The token, or None."""
        ...

    def keep(self, token: bytes) -> None:
        """Keep a token instead of the one before; it is safe when this returns."""
        ...

    def forget(self) -> None:
        """Keep none."""
        ...


class FileSecrets:
    """A file that only its owner can read (mode 0600), replaced as a whole so that a crash leaves old or new."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> bytes | None:
        try:
            return self._file.read_bytes()
        except FileNotFoundError:
            return None

    def keep(self, token: bytes) -> None:
        fresh = self._file.with_name(self._file.name + ".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(descriptor, token)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(fresh, self._file)
        _sync_folder(self._file.parent)

    def forget(self) -> None:
        self._file.unlink(missing_ok=True)
        _sync_folder(self._file.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename or removal durable. Windows has no such thing and needs none."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
