"""Floods: much of one thing at once, for some seconds, while others go on talking."""

import struct
from collections.abc import Awaitable, Callable
from itertools import count

import trio
from coachline_protocol import ops
from coachline_protocol.codec import encode
from coachline_protocol.frames import Request
from fuzz.intruder import HANDSHAKE, Intruder, frame, intruder

STRANGERS = 600
"""Connections at once: more than twice what may be unknown at a time."""
ADDRESSES = 16
"""From so many addresses of the loopback network."""
AT_ONCE = 40

Act = Callable[[Intruder, int], Awaitable[None]]


async def forever(port: int, act: Act, *, connections: int = AT_ONCE, addresses: int = ADDRESSES) -> None:
    """So many connections that do it, each begun anew as soon as it ends."""

    async def one(number: int) -> None:
        source = f"127.0.1.{1 + number % addresses}"
        while True:
            try:
                async with intruder(port, source) as stranger:
                    await act(stranger, number)
            except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
                await trio.sleep(0.01)

    async with trio.open_nursery() as nursery:
        for number in range(connections):
            nursery.start_soon(one, number)


async def _until_ended(stranger: Intruder) -> None:
    while True:
        await stranger.hear()
        stranger.heard.clear()


async def silent(port: int) -> None:
    """Connect, and say nothing."""
    await forever(port, lambda stranger, _: _until_ended(stranger), connections=STRANGERS)


async def from_one_address(port: int) -> None:
    """Connect from the address of everybody else, and say nothing."""

    async def one() -> None:
        while True:
            try:
                async with intruder(port, "127.0.0.1") as stranger:
                    await _until_ended(stranger)
            except (OSError, trio.BrokenResourceError):
                await trio.sleep(0.05)

    async with trio.open_nursery() as nursery:
        for _ in range(STRANGERS // 4):
            nursery.start_soon(one)


async def slow_handshakes(port: int) -> None:
    """A byte now and then."""

    async def act(stranger: Intruder, _: int) -> None:
        for byte in HANDSHAKE:
            await stranger.stream.send_all(bytes([byte]))
            await trio.sleep(0.2)

    await forever(port, act, connections=200)


async def slow_frames(port: int) -> None:
    """A handshake, and then a message of which a byte comes now and then."""

    async def act(stranger: Intruder, _: int) -> None:
        await stranger.shake_hands()
        await stranger.stream.send_all(bytes([0x82, 0x80 | 126, 0xFF, 0x00]) + bytes(4))
        while True:
            await stranger.stream.send_all(b"\x90")
            await trio.sleep(0.2)

    await forever(port, act, connections=200)


async def guesses(port: int) -> None:
    """Passwords, codes and tokens."""
    numbers = count()

    async def act(stranger: Intruder, number: int) -> None:
        await stranger.shake_hands()
        device = struct.pack("!QQ", 0x01900000_00007000, 0x8000000000000000 + number)
        while True:
            for body in (
                ops.SignIn(handle=f"maya{next(numbers) % 7}", password="guess" * 3, device=device, device_name="x"),
                ops.InvitationInspect(code="GUESS-GUESS"),
                ops.Hello(token=bytes(32), client="x"),
            ):
                name = {"SignIn": "sign_in", "InvitationInspect": "invitation.inspect", "Hello": "hello"}
                await stranger.message(encode(Request(next(numbers) % 2**31, name[type(body).__name__], body)))
                await stranger.hear()
                stranger.heard.clear()

    await forever(port, act)


async def oversized(port: int) -> None:
    """Messages and frames beyond every limit, and such as only claim to be."""

    async def act(stranger: Intruder, number: int) -> None:
        await stranger.shake_hands()
        match number % 4:
            case 0:
                await stranger.stream.send_all(frame(2, b"\x90" * (1024 * 1024)))
            case 1:
                await stranger.stream.send_all(bytes([0x82, 0xFF]) + struct.pack("!Q", 2**62) + bytes(4))
                await stranger.stream.send_all(bytes(256 * 1024))
            case 2:
                await stranger.stream.send_all(frame(2, b"x" * 60_000, final=False))
                while True:
                    await stranger.stream.send_all(frame(0, b"x" * 60_000, final=False))
            case _:
                await stranger.stream.send_all(b"X: y\r\n" * 100_000)
        await _until_ended(stranger)

    await forever(port, act)


async def nested(port: int) -> None:
    """Messages as deep, as wide and as full of nothing as fit."""
    fillings = (
        b"\x91" * 65_535 + b"\xc0",
        b"\x80" * 65_536,
        (b"\xdc\x10\x00" + b"\x80" * 4096) * 15,
        b"\x93\x00\x01\xa0" * 16_384,
    )

    async def act(stranger: Intruder, number: int) -> None:
        await stranger.shake_hands()
        await stranger.message(fillings[number % len(fillings)])
        await _until_ended(stranger)

    await forever(port, act, connections=8)


async def pings(port: int) -> None:
    """Pings and empty fragments without end, and nothing read."""

    async def act(stranger: Intruder, number: int) -> None:
        await stranger.shake_hands()
        lump = (
            frame(9, b"x" * 125) * 200 if number % 2 else frame(2, b"", final=False) + frame(0, b"", final=False) * 200
        )
        while True:
            await stranger.stream.send_all(lump)

    await forever(port, act, connections=8)


FLOODS: dict[str, Callable[[int], Awaitable[None]]] = {
    "silent strangers": silent,
    "silent strangers at one's own address": from_one_address,
    "slow handshakes": slow_handshakes,
    "slow frames": slow_frames,
    "guesses": guesses,
    "oversized": oversized,
    "nested": nested,
    "pings": pings,
}
