"""Every way in which the body of a request can be wrong, read off the struct of its op, each with its refusal."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from coachline_protocol.bodies import HINT_CHARACTERS
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.limits import MAX_FRAME_BYTES
from coachline_protocol.ops import OP_BY_REQUEST, Body
from msgspec import inspect

Plain = dict[str, Any]
"""A body as plain values."""


@dataclass(frozen=True)
class Fault:
    """A wrong body, and what SPEC.md B4 says about it."""

    name: str
    body: Any
    refusal: Refusal


def plain(body: Body) -> Plain:
    """A body as it is on the wire."""
    values: Plain = msgspec.to_builtins(body, builtin_types=(bytes,))
    return values


def bare(refusal: object) -> tuple[RefusalCode, str | None, int | None, int | None]:
    """Code, field, limit and actual value of what must be a refusal: all that a program goes by."""
    assert isinstance(refusal, Refusal), refusal
    assert len(refusal.hint or "") <= HINT_CHARACTERS
    return refusal.code, refusal.field, refusal.limit, refusal.actual


def no_maps() -> Iterator[Fault]:
    """Bodies that are no map."""
    values: tuple[Any, ...] = (None, True, 7, 1.5, "text", b"bytes", [], [{}])
    for value in values:
        yield Fault(f"{value!r} for a body", value, Refusal(code=RefusalCode.MALFORMED))


def faults(body: Body) -> Iterator[Fault]:
    """Sound but for one field, which is missing, of another kind, too short, too long, too low or too high."""
    sound = plain(body)
    described = inspect.type_info(OP_BY_REQUEST[type(body)].request)
    assert isinstance(described, inspect.StructType)
    yield from _in_struct(described, sound, "")


def _in_struct(struct: inspect.StructType, sound: Plain, path: str) -> Iterator[Fault]:
    for field in struct.fields:
        name = field.encode_name
        if field.required:
            without = {key: value for key, value in sound.items() if key != name}
            yield _fault(f"no {path}{name}", without, f"{path}{name}")
        kinds = _kinds(field.type)
        if not any(isinstance(kind, inspect.NoneType) for kind in kinds):
            yield _fault(f"nil for {path}{name}", {**sound, name: None}, f"{path}{name}")
        kind = next(kind for kind in kinds if not isinstance(kind, inspect.NoneType))
        for what, value, refusal in _values(kind, sound.get(name), f"{path}{name}"):
            yield Fault(f"{what} for {path}{name}", {**sound, name: value}, refusal)


def _values(kind: inspect.Type, sound: Any, path: str) -> Iterator[tuple[str, Any, Refusal]]:
    """Wrong values for a field of this kind: what they are, they themselves, how they are refused."""
    for value in _of_other_kinds(kind):
        yield repr(value), value, _invalid(path)
    match kind:
        case inspect.IntType(ge=least, le=most):
            yield "too little", int(least or 0) - 1, _invalid(path, limit=max(int(least or 0), 0))
            yield "too much", int(most or 0) + 1, _invalid(path, limit=int(most or 0))
        case inspect.StrType(min_length=least, max_length=most):
            yield from _lengths("x", least, most, path)
        case inspect.BytesType(min_length=least, max_length=most):
            yield from _lengths(b"x", least, most, path)
        case inspect.DateType():
            for value in ("text", "2026-02-30", "2026-09-28T00:00:00Z"):
                yield repr(value), value, _invalid(path)
        case inspect.LiteralType():
            yield "a word nobody knows", "imagined", _invalid(path)
        case inspect.VarTupleType(item_type=item, max_length=most):
            for value in _of_other_kinds(item):
                yield f"[{value!r}]", [value], _invalid(f"{path}[0]")
            if most is not None:
                yield from _lengths([bytes(16)], None, most, path)
        case inspect.TupleType() | inspect.StructType(array_like=True) if sound:
            short = list(sound)[:-1]
            yield "an array without its end", short, _invalid(path, limit=len(sound), actual=len(short))
        case inspect.StructType():
            for fault in _in_struct(kind, sound, f"{path}."):
                yield fault.name, fault.body, fault.refusal
        case _:
            pass


def _lengths(unit: Any, least: int | None, most: int | None, path: str) -> Iterator[tuple[str, Any, Refusal]]:
    if least:
        yield "too short", unit * (least - 1), _invalid(path, limit=least, actual=least - 1)
    if most is not None and most < MAX_FRAME_BYTES:
        yield "too long", unit * (most + 1), _invalid(path, limit=most, actual=most + 1)


def _of_other_kinds(kind: inspect.Type) -> list[Any]:
    """One value of each kind that this is not."""
    mine = {
        inspect.IntType: int,
        inspect.StrType: str,
        inspect.DateType: str,
        inspect.LiteralType: str,
        inspect.BytesType: bytes,
        inspect.BoolType: bool,
        inspect.VarTupleType: list,
        inspect.TupleType: list,
        inspect.StructType: dict,
    }[type(kind)]
    if isinstance(kind, inspect.StructType) and kind.array_like:
        mine = list
    values: tuple[Any, ...] = (True, 7, 1.5, "text", b"bytes", [], {})
    return [value for value in values if type(value) is not mine]


def _kinds(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    return tuple(kind.types) if isinstance(kind, inspect.UnionType) else (kind,)


def _fault(name: str, body: Any, path: str) -> Fault:
    return Fault(name, body, _invalid(path))


def _invalid(path: str, *, limit: int | None = None, actual: int | None = None) -> Refusal:
    return Refusal(code=RefusalCode.INVALID, field=path, limit=limit, actual=actual)
