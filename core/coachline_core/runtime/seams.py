"""What the programs are given from outside: time, randomness, ids and the network.

Nothing else in Coachline reads a clock, draws a random number, makes an id or opens a socket, so a test can
pass in other implementations and run whole universes (daemon, clients, cuts, crashes) deterministically in
one process. The storage executor, the fifth seam, is in `executor.py`.
"""

from __future__ import annotations

import random
import secrets
import time
from typing import Final, Protocol

import trio
import trio.abc

from .tcp import TcpListener


class Clock(Protocol):
    """Two times that must not be mixed up."""

    def now(self) -> int:
        """Wall clock: milliseconds since 1970-01-01 UTC. Display data only: it may jump in both directions."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never backwards: what durations and deadlines are measured with."""
        ...


class SystemClock:
    """The machine's wall clock, and the one that trio's run clock counts by (asking trio for it costs five calls)."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.perf_counter()


class CatchUpClock:
    """A wall clock that begins in the past and runs `rate` times faster than `underlying` until the two meet.

    From then on it *is* `underlying`. A demonstration uses it to have a month said through the real protocol,
    with believable times, in seconds. `monotonic` is never warped: heartbeats and deadlines stay real.
    """

    def __init__(self, begin_ms: int, rate: float, underlying: Clock) -> None:
        """Raises ValueError if the clock could never meet `underlying`."""
        self._underlying = underlying
        self._begin = begin_ms
        self._origin = underlying.now()
        self._rate = rate
        if begin_ms > self._origin:
            raise ValueError("a catching-up clock begins in the past")
        if rate <= 1:
            raise ValueError("a catching-up clock runs faster than the clock it follows")

    def now(self) -> int:
        real = self._underlying.now()
        return min(real, self._begin + int((real - self._origin) * self._rate))

    def monotonic(self) -> float:
        return self._underlying.monotonic()


class VirtualClock:
    """Wall time derived from trio's (mock) clock, for simulation: time passes only where tasks sleep."""

    def __init__(self, epoch_ms: int) -> None:
        self._epoch = epoch_ms

    def now(self) -> int:
        return self._epoch + round(trio.current_time() * 1000)

    def monotonic(self) -> float:
        return trio.current_time()

    def jump(self, ms: int) -> None:
        """Set the wall clock forward or (negative) back, as NTP or an operator would. `monotonic` does not
        move.
        """
        self._epoch += ms


class Entropy(Protocol):
    """A source of randomness."""

    def token(self, n: int) -> bytes:
        """`n` random bytes."""
        ...

    def uniform(self, a: float, b: float) -> float:
        """A number drawn evenly from [a, b]."""
        ...


class SystemEntropy:
    """The operating system's generator, fit for secrets."""

    def __init__(self) -> None:
        self._random = random.SystemRandom()

    def token(self, n: int) -> bytes:
        return secrets.token_bytes(n)

    def uniform(self, a: float, b: float) -> float:
        return self._random.uniform(a, b)


class SeededEntropy:
    """The same numbers for the same seed. For simulation only: it keeps no secret."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def token(self, n: int) -> bytes:
        return self._random.randbytes(n)

    def uniform(self, a: float, b: float) -> float:
        return self._random.uniform(a, b)


_COUNTER_BITS: Final = 26
_TAIL_BITS: Final = 48


class Ids:
    """Makes UUIDv7 ids (RFC 9562 §5.7): 16 bytes, strictly increasing within one instance.

    `uuid-utils` makes them too, but takes neither clock nor randomness. Layout by RFC 9562 §6.2 method 1, a
    dedicated counter: 48 bits of milliseconds, 26 bits of counter (12 in `rand_a`, 14 at the head of
    `rand_b`), 48 random bits. The counter starts anew each millisecond at a random value whose top bit is 0
    (the rollover guard); if it overflows all the same, or if the wall clock steps back, the id runs ahead of
    the clock, as the RFC advises.
    """

    def __init__(self, clock: Clock, entropy: Entropy) -> None:
        self._clock = clock
        self._entropy = entropy
        self._ms = -1
        self._counter = 0

    def new(self) -> bytes:
        """The next id."""
        now = self._clock.now()
        if now > self._ms:
            self._ms, self._counter = now, self._fresh_counter()
        else:
            self._counter += 1
            if self._counter >> _COUNTER_BITS:
                self._ms, self._counter = self._ms + 1, self._fresh_counter()
        tail = int.from_bytes(self._entropy.token(_TAIL_BITS // 8), "big")
        high, low = self._counter >> 14, self._counter & 0x3FFF
        value = self._ms << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low << 48 | tail
        return value.to_bytes(16, "big")

    def _fresh_counter(self) -> int:
        return int.from_bytes(self._entropy.token(4), "big") & ((1 << (_COUNTER_BITS - 1)) - 1)


class Network(Protocol):
    """Where byte streams come from."""

    async def dial(self, host: str, port: int) -> trio.abc.Stream:
        """Connect. Raises OSError when nobody answers."""
        ...

    async def listen(self, host: str, port: int) -> list[trio.abc.Listener[trio.abc.Stream]]:
        """Listen on every address `host` resolves to; port 0 lets the system choose. Raises OSError."""
        ...


class TcpNetwork:
    """The real one."""

    async def dial(self, host: str, port: int) -> trio.abc.Stream:
        return await trio.open_tcp_stream(host, port)

    async def listen(self, host: str, port: int) -> list[trio.abc.Listener[trio.abc.Stream]]:
        return [TcpListener(listener) for listener in await trio.open_tcp_listeners(port, host=host)]
