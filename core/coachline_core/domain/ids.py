"""Ids: what a UUIDv7 says about when it was made, and the id two people's direct conversation has by name."""

import hashlib

from coachline_protocol.rows import Id, Time

_DIRECT = b"coachline direct"
_BESIDE = b"coachline beside"


def made_at(id: Id) -> Time | None:
    """When a UUIDv7 was made, in ms UTC (RFC 9562, section 5.7); None if it is no UUIDv7."""
    if len(id) != 16 or id[6] >> 4 != 7 or id[8] >> 6 != 0b10:
        return None
    return int.from_bytes(id[:6], "big")


def first_of(at: Time) -> Id:
    """The smallest id made at a time or later, in ms UTC: no UUIDv7, but what they are compared with."""
    return at.to_bytes(6, "big") + bytes(10)


def direct_id(one: Id, other: Id) -> Id:
    """The id of the one direct conversation of two people, whoever asks: a UUIDv8 (RFC 9562, section 5.8).

    SPEC.md, S13, so that clients compute it too.

    A name instead of a made id is what makes a second conversation of the same pair impossible.
    """
    first, second = sorted((one, other))
    return _named(_DIRECT + first + second)


def beside(id: Id) -> Id:
    """The id of a message that a command writes besides the one that has the command's own: a UUIDv8 too."""
    return _named(_BESIDE + id)


def _named(name: bytes) -> Id:
    digest = bytearray(hashlib.sha256(name).digest()[:16])
    digest[6] = 0x80 | digest[6] & 0x0F
    digest[8] = 0x80 | digest[8] & 0x3F
    return bytes(digest)
