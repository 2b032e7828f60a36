"""Who plays: people with devices, each device a real session with its own files and its own road.

Every method is a line that a trainer could read. Waiting is always for something that the session shows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import trio
from coachline_core.client.cache import Cache
from coachline_core.client.secrets import FileSecrets
from coachline_core.client.session import Session
from coachline_core.domain.ids import direct_id
from coachline_core.domain.timeline import Item
from coachline_core.runtime.seams import Ids
from coachline_protocol.ops import MessagePost, Posted
from coachline_protocol.rows import Consent, Id, Role
from support.coaching_cast import NOTHING, CoachingDeeds
from support.road import Road
from support.wire import Client, client_on
from support.witness import Witness

if TYPE_CHECKING:
    from support.stage import Stage

BREATH_LINES = 60
BREATH_BYTES = 48 * 1024
PASSWORD = "we train on thursdays"
ZONE = "Europe/Berlin"
"""Where everybody lives."""


class Person:
    """Somebody with an account, or about to have one. `partner`: whom they talk to unless another is named."""

    phone: Device
    laptop: Device

    def __init__(self, stage: Stage, name: str, id: Id | None = None) -> None:
        self.stage = stage
        self.name = name
        self.handle = name.lower()
        self.partner: Person
        self.devices: list[Device] = []
        self._id = id

    @property
    def id(self) -> Id:
        """Known once there is an account."""
        if self._id is not None:
            return self._id
        return next(device.session.person for device in self.devices if device.session.person is not None)

    def device(self, name: str) -> Device:
        """A new device, as it comes out of the shop; becomes `person.<name>`."""
        made = Device(self, name)
        self.devices.append(made)
        setattr(self, name, made)
        return made

    async def signs_in_on(self, name: str) -> Device:
        """A new device, signed in and up to date."""
        device = self.device(name)
        await device.opens()
        await device.signs_in()
        return device

    def talk_with(self, other: Person) -> Id:
        """Their conversation."""
        return direct_id(self.id, other.id)

    async def recites(self, texts: Sequence[str]) -> None:
        """Say a great deal, many lines in one breath, as a device does that had waited for its network."""
        async with self.by_hand() as wire:
            for batch in _breaths(texts):
                talk = self.talk_with(self.partner)
                posts = [MessagePost(id=self.stage.new_id(), conversation=talk, text=text) for text in batch]
                for number in await wire.say_all(*posts):
                    assert isinstance(await wire.answer(number), Posted)
                for post in posts:
                    self.stage.ledger.said(talk, post.id, self.id, post.text)

    @asynccontextmanager
    async def by_hand(self, *, greet: bool = True, path: str = "/") -> AsyncIterator[Client]:
        """One more connection of the phone's, on which things are said word for word that no session would say."""
        address = self.stage.address
        stream = await self.stage.ground.network(f"{self.handle}-by-hand").dial(address.host, address.port)
        async with client_on(stream, path=path) as client:
            if greet:
                await client.hello(self.phone.token)
            yield client


