"""A machine that slept, as two clocks show it, and what a window does about it (SPEC.md, C11)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import trio
from coachline_core.client import Session
from coachline_core.client.values import ConnectionState
from coachline_core.runtime.seams import VirtualClock
from coachline_desktop import intents, waking
from coachline_desktop.painter import Painter
from coachline_desktop.screen import NetworkReturned
from coachline_desktop.signed_in import SignedIn
from coachline_desktop.state import AppState
from coachline_desktop.waking import LOOK_SECONDS, SLEPT_SECONDS, Reading, slept
from support.client_world import World, synced, until
from support.desktop_people import Paper
from support.lone_session import session_in
from support.scripted_server import ScriptedServer
from trio.testing import MockClock, wait_all_tasks_blocked

NIGHT = 8 * 3_600
NOON_MS = 1_800_000_000_000


@pytest.mark.parametrize(
    ("wall", "monotonic", "was"),
    [
        (LOOK_SECONDS, LOOK_SECONDS, False),
        (LOOK_SECONDS + SLEPT_SECONDS - 0.1, LOOK_SECONDS + SLEPT_SECONDS - 0.1, False),  # only busy
        (NIGHT, LOOK_SECONDS, True),  # as Linux and macOS sleep
        (NIGHT, NIGHT, True),  # as Windows sleeps
        (LOOK_SECONDS - NIGHT, LOOK_SECONDS, False),  # the clock was set back
        (LOOK_SECONDS - NIGHT, NIGHT, True),  # both
    ],
)
def test_a_clock_that_ran_ahead_shows_that_the_machine_slept(wall: float, monotonic: float, was: bool) -> None:
    begin = Reading(NOON_MS, 77.0)
    assert slept(begin, Reading(NOON_MS + round(wall * 1000), 77.0 + monotonic)) is was


def stood_still(clock: VirtualClock, mock: MockClock) -> None:
    clock.jump(NIGHT * 1000)


def went_on(clock: VirtualClock, mock: MockClock) -> None:
    mock.jump(NIGHT)


@pytest.mark.parametrize("sleep", [stood_still, went_on])
async def test_each_sleep_is_noticed_once_and_an_hour_awake_never(
    autojump_clock: MockClock, sleep: Callable[[VirtualClock, MockClock], None]
) -> None:
    clock, noticed = VirtualClock(NOON_MS), list[float]()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(waking.watch, clock, lambda: noticed.append(trio.current_time()))
        await trio.sleep(3_600)
        assert noticed == []
        for nights in (1, 2):
            sleep(clock, autojump_clock)
            woke = trio.current_time()
            await trio.sleep(600)
            assert len(noticed) == nights
            assert noticed[-1] <= woke + LOOK_SECONDS
        nursery.cancel_scope.cancel()


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Somebody who was signed in, with a server."""
    made = World(tmp_path, ScriptedServer(b"\x01" * 16))
    made.sign_in()
    return made


async def test_a_connection_that_died_while_the_machine_slept_is_found_out_at_once(
    autojump_clock: MockClock, world: World
) -> None:
    """The heartbeat would take half a minute, in which whatever is written seems to be on its way."""
    paper = Paper()
    _, wants = trio.open_memory_channel[object](1)
    async with world.serving(), world.session() as session, trio.open_nursery() as nursery:
        nursery.start_soon(SignedIn(session, Painter(paper, AppState()), paper, paper, world.clock).live, wants)
        await synced(session)
        (wire,) = world.network.wires_of("phone")
        wire.half_open()
        world.clock.jump(NIGHT * 1000)
        with trio.fail_after(LOOK_SECONDS + 5.5):
            await until(session, lambda: session.connection.phase == "reconnecting")
            await synced(session)
        nursery.cancel_scope.cancel()


class Hesitant(Session):
    """A session that is connected, and takes long to find out whether it still is."""

    asked = 0
    retried = 0

    @property
    def connection(self) -> ConnectionState:
        return ConnectionState("connected", synced=True)

    async def network_up(self) -> None:
        self.asked += 1
        await trio.sleep(5)

    def retry_now(self) -> None:
        self.retried += 1


async def test_a_network_that_returns_is_told_to_the_session_and_nobody_waits_meanwhile(
    autojump_clock: MockClock, tmp_path: Path
) -> None:
    session, clock = session_in(tmp_path, Hesitant)
    paper = Paper()
    send, wants = trio.open_memory_channel[object](4)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(SignedIn(session, Painter(paper, AppState()), paper, paper, clock).live, wants)
        for want in (
            NetworkReturned(),
            NetworkReturned(),
            intents.Copy("written meanwhile"),
            intents.RetryConnection(),
        ):
            await send.send(want)
        await wait_all_tasks_blocked()
        assert (session.asked, session.retried, paper.copied) == (1, 1, ["written meanwhile"])
        nursery.cancel_scope.cancel()
