"""Somebody who writes faster than is allowed."""

from support.stage import Stage, play


@play(configured={"limits.message_burst": 5, "limits.messages_per_minute": 600})
async def test_rate_limited_and_healed_in_order(stage: Stage) -> None:
    """A limit delays messages; it loses none and keeps their order. [M6] [M7] [H3]"""
    maya, ben = await stage.coached_pair()
    many = [f"rep {n}" for n in range(20)]
    await maya.phone.says(*many)
    await ben.phone.sees(*many, from_=maya)
    assert ben.phone.texts() == many
    assert await stage.counted('coachline_refusals_total{code="rate_limited"}') > 0
