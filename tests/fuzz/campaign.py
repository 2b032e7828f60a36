"""Attack a real daemon with generated frames and floods, while honest people talk through it and are watched."""

import random
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trio
from coachline_protocol.codes import CloseCode
from crash.campaign import PLENTY, Campaign
from fuzz.floods import FLOODS
from fuzz.intruder import conduct, intruder
from fuzz.neighbours import MIB, Neighbours
from fuzz.strategies import Attack, attacks
from hypothesis import HealthCheck, Phase, given, seed, settings
from support.process import Serving, serving

EXAMPLES = 200
"""Attacks of one round."""
FLOOD_SECONDS = 12.0
MOST_GROWTH = 64 * MIB
"""What the daemon may take more than at the beginning."""
MOST_WAIT_SECONDS = 5.0
"""A message of an honest person may take, on a busy machine."""
NEVER = (CloseCode.INTERNAL_ERROR, 1011)
"""Close codes that tell of a defect of ours."""

Say = Callable[[str], None]


@dataclass
class Scene:
    """The daemon, its neighbours, and somebody who has an account and means ill."""

    daemon: Serving
    neighbours: Neighbours
    token: bytes
    known: tuple[bytes, ...]
    closes: Counter[str] = field(default_factory=Counter)
    attacks: int = 0
    _read: int = 0

    def troubles(self) -> list[str]:
        """What was logged as an error since it was last asked, what honest people suffered, what memory it took."""
        with self.daemon.log.open(encoding="utf-8") as log:
            log.seek(self._read)
            lines = log.readlines()
            self._read = log.tell()
        found = [
            line.strip()
            for line in lines
            if '"level": "error"' in line or '"level":"error"' in line or "Traceback" in line
        ]
        watch = self.neighbours.watch
        found += watch.troubles
        if max(watch.latencies, default=0) > MOST_WAIT_SECONDS:
            found.append(f"a message took {max(watch.latencies):.1f} s")
        if max(watch.rss) - watch.rss[0] > MOST_GROWTH:
            found.append(f"memory grew from {watch.rss[0] / MIB:.0f} to {max(watch.rss) / MIB:.0f} MiB")
        if self.daemon.process.poll() is not None:
            found.append(f"the daemon ended with {self.daemon.process.returncode}")
        return found

    async def attack(self, attack: Attack) -> None:
        """Conduct it. Raises AssertionError with whatever it brought to light."""
        async with intruder(self.daemon.port) as one:
            await conduct(attack, one, self.token)
        code = one.close_code
        self.attacks += 1
        self.closes[str(code) if code else "open"] += 1
        assert code not in NEVER, code
        found = self.troubles()
        assert not found, found


@asynccontextmanager
async def scene(folder: Path, number: int) -> AsyncIterator[Scene]:
    """A daemon with people in it."""
    world = Campaign(folder, random.Random(number))
    await world.begin()
    maya, _, tom, zoe, ann = world.devices
    async with serving(world.data, **PLENTY) as daemon, trio.open_nursery() as nursery:
        neighbours = Neighbours(daemon, maya, tom, ann)
        neighbours.fresh()
        await nursery.start(neighbours.talk)
        nursery.start_soon(neighbours.come_and_go)
        known = (*zoe.conversations, *tom.conversations, maya.person, tom.person, zoe.person, zoe.id)
        yield Scene(daemon, neighbours, zoe.token, known)
        nursery.cancel_scope.cancel()


async def generated(here: Scene, number: int, seconds: float, say: Say) -> None:
    """Rounds of attacks until the time is over. Raises AssertionError after shrinking what was found."""
    until = trio.current_time() + seconds
    watch = here.neighbours.fresh()
    rounds = 0
    while trio.current_time() < until:
        await trio.to_thread.run_sync(_round, here, number + rounds)
        rounds += 1
    say(f"  {here.attacks} attacks in {rounds} rounds, seeds {number} to {number + rounds - 1}")
    say(f"  ended with: {', '.join(f'{count} × {code}' for code, count in here.closes.most_common())}")
    say(f"  {watch.line()}")


def _round(here: Scene, number: int) -> None:
    @seed(number)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(attacks(here.known))
    def attacked(attack: Attack) -> None:
        trio.from_thread.run(here.attack, attack)

    attacked()


async def flooded(here: Scene, seconds: float, say: Say) -> list[str]:
    """Every flood for so long, and what came of it."""
    found: list[str] = []
    for name, flood in FLOODS.items():
        watch = here.neighbours.fresh()
        with trio.move_on_after(seconds):
            await flood(here.daemon.port)
        await trio.sleep(1)
        here.neighbours.measure()
        say(f"  {name}: {watch.line()}")
        found += [f"{name}: {trouble}" for trouble in here.troubles()]
    return found


async def run(number: int, seconds: float, say: Say) -> bool:
    """Floods, then generated attacks for the rest of the time; whether nothing was found."""
    with tempfile.TemporaryDirectory() as folder:
        async with scene(Path(folder), number) as here:
            each = min(FLOOD_SECONDS, seconds / (2 * len(FLOODS)))
            say(f"floods, {each:.0f} s each:")
            found = await flooded(here, each, say)
            say(f"generated, {seconds / 2:.0f} s or more:")
            await generated(here, number, max(seconds - each * len(FLOODS), seconds / 2), say)
    for trouble in found:
        say(f"  {trouble[:400]}")
    return not found
