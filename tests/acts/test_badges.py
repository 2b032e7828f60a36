"""The number on the conversation list."""

from support.stage import Stage, play


@play()
async def test_opening_a_conversation_reads_nothing(stage: Stage) -> None:
    """Delivered is not read; signing in, coming back, opening and looking read nothing. [H5] [R4] [R6]"""
    maya, ben = await stage.coached_pair()
    await ben.phone.loses_network()
    await maya.phone.says("one", "two", "three")
    await maya.phone.sees_state("three", "sent")
    await ben.phone.finds_network()
    await ben.phone.badge_shows(3)
    await maya.phone.sees_state("three", "delivered")

    await ben.phone.opens_talk()
    await ben.phone.session.view(ben.phone.talk)
    await ben.phone.session.history_before(ben.phone.talk, 4)
    await ben.signs_in_on("laptop")
    await ben.laptop.badge_shows(3)
    await ben.laptop.says("I will read it later")
    await maya.phone.sees("I will read it later")
    assert ben.phone.badge() == ben.laptop.badge() == 3
    assert [item.state for item in maya.phone.items() if item.author == maya.id] == ["delivered"] * 3


@play()
async def test_the_badge_is_right_on_every_device(stage: Stage) -> None:
    """What is seen on one device is seen on all, in whatever order they hear of it, cut or not. [R1] [R2] [R6]"""
    maya, ben = await stage.coached_pair()
    await ben.signs_in_on("laptop")
    await maya.phone.says("one", "two", "three")
    for device in (ben.phone, ben.laptop):
        await device.badge_shows(3)

    await ben.laptop.loses_network()
    await ben.laptop.reads("three")
    await ben.laptop.badge_shows(0)
    await ben.phone.reads("one")
    await ben.phone.badge_shows(2)
    await maya.phone.sees_state("one", "read")
    await ben.laptop.finds_network()
    await ben.phone.badge_shows(0)
    await maya.phone.sees_state("three", "read")

    await maya.phone.says("four")
    await ben.phone.says("five")
    for device in (ben.phone, ben.laptop):
        await device.sees("four")
        await device.badge_shows(1)
    await maya.phone.badge_shows(1)
