"""A device that talks as fast as it is answered, says again what was cut off, and writes everything down."""

import random
from dataclasses import dataclass, field

from coachline_core.runtime.link import LinkClosed
from coachline_core.runtime.seams import TcpNetwork
from coachline_protocol import ops
from coachline_protocol.connection import Answered, Denied, Told
from coachline_protocol.rows import Id, Profile, Revision, Seq, StreamId
from crash.line import Line, line_on
from crash.told import Chronicle, Said
from support.process import new_id

LONGEST_BURST = 6
"""Messages said in one WebSocket message."""
WEIGHTS = {"post": 60, "read": 8, "delivered": 12, "rename": 4, "invite": 2, "again": 4, "receipts": 4, "history": 2}
"""What a device does next, by how often."""

Command = ops.MessagePost | ops.ProfileSet | ops.InvitationCreate


@dataclass
class Device:
    """One person's. It lives through all lives of the daemon."""

    person: Id
    id: Id
    token: bytes
    chronicle: Chronicle
    chance: random.Random
    conversations: list[Id] = field(default_factory=list)
    waiting: dict[Id, Command] = field(default_factory=dict)
    """Commands without an answer, oldest first."""
    place: dict[StreamId, Revision] = field(default_factory=dict)
    """How far it has followed each of its streams, without a hole."""
    seqs: dict[Id, Seq] = field(default_factory=dict)
    """The latest message it holds of each conversation."""
    profile: Revision = 0
    epoch: Id = b""
    acknowledged: int = 0
    said_again: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    _made: int = 0

    def speak_only_in(self, conversation: Id) -> None:
        """From now on, and give up what waits to be said elsewhere."""
        self.conversations = [conversation]
        for command in list(self.waiting.values()):
            if isinstance(command, ops.MessagePost) and command.conversation != conversation:
                del self.waiting[command.id]

    async def live(self, port: int) -> None:
        """Connect, catch up, say again what waits, go on talking; returns when the connection ends."""
        try:
            async with line_on(await TcpNetwork().dial("127.0.0.1", port), self) as line:
                await line.ask(ops.Hello(token=self.token, client="crash"))
                await self._catch_up(line)
                await self._say_again(line)
                while True:
                    await self._act(line)
        except (LinkClosed, OSError):
            return

    async def _catch_up(self, line: Line) -> None:
        """[S4] [S5] Whatever was missed, and nothing else."""
        for stream, head in line.heads.items():
            while self.place.get(stream, 0) < head:
                after = self.place.get(stream, 0)
                await line.ask(ops.Changes(stream=stream, epoch=self.epoch, after=after))

    async def _say_again(self, line: Line) -> None:
        """[M8] In order, under its id."""
        for command in list(self.waiting.values()):
            await line.room()
            self.said_again += 1
            await line.say(command)

    async def _act(self, line: Line) -> None:
        await line.room()
        deed = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        conversation = self.chance.choice(self.conversations)
        seq = self.seqs.get(conversation, 0)
        match deed:
            case "post":
                await line.say(*(self._message(conversation) for _ in range(self.chance.randint(1, LONGEST_BURST))))
            case "read":
                await line.say(ops.CursorRead(conversation=conversation, seq=seq))
            case "delivered":
                await line.say(ops.CursorDelivered(conversation=conversation, seq=seq))
            case "rename":
                name = f"name {self.chance.getrandbits(32)}"
                await line.say(self._kept(ops.ProfileSet(id=new_id(), base=self.profile, display_name=name)))
            case "invite":
                await line.say(self._kept(ops.InvitationCreate(id=new_id(), purpose="coaching")))
            case "again" if self.chronicle.said:
                said = self.chance.choice(list(self.chronicle.said.values())[-200:])
                mine = said.device == self.id and said.post.conversation in self.conversations
                if mine and said.post.id not in self.waiting:
                    await line.say(said.post)
            case "receipts" if seq:
                await line.say(ops.Receipts(conversation=conversation, seq=self.chance.randint(1, seq)))
            case "history":
                await line.say(ops.History(conversation=conversation, limit=10))

    def _message(self, conversation: Id) -> ops.MessagePost:
        self._made += 1
        text = f"{self._made} of {self.id.hex()} " + "x" * self.chance.choice((0, 0, 20, 400))
        post = ops.MessagePost(id=new_id(), conversation=conversation, text=text)
        self.chronicle.said[post.id] = Said(self.id, self._made, post)
        self._kept(post)
        return post

    def _kept(self, command: Command) -> Command:
        self.waiting[command.id] = command
        return command

    # -- what is heard

    def answered(self, heard: Answered) -> None:
        """A reply."""
        self.chronicle.answered(self.person, heard)
        self.acknowledged += isinstance(heard.body, ops.Posted)
        self.waiting.pop(getattr(heard.request, "id", b""), None)
        match heard.request, heard.body:
            case _, ops.Welcome(epoch=epoch, heads=heads):
                if epoch != self.epoch:
                    # What another epoch called a revision means nothing now.
                    self.place.clear()
                self.epoch = epoch
                for head in heads:
                    if head.rev < (place := self.place.get(head.stream, 0)):
                        self.chronicle.problems.append(f"{head.stream} went back from {place} to {head.rev}")
            case ops.Changes(stream=stream, after=after), ops.ChangePage(rows=rows, upto=upto):
                self._followed(stream, after, upto, rows)

    def denied(self, heard: Denied) -> None:
        """A refusal: what may be said again stays."""
        code = heard.refusal.code
        self.refused[code.value] = self.refused.get(code.value, 0) + 1
        if not code.retryable:
            self.waiting.pop(getattr(heard.request, "id", b""), None)

    def told(self, heard: Told) -> None:
        """An event."""
        self.chronicle.event(heard)
        if isinstance(heard.body, ops.Change):
            self._followed(heard.body.stream, heard.body.after, heard.body.rev, heard.body.rows)

    def _followed(self, stream: StreamId, after: Revision, rev: Revision, rows: tuple[object, ...]) -> None:
        if after <= self.place.get(stream, 0) < rev:
            self.place[stream] = rev
        for row in rows:
            if isinstance(row, Profile) and stream.id == self.person:
                self.profile = max(self.profile, row.rev)
            self.seqs[stream.id] = max(self.seqs.get(stream.id, 0), getattr(row, "seq", 0))
