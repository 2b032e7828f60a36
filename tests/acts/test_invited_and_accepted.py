"""How a coach and a client come together."""

import pytest
from coachline_core.client.errors import Refused
from support.stage import Stage, play


@play()
async def test_invited_and_accepted(stage: Stage) -> None:
    """A code makes the account, accepting makes the relationship, and only then can they talk. [C1] [M1] [P5]"""
    maya = stage.person("Maya", "trainer")
    await maya.signs_in_on("phone")
    code = await maya.phone.invites()

    ben = stage.newcomer("Ben")
    await ben.device("phone").opens()
    seen = await ben.phone.session.inspect_invitation(code)
    assert (seen.inviter, seen.purpose) == ("Maya", "coaching")
    await ben.phone.joins(code)
    maya.partner, ben.partner = ben, maya
    assert [card.display_name for card in maya.phone.session.people()] == []
    (invitation,) = maya.phone.session.invitations()
    assert invitation.state in ("open", "claimed")
    with pytest.raises(Refused, match="not_found"):
        await ben.phone.session.open_conversation(maya.id)

    await ben.phone.accepts(code)
    await maya.phone.until("to know Ben", lambda: [c.display_name for c in maya.phone.session.people()] == ["Ben"])
    await ben.phone.until("to know Maya", lambda: [c.display_name for c in ben.phone.session.people()] == ["Maya"])
    await maya.phone.until("the code used", lambda: [i.state for i in maya.phone.session.invitations()] == ["accepted"])

    await ben.phone.opens_talk()
    await maya.phone.has_talk()
    await ben.phone.says("Hello coach")
    await maya.phone.sees("Hello coach", from_=ben)
