"""A whole daemon in the test's own process: over memory and virtual time, or over loopback and real time.

async with daemon(tmp_path) as house:
    maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
    house.relate(maya, tom)
    async with house.client(maya) as phone:
        ...
"""

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import trio
from argon2 import PasswordHasher
from coachline_core.domain.ids import direct_id
from coachline_core.domain.streams import Changed
from coachline_core.runtime.executor import Executor, InlineExecutor, ThreadExecutor
from coachline_core.runtime.logging import get_logger
from coachline_core.runtime.seams import Ids, SeededEntropy, SystemClock, TcpNetwork, VirtualClock
from coachline_protocol import ops
from coachline_protocol.rows import Consent, Device, Id, Profile, Relationship, Role, StreamId
from coachline_server.app import App
from coachline_server.backplane import Alone, Backplane
from coachline_server.settings import PasswordHashing, Rate, Rates, Settings
from coachline_server.store.opening import open_store
from coachline_server.store.port import Append, Committed, Credential, Store, TokenIssued
from support.network import MemoryNetwork
from support.wire import Client, client_on

T = TypeVar("T")

NOW = 1_800_000_000_000
"""The wall clock when a virtual daemon starts, ms UTC."""
PASSWORD = "a long enough password"
HASHING = PasswordHashing(memory_kib=8, passes=1)
"""The least argon2 takes: tests are about who gets in, not about how long it takes."""
UNHURRIED = Rates(
    message=Rate(60_000, 1_000),
    change=Rate(60_000, 1_000),
    record=Rate(60_000, 1_000),
    typing=Rate(60_000, 1_000),
    presence=Rate(60_000, 1_000),
    sign_in_address=Rate(60_000, 1_000),
    sign_in_account=Rate(60_000, 1_000),
)
"""For tests that are not about limits."""
SEEN = Consent(see_presence=True)
SETTINGS = Settings(host="server", port=443, passwords=HASHING, rates=UNHURRIED)
_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class InlineWorkers:
    """Computes on the event loop: virtual time stands still meanwhile."""

    async def run(self, fn: Callable[[], T]) -> T:
        await trio.lowlevel.checkpoint()
        return fn()


@dataclass(frozen=True)
class Account:
    """Somebody with an account and one device that holds a token."""

    person: Id
    handle: str
    device: Id
    token: bytes
    roles: tuple[Role, ...]


@dataclass
class House:
    """A daemon, its database, and ways in."""

    app: App
    store: Store
    clock: Any
    ids: Ids
    entropy: SeededEntropy
    network: Any
    address: tuple[str, int]
    memory: MemoryNetwork | None = None
    heads: dict[StreamId, int] = field(default_factory=dict)

    # -- who there is, written past the daemon before anybody looks

    def account(self, handle: str, *roles: Role, display_name: str | None = None) -> Account:
        """An account with one device."""
        person, device, token = self.ids.new(), self.ids.new(), self.entropy.token(32)
        now = self.clock.now()
        profile = Profile(
            rev=1, handle=handle, display_name=display_name or handle.title(), time_zone="Europe/Berlin", roles=roles
        )
        row = Device(rev=2, id=device, name="phone", created_at=now)
        self.put(
            Append(
                changes=(Changed(StreamId("person", person), 0, 2, (profile, row)),),
                facts=(
                    Credential(person, handle, _HASHER.hash(PASSWORD)),
                    TokenIssued(person, device, hashlib.sha256(token).digest(), now),
                ),
            )
        )
        return Account(person, handle, device, token, roles)

    def another_device(self, account: Account, name: str = "laptop") -> Account:
        """The same person on one more device."""
        stream, device, token = StreamId("person", account.person), self.ids.new(), self.entropy.token(32)
        rev = self.store.load(stream).rev
        row = Device(rev=rev + 1, id=device, name=name, created_at=self.clock.now())
        self.put(
            Append(
                changes=(Changed(stream, rev, rev + 1, (row,)),),
                facts=(TokenIssued(account.person, device, hashlib.sha256(token).digest(), self.clock.now()),),
            )
        )
        return replace(account, device=device, token=token)

    def relate(self, trainer: Account, client: Account, consent: Consent = SEEN) -> None:
        """An active relationship."""
        stream = StreamId("record", client.person)
        rev = self.store.load(stream).rev
        row = Relationship(
            rev=rev + 1,
            trainer=trainer.person,
            client=client.person,
            state="active",
            since=self.clock.now(),
            consent=consent,
        )
        self.put(Append(changes=(Changed(stream, rev, rev + 1, (row,)),)))

    def put(self, append: Append) -> None:
        """Write past the daemon: before anybody it concerns is online."""
        assert self.store.commit([append]) == [Committed()]

    # -- ways in

    @asynccontextmanager
    async def wire(self, *, source: str = "10.0.0.1", reading: bool = True, path: str = "/") -> AsyncIterator[Client]:
        """A connection that has said nothing yet."""
        host, port = self.address
        if self.memory is not None:
            stream = await self.memory.dial(host, port, source=source)
        else:
            stream = await trio.open_tcp_stream(host, port)
        async with client_on(stream, reading=reading, path=path) as client:
            yield client

    @asynccontextmanager
    async def client(self, account: Account, *, source: str = "10.0.0.1") -> AsyncIterator[Client]:
        """A welcomed connection."""
        async with self.wire(source=source) as client:
            await client.hello(account.token)
            yield client

    async def open(self, client: Client, other: Account) -> Id:
        """The direct conversation with somebody."""
        opened = await client.get(ops.ConversationOpen(id=self.ids.new(), person=other.person), ops.Opened)
        return opened.conversation

    def direct(self, one: Account, other: Account) -> Id:
        """The id of the direct conversation of two people."""
        return direct_id(one.person, other.person)

    def post(self, conversation: Id, text: str = "Good morning") -> ops.MessagePost:
        """A new message."""
        return ops.MessagePost(id=self.ids.new(), conversation=conversation, text=text)


