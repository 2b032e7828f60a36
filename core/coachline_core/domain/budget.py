"""How much of something is allowed: a token bucket as a value.

Kept as the generic cell rate algorithm does (ITU-T I.371, annex A): one number, the time at which the bucket
will be full again. It says the same as counting tokens, and has nothing to refill.
"""

import math
from typing import Self

import msgspec

_ROUNDING_S = 1e-6
"""Forgives what floating point loses, so that whoever waits exactly as long as told is let through."""


class Bucket(msgspec.Struct, frozen=True):
    """Holds `burst` tokens, one more every `every_s` seconds; full again at `full_at_s` of the caller's clock."""

    every_s: float
    burst: int
    full_at_s: float = -math.inf

    @classmethod
    def per(cls, seconds: float, count: int, burst: int) -> Self:
        """A full bucket of `burst`, refilled at `count` tokens per `seconds`."""
        return cls(every_s=seconds / count, burst=burst)

    def take(self, now_s: float) -> "tuple[Bucket, int | None]":
        """One token: the bucket without it and None, or the same bucket and in how many ms there will be one."""
        full_at = max(self.full_at_s, now_s)
        wait = full_at - now_s - (self.burst - 1) * self.every_s
        if wait > _ROUNDING_S:
            return self, math.ceil(wait * 1000)
        return Bucket(self.every_s, self.burst, full_at + self.every_s), None

    def full(self, now_s: float) -> bool:
        """Whether nothing of it is used, so that it need not be kept."""
        return self.full_at_s <= now_s