class Device(CoachingDeeds):
    """A session, its cache and token on disk, and the road between it and the daemon."""

    session: Session
    witness: Witness

    def __init__(self, owner: Person, name: str) -> None:
        self.owner = owner
        self.stage = owner.stage
        self.name = f"{owner.name}'s {name}"
        self._kind = name
        self._folder: Path = self.stage.folder / f"{owner.handle}-{name}"
        self._folder.mkdir()
        self._closing = trio.Event()
        self._closed = trio.Event()
        self._secrets = FileSecrets(self._folder / "token")
        self.running = False
        self.cache: Cache
        self.road = Road(self.stage.ground.network(f"{owner.handle}-{name}"))

    # -- the program

    async def opens(self) -> None:
        """The program starts, from what is on the device's disk."""
        await self.stage.nursery.start(self._live)

    async def closes(self) -> None:
        """The program ends."""
        self._closing.set()
        await self._closed.wait()

    async def signs_in(self) -> None:
        """By handle and password."""
        await self.session.sign_in(self.owner.handle, PASSWORD, self._kind)
        await self.is_up_to_date()

    async def joins(self, code: str) -> None:
        """Make an account with an invitation's code."""
        owner = self.owner
        await self.session.create_account(code, owner.handle, owner.name, PASSWORD, ZONE, self._kind)
        await self.is_up_to_date()

    async def accepts(self, code: str, consent: Consent = NOTHING) -> None:
        """Let the trainer who made the code be one's coach."""
        await self.session.accept_invitation(code, consent)

    async def invites(self, role: Role = "client") -> str:
        """A code for somebody to become one's client."""
        return (await self.session.create_invitation("coaching", roles=(role,))).code

    # -- the network

    async def loses_network(self) -> None:
        """No network until `finds_network`."""
        await self.road.close()
        await self.until("no connection", lambda: self.session.connection.phase == "reconnecting")

    async def finds_network(self) -> None:
        """The network is back, and the machine notices."""
        self.road.open()
        self.session.retry_now()
        await self.is_up_to_date()

    async def is_up_to_date(self) -> None:
        """Connected, and everything missed has been fetched."""
        await self.until("to be connected and up to date", lambda: self.session.connection.synced)

    async def waits_for_daemon(self) -> None:
        """The connection ended, and the session means to come back by itself."""
        await self.until("no connection", lambda: self.session.connection.phase == "reconnecting")

    async def is_told(self, reason: str) -> None:
        """The session knows why its connection ended, and means to come back by itself."""
        await self.until(f"to be told {reason}", lambda: reason in self.witness.reasons)
        await self.waits_for_daemon()

    async def is_out(self, reason: str) -> None:
        """Disconnected for good, and says why."""

        def out() -> bool:
            state = self.session.connection
            return (state.phase, state.reason) == ("disconnected", reason)

        await self.until(f"to be out: {reason}", out)

    # -- talking

    async def opens_talk(self) -> Id:
        """Open the conversation with the partner, found or made."""
        conversation = await self.session.open_conversation(self.owner.partner.id)
        await self.has_talk()
        return conversation

    async def has_talk(self) -> None:
        """The conversation with the partner is in the list and can be written to."""
        await self.until("the conversation", lambda: self.session.timeline(self.talk) is not None)

    async def says(self, *texts: str) -> None:
        """Write to the partner; on disk when this returns."""
        for text in texts:
            id = await self.session.post(self.talk, text)
            self.stage.ledger.said(self.talk, id, self.owner.id, text)

    async def sees(self, *texts: str, from_: Person | None = None) -> None:
        """These stand in the timeline, accepted by the daemon, in this order."""
        wanted = [(text, from_.id if from_ else None) for text in texts]
        await self.until(f"{texts}", lambda: _in_order(wanted, self.items()))

    async def sees_state(self, text: str, state: str) -> None:
        """A message has come this far."""
        await self.until(f"{text!r} {state}", lambda: [i.state for i in self.items() if i.text == text] == [state])

    async def reads(self, text: str) -> None:
        """Everything up to this message was visible in a focused window."""
        seq = next(item.seq for item in self.items() if item.text == text and item.seq is not None)
        await self.session.saw(self.talk, seq)
        self.stage.ledger.saw(self.talk, self.owner.id, seq)

    async def badge_shows(self, unread: int) -> None:
        """The conversation list says so many."""
        await self.until(f"{unread} unread", lambda: self.badge() == unread)

    def badge(self) -> int:
        """What the conversation list says."""
        return next(line.unread for line in self.session.conversations() if line.conversation == self.talk)

    async def types(self) -> None:
        """A key is pressed in the composer."""
        await self.session.typing(self.talk)

    async def sees_typing(self, *people: Person) -> None:
        """Exactly these type."""
        wanted = tuple(sorted(person.id for person in people))
        await self.until(f"{len(wanted)} typing", lambda: self.session.typing_in(self.talk) == wanted)

    async def sees_present(self, person: Person, state: str) -> None:
        """A person is shown as online or offline."""

        def shown() -> bool:
            presence = self.session.presence(person.id)
            return presence is not None and presence.state == state

        await self.until(f"{person.name} {state}", shown)

    # -- looking

    @property
    def talk(self) -> Id:
        """The conversation with the partner."""
        return self.owner.talk_with(self.owner.partner)

    @property
    def token(self) -> bytes:
        """What this device signs in with."""
        token = self._secrets.load()
        assert token is not None
        return token

    def items(self) -> tuple[Item, ...]:
        """What the timeline shows, the daemon's own words left out."""
        timeline = self.session.timeline(self.talk)
        return tuple(item for item in timeline.items() if item.kind == "text") if timeline else ()

    def texts(self) -> list[str]:
        """What the timeline shows, in words."""
        return [item.text for item in self.items()]

    async def until(self, what: str, shown: Callable[[], bool]) -> None:
        """Wait until the session shows it."""
        with trio.move_on_after(self.stage.ground.patience), self.session.subscribe() as updates:
            async for _ in updates:
                if shown():
                    return
        state = self.session.connection
        lines = [f"{item.text!r} {item.state}" for item in self.items()[-20:]] if self.session.person else []
        raise AssertionError(f"{self.name} waited for {what}; {state}; it shows {lines}")

    # -- inside

    async def _live(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        ground = self.stage.ground
        self._closing, self._closed = trio.Event(), trio.Event()
        self.cache = Cache(self._folder / "cache.sqlite3")
        async with ground.executor(self.cache) as executor:
            self.session = Session(
                self.stage.address,
                cache=self.cache,
                secrets=self._secrets,
                clock=ground.clock,
                ids=Ids(ground.clock, ground.entropy),
                entropy=ground.entropy,
                network=self.road,
                executor=executor,
            )
            self.witness = Witness(self.name, self.session)
            async with self.session.running(), trio.open_nursery() as nursery:
                nursery.start_soon(self.witness.watch)
                self.running = True
                task_status.started()
                await self._closing.wait()
                self.running = False
                nursery.cancel_scope.cancel()
        self._closed.set()


def _breaths(texts: Sequence[str]) -> Iterator[list[str]]:
    """Texts in groups that one WebSocket message can carry."""
    batch: list[str] = []
    for text in texts:
        if batch and (len(batch) == BREATH_LINES or sum(len(t.encode()) for t in [*batch, text]) > BREATH_BYTES):
            yield batch
            batch = []
        batch.append(text)
    if batch:
        yield batch


def _in_order(wanted: list[tuple[str, Id | None]], items: tuple[Item, ...]) -> bool:
    """Whether all of `wanted` (text, author or None) stand among the accepted items in this order."""
    left = list(wanted)
    for item in items:
        if left and item.seq is not None and item.text == left[0][0] and left[0][1] in (None, item.author):
            left.pop(0)
    return not left
