"""Silence is noticed after exactly the timeout, and any sign of life counts."""

from functools import partial

import pytest
import trio
import trio.testing
from coachline_core.runtime.heartbeat import Silence, keep_alive
from coachline_core.runtime.link import LinkClosed


class FakeLink:
    """A peer that answers pings after `delay` seconds until `dies_at`, then never again."""

    peer = "fake"

    def __init__(self, *, delay: float = 0.0, dies_at: float = float("inf")) -> None:
        self.delay = delay
        self.dies_at = dies_at
        self.last_heard = trio.current_time()
        self.pinged: list[float] = []
        self.closed = False

    async def ping(self) -> None:
        if self.closed:
            raise LinkClosed(4000, "over")
        self.pinged.append(trio.current_time())
        await trio.sleep(self.delay)
        if trio.current_time() >= self.dies_at:
            await trio.sleep_forever()
        self.last_heard = trio.current_time()

    async def send(self, data: bytes) -> None:
        await trio.sleep_forever()

    async def receive(self) -> bytes:
        return await trio.sleep_forever()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        await trio.sleep_forever()


async def test_a_lively_peer_is_pinged_every_fifteen_seconds_for_ever(
    autojump_clock: trio.testing.MockClock,
) -> None:
    link = FakeLink()
    began = trio.current_time()
    with trio.move_on_after(24 * 3600):
        await keep_alive(link)
    assert [at - began for at in link.pinged[:3]] == [15, 30, 45]
    assert len(link.pinged) >= 24 * 240 - 1


@pytest.mark.parametrize("dies_at", [0, 14, 16, 29, 31, 44.5])
async def test_silence_is_noticed_thirty_seconds_after_the_last_byte(
    autojump_clock: trio.testing.MockClock, dies_at: float
) -> None:
    began = trio.current_time()
    link = FakeLink(dies_at=began + dies_at)
    with pytest.raises(Silence, match="30 s"):
        await keep_alive(link)
    assert trio.current_time() == link.last_heard + 30


async def test_other_bytes_than_pongs_are_signs_of_life(autojump_clock: trio.testing.MockClock) -> None:
    link = FakeLink(dies_at=0)

    async def chatter() -> None:
        for _ in range(20):
            await trio.sleep(10)
            link.last_heard = trio.current_time()

    with pytest.RaisesGroup(Silence):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(chatter)
            await keep_alive(link)
    assert trio.current_time() == link.last_heard + 30


async def test_a_closed_link_ends_it(autojump_clock: trio.testing.MockClock) -> None:
    link = FakeLink()
    link.closed = True
    with pytest.raises(LinkClosed) as caught:
        await keep_alive(link)
    assert caught.value.code == 4000


async def test_of_two_that_hear_each_other_the_less_patient_pings_for_both(
    autojump_clock: trio.testing.MockClock,
) -> None:
    server, client = FakeLink(), FakeLink()

    async def carry() -> None:
        while True:
            await trio.sleep(1)
            if server.pinged and server.pinged[-1] > client.last_heard:
                client.last_heard = trio.current_time()

    with trio.move_on_after(3600):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(carry)
            nursery.start_soon(partial(keep_alive, server, every=15))
            nursery.start_soon(partial(keep_alive, client, every=20))
    assert len(server.pinged) >= 3600 // 15 - 1
    assert client.pinged == []
