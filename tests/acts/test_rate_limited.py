"""Somebody who writes faster than is allowed."""

from coachline_protocol import ops
from coachline_protocol.codes import Refusal
from support.stage import Stage, play


@play(configured={"limits.message_burst": 5, "limits.messages_per_minute": 600})
async def test_rate_limited_and_healed_in_order(stage: Stage) -> None:
    """A limit delays messages; it loses none and keeps their order. [M6] [M7] [H3]"""
    maya, ben = await stage.coached_pair()
    many = [f"rep {n}" for n in range(20)]
    await maya.phone.loses_network()  # a slow disk writes slower than is allowed: what has waited is said at once
    await maya.phone.says(*many)
    await maya.phone.finds_network()
    await ben.phone.sees(*many, from_=maya)
    assert ben.phone.texts() == many
    assert await stage.counted('coachline_refusals_total{code="rate_limited"}') > 0


@play(configured={"limits.message_burst": 5, "limits.messages_per_minute": 60})
async def test_nothing_overtakes_what_was_limited(stage: Stage) -> None:
    """What was said behind a refused message waits for it, even where the limit would let it pass. [M6] [H3]"""
    maya, ben = await stage.coached_pair()
    posts = [ops.MessagePost(id=stage.new_id(), conversation=maya.phone.talk, text=f"rep {n}") for n in range(20)]
    async with maya.by_hand() as wire:
        numbers = await wire.say_all(*posts)
        answers = [await wire.answer(number) for number in numbers]
    accepted = [post for post, answer in zip(posts, answers, strict=True) if isinstance(answer, ops.Posted)]
    for post in accepted:
        stage.ledger.said(post.conversation, post.id, maya.id, post.text)
    assert accepted == posts[: len(accepted)]
    codes = [answer.code for answer in answers if isinstance(answer, Refusal)]
    assert codes == ["rate_limited", *["out_of_order"] * (len(codes) - 1)]
    await ben.phone.sees(*(post.text for post in accepted))
