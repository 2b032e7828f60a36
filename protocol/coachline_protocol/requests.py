"""The short way for requests: from bytes straight into the structs of their ops.

Nearly all that a server hears was written by our own encoder: requests and nothing else, canonical, with no key but the
fields of the op's struct. That it is so is seen by writing it again, when the very same bytes come. Whatever else may
be in a message, `codec.decode_message` looks at it value by value, which takes three times as long.
"""

from typing import Final

import msgspec

from coachline_protocol import limits
from coachline_protocol.codec import UNREADABLE, encoder
from coachline_protocol.frames import OpName, Request, RequestId
from coachline_protocol.ops import OPS

_BEGINNING: Final = b"\x94\x00"
"""How every request begins: an array of four, led by 0."""
_ARRAY: Final = 0x90
"""How an array of none begins; one of up to 15 by so much more."""
_PLAIN: Final = frozenset((bytes, int, bool, type(None)))
"""Of what is neither a text nor a struct, a body's types let through what may be said only."""


class _Sealed(msgspec.Struct, frozen=True, array_like=True, tag=0, forbid_unknown_fields=True):
    """A request whose body was not looked at yet."""

    id: RequestId
    op: OpName
    body: msgspec.Raw


_reader = msgspec.msgpack.Decoder(list[_Sealed])
_bodies: Final = {op.name: msgspec.msgpack.Decoder(op.request) for op in OPS}


def read_requests(data: bytes) -> list[Request] | None:
    """The requests that are all there is in a message, each with its struct for a body; None: it must be decoded."""
    # Too many where these bytes stand in an id or a text as well: then so many cannot be read.
    count = data.count(_BEGINNING)
    if not 0 < count <= 15 or len(data) > limits.MAX_FRAME_BYTES:
        return None
    listed = bytes((_ARRAY + count,)) + data
    try:
        requests = [Request(one.id, one.op, _bodies[one.op].decode(one.body)) for one in _reader.decode(listed)]
    except (*UNREADABLE, KeyError):
        return None
    sound = encoder.encode(requests) == listed and all(map(_is_flat, requests))
    return requests if sound else None


def _is_flat(request: Request) -> bool:
    """Whether a body holds no struct, and no U+0000."""
    for value in msgspec.structs.astuple(request.body):
        kind = type(value)
        if kind is str:
            if "\0" in value:
                return False
        elif kind not in _PLAIN:
            return False
    return True
