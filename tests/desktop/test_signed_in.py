"""A window that opens on a session in the middle of things."""

from functools import partial
from pathlib import Path

import pytest
import trio
from coachline_core.client import Cache, FileSecrets, ServerAddress, Session
from coachline_core.client.values import ConnectionState
from coachline_core.runtime.executor import InlineExecutor
from coachline_core.runtime.seams import Ids, SeededEntropy, VirtualClock
from coachline_desktop.painter import Painter
from coachline_desktop.signed_in import SignedIn
from coachline_desktop.state import AppState, ConnectionBanner
from support.desktop_people import Paper
from support.determinism import run_universe
from support.network import MemoryNetwork
from trio.testing import wait_all_tasks_blocked


class Waiting(Session):
    """A session that was cut off a moment ago."""

    @property
    def connection(self) -> ConnectionState:
        return ConnectionState("reconnecting", "unreachable", retry_in=5.0)


async def first_banner(folder: Path) -> ConnectionBanner:
    """What the window says at first."""
    clock, entropy = VirtualClock(1_800_000_000_000), SeededEntropy(1)
    session = Waiting(
        ServerAddress("nowhere", 1, tls=False),
        cache=Cache(folder / "cache.db"),
        secrets=FileSecrets(folder / "token"),
        clock=clock,
        ids=Ids(clock, entropy),
        entropy=entropy,
        network=MemoryNetwork().seen_from("here"),
        executor=InlineExecutor(),
    )
    paper = Paper()
    painter = Painter(paper, AppState())
    _, wants = trio.open_memory_channel[object](1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(SignedIn(session, painter, paper, paper, clock).live, wants)
        await wait_all_tasks_blocked()
        banner = painter.state.banner
        nursery.cancel_scope.cancel()
    return banner


@pytest.mark.parametrize("seed", range(8))
def test_a_window_opened_between_two_tries_says_when_the_next_one_is(seed: int, tmp_path: Path) -> None:
    """Whichever comes first, the window's first look or the session's first update."""
    assert run_universe(partial(first_banner, tmp_path), seed).retry_in_s == 5
