"""The door: what is left of those who came in by it."""

import gc
from pathlib import Path

import pytest
import trio
from coachline_core.runtime.transport import Transport
from coachline_server.connection import ConnectionActor
from support.daemon import daemon
from trio.testing import MockClock


@pytest.mark.parametrize("words", [None, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", b"nonsense\r\n\r\n"])
async def test_what_a_connection_held_is_given_back_without_the_collector_of_garbage(
    words: bytes | None, tmp_path: Path, autojump_clock: MockClock
) -> None:
    """It looks seldom, and does not see how much memory an object of TLS takes."""

    def left() -> list[object]:
        return [kept for kept in gc.get_objects() if isinstance(kept, ConnectionActor | Transport)]

    async with daemon(tmp_path) as house:
        assert house.memory is not None
        maya = house.account("maya", "trainer")
        gc.collect()
        gc.disable()
        try:
            if words is None:
                async with house.client(maya):
                    pass
            else:
                stream = await house.memory.dial(*house.address)
                await stream.send_all(words)
                while await stream.receive_some():
                    pass
            await trio.sleep(10)
            assert left() == []
        finally:
            gc.enable()
