"""P1 to P4: what a message costs, how many there are, how long one takes, and what a room costs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from statistics import median

from bench.loads import Window, closed_loop, open_loop, percentile, room
from bench.subjects import Place, Subject, Two, coachlined, python_socketio, relay
from bench.table import Row
from bench.wire import Hub

OPEN_LOOP_PER_SECOND = 200
ROOM_SENDERS = 10
IN_FLIGHT_IN_ROOM = 2
SYNCS = 1_000
SYNC_EVERY_SECONDS = 0.002


def message_rows(place: Place) -> Iterator[Row]:
    """P1 and P2, from the same load."""

    def load(hub: Hub, subject: Subject, pairs: list[Two]) -> Window:
        return closed_loop(hub, place, subject.server, pairs)

    windows = alternately(place, load, ALL)
    ours, theirs, bare = windows["coachlined"], windows["python-socketio"], windows["relay"]
    cpu, bare_cpu = (middle(them, lambda w: w.cpu_each * 1e6) for them in (ours, bare))
    met, note = cpu <= 1.6 * bare_cpu, bound(ours + bare)
    yield Row("P1", "server CPU for a message", cpu, "µs", "bare relay", bare_cpu, "≤ 1.6 ×", met, note)
    rate, their_rate = (middle(them, lambda w: w.per_second) for them in (ours, theirs))
    met, note = rate >= 10 * their_rate, bound(ours + theirs)
    yield Row("P2", "messages on one core", rate, "/s", "python-socketio", their_rate, "≥ 10 ×", met, note)


def latency_rows(place: Place) -> Iterator[Row]:
    """P3."""

    def load(hub: Hub, subject: Subject, pairs: list[Two]) -> Window:
        return open_loop(hub, place, subject.server, pairs, OPEN_LOOP_PER_SECOND)

    windows = alternately(place, load, WITHOUT_SOCKETIO)
    ours, bare = windows["coachlined"], windows["relay"]
    figure, took_syncs = f"latency at {OPEN_LOOP_PER_SECOND} messages/s", syncs(place)
    sync, slow_sync = (percentile(took_syncs, share) * 1000 for share in (0.5, 0.99))
    took, theirs = (middle(them, lambda w: percentile(w.latencies, 0.5) * 1000) for them in (ours, bare))
    yield Row("P3", f"{figure}, p50", took, "ms", "bare relay", theirs)
    took, theirs = (middle(them, lambda w: percentile(w.latencies, 0.99) * 1000) for them in (ours, bare))
    target, met = f"≤ 3 × + one fsync ({sync:.2g} ms; p99 {slow_sync:.2g})", took <= 3 * theirs + sync
    yield Row("P3", f"{figure}, p99", took, "ms", "bare relay", theirs, target, met, bound(ours + bare))


def room_rows(place: Place) -> Iterator[Row]:
    """P4."""
    ours: list[Window] = []
    bare: list[Window] = []
    with relay(place) as one, coachlined(place) as other, Hub() as hub:
        rooms = [(subject, subject.room(hub), windows) for subject, windows in ((one, bare), (other, ours))]
        for _ in range(place.rounds):
            for subject, members, windows in rooms:
                windows.append(room(hub, place, subject.server, members, ROOM_SENDERS, IN_FLIGHT_IN_ROOM))
    rate, bare_rate = (middle(them, lambda w: w.per_second) for them in (ours, bare))
    figure, met = f"deliveries in a room of {place.members}, no receipts", rate >= 3 * bare_rate
    yield Row("P4", figure, rate, "/s", "bare relay", bare_rate, "≥ 3 ×", met, bound(ours + bare))


Load = Callable[[Hub, Subject, list[Two]], Window]
Maker = Callable[[Place], AbstractContextManager[Subject]]

WITHOUT_SOCKETIO: tuple[Maker, ...] = (relay, coachlined)
ALL: tuple[Maker, ...] = (relay, coachlined, python_socketio)


def alternately(place: Place, load: Load, makers: Sequence[Maker]) -> dict[str, list[Window]]:
    """Put the same load on each server in turn, round after round: what disturbs the machine disturbs them all."""
    windows: dict[str, list[Window]] = {}
    with ExitStack() as ending:
        hub = ending.enter_context(Hub())
        subjects = [ending.enter_context(make(place)) for make in makers]
        pairs = [subject.pairs(hub) for subject in subjects]
        for _ in range(place.rounds):
            for subject, people in zip(subjects, pairs, strict=True):
                windows.setdefault(subject.name, []).append(load(hub, subject, people))
    return windows


def middle(windows: list[Window], figure: Callable[[Window], float]) -> float:
    """The median of the rounds."""
    return median(map(figure, windows))


def bound(windows: list[Window]) -> str:
    """A row's note where the load generator was too busy to be sure that the server was measured."""
    return "client-bound" if any(window.client_bound for window in windows) else ""


def syncs(place: Place) -> list[float]:
    """Seconds that writing and syncing 4 KiB takes, on the disk the databases lie on: many times, a while apart."""
    took = []
    with (place.folder / "sync").open("wb") as file:
        for _ in range(SYNCS):
            time.sleep(SYNC_EVERY_SECONDS)
            file.write(bytes(4096))
            file.flush()
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - begun)
    return took
