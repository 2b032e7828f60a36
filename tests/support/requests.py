"""One sound request of each op, and a small household to ask it of: what tests over all ops begin with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from coachline_protocol import ops
from coachline_protocol.rows import Consent, Id, StreamId
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
    code: str = "no such code"


def sound_requests(house: House, named: Named) -> dict[str, ops.Body]:
    """Valid by themselves; what comes of each depends on who asks."""
    new = house.ids.new
    return {
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
    """Maya coaches Tom and Zoe; Eve knows nobody. Maya and Tom have spoken; Maya has an invitation open."""

    house: House
    maya: Account
    tom: Account
    zoe: Account
    eve: Account
    invitation: Id = b""
    code: str = ""

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
        )

    def nobodys(self, stream: StreamId | None = None) -> Named:
        """Ids of the same kinds that belong to nothing."""
        new = self.house.ids.new
        kind = "conversation" if stream is None else stream.kind
        return Named(person=new(), device=new(), conversation=new(), invitation=new(), stream=StreamId(kind, new()))


@asynccontextmanager
async def household(folder: Path) -> AsyncIterator[Household]:
    """A daemon in memory, and these people in it."""
    async with daemon(folder) as house:
        maya = house.account("maya", "trainer")
        tom, zoe, eve = (house.account(name, "client") for name in ("tom", "zoe", "eve"))
        house.relate(maya, tom)
        house.relate(maya, zoe)
        home = Household(house, maya, tom, zoe, eve)
        async with house.client(maya) as trainer:
            conversation = await house.open(trainer, tom)
            await trainer.get(house.post(conversation, "for Tom only"), ops.Posted)
            command = ops.InvitationCreate(id=house.ids.new(), purpose="coaching")
            made = await trainer.get(command, ops.InvitationMade)
            home.invitation, home.code = command.id, made.code
        yield home


async def alive(client: Client) -> None:
    """The connection is still good for something."""
    await client.get(ops.DeviceList(), ops.Devices)
