"""What devices do and suffer in a story. How to add to it: see `deed`."""

import random
from typing import Final

import trio
from support.deed import Deeds, Step
from support.simulated_device import SimulatedDevice
from support.universe import Universe

DEEDS: Final = Deeds()
MOST_POSTS: Final = 14
"""In one burst: some more than the limit lets through at once."""
LONG: Final = "🏃" * 4_000
"""16,000 bytes of the 20,000 that a message may have."""
SEND_SECONDS: Final = 0.1
"""From the key that is pressed to the daemon's ear, mostly."""
DAY_MS: Final = 24 * 60 * 60 * 1000


def partner(world: Universe, device: SimulatedDevice, step: Step) -> str:
    """Whom this step is about."""
    partners = world.partners(device.person)
    return partners[step.choice % len(partners)]


def quarter_of_a_day(chance: random.Random) -> int:
    """Milliseconds, back or forth."""
    return chance.randint(-DAY_MS // 4, DAY_MS // 4)


def some_posts(chance: random.Random) -> int:
    """How many are written in one breath."""
    return chance.randint(2, MOST_POSTS)


def many_posts(chance: random.Random) -> int:
    """Mostly more than may wait for a slow reader."""
    return chance.randint(5, MOST_POSTS)


# -- what people do ----------------------------------------------------------------------------------------


@DEEDS.device("posts", weight=45)
async def posts(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    device.post(partner(world, device, step), f"{world.trace.steps} from {device.name}")
    return device.up


@DEEDS.device("posts in a burst", weight=4, amount=some_posts)
async def posts_in_a_burst(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    for one in range(step.amount):
        device.post(partner(world, device, step), f"{world.trace.steps}.{one} from {device.name}")
    return device.up


@DEEDS.device("posts at length", weight=5, amount=many_posts)
async def posts_at_length(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    for one in range(step.amount):
        device.post(partner(world, device, step), f"{world.trace.steps}.{one} from {device.name} {LONG}")
    return device.up


@DEEDS.device("reads", weight=16)
async def reads(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    device.read(partner(world, device, step))
    return device.up


@DEEDS.device("types", weight=3)
async def types(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    device.type(partner(world, device, step))
    return device.up


@DEEDS.device("views", weight=3)
async def views(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    device.view(partner(world, device, step))
    return device.up


@DEEDS.device("looks away", weight=2)
async def looks_away(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    device.view(None)
    return device.up


@DEEDS.device("opens a conversation", weight=6)
async def opens(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    device.open(partner(world, device, step))
    return device.up


@DEEDS.device("changes its person's name", weight=4)
async def changes_the_name(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    device.rename(f"{device.person.title()} the {step.choice % 1000}th")
    return device.up


@DEEDS.device("signs in", weight=4)
async def signs_in(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    out = device.out
    device.sign_in()
    return out


@DEEDS.device("signs out", weight=2, remedy=signs_in)
async def signs_out(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    known = device.up and not device.out
    device.sign_out()
    return known


@DEEDS.device("revokes the other device", weight=8)
async def revokes(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    (other,) = [other for other in world.devices_of(device.person) if other is not device]
    device.revoke(other)
    return device.up and not device.out


# -- what happens to their wires ---------------------------------------------------------------------------


@DEEDS.device("is cut", weight=9)
async def is_cut(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    wire = device.wire()
    if wire is not None:
        wire.cut()
    return wire is not None


@DEEDS.device("is cut in the middle of a send", weight=8)
async def is_cut_in_a_send(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    """The words were heard, and the disk is so slow that they may be said again before they are kept."""
    wire, slow = device.wire(), world.daemon.slow
    world.daemon.slow = True
    device.post(partner(world, device, step), f"{world.trace.steps} from {device.name}")
    await trio.sleep(SEND_SECONDS)
    world.daemon.slow = slow
    if wire is not None:
        wire.cut()
    return wire is not None and device.up


@DEEDS.device("hears nothing", weight=4)
async def hears_nothing(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    wire = device.wire()
    if wire is not None:
        wire.half_open(up=False)
    return wire is not None


@DEEDS.device("is not heard", weight=4)
async def is_not_heard(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    wire = device.wire()
    if wire is not None:
        wire.half_open(down=False)
    return wire is not None


@DEEDS.device("hangs", weight=4)
async def hangs(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    wire = device.wire()
    if wire is not None:
        wire.half_open()
    return wire is not None


@DEEDS.device("reads on")
async def reads_on(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    for wire in world.network.wires_of(device.name):
        wire.stall(False)
    return True


@DEEDS.device("stops reading", weight=7, remedy=reads_on)
async def stops_reading(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    wire = device.wire()
    if wire is not None:
        wire.stall(True)
    return wire is not None


@DEEDS.device("falls behind", weight=3, amount=many_posts, remedy=reads_on)
async def falls_behind(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    """It stops reading while it is told at length."""
    other = partner(world, device, step)
    (speaker, *_) = world.devices_of(other)
    for one in range(step.amount):
        speaker.post(device.person, f"{world.trace.steps}.{one} from {speaker.name} {LONG}")
    return await stops_reading.act(world, step) and speaker.up


@DEEDS.device("comes online", weight=2)
async def comes_online(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    world.network.restore(device.name)
    device.wake()
    return device.up


@DEEDS.device("goes offline", weight=6, remedy=comes_online)
async def goes_offline(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    world.network.isolate(device.name)
    return True


@DEEDS.device("is unplugged", weight=3, remedy=comes_online)
async def is_unplugged(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    world.network.unplug(device.name)
    return True


# -- what happens to them ----------------------------------------------------------------------------------


@DEEDS.device("starts")
async def starts(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    down = not device.up
    if down:
        await device.start()
    return down


@DEEDS.device("is killed", weight=5, remedy=starts)
async def is_killed(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    up = device.up
    if up:
        await device.kill()
    return up


@DEEDS.device("has room again")
async def has_room(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    device.full = False
    return True


@DEEDS.device("has a full disk", weight=2, remedy=has_room)
async def has_a_full_disk(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    device.full = True
    return True


@DEEDS.device("has its clock set", weight=2, amount=quarter_of_a_day)
async def has_its_clock_set(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    device.clock.jump(step.amount)
    return True
