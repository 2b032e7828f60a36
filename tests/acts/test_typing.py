"""The three dots."""

from coachline_protocol import ops
from support.stage import Stage, play


@play()
async def test_typing_is_heard_by_the_other_and_not_by_oneself(stage: Stage) -> None:
    """Maya types: Ben sees it, none of her own devices does, and it ends with the message. [P3] [S12]"""
    maya, ben = await stage.coached_pair()
    await maya.signs_in_on("laptop")
    async with maya.by_hand() as wire:
        await maya.phone.types()
        await ben.phone.sees_typing(maya)
        await maya.phone.says("So:")
        await ben.phone.sees("So:")
        await ben.phone.sees_typing()
        await wire.event("message")
        assert [told for told in wire.events if isinstance(told.body, ops.TypingSeen)] == []
        assert maya.laptop.session.typing_in(maya.laptop.talk) == ()


@play(("memory",))
async def test_typing_ends_by_itself(stage: Stage) -> None:
    """A connection that dies while its person types: eight seconds later nobody types. [P3]"""
    maya, ben = await stage.coached_pair()
    await maya.phone.types()
    await ben.phone.sees_typing(maya)
    maya.phone.road.vanish()
    await ben.phone.sees_typing()
