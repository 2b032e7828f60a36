"""Reading and writing without a network, and what happens when it returns."""

from support.stage import Stage, play


@play()
async def test_offline_write_and_heal(stage: Stage) -> None:
    """What was written offline is sent in order when the network returns, even after a restart. [H2] [H4] [M7] [M8]"""
    maya, ben = await stage.coached_pair()
    await maya.phone.says("Before the tunnel")
    await ben.phone.sees("Before the tunnel")

    await ben.phone.loses_network()
    await ben.phone.says("one", "two", "three")
    await maya.phone.says("Where are you?", "Ben?")
    assert ben.phone.texts() == ["Before the tunnel", "one", "two", "three"]
    assert [item.state for item in ben.phone.items()[1:]] == ["queued"] * 3
    await ben.phone.closes()
    await ben.phone.opens()
    assert ben.phone.texts() == ["Before the tunnel", "one", "two", "three"]
    await ben.phone.says("four")

    await ben.phone.finds_network()
    for device in (maya.phone, ben.phone):
        await device.sees("Before the tunnel", "Where are you?", "Ben?", "one", "two", "three", "four")


@play()
async def test_after_any_cut_what_was_missed_is_fetched(stage: Stage) -> None:
    """Cut again and again while the other one writes: nothing is missing, nothing stands twice. [H4] [S5] [S6]"""
    maya, ben = await stage.coached_pair()
    for round in range(4):
        await ben.phone.loses_network()
        await maya.phone.says(f"round {round}, unheard", f"round {round}, unheard too")
        await maya.phone.sees_state(f"round {round}, unheard too", "sent")
        await ben.phone.finds_network()
        await ben.phone.sees(f"round {round}, unheard", f"round {round}, unheard too")
        await maya.phone.says(f"round {round}, heard")
        await ben.phone.sees(f"round {round}, heard")
    assert ben.phone.road.connections >= 5
