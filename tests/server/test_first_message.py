"""A message from end to end through the daemon, over memory and over loopback."""

from pathlib import Path

from coachline_protocol import ops
from coachline_protocol.rows import Message
from support.daemon import daemon
from trio.testing import MockClock


async def first_message(folder: Path, *, loopback: bool) -> None:
    async with daemon(folder, loopback=loopback) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer, house.client(tom) as client:
            conversation = await house.open(trainer, tom)
            opened = await client.told(ops.Change, "message")
            assert (opened.after, opened.rev) == (0, 4)
            posted = await trainer.get(house.post(conversation), ops.Posted)
            change = await client.told(ops.Change, "message")
            (row,) = change.rows
            assert isinstance(row, Message)
            assert (row.seq, row.text, row.author) == (posted.seq, "Good morning", maya.person)
            await client.get(ops.CursorDelivered(conversation=conversation, seq=row.seq), ops.Empty)
            moved = await trainer.told(ops.CursorMoved, "cursor")
            assert [(c.person, c.delivered, c.read) for c in moved.cursors] == [(tom.person, posted.seq, 0)]


async def test_a_message_is_acknowledged_delivered_and_its_delivery_told(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    await first_message(tmp_path, loopback=False)


async def test_the_same_over_loopback(tmp_path: Path) -> None:
    await first_message(tmp_path, loopback=True)
