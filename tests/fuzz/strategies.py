"""Hypothesis strategies for what a hostile client may say: sound requests gone wrong, and bytes that never were any."""

from dataclasses import dataclass
from typing import Any, Literal

import msgpack
import msgspec
from coachline_protocol import limits
from coachline_protocol.ops import OPS
from coachline_protocol.rows import Id
from hypothesis import strategies as st
from support.strategies import structs

HARMFUL = {"sign_out"}
"""Done for real, it would end the attack."""
LONGEST = 70_000
"""Bytes: beyond the longest message."""

Where = Literal["before the handshake", "opened", "welcomed"]


@dataclass(frozen=True)
class Piece:
    """Bytes of one WebSocket message, or of the transport below it."""

    kind: Literal["message", "text", "transport"]
    data: bytes


@dataclass(frozen=True)
class Attack:
    """What one connection says, and how far it had come."""

    where: Where
    pieces: tuple[Piece, ...]


def attacks(known: tuple[Id, ...]) -> st.SearchStrategy[Attack]:
    """Attacks by somebody who knows these ids."""
    raw = st.builds(Piece, st.just("transport"), st.one_of(st.binary(max_size=300), handshakes(), websocket_frames()))
    said = st.builds(Piece, st.just("message"), messages(known))
    text = st.builds(Piece, st.just("text"), st.one_of(st.text(max_size=40).map(str.encode), st.binary(max_size=40)))
    lower = st.builds(Piece, st.just("transport"), st.one_of(websocket_frames(), st.binary(max_size=40)))
    upper = st.lists(st.one_of(said, said, said, text, lower), min_size=1, max_size=4).map(tuple)
    return st.one_of(
        st.builds(Attack, st.just("before the handshake"), st.lists(raw, min_size=1, max_size=3).map(tuple)),
        st.builds(Attack, st.just("opened"), upper),
        st.builds(Attack, st.just("welcomed"), upper),
        st.builds(Attack, st.just("welcomed"), upper),
    )


# -- below WebSocket messages


def handshakes() -> st.SearchStrategy[bytes]:
    """HTTP that is nearly a handshake."""
    lines = (
        b"GET / HTTP/1.1",
        b"Host: h",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        b"Sec-WebSocket-Protocol: coachline.1",
        b"Sec-WebSocket-Extensions: permessage-deflate",
        b"Origin: https://evil.example",
        b"Content-Length: 99999999999999999999",
        b"Transfer-Encoding: chunked",
        b"X: " + b"x" * 5_000,
    )
    line = st.one_of(st.sampled_from(lines), st.binary(max_size=30))
    return st.lists(line, max_size=14).map(lambda some: b"\r\n".join((lines[0], *some)) + b"\r\n\r\n")


@st.composite
def websocket_frames(draw: st.DrawFn) -> bytes:
    """Frames with any opcode, flags, length and mask, the length true or not."""
    first = draw(st.integers(0, 255))
    payload = draw(st.binary(max_size=130))
    claimed = draw(
        st.one_of(st.just(len(payload)), st.sampled_from((0, 125, 126, 65_536, 65_537, 2**32, 2**63 - 1, 2**63)))
    )
    masked = draw(st.sampled_from((0x80, 0x80, 0x80, 0)))
    if claimed < 126 and draw(st.booleans()):
        head = bytes([first, masked | claimed])
    elif claimed < 65_536:
        head = bytes([first, masked | 126]) + claimed.to_bytes(2, "big")
    else:
        head = bytes([first, masked | 127]) + claimed.to_bytes(8, "big")
    return head + (bytes(4) if masked else b"") + payload


# -- messages


def messages(known: tuple[Id, ...]) -> st.SearchStrategy[bytes]:
    """Frames back to back, sound, unsound, torn, repeated too often, and bytes that are none."""
    frame = st.one_of(sound_frames(known), sound_frames(known), odd_frames(known), nests(), torn(sound_frames(known)))
    many = st.builds(lambda data, times: (data * times)[:LONGEST], frame, st.sampled_from((2, 65, 1_024, 1_025)))
    return st.one_of(frame, st.lists(frame, max_size=5).map(b"".join), many, st.binary(max_size=200))


