"""The short form of `dev.py fuzz`: some generated attacks on a whole daemon in virtual time."""

import tempfile
from pathlib import Path

import trio
from coachline_protocol import ops
from fuzz.intruder import Intruder, conduct
from fuzz.strategies import Attack, attacks
from fuzz.test_corpus import ALLOWED
from hypothesis import HealthCheck, given, settings
from support.daemon import daemon
from trio.testing import MockClock

EXAMPLES = 50


async def attacked(attack: Attack, folder: Path) -> None:
    """One attack on a fresh daemon, beside somebody honest."""
    async with daemon(folder) as house:
        assert house.memory is not None
        maya, zoe = house.account("maya", "trainer"), house.account("zoe", "client")
        async with house.client(maya) as honest:
            stream = await house.memory.dial(*house.address, source="10.0.0.9")
            one = Intruder(stream)
            await conduct(attack, one, zoe.token)
            assert one.close_code in ALLOWED
            await stream.aclose()
            await honest.get(ops.DeviceList(), ops.Devices)
        assert b"coachline_crashes_total{" not in house.app.metrics.text()


@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(attacks((bytes(16), bytes(15) + b"\1")))
def test_nothing_that_is_said_ends_more_than_its_own_connection(attack: Attack) -> None:
    """[H9]"""
    with tempfile.TemporaryDirectory() as folder:
        trio.run(attacked, attack, Path(folder), clock=MockClock(autojump_threshold=0))
