"""A small server for tests of the client: speaks the real protocol, keeps its streams in lists, and does as it is told.

It answers rightly by itself; a test scripts what goes wrong: `script(MessagePost, lose_reply)` has the next such
request done and its answer lost.
"""

from collections import deque
from collections.abc import Callable, Iterable

import trio
import trio.abc
from coachline_core.domain.streams import row_key
from coachline_core.runtime.link import Link, LinkClosed
from coachline_core.runtime.nursery import flat_nursery
from coachline_core.runtime.seams import Network
from coachline_core.runtime.writer import Writer
from coachline_protocol import limits, ops
from coachline_protocol.codes import CloseCode, Refusal, RefusalCode
from coachline_protocol.connection import Asked, Connection, Rejected
from coachline_protocol.ops import Body
from coachline_protocol.rows import AnyRow, Cursor, Id, Message, StreamId
from coachline_server.link import accept_link

TOLD_BY_THE_REPLY = (ops.MessagePost, ops.CursorDelivered, ops.CursorRead)

Trick = Callable[["Visit", Asked], bool]
"""What to do with one request instead of answering it; False: answer it as well."""


class Visit:
    """One connection of a client."""

    def __init__(self, server: "ScriptedServer", link: Link) -> None:
        self.server = server
        self.link = link
        self.connection = Connection("server")
        self.writer = Writer()
        self.scope = trio.CancelScope()
        self.closing: CloseCode | None = None

    async def run(self) -> None:
        with self.scope:
            async with flat_nursery() as nursery:
                nursery.start_soon(self._write)
                try:
                    while True:
                        for heard in self.connection.receive(await self.link.receive()):
                            self._hear(heard)
                except LinkClosed:
                    nursery.cancel_scope.cancel()
        if self.closing is not None:
            await self.link.close(self.closing)

    async def _write(self) -> None:
        try:
            await self.writer.run(self.link)
        except LinkClosed:
            self.scope.cancel()

    def _hear(self, heard: object) -> None:
        if isinstance(heard, Rejected):
            self.writer.offer(heard.data)
        elif isinstance(heard, Asked):
            self.server.heard.append(heard.body)
            tricks = self.server.tricks.get(type(heard.body))
            if not (tricks and tricks.popleft()(self, heard)):
                self.answer(heard)

    def answer(self, asked: Asked) -> None:
        self.server.spared = self if isinstance(asked.body, TOLD_BY_THE_REPLY) else None
        answer = self.server.do(asked.body)
        self.server.spared = None
        if isinstance(answer, Refusal):
            self.writer.offer(self.connection.refuse(asked.id, answer))
        else:
            self.writer.offer(self.connection.reply(asked.id, answer))
        self.server.answered()

    def tell(self, name: str, body: Body) -> None:
        self.writer.offer(self.connection.event(name, body))

    def cut(self) -> None:
        """The connection ends without a word."""
        self.scope.cancel()

    def close(self, code: CloseCode) -> None:
        self.closing = code
        self.scope.cancel()


def lose_reply(visit: Visit, asked: Asked) -> bool:
    """Do it, and cut before the answer is out."""
    visit.server.do(asked.body)
    visit.cut()
    return True


def cut_first(visit: Visit, asked: Asked) -> bool:
    """Cut before anything is done."""
    visit.cut()
    return True


def ignore(visit: Visit, asked: Asked) -> bool:
    """Never answer."""
    return True


def refuse(code: RefusalCode, retry_after_ms: int | None = None) -> Trick:
    """Refuse it."""

    def trick(visit: Visit, asked: Asked) -> bool:
        visit.writer.offer(visit.connection.refuse(asked.id, Refusal(code=code, retry_after_ms=retry_after_ms)))
        return True

    return trick


def close_with(code: CloseCode) -> Trick:
    """Close the connection with a code instead."""

    def trick(visit: Visit, asked: Asked) -> bool:
        visit.close(code)
        return True

    return trick


