"""Two people who do not wait for each other."""

import trio
from support.stage import Stage, play


@play()
async def test_both_at_once(stage: Stage) -> None:
    """Both write at the same moment, again and again: one order, the same for everybody. [H3] [S3] [M6]"""
    maya, ben = await stage.coached_pair()
    hers = [f"Maya {n}" for n in range(15)]
    his = [f"Ben {n}" for n in range(15)]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(maya.phone.says, *hers)
        nursery.start_soon(ben.phone.says, *his)

    for device in (maya.phone, ben.phone):
        await device.sees(*hers, from_=maya)
        await device.sees(*his, from_=ben)
    assert maya.phone.texts() == ben.phone.texts()
