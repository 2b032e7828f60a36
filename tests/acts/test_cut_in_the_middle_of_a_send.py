"""A connection that breaks between two bytes of a message."""

from support.stage import Stage, play

STORY = " ".join(["We ran up the hill and down again."] * 20)


@play()
async def test_cut_in_the_middle_of_a_send(stage: Stage) -> None:
    """Half a frame is nothing; the message is said again on the next connection, before what follows it. [H2] [M8]"""
    maya, ben = await stage.coached_pair()
    before = ben.phone.road.connections
    ben.phone.road.break_off(after=300)
    await ben.phone.says(STORY, "That was it")

    await maya.phone.sees(STORY, "That was it", from_=ben)
    assert ben.phone.road.break_at is None
    assert ben.phone.road.connections > before
