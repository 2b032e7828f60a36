"""One message from key press to being read."""

from support.stage import Stage, play


@play()
async def test_the_first_message(stage: Stage) -> None:
    """Sent, delivered when a device has stored it, read when a person has seen it. [H1] [H5] [R1] [R3] [R4]"""
    maya, ben = await stage.coached_pair()
    await maya.phone.says("How was the run?")
    await ben.phone.sees("How was the run?", from_=maya)
    await maya.phone.sees_state("How was the run?", "delivered")

    await ben.phone.session.view(ben.phone.talk)
    await ben.phone.says("One moment, my phone rings")
    await maya.phone.sees("One moment, my phone rings")
    assert maya.phone.items()[0].state == "delivered"
    assert ben.phone.badge() == 1

    await ben.phone.reads("How was the run?")
    await maya.phone.sees_state("How was the run?", "read")
    await ben.phone.says("Twelve easy kilometres")
    await maya.phone.sees("How was the run?", "Twelve easy kilometres")
