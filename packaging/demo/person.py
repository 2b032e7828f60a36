"""Somebody in the demo: a real session with its cache on disk, a line that can be cut, and what is on the screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import trio
from coachline_core.client.cache import Cache
from coachline_core.client.secrets import FileSecrets
from coachline_core.client.session import Session
from coachline_core.client.updates import Subscription
from coachline_core.client.values import ConnectionChanged, ConnectionState, ConversationChanged, ServerAddress
from coachline_core.domain.timeline import Item, ItemState
from coachline_core.runtime.executor import ThreadExecutor
from coachline_core.runtime.nursery import flat_nursery
from coachline_core.runtime.seams import Ids, SystemEntropy, TcpNetwork
from coachline_protocol.rows import Id

from demo.clock import MonthClock
from demo.truths import Said
from demo.view import Side
from demo.watch import Watch
from demo.wire import CuttableNetwork

if TYPE_CHECKING:  # whoever plays on a terminal needs no Qt
    from demo.pane import Pane

PATIENCE_SECONDS = 120
"""More than a few tries of a reconnecting client; whoever waits longer waits for ever."""


class Stuck(Exception):
    """Something that had to happen did not; the text says what."""


class Person:
    """One person with one device, between `switch_on` and `switch_off`."""

    def __init__(self, name: str, role: str, folder: Path, address: ServerAddress, clock: MonthClock) -> None:
        """`folder`: where the device keeps its cache and its token; made here."""
        self.name = name
        self.role = role
        self.handle = name.lower()
        self.id: Id = b""
        """Known once signed in."""
        self.network = CuttableNetwork(TcpNetwork())
        self.session: Session
        self.is_on = False
        self.said: list[Said] = []
        """What was written here, in order."""
        self.entered: list[Id] = []
        """Entries of progress that were made here, in order."""
        self.watches: list[Watch] = []
        """One for every time the device was switched on."""
        self.looked_at: dict[Id, set[Id]] = {}
        """The messages of each conversation that were there when it was read."""
        self.composer = ""
        self.pane: Pane | None = None
        """The window, while there is one."""
        self.cache_file = folder / "cache.sqlite3"
        self.folder = folder
        self._secrets = FileSecrets(folder / "token")
        self._address = address
        self._clock = clock
        self._retry_at = 0.0
        self._changed = trio.Event()
        self._off = trio.CancelScope()
        self._gone = trio.Event()
        self._room: trio.Nursery
        folder.mkdir(parents=True)

    # -- the device ----------------------------------------------------------------------------------------

    async def switch_on(self, nursery: trio.Nursery) -> None:
        """Start the session from what is on the disk."""
        await nursery.start(self._live)

    async def switch_off(self) -> None:
        """End the session; what it wrote down stays on the disk."""
        self._off.cancel()
        await self._gone.wait()

    async def sit_down(self, pane: Pane, conversation: Id) -> None:
        """Have a window on the session until the device is switched off, with a conversation open in it."""
        await self._room.start(self._behind, pane)
        await pane.open(conversation)

    async def _behind(self, pane: Pane, *, task_status: trio.TaskStatus[None]) -> None:
        self.pane = pane
        try:
            await pane.live(self.session, self._clock, task_status=task_status)
        finally:
            self.pane = None

    async def _live(self, *, task_status: trio.TaskStatus[None]) -> None:
        self._off, self._gone = trio.CancelScope(), trio.Event()
        cache, entropy = Cache(self.cache_file), SystemEntropy()
        try:
            with self._off:
                async with ThreadExecutor(readers=1, at_thread_end=cache.close) as executor:
                    self.session = Session(
                        self._address,
                        cache=cache,
                        secrets=self._secrets,
                        clock=self._clock,
                        ids=Ids(self._clock, entropy),
                        entropy=entropy,
                        network=self.network,
                        executor=executor,
                    )
                    async with self.session.running(), flat_nursery() as self._room:
                        self.is_on = True
                        self.watches.append(Watch())
                        task_status.started()
                        await self._look(self.session.subscribe(), self.watches[-1])
        finally:
            self.is_on = False
            self._gone.set()

    async def _look(self, updates: Subscription, watch: Watch) -> None:
        async for update in updates:
            match update:
                case ConversationChanged(conversation=conversation, timeline=timeline) if timeline is not None:
                    items = timeline.items()
                    watch.see(conversation, timeline.me, items)
                    for item in items[-1:]:
                        self._clock.heard(item.at or 0)
                case ConnectionChanged(state=state) if state.retry_in is not None:
                    self._retry_at = self._clock.monotonic() + state.retry_in
            self._changed.set()
            self._changed = trio.Event()

    # -- what the person does --------------------------------------------------------------------------------

    async def say(self, conversation: Id, text: str) -> Id:
        """Post a message; returns its id when it is on this device's disk."""
        id = await self.session.post(conversation, text)
        self.said.append(Said(id, conversation, self.id, text))
        return id

    async def type(self, conversation: Id, text: str, seconds_a_key: float) -> None:
        """Write into the composer, key by key."""
        if self.pane is not None:
            await self.pane.come_forward()
        for upto in range(1, len(text) + 1):
            self.composer = text[:upto]
            if self.pane is not None:
                self.pane.key(text[upto - 1])
                await trio.lowlevel.checkpoint()
            else:
                await self.session.typing(conversation)
            if seconds_a_key:
                await trio.sleep(seconds_a_key)

    async def send(self, conversation: Id) -> Id:
        """Post what stands in the composer; returns its id when it is on this device's disk."""
        text, self.composer = self.composer, ""
        if self.pane is None:
            return await self.say(conversation, text)
        before = {item.id for item in self.items(conversation)}

        def new() -> list[Id]:
            mine = [item for item in self.items(conversation) if item.author == self.id and item.text == text]
            return [item.id for item in mine if item.id not in before]

        self.pane.enter()
        await self.until("what was written is in the timeline", new)
        (id,) = new()
        self.said.append(Said(id, conversation, self.id, text))
        return id

    async def write(self, conversation: Id, text: str, seconds_a_key: float) -> Id:
        """Type a message, then post it."""
        await self.type(conversation, text, seconds_a_key)
        return await self.send(conversation)

    async def read(self, conversation: Id) -> None:
        """Look at everything that is there."""
        items = self.items(conversation)
        self.looked_at.setdefault(conversation, set()).update(item.id for item in items)
        if self.pane is not None and await self.pane.come_forward():
            await self.until("what is in view was seen", lambda: not self.unread(conversation))
        else:
            await self.session.saw(conversation, max((item.seq or 0 for item in items), default=0))

    async def until(self, what: str, holds: Callable[[], object]) -> None:
        """Wait until something is so on this device. Raises Stuck."""
        with trio.move_on_after(PATIENCE_SECONDS):
            while True:
                changed = self._changed
                if holds():
                    return
                await changed.wait()
        raise Stuck(f"{self.name} waits in vain until {what}.")

    async def until_here(self, conversation: Id, message: Id) -> None:
        """Wait until a message of somebody else's has come."""
        await self.until("a message is here", lambda: any(item.id == message for item in self.items(conversation)))

    async def until_state(self, conversation: Id, message: Id, *states: ItemState) -> None:
        """Wait until a message of one's own is in one of these states."""
        what = f"a message is {' or '.join(states)}"
        await self.until(what, lambda: self.state(conversation, message) in states)

    async def until_cut(self) -> None:
        """Wait until the device knows that it has no connection."""
        await self.until("the line is gone", lambda: self.session.connection.phase == "reconnecting")

    async def until_synced(self) -> None:
        """Wait until the device is connected and has fetched what it missed."""
        await self.until("everything is here", lambda: self.session.connection.synced)

    async def until_said(self) -> None:
        """Wait until the server has everything that was done in one's own record."""

        def said() -> bool:
            record = self.session.record(self.id)
            return record is not None and not record.pending

        await self.until("what was entered is with the server", said)

    # -- what is on the screen -----------------------------------------------------------------------------

    def items(self, conversation: Id) -> tuple[Item, ...]:
        """A conversation as far as it is loaded."""
        timeline = self.session.timeline(conversation) if self.is_on else None
        return () if timeline is None else timeline.items()

    def state(self, conversation: Id, message: Id) -> ItemState | None:
        """How far a message has come; None: it is not here."""
        return next((item.state for item in self.items(conversation) if item.id == message), None)

    def unread(self, conversation: Id) -> int:
        """What the badge of a conversation shows."""
        return next((each.unread for each in self.session.conversations() if each.conversation == conversation), 0)

    def side(self, other: Person, conversation: Id) -> Side:
        """A conversation as it stands on this device's screen."""
        names = {self.id: self.name, other.id: other.name}
        if not self.is_on:
            dark = ConnectionState("disconnected")
            return Side(self.id, names, self.role, dark, other.id, None, items=(), on=False)
        state = self.session.connection
        if state.retry_in is not None:
            state = replace(state, retry_in=max(0.0, self._retry_at - self._clock.monotonic()))
        presence = self.session.presence(other.id)
        timeline = self.session.timeline(conversation)
        mine = timeline.cursors.get(self.id) if timeline is not None else None
        return Side(
            me=self.id,
            names=names,
            role=self.role,
            connection=state,
            other=other.id,
            other_online=None if presence is None else presence.state == "online",
            items=None if timeline is None else timeline.items(),
            unread=self.unread(conversation),
            read=mine.read if mine is not None else 0,
            typing=other.id in self.session.typing_in(conversation),
            composer=self.composer,
        )
