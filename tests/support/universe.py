"""A whole universe in one process: a daemon, people with devices, a network, disks, and one seed for all of it.

async with universe(seed, folder) as world:
    await world.settle(120)
    world.device("maya phone").post("tom", "Good morning")
    world.device("tom laptop").wire().cut()
    await world.daemon.crash()
    await world.daemon.start()

Run it by `support.determinism.run_universe`: then the same seed gives the same trace, however fast the machine is.
Nothing in it waits for real time, and nothing but the seed decides.
"""

import hashlib
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import structlog
import trio
from coachline_core.domain.days import day_in
from coachline_core.domain.ids import direct_id
from coachline_core.runtime.seams import SeededEntropy, VirtualClock
from coachline_protocol.rows import Consent, Date, Id, Role, Target, Terms
from structlog.typing import EventDict, FilteringBoundLogger
from support.network import MemoryNetwork
from support.simulated_daemon import Daemon
from support.simulated_device import NOW, SimulatedDevice
from support.trace import Trace

PASSWORD: Final = "a long enough password"
PEOPLE: Final[dict[str, tuple[Role, ...]]] = {"maya": ("trainer",), "tom": ("client",), "nora": ("client",)}
COACHED: Final = {
    "tom": Consent(see_goals=True, set_goals="assign", see_progress=True, record_progress=True, see_presence=True),
    "nora": Consent(see_goals=True, set_goals="propose"),
}
"""Maya's clients, who are strangers to each other, and what they let her see and do at first."""
ZONE: Final = "Europe/Berlin"
"""Where everybody lives."""
PAIRS: Final = (("maya", "tom"), ("maya", "nora"))
"""Who may talk with each other. The first pair has begun to; when the second one does, a story decides."""
DEVICES: Final = tuple(f"{person} {kind}" for person in PEOPLE for kind in ("phone", "laptop"))
"""The first word is the person."""
SIGNED_IN_AT_FIRST: Final = ("maya phone", "maya laptop", "tom phone", "tom laptop", "nora phone")
"""The other one comes out of the shop when its story says so."""
WIRE_BYTES: Final = 16 * 1024
"""In flight one way before a sender waits: little, so that slow readers are found out in short stories."""
SIGN_IN_AGAIN_SECONDS: Final = 30
FULL: Final = "no space left"
"""What a store says of a full disk."""


def protein(start: Date, grams: str) -> Terms:
    """So much protein each day for eight weeks."""
    target = Target(metric="protein", unit="g", direction="up", amount=grams)
    return Terms(title="Protein", targets=(target,), start=start, due=start + timedelta(weeks=8))


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


class Universe:
    """Everything there is. Made by `universe`."""

    def __init__(self, seed: int, folder: Path, nursery: trio.Nursery) -> None:
        self.seed = seed
        self.folder = folder
        self.nursery = nursery
        self.chances = Chances(seed)
        self.clock = VirtualClock(NOW)
        """The daemon's wall clock."""
        self.trace = Trace()
        self.alarms: list[str] = []
        """Log lines of level error and above, and what devices were refused that they should not be."""
        self.network = MemoryNetwork(self.chances.delay("network", 0.05, 2.0), capacity=WIRE_BYTES)
        self.pairs = PAIRS
        self.password = PASSWORD
        self.people: dict[str, Id] = {}
        self.lost: set[Id] = set()
        """Messages that were in the database when it was replaced by a backup without them: they may stay away."""
        self.daemon = Daemon(self)
        self.devices = {name: SimulatedDevice(self, name) for name in DEVICES}

    def device(self, name: str) -> SimulatedDevice:
        """By name."""
        return self.devices[name]

    def devices_of(self, person: str) -> list[SimulatedDevice]:
        """All of one person's."""
        return [device for device in self.devices.values() if device.person == person]

    def partners(self, person: str) -> tuple[str, ...]:
        """With whom somebody may talk."""
        return tuple(other for pair in PAIRS if person in pair for other in pair if other != person)

    def talk(self, one: str, other: str) -> Id:
        """The conversation of two people, whether it has begun or not."""
        return direct_id(self.people[one], self.people[other])

    @property
    def today(self) -> Date:
        """By the daemon's clock: whose own is hours off may be refused what he means for another day."""
        return day_in(ZONE, self.clock.now())

    def log(self, who: str) -> FilteringBoundLogger:
        """A logger into the trace."""

        def write(_: Any, level: str, event: EventDict) -> EventDict:
            error = event.pop("exc_info", None)
            words = f"{level} {event.pop('event')} " + " ".join(f"{key}={_shown(event[key])}" for key in sorted(event))
            if error is not None:
                words += f" {error!r}"
            self.trace.note(who, words)
            # That the disk is full is what the story says; whoever runs a daemon must hear of it all the same.
            if level in ("error", "critical") and FULL not in words:
                self.alarms.append(self.trace.lines[-1])
            raise structlog.DropEvent

        logger: FilteringBoundLogger = structlog.wrap_logger(
            None, processors=[write], wrapper_class=structlog.make_filtering_bound_logger(20)
        )
        return logger

    async def begin(self) -> None:
        """Maya coaches Tom and Nora, who have set themselves a goal each; most devices are signed in, and Tom has
        opened his conversation with her."""
        self.daemon.prepare(PEOPLE, PASSWORD)
        await self.daemon.start()
        for name, device in self.devices.items():
            await device.start()
            if name in SIGNED_IN_AT_FIRST:
                await device.session.sign_in(device.person, PASSWORD, name)
        for client, consent in COACHED.items():
            invitation = await self.device("maya phone").session.create_invitation("coaching")
            await self.device(f"{client} phone").session.accept_invitation(invitation.code, consent)
            session = self.device(f"{client} phone").session
            await session.outcome(
                await session.assign_goal(self.people[client], "nutrition", protein(self.today, "150"))
            )
        await self.device("tom phone").session.open_conversation(self.people["maya"])

    async def restore(self) -> None:
        """Put the last backup in the place of the database; what was said since is lost. The daemon must be down."""
        before = self.daemon.kept_messages()
        self.daemon.put_back()
        self.lost |= before - self.daemon.kept_messages()

    async def heal(self) -> None:
        """Everything runs, has room, and can be reached."""
        self.daemon.full = self.daemon.slow = False
        self.network.restore("server")
        if not self.daemon.up:
            await self.daemon.start()
        for name, device in self.devices.items():
            device.full = False
            self.network.restore(name)
            if not device.up:
                await device.start()
            for wire in self.network.wires_of(name):
                wire.stall(False)
            device.wake()

    async def settle(self, seconds: float, *, quiet: float = 0) -> bool:
        """Wait until all devices are in step and nothing waits to be said, at most so long. Whether they are.

        `quiet`: seconds after which they must be so still, or it begins anew.
        Meanwhile who is signed out signs in again, and what failed is given up, unless it should not have.
        """
        deadline = trio.current_time() + seconds
        sign_in_at = dict.fromkeys(self.devices.values(), 0.0)
        while not await self._is_quiet(quiet):
            now = trio.current_time()
            if now > deadline:
                return False
            for device, due in sign_in_at.items():
                if device.out and device.idle and now >= due:
                    sign_in_at[device] = now + SIGN_IN_AGAIN_SECONDS
                    device.sign_in()
                if device.up:
                    device.give_up_failed()
            await trio.sleep(0.5)
        return True

    async def _is_quiet(self, seconds: float) -> bool:
        if not all(device.at_rest for device in self.devices.values()):
            return False
        await trio.sleep(seconds)
        return all(device.at_rest for device in self.devices.values())


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
