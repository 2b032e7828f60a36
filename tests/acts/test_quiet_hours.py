"""Long times in which nothing is said; hours pass in no time, so these are played in memory only."""

import trio
from support.stage import Stage, play

HOUR = 3600.0


@play(("memory",))
async def test_a_live_connection_never_expires(stage: Stage) -> None:
    """Three quiet hours: the connections of the beginning still carry. [C8]"""
    maya, ben = await stage.coached_pair()
    before = maya.phone.road.attempts, ben.phone.road.attempts
    await trio.sleep(3 * HOUR)
    await maya.phone.says("Asleep?")
    await ben.phone.sees("Asleep?")
    assert (maya.phone.road.attempts, ben.phone.road.attempts) == before


@play(("memory",))
async def test_reconnecting_is_never_given_up(stage: Stage) -> None:
    """Six hours without a network, nobody presses anything: connected within half a minute of its return. [C11]"""
    maya, ben = await stage.coached_pair()
    await maya.phone.loses_network()
    await trio.sleep(6 * HOUR)
    await ben.phone.says("Back from the mountains?")
    maya.phone.road.open()
    with trio.fail_after(31):
        await maya.phone.sees("Back from the mountains?", from_=ben)


@play(("memory",))
async def test_a_silent_death_is_noticed(stage: Stage) -> None:
    """The network swallows everything and tells nobody: both sides notice, and heal. [C8] [H6] [H4]"""
    maya, ben = await stage.coached_pair()
    await maya.phone.sees_present(ben, "online")
    await trio.sleep(60)  # nothing is being asked any more
    ben.phone.road.vanish()
    ben.phone.road.closed = True
    with trio.fail_after(31):
        await maya.phone.sees_present(ben, "offline")
    await ben.phone.waits_for_daemon()
    await maya.phone.says("Hello?")
    ben.phone.road.open()
    await ben.phone.sees("Hello?", from_=maya)
    await maya.phone.sees_present(ben, "online")
