"""Connections: the next one is accepted, the longest idle one makes room."""

import pytest
from coachline_core.domain.connections import Live, allowed, superfluous
from coachline_protocol.rows import Role
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("roles", "most"), [(("client",), 5), (("trainer",), 10), (("client", "trainer"), 10), (("admin",), 5), ((), 5)]
)
def test_a_trainer_may_have_ten_connections_and_anybody_else_five(roles: tuple[Role, ...], most: int) -> None:
    assert allowed(roles) == most


def test_up_to_the_limit_nobody_makes_room() -> None:
    assert superfluous([Live(float(n), n) for n in range(4)], ["client"]) == ()


def test_one_too_many_closes_the_longest_idle() -> None:
    others = [Live(9, 1), Live(3, 2), Live(7, 3), Live(5, 4), Live(8, 5)]
    assert superfluous(others, ["client"]) == (Live(3, 2),)


@given(st.lists(st.builds(Live, st.floats(0, 100), st.integers()), max_size=20))
def test_what_remains_is_never_more_than_allowed_and_never_idler_than_what_goes(others: list[Live]) -> None:
    gone = superfluous(others, ["trainer"])
    kept = sorted(others)[len(gone) :]
    assert len(kept) + 1 <= 10
    assert all(one.active_s <= other.active_s for one in gone for other in kept)
