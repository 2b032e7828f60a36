"""One device of a universe: a real client session through all its lives on one disk, and a hand that uses it."""

import errno
import os
import shutil
import sqlite3
import zlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import trio
from coachline_core.client import facts
from coachline_core.client.cache import Cache
from coachline_core.client.errors import NotConnected, Refused, SignedOut, StorageFailed
from coachline_core.client.secrets import FileSecrets
from coachline_core.client.session import Session
from coachline_core.client.values import ServerAddress
from coachline_core.domain.timeline import Timeline
from coachline_core.runtime.executor import InlineExecutor
from coachline_core.runtime.seams import Ids, VirtualClock
from coachline_protocol.codes import RefusalCode
from coachline_protocol.ops import MessagePost
from coachline_protocol.rows import Id, Message
from support.network import Wire
from support.trace import TracedNetwork

if TYPE_CHECKING:
    from support.universe import Universe

NOW = 1_800_000_000_000
"""The wall clock when a universe begins, ms UTC."""
MOST_SKEW_MS = 12 * 60 * 60 * 1000
"""How far a device's wall clock may be off."""
Job = Callable[[], Awaitable[None]]
EXPECTED = (
    RefusalCode.NOT_FOUND,
    RefusalCode.BAD_TOKEN,
    RefusalCode.NO_RELATIONSHIP,
    RefusalCode.CONVERSATION_CLOSED,
)
"""Refusals, beside those that pass, that somebody may meet in a story: a backup knows less than was so, and coaching
ends."""


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
        self._jobs, self._to_do = trio.open_memory_channel[Job](float("inf"))
        self._busy = 0
        self.lives = 0
        self.full = False
        """Whether its disk takes nothing more."""
        self.session: Session
        self.cache: Cache
        self.promised: dict[Id, list[Id]] = {}
        """By conversation, messages the session took, oldest first: from then on they may not be lost."""
        self.attempted: set[tuple[Id, str]] = set()
        """Conversation and text of all messages that were begun."""
        self.looked: dict[Id, set[Id]] = {}
        """By conversation, the newest messages that were on this screen before its person's eyes."""
        self.saw: dict[tuple[Id, Id], int] = {}
        """By epoch and conversation, the highest seq of which the session took that it was seen."""

    @property
    def up(self) -> bool:
        """Whether it runs."""
        return self._life is not None

    @property
    def idle(self) -> bool:
        """Runs, and its person waits for nothing."""
        return self.up and not self._busy

    @property
    def out(self) -> bool:
        """Runs, and nobody is signed in, or not until a password is given again."""
        return self.up and (self.session.person is None or self.session.connection.phase == "disconnected")

    @property
    def at_rest(self) -> bool:
        """Up to date, and nothing left to do or to say."""
        if not self.idle or self.out or not self.session.connection.synced:
            return False
        listed = [line.conversation for line in self.session.conversations()]
        timelines = [self.session.timeline(conversation) for conversation in listed]
        if any(shown is None or shown.pending or shown.holes() for shown in timelines):
            return False
        return not self.cache.load().outbox

    def timeline(self, partner: str) -> Timeline | None:
        """A conversation as it is shown."""
        return self.session.timeline(self._talk(partner))

    def messages(self, partner: str) -> tuple[Message, ...]:
        """All of a conversation that it holds on its disk."""
        return self.cache.messages(self._talk(partner))

    def wire(self) -> Wire | None:
        """The one it dialled last."""
        wires = self._world.network.wires_of(self.name)
        return wires[-1] if wires else None

    async def start(self) -> None:
        """Open what is on the disk and go on."""
        self.lives += 1
        self._ended = trio.Event()
        self._jobs, self._to_do = trio.open_memory_channel[Job](float("inf"))
        self._busy = 0
        await self._world.nursery.start(self._live)

    async def kill(self) -> None:
        """As kill −9: what is on the disk at this moment is what there is."""
        assert self._life is not None
        self._world.trace.note(self.name, "is killed")
        for wire in self._world.network.wires_of(self.name):
            wire.cut()
        left, self._disk = self._disk, self._world.folder / f"{self.name} {self.lives}"
        shutil.copytree(left, self._disk)
        self._life.cancel()
        await self._ended.wait()

    # -- what a person does

    def post(self, partner: str, text: str) -> None:
        """Write something."""

        async def write() -> None:
            talk = self._talk(partner)
            if self.timeline(partner) is not None:
                self.attempted.add((talk, text))
                id = await self.session.post(talk, text)
                self.promised.setdefault(talk, []).append(id)

        self.do(write)

    def read(self, partner: str) -> None:
        """Look at everything that is shown."""

        async def look() -> None:
            talk, timeline = self._talk(partner), self.timeline(partner)
            if timeline is not None and timeline.messages:
                seq = max(timeline.messages)
                self.looked.setdefault(talk, set()).add(timeline.messages[seq].id)
                epoch = self.cache.load().epoch or b""
                await self.session.saw(talk, seq)
                if self.cache.load().epoch == epoch:
                    self.saw[epoch, talk] = max(self.saw.get((epoch, talk), 0), seq)

        self.do(look)

    def open(self, partner: str) -> None:
        """Begin to talk, or find where it was begun."""

        async def begin() -> None:
            await self.session.open_conversation(self._world.people[partner])

        self.do(begin)

    def type(self, partner: str) -> None:
        """Press a key."""
        self.do(lambda: self.session.typing(self._talk(partner)))

    def view(self, partner: str | None) -> None:
        """Show a conversation, or something else."""
        self.do(lambda: self.session.view(None if partner is None else self._talk(partner)))

    def rename(self, name: str) -> None:
        """Be called something else, unless the other device has just said so too."""

        async def change() -> None:
            with suppress(Refused):
                await self.session.set_profile(display_name=name)

        self.do(change)

    def wake(self) -> None:
        """The machine says that the network is there."""
        self.do(lambda: self.session.network_up())

    def sign_in(self) -> None:
        """With the password."""

        async def enter() -> None:
            if self.out:
                await self.session.sign_in(self.person, self._world.password, self.name)

        self.do(enter)

    def sign_out(self) -> None:
        """Nothing stays here."""
        self.do(lambda: self.session.sign_out())

    def revoke(self, other: "SimulatedDevice") -> None:
        """Sign another device of the same person out."""

        async def shut_out() -> None:
            for entry in await self.session.devices():
                if entry.name == other.name and not entry.this:
                    await self.session.revoke_device(entry.id)

        self.do(shut_out)

    def give_up_failed(self) -> None:
        """What the server will never take is given up: of messages only what a backup or an end explains."""
        for entry in self.cache.load().outbox:
            explained = self._world.lost or (entry.refusal and entry.refusal.code in EXPECTED)
            if entry.state == "failed" and (explained or not isinstance(entry.body, MessagePost)):
                self._world.lost.add(entry.id)
                self.do(partial(self.session.discard, entry.id))

    def do(self, job: Job) -> None:
        """After everything else."""
        if self.up:
            self._busy += 1
            self._jobs.send_nowait(job)

    # -- its life

    def _talk(self, partner: str) -> Id:
        return self._world.talk(self.person, partner)

    async def _live(self, task_status: trio.TaskStatus[None]) -> None:
        world = self._world
        self.cache = _Cache(self._disk / "cache.db", self)
        self.session = Session(
            ServerAddress("server", 8440, tls=False),
            cache=self.cache,
            secrets=_Secrets(self._disk / "token", self),
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
                if self.session.person is None:
                    # Wiped: what was not said yet is gone, as was asked for; what was acknowledged must be there.
                    self.promised.clear()
                    self.saw.clear()

    async def _use(self) -> None:
        async for job in self._to_do:
            try:
                await job()
            except (NotConnected, SignedOut) as error:
                self._world.trace.note(self.name, f"could not: {error!r}")
            except Refused as refused:
                code = refused.refusal.code
                self._complain(f"was refused: {refused.refusal}", expected=code.retryable or code in EXPECTED)
            except (StorageFailed, OSError) as error:
                self._complain(f"could not keep: {error!r}", expected=FULL in str(error))
            self._busy -= 1

    def _complain(self, words: str, *, expected: bool) -> None:
        self._world.trace.note(self.name, words)
        if not expected:
            self._world.alarms.append(self._world.trace.lines[-1])


FULL = os.strerror(errno.ENOSPC)


class _Cache(Cache):
    """On a disk that may be full: then nothing is written, as SQLite has it whose log cannot grow."""

    def __init__(self, file: Path, device: SimulatedDevice) -> None:
        super().__init__(file)
        self._device = device

    def commit(self, facts_: Sequence[facts.Fact]) -> None:
        if self._device.full and not all(isinstance(fact, facts.Said | facts.Cut) for fact in facts_):
            raise sqlite3.OperationalError(FULL)
        super().commit(facts_)


class _Secrets(FileSecrets):
    """On the same disk."""

    def __init__(self, file: Path, device: SimulatedDevice) -> None:
        super().__init__(file)
        self._device = device

    def keep(self, token: bytes) -> None:
        if self._device.full:
            raise OSError(errno.ENOSPC, FULL)
        super().keep(token)
