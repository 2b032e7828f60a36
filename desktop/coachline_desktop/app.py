"""The program: first screens, then a session, then first screens again; wires the parts and decides nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final, NoReturn

import trio
from coachline_core.client import NewerCache
from coachline_core.runtime.nursery import flat_nursery
from coachline_core.runtime.seams import Clock

from coachline_desktop import explain, hosting
from coachline_desktop.aside import aside, aside_within
from coachline_desktop.keeping import keyring_works
from coachline_desktop.painter import Painter
from coachline_desktop.places import Account, Places, written
from coachline_desktop.screen import Desk, Screen
from coachline_desktop.signed_in import SignedIn
from coachline_desktop.state import AppState
from coachline_desktop.wanted import Wanted
from coachline_desktop.welcome import Welcome, opened
from coachline_desktop.words import say

KEYRING_SECONDS: Final = 5.0
"""How long a keyring may take to answer before it counts as none."""


class App:
    """One window, from start to end."""

    def __init__(self, places: Places, screen: Screen, desk: Desk, clock: Clock) -> None:
        self._places, self._screen, self._desk, self._clock = places, screen, desk, clock

    async def run(self, wants: trio.MemoryReceiveChannel[object]) -> NoReturn:
        """Until it is cancelled. Raises what a defect raises.

        `wants` are the intents of the window, and what is heard of the computer's network.
        """
        painter = Painter(self._screen, AppState(settings=self._desk.load_settings()))
        async with flat_nursery() as nursery:
            nursery.start_soon(painter.run)
            await self._live(painter, Wanted(wants))
        raise AssertionError("only cancellation ends it")

    async def _live(self, painter: Painter, wants: AsyncIterator[object]) -> NoReturn:
        keyring_there = await aside_within(KEYRING_SECONDS, keyring_works, False)
        if not keyring_there:
            notice = say("This computer has no keyring: your sign-in is kept in a file that only you can read.")
            painter.change(secrets_notice=notice)
        welcome = Welcome(painter, self._desk, self._places, self._clock, keyring_there=keyring_there)
        account = await aside(self._places.load)
        server, problem = "", ""
        while True:
            if account is None:
                account = await welcome.until_signed_in(wants, server=server, problem=problem)
            server = "" if account.hosted else written(account.server)
            problem = await self._session(account, painter, wants, keyring_there)
            account = None

    async def _session(
        self, account: Account, painter: Painter, wants: AsyncIterator[object], keyring_there: bool
    ) -> str:
        """One session to its end; returns what is to be said about that, in words."""
        try:
            async with (
                self._hosted(account) as account,
                opened(account, self._places, keyring_there=keyring_there) as session,
            ):
                signed_in = SignedIn(session, painter, self._screen, self._desk, self._clock)
                return explain.reason(await signed_in.live(wants))
        except NewerCache:
            return say("A newer Coachline was used on this computer before: please use that one.")
        except hosting.HostingFailed as failed:
            return say("Your server could not be started: {why}", why=str(failed)[-300:])
        except OSError:
            return explain.reason("storage")

    @asynccontextmanager
    async def _hosted(self, account: Account) -> AsyncIterator[Account]:
        """The account, with its server running if that is ours to run."""
        if not account.hosted:
            yield account
            return
        async with hosting.own_server(self._places.hosted, account.port) as port:
            now = replace(account, port=port)
            if now != account:
                await aside(lambda: self._places.keep(now))
            yield now
