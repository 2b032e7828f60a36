"""Reading what a person has: stream heads, standing, conversation list, the people known to him."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from coachline_protocol.limits import PREVIEW_CHARACTERS
from coachline_protocol.ops import ConversationEntry, Head, Person
from coachline_protocol.rows import AnyRow, Id, Listing, Member, Message, Profile, Seq, StreamId, StreamKind, Time
from msgspec.structs import replace

from coachline_server.store.cipher import Cipher
from coachline_server.store.engine import Statements, Values, in_batches, marks, rows_of_marks, wanted
from coachline_server.store.mapping import Report, read_rows
from coachline_server.store.streams import CURSOR_COLUMNS, cursor_of
from coachline_server.store.tables import BY_NAME

MESSAGE = BY_NAME["message"]

KEYS_PER_STATEMENT = 300
"""At most three parameters each, and some SQLite builds take 999."""

MINE = (
    "WITH mine (kind, id, reach) AS ("
    "SELECT 'conversation', conversation, 0 FROM member WHERE person = ? "
    "UNION SELECT 'person', ?, 0 UNION SELECT 'record', ?, 0 "
    "UNION SELECT 'record', client, reach FROM relationship WHERE trainer = ? AND (state <> 'ended' OR was_left)) "
    "SELECT stream.kind, stream.id, stream.rev, stream.seq, mine.reach FROM mine "
    "JOIN stream ON stream.kind = mine.kind AND stream.id = mine.id "
)

KNOWN = (
    "SELECT client FROM relationship WHERE trainer = ? UNION SELECT trainer FROM relationship WHERE client = ? "
    "UNION SELECT other FROM listing WHERE person = ? AND other IS NOT NULL"
)

UNREAD = (
    "WITH seen (conversation, low, high) AS (VALUES {}) "
    "SELECT message.conversation, COUNT(*) FROM seen "
    "JOIN message ON message.conversation = seen.conversation AND message.seq > seen.low AND message.seq < seen.high "
    "WHERE message.author <> ? AND message.kind NOT IN ('system', 'progress') GROUP BY message.conversation"
)

NO_END = 2**62
"""Above every seq: the end of a window that is open."""


@dataclass(frozen=True, slots=True)
class _Listed:
    """A conversation of the list, before its last message and its unread are known."""

    listing: Listing
    title: str | None
    active_at: Time
    member: Member | None
    read: Seq
    head: Seq

    def windows(self) -> list[tuple[Seq, Seq]]:
        """What is visible, as half-open ranges of seq."""
        windows = self.member.windows if self.member is not None else ()
        return [(window.join, NO_END if window.leave is None else window.leave) for window in windows]

    def last_visible(self) -> Seq:
        """The newest seq that is visible; 0: none."""
        tops = [min(self.head, end - 1) for start, end in self.windows() if start <= min(self.head, end - 1)]
        return max(tops, default=0)


class BelongingsReader:
    """Reads of one transaction."""

    def __init__(self, statements: Statements, cipher: Cipher, report: Report) -> None:
        self._statements = statements
        self._cipher = cipher
        self._report = report

    def _rows(self, table: str, where: str, values: Values) -> list[tuple[Id, AnyRow]]:
        """Rows of a table, each with the id of its stream."""
        found = self._statements.all(f"SELECT {BY_NAME[table].listed} FROM {table} WHERE {where}", values)
        return self._read(table, found)

    def _read(self, table: str, found: Iterable[tuple[Any, ...]]) -> list[tuple[Id, AnyRow]]:
        mapped = BY_NAME[table]
        at = mapped.names.index(mapped.stream)
        return [(one[at], row) for one in found for row in read_rows(mapped, [one], self._cipher, self._report)]

    def heads(self, person: Id, after: StreamId | None, limit: int) -> tuple[Head, ...]:
        """See `port.Store.heads`."""
        beyond = "" if after is None else "WHERE (stream.kind, stream.id) > (?, ?) "
        sql = f"{MINE}{beyond}ORDER BY stream.kind, stream.id LIMIT ?"
        place = () if after is None else (after.kind, after.id)
        found = self._statements.all(sql, (person, person, person, person, *place, limit))
        heads = [
            Head(stream=StreamId(kind, id_), rev=rev, seq=seq, reach=reach) for kind, id_, rev, seq, reach in found
        ]
        cursors = self._cursors(person, [head.stream.id for head in heads if head.stream.kind == "conversation"])
        return tuple(
            replace(head, cursors=tuple(cursors.get(head.stream.id, ())))
            if head.stream.kind == "conversation"
            else head
            for head in heads
        )

    def _cursors(self, person: Id, conversations: Sequence[Id]) -> dict[Id, list[object]]:
        """The cursors a person may be told of: everybody's, in rooms only his own."""
        cursors: dict[Id, list[object]] = {}
        for batch in in_batches(conversations, KEYS_PER_STATEMENT):
            listed = ", ".join(f"cursor.{column}" for column in CURSOR_COLUMNS.split(", "))
            sql = (
                f"SELECT cursor.conversation, {listed} FROM cursor "
                "JOIN conversation ON conversation.conversation = cursor.conversation "
                f"WHERE cursor.conversation IN ({marks(len(batch))}) "
                "AND (conversation.kind <> 'room' OR cursor.person = ?) ORDER BY cursor.conversation, cursor.person"
            )
            for conversation, *values in self._statements.all(sql, (*batch, person)):
                cursors.setdefault(conversation, []).append(cursor_of(*values))
        return cursors

    def standing(self, person: Id) -> tuple[tuple[StreamId, AnyRow], ...]:
        """See `port.Arrived.standing`."""
        mine = "conversation IN (SELECT conversation FROM member WHERE person = ?)"
        room = (
            "EXISTS (SELECT 1 FROM conversation "
            "WHERE conversation.conversation = member.conversation AND conversation.kind = 'room')"
        )
        parts: list[tuple[StreamKind, list[tuple[Id, AnyRow]]]] = [
            ("conversation", self._rows("conversation", mine, (person,))),
            ("conversation", self._rows("member", f"{mine} AND (person = ? OR NOT {room})", (person, person))),
            ("person", self._rows("profile", "person = ?", (person,))),
            ("record", self._rows("relationship", "client = ? OR trainer = ?", (person, person))),
        ]
        told = [(StreamId(kind, id_), row) for kind, rows in parts for id_, row in rows]
        return tuple(sorted(told, key=lambda pair: (pair[0], pair[1].rev)))

    def people(self, person: Id, after: Id | None, limit: int) -> tuple[Person, ...]:
        """See `port.Store.people`."""
        where = f"person IN ({KNOWN}) AND person > ? ORDER BY person LIMIT ?"
        found = self._rows("profile", where, (person, person, person, after or b"", limit))
        return tuple(_card(id_, row) for id_, row in found if isinstance(row, Profile))

    def person(self, person: Id) -> Person | None:
        """See `port.Store.person`."""
        found = self._rows("profile", "person = ?", (person,))
        return next((_card(id_, row) for id_, row in found if isinstance(row, Profile)), None)

    def conversations(self, person: Id, before: tuple[Time, Id] | None, limit: int) -> tuple[ConversationEntry, ...]:
        """See `port.Store.conversations`."""
        listed = self._listed(person, before, limit)
        last = self._last_messages(listed)
        unread = self._unread(person, listed)
        return tuple(
            ConversationEntry(
                conversation=one.listing.conversation,
                kind=one.listing.kind,
                other=one.listing.other,
                title=one.title,
                head=one.last_visible(),
                unread=unread.get(one.listing.conversation, 0),
                last=last.get(one.listing.conversation),
                active_at=one.active_at,
            )
            for one in listed
        )

    def _listed(self, person: Id, before: tuple[Time, Id] | None, limit: int) -> list[_Listed]:
        listing, member = BY_NAME["listing"], BY_NAME["member"]
        columns = ", ".join(
            [*(f"listing.{name}" for name in listing.names), *(f"member.{name}" for name in member.names)]
        )
        sql = (
            f"SELECT conversation.title, stream.seq, stream.active_at, cursor.read, {columns} FROM listing "
            "JOIN stream ON stream.kind = 'conversation' AND stream.id = listing.conversation "
            "JOIN member ON member.conversation = listing.conversation AND member.person = listing.person "
            "LEFT JOIN conversation ON conversation.conversation = listing.conversation "
            "LEFT JOIN cursor ON cursor.conversation = listing.conversation AND cursor.person = listing.person "
            "WHERE listing.person = ? "
            + ("" if before is None else "AND (stream.active_at, listing.conversation) < (?, ?) ")
            + "ORDER BY stream.active_at DESC, listing.conversation DESC LIMIT ?"
        )
        found: list[_Listed] = []
        for title, head, active_at, read, *rest in self._statements.all(sql, (person, *(before or ()), limit)):
            split = len(listing.names)
            for row in read_rows(listing, [tuple(rest[:split])], self._cipher, self._report):
                members = read_rows(member, [tuple(rest[split:])], self._cipher, self._report)
                mine = next((one for one in members if isinstance(one, Member)), None)
                if isinstance(row, Listing):
                    found.append(_Listed(row, title, active_at, mine, read or 0, head))
        return found

    def _last_messages(self, listed: Iterable[_Listed]) -> dict[Id, Message]:
        places = [(one.listing.conversation, one.last_visible()) for one in listed if one.last_visible()]
        last: dict[Id, Message] = {}
        for batch in in_batches(places, KEYS_PER_STATEMENT):
            sql = f"SELECT {MESSAGE.listed} FROM {wanted('message', MESSAGE.key, len(batch))}"
            found = self._statements.all(sql, [part for place in batch for part in place])
            for conversation, row in self._read("message", found):
                if isinstance(row, Message):
                    last[conversation] = replace(row, text=row.text[:PREVIEW_CHARACTERS])
        return last

    def _unread(self, person: Id, listed: Iterable[_Listed]) -> dict[Id, int]:
        """Messages above the read cursor, in a window, not mine, no `system` or `progress` (SPEC.md, R6)."""
        ranges = [
            (one.listing.conversation, max(one.read, start - 1), end)
            for one in listed
            for start, end in one.windows()
            if max(one.read, start - 1) < min(one.head, end - 1)
        ]
        unread: dict[Id, int] = {}
        for batch in in_batches(ranges, KEYS_PER_STATEMENT):
            values = [part for one in batch for part in one]
            for conversation, count in self._statements.all(
                UNREAD.format(rows_of_marks(len(batch), 3)), (*values, person)
            ):
                unread[conversation] = unread.get(conversation, 0) + count
        return unread


def _card(person: Id, profile: Profile) -> Person:
    return Person(
        id=person,
        handle=profile.handle,
        display_name=profile.display_name,
        time_zone=profile.time_zone,
        roles=profile.roles,
        picture=profile.picture,
    )
