"""The daemon is restarted by whoever looks after it."""

from support.stage import Stage, play


@play()
async def test_drained_and_back(stage: Stage) -> None:
    """Everybody is told when to come back, and comes back; nothing is lost in between. [H11] [C10] [C11]"""
    maya, ben = await stage.coached_pair()
    await maya.phone.says("Before the update")
    await ben.phone.sees("Before the update")

    await stage.daemon_drained()
    for device in (maya.phone, ben.phone):
        await device.is_told("draining")
    await maya.phone.says("During the update")
    await stage.daemon_starts()

    await ben.phone.sees("Before the update", "During the update", from_=maya)
    await ben.phone.says("Back again")
    await maya.phone.sees("Back again")
