"""What happens between two steps of a session counts: while its disk is slow, and while a question is under way."""

import pytest
import trio
from coachline_core.runtime.executor import InlineExecutor
from coachline_protocol import ops
from support.client_world import MAYA, TALK, World, synced, until
from trio.testing import MockClock

TURNS = pytest.mark.parametrize("turn", range(6))
"""Which of two tasks that were woken together goes first is a matter of chance."""
SLOW = 0.2
"""Seconds that a slow disk takes before and after what it does."""


def slow_disk() -> InlineExecutor:
    return InlineExecutor(lambda: SLOW)


@TURNS
async def test_what_is_looked_at_last_is_said_last(turn: int, autojump_clock: MockClock, world: World) -> None:
    async with world.serving(), world.session() as session:
        await synced(session)
        called: list[bytes | None] = []

        async def look(viewed: bytes | None) -> None:
            called.append(viewed)
            await session.view(viewed)

        async with trio.open_nursery() as nursery:
            for viewed in (TALK, MAYA, None):
                nursery.start_soon(look, viewed)
        await trio.sleep(1)
        assert world.server.asked(ops.ConversationView) == [ops.ConversationView(conversation=one) for one in called]


async def test_what_was_given_up_is_not_said(autojump_clock: MockClock, world: World) -> None:
    """It was chosen to be said already, and given up before that was so."""
    async with world.serving(), world.session(executor=slow_disk()) as session:
        await synced(session)
        await trio.sleep(5)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.set_draft, TALK, "something for the disk to do")
            await trio.sleep(SLOW / 2)
            nursery.start_soon(session.post, TALK, "no, rather not")
            await until(session, lambda: bool(session.waiting()))
            (entry,) = session.waiting()
            nursery.start_soon(session.set_draft, TALK, "something else")
            await session.discard(entry.id)
        await trio.sleep(5)
        assert (world.server.asked(ops.MessagePost), session.waiting()) == ([], ())
