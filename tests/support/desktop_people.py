"""People at a window without a window: the whole program on a real session, with a screen and a desk of lists."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import trio
from coachline_core.runtime.nursery import flat_nursery
from coachline_core.runtime.seams import SystemClock
from coachline_desktop import intents
from coachline_desktop.app import App
from coachline_desktop.goal_intents import Filled
from coachline_desktop.goal_state import Choice
from coachline_desktop.intents import Intent
from coachline_desktop.places import Places
from coachline_desktop.screen import Alert
from coachline_desktop.state import AppState, Bubble, Key, Settings
from support.process import GIVE_UP_SECONDS

ALL = Choice(see_goals=True, set_goals="assign", see_progress=True, see_presence=True)


class Paper:
    """A screen and a desk that only remember."""

    def __init__(self) -> None:
        self.state = AppState()
        self.looking: Key | None = None
        self.cleared: list[Key] = []
        self.refusals: list[tuple[Key, str, str]] = []
        self.forms: list[tuple[str, str, str]] = []
        self.alerts: list[Alert] = []
        self.badges: list[int] = [0]
        self.copied: list[str] = []
        self.links: list[str] = []
        self.settings = Settings()
        self._changed = trio.Event()

    def show_state(self, state: AppState) -> None:
        self.state = state
        self._turn()

    def sent(self, conversation: Key) -> None:
        self.cleared.append(conversation)
        self._turn()

    def refused(self, conversation: Key, text: str, words: str) -> None:
        self.refusals.append((conversation, text, words))
        self._turn()

    def form_done(self, said: Filled | intents.MakeInvitation) -> None:
        self.forms.append((said.place, "", ""))
        self._turn()

    def form_refused(self, place: str, field: str, words: str) -> bool:
        self.forms.append((place, field, words))
        self._turn()
        return True

    def displays(self, conversation: Key) -> bool:
        return conversation == self.looking

    def attended(self) -> bool:
        return self.looking is not None

    def come_forward(self) -> None:
        """Nothing stands before it."""

    def alert(self, alert: Alert) -> None:
        self.alerts.append(alert)
        self._turn()

    def badge(self, unread: int) -> None:
        self.badges.append(unread)

    def copy(self, text: str) -> None:
        self.copied.append(text)
        self._turn()

    def open_link(self, address: str) -> None:
        self.links.append(address)

    def keep_settings(self, settings: Settings) -> None:
        self.settings = settings

    def load_settings(self) -> Settings:
        return self.settings

    def zone(self) -> str:
        return "Europe/Vienna"

    def device_name(self) -> str:
        return "laptop"

    def diagnostics(self) -> str:
        return "paper"

    def _turn(self) -> None:
        self._changed.set()
        self._changed = trio.Event()

    async def until(self, is_so: Callable[[AppState], object]) -> AppState:
        """The first state shown of which something is so, or that is so already."""
        with trio.move_on_after(GIVE_UP_SECONDS):
            while not is_so(self.state):
                await self._changed.wait()
            return self.state
        raise AssertionError(f"never so: {self.state}")


class AtWindow:
    """Somebody at a window of paper."""

    def __init__(self, folder: Path, paper: Paper, wants: trio.MemorySendChannel[object]) -> None:
        self.folder, self.paper, self._wants = folder, paper, wants

    @property
    def state(self) -> AppState:
        return self.paper.state

    def want(self, intent: Intent) -> None:
        self._wants.send_nowait(intent)

    async def sign_in(self, port: int, handle: str, password: str) -> None:
        await self.paper.until(lambda state: state.screen == "first_run")
        self.want(intents.SignIn(f"127.0.0.1:{port}", handle, password))
        await self.paper.until(connected)

    async def invite(self) -> str:
        self.want(intents.MakeInvitation("invitation", "client", "for Tom", 24))
        await self.paper.until(lambda state: any(row.open for row in state.invitations))
        await self.paper.until(lambda _: self.paper.copied)
        return self.paper.copied[-1]

    async def join(self, port: int, code: str, handle: str, password: str) -> None:
        await self.paper.until(lambda state: state.screen == "first_run")
        server = f"127.0.0.1:{port}"
        self.want(intents.LookUpCode(server, code))
        shown = await self.paper.until(lambda state: state.first_run.offer)
        assert shown.first_run.offer is not None
        self.want(intents.Join(server, code, "Tom", handle, password, ALL if shown.first_run.offer.coaching else None))
        await self.paper.until(connected)

    async def write_to(self, name: str) -> Key:
        """Open the conversation with somebody."""
        state = await self.paper.until(lambda state: any(row.name == name and row.can_message for row in state.people))
        self.want(intents.MessagePerson(next(row.key for row in state.people if row.name == name)))
        state = await self.paper.until(lambda state: state.current)
        assert state.current is not None
        return state.current.id

    async def open(self, title: str) -> Key:
        state = await self.paper.until(lambda state: any(row.title == title for row in state.conversations))
        conversation = next(row.id for row in state.conversations if row.title == title)
        self.want(intents.OpenConversation(conversation))
        await self.paper.until(lambda state: state.current and state.current.id == conversation)
        return conversation

    async def until_bubble(self, text: str, tick: str | None = None) -> Bubble:
        """A message shown in the open conversation, with this tick if one is given."""
        await self.paper.until(lambda state: bubble(state, text, tick))
        found = bubble(self.state, text, tick)
        assert found is not None
        return found


def connected(state: AppState) -> bool:
    """Signed in, connected and caught up."""
    return (
        state.screen == "main" and state.me is not None and state.banner.phase == "connected" and not state.banner.words
    )


def bubble(state: AppState, text: str, tick: str | None = None) -> Bubble | None:
    """A message of the open conversation."""
    for entry in state.current.entries if state.current else ():
        if isinstance(entry, Bubble) and entry.text == text and tick in (None, entry.tick):
            return entry
    return None


@asynccontextmanager
async def at_window(folder: Path) -> AsyncIterator[AtWindow]:
    """The program on a data folder, until the block ends."""
    paper = Paper()
    send, receive = trio.open_memory_channel[object](100)
    async with flat_nursery() as nursery:
        nursery.start_soon(App(Places(folder), paper, paper, SystemClock()).run, receive)
        yield AtWindow(folder, paper, send)
        nursery.cancel_scope.cancel()
