"""When to try again (SPEC.md, C11)."""

import pytest
from coachline_core.runtime.backoff import Backoff
from coachline_core.runtime.seams import SeededEntropy
from hypothesis import given
from hypothesis import strategies as st

F2 = [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


class Extreme:
    """Randomness at one end of its range: share 0.0 or 1.0."""

    def __init__(self, share: float) -> None:
        self.share = share

    def token(self, n: int) -> bytes:
        return bytes(n)

    def uniform(self, a: float, b: float) -> float:
        return a + (b - a) * self.share


def test_the_table() -> None:
    longest, shortest = Backoff(Extreme(1.0)), Backoff(Extreme(0.0))
    assert [longest.next_delay() for _ in F2] == F2
    assert [shortest.next_delay() for _ in F2] == [0] * len(F2)


def test_it_never_gives_up() -> None:
    backoff = Backoff(Extreme(1.0))
    assert [backoff.next_delay() for _ in range(10_000)][-1] == 30


def test_reset_begins_again() -> None:
    backoff = Backoff(Extreme(1.0))
    for _ in range(5):
        backoff.next_delay()
    backoff.reset()
    assert [backoff.next_delay() for _ in range(3)] == F2[:3]


@pytest.mark.parametrize("tries", [0, 3, 9])
def test_retry_after_is_never_undercut(tries: int) -> None:
    soon, late = Backoff(Extreme(0.0)), Backoff(Extreme(1.0))
    for _ in range(tries):
        soon.next_delay()
        late.next_delay()
    assert soon.next_delay(12_000) == 12
    assert late.next_delay(12_000) == 12 + F2[min(tries, 8)]


@given(seed=st.integers())
def test_many_clients_spread_over_the_whole_interval(seed: int) -> None:
    delays = []
    entropy = SeededEntropy(seed)
    for _ in range(200):
        backoff = Backoff(entropy)
        for _ in range(6):
            backoff.next_delay()
        delays.append(backoff.next_delay())
    assert all(0 <= delay <= 30 for delay in delays)
    assert {int(delay // 10) for delay in delays} >= {0, 1, 2}
