"""Where this device's token is kept: in the system's keyring, or in a file where there is none.

A keyring may block (on D-Bus, or on a person asked for a password) and may be missing: everything here runs on a
worker thread, and what cannot be kept in the keyring is kept in the file, which the window says.
"""

from typing import Final

import keyring
import keyring.errors
from coachline_core.client import FileSecrets, Secrets

from coachline_desktop.places import Account, Places

SERVICE: Final = "Coachline"
PROBE: Final = "probe"


class KeyringSecrets:
    """A token in the system's keyring; one left in the file by a worse day moves over when it is next kept."""

    def __init__(self, name: str, file: FileSecrets) -> None:
        self._name, self._file = name, file

    def load(self) -> bytes | None:
        try:
            found = keyring.get_password(SERVICE, self._name)
        except keyring.errors.KeyringError:
            found = None
        return bytes.fromhex(found) if found is not None else self._file.load()

    def keep(self, token: bytes) -> None:
        try:
            keyring.set_password(SERVICE, self._name, token.hex())
        except keyring.errors.KeyringError:
            self._file.keep(token)
        else:
            self._file.forget()

    def forget(self) -> None:
        try:
            keyring.delete_password(SERVICE, self._name)
        except keyring.errors.KeyringError:
            pass  # it was not there
        finally:
            self._file.forget()


def keyring_works() -> bool:
    """Whether a keyring answers. May block: the caller gives it a time."""
    try:
        keyring.set_password(SERVICE, PROBE, PROBE)
        kept = keyring.get_password(SERVICE, PROBE) == PROBE
        keyring.delete_password(SERVICE, PROBE)
    except (keyring.errors.KeyringError, RuntimeError, OSError):
        return False
    return kept


def secrets_for(account: Account, places: Places, *, keyring_there: bool) -> Secrets:
    """Where this account's token is kept."""
    file = FileSecrets(places.token(account))
    return KeyringSecrets(account.name, file) if keyring_there else file
