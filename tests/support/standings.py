"""Every standing in which somebody may ask for something: who he is to those whom he asks about.

There are always two families, each a trainer and a client who have everything that can be named. One is the asker's
own, the other is foreign to him: what each of its things is called and says occurs nowhere else.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import msgspec
import trio
from coachline_core.domain.streams import row_key
from coachline_core.runtime.link import LinkClosed
from coachline_protocol import ops
from coachline_protocol.codes import CloseCode, LocalProtocolError, Refusal
from coachline_protocol.ops import OPS
from coachline_protocol.rows import Goal, Id, Progress, Relationship, Role, StreamId, StreamKind
from support.coaching_requests import FULL, terms
from support.daemon import Account, House, daemon
from support.faults import plain
from support.requests import Named, sound_requests
from support.wire import Client

Standing = Literal[
    "stranger", "invited", "active", "paused", "ended", "other device", "revoked device", "signed out", "admin"
]
"""To the foreign family; what each means is said in the table."""
PEOPLE: tuple[tuple[str, str, *tuple[Role, ...]], ...] = (
    ("maya", "orchid", "trainer"),
    ("tom", "orchid", "client"),
    ("sue", "thistle", "trainer"),
    ("zoe", "thistle", "client"),
    ("ada", "thistle", "admin", "trainer"),
)
"""Handle, family, roles."""
OF_THE_CLIENT = ("other device", "revoked device", "signed out")
TOGETHER = ("active", "paused", "ended")
Answer = ops.Body | Refusal | CloseCode
"""A close code: he was shown the door."""
LAST = (
    "conversation.open",
    "relationship.pause",
    "relationship.resume",
    "consent.set",
    "invitation.accept",
    "account.create",
    "invitation.revoke",
    "relationship.end",
    "device.revoke",
    "sign_out",
)
"""Ops after which others are answered otherwise, in the order in which they disturb each other least."""
ABOUT_STREAMS = ("heads", "changes", "snapshot")


@dataclass(frozen=True)
class Family:
    """A trainer, a client, and all they have."""

    tag: str
    trainer: Account
    client: Account
    named: Named
    """`person` is the client, `device` one of his."""

    def streams(self) -> dict[StreamKind, StreamId]:
        """One of each kind."""
        ids: dict[StreamKind, Id] = {
            "person": self.client.person,
            "record": self.client.person,
            "conversation": self.named.conversation,
        }
        return {kind: StreamId(kind, id) for kind, id in ids.items()}

    def secrets(self) -> dict[str, bytes]:
        """What is found nowhere but at theirs, as it is on the wire."""
        secrets = {what: f"{self.tag} {what}".encode() for what in ("message", "goal", "entry", "excuse", "template")}
        for who, account in (("client", self.client), ("trainer", self.trainer)):
            secrets |= {f"{who}'s name": f"{account.handle.title()} {self.tag}".encode(), f"{who}'s id": account.person}
        named = ("conversation", "device", "invitation", "goal", "entry", "excuse", "template")
        return secrets | {f"{what}'s id": getattr(self.named, what) for what in named}


async def do(client: Client, body: Any) -> Id:
    """What must be done; the id of what it made."""
    await client.get(body, ops.OP_BY_REQUEST[type(body)].reply)
    made: Id = body.id
    return made


def said_by(house: House, tag: str, named: Named, op: str) -> Any:
    """A sound request of this op in the words of a family."""
    body: Any = sound_requests(house, named)[op]
    words: dict[str, dict[str, Any]] = {
        "message.post": {"text": f"{tag} message"},
        "goal.assign": {"terms": msgspec.structs.replace(terms(), title=f"{tag} goal")},
        "progress.record": {"note": f"{tag} entry"},
        "excuse.make": {"note": f"{tag} excuse"},
        "template.set": {"title": f"{tag} template"},
    }
    return msgspec.structs.replace(body, **words[op])


async def found(house: House, tag: str, trainer: Account, client: Account) -> Family:
    """What the two have as soon as they work together."""
    named = Named(
        person=client.person,
        device=client.device,
        conversation=house.direct(trainer, client),
        invitation=b"",
        stream=StreamId("record", client.person),
        trainer=trainer.person,
        goal=b"",
        entry=b"",
        excuse=b"",
        template=b"",
    )
    async with house.client(trainer) as phone:
        await house.open(phone, client)
        await do(phone, said_by(house, tag, named, "message.post"))
        invitation = ops.InvitationCreate(id=house.ids.new(), purpose="coaching")
        made = await phone.get(invitation, ops.InvitationMade)
        named = replace(named, invitation=invitation.id, code=made.code)
        named = replace(named, template=await do(phone, said_by(house, tag, named, "template.set")))
        named = replace(named, goal=await do(phone, said_by(house, tag, named, "goal.assign")))
    async with house.client(client) as phone:
        named = replace(named, entry=await do(phone, said_by(house, tag, named, "progress.record")))
        named = replace(named, excuse=await do(phone, said_by(house, tag, named, "excuse.make")))
    return Family(tag, trainer, client, named)


@dataclass
class Scene:
    """Two families, and who asks."""

    house: House
    standing: Standing
    asker: Account
    own: Family
    foreign: Family
    another: Id
    """A device of the asker's beside the one that asks."""
    welcome: bool = True
    """Whether his token still opens the door."""
    heard: bytearray = field(default_factory=bytearray)
    """All that he was sent, over all his connections."""

    def nobodys(self) -> Family:
        """Ids of the same kinds that belong to nothing."""
        new = self.house.ids.new
        trainer, client = (replace(self.asker, person=new(), handle="nobody") for _ in range(2))
        named = Named(
            person=client.person,
            device=new(),
            conversation=new(),
            invitation=new(),
            stream=StreamId("record", client.person),
            trainer=trainer.person,
            goal=new(),
            entry=new(),
            excuse=new(),
            template=new(),
        )
        return Family("nobody", trainer, client, named)

    def requests(self, family: Family) -> Iterator[tuple[str, ops.Body]]:
        """One of each op about a family, and of those about a stream one for each kind of stream.

        Each is made when it is asked for, on what stands then. Whose code it is knows only who is invited by it.
        """
        mine = family is self.own
        code = family.named.code if mine or self.standing == "invited" else "no such code"
        named = replace(family.named, code=code, device=self.another if mine else family.named.device)
        for op in sorted((op.name for op in OPS), key=lambda name: LAST.index(name) if name in LAST else -1):
            if op in ABOUT_STREAMS:
                for kind, stream in family.streams().items():
                    yield f"{op} {kind}", sound_requests(self.house, replace(named, stream=stream))[op]
            else:
                yield op, self._as_he_says_it(family, sound_requests(self.house, named)[op])

    def _as_he_says_it(self, family: Family, body: Any) -> ops.Body:
        """With his token, with his password or a guess, and based on what stands."""
        values: dict[str, Any] = {}
        match body:
            case ops.SignIn() if family is self.own:
                values = {"handle": self.asker.handle}
            case ops.SignIn():
                values = {"handle": family.client.handle, "password": "only a guess"}
            case ops.Hello():
                values = {"token": self.asker.token}
            case ops.ConversationOpen() if body.person == self.asker.person:
                values = {"person": family.trainer.person}
            case ops.PresenceQuery() if body.people == (self.asker.person,):
                values = {"people": (family.trainer.person,)}
            case ops.GoalChange() | ops.GoalCounter() | ops.GoalAccept() | ops.GoalDecline() | ops.GoalSetState():
                values = {"base": self._stands(family, Goal, body.goal)}
            case ops.ProgressCorrect():
                values = {"base": self._stands(family, Progress, body.entry)}
            case ops.ConsentSet():
                values = {"base": self._stands(family, Relationship, body.trainer)}
            case _:
                pass
        changed: ops.Body = msgspec.structs.replace(body, **values)
        return changed

    def _stands(self, family: Family, kind: type[Goal | Progress | Relationship], key: Id) -> int:
        """The revision of a row; 1 if there is none."""
        rows = self.house.store.load(family.streams()["record"]).rows
        return next((row.rev for row in rows if isinstance(row, kind) and row_key(row)[1] == key), 1)

    def name_nothing(self) -> frozenset[str]:
        """The ops that are said in the same words about anybody."""
        own, foreign = ({op: _but_for_its_id(body) for op, body in self.requests(f)} for f in (self.own, self.foreign))
        return frozenset(op for op, body in own.items() if foreign[op] == body)

    async def answers(self, family: Family) -> dict[str, Answer]:
        """What the asker hears to each op about a family; those that name nothing are about his own."""
        heard: dict[str, Answer] = {}
        left_out: frozenset[str] = frozenset() if family is self.own else self.name_nothing()
        requests = ((op, body) for op, body in self.requests(family) if op not in left_out)
        request = next(requests, None)
        while request is not None:
            async with self.listening() as client:
                while request is not None and client.closed is None:
                    name, body = request
                    heard[name] = await answer(client, body)
                    request = next(requests, None)
        return heard

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Client]:
        """A connection of the asker's; what it is sent is kept."""
        async with self.house.wire() as client:
            if self.welcome:
                await client.hello(self.asker.token)
            yield client
            await trio.sleep(1)
            self.heard += client.heard

    async def overhear(self) -> None:
        """The asker is there while the foreign family goes on with its things."""
        house, tag, named = self.house, self.foreign.tag, self.foreign.named
        requests = sound_requests(house, named)
        async with self.listening(), house.client(self.foreign.client) as client:
            async with house.client(self.foreign.trainer) as trainer:
                await trainer.ask(requests["typing"])
                await do(trainer, said_by(house, tag, named, "message.post"))
            await client.ask(requests["cursor.read"])
            await do(client, said_by(house, tag, named, "progress.record"))


