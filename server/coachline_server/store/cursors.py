"""Cursors, and when they were moved.

The moves of a cursor are kept several together, in the cursor's own row, which each of them changes anyway: a row for
each was half of what a busy database wrote. Whenever it passes a multiple of CHUNK_SEQS, what is there becomes a row
of `cursor_history`, so there are never many.
"""

from collections.abc import Sequence
from functools import cache
from struct import Struct, error
from typing import Final

from coachline_core.domain.receipts import CursorKind, moved
from coachline_core.domain.streams import CursorMove
from coachline_protocol.ops import Receipt
from coachline_protocol.rows import Cursor, Id, Seq, Time

from coachline_server.store.engine import Statements
from coachline_server.store.mapping import Report
from coachline_server.store.port import StoreCorrupt

CHUNK_SEQS = 32
"""A cursor that goes on by one message at a time fills 800 bytes by then, as `delivered` and as `read`."""
KINDS: Final[tuple[CursorKind, ...]] = ("delivered", "read")
MOVE = Struct(">BQQQ")
"""The place in KINDS, before, after, at."""


@cache
def merge_sql(joined: str) -> str:
    """Merge a cursor by maximum, and add moves to its own. `joined`: of two values of bytes, named {} and {}."""
    return (
        "INSERT INTO cursor (conversation, person, delivered, delivered_at, read, read_at, moves) VALUES ? "
        "ON CONFLICT (conversation, person) DO UPDATE SET "
        "delivered_at = CASE WHEN excluded.delivered > cursor.delivered "
        "THEN excluded.delivered_at ELSE cursor.delivered_at END, "
        "delivered = CASE WHEN excluded.delivered > cursor.delivered "
        "THEN excluded.delivered ELSE cursor.delivered END, "
        "read_at = CASE WHEN excluded.read > cursor.read THEN excluded.read_at ELSE cursor.read_at END, "
        "read = CASE WHEN excluded.read > cursor.read THEN excluded.read ELSE cursor.read END, "
        f"moves = {joined.format('cursor.moves', 'excluded.moves')}"
    )


@cache
def keep_sql(joined: str) -> str:
    """Make a chunk of history of a cursor's moves. Another node may have moved it, late, and so made the same."""
    return (
        "INSERT INTO cursor_history (conversation, person, delivered, read, moves) "
        "SELECT conversation, person, delivered, read, moves FROM cursor WHERE conversation = ? AND person = ? "
        "ON CONFLICT (conversation, person, delivered, read) DO UPDATE SET "
        f"moves = {joined.format('cursor_history.moves', 'excluded.moves')}"
    )


BEGIN_ANEW = "UPDATE cursor SET moves = ? WHERE conversation = ? AND person = ?"
MEMBERS = (
    "SELECT member.person, cursor.moves FROM member LEFT JOIN cursor ON cursor.conversation = member.conversation "
    "AND cursor.person = member.person WHERE member.conversation = ? ORDER BY member.person"
)
# As nobody has read what was not delivered, chunks are in order of both.
CHUNK = (
    "SELECT moves FROM cursor_history WHERE conversation = ? AND person = ? AND delivered >= ? AND read >= ? "
    "ORDER BY delivered, read LIMIT 1"
)


def write_moves(statements: Statements, moves: Sequence[CursorMove]) -> None:
    """Merge moves into their cursors, by maximum, and keep them."""
    if not moves:
        return
    cursors: dict[tuple[Id, Id], tuple[Cursor, bytes]] = {}
    full: set[tuple[Id, Id]] = set()
    for move in moves:
        key = move.conversation, move.person
        cursor, packed = cursors.get(key) or (Cursor(person=move.person), b"")
        packed += MOVE.pack(KINDS.index(move.kind), move.before, move.after, move.at)
        cursors[key] = moved(cursor, move), packed
        if move.before // CHUNK_SEQS < move.after // CHUNK_SEQS:
            full.add(key)
    # In one order everywhere, so that two nodes cannot wait for each other's rows.
    statements.many(
        merge_sql(statements.joined),
        [
            (*key, cursor.delivered, cursor.delivered_at, cursor.read, cursor.read_at, packed)
            for key, (cursor, packed) in sorted(cursors.items(), key=lambda item: item[0])
        ],
    )
    for key in sorted(full):
        statements.run(keep_sql(statements.joined), key)
        statements.run(BEGIN_ANEW, (b"", *key))


def receipts(statements: Statements, conversation: Id, seq: Seq, report: Report) -> tuple[Receipt, ...]:
    """Per member, when the moves covering `seq` were made; unknown where they cannot be read, which is reported."""

    def when(kind: CursorKind, person: Id, newest: bytes | None) -> Time | None:
        kept = statements.one(CHUNK, (conversation, person, seq, seq if kind == "read" else 0))
        try:
            return _covering(newest or b"" if kept is None else kept[0], KINDS.index(kind), seq)
        except error as problem:
            place = f"{conversation.hex()}/{person.hex()}"
            report(StoreCorrupt(f"The moves of a cursor cannot be read, key {place}: {problem}."))
            return None

    return tuple(
        [
            Receipt(person=person, delivered_at=when("delivered", person, newest), read_at=when("read", person, newest))
            for person, newest in statements.all(MEMBERS, (conversation,))
        ]
    )


def _covering(packed: bytes, kind: int, seq: Seq) -> Time | None:
    """When the first of these moves went over `seq`. Raises struct.error."""
    covering = (at for of, before, after, at in MOVE.iter_unpack(packed) if of == kind and before < seq <= after)
    return next(covering, None)
