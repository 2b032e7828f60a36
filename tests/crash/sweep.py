"""The n-th fault sweep: the same short play over and over, each time with one call going wrong, in virtual time.

After each: every command was done in the end, by saying it again where it was refused for now or cut off; nothing that
was told is untrue; and the daemon went on, or ended and was started again as the system would.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog
import trio
from coachline_core.runtime.executor import Executor, InlineExecutor
from coachline_core.runtime.link import LinkClosed
from coachline_core.runtime.seams import Ids, Network, SeededEntropy, VirtualClock
from coachline_core.runtime.supervisor import SupervisionError
from coachline_protocol import ops
from coachline_protocol.codes import Refusal
from coachline_protocol.connection import Answered, Denied, Told
from coachline_protocol.ops import Body
from coachline_protocol.rows import Device, Id, StreamId
from coachline_server.app import App
from coachline_server.store.port import Store, StoreError
from coachline_server.store.sqlite import SqliteEngine
from crash.compare import compare
from crash.faults import (
    DISK_ERRORS,
    SENT_SHARE,
    STORE,
    Fault,
    FaultyNetwork,
    HangingExecutor,
    faulty_statements,
    faulty_store,
)
from crash.line import Line, line_on
from crash.told import Chronicle, Said
from support.daemon import NOW, SETTINGS, Account, House, InlineWorkers, new_store
from support.determinism import run_universe
from support.network import MemoryNetwork

PLAY_SECONDS = 600
"""Virtual; a play that takes longer never ends."""
AGAIN_SECONDS = 0.5
"""Until a command is said again, a connection made again, a daemon started again."""


@dataclass(frozen=True)
class Kind:
    """A place for faults, and how it goes wrong there."""

    place: str
    how: str

    def __str__(self) -> str:
        return f"{self.place} {self.how}"


KINDS = (
    *(Kind("store", how) for how in STORE),
    Kind("storage", "hangs"),
    *(Kind("statement", how) for how in DISK_ERRORS),
    *(Kind("write", how) for how in SENT_SHARE),
)


class World:
    """A daemon that is started again when it ends, and what it is made of."""

    def __init__(self, folder: Path, kind: Kind, fault: Fault) -> None:
        self.fault = fault
        self.clock = VirtualClock(NOW)
        self.network = MemoryNetwork()
        self.chronicle = Chronicle()
        self.starts = 0
        self._kind = kind
        self.store: Store = new_store(folder)
        self.epoch = self.store.begin_boot(folder / "boot", bytes(15) + b"\1")
        self.entropy = SeededEntropy(1)
        self.ids = Ids(self.clock, self.entropy)
        self.house = House(self._app(), self.store, self.clock, self.ids, self.entropy, self.network, ("server", 443))

    async def serve(self, until: trio.Event) -> None:
        """Be there, again and again, until told to end."""
        while not until.is_set():
            self.starts += 1
            try:
                async with self._app().running():
                    await until.wait()
            except (StoreError, SupervisionError, RuntimeError):
                if not self.fault.had:
                    raise
                await trio.sleep(AGAIN_SECONDS)

    async def dial(self, source: str) -> trio.abc.Stream:
        """Raises OSError."""
        return await self.network.dial("server", 443, source=source)

    def _app(self) -> App:
        network: Network = self.network.seen_from("server")
        executor: Executor = InlineExecutor(lambda: 0.001)
        store, how = self.store, self._kind.how
        match self._kind.place:
            case "store":
                store = faulty_store(store, self.fault, how)
            case "storage":
                executor = HangingExecutor(self.fault)
            case "write":
                network = FaultyNetwork(network, self.fault, how)
        return App(
            SETTINGS,
            clock=self.clock,
            ids=self.ids,
            entropy=self.entropy,
            network=network,
            executor=executor,
            store=store,
            log=structlog.wrap_logger(None, processors=[_say_nothing]),
            workers=InlineWorkers(),
        )


def _say_nothing(_: Any, __: str, ___: Any) -> Any:
    raise structlog.DropEvent


class Hand:
    """Does one thing after the other, and each until it is done."""

    def __init__(self, world: World, account: Account) -> None:
        self._world = world
        self._account = account
        self._outcome: Body | Refusal
        self.undone: list[str] = []

    async def play(self, *steps: Body) -> None:
        """All of it, over as many connections as it takes."""
        left = list(steps)
        while left:
            try:
                async with line_on(await self._world.dial(self._account.handle), self) as line:
                    hello = await self._ask(line, ops.Hello(token=self._account.token, client="sweep"))
                    while left and not isinstance(hello, Refusal):
                        outcome = await self._ask(line, left[0])
                        if not isinstance(outcome, Refusal):
                            left.pop(0)
                        elif outcome.code.retryable:
                            await trio.sleep(AGAIN_SECONDS)
                        else:
                            self.undone.append(f"{left.pop(0)} was refused: {outcome}")
            except (LinkClosed, OSError):
                pass
            await trio.sleep(AGAIN_SECONDS)

    async def _ask(self, line: Line, body: Body) -> Body | Refusal:
        await line.ask(body)
        return self._outcome

    def answered(self, heard: Answered) -> None:
        """A reply."""
        self._world.chronicle.answered(self._account.person, heard)
        self._outcome = heard.body

    def denied(self, heard: Denied) -> None:
        """A refusal."""
        self._outcome = heard.refusal

    def told(self, heard: Told) -> None:
        """An event."""
        self._world.chronicle.event(heard)


class Play:
    """Who does what: Maya coaches Tom and signs a lost device out."""

    def __init__(self, world: World) -> None:
        house = world.house
        self._world = world
        self.maya, self.tom = house.account("maya", "trainer"), house.account("tom", "client")
        self.lost = house.another_device(self.maya)
        house.relate(self.maya, self.tom)
        self.conversation = house.direct(self.maya, self.tom)

    def of_maya(self) -> Iterator[Body]:
        """The trainer's part."""
        new, conversation = self._world.ids.new, self.conversation
        yield ops.ConversationOpen(id=new(), person=self.tom.person)
        yield from self._posts(self.maya, 2)
        yield ops.ProfileSet(id=new(), base=1, display_name="Maya M.")
        invitation = ops.InvitationCreate(id=new(), purpose="coaching")
        yield invitation
        yield ops.InvitationRevoke(id=new(), invitation=invitation.id)
        yield ops.DeviceRevoke(id=new(), device=self.lost.device)
        yield ops.CursorRead(conversation=conversation, seq=2)
        yield ops.History(conversation=conversation)
        yield ops.ConversationList()
        yield from self._posts(self.maya, 1)
        yield ops.Receipts(conversation=conversation, seq=2)

    def of_tom(self) -> Iterator[Body]:
        """The client's part."""
        new, conversation = self._world.ids.new, self.conversation
        yield ops.ConversationOpen(id=new(), person=self.maya.person)
        yield from self._posts(self.tom, 2)
        yield ops.Changes(stream=StreamId("conversation", conversation), epoch=self._world.epoch, after=0)
        yield ops.CursorDelivered(conversation=conversation, seq=3)
        yield ops.Typing(conversation=conversation, on=True)
        yield ops.Snapshot(stream=StreamId("conversation", conversation))
        yield ops.PeopleList()
        yield from self._posts(self.tom, 1)

    def _posts(self, account: Account, number: int) -> Iterator[Body]:
        for _ in range(number):
            order = len(self._world.chronicle.said)
            post = self._world.house.post(self.conversation, f"{order} of {account.handle}")
            self._world.chronicle.said[post.id] = Said(account.device, order, post)
            yield post


