"""Where things lie on this computer, and who uses it. Plain functions on small files: run on a worker thread."""

import hashlib
import os
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import msgspec
import platformdirs
from coachline_core.client import ServerAddress

DEFAULT_PORT: Final = 8440
"""Where `coachlined` listens unless told otherwise."""
DATA_VARIABLE: Final = "COACHLINE_DESKTOP_DATA"
"""Environment variable that names another data folder."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who is signed in on this computer, and where. `hosted`: the server is this computer's own."""

    host: str
    port: int
    tls: bool
    handle: str
    hosted: bool = False

    @property
    def server(self) -> ServerAddress:
        """Where the daemon listens."""
        return ServerAddress(self.host, self.port, self.tls)

    @property
    def name(self) -> str:
        """A short name for files and the keyring: the same account has the same, on the same server."""
        whole = f"{self.host.casefold()}\n{self.port}\n{self.handle.strip().casefold()}"
        if self.hosted:
            whole = f"hosted\n{self.handle.strip().casefold()}"
        return hashlib.blake2b(whole.encode(), digest_size=8).hexdigest()


def parse_server(text: str) -> ServerAddress | None:
    """An address as people write it: `chat.example`, `chat.example:9000`, `[::1]:9000`; None if it is none.

    Without TLS only to this computer itself.
    """
    host, port = text.strip(), ""
    if host.startswith("["):
        host, bracket, port = host[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            return None
        port = port[1:]
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
    if not host or any(character.isspace() or character in "/?#@" for character in host):
        return None
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        return None
    return ServerAddress(host, int(port or DEFAULT_PORT), tls=not _is_here(host))


def written(server: ServerAddress) -> str:
    """An address as `parse_server` reads it."""
    host = f"[{server.host}]" if ":" in server.host else server.host
    return host if server.port == DEFAULT_PORT else f"{host}:{server.port}"


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


class Places:
    """The files of one data folder, readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        """Makes the folder. Raises OSError."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder

    @property
    def preferences(self) -> Path:
        """What this device was told: appearance, notifications, the window's place."""
        return self.folder / "preferences.ini"

    @property
    def hosted(self) -> Path:
        """The data folder of a server of one's own."""
        return self.folder / "server"

    def cache(self, account: Account) -> Path:
        """The account's cache."""
        return self.folder / f"cache-{account.name}.sqlite"

    def token(self, account: Account) -> Path:
        """The token's file, where there is no keyring."""
        return self.folder / f"token-{account.name}"

    def load(self) -> Account | None:
        """Who used this last; None: nobody yet, or the file says nothing that can be understood."""
        try:
            return msgspec.json.decode(self._account.read_bytes(), type=Account)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def keep(self, account: Account) -> None:
        """Remember who uses this."""
        fresh = self._account.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(account))
        os.replace(fresh, self._account)

    @property
    def _account(self) -> Path:
        return self.folder / "account.json"


def usual_folder() -> Path:
    """The person's own place for program data, or what the environment says."""
    told = os.environ.get(DATA_VARIABLE)
    return Path(told) if told else Path(platformdirs.user_data_dir("coachline", appauthor=False))
