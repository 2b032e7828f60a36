"""What the demo passes in instead of the world: a hurried clock, and a network that can be cut."""

import pytest
import trio
import trio.testing
from demo.clock import A_DAY, MonthClock
from demo.wire import CuttableNetwork

NOW = 1_769_931_000_000
BEGIN = NOW - 30 * A_DAY
RATE = 100_000.0


class SetClock:
    """Shows what it was set to."""

    def __init__(self, ms: int) -> None:
        self.ms = ms

    def now(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000


def test_the_month_passes_in_seconds_and_ends_now() -> None:
    real = SetClock(NOW)
    clock = MonthClock(BEGIN, RATE, real)
    assert clock.now() == BEGIN
    real.ms += 1_000
    assert clock.now() == BEGIN + 1_000 * 100_000
    assert not clock.has_met_the_present()
    real.ms += 60_000
    assert clock.now() == real.ms
    assert clock.has_met_the_present()


def test_the_earliest_beginning_that_the_daemon_speaks_for_is_believed() -> None:
    real = SetClock(NOW)
    clock = MonthClock(BEGIN, RATE, real)
    real.ms += 1_000
    clock.heard(BEGIN + 1_500 * 100_000)  # it began half a second before us
    assert clock.now() == BEGIN + 1_500 * 100_000
    real.ms += 100
    clock.heard(BEGIN + 1_520 * 100_000)  # this one was long on its way
    assert clock.now() == BEGIN + 1_600 * 100_000


def test_a_clock_that_goes_on_elsewhere_forgets_where_it_was() -> None:
    real = SetClock(NOW)
    clock = MonthClock(BEGIN, 1_200, real)
    real.ms += 1_000
    clock.go_on(BEGIN + A_DAY, RATE)
    assert clock.now() == BEGIN + A_DAY
    clock.heard(BEGIN + 1_200_000)  # said before
    assert clock.now() == BEGIN + A_DAY
    real.ms += 1_000
    assert clock.now() == BEGIN + A_DAY + 1_000 * 100_000


def test_what_the_daemon_says_in_the_present_moves_nothing() -> None:
    real = SetClock(NOW)
    clock = MonthClock(BEGIN, RATE, real)
    clock.heard(NOW)
    assert clock.now() == BEGIN


def test_how_long_to_wait_for_a_time_of_the_month() -> None:
    real = SetClock(NOW)
    clock = MonthClock(BEGIN, RATE, real)
    assert clock.until(BEGIN + A_DAY) == pytest.approx(0.864)
    assert clock.until(BEGIN - A_DAY) == 0
    real.ms += 500
    assert clock.until(BEGIN + A_DAY) == pytest.approx(0.364)


class OneStreamNetwork:
    """Answers a dial with one end of a pair in memory."""

    def __init__(self) -> None:
        self.far_ends: list[trio.abc.Stream] = []

    async def dial(self, host: str, port: int) -> trio.abc.Stream:
        await trio.lowlevel.checkpoint()
        near, far = trio.testing.memory_stream_pair()
        self.far_ends.append(far)
        return near

    async def listen(self, host: str, port: int) -> list[trio.abc.Listener[trio.abc.Stream]]:
        raise OSError("nobody listens")


async def test_a_line_carries_both_ways_until_it_is_cut() -> None:
    inside = OneStreamNetwork()
    network = CuttableNetwork(inside)
    stream = await network.dial("here", 1)
    await stream.send_all(b"to")
    assert await inside.far_ends[0].receive_some(9) == b"to"
    await inside.far_ends[0].send_all(b"fro")
    assert await stream.receive_some(9) == b"fro"


async def test_a_cut_breaks_what_is_waiting_and_what_comes_after(autojump_clock: trio.testing.MockClock) -> None:
    network = CuttableNetwork(OneStreamNetwork())
    stream = await network.dial("here", 1)

    async def wait_for_it() -> None:
        with pytest.raises(trio.BrokenResourceError):
            await stream.receive_some(9)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait_for_it)
        await trio.testing.wait_all_tasks_blocked()
        network.cut()
    with pytest.raises(trio.BrokenResourceError):
        await stream.send_all(b"too late")
    with pytest.raises(OSError, match="cut"):
        await network.dial("here", 1)
    await stream.aclose()


async def test_a_healed_line_carries_again() -> None:
    inside = OneStreamNetwork()
    network = CuttableNetwork(inside)
    network.cut()
    network.heal()
    stream = await network.dial("here", 1)
    await stream.send_all(b"again")
    assert await inside.far_ends[0].receive_some(9) == b"again"


async def test_a_caller_that_is_cancelled_is_not_told_of_a_cut() -> None:
    stream = await CuttableNetwork(OneStreamNetwork()).dial("here", 1)
    with trio.CancelScope() as scope:
        scope.cancel()
        await stream.receive_some(9)
    assert scope.cancelled_caught
