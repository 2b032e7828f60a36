"""What the daemon suffers in a story. How to add to it: see `deed`."""

import random
from typing import Final

from support.deed import Deeds, Step
from support.device_deeds import DAY_MS
from support.universe import Universe

DEEDS: Final = Deeds()


def days(chance: random.Random) -> int:
    """Milliseconds, an hour back to ten days forth: more than a token is left unchanged."""
    return chance.randint(-DAY_MS // 24, DAY_MS // 24) if chance.random() < 0.7 else 10 * DAY_MS


@DEEDS.daemon("starts")
async def daemon_starts(world: Universe, step: Step) -> bool:
    down = not world.daemon.up and not world.daemon.full
    if down:
        await world.daemon.start()
    return down


@DEEDS.daemon("crashes", weight=4, remedy=daemon_starts)
async def crashes(world: Universe, step: Step) -> bool:
    up = world.daemon.up
    if up:
        await world.daemon.crash()
    return up


@DEEDS.daemon("loses power", weight=2, remedy=daemon_starts)
async def loses_power(world: Universe, step: Step) -> bool:
    up = world.daemon.up
    if up:
        await world.daemon.crash(power=True)
    return up


@DEEDS.daemon("drains", weight=2, remedy=daemon_starts)
async def drains(world: Universe, step: Step) -> bool:
    up = world.daemon.up
    if up:
        await world.daemon.stop()
    return up


@DEEDS.daemon("is backed up", weight=6)
async def is_backed_up(world: Universe, step: Step) -> bool:
    up = world.daemon.up
    if up:
        world.daemon.back_up()
    return up


@DEEDS.daemon("is restored", weight=4, remedy=daemon_starts)
async def is_restored(world: Universe, step: Step) -> bool:
    if world.daemon.backup is None:
        return False
    if world.daemon.up:
        await world.daemon.crash()
    await world.restore()
    return True


@DEEDS.daemon("has room again")
async def daemon_has_room(world: Universe, step: Step) -> bool:
    world.daemon.full = False
    return await daemon_starts.act(world, step)


@DEEDS.daemon("has a full disk", weight=3, remedy=daemon_has_room)
async def daemon_has_a_full_disk(world: Universe, step: Step) -> bool:
    world.daemon.full = True
    return True


@DEEDS.daemon("has a fast disk again")
async def daemon_has_a_fast_disk(world: Universe, step: Step) -> bool:
    world.daemon.slow = False
    return True


@DEEDS.daemon("has a slow disk", weight=10, remedy=daemon_has_a_fast_disk)
async def daemon_has_a_slow_disk(world: Universe, step: Step) -> bool:
    world.daemon.slow = True
    return True


@DEEDS.daemon("has its clock set", weight=2, amount=days)
async def daemon_has_its_clock_set(world: Universe, step: Step) -> bool:
    world.clock.jump(step.amount)
    return True
