"""Reading streams: heads, changes, snapshots, history, receipts, and the lists; each answer ends where it is full.

What may be seen is judged last, with nothing awaited between that and the answer being queued: a permission that was
withdrawn while the database was read is withdrawn here too (H7).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from coachline_core.domain import access
from coachline_core.runtime.executor import Executor
from coachline_protocol import limits, ops
from coachline_protocol.codec import packed_size
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.ops import Body
from coachline_protocol.rows import AnyRow, Cursor, Id, Message, StreamId

from coachline_server.caller import Caller
from coachline_server.receipt_choices import ReceiptChoices
from coachline_server.store.port import Store, StreamRows

T = TypeVar("T", bound=msgspec.Struct)
R = TypeVar("R", bound=AnyRow)


def fitting(items: Iterable[T], room: int = limits.MAX_ANSWER_BYTES) -> list[T]:
    """As many from the front as fit in `room` bytes; at least one, for each by itself fits a frame."""
    taken: list[T] = []
    for item in items:
        room -= packed_size(item)
        if room < 0 and taken:
            break
        taken.append(item)
    return taken


def seen(caller: Caller, stream: StreamId, rows: Iterable[R]) -> list[R]:
    """Those of a stream's rows that the asker may see at this moment."""
    return list(filter(access.sight(caller.standing, stream), rows))


