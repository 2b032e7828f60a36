"""The short way for requests: what it reads is what the long way makes of the same bytes, and the rest it leaves."""

from random import Random

import msgspec
import pytest
from coachline_protocol import limits
from coachline_protocol.bodies import parse_request
from coachline_protocol.codec import decode_message, encode
from coachline_protocol.codes import Refusal
from coachline_protocol.connection import Asked, Connection
from coachline_protocol.frames import Frame, Request
from coachline_protocol.ops import (
    OP_BY_REQUEST,
    OPS,
    Body,
    ConversationView,
    CursorDelivered,
    CursorRead,
    DeviceList,
    History,
    InvitationAccept,
    MessagePost,
    PeopleList,
    Typing,
)
from coachline_protocol.requests import read_requests
from coachline_protocol.rows import Consent
from coachline_protocol.state import State
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect
from support.packing import packed
from support.strategies import structs
from support.vectors import bytes_of, load

VECTORS = [bytes_of(entry) for name in ("accept.json", "reject.json") for entry in load(name) if "text" not in entry]
ID = bytes(range(16))
PLAIN = {"id": ID, "conversation": ID}
POST = MessagePost(id=ID, conversation=ID, text="hello")
ANYTHING: st.SearchStrategy[object] = st.sampled_from(
    (None, True, 0, limits.LIST_MAX, -1, 2**63, "", "a\0b", b"", ID, [], {})
)


def _said(body: Body, request_id: int = 1) -> bytes:
    return encode(Request(request_id, OP_BY_REQUEST[type(body)].name, body))


def _parsed(frames: list[Frame]) -> list[tuple[int, str, Body | Refusal]]:
    """What requests say; whatever else is among them is an error."""
    requests = [frame for frame in frames if isinstance(frame, Request)]
    assert len(requests) == len(frames)
    return [(request.id, request.op, parse_request(request)) for request in requests]


def _same_or_left(data: bytes) -> None:
    requests = read_requests(data)
    if requests is not None:
        assert _parsed(list(requests)) == _parsed(decode_message(data))


@pytest.mark.parametrize("data", VECTORS)
def test_a_vector_is_read_as_the_long_way_reads_it(data: bytes) -> None:
    _same_or_left(data)
    _same_or_left(data + data)
    for end in range(min(len(data), 400)):
        _same_or_left(data[:end])


@given(
    st.lists(st.sampled_from([data for data in VECTORS if len(data) < 2_000]), min_size=1, max_size=3).map(b"".join),
    st.lists(st.tuples(st.integers(0, 4_000), st.integers(0, 2), st.binary(min_size=1, max_size=4)), max_size=4),
)
def test_a_damaged_message_is_read_as_the_long_way_reads_it(data: bytes, damages: list[tuple[int, int, bytes]]) -> None:
    """Bytes replaced, removed or put in between."""
    for position, what, extra in damages:
        start = position % (len(data) + 1)
        end = start + len(extra) if what < 2 else start
        data = data[:start] + (extra if what != 1 else b"") + data[end:]
    _same_or_left(data)


@st.composite
def _in_any_form(draw: st.DrawFn) -> bytes:
    """Requests for any op, some fields too many, from all canonical to hardly anything so."""
    odd, chance, data = draw(st.sampled_from((1 << 32, 40, 8, 2))), Random(draw(st.integers(0, 2**32))), b""
    for _ in range(draw(st.integers(1, 3))):
        op = draw(st.sampled_from(OPS))
        body = msgspec.msgpack.decode(msgspec.msgpack.encode(draw(structs(op.request))))
        body |= draw(st.dictionaries(st.sampled_from(("later", "limit", "text", "id", "")), ANYTHING, max_size=1))
        data += packed(chance, [0, draw(st.integers(0, 2**32 - 1)), op.name, body], odd)
    return data


@settings(max_examples=60)
@given(_in_any_form())
def test_a_request_in_any_form_is_read_as_the_long_way_reads_it(data: bytes) -> None:
    """Long-winded numbers and lengths, texts as binaries, keys twice, in another order and unknown, defaults said."""
    _same_or_left(data)


