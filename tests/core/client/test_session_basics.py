"""A session over its life: signing in, what is shown, what is said, what is told."""

import pytest
import trio
from coachline_core.client.errors import Refused
from coachline_protocol import ops
from support.client_world import MAYA, ME, TALK, World, states, synced, texts, until
from trio.testing import MockClock


async def test_signing_in_brings_everything(autojump_clock: MockClock, world: World) -> None:
    async with world.serving(), world.session("new") as session:
        assert session.connection.phase == "disconnected"
        assert await session.sign_in("me", "correct horse", "phone") == ME
        await synced(session)
        assert texts(session) == ["m1", "m2", "m3"]
        (line,) = session.conversations()
        assert (line.other, line.unread, line.preview) == (MAYA, 3, "m3")
        card = session.card(MAYA)
        assert card is not None
        assert card.display_name == "Maya"


async def test_a_message_is_queued_sent_and_shown_once(autojump_clock: MockClock, world: World) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        id = await session.post(TALK, "hello")
        assert texts(session)[-1] == "hello"
        await until(session, lambda: states(session) == ["sent"])
        assert texts(session) == ["m1", "m2", "m3", "hello"]
        assert world.server.texts(TALK) == ["m1", "m2", "m3", "hello"]
        assert id in world.server.posted


async def test_what_no_server_would_take_is_refused_at_once(autojump_clock: MockClock, world: World) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        with pytest.raises(Refused) as blank:
            await session.post(TALK, " \n")
        with pytest.raises(Refused) as long:
            await session.post(TALK, "x" * 5_001)
        assert blank.value.refusal.code == "text_blank"
        assert (long.value.refusal.limit, long.value.refusal.actual) == (5_000, 5_001)
        assert world.server.asked(ops.MessagePost) == []


async def test_a_live_message_is_shown_and_delivered_is_told(autojump_clock: MockClock, world: World) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        world.server.say(TALK, MAYA, "four")
        await until(session, lambda: texts(session)[-1:] == ["four"])
        await trio.sleep(1)
        assert world.server.asked(ops.CursorDelivered)[-1] == ops.CursorDelivered(conversation=TALK, seq=4)
        assert world.server.asked(ops.CursorRead) == []


async def test_seeing_takes_the_badge_away_and_is_told(autojump_clock: MockClock, world: World) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        await session.saw(TALK, 2)
        assert session.conversations()[0].unread == 1
        await trio.sleep(1)
        assert world.server.asked(ops.CursorRead) == [ops.CursorRead(conversation=TALK, seq=2)]


async def test_typing_is_said_every_four_seconds_and_ends_by_itself(autojump_clock: MockClock, world: World) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        for _ in range(12):
            await session.typing(TALK)
            await trio.sleep(0.5)
        await trio.sleep(10)
        said = [body.on for body in world.server.asked(ops.Typing) if isinstance(body, ops.Typing)]
        assert said == [True, True, False]


async def test_others_typing_is_forgotten_after_eight_seconds(autojump_clock: MockClock, world: World) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        world.server.tell("typing", ops.TypingSeen(conversation=TALK, person=MAYA, on=True))
        await until(session, lambda: session.typing_in(TALK) == (MAYA,))
        began = trio.current_time()
        await until(session, lambda: session.typing_in(TALK) == ())
        assert trio.current_time() - began == pytest.approx(8, abs=0.1)


async def test_presence_is_not_known_without_a_connection(autojump_clock: MockClock, world: World) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        world.server.tell("presence", ops.Presence(person=MAYA, state="online"))
        await until(session, lambda: session.presence(MAYA) is not None)
        world.server.cut()
        await until(session, lambda: session.presence(MAYA) is None)


async def test_signing_out_is_told_and_leaves_nothing(autojump_clock: MockClock, world: World) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        await session.sign_out()
        assert len(world.server.asked(ops.SignOut)) == 1
        assert (session.person, session.conversations(), world.secrets().load()) == (None, (), None)
        await until(session, lambda: session.connection.phase == "disconnected")
        assert session.connection.reason == "signed_out"
