"""Frames: the four things said on a connection, as values. On the wire each is an array led by its kind.

    [0, id, op, body]       a request            client to server
    [1, id, body]           its reply            server to client
    [2, id, code, details]  its refusal          server to client
    [3, event, body]        an event, unasked    server to client

A body is a map. Decoded it is one of plain values: `codec` knows that the envelope is sound, `bodies` says
whether the body is. To be encoded it may be a struct as well.
"""

from typing import Annotated, Any

import msgspec

from coachline_protocol import limits
from coachline_protocol.codes import RefusalCode

RequestId = Annotated[int, msgspec.Meta(ge=0, le=limits.MAX_REQUEST_ID)]
OpName = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.MAX_OP_CHARACTERS)]


class Request(msgspec.Struct, frozen=True, array_like=True, tag=0, forbid_unknown_fields=True):
    """`[0, id, op, body]`. Any value is a body here: what is not a map is refused under this id."""

    id: RequestId
    op: OpName
    body: Any


class Reply(msgspec.Struct, frozen=True, array_like=True, tag=1, forbid_unknown_fields=True):
    """`[1, id, body]`: the request with this id was done."""

    id: RequestId
    body: Any


class Refused(msgspec.Struct, frozen=True, array_like=True, tag=2, forbid_unknown_fields=True):
    """`[2, id, code, details]`: the request with this id was not done, and had no effect."""

    id: RequestId
    code: RefusalCode
    details: Any


class Event(msgspec.Struct, frozen=True, array_like=True, tag=3, forbid_unknown_fields=True):
    """`[3, event, body]`: something happened that nobody asked for."""

    name: OpName
    body: Any


Frame = Request | Reply | Refused | Event
