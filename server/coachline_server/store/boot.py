"""Epochs: noticing that a backup was put back.

Clients resume by revision, and after a restore the same revision may name something else. So every start writes
a fresh id into the database and into a file beside it, and so does an orderly end. A database that comes from
another moment disagrees with the file, and a new epoch begins: clients start anew instead of merging two pasts.
"""

import os
from pathlib import Path

from coachline_protocol.rows import Id

from coachline_server.store.cipher import sync_folder
from coachline_server.store.engine import Statements
from coachline_server.store.port import StoreError

NO_EPOCH = bytes(16)


def get_meta(statements: Statements, key: str) -> bytes | None:
    """What the database knows of itself."""
    found = statements.one("SELECT value FROM meta WHERE key = ?", (key,))
    return None if found is None else bytes(found[0])


def set_meta(statements: Statements, key: str, value: bytes) -> None:
    """Write it down."""
    statements.upsert("meta", ("key", "value"), ("key",), [(key, value)])


def epoch(statements: Statements) -> Id:
    """The database's epoch; NO_EPOCH before the first boot."""
    return get_meta(statements, "epoch") or NO_EPOCH


class Boot:
    """One time of serving, from `begin` to `end`."""

    def __init__(self, sidecar: Path, boot: Id) -> None:
        self._sidecar = sidecar
        self._boot = boot

    def begin(self, statements: Statements) -> Id:
        """Compare, then write the fresh id; returns the epoch. Raises StoreError if the file cannot be written."""
        last = get_meta(statements, "boot")
        now = epoch(statements)
        if last is None or last != self._on_file():
            now = self._boot
            set_meta(statements, "epoch", now)
        self._stamp(statements, self._boot)
        return now

    def end(self, statements: Statements) -> None:
        """Stamp anew, so that a copy taken while serving is known for what it is when it is put back."""
        self._stamp(statements, bytes(byte ^ 0xFF for byte in self._boot))

    def _stamp(self, statements: Statements, boot: Id) -> None:
        # Before the commit: dying in between leaves two that differ, which is the safe side.
        set_meta(statements, "boot", boot)
        fresh = self._sidecar.with_name(self._sidecar.name + ".new")
        try:
            with fresh.open("wb") as file:
                file.write(boot.hex().encode())
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._sidecar)
            sync_folder(self._sidecar.parent)
        except OSError as error:
            raise StoreError(f"The file {self._sidecar} cannot be written: {error.strerror}.") from error

    def _on_file(self) -> bytes | None:
        try:
            return bytes.fromhex(self._sidecar.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None
