"""More than one device: each comes to show the same."""

from support.stage import Stage, play

A_LONG_TALK = 230
"""More than a snapshot and one page of history hold."""
A_MONTH = 520
"""More revisions than `changes` are asked for: the device takes a snapshot and fills in what is between."""


@play()
async def test_second_device_from_nothing(stage: Stage) -> None:
    """A new laptop gets all that was ever said, and what it reads is read on the phone. [H4] [S7] [S8] [R1]"""
    maya, ben = await stage.coached_pair()
    texts = [f"Week {n}" for n in range(A_LONG_TALK)]
    await maya.recites(texts)
    await ben.phone.sees(texts[-1])
    await ben.phone.badge_shows(A_LONG_TALK)

    await ben.signs_in_on("laptop")
    await ben.laptop.badge_shows(A_LONG_TALK)
    await ben.laptop.sees(texts[-1], from_=maya)
    await ben.laptop.reads(texts[-1])
    await ben.phone.badge_shows(0)
    await maya.phone.sees_state(texts[-1], "read")


@play()
async def test_second_device_a_month_behind(stage: Stage) -> None:
    """A laptop closed for a month shows the whole month, and lost nothing of before. [H4] [S6] [S7]"""
    maya, ben = await stage.coached_pair()
    await ben.signs_in_on("laptop")
    await maya.phone.says("See you in a month")
    await ben.laptop.sees("See you in a month")
    await ben.laptop.closes()

    month = [f"Day {n // 20}, set {n % 20}" for n in range(A_MONTH)]
    await maya.recites(month)
    await ben.phone.sees(month[-1])

    await ben.laptop.opens()
    assert ben.laptop.texts() == ["See you in a month"]
    await ben.laptop.is_up_to_date()
    await ben.laptop.sees(month[-1])
    await ben.laptop.badge_shows(A_MONTH + 1)
