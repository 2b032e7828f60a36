"""What a frame is about, where that can be withdrawn from its reader while it waits to be sent."""

from collections.abc import Hashable
from typing import Final

from coachline_protocol import ops
from coachline_protocol.ops import Body
from coachline_protocol.rows import Id

PRESENCES: Final = "presences"
"""Answers about the presence of several people."""


def presence_of(person: Id) -> Hashable:
    """That somebody is here, or looks at something."""
    return "presence", person


def topic(body: Body) -> Hashable | None:
    """What the answer to a request is about: a stream by its id, presence; None: nothing that can be withdrawn."""
    match body:
        case ops.Changes() | ops.Snapshot():
            return body.stream
        case ops.PresenceQuery():
            return PRESENCES
        case _:
            return None