@dataclass(frozen=True)
class Result:
    """How one play ended: how many calls there were, which one had the fault, and what is not as promised."""

    calls: int
    where: str
    starts: int
    problems: tuple[str, ...]


def play(folder: Path, kind: Kind, nth: int) -> Result:
    """Play with the n-th call going wrong; `nth` beyond the last: nothing does."""
    folder.mkdir()
    return run_universe(partial(_play, folder, kind, Fault(nth)), seed=1)


async def _play(folder: Path, kind: Kind, fault: Fault) -> Result:
    world = World(folder, kind, fault)
    script = Play(world)
    hands = Hand(world, script.maya), Hand(world, script.tom)
    end = trio.Event()
    plain = SqliteEngine.statements
    if kind.place == "statement":
        SqliteEngine.statements = faulty_statements(fault, kind.how)
    try:
        with trio.move_on_after(PLAY_SECONDS) as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(world.serve, end)
                async with trio.open_nursery() as playing:
                    playing.start_soon(partial(hands[0].play, *script.of_maya()))
                    playing.start_soon(partial(hands[1].play, *script.of_tom()))
                end.set()
    finally:
        SqliteEngine.statements = plain
    problems = [*compare(world.chronicle, world.store), *_about_the_end(world, script.maya.person, script.lost.device)]
    problems += [*hands[0].undone, *hands[1].undone]
    if scope.cancelled_caught:
        problems.append("it never came to its end")
    world.store.close()
    return Result(fault.calls, fault.where, world.starts, tuple(problems))


def _about_the_end(world: World, person: Id, lost: Id) -> Iterator[str]:
    """What was done at all was done once: nothing of the play is missing from the database."""
    (stream,) = {StreamId("conversation", said.post.conversation) for said in world.chronicle.said.values()}
    found = world.store.messages(stream.id, before=None, after=0, limit=100)
    missing = set(world.chronicle.said) - {message.id for message in found}
    for id in sorted(missing):
        yield f"{id.hex()} is not there"
    rows = world.store.load(StreamId("person", person)).rows
    if any(isinstance(row, Device) and row.id == lost and row.revoked_at is None for row in rows):
        yield "the lost device is still signed in"


def sweep(folder: Path, kind: Kind, step: int = 1) -> Iterator[Result]:
    """Every `step`-th call with the fault, from the first to the last there is."""
    nth = 1
    while (result := play(folder / f"{kind} {nth}", kind, nth)).where:
        yield result
        nth += step


def run(folder: Path, say: Callable[[str], None]) -> bool:
    """Every fault of every kind; whether everything held."""
    held = True
    for kind in KINDS:
        results = list(sweep(folder, kind))
        for nth, result in enumerate(results, 1):
            for problem in result.problems:
                held = False
                say(f"  {kind}, call {nth} ({result.where}): {problem}")
        restarts = sum(result.starts - 1 for result in results)
        say(f"  {kind}: {len(results)} faults, {restarts} of them ended the daemon, which was started again")
    return held
