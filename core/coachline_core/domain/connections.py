"""How many live connections a person may have, and which one makes room for the next."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from coachline_protocol import limits
from coachline_protocol.rows import Role


@dataclass(frozen=True, slots=True, order=True)
class Live:
    """A connection of a person: when it last did something (seconds of the caller's clock), and its number."""

    active_s: float
    number: int


def allowed(
    roles: Collection[Role],
    *,
    per_client: int = limits.CONNECTIONS_PER_CLIENT,
    per_trainer: int = limits.CONNECTIONS_PER_TRAINER,
) -> int:
    """How many live connections somebody with these roles may have; the numbers are the operator's to change."""
    return per_trainer if "trainer" in roles else per_client


def superfluous(
    others: Sequence[Live],
    roles: Collection[Role],
    *,
    per_client: int = limits.CONNECTIONS_PER_CLIENT,
    per_trainer: int = limits.CONNECTIONS_PER_TRAINER,
) -> tuple[Live, ...]:
    """Which of a person's other connections to close now that one more was accepted: the longest idle first."""
    too_many = max(0, len(others) + 1 - allowed(roles, per_client=per_client, per_trainer=per_trainer))
    return tuple(sorted(others)[:too_many])
