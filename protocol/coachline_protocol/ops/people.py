"""People and invitations."""

from typing import Annotated, Literal

import msgspec

from coachline_protocol import limits
from coachline_protocol.ops.base import Body, Code, PageSize
from coachline_protocol.rows import Consent, Id, Revision, Role, Time


class InvitationCreate(Body, frozen=True, kw_only=True):
    """Make a one-time code. `coaching` needs the role trainer, `account` the role admin."""

    id: Id
    purpose: Literal["coaching", "account"]
    roles: tuple[Role, ...] = ("client",)
    note: Annotated[str, msgspec.Meta(max_length=limits.NOTE_CHARACTERS)] = ""
    valid_hours: Annotated[int, msgspec.Meta(ge=1, le=24 * 30)] = 24 * 7


class InvitationMade(Body, frozen=True, kw_only=True):
    """The code to hand on, and until when it holds."""

    rev: Revision
    code: str
    expires_at: Time


class InvitationRevoke(Body, frozen=True, kw_only=True):
    """Make one of my codes worthless, if nobody used it yet."""

    id: Id
    invitation: Id


class InvitationAccept(Body, frozen=True, kw_only=True):
    """A client accepts a trainer's invitation and says what the trainer may see and do."""

    id: Id
    code: Code
    consent: Consent


class Accepted(Body, frozen=True, kw_only=True):
    """The relationship is active; `rev` is that of my record."""

    rev: Revision
    trainer: Id


class PeopleList(Body, frozen=True, kw_only=True):
    """People known to me, in order of id."""

    after: Id | None = None
    limit: PageSize = limits.LIST_MAX


class Person(Body, frozen=True, kw_only=True):
    """Somebody I know: what I may show of them."""

    id: Id
    handle: str
    display_name: str
    time_zone: str
    roles: tuple[Role, ...]
    picture: bytes | None = None


class People(Body, frozen=True, kw_only=True):
    """Cards of people, in ascending id."""

    people: tuple[Person, ...]
    more: bool = False
