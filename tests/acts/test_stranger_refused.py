"""Somebody who has an account and knows nobody."""

import pytest
from coachline_core.client.errors import Refused
from coachline_protocol import ops
from coachline_protocol.rows import StreamId
from support.stage import Stage, play

SECRET = "Between you and me"


@play()
async def test_stranger_refused(stage: Stage) -> None:
    """Whatever a stranger asks of them, the answer is as if they did not exist, and nobody notices. [P5] [P6] [S9]"""
    maya, ben = await stage.coached_pair()
    await maya.phone.says(SECRET)
    await ben.phone.sees(SECRET)
    zoe = stage.person("Zoe", "client")
    zoe.partner = maya
    await zoe.signs_in_on("phone")

    with pytest.raises(Refused, match="not_found"):
        await zoe.phone.session.open_conversation(maya.id)
    assert zoe.phone.session.people() == ()
    async with zoe.by_hand() as wire:
        for talk, person in ((maya.talk_with(ben), ben.id), (stage.new_id(), stage.new_id())):
            stream = StreamId("conversation", talk)
            for request in (
                ops.MessagePost(id=stage.new_id(), conversation=talk, text="Hi there"),
                ops.ConversationOpen(id=stage.new_id(), person=person),
                ops.History(conversation=talk),
                ops.Receipts(conversation=talk, seq=1),
                ops.CursorRead(conversation=talk, seq=1),
                ops.CursorDelivered(conversation=talk, seq=1),
                ops.Typing(conversation=talk, on=True),
                ops.ConversationView(conversation=talk),
                ops.Snapshot(stream=stream),
                ops.Changes(stream=stream, epoch=stage.new_id(), after=0),
                ops.Snapshot(stream=StreamId("record", person)),
                ops.Snapshot(stream=StreamId("person", person)),
            ):
                assert await wire.refused(request) == "not_found", request
        presences = await wire.get(ops.PresenceQuery(people=(maya.id, ben.id)), ops.Presences)
        assert presences.presences == ()
        await maya.phone.says("Did you hear something?")
        await ben.phone.sees("Did you hear something?")
        assert [told.name for told in wire.events] == []
    assert maya.phone.texts() == ben.phone.texts() == [SECRET, "Did you hear something?"]
