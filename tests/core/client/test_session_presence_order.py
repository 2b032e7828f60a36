"""Presence is shown as it was told last, whichever way it was told."""

import pytest
import trio
from coachline_protocol import ops
from coachline_protocol.connection import Asked
from support.client_world import MAYA, World, synced, until
from support.scripted_server import Visit
from trio.testing import MockClock


@pytest.mark.parametrize("time", range(20))
async def test_an_event_right_behind_an_answer_is_the_newer_one(
    time: int, autojump_clock: MockClock, world: World
) -> None:
    """[H6] Both come in one WebSocket message; were the answer shown last, a ghost would stay."""

    def gone_at_once(visit: Visit, asked: Asked) -> bool:
        here = ops.Presences(presences=(ops.Presence(person=MAYA, state="online"),))
        visit.writer.offer(visit.connection.reply(asked.id, here))
        visit.tell("presence", ops.Presence(person=MAYA, state="offline", last_seen_at=7))
        return True

    world.server.script(ops.PresenceQuery, gone_at_once)
    async with world.serving(), world.session() as session:
        await synced(session)
        await until(session, lambda: session.presence(MAYA) is not None)
        await trio.sleep(5)
        shown = session.presence(MAYA)
        assert shown is not None
        assert shown.state == "offline"
