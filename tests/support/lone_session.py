"""Sessions on a device that reaches nobody: what the window's deeds make of one is seen without a server."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from coachline_core.client import Cache, FileSecrets, ServerAddress, Session
from coachline_core.runtime.executor import InlineExecutor
from coachline_core.runtime.seams import Ids, SeededEntropy, VirtualClock
from support.network import MemoryNetwork

T = TypeVar("T", bound=Session)


def session_in(folder: Path, kind: type[T]) -> tuple[T, VirtualClock]:
    """A session that reaches nobody."""
    clock, entropy = VirtualClock(1_800_000_000_000), SeededEntropy(1)
    cache = Cache(folder / "cache.db")
    cache.close()  # nobody asks it for anything, and the file is not to stay open
    session = kind(
        ServerAddress("nowhere", 1, tls=False),
        cache=cache,
        secrets=FileSecrets(folder / "token"),
        clock=clock,
        ids=Ids(clock, entropy),
        entropy=entropy,
        network=MemoryNetwork().seen_from("here"),
        executor=InlineExecutor(),
    )
    return session, clock
