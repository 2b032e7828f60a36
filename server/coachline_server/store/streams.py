"""Reading streams: whole, by revision, messages by seq, receipts, answers."""

from collections.abc import Iterable, Iterator
from heapq import merge
from math import inf
from operator import itemgetter

from coachline_core.domain.streams import Answer
from coachline_protocol.codec import packed_size
from coachline_protocol.ops import Receipt
from coachline_protocol.rows import AnyRow, Cursor, Id, Message, Revision, Seq, StreamId

from coachline_server.store import cursors
from coachline_server.store.cipher import Cipher
from coachline_server.store.commit import ANSWER_READ, read_answer
from coachline_server.store.engine import Statements
from coachline_server.store.mapping import Report, Table, Values, read_row, read_rows
from coachline_server.store.port import PageRows, StreamRows
from coachline_server.store.tables import BY_NAME, tables_of

MESSAGE = BY_NAME["message"]
REV = MESSAGE.names.index("rev")

AS_SAID = (
    f"SELECT {MESSAGE.listed} FROM message WHERE conversation = ? AND seq > ? AND rev > ? AND NOT EXISTS "
    "(SELECT 1 FROM message_change WHERE message_change.conversation = message.conversation "
    "AND message_change.rev = message.rev) ORDER BY seq LIMIT ?"
)
CHANGED = (
    f"SELECT {', '.join(f'message.{name}' for name in MESSAGE.names)} FROM message_change JOIN message "
    "ON message.conversation = message_change.conversation AND message.seq = message_change.seq "
    "AND message.rev = message_change.rev "
    "WHERE message_change.conversation = ? AND message_change.rev > ? ORDER BY message_change.rev LIMIT ?"
)

Found = tuple[Revision, Table, Values]
CURSOR_COLUMNS = "person, delivered, delivered_at, read, read_at"


class StreamReader:
    """Reads of one transaction."""

    def __init__(self, statements: Statements, cipher: Cipher, report: Report) -> None:
        self._statements = statements
        self._cipher = cipher
        self._report = report

    def load(self, stream: StreamId) -> StreamRows:
        """See `port.Store.load`."""
        rev, seq = self._place(stream)
        rows: list[AnyRow] = []
        for table in tables_of(stream.kind):
            if table is not MESSAGE:
                sql = f"SELECT {table.listed} FROM {table.name} WHERE {table.stream} = ?"
                rows += read_rows(table, self._statements.all(sql, (stream.id,)), self._cipher, self._report)
        rows.sort(key=lambda row: row.rev)
        return StreamRows(rev, seq, tuple(rows), self._cursors(stream))

    def changes(self, stream: StreamId, after: Revision, limit: int, room: int | None) -> PageRows:
        """See `port.Store.changes`."""
        head, seq = self._place(stream)
        cursors = self._cursors(stream)
        found: list[Found] = []
        for table in tables_of(stream.kind):
            sql = f"SELECT {table.listed} FROM {table.name} WHERE {table.stream} = ? AND rev > ? ORDER BY rev LIMIT ?"
            wanted = CHANGED if table is MESSAGE else sql
            found += _with_revision(table, self._statements.all(wanted, (stream.id, after, limit + 1)))
        found.sort(key=_revision)
        said = self._as_said(stream.id, after, head - seq, limit + 1) if stream.kind == "conversation" else iter(())
        rows: list[AnyRow] = []
        left = inf if room is None else room
        upto = after
        # Judged by what is there, not by what could be read: a page of damaged rows still leads on.
        for number, (rev, table, values) in enumerate(merge(found, said, key=_revision)):
            row = read_row(table, values, self._cipher, self._report)
            if room is not None and row is not None:
                left -= packed_size(row)
            if rev > upto and (number >= limit or (rows and left < 0)):
                return PageRows(tuple(rows), upto, more=True, head=head, cursors=cursors)
            if row is not None:
                rows.append(row)
            upto = rev
        return PageRows(tuple(rows), max(head, after), more=False, head=head, cursors=cursors)

    def _as_said(self, conversation: Id, after: Revision, others: int, limit: int) -> Iterator[Found]:
        """Messages beyond a revision that were not changed since they were said, read as they are asked for: no other
        statement before the last of them.

        `others`: how many revisions something else took. A message took one of its own, so its seq is that much
        smaller at most: up to `after - others`, none lies beyond `after`.
        """
        values = self._statements.each(AS_SAID, (conversation, after - others, after, limit))
        return ((one[REV], MESSAGE, one) for one in values)

    def messages(self, conversation: Id, before: Seq | None, after: Seq | None, limit: int) -> tuple[Message, ...]:
        """See `port.Store.messages`."""
        select = f"SELECT {MESSAGE.listed} FROM message WHERE conversation = ?"
        if after is not None:
            values = self._statements.all(f"{select} AND seq > ? ORDER BY seq LIMIT ?", (conversation, after, limit))
        elif before is not None:
            sql = f"{select} AND seq < ? ORDER BY seq DESC LIMIT ?"
            values = self._statements.all(sql, (conversation, before, limit))[::-1]
        else:
            values = self._statements.all(f"{select} ORDER BY seq DESC LIMIT ?", (conversation, limit))[::-1]
        rows = read_rows(MESSAGE, values, self._cipher, self._report)
        return tuple(row for row in rows if isinstance(row, Message))

    def receipts(self, conversation: Id, seq: Seq) -> tuple[Receipt, ...]:
        """See `port.Store.receipts`."""
        return cursors.receipts(self._statements, conversation, seq, self._report)

    def answer(self, author: Id, command: Id) -> Answer | None:
        """See `port.Store.answer`."""
        sql = f"SELECT {ANSWER_READ} FROM answer WHERE author = ? AND id = ?"
        found = self._statements.one(sql, (author, command))
        return None if found is None else read_answer(found, self._cipher)

    def passing(self, before: Id, limit: int) -> Id | None:
        """See `port.Store.passing`."""
        found = self._statements.all("SELECT id FROM passing WHERE id < ? ORDER BY id LIMIT ?", (before, limit))
        return found[-1][0] if found else None

    def _place(self, stream: StreamId) -> tuple[Revision, Seq]:
        found = self._statements.one("SELECT rev, seq FROM stream WHERE kind = ? AND id = ?", (stream.kind, stream.id))
        return (0, 0) if found is None else (found[0], found[1])

    def _cursors(self, stream: StreamId) -> tuple[Cursor, ...]:
        if stream.kind != "conversation":
            return ()
        sql = f"SELECT {CURSOR_COLUMNS} FROM cursor WHERE conversation = ? ORDER BY person"
        return tuple(cursor_of(*values) for values in self._statements.all(sql, (stream.id,)))


_revision = itemgetter(0)


def _with_revision(table: Table, values: Iterable[Values]) -> Iterable[Found]:
    at = table.names.index("rev")
    return [(one[at], table, one) for one in values]


def cursor_of(person: Id, delivered: Seq, delivered_at: int, read: Seq, read_at: int) -> Cursor:
    """A cursor from its columns."""
    return Cursor(person=person, delivered=delivered, delivered_at=delivered_at, read=read, read_at=read_at)
