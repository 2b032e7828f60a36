"""A session and a scripted server in one process, in virtual time: what tests of the client are told in."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import trio
from coachline_core.client import facts
from coachline_core.client.cache import Cache
from coachline_core.client.secrets import FileSecrets
from coachline_core.client.session import Session
from coachline_core.client.values import ServerAddress
from coachline_core.domain.ids import direct_id
from coachline_core.runtime.executor import Executor, InlineExecutor
from coachline_core.runtime.seams import Ids, SeededEntropy, VirtualClock
from coachline_protocol.ops import Person
from coachline_protocol.rows import Conversation, Id, Listing, Member, Message, Profile, StreamId, Time, Window
from support.network import MemoryNetwork
from support.scripted_server import ScriptedServer

ME: Id = b"\x01" * 16
MAYA: Id = b"\x02" * 16
TALK: Id = direct_id(ME, MAYA)
STREAM = StreamId("conversation", TALK)
PERSON = StreamId("person", ME)
PORT = 4433
EPOCH_MS = 1_790_000_000_000


def furnished(server: ScriptedServer, *, messages: int = 0) -> None:
    """A profile, and a conversation with Maya in which she said some things."""
    server.put(PERSON, lambda rev: Profile(rev=rev, handle="me", display_name="Me", time_zone="UTC", roles=("client",)))
    server.put(PERSON, lambda rev: Listing(rev=rev, conversation=TALK, kind="direct", other=MAYA))
    always = (Window(join=1),)
    server.put(
        STREAM,
        lambda rev: Conversation(rev=rev, kind="direct", created_at=EPOCH_MS),
        lambda rev: Member(rev=rev, person=ME, windows=always),
        lambda rev: Member(rev=rev, person=MAYA, windows=always),
    )
    server.people.append(Person(id=MAYA, handle="maya", display_name="Maya", time_zone="UTC", roles=("trainer",)))
    for n in range(1, messages + 1):
        server.say(TALK, MAYA, f"m{n}")


class World:
    """One server, and sessions of one person on devices (folders)."""

    def __init__(self, folder: Path, server: ScriptedServer | None = None, *, begins: Time = EPOCH_MS) -> None:
        self.folder = folder
        self.network = MemoryNetwork(lambda: 0.01)
        self.server = server or ScriptedServer(ME)
        self.clock = VirtualClock(begins)
        self.seed = 0

    def cache(self, device: str = "phone") -> Cache:
        return Cache(self.folder / f"{device}.db")

    def secrets(self, device: str = "phone") -> FileSecrets:
        return FileSecrets(self.folder / f"{device}.token")

    def sign_in(self, device: str = "phone") -> None:
        """As if somebody had signed in on this device once."""
        cache = self.cache(device)
        cache.commit([facts.SignedInAs(self.server.me, "me")])
        cache.close()
        self.secrets(device).keep(self.server.token)

    @asynccontextmanager
    async def session(self, device: str = "phone", executor: Executor | None = None) -> AsyncIterator[Session]:
        """A running session."""
        cache = self.cache(device)
        self.seed += 1
        entropy = SeededEntropy(self.seed)
        session = Session(
            ServerAddress("server", PORT, tls=False),
            cache=cache,
            secrets=self.secrets(device),
            clock=self.clock,
            ids=Ids(self.clock, entropy),
            entropy=entropy,
            network=self.network.seen_from(device),
            executor=executor or InlineExecutor(),
        )
        try:
            async with session.running():
                yield session
        finally:
            cache.close()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """The server can be reached in this block; its end cuts everybody."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.server.serve, self.network, "server", PORT)
            await trio.sleep(0.001)
            yield
            nursery.cancel_scope.cancel()
        await trio.sleep(0.1)  # whoever was connected notices


async def until(session: Session, holds: Callable[[], bool], *, within: float = 600) -> None:
    """Wait for something to be so; the session's updates say when to look again."""
    with trio.fail_after(within), session.subscribe() as updates:
        async for _ in updates:
            if holds():
                return
    raise AssertionError("the session ended first")


async def synced(session: Session) -> None:
    """Wait until the session has everything."""
    await until(session, lambda: session.connection.synced)


def texts(session: Session, conversation: Id = TALK) -> list[str]:
    """What the timeline shows."""
    timeline = session.timeline(conversation)
    return [] if timeline is None else [item.text for item in timeline.items()]


def states(session: Session, conversation: Id = TALK) -> list[str]:
    """The states of what the timeline shows of mine."""
    timeline = session.timeline(conversation)
    return [] if timeline is None else [item.state for item in timeline.items() if item.author == ME]


def cached(world: World, device: str = "phone") -> tuple[Message, ...]:
    """What is on a device's disk."""
    cache = world.cache(device)
    try:
        return cache.messages(TALK)
    finally:
        cache.close()
