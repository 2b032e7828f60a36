"""P5, P6, P10: what a connection weighs, how fast a thousand come back, what coming and going costs the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.loads import percentile, room
from bench.messages import middle
from bench.people import Person, Population
from bench.processes import Server
from bench.speakers import Ours, Relayed, Speaker
from bench.subjects import Place, all_ready, coachlined, daemon, relay
from bench.table import Row
from bench.wire import Hub

SETTLED = 100
"""Connections before memory is read for the first time: what the first ones bring is not theirs."""
AT_A_TIME = 50
WATCHERS = 50
RESTING_SECONDS = 0.1
RESTING_SHARE = 0.05
"""Of a core: a server that takes no more is at rest."""

Connect = Callable[[Hub, int], Speaker]


def memory_rows(place: Place) -> Iterator[Row]:
    """P5."""
    with relay(place) as bare:
        theirs = _weight(place, bare.server, lambda hub, n: Relayed(hub, bare.server.address, f"idle{n}"))
    with TemporaryDirectory(dir=place.folder) as folder:
        people, data = _crowd(Path(folder), place.crowd + SETTLED)
        with daemon(data) as server:
            ours = _weight(place, server, lambda hub, n: Ours(hub, server.address, people[n].token, people[n].id))
    yield Row(
        "P5",
        "memory of a signed-in idle connection",
        ours / 1024,
        "KiB",
        "bare relay",
        theirs / 1024,
        "≤ 1.5 ×",
        ours <= 1.5 * theirs,
    )


def resume_rows(place: Place) -> Iterator[Row]:
    """P6: everybody connects at the same moment and says hello with a token."""
    rates: list[float] = []
    slowest: list[float] = []
    bare_rates: list[float] = []
    with TemporaryDirectory(dir=place.folder) as folder:
        people, data = _crowd(Path(folder), place.crowd)
        with relay(place) as bare, daemon(data) as server:
            for _ in range(place.rounds):
                took = _storm(place, lambda hub, n: Relayed(hub, bare.server.address, f"storm{n}"))
                _at_rest(bare.server)
                bare_rates.append(len(took) / max(took))
                took = _storm(place, lambda hub, n: Ours(hub, server.address, people[n].token, people[n].id))
                _at_rest(server)
                rates.append(len(took) / max(took))
                slowest.append(percentile(took, 0.99))
    yield Row(
        "P6",
        f"token resumes, {place.crowd} at once",
        median(rates),
        "/s",
        "bare relay",
        median(bare_rates),
        "≥ 1,000/s",
        median(rates) >= 1000,
    )
    yield Row("P6", "the same, until welcome, p99", median(slowest), "s", target="< 1 s", met=median(slowest) < 1)


def presence_rows(place: Place) -> Iterator[Row]:
    """P10: a change of presence is what a visit costs more with watchers than without.

    A change comes alone, so it is compared with a message that comes alone.
    """
    with coachlined(place) as house, Hub() as hub:
        members = house.room(hub)
        windows = [room(hub, place, house.server, members, 1, 1) for _ in range(place.rounds)]
    delivery = middle(windows, lambda w: w.cpu_each * 1e6)
    with TemporaryDirectory(dir=place.folder) as folder:
        population = Population(Path(folder) / "data")
        watched, alone, *watchers = population.people(WATCHERS + 2)
        population.relate(watched, watchers)
        population.write()
        with daemon(population.folder.path) as server:
            each = (
                median(_told(server, place.repeats // 10, watched, alone, watchers) for _ in range(place.rounds)) * 1e6
            )
    yield Row(
        "P10",
        f"presence told to one of {WATCHERS} watchers",
        each,
        "µs",
        "our delivery in a room, one message at a time",
        delivery,
        "≤ 1.2 ×",
        each <= 1.2 * delivery,
    )


def _told(server: Server, visits: int, watched: Person, alone: Person, watchers: Sequence[Person]) -> float:
    """CPU seconds for each watcher and change."""
    heard = 0

    def hear() -> None:
        nonlocal heard
        heard += 1

    with Hub() as hub:
        there = [Ours(hub, server.address, person.token, person.id) for person in watchers]
        all_ready(hub, there)
        for one in there:
            one.presence = hear
        hub.run(0.3)
        plain = _visits(hub, server, visits, alone, lambda _: True)
        begun = heard
        costly = _visits(hub, server, visits, watched, lambda visit: heard - begun >= (2 * visit + 2) * len(watchers))
    return (costly - plain) / (heard - begun)


def _visits(hub: Hub, server: Server, visits: int, person: Person, told: Callable[[int], bool]) -> float:
    """CPU seconds of coming and going many times, one after the other; `told`: everybody has heard of this visit."""
    cpu = server.cpu()
    for visit in range(visits):
        speaker = Ours(hub, server.address, person.token, person.id)
        all_ready(hub, [speaker])
        speaker.wire.close()
        hub.until(partial(told, visit), "the watchers told")
    hub.run(0.2)
    return server.cpu() - cpu


def _crowd(folder: Path, count: int) -> tuple[list[Person], Path]:
    """So many people, and their data folder."""
    population = Population(folder / "data")
    people = population.people(count)
    population.write()
    return people, population.folder.path


def _weight(place: Place, server: Server, connect: Connect) -> float:
    """Bytes that a connection adds, once the first ones are there."""
    with Hub() as hub:
        _connected(hub, range(SETTLED), connect)
        before = server.memory()
        _connected(hub, range(SETTLED, SETTLED + place.crowd), connect)
        return (server.memory() - before) / place.crowd


def _connected(hub: Hub, numbers: range, connect: Connect) -> None:
    for start in numbers[::AT_A_TIME]:
        some = [connect(hub, n) for n in range(start, min(start + AT_A_TIME, numbers.stop))]
        all_ready(hub, some)
    hub.run(0.5)


def _at_rest(server: Server) -> None:
    """Until those who left are done with: both servers share a core, and their going is not the next ones' coming."""
    before, now = -1.0, server.cpu()
    while now - before > RESTING_SHARE * RESTING_SECONDS:
        time.sleep(RESTING_SECONDS)
        before, now = now, server.cpu()


def _storm(place: Place, connect: Connect) -> list[float]:
    """Seconds from the moment everybody begins until each is in."""
    took: list[float] = []
    with Hub() as hub:
        begun = time.perf_counter()
        waiting = [connect(hub, n) for n in range(place.crowd)]
        while waiting:
            hub.turn(0.001)
            now = time.perf_counter() - begun
            still = [one for one in waiting if not one.ready]
            took += [now] * (len(waiting) - len(still))
            waiting = still
    return took
