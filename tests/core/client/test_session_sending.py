"""What is said arrives once, in order, whatever happens in between (SPEC.md, M6 to M9)."""

import pytest
import trio
from coachline_core.client.values import Failed
from coachline_protocol import ops
from coachline_protocol.codes import RefusalCode
from support.client_world import TALK, World, states, synced, texts, until
from support.scripted_server import Trick, cut_first, lose_reply, refuse
from trio.testing import MockClock

THREE = ["m1", "m2", "m3"]


def sent(world: World) -> list[str]:
    """What the server has of mine."""
    return world.server.texts(TALK)[3:]


@pytest.mark.parametrize("trick", [lose_reply, cut_first])
async def test_a_cut_in_the_middle_of_sending_neither_loses_nor_doubles(
    autojump_clock: MockClock, world: World, trick: Trick
) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        world.server.script(ops.MessagePost, trick)
        await session.post(TALK, "hello")
        await until(session, lambda: states(session) == ["sent"])
        assert sent(world) == ["hello"]
        assert texts(session) == [*THREE, "hello"]


async def test_what_is_written_offline_is_sent_in_order(autojump_clock: MockClock, world: World) -> None:
    async with world.session() as session:
        async with world.serving():
            await synced(session)
        for n in range(30):
            await session.post(TALK, f"o{n}")
        assert states(session) == ["queued"] * 30
        async with world.serving():
            await until(session, lambda: states(session) == ["sent"] * 30)
        assert sent(world) == [f"o{n}" for n in range(30)]


async def test_the_outbox_and_a_draft_survive_a_restart(autojump_clock: MockClock, world: World) -> None:
    async with world.session() as session:
        async with world.serving():
            await synced(session)
        await session.post(TALK, "one")
        await session.post(TALK, "two")
        await session.set_draft(TALK, "thr")
    async with world.session() as session:
        assert texts(session) == [*THREE, "one", "two"]
        assert session.draft(TALK) == "thr"
        async with world.serving():
            await until(session, lambda: states(session) == ["sent", "sent"])
    assert sent(world) == ["one", "two"]


async def test_posting_the_draft_ends_the_draft(autojump_clock: MockClock, world: World) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        await session.set_draft(TALK, "hello")
        await session.post(TALK, "hello")
        assert session.draft(TALK) == ""


async def test_a_rate_limit_delays_and_loses_nothing(autojump_clock: MockClock, world: World) -> None:
    later = [refuse(RefusalCode.OUT_OF_ORDER)] * 4
    async with world.serving(), world.session() as session:
        await synced(session)
        world.server.script(ops.MessagePost, refuse(RefusalCode.RATE_LIMITED, 7_000), *later)
        for n in range(5):
            await session.post(TALK, f"p{n}")
        await until(session, lambda: states(session) == ["sent"] * 5)
        assert trio.current_time() >= 7
    assert sent(world) == [f"p{n}" for n in range(5)]


async def test_a_refusal_for_good_fails_that_message_only(autojump_clock: MockClock, world: World) -> None:
    failures = []
    async with world.serving(), world.session() as session:
        await synced(session)
        world.server.script(ops.MessagePost, refuse(RefusalCode.NOT_A_MEMBER))
        with session.subscribe() as updates:
            bad = await session.post(TALK, "bad")
            await session.post(TALK, "good")
            async for update in updates:
                if isinstance(update, Failed):
                    failures.append(update)
                if sorted(states(session)) == ["failed", "sent"] and failures:
                    break
        assert [(failure.id, failure.refusal.code) for failure in failures] == [(bad, "not_a_member")]
        assert sent(world) == ["good"]
        await session.retry(bad)
        await until(session, lambda: states(session) == ["sent", "sent"])
        assert sent(world) == ["good", "bad"]


async def test_a_failed_message_stays_failed_over_a_restart_and_can_be_discarded(
    autojump_clock: MockClock, world: World
) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        world.server.script(ops.MessagePost, refuse(RefusalCode.TOO_OLD))
        bad = await session.post(TALK, "bad")
        await until(session, lambda: states(session) == ["failed"])
    async with world.session() as session:
        assert states(session) == ["failed"]
        await session.discard(bad)
        assert texts(session) == THREE
    async with world.session() as session:
        assert texts(session) == THREE
