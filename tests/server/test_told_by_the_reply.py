"""Who posts, or moves a cursor, hears by the reply what everybody else hears by an event, and is not told it again."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import trio
from coachline_protocol import ops
from coachline_protocol.rows import Cursor, Id, Message
from support.daemon import House, daemon
from support.wire import Client
from trio.testing import MockClock


class Talk(NamedTuple):
    """Maya on two devices and Tom on one, who have just begun to talk."""

    house: House
    phone: Client
    laptop: Client
    tom: Client
    id: Id
    maya: Id


@asynccontextmanager
async def talking(folder: Path, *, storage_seconds: float = 0) -> AsyncIterator[Talk]:
    async with daemon(folder, storage_seconds=storage_seconds) as house, AsyncExitStack() as ending:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        laptop = house.another_device(maya)
        house.relate(maya, tom)
        phone, other, his = [await ending.enter_async_context(house.client(one)) for one in (maya, laptop, tom)]
        conversation = await house.open(phone, tom)
        for client in (phone, other, his):
            await client.silence()
            client.forget()
        yield Talk(house, phone, other, his, conversation, maya.person)


async def texts(client: Client) -> list[str]:
    """Of the messages in what it was told."""
    await client.silence()
    rows = [row for told in client.events if isinstance(told.body, ops.Change) for row in told.body.rows]
    return [row.text for row in rows if isinstance(row, Message)]


async def cursors(client: Client) -> list[Cursor]:
    """Those it was told, without their times."""
    await client.silence()
    moved = [cursor for told in client.events if isinstance(told.body, ops.CursorMoved) for cursor in told.body.cursors]
    return [Cursor(person=cursor.person, delivered=cursor.delivered, read=cursor.read) for cursor in moved]


async def test_who_posts_is_not_told_it_again_but_the_other_device_is(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    """[S5]"""
    async with talking(tmp_path, storage_seconds=1) as talk:
        one, *more = [talk.house.post(talk.id, word) for word in ("one", "two", "three")]
        numbers = [await talk.phone.say(one)]
        await trio.sleep(0.5)  # it is being written now
        numbers += await talk.phone.say_all(*more)
        answers = [await talk.phone.answer(number) for number in numbers]
        revs = [answer.rev for answer in answers if isinstance(answer, ops.Posted)]
        assert revs == [revs[0], revs[0] + 1, revs[0] + 2]
        assert await texts(talk.phone) == []
        assert await texts(talk.laptop) == await texts(talk.tom) == ["one", "two", "three"]


async def test_what_two_posted_at_once_is_told_to_both(tmp_path: Path, autojump_clock: MockClock) -> None:
    """[S5] The reply tells a connection its own message only, and what came with it would be a hole."""
    async with talking(tmp_path, storage_seconds=1) as talk:
        first = await talk.phone.say(talk.house.post(talk.id, "first"))
        await trio.sleep(0.5)  # it is being written now
        numbers = [(client, await client.say(talk.house.post(talk.id, "x"))) for client in (talk.phone, talk.tom)]
        for client, number in ((talk.phone, first), *numbers):
            assert isinstance(await client.answer(number), ops.Posted)
        assert await texts(talk.phone) == ["x", "x"]
        assert await texts(talk.tom) == ["first", "x", "x"]


async def test_who_moves_a_cursor_is_not_told_it_again(tmp_path: Path, autojump_clock: MockClock) -> None:
    """[R2]"""
    async with talking(tmp_path) as talk:
        posted = await talk.tom.get(talk.house.post(talk.id), ops.Posted)
        await talk.phone.get(ops.CursorDelivered(conversation=talk.id, seq=posted.seq), ops.Empty)
        await talk.phone.get(ops.CursorRead(conversation=talk.id, seq=posted.seq), ops.Empty)
        stored = Cursor(person=talk.maya, delivered=posted.seq)
        seen = Cursor(person=talk.maya, delivered=posted.seq, read=posted.seq)
        assert await cursors(talk.phone) == []
        assert await cursors(talk.laptop) == await cursors(talk.tom) == [stored, seen]


async def test_who_asks_for_more_than_there_is_hears_how_far_the_cursor_came(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    """[R1]"""
    async with talking(tmp_path) as talk:
        posted = await talk.tom.get(talk.house.post(talk.id), ops.Posted)
        await talk.phone.get(ops.CursorDelivered(conversation=talk.id, seq=posted.seq + 7), ops.Empty)
        assert await cursors(talk.phone) == [Cursor(person=talk.maya, delivered=posted.seq)]


async def test_a_cursor_that_two_devices_moved_is_told_to_both(tmp_path: Path, autojump_clock: MockClock) -> None:
    """[R2]"""
    async with talking(tmp_path, storage_seconds=1) as talk:
        posted = [await talk.tom.get(talk.house.post(talk.id, word), ops.Posted) for word in ("a", "b", "c")]
        first, *more = [ops.CursorDelivered(conversation=talk.id, seq=one.seq) for one in posted]
        numbers = [(talk.tom, await talk.tom.say(talk.house.post(talk.id, "keeps the disk busy")))]
        await trio.sleep(0.5)
        numbers.append((talk.phone, await talk.phone.say(first)))
        numbers += [
            (client, await client.say(wish)) for client, wish in zip((talk.phone, talk.laptop), more, strict=True)
        ]
        for client, number in numbers:
            await client.answer(number)
        latest = Cursor(person=talk.maya, delivered=posted[2].seq)
        assert (await cursors(talk.phone))[-1:] == (await cursors(talk.laptop))[-1:] == [latest]
