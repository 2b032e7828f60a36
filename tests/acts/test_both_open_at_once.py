"""One conversation for two people, whoever opens it."""

import pytest
import trio
from coachline_core.client.errors import Refused
from support.cast import Device
from support.stage import Stage, play


@play()
async def test_both_open_at_once(stage: Stage) -> None:
    """Both open their conversation at the same moment, on three devices: there is one, opened once. [S13] [P6]"""
    maya, ben = await stage.acquaintances()
    await maya.signs_in_on("laptop")
    opened: list[bytes] = []

    async def opens(device: Device) -> None:
        opened.append(await device.opens_talk())

    async with trio.open_nursery() as nursery:
        for device in (maya.phone, ben.phone, maya.laptop):
            nursery.start_soon(opens, device)

    assert set(opened) == {maya.talk_with(ben)}
    await maya.phone.says("Two clicks, one conversation")
    for device in (maya.phone, ben.phone, maya.laptop):
        await device.sees("Two clicks, one conversation")
        assert [line.conversation for line in device.session.conversations()] == [maya.talk_with(ben)]
        messages = device.cache.messages(device.talk)
        assert [message.text for message in messages if message.kind == "system"] == ["opened"]


@play()
async def test_nobody_talks_to_themselves(stage: Stage) -> None:
    """A conversation has two people. [S13]"""
    maya, _ = await stage.acquaintances()
    with pytest.raises(Refused, match="invalid"):
        await maya.phone.session.open_conversation(maya.id)