@dataclass(frozen=True)
class Reading:
    """The handlers of these ops. All may raise StoreError."""

    store: Store
    executor: Executor
    choices: ReceiptChoices
    epoch: Id

    async def heads(self, caller: Caller, body: ops.Heads) -> Body | Refusal:
        """`heads`"""
        heads, more = await self.heads_of(caller.person, body.after, body.limit)
        return ops.HeadPage(heads=access.still_readable(caller.standing, heads), more=more)

    async def heads_of(self, person: Id, after: StreamId | None, limit: int) -> tuple[tuple[ops.Head, ...], bool]:
        """Heads after one, as this person sees them, and whether there are more."""
        limit = min(limit, limits.LIST_MAX)
        found = await self.executor.read(lambda: self.store.heads(person, after, limit + 1))
        return await self.shown_heads(person, found, limit)

    async def shown_heads(self, person: Id, found: Sequence[ops.Head], limit: int) -> tuple[tuple[ops.Head, ...], bool]:
        """A page of heads that were read, as this person sees them, and whether there are more."""
        if people := {cursor.person for head in found for cursor in head.cursors}:
            await self.choices.know({person, *people})
        shown = [
            msgspec.structs.replace(head, cursors=self.choices.shown(head.cursors, person)) if head.cursors else head
            for head in found[:limit]
        ]
        page = fitting(shown)
        return tuple(page), len(page) < len(found)

    async def changes(self, caller: Caller, body: ops.Changes) -> Body | Refusal:
        """`changes`"""
        granted = access.grant(caller.standing, body)
        if isinstance(granted, Refusal):
            return granted
        if body.epoch != self.epoch:
            return Refusal(code=RefusalCode.RESET)
        stream, limit = granted.stream, min(body.limit, limits.CHANGES_MAX)
        page = await self.executor.read(
            lambda: self.store.changes(stream, body.after, limit, room=limits.MAX_ANSWER_BYTES)
        )
        if body.after > page.head:
            # It saw what this database never had.
            return Refusal(code=RefusalCode.RESET)
        cursors = await self._shown(page.cursors, caller.person)
        still = access.grant(caller.standing, body)
        if isinstance(still, Refusal):
            return still
        rows = tuple(seen(caller, stream, page.rows))
        return ops.ChangePage(rows=rows, upto=page.upto, more=page.more, cursors=cursors)

    async def snapshot(self, caller: Caller, body: ops.Snapshot) -> Body | Refusal:
        """`snapshot`: what fits; `head` is as far as it is complete, and `changes` go on from there."""
        granted = access.grant(caller.standing, body)
        if isinstance(granted, Refusal):
            return granted
        stream = granted.stream
        held, newest = await self.executor.read(lambda: self._taken(stream))
        cursors = await self._shown(held.cursors, caller.person)
        still = access.grant(caller.standing, body)
        if isinstance(still, Refusal):
            return still
        rows = seen(caller, stream, held.rows)
        taken: list[AnyRow] = fitting(rows)
        room = limits.MAX_ANSWER_BYTES - sum(map(packed_size, taken))
        messages = seen(caller, stream, newest)
        shown = list(reversed(fitting(reversed(messages), max(room, 0)))) if len(taken) == len(rows) else []
        return ops.SnapshotTaken(
            epoch=self.epoch,
            head=held.rev if len(taken) == len(rows) else taken[-1].rev,
            seq=held.seq,
            rows=(*taken, *shown),
            cursors=cursors,
        )

    async def history(self, caller: Caller, body: ops.History) -> Body | Refusal:
        """`history`"""
        granted = access.grant(caller.standing, body)
        if isinstance(granted, Refusal):
            return granted
        if body.before is not None and body.after is not None:
            return Refusal(code=RefusalCode.INVALID, field="after", hint="before or after, not both")
        limit = min(body.limit, limits.HISTORY_MAX)
        found = await self.executor.read(
            lambda: self.store.messages(body.conversation, before=body.before, after=body.after, limit=limit + 1)
        )
        still = access.grant(caller.standing, body)
        if isinstance(still, Refusal):
            return still
        older = body.after is None
        near = list(reversed(found)) if older else list(found)
        shown = seen(caller, granted.stream, near[:limit])
        page = fitting(shown)
        more = len(near) > limit or len(page) < len(shown)
        return ops.Messages(messages=tuple(reversed(page) if older else page), more=more)

    async def receipts(self, caller: Caller, body: ops.Receipts) -> Body | Refusal:
        """`receipts`: when others read is shown as their cursors are."""
        granted = access.grant(caller.standing, body)
        if isinstance(granted, Refusal):
            return granted
        found = await self.executor.read(lambda: self.store.receipts(body.conversation, body.seq))
        await self.choices.know({caller.person, *(receipt.person for receipt in found)})
        mine = self.choices.sends(caller.person)
        shown = [
            receipt
            if receipt.person == caller.person or (mine and self.choices.sends(receipt.person))
            else msgspec.structs.replace(receipt, read_at=None)
            for receipt in found
        ]
        return ops.ReceiptList(receipts=tuple(shown))

    async def conversations(self, caller: Caller, body: ops.ConversationList) -> Body | Refusal:
        """`conversation.list`"""
        person, limit = caller.person, min(body.limit, limits.LIST_MAX)
        found = await self.executor.read(lambda: self.store.conversations(person, body.before, limit + 1))
        page = fitting(found[:limit])
        return ops.Conversations(conversations=tuple(page), more=len(page) < len(found))

    async def people(self, caller: Caller, body: ops.PeopleList) -> Body | Refusal:
        """`people.list`"""
        person, limit = caller.person, min(body.limit, limits.LIST_MAX)
        found = await self.executor.read(lambda: self.store.people(person, body.after, limit + 1))
        page = fitting(found[:limit])
        return ops.People(people=tuple(page), more=len(page) < len(found))

    def _taken(self, stream: StreamId) -> tuple[StreamRows, tuple[Message, ...]]:
        """What a snapshot is made of: of a conversation all but its messages, and the newest of those; of another
        stream its first page, for a record may be ten thousand rows, and no snapshot holds them."""
        if stream.kind == "conversation":
            newest = self.store.messages(stream.id, before=None, after=None, limit=limits.SNAPSHOT_MESSAGES)
            return self.store.load(stream), newest
        page = self.store.changes(stream, 0, limits.CHANGES_MAX, room=limits.MAX_ANSWER_BYTES)
        return StreamRows(page.upto, 0, page.rows, ()), ()

    async def _shown(self, cursors: Sequence[Cursor], viewer: Id) -> tuple[Cursor, ...]:
        await self.choices.know({viewer, *(cursor.person for cursor in cursors)})
        return self.choices.shown(cursors, viewer)
