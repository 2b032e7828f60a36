"""Who is here."""

from typing import Annotated, Literal

import msgspec

from coachline_protocol import limits
from coachline_protocol.ops.base import Body
from coachline_protocol.rows import Id, Time


class PresenceQuery(Body, frozen=True, kw_only=True):
    """Who of these is here?"""

    people: Annotated[tuple[Id, ...], msgspec.Meta(max_length=limits.PRESENCE_QUERY_MAX)]


class Presence(Body, frozen=True, kw_only=True):
    """Whether a person is here. `last_seen_at` only while offline; 0: never."""

    person: Id
    state: Literal["online", "offline"]
    last_seen_at: Time = 0


class Presences(Body, frozen=True, kw_only=True):
    """Those asked about whose presence I may see; the others are absent."""

    presences: tuple[Presence, ...]
