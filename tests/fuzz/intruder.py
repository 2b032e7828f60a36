"""A client that says any bytes: its own few lines of WebSocket, so that nothing corrects what it says."""

import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
import trio.abc
from coachline_protocol import limits
from coachline_protocol.codec import encode
from coachline_protocol.frames import Request
from fuzz.strategies import Attack, Piece

HANDSHAKE = (
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: {limits.SUBPROTOCOL}\r\n\r\n"
).encode()
LAST = 99_999
"""The number of a sound question after the unsound ones."""
PATIENCE = 0.15
"""Seconds until an intruder takes it that no answer comes: half a frame is waited for, rightly."""


def frame(opcode: int, data: bytes, *, final: bool = True) -> bytes:
    """A masked WebSocket frame; the mask is zero."""
    head = bytes([(0x80 if final else 0) | opcode])
    if len(data) < 126:
        head += bytes([0x80 | len(data)])
    elif len(data) < 65_536:
        head += bytes([0x80 | 126]) + len(data).to_bytes(2, "big")
    else:
        head += bytes([0x80 | 127]) + len(data).to_bytes(8, "big")
    return head + bytes(4) + data


class Intruder:
    """One connection."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self.heard = bytearray()
        self.ended = False
        self.close_code: int | None = None

    async def shake_hands(self) -> None:
        """Up to an open WebSocket."""
        await self.stream.send_all(HANDSHAKE)
        while b"\r\n\r\n" not in self.heard:
            await self.hear()
        del self.heard[: self.heard.index(b"\r\n\r\n") + 4]

    async def come_in(self, token: bytes) -> None:
        """Say hello, and wait for the answer."""
        await self.message(encode(Request(0, "hello", {"token": token, "client": "intruder"})))
        while len(self.heard) < 4:
            await self.hear()

    async def message(self, data: bytes) -> None:
        """A binary message. Raises trio.BrokenResourceError."""
        await self.stream.send_all(frame(2, data))

    async def say(self, piece: Piece) -> None:
        """Whatever it is."""
        match piece.kind:
            case "message":
                await self.message(piece.data)
            case "text":
                await self.stream.send_all(frame(1, piece.data))
            case _:
                await self.stream.send_all(piece.data)

    async def hear(self) -> None:
        """Some bytes, or the end. Raises trio.BrokenResourceError."""
        data = await self.stream.receive_some(65_536)
        if not data:
            self.ended = True
            raise trio.BrokenResourceError("ended")
        self.heard += data

    async def hear_out(self, mark: bytes) -> None:
        """Until an answer with this beginning, the end, or no patience left."""
        with trio.move_on_after(PATIENCE):
            try:
                while mark not in self.heard:
                    await self.hear()
            except trio.BrokenResourceError:
                self.ended = True
        self.close_code = close_code(self.heard)


def close_code(heard: bytes | bytearray) -> int | None:
    """The code of the close frame among what a server said."""
    data = memoryview(heard)
    if heard.startswith(b"HTTP/1.1 "):
        data = data[heard.find(b"\r\n\r\n") + 4 :]
    while len(data) >= 2:
        length, start = data[1] & 0x7F, 2
        if length >= 126:
            start = 4 if length == 126 else 10
            length = int.from_bytes(data[2:start], "big")
        if data[0] & 0x0F == 8 and length >= 2 and len(data) >= start + 2:
            code: int = struct.unpack("!H", data[start : start + 2])[0]
            return code
        data = data[start + length :]
    return None


@asynccontextmanager
async def intruder(port: int, source: str = "127.0.0.2") -> AsyncIterator[Intruder]:
    """A connection from an address of one's own. Raises OSError."""
    stream = await trio.open_tcp_stream("127.0.0.1", port, local_address=source)
    try:
        yield Intruder(stream)
    finally:
        await trio.aclose_forcefully(stream)


async def conduct(attack: Attack, one: Intruder, token: bytes) -> None:
    """Say all of it, a sound question behind it, and hear what comes."""
    try:
        if attack.where != "before the handshake":
            await one.shake_hands()
            if attack.where == "welcomed":
                await one.come_in(token)
        for piece in attack.pieces:
            await one.say(piece)
        if attack.where != "before the handshake":
            await one.message(encode(Request(LAST, "device.list", {})))
    except trio.BrokenResourceError:
        one.ended = True
    await one.hear_out(struct.pack("!BI", 0xCE, LAST))
