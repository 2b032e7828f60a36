"""Random stories of a universe: lists of steps that a seed decides before anything happens, and their playing.

A story is plain data and no step depends on another one having been played: what makes no sense where a device or
the daemon stands is passed over. So a story that fails can be made shorter by leaving steps out.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import trio
from support import coaching_deeds, daemon_deeds, device_deeds
from support.deed import Deed, Step
from support.universe import DEVICES, Universe

DEVICE_DEEDS: Final = (*device_deeds.DEEDS, *coaching_deeds.DEEDS)
DAEMON_DEEDS: Final = tuple(daemon_deeds.DEEDS)
DAEMON_SHARE: Final = 0.1
"""Of all steps."""
LONGEST_TROUBLE: Final = 8
"""Steps until its remedy."""


def write_story(chance: random.Random, length: int) -> list[Step]:
    """A story of `length` steps: mostly hectic, with pauses of up to a minute, and now and then of half an hour."""
    story: list[Step] = []
    remedies: dict[int, Step] = {}
    while len(story) < length:
        step = remedies.pop(len(story), None) or _step(chance)
        if step.deed.remedy is not None:
            place = len(story) + chance.randint(1, LONGEST_TROUBLE)
            while place in remedies:
                place += 1
            remedies[place] = Step(_pause(chance), step.deed.remedy, step.who)
        story.append(step)
    return story


def _pause(chance: random.Random) -> float:
    longest = chance.choices((0.3, 5.0, 60.0, 1800.0), (60, 30, 9, 1))[0]
    return round(chance.uniform(0, longest), 3)


def _step(chance: random.Random) -> Step:
    after = _pause(chance)
    daemon = chance.random() < DAEMON_SHARE
    deed = _deed(chance, DAEMON_DEEDS if daemon else DEVICE_DEEDS)
    who = "daemon" if daemon else chance.choice(DEVICES)
    return Step(after, deed, who, chance.randrange(1_000), deed.amount(chance))


def _deed(chance: random.Random, deeds: Sequence[Deed]) -> Deed:
    return chance.choices(deeds, [deed.weight for deed in deeds])[0]


async def play(world: Universe, story: Iterable[Step]) -> Counter[str]:
    """All of it, in order. How often each deed was done and made sense."""
    done: Counter[str] = Counter()
    for step in story:
        await trio.sleep(step.after)
        world.trace.step(str(step))
        if await step.deed.act(world, step):
            done[step.deed.words] += 1
    return done


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
