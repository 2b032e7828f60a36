"""Passwords: argon2id on worker threads, a bounded number at once, and the same work whether an account exists."""

from collections.abc import Callable
from typing import Protocol, TypeVar

import trio
from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from coachline_core.runtime.seams import Entropy

from coachline_server.settings import PasswordHashing

T = TypeVar("T")

SALT_BYTES = 16
"""RFC 9106, section 4: 128 bits are enough for every use."""


class Workers(Protocol):
    """Where long computations run away from the event loop."""

    async def run(self, fn: Callable[[], T]) -> T:
        """What `fn` returns; what it raises is raised here."""
        ...


class WorkerThreads:
    """trio's own threads, at most `at_once` of them."""

    def __init__(self, at_once: int) -> None:
        self._limiter = trio.CapacityLimiter(at_once)

    async def run(self, fn: Callable[[], T]) -> T:
        return await trio.to_thread.run_sync(fn, limiter=self._limiter)


class Passwords:
    """Hashes and checks."""

    def __init__(self, settings: PasswordHashing, entropy: Entropy, workers: Workers) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.passes, memory_cost=settings.memory_kib, parallelism=settings.lanes, type=Type.ID
        )
        self._entropy = entropy
        self._workers = workers
        # Checked in place of the hash of an account that is not there, so that both take as long.
        self._nobody = self._hasher.hash("nobody's password", salt=entropy.token(SALT_BYTES))

    async def hash(self, password: str) -> str:
        """A fresh hash, in argon2's own notation with salt and parameters."""
        salt = self._entropy.token(SALT_BYTES)
        return await self._workers.run(lambda: self._hasher.hash(password, salt=salt))

    async def check(self, password: str, known: str | None) -> bool:
        """Whether `password` is the one hashed in `known`; None: there is no such account, which takes as long."""

        def verify() -> bool:
            try:
                return self._hasher.verify(known or self._nobody, password) and known is not None
            except (VerificationError, InvalidHashError):
                return False

        return await self._workers.run(verify)

    def outdated(self, known: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(known)