class ScriptedServer:
    """One person's server: their streams, and whatever connections they make."""

    def __init__(self, me: Id, *, epoch: Id = b"E" * 16) -> None:
        self.me = me
        self.epoch = epoch
        self.token = b"T" * limits.TOKEN_BYTES
        self.next_token: bytes | None = None
        self.rows: dict[StreamId, list[AnyRow]] = {}
        self.revs: dict[StreamId, int] = {}
        self.reaches: dict[StreamId, int] = {}
        self.cursors: dict[Id, dict[Id, Cursor]] = {}
        self.people: list[ops.Person] = []
        self.posted: dict[Id, ops.Posted] = {}
        self.heard: list[Body] = []
        self.tricks: dict[type[Body], deque[Trick]] = {}
        self.visits: list[Visit] = []
        self.spared: Visit | None = None
        """Who is being answered what an event would only repeat."""

    # -- for tests -----------------------------------------------------------------------------------------

    def script(self, kind: type[Body], *tricks: Trick) -> None:
        """What happens to the next requests of a kind."""
        self.tricks.setdefault(kind, deque()).extend(tricks)

    def asked(self, kind: type[Body]) -> list[Body]:
        """The requests of a kind, in the order they came."""
        return [body for body in self.heard if type(body) is kind]

    def put(self, stream: StreamId, *make: Callable[[int], AnyRow], quiet: bool = False) -> None:
        """Change a stream: each maker gets its revision. Told to who is connected, unless `quiet`."""
        after = self.revs.get(stream, 0)
        rows = tuple(one(after + n) for n, one in enumerate(make, start=1))
        kept = self.rows.setdefault(stream, [])
        for row in rows:
            kept[:] = [other for other in kept if row_key(other) != row_key(row)] + [row]
        self.revs[stream] = after + len(rows)
        if not quiet:
            name = "message" if any(isinstance(row, Message) for row in rows) else "member"
            name = name if stream.kind == "conversation" else stream.kind
            rev = self.revs[stream]
            self.tell(name, ops.Change(stream=stream, epoch=self.epoch, after=after, rev=rev, rows=rows))

    def say(self, conversation: Id, author: Id, text: str, *, id: Id | None = None, quiet: bool = False) -> None:
        """Somebody's message."""
        stream = StreamId("conversation", conversation)
        seq = self.seq(stream) + 1
        made = id or seq.to_bytes(16, "big")
        self.put(stream, lambda rev: Message(rev=rev, seq=seq, id=made, author=author, text=text, at=seq), quiet=quiet)

    def tell(self, name: str, body: Body) -> None:
        """An event to everybody connected."""
        for visit in self.visits:
            if visit.connection.state.value == "welcomed" and visit is not self.spared:
                visit.tell(name, body)

    def withdraw(self, stream: StreamId) -> None:
        """Take a stream away."""
        self.rows.pop(stream, None)
        self.revs.pop(stream, None)
        self.tell("withdrawn", ops.Withdrawn(stream=stream))

    def cut(self) -> None:
        """End every connection without a word."""
        for visit in self.visits:
            visit.cut()

    def texts(self, conversation: Id) -> list[str]:
        """What was said, in order."""
        return [message.text for message in self.messages(StreamId("conversation", conversation))]

    # -- serving -------------------------------------------------------------------------------------------

    async def serve(self, network: Network, host: str, port: int) -> None:
        listeners = await network.listen(host, port)
        await trio.serve_listeners(self._visit, listeners)

    async def _visit(self, stream: trio.abc.Stream) -> None:
        visit: Visit | None = None
        try:
            async with accept_link(
                stream, subprotocols=[limits.SUBPROTOCOL], allowed_origins=[], handshake_timeout=15
            ) as link:
                visit = Visit(self, link)
                self.visits.append(visit)
                await visit.run()
        except LinkClosed:
            pass
        finally:
            if visit is not None:
                self.visits.remove(visit)

    def answered(self) -> None:
        """An answer is out; what it did may be told now."""

    # -- answering -----------------------------------------------------------------------------------------

    def do(self, body: Body) -> Body | Refusal:
        """What the server makes of a request."""
        match body:
            case ops.SignIn():
                return ops.SignedIn(person=self.me, token=self.token)
            case ops.Hello(token=token):
                return self._welcome(token)
            case ops.PeopleList():
                return ops.People(people=tuple(self.people))
            case ops.PresenceQuery():
                return ops.Presences(presences=())
            case ops.Changes():
                return self._changes(body)
            case ops.Snapshot(stream=stream):
                return self._snapshot(stream)
            case ops.History(conversation=conversation, before=before, limit=limit):
                messages = [
                    m for m in self.messages(StreamId("conversation", conversation)) if m.seq < (before or 2**50)
                ]
                return ops.Messages(messages=tuple(messages[-limit:]), more=len(messages) > limit)
            case ops.MessagePost():
                return self._post(body)
            case ops.CursorDelivered(conversation=conversation, seq=seq):
                return self._move(conversation, Cursor(person=self.me, delivered=seq))
            case ops.CursorRead(conversation=conversation, seq=seq):
                return self._move(conversation, Cursor(person=self.me, delivered=seq, read=seq))
            case _:
                return ops.Empty()

    def messages(self, stream: StreamId) -> list[Message]:
        found = [row for row in self.rows.get(stream, []) if isinstance(row, Message)]
        return sorted(found, key=lambda message: message.seq)

    def seq(self, stream: StreamId) -> int:
        return max((message.seq for message in self.messages(stream)), default=0)

    def _welcome(self, token: bytes) -> Body | Refusal:
        if token not in (self.token, self.next_token):
            return Refusal(code=RefusalCode.BAD_TOKEN)
        if token == self.next_token:
            self.token, self.next_token = token, None
        heads = [
            ops.Head(
                stream=stream,
                rev=rev,
                seq=self.seq(stream),
                reach=self.reaches.get(stream, 0),
                cursors=self._cursors(stream),
            )
            for stream, rev in sorted(self.revs.items())
        ]
        return ops.Welcome(
            person=self.me, device=b"D" * 16, epoch=self.epoch, now=0, heads=tuple(heads), token=self.next_token
        )

    def _changes(self, asked: ops.Changes) -> Body | Refusal:
        rows = self._since(asked.stream, asked.after)
        if asked.epoch != self.epoch:
            return Refusal(code=RefusalCode.RESET)
        page, more = tuple(rows[: asked.limit]), len(rows) > asked.limit
        upto = page[-1].rev if more else self.revs[asked.stream]
        return ops.ChangePage(rows=page, upto=upto, more=more, cursors=self._cursors(asked.stream))

    def _since(self, stream: StreamId, after: int) -> list[AnyRow]:
        return sorted((row for row in self.rows.get(stream, []) if row.rev > after), key=lambda row: row.rev)

    def _snapshot(self, stream: StreamId) -> Body | Refusal:
        if stream not in self.revs:
            return Refusal(code=RefusalCode.NOT_FOUND)
        others: Iterable[AnyRow] = [row for row in self.rows[stream] if not isinstance(row, Message)]
        rows = (*others, *self.messages(stream)[-limits.SNAPSHOT_MESSAGES :])
        return ops.SnapshotTaken(
            epoch=self.epoch, head=self.revs[stream], seq=self.seq(stream), rows=rows, cursors=self._cursors(stream)
        )

    def _post(self, post: ops.MessagePost) -> Body:
        if post.id not in self.posted:
            stream = StreamId("conversation", post.conversation)
            self.say(post.conversation, self.me, post.text, id=post.id)
            seq = self.seq(stream)
            self.posted[post.id] = ops.Posted(rev=self.revs[stream], seq=seq, at=seq)
        return self.posted[post.id]

    def _move(self, conversation: Id, cursor: Cursor) -> Body:
        mine = self.cursors.setdefault(conversation, {})
        before = mine.get(cursor.person, Cursor(person=cursor.person))
        mine[cursor.person] = Cursor(
            person=cursor.person, delivered=max(before.delivered, cursor.delivered), read=max(before.read, cursor.read)
        )
        self.tell("cursor", ops.CursorMoved(conversation=conversation, cursors=(mine[cursor.person],)))
        return ops.Empty()

    def _cursors(self, stream: StreamId) -> tuple[Cursor, ...]:
        return tuple(self.cursors.get(stream.id, {}).values()) if stream.kind == "conversation" else ()


__all__ = ["ScriptedServer", "Visit", "close_with", "cut_first", "ignore", "lose_reply", "refuse"]
