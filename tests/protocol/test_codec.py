"""Bytes to frames and back, driven by the vectors: every byte sequence is a frame or a RemoteProtocolError."""

import json
from collections.abc import Callable, Iterator
from typing import Any, get_args

import msgspec
import pytest
from coachline_protocol import limits
from coachline_protocol.codec import decode_message, encode, packed_size
from coachline_protocol.codes import CloseCode, LocalProtocolError, RemoteProtocolError
from coachline_protocol.frames import Event, Frame, Reply, Request
from coachline_protocol.ops import EVENTS, OPS, MessagePost
from coachline_protocol.rows import AnyRow
from hypothesis import given
from hypothesis import strategies as st
from support.vectors import bytes_of, frame_of, from_json, load, plain, to_json

ACCEPT = load("accept.json")
CLOSED = [entry for entry in load("reject.json") if "close" in entry]
BY_BYTES = [entry for entry in CLOSED if entry["rules"][0].startswith("F") and "text" not in entry]


def _id(entry: dict[str, Any]) -> str:
    return str(entry["name"])


@pytest.mark.parametrize("entry", ACCEPT, ids=_id)
def test_an_accepted_vector_is_read_and_written_as_the_same_bytes(entry: dict[str, Any]) -> None:
    """[F1] [F5]"""
    data = bytes_of(entry)
    (frame,) = decode_message(data)
    assert plain(frame) == from_json(entry["frame"])
    assert encode(frame_of(entry["frame"])) == data


@pytest.mark.parametrize("entry", ACCEPT, ids=_id)
def test_a_vector_cut_off_at_any_byte_is_refused_whole(entry: dict[str, Any]) -> None:
    """[F1]: no frame of the message is given, not even the sound one in front of the broken one."""
    data = bytes_of(entry)
    for end in range(len(data)):
        with pytest.raises(RemoteProtocolError):
            decode_message(data[:end])
        if end:
            with pytest.raises(RemoteProtocolError):
                decode_message(data + data[:end])


@pytest.mark.parametrize("entry", BY_BYTES, ids=_id)
def test_a_rejected_vector_names_its_close_code(entry: dict[str, Any]) -> None:
    """[F2] [F3] [F4] [F6]"""
    with pytest.raises(RemoteProtocolError) as caught:
        decode_message(bytes_of(entry))
    assert caught.value.close_code == entry["close"]


def test_a_text_message_is_refused() -> None:
    """[F2]"""
    (entry,) = [entry for entry in CLOSED if "text" in entry]
    with pytest.raises(RemoteProtocolError, match="text message") as caught:
        decode_message(entry["text"])
    assert caught.value.close_code == entry["close"]


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x90\xc1"], ids=["nothing", "no value", "no second value"])
def test_what_is_no_messagepack_is_called_that(data: bytes) -> None:
    """[F1]"""
    with pytest.raises(RemoteProtocolError, match="not MessagePack"):
        decode_message(data)


@pytest.mark.parametrize("kind", [4, -1, False, 1.0, None, "0", b"0", [0], {}], ids=repr)
def test_a_frame_is_led_by_a_kind_that_there_is(kind: object) -> None:
    """[F6]"""
    with pytest.raises(RemoteProtocolError, match="not a frame"):
        decode_message(msgspec.msgpack.encode([kind, 1, "device.list", {}]))


def test_an_extension_is_called_that() -> None:
    """[F4]"""
    with pytest.raises(RemoteProtocolError, match="an extension type"):
        decode_message(b"\x94\x00\x00\xa1x\xc7\x00\x05")


def test_every_op_and_event_has_an_accepted_vector() -> None:
    names = {entry["name"] for entry in ACCEPT}
    wanted = {f"{op.name}: {part}" for op in OPS for part in ("request", "reply")}
    wanted |= {f"{event}: event" for event in EVENTS}
    assert wanted - names == set()


def test_every_row_stands_in_an_accepted_vector() -> None:
    told = [row for entry in ACCEPT for row in _rows(from_json(entry["frame"]))]
    assert {row["row"] for row in told} == {str(row.__struct_config__.tag) for row in get_args(AnyRow)}


