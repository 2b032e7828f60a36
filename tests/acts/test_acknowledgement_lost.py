"""The message arrived; that it did was never heard."""

from coachline_protocol import ops
from coachline_protocol.codes import Refusal
from support.stage import Stage, play


@play()
async def test_acknowledgement_lost_and_resent(stage: Stage) -> None:
    """A message whose reply was lost is found again after the cut, once, where it stood. [H2] [C6] [M8]"""
    maya, ben = await stage.coached_pair()
    maya.phone.road.lose_answers()
    await maya.phone.says("Ten by one minute")
    await ben.phone.sees("Ten by one minute")
    await maya.phone.road.answer_lost()
    assert maya.phone.items()[0].seq is None

    maya.phone.road.hear_answers()
    await maya.phone.road.cut()
    await maya.phone.sees("Ten by one minute")
    await maya.phone.says("And cool down")
    await ben.phone.sees("Ten by one minute", "And cool down")


@play()
async def test_the_first_answer_is_given_again(stage: Stage) -> None:
    """The same id gets the first answer over another connection too; with other words it is refused. [H2] [M2]"""
    maya, ben = await stage.coached_pair()
    post = ops.MessagePost(id=stage.new_id(), conversation=maya.phone.talk, text="Said by hand")
    stage.ledger.said(post.conversation, post.id, maya.id, post.text)
    async with maya.by_hand() as first, maya.by_hand() as second:
        answer = await first.get(post, ops.Posted)
        await ben.phone.sees("Said by hand")
        await ben.phone.says("Something in between")
        await maya.phone.sees("Something in between")
        assert await second.get(post, ops.Posted) == answer
        other = ops.MessagePost(id=post.id, conversation=post.conversation, text="Other words")
        refused = await second.ask(other)
        assert isinstance(refused, Refusal)
        assert refused.code == "conflict"
