"""Encryption at rest: AES-256-GCM under keys of one key file.

A sealed value is `key id (4 bytes, big endian) ‖ nonce (12) ‖ ciphertext and tag`. What it is bound to (table,
column, stream, key, author) is authenticated with it, so a value that is moved to another row or author does not
open. Nonces are random: NIST SP 800-38D allows 2³² values per key, `rotate` long before that.

The key file is JSON, mode 0600: `{"current": 1, "lookup": base64, "keys": {"1": base64, …}}`. `lookup` keys the
hashes by which invitation codes are found and commands told apart; it never changes.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from coachline_server.store.port import StoreKeyProblem

KEY_BYTES = 32
NONCE_BYTES = 12
NONCES_DRAWN = 256
"""At once: asking the system for each takes as long as encrypting a message."""
ID_BYTES = 4
HEADER_BYTES = ID_BYTES + NONCE_BYTES
DIGEST_BYTES = 16


_encoder = msgspec.msgpack.Encoder()


class Unreadable(Exception):
    """A sealed value does not open: another key, another place, or damage."""


class _KeyFile(msgspec.Struct, frozen=True):
    current: int
    lookup: bytes
    keys: dict[int, bytes]


def bound_to(parts: tuple[str | bytes | int, ...]) -> bytes:
    """The additional authenticated data for a place: MessagePack, in which no two lists of parts look alike."""
    return _encoder.encode(parts)


class Cipher:
    """Seals and opens values. Safe to use from several threads."""

    def __init__(self, path: Path, content: _KeyFile) -> None:
        self._path = path
        self._nonces: list[bytes] = []
        self._take(content)

    def _take(self, content: _KeyFile) -> None:
        self._content = content
        self._keyed = hashlib.blake2b(digest_size=DIGEST_BYTES, key=content.lookup, person=b"digest")
        self._ciphers = {key.to_bytes(ID_BYTES, "big"): AESGCM(secret) for key, secret in content.keys.items()}
        current = content.current.to_bytes(ID_BYTES, "big")
        self._sealing = current, self._ciphers[current]

    @property
    def current(self) -> int:
        """The id of the key new values are sealed under."""
        return self._content.current

    def seal(self, plain: bytes, bound: bytes) -> bytes:
        """Encrypt under the current key."""
        key, cipher = self._sealing
        nonce = self._nonce()
        return key + nonce + cipher.encrypt(nonce, plain, bound)

    def _nonce(self) -> bytes:
        """A fresh one. Taken off the list in one step, so two threads never get the same."""
        try:
            return self._nonces.pop()
        except IndexError:
            drawn = os.urandom(NONCE_BYTES * NONCES_DRAWN)
            nonces = [drawn[at : at + NONCE_BYTES] for at in range(0, len(drawn), NONCE_BYTES)]
            self._nonces += nonces[1:]
            return nonces[0]

    def open(self, sealed: bytes, bound: bytes) -> bytes:
        """Decrypt; raises Unreadable."""
        try:
            cipher = self._ciphers[sealed[:ID_BYTES]]
            nonce = sealed[ID_BYTES:HEADER_BYTES]
            return cipher.decrypt(nonce, sealed[HEADER_BYTES:], bound)
        except (InvalidTag, ValueError, KeyError, TypeError) as error:
            raise Unreadable(f"{type(error).__name__} for {len(sealed)} bytes") from error

    def lookup_hash(self, secret: str) -> bytes:
        """A keyed hash (HMAC-SHA-256): finds a secret without keeping it."""
        return hmac.digest(self._content.lookup, secret.encode(), "sha256")

    def digest(self, content: bytes) -> bytes:
        """A keyed hash (BLAKE2b): tells two contents apart, and tells nothing to who guesses one but lacks the key."""
        told_apart = self._keyed.copy()
        told_apart.update(content)
        return told_apart.digest()

    def rotate(self) -> int:
        """Add a key and make it current, in the file first; returns its id."""
        # Another process may have rotated since this one read the file; its key must not be lost.
        held = _read(self._path)
        new = max(held.keys) + 1
        content = _KeyFile(new, held.lookup, held.keys | {new: os.urandom(KEY_BYTES)})
        _write(self._path, content)
        self._take(content)
        return new


def key_of(sealed: bytes) -> int:
    """The id of the key a value was sealed under."""
    return int.from_bytes(sealed[:ID_BYTES], "big")


def open_key_file(path: Path, *, create: bool) -> Cipher:
    """Read the key file, or make it. Raises StoreKeyProblem, with a sentence.

    `create` may only be true for a database that holds nothing: a fresh key for an old database would read as
    damage in every row.
    """
    if create and not path.exists():
        secret = {1: os.urandom(KEY_BYTES)}
        _write(path, _KeyFile(1, os.urandom(KEY_BYTES), secret))
    return Cipher(path, _read(path))


def _read(path: Path) -> _KeyFile:
    try:
        content = msgspec.json.decode(path.read_bytes(), type=_KeyFile)
    except FileNotFoundError:
        raise StoreKeyProblem(
            f"The key file {path} is missing; without it the database cannot be read: put it back from its backup."
        ) from None
    except OSError as error:
        raise StoreKeyProblem(f"The key file {path} cannot be read: {error.strerror}.") from error
    except msgspec.DecodeError as error:
        raise StoreKeyProblem(f"The key file {path} is damaged: {error}.") from error
    if content.current not in content.keys or not _are_keys([content.lookup, *content.keys.values()]):
        raise StoreKeyProblem(f"The key file {path} is damaged: its keys are not complete.")
    return content


def _are_keys(secrets: Sequence[bytes]) -> bool:
    return all(len(secret) == KEY_BYTES for secret in secrets)


def _write(path: Path, content: _KeyFile) -> None:
    """Replace the file in one step, on disk before it counts, never readable by others."""
    fresh = path.with_name(f"{path.name}.{base64.b16encode(os.urandom(4)).decode()}")
    try:
        with open(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(msgspec.json.encode(content))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise StoreKeyProblem(f"The key file {path} cannot be written: {error.strerror}.") from error


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive power loss, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
