"""What can be seen to be wrong before anybody notices, each with what to do about it. Changes nothing."""

import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from coachline_server.config import Configuration
from coachline_server.data_folder import DataFolder, open_to_others
from coachline_server.exits import Stopped
from coachline_server.store.inspection import inspect_sqlite
from coachline_server.store.port import StoreError

LITTLE_BYTES: Final = 1024**3
"""Less free space than this is worth a word: some months of a busy gym."""
TOO_LITTLE_BYTES: Final = 64 * 1024**2
"""Less than this and the next checkpoint or backup may fail."""
DAY_MS: Final = 86_400_000
EXPIRES_SOON_DAYS: Final = 14
OLDEST_SANE_MS: Final = 1_767_225_600_000
"""2026-01-01: Coachline did not exist before."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report."""

    level: Literal["ok", "warn", "fail"]
    about: str
    says: str
    do: str = ""

    def __str__(self) -> str:
        return f"{self.level:4}  {self.about}: {self.says}" + (f" {self.do}" if self.do else "")


def examine(configuration: Configuration, now_ms: int) -> Iterator[Finding]:
    """Look at everything, in the order in which one would repair it."""
    folder = DataFolder(configuration.data)
    yield _configuration(configuration)
    yield _folder(folder)
    if folder.path.is_dir():
        yield _key(folder)
        yield _database(folder)
        yield _space(folder.path)
        yield _clock(folder, now_ms)
    values = configuration.values
    yield _port("port", "listen", values.listen.host, values.listen.port)
    yield _port("admin port", "admin", values.admin.host, values.admin.port)
    yield _certificate(configuration, now_ms)


def _configuration(configuration: Configuration) -> Finding:
    if configuration.file.exists():
        return Finding("ok", "configuration", f"{configuration.file}.")
    return Finding("ok", "configuration", f"defaults only, there is no {configuration.file}.")


def _folder(folder: DataFolder) -> Finding:
    about, path = "data folder", folder.path
    if not path.is_dir():
        return Finding("fail", about, f"{path} is not there.", f"Make it: coachlined init --data {path}")
    if not os.access(path, os.W_OK | os.X_OK):
        return Finding("fail", about, f"{path} cannot be written.", "Run this as the daemon's user, or chown it.")
    if mode := open_to_others(path):
        return Finding("warn", about, f"{path} is open to others (mode {mode:o}).", f"chmod 700 {path}")
    return Finding("ok", about, f"{path}.")


def _key(folder: DataFolder) -> Finding:
    about, path = "key file", folder.key
    if not path.exists():
        return Finding("fail", about, f"{path} is not there.", "Put it back from its backup: nothing replaces it.")
    if not os.access(path, os.R_OK):
        return Finding("fail", about, f"{path} cannot be read.", "Run this as the daemon's user, or chown it.")
    if mode := open_to_others(path):
        return Finding("fail", about, f"{path} is open to others (mode {mode:o}).", f"chmod 600 {path}")
    return Finding("ok", about, f"{path}.")


def _database(folder: DataFolder) -> Finding:
    about, path = "database", folder.database
    if not path.exists():
        return Finding("fail", about, f"{path} is not there.", "Make it with coachlined init, or put a backup back.")
    try:
        inspect_sqlite(path)
    except StoreError as error:
        return Finding("fail", about, str(error), "OPERATING.md says how to put a backup back.")
    if not os.access(path, os.W_OK):
        return Finding("fail", about, f"{path} cannot be written.", "Run this as the daemon's user, or chown it.")
    if mode := open_to_others(path):
        return Finding("warn", about, f"{path} is open to others (mode {mode:o}).", f"chmod 600 {path}")
    return Finding("ok", about, f"{path}, whole, {path.stat().st_size / 1024**2:,.1f} MiB.")


def free_bytes(path: Path) -> int:
    """What is free where `path` lies."""
    return shutil.disk_usage(path).free


def _space(path: Path) -> Finding:
    free = free_bytes(path)
    says = f"{free / 1024**2:,.0f} MiB free at {path}."
    if free < TOO_LITTLE_BYTES:
        return Finding("fail", "disk space", says, "Make room: messages will be refused when it is full.")
    if free < LITTLE_BYTES:
        return Finding("warn", "disk space", says, "Make room soon.")
    return Finding("ok", "disk space", says)


def _clock(folder: DataFolder, now_ms: int) -> Finding:
    written = folder.database.stat().st_mtime * 1000 if folder.database.exists() else 0
    if now_ms < max(OLDEST_SANE_MS, written - DAY_MS):
        return Finding(
            "fail",
            "clock",
            "this machine's clock is behind what the database has seen.",
            "Set it, and run an NTP client.",
        )
    return Finding("ok", "clock", "believable.")


def _port(about: str, section: str, host: str, port: int) -> Finding:
    where = f"{host}:{port}"
    if port == 0:
        return Finding("ok", about, "the system chooses one.")
    try:
        with socket.create_server((host, port), family=_family(host)):
            return Finding("ok", about, f"{where} is free.")
    except OSError as error:
        if error.errno is not None and _answers(host, port):
            return Finding(
                "warn", about, f"{where} is in use.", f"Right if the daemon is running; else set {section}.port."
            )
        return Finding("fail", about, f"{where}: {error.strerror or error}.", f"Set {section}.host and {section}.port.")


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _certificate(configuration: Configuration, now_ms: int) -> Finding:
    about, files = "certificate", configuration.certificate_files
    if files is None:
        return Finding("ok", about, "none: plain connections.")
    try:
        files.context()
        days = (files.expires_ms() - now_ms) / DAY_MS
    except (Stopped, ValueError, OSError) as error:
        return Finding("fail", about, str(error), "Put both files right.")
    if days < 0:
        return Finding("fail", about, f"{files.certificate} has expired.", "Renew it, then send the daemon SIGHUP.")
    if days < EXPIRES_SOON_DAYS:
        return Finding("warn", about, f"{files.certificate} expires in {days:.0f} days.", "Renew it, then send SIGHUP.")
    return Finding("ok", about, f"{files.certificate}, good for {days:.0f} days.")
