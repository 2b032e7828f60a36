"""Bodies: every op and event says what it says and nothing else, and a bad body is refused by name of field."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from coachline_protocol import limits
from coachline_protocol.bodies import parse_event, parse_refused, parse_reply, parse_request
from coachline_protocol.codec import decode_message, encode
from coachline_protocol.codes import Refusal, RefusalCode, RemoteProtocolError
from coachline_protocol.frames import Event, Refused, Reply, Request
from coachline_protocol.ops import EVENTS, OP_BY_NAME, OPS, Body, Op, ProgressRecord
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec import inspect
from support.strategies import structs
from support.vectors import bytes_of, frame_of, load

VALID = {entry["name"]: frame_of(entry["frame"]) for entry in load("accept.json")}
REFUSED = [entry for entry in load("reject.json") if "refusal" in entry]


def _op_id(op: Op) -> str:
    return op.name


def _valid_body(op: Op) -> dict[str, Any]:
    frame = VALID[f"{op.name}: request"]
    assert isinstance(frame, Request)
    return dict(frame.body)


# -- what is valid -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("op", OPS, ids=_op_id)
@settings(max_examples=20)
@given(data=st.data())
def test_every_request_and_reply_arrives_as_it_was_said(op: Op, data: st.DataObject) -> None:
    """[B1]"""
    request = data.draw(structs(op.request))
    (asked,) = decode_message(encode(Request(1, op.name, request)))
    assert isinstance(asked, Request)
    assert parse_request(asked) == request
    reply = data.draw(structs(op.reply))
    (answered,) = decode_message(encode(Reply(1, reply)))
    assert isinstance(answered, Reply)
    assert parse_reply(answered, op) == reply


@pytest.mark.parametrize("name", EVENTS)
@settings(max_examples=20)
@given(data=st.data())
def test_every_event_arrives_as_it_was_told(name: str, data: st.DataObject) -> None:
    """[B1]"""
    body = data.draw(structs(EVENTS[name]))
    (told,) = decode_message(encode(Event(name, body)))
    assert isinstance(told, Event)
    assert parse_event(told) == body


@pytest.mark.parametrize("code", RefusalCode)
@settings(max_examples=10)
@given(data=st.data())
def test_every_refusal_arrives_as_it_was_given(code: RefusalCode, data: st.DataObject) -> None:
    """[B4]"""
    numbers = st.none() | st.integers(0, limits.MAX_INTEGER)
    refusal = Refusal(
        code=code,
        field=data.draw(st.none() | st.just("rows[3].text")),
        limit=data.draw(numbers),
        actual=data.draw(numbers),
        retry_after_ms=data.draw(numbers),
    )
    (refused,) = decode_message(encode(Refused(5, code, refusal.details())))
    assert isinstance(refused, Refused)
    assert parse_refused(refused) == refusal


def test_unknown_keys_are_ignored_at_every_level() -> None:
    """[B2]"""
    for frame in VALID.values():
        match frame:
            case Request(op=op, body=dict() as body) if op in OP_BY_NAME:
                assert parse_request(Request(1, op, _with_unknown_keys(body))) == parse_request(frame)
            case Event(name=name, body=body):
                assert parse_event(Event(name, _with_unknown_keys(body))) == parse_event(frame)


def _with_unknown_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {**{key: _with_unknown_keys(item) for key, item in value.items()}, "from later": [1, {}]}
    return [_with_unknown_keys(item) for item in value] if isinstance(value, list) else value


def test_a_field_said_at_its_default_is_the_field_left_out() -> None:
    """[B2]"""
    said = VALID["a field at its default"]
    assert isinstance(said, Request)
    body = {key: item for key, item in said.body.items() if key != "kind"}
    assert parse_request(said) == parse_request(Request(1, said.op, body))


def test_an_unknown_event_is_none() -> None:
    """[B5]"""
    assert parse_event(Event("from_later", {})) is None


# -- what is not -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", REFUSED, ids=lambda entry: str(entry["name"]))
def test_a_refused_vector_gets_its_refusal(entry: dict[str, Any]) -> None:
    """[B3] [B4]"""
    (request,) = decode_message(bytes_of(entry))
    assert isinstance(request, Request)
    refusal = parse_request(request)
    assert isinstance(refusal, Refusal)
    said = {**refusal.details(), "code": refusal.code.value}
    said.pop("hint", None)
    assert said == entry["refusal"]


WRONG: dict[type[inspect.Type], tuple[Any, ...]] = {
    inspect.IntType: ("1", 1.0, True, b"1", [1], {}),
    inspect.StrType: (1, b"text", True, ["text"], {}),
    inspect.DateType: (
        *(
            "",
            "2026-02-30",
            "2026-2-3",
            "22.09.2026",
            "2026-09-28T00:00:00Z",
            "0000-01-01",
            "10000-01-01",
            "x" * 50_000,
        ),
        *(20260922, b"2026-09-22", True, ["2026-09-22"], {}),
    ),
    inspect.BytesType: ("bytes", 1, [1], {}),
    inspect.BoolType: (0, 1, "true", 1.0, []),
    inspect.LiteralType: ("no such word", "", 1, b"text", ["text"]),
    inspect.VarTupleType: ("text", 1, {}, b"bytes", [[[]]]),
    inspect.TupleType: ("text", 1, {}, [], [1]),
    inspect.StructType: ("text", 1, b"bytes", True),
}


def _bad_values(kind: inspect.Type) -> Iterator[Any]:
    """Values that a field of this kind must not take: of other types, too short, too long, out of range."""
    if isinstance(kind, inspect.UnionType):
        (inner,) = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        yield from _bad_values(inner)
        return
    yield None
    yield from WRONG[type(kind)]
    match kind:
        case inspect.StrType(min_length=least, max_length=most):
            yield from ["x" * (least - 1)] if least else []
            yield from ["x" * (most + 1), "x" * 20_001] if most else []
        case inspect.BytesType(min_length=least, max_length=most):
            yield from [bytes(least - 1)] if least else []
            yield from [bytes(most + 1)] if most else []
        case inspect.IntType(ge=least, le=most):
            assert least is not None, "an integer without a lower limit"
            assert most is not None, "an integer without an upper limit"
            yield from (least - 1, most + 1, -(2**63), 2**64 - 1)
        case inspect.VarTupleType(max_length=int() as most):
            yield [bytes(16)] * (most + 1)


def _bad_fields() -> Iterator[Any]:
    for op in OPS:
        info = inspect.type_info(op.request)
        assert isinstance(info, inspect.StructType)
        for field in info.fields:
            nullable = isinstance(field.type, inspect.UnionType)
            for number, value in enumerate(_bad_values(field.type)):
                if value is not None or not nullable:
                    yield pytest.param(op, field.encode_name, value, id=f"{op.name}.{field.name}-{number}")


@pytest.mark.parametrize(("op", "field", "value"), list(_bad_fields()))
def test_a_bad_field_is_refused_by_name(op: Op, field: str, value: Any) -> None:
    """[B4]: over every field of every op."""
    refusal = parse_request(Request(1, op.name, {**_valid_body(op), field: value}))
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.INVALID
    assert refusal.field is not None
    assert refusal.field == field or refusal.field.startswith((f"{field}.", f"{field}["))
    assert len(encode(Refused(1, refusal.code, refusal.details()))) < 400


@pytest.mark.parametrize("op", OPS, ids=_op_id)
def test_each_missing_field_is_named(op: Op) -> None:
    """[B4]"""
    info = inspect.type_info(op.request)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        body = {key: value for key, value in _valid_body(op).items() if key != field.encode_name}
        parsed = parse_request(Request(1, op.name, body))
        if field.required:
            assert isinstance(parsed, Refusal)
            assert (parsed.code, parsed.field) == (RefusalCode.INVALID, field.encode_name)
        else:
            assert isinstance(parsed, op.request)


@pytest.mark.parametrize("op", OPS, ids=_op_id)
@pytest.mark.parametrize("body", [None, [], "text", 1, b"bytes", True, 1.5], ids=repr)
def test_a_body_that_is_no_map_is_malformed(op: Op, body: object) -> None:
    """[B4]"""
    refusal = parse_request(Request(1, op.name, body))
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.MALFORMED


def test_what_a_hint_repeats_is_cut() -> None:
    """[B4]: a refusal fits its frame, whatever was sent."""
    body = {"id": bytes(16), "purpose": "y" * 50_000}
    refusal = parse_request(Request(1, "invitation.create", body))
    assert isinstance(refusal, Refusal)
    assert refusal.hint is not None
    assert len(refusal.hint) == 120


AMOUNTS = st.from_regex(re.compile(r"(0|[1-9][0-9]{0,8})([.][0-9]{1,4})?", re.ASCII), fullmatch=True)


def _measuring(amount: object) -> Body | Refusal:
    entry = {**_valid_body(OP_BY_NAME["progress.record"]), "measures": [["protein", "g", amount]]}
    return parse_request(Request(1, "progress.record", entry))


@given(AMOUNTS)
def test_an_amount_is_kept_as_it_was_typed(amount: str) -> None:
    """[B3]"""
    said = _measuring(amount)
    assert isinstance(said, ProgressRecord)
    assert said.measures[0].amount == amount


@given(st.text() | st.floats() | st.integers() | AMOUNTS.map(lambda amount: amount + "\n"))
def test_what_is_no_amount_is_refused_by_its_place(amount: object) -> None:
    """[B3] [B4]"""
    assume(not isinstance(amount, str) or not re.fullmatch(r"(0|[1-9][0-9]{0,8})([.][0-9]{1,4})?", amount, re.ASCII))
    refusal = _measuring(amount)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.field) == (RefusalCode.INVALID, "measures[0][2]")


def test_a_missing_field_deep_inside_is_named_with_its_path() -> None:
    """[B4]"""
    body = {"id": bytes(16), "code": "K7Q2", "consent": {"see_goals": 1}}
    refusal = parse_request(Request(1, "invitation.accept", body))
    assert isinstance(refusal, Refusal)
    assert refusal.field == "consent.see_goals"


@pytest.mark.parametrize("op", OPS, ids=_op_id)
def test_a_reply_that_is_not_the_ops_is_a_protocol_error(op: Op) -> None:
    """[B6]"""
    info = inspect.type_info(op.reply)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        with pytest.raises(RemoteProtocolError, match=f"reply to {op.name}"):
            parse_reply(Reply(1, {field.encode_name: 1.5}), op)
    with pytest.raises(RemoteProtocolError):
        parse_reply(Reply(1, []), op)


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_that_is_not_what_it_says_is_a_protocol_error(name: str) -> None:
    """[B6]"""
    with pytest.raises(RemoteProtocolError, match=f"event {name}"):
        parse_event(Event(name, {}))


def test_details_that_are_not_a_refusals_are_a_protocol_error() -> None:
    """[B6]"""
    with pytest.raises(RemoteProtocolError, match="refusal busy"):
        parse_refused(Refused(1, RefusalCode.BUSY, {"retry_after_ms": "soon"}))


def test_every_integer_of_the_protocol_is_one_that_every_language_holds() -> None:
    """[B3]"""
    seen: set[str] = set()
    bodies: list[type[msgspec.Struct]] = [
        *(op.request for op in OPS),
        *(op.reply for op in OPS),
        *EVENTS.values(),
        Refusal,
    ]
    for struct in bodies:
        for path, kind in _integers(inspect.type_info(struct), struct.__name__):
            seen.add(path)
            assert kind.ge is not None, path
            assert kind.le is not None, path
            assert kind.le <= limits.MAX_INTEGER, path
    assert len(seen) > 20


def _integers(kind: inspect.Type, path: str) -> Iterator[tuple[str, inspect.IntType]]:
    match kind:
        case inspect.IntType():
            yield path, kind
        case inspect.StructType(fields=fields):
            for field in fields:
                yield from _integers(field.type, f"{path}.{field.name}")
        case inspect.VarTupleType(item_type=item):
            yield from _integers(item, f"{path}[]")
        case inspect.TupleType(item_types=kinds) | inspect.UnionType(types=kinds):
            for one in kinds:
                yield from _integers(one, path)


def test_no_two_ops_share_a_request() -> None:
    """A client names its op by the body's type."""
    requests: list[type[Body]] = [op.request for op in OPS]
    assert len(set(requests)) == len(requests)
    assert all(issubclass(struct, msgspec.Struct) for struct in requests)


def test_no_repr_shows_a_password_token_or_code() -> None:
    secrets = ("correct horse", "battery staple", "K7Q2-M9XD", repr(bytes(range(32))))
    for name in ("sign_in", "account.create", "hello", "invitation.accept", "invitation.inspect"):
        frame = VALID[f"{name}: request"]
        assert isinstance(frame, Request)
        request = parse_request(frame)
        assert repr(request).startswith(f"{type(request).__name__}(")
        assert "=…" in repr(request)
        assert not [secret for secret in secrets if secret in repr(request)]
