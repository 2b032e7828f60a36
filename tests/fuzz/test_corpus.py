"""Every attack that was ever found worth keeping, on a whole daemon, while somebody honest looks on."""

from pathlib import Path

import pytest
from coachline_protocol import ops
from coachline_protocol.codes import CloseCode
from fuzz.decoding import CORPUS, pieces, said
from fuzz.intruder import Intruder, conduct
from fuzz.strategies import Attack, Piece, Where
from support.daemon import daemon
from support.vectors import bytes_of, load
from trio.testing import MockClock

FILES = sorted(CORPUS.glob("*.hex"))
ALLOWED = {None, 1000, 1002, 1007, 1009, CloseCode.PROTOCOL_ERROR, CloseCode.TOO_LARGE, CloseCode.HANDSHAKE_TIMEOUT}
"""None: answered and still open, waiting for the rest of a frame, or turned away by HTTP."""


def stem(file: Path) -> str:
    return file.stem


def wheres(file: Path) -> tuple[Where, ...]:
    """How far a connection has come when it is said."""
    return ("before the handshake",) if file.stem.startswith("handshake") else ("opened", "welcomed")


@pytest.mark.parametrize("file", FILES, ids=stem)
def test_the_decoder_takes_it_or_says_what_is_wrong(file: Path) -> None:
    """[F1]"""
    for piece in pieces(file):
        said(piece.data)


def test_the_decoder_takes_what_every_vector_says() -> None:
    for name in ("accept.json", "reject.json"):
        for entry in load(name):
            if "text" not in entry:
                said(bytes_of(entry))


@pytest.mark.parametrize("file", FILES, ids=stem)
async def test_it_ends_its_own_connection_at_most(file: Path, tmp_path: Path, autojump_clock: MockClock) -> None:
    """[H9]"""
    async with daemon(tmp_path) as house:
        assert house.memory is not None
        maya, zoe = house.account("maya", "trainer"), house.account("zoe", "client")
        async with house.client(maya) as honest:
            for where in wheres(file):
                stream = await house.memory.dial(*house.address, source="10.0.0.9")
                one = Intruder(stream)
                await conduct(Attack(where, pieces(file)), one, zoe.token)
                assert one.close_code in ALLOWED
                await stream.aclose()
                await honest.get(ops.DeviceList(), ops.Devices)
            assert b"coachline_crashes_total{" not in house.app.metrics.text()


async def test_an_intruder_says_what_it_is_told_to(tmp_path: Path, autojump_clock: MockClock) -> None:
    """Or the attacks would be none: a sound question is answered, a broken one ends in its code."""
    async with daemon(tmp_path) as house:
        assert house.memory is not None
        zoe = house.account("zoe", "client")
        for data, code in ((b"\x94\x00\x01\xabdevice.list\x80", None), (b"\xc1", CloseCode.PROTOCOL_ERROR)):
            stream = await house.memory.dial(*house.address, source="10.0.0.9")
            one = Intruder(stream)
            await conduct(Attack("welcomed", (Piece("message", data),)), one, zoe.token)
            assert one.close_code == code
            assert (b"devices" in one.heard) is (code is None)
            await stream.aclose()