_TEMPLATE: dict[str, bytes] = {}


def new_store(folder: Path) -> Store:
    """A fresh database in a file; migrated once, copied afterwards."""
    for name, content in _TEMPLATE.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
    opened = open_store(f"sqlite:///{folder / 'coachline.db'}", folder / "key")
    if not _TEMPLATE:
        opened.close()
        _TEMPLATE.update({name: (folder / name).read_bytes() for name in ("coachline.db", "key")})
        return new_store(folder)
    return opened


@asynccontextmanager
async def daemon(
    folder: Path,
    *,
    settings: Settings = SETTINGS,
    loopback: bool = False,
    store: Store | None = None,
    backplane: Backplane | None = None,
    seed: int = 1,
    storage_seconds: float = 0,
) -> AsyncIterator[House]:
    """A daemon that serves within the block, then drains. `store`: an open one to serve from, which stays open.

    `storage_seconds`: how long, in virtual time, a read or commit takes.
    """
    opened = store or new_store(folder)
    clock = SystemClock() if loopback else VirtualClock(NOW)
    entropy = SeededEntropy(seed)
    ids = Ids(clock, entropy)
    memory = None if loopback else MemoryNetwork()
    network = TcpNetwork() if memory is None else memory.seen_from("server")
    if loopback:
        settings = replace(settings, host="127.0.0.1", port=0)
    try:
        async with _executor(loopback, storage_seconds) as executor:
            app = App(
                settings,
                clock=clock,
                ids=ids,
                entropy=entropy,
                network=network,
                executor=executor,
                store=opened,
                backplane=backplane or Alone(),
                log=get_logger("test"),
                workers=InlineWorkers(),
            )
            async with app.running():
                address = app.address or (settings.host, settings.port)
                yield House(app, opened, clock, ids, entropy, network, address, memory)
    finally:
        if store is None:
            opened.close()


@asynccontextmanager
async def two_talks(folder: Path) -> AsyncIterator[tuple[House, Client, Id, Id]]:
    """A trainer, online, and the conversations he has opened with two clients."""
    async with daemon(folder) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        zoe = house.account("zoe", "client")
        house.relate(maya, tom)
        house.relate(maya, zoe)
        async with house.client(maya) as trainer:
            yield house, trainer, await house.open(trainer, tom), await house.open(trainer, zoe)


@asynccontextmanager
async def _executor(threads: bool, seconds: float) -> AsyncIterator[Executor]:
    if not threads:
        yield InlineExecutor(lambda: seconds / 2)
        return
    async with ThreadExecutor() as executor:
        yield executor