def _but_for_its_id(body: ops.Body) -> ops.Body:
    return msgspec.structs.replace(body, id=b"") if hasattr(body, "id") else body


async def answer(client: Client, body: ops.Body) -> Answer:
    """Ask, also what our own side of the protocol would not say."""
    try:
        number = await client.say(body)
    except LocalProtocolError:
        number = await client.say_anything(ops.OP_BY_REQUEST[type(body)].name, plain(body))
    try:
        return await client.answer(number)
    except LinkClosed as closed:
        return CloseCode(closed.code or 0)


@asynccontextmanager
async def scene_of(standing: Standing, folder: Path) -> AsyncIterator[Scene]:
    """A daemon with the two families, in which the asker has this standing."""
    async with daemon(folder) as house:
        maya, tom, sue, zoe, ada = (
            house.account(name, *roles, display_name=f"{name.title()} {tag}") for name, tag, *roles in PEOPLE
        )
        asker = {"invited": zoe, "admin": ada, **dict.fromkeys(OF_THE_CLIENT, tom)}.get(standing, sue)
        other = house.another_device(asker)
        trainer, client = ada if standing == "admin" else sue, tom if standing in TOGETHER else zoe
        house.relate(maya, tom, FULL)
        house.relate(trainer, client, FULL)
        theirs = await found(house, "orchid", maya, tom)
        family = await found(house, "thistle", trainer, client)
        own, foreign = (theirs, family) if asker is tom else (family, theirs)
        scene = Scene(house, standing, asker, own, foreign, other.device)
        async with house.client(tom) as phone, house.client(other) as laptop:
            match standing:
                case "paused":
                    await do(phone, ops.RelationshipPause(id=house.ids.new(), client=tom.person, trainer=sue.person))
                case "ended":
                    await do(phone, ops.RelationshipEnd(id=house.ids.new(), client=tom.person, trainer=sue.person))
                case "other device":
                    scene = replace(scene, asker=other, another=tom.device)
                case "revoked device":
                    await do(laptop, ops.DeviceRevoke(id=house.ids.new(), device=tom.device))
                    scene.welcome = False
                case "signed out":
                    await do(phone, ops.SignOut(id=house.ids.new()))
                    scene.welcome = False
                case _:
                    pass
        yield scene
