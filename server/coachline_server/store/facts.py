"""Writing what belongs to no stream: credentials, tokens, last seen, what is forgotten."""

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
