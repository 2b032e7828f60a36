"""Before welcome: signing in, making an account, hello and welcome."""

from typing import Annotated, Literal

import msgspec

from coachline_protocol.ops.base import Body, Code, DeviceName, Handle, Name, Password, Token, Zone
from coachline_protocol.rows import Cursor, Id, Revision, Seq, StreamId, Time


class SignIn(Body, frozen=True, kw_only=True):
    """Handle and password for a device token. `device` is the device's own UUIDv7, made once and kept."""

    handle: Handle
    password: Password
    device: Id
    device_name: DeviceName


class SignedIn(Body, frozen=True, kw_only=True):
    """The device's token: said in `hello`, never shown, never in a URL."""

    person: Id
    token: Token


class InvitationInspect(Body, frozen=True, kw_only=True):
    """Who invites me, before I decide."""

    code: Code


class InvitationSeen(Body, frozen=True, kw_only=True):
    """What a code leads to."""

    purpose: Literal["coaching", "account"]
    inviter: str
    """Display name of whoever made the code."""
    expires_at: Time


class AccountCreate(Body, frozen=True, kw_only=True):
    """Make an account with an invitation code; `person` and `device` are UUIDv7s made by the client."""

    code: Code
    person: Id
    handle: Handle
    display_name: Name
    password: Password
    time_zone: Zone
    device: Id
    device_name: DeviceName


class Hello(Body, frozen=True, kw_only=True):
    """First frame of a signed-in device."""

    token: Token
    client: Annotated[str, msgspec.Meta(max_length=80)]
    """Name and version of the client program, for the operator's log."""


class Head(Body, frozen=True, kw_only=True):
    """Where a stream stands; a conversation's cursors come whole.

    `reach`: of another's record, the revision of the latest change to what I may see of it. A device that holds an
    earlier one wipes what it holds, before anything else, and takes the record anew.
    """

    stream: StreamId
    rev: Revision
    seq: Seq = 0
    reach: Revision = 0
    cursors: tuple[Cursor, ...] = ()


class Welcome(Body, frozen=True, kw_only=True):
    """The server knows this device. `more`: the rest of the heads by `heads`."""

    person: Id
    device: Id
    epoch: Id
    now: Time
    heads: tuple[Head, ...]
    more: bool = False
    token: Token | None = None
    """A new token: keep it before using it; the old one lives until the new one is first used."""
