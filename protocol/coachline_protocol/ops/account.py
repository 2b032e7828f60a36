"""Me and my devices."""

from coachline_protocol.ops.base import Body, Name, Picture, Zone
from coachline_protocol.rows import Id, Revision, Time


class SignOut(Body, frozen=True, kw_only=True):
    """Sign this device out: its token dies, the connection is closed."""

    id: Id


class DeviceList(Body, frozen=True, kw_only=True):
    """My devices."""


class DeviceEntry(Body, frozen=True, kw_only=True):
    """One of my devices. `this`: the one that asks."""

    id: Id
    name: str
    created_at: Time
    last_used_at: Time
    online: bool
    this: bool = False


class Devices(Body, frozen=True, kw_only=True):
    """My devices that are signed in."""

    devices: tuple[DeviceEntry, ...]


class DeviceRevoke(Body, frozen=True, kw_only=True):
    """Sign another device out, now."""

    id: Id
    device: Id


class ProfileSet(Body, frozen=True, kw_only=True):
    """Change who I am; what is absent stays. `base`: the profile row's revision this stands on."""

    id: Id
    base: Revision
    display_name: Name | None = None
    time_zone: Zone | None = None
    receipts: bool | None = None
    picture: Picture | None = None
    """Empty: no picture."""


class Changed(Body, frozen=True, kw_only=True):
    """A durable change was made: the home stream's revision after it."""

    rev: Revision