def values() -> st.SearchStrategy[Any]:
    """Whatever MessagePack can say, and some that the protocol does not allow."""
    edges = st.sampled_from(
        (0, -1, 2**31, 2**53, -(2**53), 2**63, 2**64 - 1, -(2**63), 0.0, float("nan"), float("inf"))
    )
    leaf = st.one_of(st.none(), st.booleans(), edges, st.integers(-(2**63), 2**64 - 1), st.floats())
    leaf = st.one_of(leaf, st.text(max_size=20), st.binary(max_size=40), st.binary(min_size=16, max_size=16))
    return st.recursive(
        leaf,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=8,
    )


@st.composite
def bodies(draw: st.DrawFn, known: tuple[Id, ...]) -> tuple[str, Any]:
    """An op and a body that is or was meant for it."""
    op = draw(st.sampled_from([op for op in OPS if op.name not in HARMFUL]))
    body: Any = msgspec.to_builtins(draw(structs(op.request)), builtin_types=(bytes,))
    for key, value in list(body.items()):
        if isinstance(value, bytes) and len(value) == 16 and known and draw(st.booleans()):
            body[key] = draw(st.sampled_from(known))
        elif isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and known:
            body[key] = [value[0], draw(st.sampled_from(known))]
    return op.name, body


@st.composite
def sound_frames(draw: st.DrawFn, known: tuple[Id, ...]) -> bytes:
    """A request as it should be, or with one thing wrong in its body."""
    name, body = draw(bodies(known))
    wrong = draw(st.sampled_from(("nothing", "nothing", "a value", "a key more", "a key less", "no map")))
    if wrong == "a value" and body:
        body[draw(st.sampled_from(sorted(body)))] = draw(values())
    elif wrong == "a key more":
        body[draw(st.text(max_size=10))] = draw(values())
    elif wrong == "a key less" and body:
        del body[draw(st.sampled_from(sorted(body)))]
    elif wrong == "no map":
        body = draw(values())
    return packed([0, draw(st.integers(0, 60)), name, body])


@st.composite
def odd_frames(draw: st.DrawFn, known: tuple[Id, ...]) -> bytes:
    """A frame with something else in its envelope, or nothing like a frame."""
    name, body = draw(bodies(known))
    frame: list[Any] = [0, draw(st.integers(0, 60)), name, body]
    for _ in range(draw(st.integers(1, 2))):
        replaced: bool = draw(st.booleans())
        if frame and replaced:
            frame[draw(st.integers(0, len(frame) - 1))] = draw(values())
        else:
            frame.insert(draw(st.integers(0, len(frame))), draw(values()))
    return packed(draw(st.sampled_from((frame, frame[:-1], draw(values())))))


def nests() -> st.SearchStrategy[bytes]:
    """Deep, wide, and full of nothing."""
    opening = st.sampled_from((b"\x91", b"\x81\xa1a", b"\xdc\x00\x01", b"\xdf\x00\x00\x00\x01\xa0"))
    deep = st.builds(
        lambda start, times: start * times + b"\xc0", opening, st.sampled_from((15, 16, 17, 1_023, 1_024, 16_000))
    )
    wide = st.sampled_from(
        (b"\xdc\x10\x00", b"\xdc\x10\x01", b"\xdd\xff\xff\xff\xff", b"\xde\xff\xff", b"\xdf\xff\xff\xff\xff")
    )
    return st.one_of(
        deep, st.builds(lambda head, fill: head + fill * 4_096, wide, st.sampled_from((b"\x80", b"\x90", b"\xc0")))
    )


@st.composite
def torn(draw: st.DrawFn, frames: st.SearchStrategy[bytes]) -> bytes:
    """A frame with some of its bytes changed, doubled, or gone."""
    data = bytearray(draw(frames))
    for _ in range(draw(st.integers(1, 3))):
        if not data:
            break
        at = draw(st.integers(0, len(data) - 1))
        match draw(st.sampled_from(("flip", "cut", "double", "insert"))):
            case "flip":
                data[at] = draw(st.integers(0, 255))
            case "cut":
                del data[at : at + draw(st.integers(1, 8))]
            case "double":
                data[at:at] = data[at : at + draw(st.integers(1, 8))]
            case _:
                data[at:at] = draw(st.binary(max_size=4))
    return bytes(data)


def packed(value: Any) -> bytes:
    """In a form that need not be canonical: what a careless library would write."""
    data: bytes = msgpack.packb(value, use_bin_type=True, strict_types=False, unicode_errors="surrogatepass")
    return data[: limits.MAX_MESSAGE_BYTES + 1]
