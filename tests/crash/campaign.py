"""Lives and deaths of a real daemon: it is killed under load, started again, and what was told is compared."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trio
from argon2 import PasswordHasher
from coachline_core.runtime.seams import SystemClock
from coachline_protocol import ops
from coachline_protocol.rows import Consent, Id, Message, Role
from coachline_server.accounts import Accounts, NewAccount
from coachline_server.data_folder import DataFolder
from coachline_server.store.opening import open_store
from coachline_server.store.port import Store
from crash.compare import ALL, compare
from crash.device import Device
from crash.order import STRACE, Ledger, calls, ledger
from crash.told import Chronicle
from support.process import IDS, Serving, new_id, serving

PASSWORD = "correct horse battery staple"
TRAINER, CLIENTS = "maya@example.org", ("tom@example.org", "zoe@example.org", "ann@example.org")
PLENTY = {
    "COACHLINE_LIMITS_MESSAGE_BURST": "10000",
    "COACHLINE_LIMITS_MESSAGES_PER_MINUTE": "100000",
    "COACHLINE_LIMITS_CHANGE_BURST": "10000",
    "COACHLINE_LIMITS_CHANGES_PER_MINUTE": "100000",
}
"""Limits are not what is tried here."""
MOST_ACKNOWLEDGED = 400
LONGEST_LIFE_SECONDS = 0.8
LONGEST_START_SECONDS = 1.5
LONGEST_DRAIN_SECONDS = 0.2
DEATHS = {"acknowledging": 5, "at some time": 3, "starting": 1, "draining": 1}
"""Killed once so many messages were acknowledged, after so many seconds, before it was ready, while it drained."""


@dataclass
class Campaign:
    """One data folder, five devices, and everything they were told so far."""

    folder: Path
    chance: random.Random
    chronicle: Chronicle = field(default_factory=Chronicle)
    devices: list[Device] = field(default_factory=list)
    deaths: Counter[str] = field(default_factory=Counter)

    @property
    def data(self) -> Path:
        """What the daemon serves from."""
        return self.folder / "data"

    async def begin(self) -> None:
        """Maya coaches three people; she has two devices, each of them one, and all have signed in."""
        self._make_accounts()
        async with serving(self.data, **PLENTY) as daemon:
            maya, laptop = await self._signed_in(daemon, TRAINER), await self._signed_in(daemon, TRAINER)
            self.devices = [maya, laptop]
            for handle in CLIENTS:
                client = await self._signed_in(daemon, handle)
                conversation = await self._related(daemon, maya, client)
                for device in (maya, laptop, client):
                    device.conversations.append(conversation)
                self.devices.append(client)

    async def cycle(self, death: str | None = None) -> list[str]:
        """One life: serve, be loaded, be killed. Then what is wrong with what is kept."""
        death = death or self.chance.choices(list(DEATHS), list(DEATHS.values()))[0]
        self.deaths[death] += 1
        if death == "starting":
            with trio.move_on_after(self.chance.uniform(0, LONGEST_START_SECONDS)):
                async with serving(self.data, **PLENTY):
                    await trio.sleep_forever()
        else:
            async with serving(self.data, **PLENTY) as daemon, trio.open_nursery() as nursery:
                for device in self.devices:
                    nursery.start_soon(device.live, daemon.port)
                await self._until_death(death, daemon)
                daemon.process.kill()
                # The devices go on until they have heard all that was said to them.
            self._look_into_the_log(daemon)
        return self.judge()

    def judge(self) -> list[str]:
        """What the database holds, against everything that was ever told."""
        with self._store() as store:
            return compare(self.chronicle, store)

    @contextmanager
    def _store(self) -> Iterator[Store]:
        folder = DataFolder(self.data)
        store = open_store(folder.database_url, folder.key)
        try:
            yield store
        finally:
            store.close()

    async def watched_cycle(self, trace: Path, acknowledged: int) -> Ledger:
        """The last life, under the eyes of `strace`, until so many messages more were acknowledged."""
        # In one conversation, so that rev and seq of a reply name a message.
        (conversation,) = self.devices[-1].conversations
        talking = [device for device in self.devices if conversation in device.conversations]
        for device in talking:
            device.speak_only_in(conversation)
        wanted, before = self.acknowledged + acknowledged, self._kept(conversation)
        async with (
            serving(self.data, under=(*STRACE, "-o", str(trace)), **PLENTY) as daemon,
            trio.open_nursery() as nursery,
        ):
            for device in talking:
                nursery.start_soon(device.live, daemon.port)
            while self.acknowledged < wanted:
                await trio.lowlevel.checkpoint()
            daemon.process.kill()
        new = {(message.rev, message.seq): message.id for message in self._kept(conversation) - before}
        # The tracer may still be writing its last lines: what is missing of them is at the end, and nobody's reason.
        return ledger(calls((await trio.Path(trace).read_text(encoding="ascii")).splitlines()), new)

    def _kept(self, conversation: Id) -> set[Message]:
        """The messages there are."""
        with self._store() as store:
            return set(store.messages(conversation, before=None, after=0, limit=ALL))

    @property
    def acknowledged(self) -> int:
        """Messages, those acknowledged again included."""
        return sum(device.acknowledged for device in self.devices)

    @property
    def said_again(self) -> int:
        """Commands that were cut off."""
        return sum(device.said_again for device in self.devices)

    @property
    def refused(self) -> Counter[str]:
        """Refusals by code."""
        return sum((Counter(device.refused) for device in self.devices), Counter())

    def _make_accounts(self) -> None:
        """As `init` and `user add` do."""
        DataFolder(self.data).make()
        hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        with self._store() as store:
            accounts = Accounts(store, SystemClock(), IDS, hasher.hash)
            for handle in (TRAINER, *CLIENTS):
                role: Role = "trainer" if handle == TRAINER else "client"
                accounts.add(NewAccount(handle, handle.partition("@")[0].title(), "Europe/Berlin", (role,), PASSWORD))

    async def _until_death(self, death: str, daemon: Serving) -> None:
        seconds = self.chance.uniform(0, LONGEST_LIFE_SECONDS)
        wanted = self.acknowledged + int(MOST_ACKNOWLEDGED ** self.chance.random())
        match death:
            case "acknowledging":
                while self.acknowledged < wanted:
                    await trio.lowlevel.checkpoint()
            case "at some time":
                await trio.sleep(seconds)
            case _:
                while self.acknowledged < wanted:
                    await trio.lowlevel.checkpoint()
                daemon.process.terminate()
                with trio.move_on_after(self.chance.uniform(0, LONGEST_DRAIN_SECONDS)):
                    await daemon.process.wait()

    def _look_into_the_log(self, daemon: Serving) -> None:
        """No line that says error; the last one may have been cut off."""
        lines = daemon.log.read_text(encoding="utf-8").splitlines()
        self.chronicle.problems += [line for line in lines if '"level":"error"' in line.replace(" ", "")]
        self.chronicle.problems += [line for line in lines if "Traceback" in line]

    async def _signed_in(self, daemon: Serving, handle: str) -> Device:
        device = new_id()
        async with daemon.connected() as speaker:
            request = ops.SignIn(handle=handle, password=PASSWORD, device=device, device_name=f"of {handle}")
            signed = await speaker.ask(request, ops.SignedIn)
        return Device(signed.person, device, signed.token, self.chronicle, random.Random(self.chance.random()))

    async def _related(self, daemon: Serving, trainer: Device, client: Device) -> Id:
        async with daemon.connected() as maya, daemon.connected() as speaker:
            await maya.ask(ops.Hello(token=trainer.token, client="crash"), ops.Welcome)
            await speaker.ask(ops.Hello(token=client.token, client="crash"), ops.Welcome)
            made = await maya.ask(ops.InvitationCreate(id=new_id(), purpose="coaching"), ops.InvitationMade)
            accept = ops.InvitationAccept(id=new_id(), code=made.code, consent=Consent(see_presence=True))
            await speaker.ask(accept, ops.Accepted)
            opened = await speaker.ask(ops.ConversationOpen(id=new_id(), person=trainer.person), ops.Opened)
        return opened.conversation


async def run(folder: Path, seed: int, cycles: int, say: Callable[[str], None]) -> bool:
    """So many cycles; whether nothing was wrong after any of them."""
    campaign = Campaign(folder, random.Random(seed))
    await campaign.begin()
    for number in range(1, cycles + 1):
        if problems := await campaign.cycle():
            say(f"cycle {number} of seed {seed}:")
            for problem in problems[:20]:
                say(f"  {problem}")
            return False
        if number % 10 == 0 or number == cycles:
            say(f"{number:5} kills, {campaign.acknowledged} messages acknowledged")
    _report(campaign, say)
    return True


def _report(campaign: Campaign, say: Callable[[str], None]) -> None:
    chronicle = campaign.chronicle
    lines = {
        "kills": ", ".join(f"{count} {death}" for death, count in sorted(campaign.deaths.items())),
        "told": f"{chronicle.told} rows, heads, cursors and answers",
        "messages": f"{len(chronicle.said)} said, {campaign.acknowledged} acknowledged, again included",
        "said again after a cut": f"{campaign.said_again} commands",
        "refused": ", ".join(f"{count} {code}" for code, count in sorted(campaign.refused.items())) or "nothing",
        "epochs": str(len(chronicle.epochs)),
        "lost, doubled, told and not there": "0",
    }
    for name, value in lines.items():
        say(f"  {name}: {value}")
