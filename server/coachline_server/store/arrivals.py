"""Reading what hellos ask, many of them at once: whose tokens they say, what their owners may do and what they have."""

from collections.abc import Sequence

from coachline_server.store.belongings import BelongingsReader
from coachline_server.store.engine import KEYS_PER_STATEMENT, Statements, in_batches, marks
from coachline_server.store.port import Arrived, Arriving, TokenOwner

TOKENS = (
    "SELECT token.hash, device.person, device.id, token.issued_at, "
    "NOT EXISTS (SELECT 1 FROM token AS later WHERE later.device = token.device AND later.n > token.n), "
    "COALESCE(account.disabled, ?), device.revoked_at IS NOT NULL "
    "FROM token JOIN device ON device.id = token.device LEFT JOIN account ON account.person = device.person "
    "WHERE token.hash"
)


def arrivals(statements: Statements, belongings: BelongingsReader, hellos: Sequence[Arriving]) -> list[Arrived]:
    """See `port.Store.arrivals`."""
    owners = _owners(statements, hellos)
    return [_arrived(belongings, hello, owners.get(hello.token_hash)) for hello in hellos]


def _owners(statements: Statements, hellos: Sequence[Arriving]) -> dict[bytes, TokenOwner]:
    owners: dict[bytes, TokenOwner] = {}
    for batch in in_batches([hello.token_hash for hello in hellos], KEYS_PER_STATEMENT):
        for hash_, person, device, issued_at, newest, disabled, revoked in statements.all(
            f"{TOKENS} IN ({marks(len(batch))})", (False, *batch)
        ):
            owners[hash_] = TokenOwner(person, device, issued_at, bool(newest), bool(disabled), bool(revoked))
    return owners


def _arrived(belongings: BelongingsReader, hello: Arriving, owner: TokenOwner | None) -> Arrived:
    if owner is None or owner.revoked or owner.disabled:
        return Arrived(owner)
    return Arrived(
        owner,
        belongings.standing(owner.person) if hello.standing else (),
        belongings.heads(owner.person, None, hello.heads) if hello.heads else (),
    )