def _rows(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "row" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _rows(item)


def test_frames_of_one_message_come_in_their_order() -> None:
    """[F1]"""
    data = b"".join(bytes_of(entry) for entry in ACCEPT)
    assert [plain(frame) for frame in decode_message(data)] == [from_json(entry["frame"]) for entry in ACCEPT]


def test_the_json_form_of_a_vector_says_everything() -> None:
    for entry in ACCEPT:
        assert to_json(from_json(entry["frame"])) == entry["frame"]
        assert json.loads(json.dumps(entry["frame"])) == entry["frame"]


# -- any bytes ---------------------------------------------------------------------------------------------


def _frames_or_close(data: bytes) -> None:
    try:
        frames = decode_message(data)
    except RemoteProtocolError:
        return
    assert b"".join(map(encode, frames)) == data


@given(st.binary(max_size=2_000))
def test_any_bytes_are_frames_or_a_close(data: bytes) -> None:
    """[F1] [F5]: and what is accepted has one form only."""
    _frames_or_close(data)


@given(
    st.sampled_from(ACCEPT).map(bytes_of),
    st.lists(st.tuples(st.integers(0, 4_000), st.integers(0, 2), st.binary(min_size=1, max_size=4)), max_size=6),
)
def test_a_damaged_vector_is_frames_or_a_close(data: bytes, damages: list[tuple[int, int, bytes]]) -> None:
    """[F1] [F5]: bytes replaced, removed or put in between."""
    for position, what, extra in damages:
        start = position % (len(data) + 1)
        if what == 0:
            data = data[:start] + extra + data[start + len(extra) :]
        elif what == 1:
            data = data[:start] + data[start + len(extra) :]
        else:
            data = data[:start] + extra + data[start:]
    _frames_or_close(data)


_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    | st.binary(max_size=300),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=5) | st.binary(max_size=5), inner),
    max_leaves=30,
)


@given(_values)
def test_any_canonical_value_is_a_frame_or_a_close(value: object) -> None:
    """[F4] [F6]"""
    try:
        data = msgspec.msgpack.encode(value)
    except UnicodeEncodeError:
        return
    _frames_or_close(data)
    _frames_or_close(msgspec.msgpack.encode([0, 1, "device.list", value]))


@given(st.recursive(st.just({}), lambda inner: st.lists(inner, min_size=1, max_size=1), max_leaves=40))
def test_depth_ends_at_16(value: object) -> None:
    """[F4]"""
    depth, inner = 1, value
    while isinstance(inner, list):
        depth, inner = depth + 1, inner[0]
    data = msgspec.msgpack.encode([0, 1, "device.list", value])
    if depth + 1 <= limits.MAX_DEPTH:
        assert plain(decode_message(data)[0]) == [0, 1, "device.list", value]
    else:
        with pytest.raises(RemoteProtocolError, match="nested"):
            decode_message(data)


@pytest.mark.parametrize("around", [lambda value: [value], lambda value: {"x": value}], ids=["arrays", "maps"])
def test_depth_ends_at_16_of_either_kind(around: Callable[[object], object]) -> None:
    """[F4] The frame is an array, which is one."""
    value: object = {}
    for _ in range(limits.MAX_DEPTH - 2):
        value = around(value)
    assert plain(decode_message(msgspec.msgpack.encode([0, 1, "device.list", value]))[0])[3] == value
    with pytest.raises(RemoteProtocolError, match="nested"):
        decode_message(msgspec.msgpack.encode([0, 1, "device.list", around(value)]))


@pytest.mark.parametrize(
    ("most", "more"),
    [
        ([1] * limits.MAX_ITEMS, [1] * (limits.MAX_ITEMS + 1)),
        (bytes(limits.MAX_BIN_BYTES), bytes(limits.MAX_BIN_BYTES + 1)),
    ],
    ids=["entries", "binary"],
)
def test_what_is_as_large_as_may_be_passes_and_one_more_closes(most: object, more: object) -> None:
    """[F4]"""
    assert plain(decode_message(msgspec.msgpack.encode([0, 1, "device.list", most]))[0])[3] == most
    with pytest.raises(RemoteProtocolError, match="at most"):
        decode_message(msgspec.msgpack.encode([0, 1, "device.list", more]))


