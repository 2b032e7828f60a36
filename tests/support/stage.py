"""The stage of the plays in `tests/acts`: a real daemon, real sessions, and what must hold at the end of every play.

    @play()
    async def test_first_message(stage: Stage) -> None:
        maya, ben = await stage.coached_pair()
        await maya.phone.says("How was the run?")
        await ben.phone.sees("How was the run?", from_=maya)

Every play is played twice: in memory and virtual time, and over loopback with the daemon in a process of its own.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest
import trio
from argon2 import PasswordHasher
from coachline_core.client.values import ServerAddress
from coachline_core.domain.days import day_in
from coachline_core.runtime.nursery import flat_nursery
from coachline_core.runtime.seams import Ids
from coachline_protocol.rows import Consent, Date, Id, Message, Role
from coachline_server.accounts import Accounts, NewAccount
from support.cast import PASSWORD, ZONE, Device, Person
from support.determinism import run_universe
from support.grounds import Configured, Ground, LoopbackGround, MemoryGround
from support.ledger import Ledger, receipt_wrongs

Where = Literal["memory", "loopback"]
EVERYWHERE: tuple[Where, ...] = ("memory", "loopback")
SEED = 11
PRESENCE = Consent(see_presence=True)
HASHER = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)
"""As the daemon of a play is configured to hash."""


class Stage:
    """The daemon of a play, and everybody in it."""

    address: ServerAddress

    def __init__(self, ground: Ground, folder: Path, nursery: trio.Nursery) -> None:
        self.ground = ground
        self.folder = folder
        self.nursery = nursery
        self.people: list[Person] = []
        self.ledger = Ledger()
        self._backup: tuple[Path, Ledger] | None = None

    def new_id(self) -> Id:
        """An id as a device makes it."""
        return Ids(self.ground.clock, self.ground.entropy).new()

    # -- people

    def person(self, name: str, *roles: Role) -> Person:
        """Somebody whose account the operator makes."""
        with self.ground.operator() as store:
            accounts = Accounts(store, self.ground.clock, Ids(self.ground.clock, self.ground.entropy), HASHER.hash)
            id = accounts.add(NewAccount(name.lower(), name, ZONE, roles, PASSWORD))
        return self.newcomer(name, id)

    def newcomer(self, name: str, id: Id | None = None) -> Person:
        """Somebody without an account."""
        person = Person(self, name, id)
        self.people.append(person)
        return person

    async def coached_pair(self, consent: Consent = PRESENCE) -> tuple[Person, Person]:
        """Maya, a trainer, and Ben, her client; both have a phone, and their conversation is open on it."""
        maya, ben = await self.acquaintances(consent)
        await maya.phone.opens_talk()
        await ben.phone.has_talk()
        return maya, ben

    async def acquaintances(self, consent: Consent = PRESENCE) -> tuple[Person, Person]:
        """Maya, a trainer, and Ben, her client, who have not talked yet; both have a phone."""
        maya, ben = self.person("Maya", "trainer"), self.person("Ben", "client")
        maya.partner, ben.partner = ben, maya
        await maya.signs_in_on("phone")
        await ben.signs_in_on("phone")
        await ben.phone.accepts(await maya.phone.invites(), consent)
        await maya.phone.until("to know Ben", lambda: maya.phone.session.card(ben.id) is not None)
        await ben.phone.until("to know Maya", lambda: ben.phone.session.card(maya.id) is not None)
        return maya, ben

    # -- the daemon

    async def daemon_starts(self) -> None:
        """Where it listened before."""
        self.address = await self.ground.start()

    async def daemon_killed(self) -> None:
        """Between two instructions."""
        await self.ground.kill()

    async def daemon_drained(self) -> None:
        """As a system does it that restarts a service."""
        await self.ground.drain()

    def backup_made(self) -> None:
        """While the daemon is running."""
        file = self.folder / "backup.sqlite3"
        self.ground.backup(file)
        self._backup = file, self.ledger.copied()

    def backup_restored(self) -> None:
        """While the daemon is down. What was said since is gone, unless it waits in an outbox still."""
        assert self._backup is not None
        file, self.ledger = self._backup
        self.ground.restore(file)

    def time_passes(self, days: int) -> None:
        """While the daemon is down, in a play that began long ago."""
        self.ground.days_pass(days)

    async def days_pass(self, days: int = 1) -> None:
        """In a play that began long ago: it goes on some days later, and everybody who has a network is back."""
        await self.daemon_drained()
        self.time_passes(days)
        await self.daemon_starts()
        for device in self._devices:
            if not device.road.closed:
                device.session.retry_now()
                await device.is_up_to_date()

    @property
    def today(self) -> Date:
        """The date where everybody in a play lives, which must not change in it by itself: it begins at noon."""
        assert self.ground.shifted, "a play that speaks of days begins long_ago: midnight may be near"
        return day_in(ZONE, self.ground.clock.now())

    async def counted(self, metric: str) -> float:
        """What the daemon counts under this name, labels included; 0 if it never did."""
        lines = (await self.ground.metrics()).splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == metric)

    # -- the end

    async def at_rest(self) -> None:
        """What must hold at the end of every play, on every device that is signed in."""
        devices = self._devices
        for device in devices:
            await device.is_up_to_date()
            for conversation in self.ledger.lines:
                if device.session.timeline(conversation) is not None:
                    await self._settled(device, conversation, devices)
        wrongs = [wrong for device in devices for wrong in device.witness.wrongs]
        for conversation in self.ledger.lines:
            wrongs += self._conversation_wrongs(conversation, devices)
        await self.ground.swept()
        wrongs += [line for line in (await self.ground.metrics()).splitlines() if line.startswith(CRASHED)]
        if swept := await self.counted(SWEPT):
            wrongs.append(f"the sweep found {swept:.0f} revisions that nobody was told of")
        wrongs += self.ground.complaints()
        assert not wrongs, "\n".join(wrongs)

    @property
    def _devices(self) -> list[Device]:
        """Those that are signed in."""
        return [d for person in self.people for d in person.devices if d.running and d.session.person is not None]

    async def _settled(self, device: Device, conversation: Id, devices: list[Device]) -> None:
        """Nothing waits, nothing is missing, and everybody has been told how far everybody came."""
        theirs = {device.owner.id for device in devices}

        def settled() -> bool:
            timeline = device.session.timeline(conversation)
            if timeline is None or timeline.pending or timeline.holes():
                return False
            last = {i.author: i.seq or 0 for i in timeline.items()}
            others = {me: max((seq for who, seq in last.items() if who != me), default=0) for me in theirs}
            delivered = {person: cursor.delivered for person, cursor in timeline.cursors.items()}
            members = [me for me in theirs if me in timeline.cursors or me == device.owner.id]
            heads = [other.session.timeline(conversation) for other in devices]
            head = max(shown.head for shown in heads if shown is not None)
            return timeline.head == head and all(delivered.get(me, 0) >= others[me] for me in members)

        await device.until("everything to be settled", settled)

    def _conversation_wrongs(self, conversation: Id, devices: list[Device]) -> list[str]:
        wrongs: list[str] = []
        timelines: list[tuple[Message, ...]] = []
        for device in devices:
            shown = device.session.timeline(conversation)
            if shown is None:
                continue
            messages = device.cache.messages(conversation)
            timelines.append(messages)
            found = self.ledger.wrongs(conversation, messages) + receipt_wrongs(shown, len(messages))
            lines = [line for line in device.session.conversations() if line.conversation == conversation]
            unread = self.ledger.unread(conversation, device.owner.id, messages)
            if [line.unread for line in lines] != [unread]:
                found.append(f"badges {[line.unread for line in lines]}, to be read {unread}")
            wrongs += [f"{device.name}: {wrong}" for wrong in found]
        if any(messages != timelines[0] for messages in timelines):
            wrongs.append("devices show different timelines")
        return wrongs


CRASHED = "coachline_crashes_total{"
SWEPT = "coachline_swept_revisions_total"
"""What was told late. It is 0 unless the operator writes past the daemon while somebody is there."""


# -- playing -----------------------------------------------------------------------------------------------

Script = Callable[[Stage], Awaitable[None]]


def play(
    where: tuple[Where, ...] = EVERYWHERE, *, long_ago: bool = False, configured: Configured | None = None
) -> Callable[[Script], Callable[[Where, Path], None]]:
    """Make a test of a script. `long_ago`: it speaks of days, and begins at the noon of a Monday some weeks ago."""

    def decorate(script: Script) -> Callable[[Where, Path], None]:
        def test(where: Where, tmp_path: Path) -> None:
            async def perform() -> None:
                async with _set_up(where, tmp_path, configured or {}, long_ago) as stage:
                    await script(stage)
                    await stage.at_rest()

            if where == "memory":
                run_universe(perform, SEED)
            else:
                trio.run(perform)

        test.__name__ = test.__qualname__ = getattr(script, "__name__", "play")
        test.__module__ = script.__module__
        test.__doc__ = script.__doc__
        marked: Callable[[Where, Path], None] = pytest.mark.parametrize("where", where)(test)
        return marked

    return decorate


@asynccontextmanager
async def _set_up(where: Where, folder: Path, configured: Configured, long_ago: bool) -> AsyncIterator[Stage]:
    async with flat_nursery() as nursery:
        if where == "memory":
            async with _staged(MemoryGround(nursery, folder, configured, long_ago=long_ago), folder, nursery) as stage:
                yield stage
        else:
            ground = LoopbackGround(folder, configured, long_ago=long_ago)
            try:
                async with _staged(ground, folder, nursery) as stage:
                    yield stage
            finally:
                await ground.end()
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def _staged(ground: Ground, folder: Path, nursery: trio.Nursery) -> AsyncIterator[Stage]:
    stage = Stage(ground, folder, nursery)
    await stage.daemon_starts()
    yield stage
    for person in stage.people:
        for device in person.devices:
            if device.running:
                await device.closes()
    await ground.drain()
