"""Random stories of a universe: lists of steps that a seed decides before anything happens, and their playing.

A story is plain data and no step depends on another one having been played: what makes no sense where a device or
the daemon stands is passed over. So a story that fails can be made shorter by leaving steps out.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import trio
from support.universe import DEVICES, Universe


@dataclass(frozen=True, slots=True)
class Step:
    """After `after` virtual seconds `deed` is done to or by `who`; `amount` is for deeds that need one."""

    after: float
    deed: str
    who: str
    amount: int = 0

    def __str__(self) -> str:
        return f"{self.after:9.3f} {self.who} {self.deed}" + (f" {self.amount}" if self.amount else "")


WEIGHTS = {
    "posts": 45,
    "bursts": 4,
    "reads": 16,
    "types": 3,
    "views": 3,
    "looks away": 2,
    "is cut": 9,
    "hears nothing": 4,
    "is not heard": 4,
    "hangs": 4,
    "goes offline": 6,
    "is unplugged": 3,
    "is killed": 5,
    "has its clock set": 2,
}
"""What devices do and suffer, by how often."""
DAEMON_WEIGHTS = {"crashes": 4, "loses power": 2, "drains": 2}
DAEMON_SHARE = 0.06
"""Of all steps."""
REMEDIES = {
    "goes offline": "comes online",
    "is unplugged": "comes online",
    "is killed": "starts",
    "crashes": "starts",
    "loses power": "starts",
    "drains": "starts",
}
"""What ends a trouble, some steps later."""
LONGEST_TROUBLE = 8
"""Steps until then."""
MOST_POSTS = 14
"""In one burst: some more than the limit lets through at once."""
DAY_MS = 24 * 60 * 60 * 1000


def write_story(chance: random.Random, length: int) -> list[Step]:
    """A story of `length` steps: mostly hectic, with pauses of up to minutes, and now and then of hours."""
    story: list[Step] = []
    remedies: dict[int, Step] = {}
    while len(story) < length:
        step = remedies.pop(len(story), None) or _step(chance)
        remedy = REMEDIES.get(step.deed)
        if remedy is not None:
            remedies[len(story) + chance.randint(1, LONGEST_TROUBLE)] = Step(_pause(chance), remedy, step.who)
        story.append(step)
    return story


def _pause(chance: random.Random) -> float:
    longest = chance.choices((0.3, 5.0, 60.0, 7200.0), (60, 30, 9, 1))[0]
    return round(chance.uniform(0, longest), 3)


def _step(chance: random.Random) -> Step:
    after = _pause(chance)
    if chance.random() < DAEMON_SHARE:
        deed = chance.choices(list(DAEMON_WEIGHTS), list(DAEMON_WEIGHTS.values()))[0]
        return Step(after, deed, "daemon")
    deed = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    amount = 0
    if deed == "bursts":
        amount = chance.randint(2, MOST_POSTS)
    elif deed == "has its clock set":
        amount = chance.randint(-DAY_MS // 4, DAY_MS // 4)
    return Step(after, deed, chance.choice(DEVICES), amount)


async def play(world: Universe, story: Iterable[Step]) -> None:
    """All of it, in order."""
    for number, step in enumerate(story):
        await trio.sleep(step.after)
        world.trace.note("story", f"{number}: {step.who} {step.deed} {step.amount or ''}".rstrip())
        if step.who == "daemon":
            await _daemon(world, step.deed)
        else:
            await _device(world, step, number)


async def _daemon(world: Universe, deed: str) -> None:
    daemon = world.daemon
    match deed:
        case "starts" if not daemon.up:
            await daemon.start()
        case "crashes" if daemon.up:
            await daemon.crash()
        case "loses power" if daemon.up:
            await daemon.crash(power=True)
        case "drains" if daemon.up:
            await daemon.stop()


async def _device(world: Universe, step: Step, number: int) -> None:
    name, device, network = step.who, world.device(step.who), world.network
    wire = device.wire()
    match step.deed:
        case "posts":
            device.post(f"{number} from {name}")
        case "bursts":
            for one in range(step.amount):
                device.post(f"{number}.{one} from {name}")
        case "reads":
            device.read()
        case "types":
            device.type()
        case "views" | "looks away":
            device.view(step.deed == "views")
        case "is cut" if wire is not None:
            wire.cut()
        case "hears nothing" if wire is not None:
            wire.half_open(up=False)
        case "is not heard" if wire is not None:
            wire.half_open(down=False)
        case "hangs" if wire is not None:
            wire.half_open()
        case "goes offline":
            network.isolate(name)
        case "is unplugged":
            network.unplug(name)
        case "comes online":
            network.restore(name)
            device.wake()
        case "is killed":
            await device.kill()
        case "starts" if not device.up:
            await device.start()
        case "has its clock set":
            device.clock.jump(step.amount)


def shrink(story: list[Step], fails: Callable[[list[Step]], bool]) -> list[Step]:
    """A shorter story that still fails: steps left out, many at a time at first, then singly."""
    size = max(1, len(story) // 2)
    while True:
        start, shorter = 0, False
        while start < len(story):
            without = story[:start] + story[start + size :]
            if fails(without):
                story, shorter = without, True
            else:
                start += size
        if size == 1 and not shorter:
            return story
        size = size if shorter and size == 1 else max(1, size // 2)
