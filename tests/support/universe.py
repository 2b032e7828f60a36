"""A whole universe in one process: a daemon, people with devices, a network, disks, and one seed for all of it.

async with universe(seed, folder) as world:
    await world.settle(120)
    await world.device("maya phone").post("Good morning")
    world.device("tom laptop").wire().cut()
    await world.daemon.crash()
    await world.daemon.start()

Run it by `support.determinism.run_universe`: then the same seed gives the same trace, however fast the machine is.
Nothing in it waits for real time, and nothing but the seed decides.
"""

import hashlib
import random
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import structlog
import trio
from argon2 import PasswordHasher
from coachline_core.runtime.executor import InlineExecutor
from coachline_core.runtime.seams import Ids, SeededEntropy, VirtualClock
from coachline_protocol.rows import Consent, Id
from coachline_server.accounts import Accounts, NewAccount
from coachline_server.app import App
from coachline_server.backplane import Alone
from coachline_server.settings import PasswordHashing, Rates, Settings
from coachline_server.store.opening import open_store
from structlog.typing import EventDict, FilteringBoundLogger
from support.network import MemoryNetwork
from support.simulated_device import NOW, SimulatedDevice
from support.trace import Trace

PASSWORD = "a long enough password"
HASHING = PasswordHashing(memory_kib=8, passes=1)
"""The least argon2 takes."""
SETTINGS = Settings(host="server", port=8440, passwords=HASHING, rates=Rates())
"""The limits of the mission: a universe must live with them."""
_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

PEOPLE = ("maya", "tom")
DEVICES = ("maya phone", "maya laptop", "tom phone", "tom laptop")
"""Maya coaches Tom. The first word is the person."""


class Chances:
    """Randomness of one purpose: what one part of a universe draws never shifts what another one gets."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def number(self, purpose: str) -> int:
        """A seed for this purpose."""
        return int.from_bytes(hashlib.sha256(f"{self._seed} {purpose}".encode()).digest()[:8], "big")

    def entropy(self, purpose: str) -> SeededEntropy:
        """For a program's seam."""
        return SeededEntropy(self.number(purpose))

    def random(self, purpose: str) -> random.Random:
        """For a test's own choices."""
        return random.Random(self.number(purpose))

    def delay(self, purpose: str, usual: float, worst: float) -> Callable[[], float]:
        """Seconds: mostly up to `usual`, one in a hundred up to `worst`."""
        chance = self.random(purpose)
        return lambda: chance.uniform(0, worst if chance.random() < 0.01 else usual)


class Daemon:
    """The daemon of a universe, through all its lives on one disk."""

    def __init__(self, world: "Universe") -> None:
        self._world = world
        self._disk = world.folder / "daemon 0"
        self._disk.mkdir()
        self._entropy = world.chances.entropy("daemon")
        self._ids = Ids(world.clock, self._entropy)
        self._delay = world.chances.delay("disk", 0.004, 1.0)
        self._life: trio.CancelScope | None = None
        self._stop = trio.Event()
        self._ended = trio.Event()
        self.lives = 0
        self.store: Any = None

    @property
    def up(self) -> bool:
        """Whether it runs."""
        return self._life is not None

    @property
    def database(self) -> Path:
        """The SQLite file it serves from now."""
        return self._disk / "coachline.db"

    def prepare(self) -> None:
        """Make the accounts, as `coachlined user add` does."""
        store = open_store(f"sqlite:///{self.database}", self._disk / "key")
        accounts = Accounts(store, self._world.clock, self._ids, self._hash)
        for handle, role in zip(PEOPLE, ("trainer", "client"), strict=True):
            roles: Any = (role,)
            self._world.people[handle] = accounts.add(
                NewAccount(handle, handle.title(), "Europe/Berlin", roles, PASSWORD)
            )
        store.close()

    async def start(self) -> None:
        """Begin to serve from what is on the disk."""
        self.lives += 1
        self._stop, self._ended = trio.Event(), trio.Event()
        await self._world.nursery.start(self._live)

    async def crash(self, *, power: bool = False) -> None:
        """As kill −9: what is on the disk at this moment is what there is. `power`: nobody is told, links hang."""
        assert self._life is not None
        self._world.trace.note("daemon", "loses power" if power else "is killed")
        for wire in self._world.network.wires:
            if power:
                wire.half_open()
            else:
                wire.cut()
        # Copied before the tasks are cancelled: whatever their ends may still do, it does not happen.
        left, self._disk = self._disk, self._world.folder / f"daemon {self.lives}"
        shutil.copytree(left, self._disk)
        self._life.cancel()
        await self._ended.wait()

    async def stop(self) -> None:
        """As SIGTERM: drained and in order."""
        self._world.trace.note("daemon", "is asked to stop")
        self._stop.set()
        await self._ended.wait()

    async def _live(self, task_status: trio.TaskStatus[None]) -> None:
        world = self._world
        self.store = open_store(f"sqlite:///{self.database}", self._disk / "key", serving=True)
        self.store.begin_boot(self._disk / "boot", self._ids.new())
        app = App(
            SETTINGS,
            clock=world.clock,
            ids=self._ids,
            entropy=self._entropy,
            network=world.network.seen_from("server"),
            executor=InlineExecutor(self._delay),
            store=self.store,
            backplane=Alone(),
            log=world.log("daemon"),
            workers=_InlineWorkers(self._delay),
        )
        try:
            with trio.CancelScope() as self._life:
                async with app.running():
                    world.trace.note("daemon", "serves")
                    task_status.started()
                    await self._stop.wait()
            world.trace.note("daemon", "is gone")
        finally:
            self._life = None
            self.store.close()
            self._ended.set()

    @staticmethod
    def _hash(password: str) -> str:
        return _HASHER.hash(password, salt=b"universe's salt.")


