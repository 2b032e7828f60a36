"""Writing what belongs to no stream: cursors and their moves, credentials, tokens, last seen, what is forgotten."""

from collections.abc import Sequence

from coachline_core.domain.streams import CursorMove
from coachline_protocol.rows import Cursor, Id
from msgspec.structs import replace

from coachline_server.store.engine import Statements
from coachline_server.store.port import (
    AnswersForgotten,
    Credential,
    CredentialStands,
    Fact,
    LastSeen,
    TokenIssued,
    TokensDropped,
    TokenUsed,
)

MERGE_CURSORS = (
    "INSERT INTO cursor (conversation, person, delivered, delivered_at, read, read_at) VALUES ? "
    "ON CONFLICT (conversation, person) DO UPDATE SET "
    "delivered_at = CASE WHEN excluded.delivered > cursor.delivered "
    "THEN excluded.delivered_at ELSE cursor.delivered_at END, "
    "delivered = CASE WHEN excluded.delivered > cursor.delivered THEN excluded.delivered ELSE cursor.delivered END, "
    "read_at = CASE WHEN excluded.read > cursor.read THEN excluded.read_at ELSE cursor.read_at END, "
    "read = CASE WHEN excluded.read > cursor.read THEN excluded.read ELSE cursor.read END"
)

# Two nodes may have made the same move: the first one's time stands.
KEEP_MOVES = (
    "INSERT INTO cursor_move (conversation, person, kind, after_seq, before_seq, at) VALUES ? "
    "ON CONFLICT (conversation, person, kind, after_seq) DO NOTHING"
)


def write_moves(statements: Statements, moves: Sequence[CursorMove]) -> None:
    """Keep moves as history and merge them into the cursors, by maximum."""
    if not moves:
        return
    cursors: dict[tuple[Id, Id], Cursor] = {}
    for move in moves:
        key = move.conversation, move.person
        cursors[key] = _moved(cursors.get(key, Cursor(person=move.person)), move)
    # In one order everywhere, so that two nodes cannot wait for each other's rows.
    statements.many(
        MERGE_CURSORS,
        [(c, p, m.delivered, m.delivered_at, m.read, m.read_at) for (c, p), m in sorted(cursors.items(), key=_key)],
    )
    kept = {(m.conversation, m.person, m.kind, m.after): (m.before, m.at) for m in reversed(moves)}
    statements.many(KEEP_MOVES, [key + value for key, value in sorted(kept.items())])


def _key(item: tuple[tuple[Id, Id], Cursor]) -> tuple[Id, Id]:
    return item[0]


def _moved(cursor: Cursor, move: CursorMove) -> Cursor:
    if move.kind == "read":
        ahead = move.after > cursor.read
        return replace(cursor, read=move.after, read_at=move.at) if ahead else cursor
    ahead = move.after > cursor.delivered
    return replace(cursor, delivered=move.after, delivered_at=move.at) if ahead else cursor


def write(statements: Statements, fact: Fact) -> None:
    """Write one fact."""
    match fact:
        case Credential():
            statements.upsert(
                "account",
                ("person", "handle", "password_hash", "disabled"),
                ("person",),
                [(fact.person, fact.handle, fact.password_hash, fact.disabled)],
            )
        case TokenIssued():
            # MAX over no row is NULL.
            statements.run(
                "INSERT INTO token (hash, device, n, issued_at) "
                "SELECT ?, ?, COALESCE(MAX(n), 0) + 1, ? FROM token WHERE device = ?",
                (fact.token_hash, fact.device, fact.at, fact.device),
            )
        case TokenUsed():
            statements.run(
                "DELETE FROM token WHERE device = ? AND n < (SELECT n FROM token WHERE hash = ? AND device = ?)",
                (fact.device, fact.token_hash, fact.device),
            )
            statements.run("UPDATE device SET last_used_at = ? WHERE id = ?", (fact.at, fact.device))
        case TokensDropped():
            statements.run("DELETE FROM token WHERE device = ?", (fact.device,))
        case LastSeen():
            statements.upsert("last_seen", ("person", "at"), ("person",), [(fact.person, fact.at)])
        case AnswersForgotten():
            statements.run(
                "DELETE FROM answer WHERE id IN (SELECT id FROM passing WHERE id <= ?) AND EXISTS "
                "(SELECT 1 FROM passing WHERE passing.id = answer.id AND passing.author = answer.author)",
                (fact.upto,),
            )
            statements.run("DELETE FROM passing WHERE id <= ?", (fact.upto,))
        case CredentialStands():
            pass  # looked at before anything was written
