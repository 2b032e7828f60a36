"""P9: twice as much is offered as there is room for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from statistics import median

from bench.loads import Window, closed_loop, percentile
from bench.messages import bound
from bench.processes import Server
from bench.speakers import Ours, Speaker, nobody
from bench.subjects import Place, Two, coachlined
from bench.table import Row
from bench.wire import Hub

TIMES_CAPACITY = 2
SATURATING = 5
"""Messages of a pair in flight with which capacity is found: as many as are never refused."""
MEMORY_FLAT = 1.2
"""More growth than this is growth."""


def overload_rows(place: Place) -> Iterator[Row]:
    """P9."""
    with coachlined(place) as house, Hub() as hub:
        pairs = house.pairs(hub)
        capacity = closed_loop(hub, place, house.server, pairs, SATURATING).per_second
        before = house.server.memory()
        rounds = [
            Flood(hub, place, pairs).offer(house.server, TIMES_CAPACITY * max(capacity, 1)) for _ in range(place.rounds)
        ]
        grown = house.server.memory() / before
    took = median(percentile(window.latencies, 0.99) * 1000 for window, _ in rounds)
    refused = median(share for _, share in rounds)
    windows = [window for window, _ in rounds]
    figure = f"admitted at {TIMES_CAPACITY} × capacity ({capacity:,.0f}/s), {refused:.0%} refused, p99"
    yield Row("P9", figure, took, "ms", target="≤ 50 ms", met=took <= 50, note=bound(windows))
    yield Row("P9", "the same, memory after to before", grown, "×", target="flat", met=grown <= MEMORY_FLAT)


class Flood:
    """An open loop that goes on whatever it is answered.

    Each arrival says something: a new message or, where one of its conversation was refused, that one again, as the
    protocol asks (M6). Latency is counted from when the arrival was due to the recipient's socket, for those admitted.
    """

    def __init__(self, hub: Hub, place: Place, pairs: list[Two]) -> None:
        self._hub = hub
        self._place = place
        self._pairs = pairs
        self._due: dict[int, float] = {}
        self._refused: dict[Speaker, list[int]] = {}
        self.latencies: list[float] = []
        self.refusals = 0
        self.offered = 0
        for sender, recipient in pairs:
            waiting = self._refused[sender] = []
            sender.done = nobody
            sender.refused = partial(self._was_refused, waiting)
            recipient.delivered = self._arrived

    def offer(self, server: Server, per_second: float) -> tuple[Window, float]:
        """What was seen, and the share that was refused."""
        every = 1 / per_second
        self._hub.at_times(time.perf_counter(), every, round(self._place.warm_seconds * per_second), self._arrive)
        self.latencies.clear()
        self.refusals = self.offered = 0
        begun, cpu, own = time.perf_counter(), server.cpu(), self._hub.busy()
        self._hub.at_times(begun, every, max(round(self._place.seconds * per_second), 1), self._arrive)
        seconds, used, mine = time.perf_counter() - begun, server.cpu() - cpu, self._hub.busy() - own
        self._hub.until(lambda: bool(self.latencies), "one was admitted and delivered")  # at once, but for a short look
        share = self.refusals / max(self.offered, 1)
        window = Window(seconds, used, mine, len(self.latencies), self.latencies)
        self._hub.run(1)
        return window, share

    def _arrive(self, n: int, due: float) -> None:
        sender = self._pairs[n % len(self._pairs)][0]
        if isinstance(sender, Ours) and sender.full:
            # As many wait as may: it is kept at the client, which is as good as refused.
            self.refusals += 1
            self.offered += 1
            return
        waiting = self._refused[sender]
        number = waiting.pop(0) if waiting else next(self._place.numbers)
        self._due[number] = due
        self.offered += 1
        sender.say(number)

    def _was_refused(self, waiting: list[int], number: int, _: str) -> None:
        self.refusals += 1
        waiting.append(number)

    def _arrived(self, number: int) -> None:
        self.latencies.append(time.perf_counter() - self._due.pop(number))
