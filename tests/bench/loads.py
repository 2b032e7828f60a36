"""The loads: closed loops, an open loop, a room; each with what it saw while it was measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from bench.processes import Server
from bench.speakers import Speaker, nobody
from bench.subjects import Place, Two
from bench.wire import Hub

CLIENT_BOUND = 0.6
"""The load generator's share of its core above which it may have been what was measured."""


@dataclass
class Window:
    """What was seen between the warm-up and the end."""

    seconds: float
    server_cpu: float
    """Seconds."""
    client_cpu: float
    """Seconds."""
    work: int
    """Messages done, or deliveries."""
    latencies: list[float] = field(default_factory=list)
    """Seconds from when a message should have been said."""

    @property
    def per_second(self) -> float:
        return self.work / self.seconds

    @property
    def cpu_each(self) -> float:
        """Seconds of server CPU for each piece of work."""
        return self.server_cpu / max(self.work, 1)

    @property
    def client_bound(self) -> bool:
        return self.client_cpu > CLIENT_BOUND * self.seconds


def measured(hub: Hub, place: Place, server: Server, done: Callable[[], int]) -> Window:
    """Warm up, then look at what happens for so long; `done` says how much was done so far."""
    hub.run(place.warm_seconds)
    begun, cpu, own, before = time.perf_counter(), server.cpu(), hub.busy(), done()
    hub.run(place.seconds)
    return Window(time.perf_counter() - begun, server.cpu() - cpu, hub.busy() - own, done() - before)


class ClosedLoop:
    """Pairs, each with so many messages in flight: the next is said when one is done."""

    def __init__(self, pairs: Sequence[Two], in_flight: int, place: Place) -> None:
        self.done = 0
        self._going = True
        self._numbers = place.numbers
        for sender, recipient in pairs:
            sender.done = partial(self._done, sender)
            recipient.delivered = nobody
        for _ in range(in_flight):
            for sender, _ in pairs:
                sender.say(next(self._numbers))

    def stop(self) -> None:
        """Say nothing more."""
        self._going = False

    def _done(self, sender: Speaker, _: int) -> None:
        self.done += 1
        if self._going:
            sender.say(next(self._numbers))


def closed_loop(hub: Hub, place: Place, server: Server, pairs: Sequence[Two], in_flight: int = 4) -> Window:
    """P1, P2: messages that are wholly done."""
    loop = ClosedLoop(pairs, in_flight, place)
    window = measured(hub, place, server, lambda: loop.done)
    loop.stop()
    hub.run(0.2)
    return window


def open_loop(hub: Hub, place: Place, server: Server, pairs: Sequence[Two], per_second: float) -> Window:
    """P3: messages said on schedule, whatever has become of those before; from schedule to the recipient's socket."""
    due: dict[int, float] = {}
    latencies: list[float] = []

    def arrived(number: int) -> None:
        latencies.append(time.perf_counter() - due[number])

    for sender, recipient in pairs:
        sender.done = nobody
        recipient.delivered = arrived

    def say(n: int, when: float) -> None:
        number = next(place.numbers)
        due[number] = when
        pairs[n % len(pairs)][0].say(number)

    every = 1 / per_second
    hub.at_times(time.perf_counter(), every, round(place.warm_seconds * per_second), say)
    hub.until(lambda: len(latencies) == len(due), "the warm-up delivered")
    due.clear()
    latencies.clear()
    begun, cpu, own = time.perf_counter(), server.cpu(), hub.busy()
    hub.at_times(begun, every, round(place.seconds * per_second), say)
    hub.until(lambda: len(latencies) == len(due), "everything delivered")
    seconds = time.perf_counter() - begun
    return Window(seconds, server.cpu() - cpu, hub.busy() - own, len(latencies), latencies)


def room(hub: Hub, place: Place, server: Server, members: Sequence[Speaker], senders: int, in_flight: int) -> Window:
    """P4: deliveries in a room. The next message of a sender is said when everybody has one of his."""
    heard = 0
    left: dict[int, tuple[Speaker, int]] = {}
    going = True

    def say(sender: Speaker) -> None:
        number = next(place.numbers)
        left[number] = sender, len(members) - 1
        sender.say(number)

    def delivered(number: int) -> None:
        nonlocal heard
        heard += 1
        sender, missing = left[number]
        if missing > 1:
            left[number] = sender, missing - 1
            return
        del left[number]
        if going:
            say(sender)

    for member in members:
        member.delivered = delivered
    for _ in range(in_flight):
        for sender in members[:senders]:
            say(sender)
    window = measured(hub, place, server, lambda: heard)
    going = False
    hub.run(0.2)
    return window


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of them do not exceed. Raises ValueError if there are none: then it
    was not measured."""
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