class _InlineWorkers:
    """Computes on the event loop, and takes some virtual time for it."""

    def __init__(self, delay: Callable[[], float]) -> None:
        self._delay = delay

    async def run(self, fn: Callable[[], Any]) -> Any:
        await trio.sleep(self._delay())
        return fn()


class Universe:
    """Everything there is. Made by `universe`."""

    def __init__(self, seed: int, folder: Path, nursery: trio.Nursery) -> None:
        self.seed = seed
        self.folder = folder
        self.nursery = nursery
        self.chances = Chances(seed)
        self.clock = VirtualClock(NOW)
        self.trace = Trace()
        self.alarms: list[str] = []
        """Log lines of level error and above: there must be none."""
        self.network = MemoryNetwork(self.chances.delay("network", 0.05, 2.0))
        self.people: dict[str, Id] = {}
        self.conversation: Id = b""
        self.daemon = Daemon(self)
        self.devices = {name: SimulatedDevice(self, name) for name in DEVICES}

    def device(self, name: str) -> SimulatedDevice:
        """By name."""
        return self.devices[name]

    def log(self, who: str) -> FilteringBoundLogger:
        """A logger into the trace."""

        def write(_: Any, level: str, event: EventDict) -> EventDict:
            error = event.pop("exc_info", None)
            words = f"{level} {event.pop('event')} " + " ".join(f"{key}={_shown(event[key])}" for key in sorted(event))
            if error is not None:
                words += f" {error!r}"
            self.trace.note(who, words)
            if level in ("error", "critical"):
                self.alarms.append(self.trace.lines[-1])
            raise structlog.DropEvent

        logger: FilteringBoundLogger = structlog.wrap_logger(
            None, processors=[write], wrapper_class=structlog.make_filtering_bound_logger(20)
        )
        return logger

    async def begin(self) -> None:
        """Maya coaches Tom, all four devices are signed in, their conversation is open."""
        self.daemon.prepare()
        await self.daemon.start()
        for device in self.devices.values():
            await device.start()
            await device.session.sign_in(device.person, PASSWORD, device.name)
        maya, tom = self.device("maya phone").session, self.device("tom phone").session
        invitation = await maya.create_invitation("coaching")
        await tom.accept_invitation(invitation.code, Consent(see_presence=True))
        self.conversation = await tom.open_conversation(self.people["maya"])

    async def heal(self) -> None:
        """Everything runs and everybody can be reached."""
        self.network.restore("server")
        if not self.daemon.up:
            await self.daemon.start()
        for name, device in self.devices.items():
            self.network.restore(name)
            if not device.up:
                await device.start()
            await device.session.network_up()

    async def settle(self, seconds: float) -> bool:
        """Wait until all devices are in step and nothing waits to be said, at most so long. Whether they are."""
        deadline = trio.current_time() + seconds
        while not all(device.at_rest for device in self.devices.values()):
            if trio.current_time() > deadline:
                return False
            await trio.sleep(0.5)
        return True


def _shown(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


@asynccontextmanager
async def universe(seed: int, folder: Path) -> AsyncIterator[Universe]:
    """A universe that has begun; at the block's end everything in it ends at once."""
    async with trio.open_nursery() as nursery:
        world = Universe(seed, folder, nursery)
        await world.begin()
        yield world
        nursery.cancel_scope.cancel()