@pytest.mark.parametrize("depth", [17, 990, 60_000])
def test_depth_without_end_is_a_close_too(depth: int) -> None:
    """[F4]: whichever of decoder, interpreter and our own limit gives up first."""
    with pytest.raises(RemoteProtocolError):
        decode_message(b"\x94\x00\x00\xa1x" + b"\x91" * depth + b"\xc0")


# -- sizes -------------------------------------------------------------------------------------------------


def _sized(size: int) -> Frame:
    """A request that takes exactly `size` bytes."""
    empty = len(encode(Request(1, "message.post", {"text": "x" * 70_0})))
    return Request(1, "message.post", {"text": "x" * (size - empty + 70_0)})


def test_a_frame_of_60_kib_passes_and_one_byte_more_is_not_written() -> None:
    """[F3]"""
    largest = _sized(limits.MAX_FRAME_BYTES)
    assert decode_message(encode(largest)) == [largest]
    with pytest.raises(LocalProtocolError, match="61441 bytes"):
        encode(_sized(limits.MAX_FRAME_BYTES + 1))


@pytest.mark.parametrize("before", [b"", encode(Request(1, "device.list", {}))], ids=["first", "second"])
def test_a_frame_of_60_kib_and_one_byte_more_closes(before: bytes) -> None:
    """[F3]"""
    frame = encode(_sized(limits.MAX_FRAME_BYTES))
    longer = frame.replace(b"\xacmessage.post", b"\xadmessage.posts")
    assert len(decode_message(before + frame)) == bool(before) + 1
    with pytest.raises(RemoteProtocolError, match="frame of 61441 bytes") as caught:
        decode_message(before + longer)
    assert caught.value.close_code is CloseCode.TOO_LARGE


def test_a_message_of_64_kib_passes_and_one_byte_more_closes() -> None:
    """[F3]"""
    data = encode(_sized(limits.MAX_FRAME_BYTES)) + encode(_sized(4 * 1024))
    assert len(data) == limits.MAX_MESSAGE_BYTES
    assert len(decode_message(data)) == 2
    with pytest.raises(RemoteProtocolError) as caught:
        decode_message(data + b"\x90")
    assert caught.value.close_code is CloseCode.TOO_LARGE


def test_1024_frames_pass() -> None:
    """[F3]"""
    assert len(decode_message(b"\x94\x00\x00\xa1x\x80" * limits.MAX_FRAMES_PER_MESSAGE)) == 1_024


def test_a_long_text_reaches_whoever_refuses_it_with_its_length() -> None:
    """[F3]: longer than any message may be, and not a reason to close."""
    post = MessagePost(id=bytes(16), conversation=bytes(16), text="é" * 15_000)
    assert len(decode_message(encode(Request(1, "message.post", post)))) == 1


def test_packed_size_is_what_a_body_adds_to_its_frame() -> None:
    post = MessagePost(id=bytes(16), conversation=bytes(16), text="hello")
    assert len(encode(Reply(1, post))) == packed_size(post) + len(b"\x93\x01\x01")


def test_a_struct_and_its_plain_values_are_the_same_bytes() -> None:
    """[F5]"""
    post = MessagePost(id=bytes(16), conversation=bytes(16), text="hello")
    assert encode(Event("x", post)) == encode(Event("x", msgspec.to_builtins(post, builtin_types=(bytes,))))


@pytest.mark.parametrize("text", ["\ud800", 2**64, object()], ids=["surrogate", "integer", "object"])
def test_what_cannot_be_said_is_a_local_error(text: object) -> None:
    """[F4]"""
    with pytest.raises(LocalProtocolError, match="cannot be said"):
        encode(Request(1, "message.post", {"text": text}))
