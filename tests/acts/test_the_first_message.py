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
    assert [item.state for item in maya.phone.items()] == ["delivered"]

    await ben.phone.reads("How was the run?")
    await maya.phone.sees_state("How was the run?", "read")
    await ben.phone.says("Twelve easy kilometres")
    await maya.phone.sees("How was the run?", "Twelve easy kilometres")
