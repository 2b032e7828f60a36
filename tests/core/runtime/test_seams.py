"""Clocks, entropy and ids."""

import uuid
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
import trio
import trio.testing
from coachline_core.runtime.seams import (
    CatchUpClock,
    Clock,
    Ids,
    SeededEntropy,
    SystemClock,
    SystemEntropy,
    VirtualClock,
)
from hypothesis import given
from hypothesis import strategies as st


@dataclass
class SetClock:
    """A clock set by hand, milliseconds."""

    ms: int = 0

    def now(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000


@dataclass
class StuckEntropy:
    """Randomness that always gives its largest value, the worst case for a counter."""

    drawn: list[int] = field(default_factory=list)

    def token(self, n: int) -> bytes:
        self.drawn.append(n)
        return b"\xff" * n

    def uniform(self, a: float, b: float) -> float:
        return b


@given(steps=st.lists(st.integers(-5_000, 5_000), min_size=1, max_size=200), seed=st.integers(0, 2**32))
def test_ids_are_valid_version_7_and_increase_whatever_the_clock_does(steps: list[int], seed: int) -> None:
    clock = SetClock(1_700_000_000_000)
    ids = Ids(clock, SeededEntropy(seed))
    made = []
    for step in steps:
        clock.ms += step
        made.append(ids.new())
    assert all(earlier < later for earlier, later in pairwise(made))
    for one in made:
        parsed = uuid.UUID(bytes=one)
        assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)


def test_an_id_carries_its_millisecond() -> None:
    clock = SetClock(1_700_000_000_123)
    ids = Ids(clock, SeededEntropy(1))
    ids.new()
    clock.ms += 77
    assert int.from_bytes(ids.new()[:6], "big") == 1_700_000_000_200


def test_a_counter_that_overflows_borrows_the_next_millisecond() -> None:
    ids = Ids(SetClock(1000), StuckEntropy())
    ids.new()
    ids._counter = (1 << 26) - 2  # sixty-seven million ids in one millisecond would take a minute to make
    last_of_this, first_of_next = ids.new(), ids.new()
    assert last_of_this < first_of_next
    assert [int.from_bytes(one[:6], "big") for one in (last_of_this, first_of_next)] == [1000, 1001]


def test_ids_of_one_millisecond_are_far_from_guessable() -> None:
    ids = Ids(SetClock(1000), SystemEntropy())
    assert len({ids.new()[10:] for _ in range(1000)}) == 1000


def test_seeded_entropy_repeats_and_system_entropy_does_not() -> None:
    def draw(entropy: SeededEntropy | SystemEntropy) -> tuple[bytes, float]:
        return entropy.token(16), entropy.uniform(2, 3)

    assert draw(SeededEntropy(5)) == draw(SeededEntropy(5)) != draw(SeededEntropy(6))
    assert draw(SystemEntropy()) != draw(SystemEntropy())
    assert 2 <= draw(SystemEntropy())[1] <= 3


def test_a_catching_up_clock_runs_ahead_until_it_meets_the_present() -> None:
    real = SetClock(100_000)
    clock = CatchUpClock(40_000, 4, real)
    assert clock.now() == 40_000
    real.ms += 10_000
    assert clock.now() == 80_000
    real.ms += 10_000
    assert clock.now() == real.ms == 120_000
    real.ms += 10_000
    assert clock.now() == real.ms
    assert clock.monotonic() == real.monotonic()


@pytest.mark.parametrize(("begin", "rate"), [(100_001, 4.0), (0, 1.0), (0, 0.5)])
def test_a_clock_that_could_never_catch_up_is_refused(begin: int, rate: float) -> None:
    with pytest.raises(ValueError, match="clock"):
        CatchUpClock(begin, rate, SetClock(100_000))


async def test_virtual_time_passes_only_in_sleep_and_jumps_on_demand(
    autojump_clock: trio.testing.MockClock,
) -> None:
    clock = VirtualClock(1_000_000)
    began, felt = clock.now(), clock.monotonic()
    await trio.sleep(3600)
    assert (clock.now() - began, clock.monotonic() - felt) == (3_600_000, 3600)
    clock.jump(-7_200_000)
    assert (clock.now() - began, clock.monotonic() - felt) == (-3_600_000, 3600)


async def test_a_virtual_clock_can_be_caught_up_with(autojump_clock: trio.testing.MockClock) -> None:
    underlying = VirtualClock(10_000_000)
    clock = CatchUpClock(underlying.now() - 100_000, 11, underlying)
    await trio.sleep(9)
    assert clock.now() == underlying.now() - 10_000
    await trio.sleep(5)
    assert clock.now() == underlying.now()


async def test_the_system_clock_is_a_clock() -> None:
    clock: Clock = SystemClock()
    assert clock.now() > 1_700_000_000_000
    assert clock.monotonic() <= clock.monotonic()
