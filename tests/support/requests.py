"""One sound request of each op, and a small household to ask it of: what tests over all ops begin with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coachline_protocol import ops
from coachline_protocol.rows import Consent, Id, StreamId
from support.coaching_requests import FULL, Coached, coaching_requests
from support.daemon import PASSWORD, Account, House, daemon
from support.wire import Client


@dataclass(frozen=True)
class Named:
    """The ids that requests name."""

    person: Id
    device: Id
    conversation: Id
    invitation: Id
    stream: StreamId
    trainer: Id
    goal: Id
    entry: Id
    excuse: Id
    template: Id
    code: str = "no such code"


def sound_requests(house: House, named: Named) -> dict[str, ops.Body]:
    """Valid by themselves; what comes of each depends on who asks."""
    new = house.ids.new
    coached = Coached(named.person, named.trainer, named.goal, named.entry, named.excuse, named.template)
    return coaching_requests(house, coached) | {
        "sign_in": ops.SignIn(handle="maya", password=PASSWORD, device=new(), device_name="x"),
        "invitation.inspect": ops.InvitationInspect(code=named.code),
        "account.create": ops.AccountCreate(
            code=named.code,
            person=new(),
            handle="somebody",
            display_name="Somebody",
            password=PASSWORD,
            time_zone="UTC",
            device=new(),
            device_name="x",
        ),
        "hello": ops.Hello(token=b"?" * 32, client="test"),
        "sign_out": ops.SignOut(id=new()),
        "device.list": ops.DeviceList(),
        "device.revoke": ops.DeviceRevoke(id=new(), device=named.device),
        "profile.set": ops.ProfileSet(id=new(), base=1, display_name="X"),
        "invitation.create": ops.InvitationCreate(id=new(), purpose="coaching"),
        "invitation.revoke": ops.InvitationRevoke(id=new(), invitation=named.invitation),
        "invitation.accept": ops.InvitationAccept(id=new(), code=named.code, consent=Consent()),
        "people.list": ops.PeopleList(),
        "conversation.open": ops.ConversationOpen(id=new(), person=named.person),
        "conversation.list": ops.ConversationList(before=(1, named.conversation)),
        "conversation.view": ops.ConversationView(conversation=named.conversation),
        "message.post": house.post(named.conversation),
        "history": ops.History(conversation=named.conversation),
        "receipts": ops.Receipts(conversation=named.conversation, seq=1),
        "cursor.delivered": ops.CursorDelivered(conversation=named.conversation, seq=1),
        "cursor.read": ops.CursorRead(conversation=named.conversation, seq=1),
        "typing": ops.Typing(conversation=named.conversation, on=True),
        "heads": ops.Heads(after=named.stream),
        "changes": ops.Changes(stream=named.stream, epoch=house.store.epoch(), after=0),
        "snapshot": ops.Snapshot(stream=named.stream),
        "presence.query": ops.PresenceQuery(people=(named.person,)),
    }


@dataclass
class Household:
    """Maya coaches Tom and Zoe, Rita coaches Tom; Eve knows nobody.

    Maya and Tom have spoken, and he works for a goal of hers, made an entry and an excuse.
    Maya keeps a template and has an invitation open.
    """

    house: House
    maya: Account
    tom: Account
    zoe: Account
    eve: Account
    rita: Account
    invitation: Id = b""
    code: str = ""
    goal: Id = b""
    entry: Id = b""
    excuse: Id = b""
    template: Id = b""

    @property
    def conversation(self) -> Id:
        """Maya's with Tom."""
        return self.house.direct(self.maya, self.tom)

    @property
    def streams(self) -> tuple[StreamId, ...]:
        """Everybody's, and what they have together."""
        people = [account.person for account in (self.maya, self.tom, self.zoe, self.eve)]
        own = [StreamId("person", person) for person in people] + [StreamId("record", person) for person in people]
        return (*own, StreamId("conversation", self.conversation))

    def heads(self) -> dict[StreamId, int]:
        """Where every stream stands in the database."""
        return {stream: self.house.store.load(stream).rev for stream in self.streams}

    def toms(self, stream: StreamId | None = None) -> Named:
        """What is Tom's, and Maya's invitation."""
        conversation = self.conversation
        return Named(
            person=self.tom.person,
            device=self.tom.device,
            conversation=conversation,
            invitation=self.invitation,
            stream=stream or StreamId("conversation", conversation),
            trainer=self.rita.person,
            goal=self.goal,
            entry=self.entry,
            excuse=self.excuse,
            template=self.template,
        )

    def nobodys(self, stream: StreamId | None = None) -> Named:
        """Ids of the same kinds that belong to nothing."""
        new = self.house.ids.new
        kind = "conversation" if stream is None else stream.kind
        return Named(
            person=new(),
            device=new(),
            conversation=new(),
            invitation=new(),
            stream=StreamId(kind, new()),
            trainer=new(),
            goal=new(),
            entry=new(),
            excuse=new(),
            template=new(),
        )


@asynccontextmanager
async def household(folder: Path) -> AsyncIterator[Household]:
    """A daemon in memory, and these people in it."""
    async with daemon(folder) as house:
        maya, rita = house.account("maya", "trainer"), house.account("rita", "trainer")
        tom, zoe, eve = (house.account(name, "client") for name in ("tom", "zoe", "eve"))
        house.relate(maya, tom, FULL)
        house.relate(rita, tom, FULL)
        house.relate(maya, zoe)
        home = Household(house, maya, tom, zoe, eve, rita)
        async with house.client(maya) as trainer:
            conversation = await house.open(trainer, tom)
            await trainer.get(house.post(conversation, "for Tom only"), ops.Posted)
            command = ops.InvitationCreate(id=house.ids.new(), purpose="coaching")
            made = await trainer.get(command, ops.InvitationMade)
            home.invitation, home.code = command.id, made.code
            home.goal, home.template = await do(trainer, home, "goal.assign"), await do(trainer, home, "template.set")
        async with house.client(tom) as client:
            home.entry, home.excuse = await do(client, home, "progress.record"), await do(client, home, "excuse.make")
        yield home


async def do(client: Client, home: Household, op: str) -> Id:
    """One of the sound requests, which must be done; the id of what it made."""
    command: Any = sound_requests(home.house, home.toms())[op]
    await client.get(command, ops.Changed)
    made: Id = command.id
    return made


async def alive(client: Client) -> None:
    """The connection is still good for something."""
    await client.get(ops.DeviceList(), ops.Devices)
