"""Plain bodies to structs: what a frame's body must be for its op or event, and what is wrong with it."""

import re
from typing import Any, TypeVar

import msgspec

from coachline_protocol.codes import Refusal, RefusalCode, RemoteProtocolError
from coachline_protocol.frames import Event, Refused, Reply, Request
from coachline_protocol.ops import EVENTS, OP_BY_NAME, Body, Op

HINT_CHARACTERS = 120
"""A hint may repeat what was sent; it is cut so that a refusal never outgrows its frame."""

_StructT = TypeVar("_StructT", bound=msgspec.Struct)

_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_MISSING = re.compile(r"^Object missing required field `(?P<name>[^`]+)`")
_LENGTH = re.compile(r"of (?:at (?:least|most) )?length (?:[<>]= )?(\d+)")
_RANGE = re.compile(r"`int` [<>]= (\d+)")
_STEP = re.compile(r"\.(?P<key>\w+)|\[(?P<index>\d+)\]")


def parse_request(request: Request) -> Body | Refusal:
    """The body of a request as its op's struct, or the refusal that names the field at fault."""
    op = OP_BY_NAME.get(request.op)
    if op is None:
        return Refusal(code=RefusalCode.UNKNOWN_OP)
    if isinstance(request.body, op.request):
        return request.body
    if not isinstance(request.body, dict):
        return Refusal(code=RefusalCode.MALFORMED, hint="a body is a map")
    try:
        return _convert(request.body, op.request)
    except msgspec.ValidationError as error:
        return _invalid(request.body, str(error))


def parse_reply(reply: Reply, op: Op) -> Body:
    """The body of a reply to `op`. Raises RemoteProtocolError if it is not what the op answers."""
    return _trusted(reply.body, op.reply, f"reply to {op.name}")


def parse_refused(refused: Refused) -> Refusal:
    """The refusal a frame carries. Raises RemoteProtocolError if its details are not those of a refusal."""
    return _trusted({**refused.details, "code": refused.code}, Refusal, f"refusal {refused.code}")


def parse_event(event: Event) -> Body | None:
    """The body of an event; None if this side does not know the event, which is then ignored.

    Raises RemoteProtocolError if a known event's body is not what it should be.
    """
    body = EVENTS.get(event.name)
    return None if body is None else _trusted(event.body, body, f"event {event.name}")


def _convert(value: dict[str, Any], struct: type[_StructT]) -> _StructT:
    return msgspec.convert(value, struct, builtin_types=(bytes,))


def _trusted(value: dict[str, Any], struct: type[_StructT], what: str) -> _StructT:
    """A body from the server: a wrong one cannot be refused, only left."""
    try:
        return _convert(value, struct)
    except msgspec.ValidationError as error:
        raise RemoteProtocolError(f"{what}: {error}") from None


def _invalid(body: dict[str, Any], message: str) -> Refusal:
    """The refusal for a validation message such as "Expected `str` of length <= 80 - at `$.name`"."""
    place = _PATH.search(message)
    path = place["path"] if place else ""
    value: Any = body
    for step in _STEP.finditer(path):
        value = value[step["key"]] if step["key"] else value[int(step["index"])]
    missing = _MISSING.match(message)
    if missing:
        path = f"{path}.{missing['name']}"
    length = _LENGTH.search(message)
    bound = length or _RANGE.search(message)
    return Refusal(
        code=RefusalCode.INVALID,
        field=path.removeprefix(".") or None,
        limit=int(bound[1]) if bound else None,
        actual=len(value) if length else None,
        hint=message.partition(" - at ")[0][:HINT_CHARACTERS],
    )
