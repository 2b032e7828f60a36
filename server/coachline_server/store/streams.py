"""Reading streams: whole, by revision, messages by seq, receipts, answers."""

from math import inf
from operator import itemgetter

from coachline_core.domain.streams import Answer
from coachline_protocol.codec import packed_size
from coachline_protocol.ops import Receipt
from coachline_protocol.rows import AnyRow, Cursor, Id, Message, Revision, Seq, StreamId

from coachline_server.store.cipher import Cipher
from coachline_server.store.commit import ANSWER_COLUMNS, read_answer
from coachline_server.store.engine import Statements
from coachline_server.store.mapping import Report, Table, Values, read_rows
from coachline_server.store.port import PageRows, StreamRows
from coachline_server.store.tables import BY_NAME, tables_of

MESSAGE = BY_NAME["message"]
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
        head, _ = self._place(stream)
        cursors = self._cursors(stream)
        found: list[tuple[Revision, Table, Values]] = []
        for table in tables_of(stream.kind):
            sql = f"SELECT {table.listed} FROM {table.name} WHERE {table.stream} = ? AND rev > ? ORDER BY rev LIMIT ?"
            at = table.names.index("rev")
            found += [
                (values[at], table, values) for values in self._statements.all(sql, (stream.id, after, limit + 1))
            ]
        found.sort(key=itemgetter(0))
        rows: list[AnyRow] = []
        left = inf if room is None else room
        upto = after
        # Judged by what is there, not by what could be read: a page of damaged rows still leads on.
        for number, (rev, table, values) in enumerate(found):
            if rev > upto and (number >= limit or left <= 0):
                return PageRows(tuple(rows), upto, more=True, head=head, cursors=cursors)
            read = read_rows(table, [values], self._cipher, self._report)
            if room is not None:
                left -= sum(map(packed_size, read))
            rows += read
            upto = rev
        return PageRows(tuple(rows), max(head, after), more=False, head=head, cursors=cursors)

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
        covering = (
            "(SELECT at FROM cursor_move WHERE conversation = member.conversation AND person = member.person "
            "AND kind = '{}' AND after_seq >= ? AND before_seq < ? ORDER BY after_seq LIMIT 1)"
        )
        sql = (
            f"SELECT person, {covering.format('delivered')}, {covering.format('read')} "
            "FROM member WHERE conversation = ? ORDER BY person"
        )
        found = self._statements.all(sql, (seq, seq, seq, seq, conversation))
        return tuple(Receipt(person=person, delivered_at=got, read_at=read) for person, got, read in found)

    def answer(self, author: Id, command: Id) -> Answer | None:
        """See `port.Store.answer`."""
        sql = f"SELECT {', '.join(ANSWER_COLUMNS)} FROM answer WHERE author = ? AND id = ?"
        found = self._statements.one(sql, (author, command))
        return None if found is None else read_answer(found, self._cipher)

    def _place(self, stream: StreamId) -> tuple[Revision, Seq]:
        found = self._statements.one("SELECT rev, seq FROM stream WHERE kind = ? AND id = ?", (stream.kind, stream.id))
        return (0, 0) if found is None else (found[0], found[1])

    def _cursors(self, stream: StreamId) -> tuple[Cursor, ...]:
        if stream.kind != "conversation":
            return ()
        sql = f"SELECT {CURSOR_COLUMNS} FROM cursor WHERE conversation = ? ORDER BY person"
        return tuple(cursor_of(*values) for values in self._statements.all(sql, (stream.id,)))


def cursor_of(person: Id, delivered: Seq, delivered_at: int, read: Seq, read_at: int) -> Cursor:
    """A cursor from its columns."""
    return Cursor(person=person, delivered=delivered, delivered_at=delivered_at, read=read, read_at=read_at)
