"""Everything clients were told and everything they said, kept to be compared with what the database holds."""

from dataclasses import dataclass, field

from coachline_core.domain.streams import row_key
from coachline_protocol import ops
from coachline_protocol.connection import Answered, Told
from coachline_protocol.ops import Body
from coachline_protocol.rows import AnyRow, Cursor, Id, Revision, Seq, StreamId

RowKey = tuple[StreamId, tuple[str, Id | Seq]]
"""A row by its stream and its key there."""
CommandKey = tuple[Id, Id]
"""Author and command id."""


@dataclass(frozen=True)
class Said:
    """A message somebody tried to post: the `order`-th of its device."""

    device: Id
    order: int
    post: ops.MessagePost


@dataclass
class Chronicle:
    """What all devices said and heard. `problems`: what contradicts itself already as it is heard."""

    said: dict[Id, Said] = field(default_factory=dict)
    replies: dict[CommandKey, Body] = field(default_factory=dict)
    """First answers to commands."""
    rows: dict[RowKey, AnyRow] = field(default_factory=dict)
    """Each row as it was told in its latest revision."""
    heads: dict[StreamId, Revision] = field(default_factory=dict)
    cursors: dict[tuple[Id, Id], tuple[Seq, Seq]] = field(default_factory=dict)
    """Conversation and person: delivered and read, the furthest that was told or acknowledged."""
    receipts: dict[tuple[Id, Seq, Id], ops.Receipt] = field(default_factory=dict)
    """Conversation, seq and person: the receipt with the most in it that was told."""
    epochs: list[Id] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    told: int = 0
    """Rows, cursors, heads and answers heard, the same ones again included."""

    def answered(self, author: Id, heard: Answered) -> None:
        """A reply to one of the requests of `author`."""
        self.told += 1
        request, reply = heard.request, heard.body
        command: Id | None = getattr(request, "id", None)
        if command is not None:
            self._reply(author, command, reply)
        match request, reply:
            case ops.MessagePost(conversation=conversation), ops.Posted(rev=rev):
                self._head(StreamId("conversation", conversation), rev)
            case _, ops.Welcome(epoch=epoch, heads=heads):
                if epoch not in self.epochs:
                    self.epochs.append(epoch)
                self._heads(heads)
            case ops.Changes(stream=stream), ops.ChangePage(rows=rows, upto=upto, cursors=cursors):
                self._rows(stream, rows, upto, cursors)
            case ops.Snapshot(stream=stream), ops.SnapshotTaken(rows=rows, head=head, cursors=cursors):
                self._rows(stream, rows, head, cursors)
            case ops.History(conversation=conversation), ops.Messages(messages=messages):
                self._rows(StreamId("conversation", conversation), messages, 0, ())
            case ops.CursorDelivered(conversation=conversation, seq=seq), _:
                self._cursor(conversation, author, seq, 0)
            case ops.CursorRead(conversation=conversation, seq=seq), _:
                self._cursor(conversation, author, seq, seq)
            case ops.Receipts(conversation=conversation, seq=seq), ops.ReceiptList(receipts=receipts):
                for one in receipts:
                    self._receipt(conversation, seq, one)
            case _:
                pass

    def event(self, heard: Told) -> None:
        """Something told unasked."""
        match heard.body:
            case ops.Change(stream=stream, rows=rows, rev=rev):
                self._rows(stream, rows, rev, ())
            case ops.CursorMoved(conversation=conversation, cursors=cursors):
                self._rows(StreamId("conversation", conversation), (), 0, cursors)
            case _:
                pass

    def _reply(self, author: Id, command: Id, reply: Body) -> None:
        first = self.replies.setdefault((author, command), reply)
        if first != reply:
            self.problems.append(f"{command.hex()} was answered {first}, and said again {reply}")

    def _heads(self, heads: tuple[ops.Head, ...]) -> None:
        for head in heads:
            self._rows(head.stream, (), head.rev, head.cursors)

    def _rows(self, stream: StreamId, rows: tuple[AnyRow, ...], rev: Revision, cursors: tuple[Cursor, ...]) -> None:
        self._head(stream, rev)
        for row in rows:
            self.told += 1
            key = (stream, row_key(row))
            held = self.rows.get(key)
            if held is None or row.rev > held.rev:
                self.rows[key] = row
            elif row.rev == held.rev and row != held:
                self.problems.append(f"{row} was told, and {held}")
        for cursor in cursors:
            self._cursor(stream.id, cursor.person, cursor.delivered, cursor.read)

    def _head(self, stream: StreamId, rev: Revision) -> None:
        self.told += 1
        self.heads[stream] = max(rev, self.heads.get(stream, 0))

    def _cursor(self, conversation: Id, person: Id, delivered: Seq, read: Seq) -> None:
        self.told += 1
        was = self.cursors.get((conversation, person), (0, 0))
        self.cursors[conversation, person] = max(was[0], delivered), max(was[1], read)

    def _receipt(self, conversation: Id, seq: Seq, receipt: ops.Receipt) -> None:
        self.told += 1
        key = conversation, seq, receipt.person
        held = self.receipts.get(key)
        for name in ("delivered_at", "read_at"):
            was, now = getattr(held, name, None), getattr(receipt, name)
            if was is not None and now != was:
                self.problems.append(f"{name} of {seq} by {receipt.person.hex()} was told {was}, then {now}")
        self.receipts[key] = receipt
