"""One device of a universe: a real client session through all its lives on one disk, and a hand that uses it."""

import shutil
import zlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import trio
from coachline_core.client.cache import Cache
from coachline_core.client.secrets import FileSecrets
from coachline_core.client.session import Session
from coachline_core.client.values import ServerAddress
from coachline_core.domain.timeline import Timeline
from coachline_core.runtime.executor import InlineExecutor
from coachline_core.runtime.seams import Ids, VirtualClock
from coachline_protocol.rows import Id, Message
from support.network import Wire
from support.trace import TracedNetwork

if TYPE_CHECKING:
    from support.universe import Universe

NOW = 1_800_000_000_000
"""The wall clock when a universe begins, ms UTC."""
MOST_SKEW_MS = 12 * 60 * 60 * 1000
"""How far a device's wall clock may be off."""
Deed = Callable[[], Awaitable[None]]


class SimulatedDevice:
    """What its person does with it is done in order, one after the other, by `do`; a killed device does no more."""

    def __init__(self, world: "Universe", name: str) -> None:
        self._world = world
        self.name = name
        self.person = name.partition(" ")[0]
        self._disk = world.folder / f"{name} 0"
        self._disk.mkdir()
        self._entropy = world.chances.entropy(name)
        # Wall clocks differ, by hours where somebody set the wrong zone: they are display data only.
        self.clock = VirtualClock(NOW + int(self._entropy.uniform(-MOST_SKEW_MS, MOST_SKEW_MS)))
        self._ids = Ids(self.clock, self._entropy)
        self._delay = world.chances.delay(f"{name} disk", 0.003, 0.5)
        self._life: trio.CancelScope | None = None
        self._ended = trio.Event()
        self._deeds, self._to_do = trio.open_memory_channel[Deed](float("inf"))
        self._busy = 0
        self.lives = 0
        self.session: Session
        self.cache: Cache
        self.promised: list[Id] = []
        """Messages the session took, oldest first: from then on they may not be lost."""
        self.attempted: list[str] = []
        """The texts of all messages that were begun."""
        self.looked = 0
        """The highest seq that was on this screen before its person's eyes."""
        self.saw = 0
        """The highest seq of which the session took that it was."""

    @property
    def up(self) -> bool:
        """Whether it runs."""
        return self._life is not None

    @property
    def at_rest(self) -> bool:
        """Up to date, and nothing left to do or to say."""
        if not self.up or self._busy or not self.session.connection.synced:
            return False
        timeline = self.timeline()
        return timeline is not None and not timeline.pending and not timeline.holes()

    def timeline(self) -> Timeline | None:
        """The conversation as it is shown."""
        return self.session.timeline(self._world.conversation)

    def messages(self) -> tuple[Message, ...]:
        """All that it holds on its disk."""
        return self.cache.messages(self._world.conversation)

    def wire(self) -> Wire | None:
        """The one it dialled last."""
        wires = self._world.network.wires_of(self.name)
        return wires[-1] if wires else None

    async def start(self) -> None:
        """Open what is on the disk and go on."""
        self.lives += 1
        self._ended = trio.Event()
        self._deeds, self._to_do = trio.open_memory_channel[Deed](float("inf"))
        self._busy = 0
        await self._world.nursery.start(self._live)

    async def kill(self) -> None:
        """As kill −9: what is on the disk at this moment is what there is."""
        if self._life is None:
            return
        self._world.trace.note(self.name, "is killed")
        for wire in self._world.network.wires_of(self.name):
            wire.cut()
        left, self._disk = self._disk, self._world.folder / f"{self.name} {self.lives}"
        shutil.copytree(left, self._disk)
        self._life.cancel()
        await self._ended.wait()

    # -- what a person does

    def post(self, text: str) -> None:
        """Write something."""

        async def write() -> None:
            if self.timeline() is None:
                return
            self.attempted.append(text)
            self.promised.append(await self.session.post(self._world.conversation, text))

        self._do(write)

    def read(self) -> None:
        """Look at everything that is shown."""

        async def look() -> None:
            timeline = self.timeline()
            if timeline is not None and timeline.messages:
                seq = max(timeline.messages)
                self.looked = max(self.looked, seq)
                await self.session.saw(self._world.conversation, seq)
                self.saw = max(self.saw, seq)

        self._do(look)

    def type(self) -> None:
        """Press a key."""
        self._do(lambda: self.session.typing(self._world.conversation))

    def view(self, on: bool) -> None:
        """Show the conversation, or something else."""
        self._do(lambda: self.session.view(self._world.conversation if on else None))

    def wake(self) -> None:
        """The machine says that the network is there."""
        self._do(lambda: self.session.network_up())

    def _do(self, deed: Deed) -> None:
        if self.up:
            self._busy += 1
            self._deeds.send_nowait(deed)

    # -- its life

    async def _live(self, task_status: trio.TaskStatus[None]) -> None:
        world = self._world
        self.cache = Cache(self._disk / "cache.db")
        self.session = Session(
            ServerAddress("server", 8440, tls=False),
            cache=self.cache,
            secrets=FileSecrets(self._disk / "token"),
            clock=self.clock,
            ids=self._ids,
            entropy=self._entropy,
            network=TracedNetwork(world.network.seen_from(self.name), self.name, world.trace),
            executor=InlineExecutor(self._delay),
        )
        try:
            with trio.CancelScope() as self._life:
                async with self.session.running(), trio.open_nursery() as nursery:
                    nursery.start_soon(self._watch)
                    nursery.start_soon(self._use)
                    world.trace.note(self.name, "runs")
                    task_status.started()
        finally:
            self._life = None
            self.cache.close()
            self._ended.set()

    async def _watch(self) -> None:
        """Everything published, into the trace."""
        with self.session.subscribe() as updates:
            async for update in updates:
                words = repr(update)
                self._world.trace.note(self.name, f"shows {type(update).__name__} {zlib.crc32(words.encode()):08x}")

    async def _use(self) -> None:
        async for deed in self._to_do:
            await deed()
            self._busy -= 1