@pytest.mark.parametrize(
    "body",
    [
        POST,
        CursorDelivered(conversation=ID, seq=7),
        CursorRead(conversation=ID, seq=70_000),
        Typing(conversation=ID, on=True),
        ConversationView(),
        History(conversation=ID, before=9),
    ],
    ids=lambda body: type(body).__name__,
)
def test_what_is_said_most_is_read_the_short_way(body: Body) -> None:
    assert read_requests(_said(body)) == [Request(1, OP_BY_REQUEST[type(body)].name, body)]


@pytest.mark.parametrize("count", [1, 2, 15])
def test_several_requests_are_read_in_their_order(count: int) -> None:
    said = [Request(n, "message.post", POST) for n in range(count)]
    assert read_requests(b"".join(map(encode, said))) == said


LEFT = {
    "nothing": b"",
    "too many": _said(POST) * 16,
    "cut off": _said(POST)[:-1],
    "more behind it": _said(POST) + b"\xc0",
    "no request": b"\x93\x01\x01\x80" + _said(POST),
    "an op from later": encode(Request(1, "from.later", {})),
    "an unknown key": encode(Request(1, "device.list", {"later": 1})),
    "a default said": encode(Request(1, "people.list", {"limit": limits.LIST_MAX})),
    "another order": encode(Request(1, "cursor.read", {"seq": 1, "conversation": ID})),
    "long-winded": _said(CursorRead(conversation=ID, seq=1))[:-1] + b"\xcc\x01",
    "no body": encode(Request(1, "device.list", [])),
    "a field of another type": encode(Request(1, "cursor.read", {"conversation": ID, "seq": "1"})),
    "a NUL": _said(MessagePost(id=ID, conversation=ID, text="a\0b")),
    "the beginning of a request in a text": _said(MessagePost(id=b"\x94\0" * 8, conversation=ID, text="hello")),
    "a struct in it": _said(InvitationAccept(id=ID, code="x", consent=Consent(see_goals=True))),
    "too large": msgspec.msgpack.encode(Request(1, "message.post", {**PLAIN, "text": "x" * limits.MAX_FRAME_BYTES})),
}


@pytest.mark.parametrize("data", LEFT.values(), ids=LEFT)
def test_whatever_else_there_is_is_left_to_the_long_way(data: bytes) -> None:
    assert read_requests(data) is None


def test_the_largest_frame_is_read() -> None:
    frame = len(_said(MessagePost(id=ID, conversation=ID, text="x" * 59_000))) - 59_000
    largest = _said(MessagePost(id=ID, conversation=ID, text="x" * (limits.MAX_FRAME_BYTES - frame)))
    assert len(largest) == limits.MAX_FRAME_BYTES
    assert read_requests(largest) is not None


def test_no_binary_of_a_request_may_be_larger_than_any_may() -> None:
    """So whoever has read it as its struct need not measure it."""
    kinds = [inspect.type_info(field.type) for op in OPS for field in msgspec.structs.fields(op.request)]
    parts = [part for kind in kinds for part in (kind.types if isinstance(kind, inspect.UnionType) else (kind,))]
    binaries = [part for part in parts if isinstance(part, inspect.BytesType)]
    assert binaries
    assert all(kind.max_length is not None and kind.max_length <= limits.MAX_BIN_BYTES for kind in binaries)


@pytest.mark.parametrize("body", [DeviceList(), PeopleList(limit=limits.LIST_MAX), POST], ids=repr)
def test_a_connection_hears_the_same_either_way(body: Body) -> None:
    op = OP_BY_REQUEST[type(body)]
    plain = msgspec.to_builtins(body, builtin_types=(bytes,))
    for said in (body, {**plain, "later": None}):
        connection = Connection("server")
        connection._state = State.WELCOMED
        assert connection.receive(encode(Request(7, op.name, said))) == [Asked(7, op, body)]
