"""A device left in a train."""

from coachline_protocol import ops
from coachline_protocol.codes import CloseCode
from support.stage import Stage, play


@play()
async def test_device_revoked_and_cut_at_once(stage: Stage) -> None:
    """Signed out from the phone, the laptop hears nothing more, holds nothing more, and cannot return. [H7] [E2]"""
    maya, ben = await stage.coached_pair()
    await ben.signs_in_on("laptop")
    await maya.phone.says("Before")
    await ben.laptop.sees("Before")
    lost, token = ben.laptop, ben.laptop.token

    entries = await ben.phone.session.devices()
    (laptop,) = [entry.id for entry in entries if entry.name == "laptop"]
    assert [entry.name for entry in entries if entry.this] == ["phone"]
    await ben.phone.session.revoke_device(laptop)
    await maya.phone.says("After")
    await ben.phone.sees("Before", "After")

    await lost.is_out("device_revoked")
    assert "After" not in lost.witness.ever_shown
    await lost.until("to be wiped", lambda: lost.session.person is None and lost.session.conversations() == ())
    assert [entry.name for entry in await ben.phone.session.devices()] == ["phone"]
    async with ben.by_hand(greet=False) as stolen:
        await stolen.say(ops.Hello(token=token, client="thief"))
        assert await stolen.ended() == CloseCode.DEVICE_REVOKED


@play()
async def test_device_revoked_while_it_was_shut(stage: Stage) -> None:
    """Whoever finds it and opens it sees nothing: it learns that it was signed out, and wipes itself. [H7]"""
    maya, ben = await stage.coached_pair()
    await ben.signs_in_on("laptop")
    await maya.phone.says("Before")
    await ben.laptop.sees("Before")
    lost = ben.laptop
    await lost.closes()

    entries = await ben.phone.session.devices()
    (laptop,) = [entry.id for entry in entries if entry.name == "laptop"]
    await ben.phone.session.revoke_device(laptop)

    await lost.opens()
    await lost.is_out("device_revoked")
    await lost.until("to be wiped", lambda: lost.session.person is None and lost.session.conversations() == ())
    await lost.signs_in()
    await lost.has_talk()
    await lost.sees("Before")
