"""One connection keeps the daemon from answering at most 64 KiB of what it said; the rest is refused, in order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from coachline_protocol import limits, ops
from coachline_protocol.codec import encode
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.frames import Request
from coachline_protocol.rows import Id, Message
from coachline_server.inbound import Inbound
from hypothesis import given
from hypothesis import strategies as st
from support.daemon import House, daemon
from support.wire import Client
from trio.testing import MockClock

LONG = "€" * (limits.TEXT_CHARACTERS - 1)
SIZES = st.integers(1, limits.MAX_MESSAGE_BYTES)


@given(st.lists(st.tuples(SIZES, st.booleans())))
def test_never_more_than_the_measure_is_held(requests: list[tuple[int, bool]]) -> None:
    inbound = Inbound()
    waiting: dict[int, int] = {}
    for id, (size, answered) in enumerate(requests):
        if inbound.take(id, size):
            waiting[id] = size
        else:
            assert waiting
            assert sum(waiting.values()) + size > limits.MAX_IN_BYTES
        if answered and waiting:
            first = min(waiting)
            inbound.release(first)
            del waiting[first]
        assert inbound.held == sum(waiting.values()) <= limits.MAX_IN_BYTES


@asynccontextmanager
async def talking(folder: Path) -> AsyncIterator[tuple[House, Client, Id]]:
    """A daemon with a slow disk, a trainer, and his conversation with a client."""
    async with daemon(folder, storage_seconds=1) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer:
            yield house, trainer, await house.open(trainer, tom)


async def test_what_does_not_fit_is_busy_and_nothing_overtakes_it(tmp_path: Path, autojump_clock: MockClock) -> None:
    """[C13] [M6]"""
    async with talking(tmp_path) as (house, trainer, conversation):
        posts = [house.post(conversation, f"{number}{LONG}") for number in range(10)]
        asked = [await trainer.say(post) for post in posts]
        answers = [await trainer.answer(number) for number in asked]
        codes = [answer.code for answer in answers if isinstance(answer, Refusal)]
        assert codes
        assert set(codes) <= {RefusalCode.BUSY, RefusalCode.OUT_OF_ORDER}
        assert RefusalCode.BUSY in codes
        for post, answer in zip(posts, answers, strict=True):
            if isinstance(answer, Refusal):
                await trainer.get(post, ops.Posted)
        rows = house.store.messages(conversation, before=None, after=1, limit=20)
        assert sorted(row.text for row in rows) == sorted(post.text for post in posts)
        assert all(isinstance(row, Message) for row in rows)


async def test_a_frame_that_is_refused_makes_those_behind_it_no_smaller(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    """[C13]"""
    async with talking(tmp_path) as (house, trainer, conversation):
        asked: list[int] = []
        for number in range(3):
            refused, _ = trainer.protocol.request(ops.InvitationInspect(code="only to have a number"))
            posts = [trainer.protocol.request(house.post(conversation, f"{number}{LONG}")) for _ in range(3)]
            frames = [encode(Request(refused, "no.such.op", {})), *(data for _, data in posts)]
            await trainer.link.send(b"".join(frames))
            asked += [id for id, _ in posts]
        codes = [answer.code for id in asked if isinstance(answer := await trainer.answer(id), Refusal)]
        assert RefusalCode.BUSY in codes
