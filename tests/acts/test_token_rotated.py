"""A device token is replaced, and the new one never arrives."""

from coachline_protocol import ops
from support.stage import Stage, play


@play(long_ago=True)
async def test_token_rotated_with_the_reply_lost(stage: Stage) -> None:
    """The old token lives until the new one is used; so the device comes in all the same. [C9] [C2]"""
    maya, ben = await stage.coached_pair()
    old = maya.phone.token
    await stage.daemon_drained()
    await maya.phone.waits_for_daemon()
    stage.time_passes(10)
    await stage.daemon_starts()

    maya.phone.road.lose_answers()
    maya.phone.session.retry_now()
    await maya.phone.road.answer_lost()
    assert maya.phone.token == old
    maya.phone.road.hear_answers()
    await maya.phone.road.cut()

    await maya.phone.is_up_to_date()
    new = maya.phone.token
    assert new != old
    await maya.phone.says("Still me")
    await ben.phone.sees("Still me", from_=maya)

    before = maya.phone.road.connections
    await maya.phone.road.cut()
    await maya.phone.until("to come with the new token", lambda: maya.phone.road.connections > before)
    await maya.phone.is_up_to_date()
    assert maya.phone.token == new
    async with maya.by_hand(greet=False) as late:
        assert await late.refused(ops.Hello(token=old, client="late")) == "bad_token"
