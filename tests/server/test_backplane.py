"""Two nodes over one database: the backplane's hint brings what one committed to those the other serves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trio
from coachline_protocol import ops
from coachline_protocol.rows import Message, Revision, StreamId
from coachline_server.backplane import Heard
from support.daemon import House, daemon
from support.wire import Client
from trio.testing import MockClock


@dataclass
class Wire:
    """What joins the two nodes; while it is cut, hints are lost."""

    ends: list["End"] = field(default_factory=list)
    cut: bool = False

    def end(self) -> "End":
        end = End(self)
        self.ends.append(end)
        return end


@dataclass(eq=False)
class End:
    """One node's backplane."""

    wire: Wire
    heard: Heard | None = None

    def announce(self, stream: StreamId, rev: Revision) -> None:
        for end in self.wire.ends:
            if end is not self and end.heard is not None and not self.wire.cut:
                end.heard(stream, rev)

    async def run(self, heard: Heard) -> None:
        self.heard = heard
        try:
            await trio.sleep_forever()
        finally:
            self.heard = None


@asynccontextmanager
async def two_nodes(folder: Path, wire: Wire) -> AsyncIterator[tuple[House, House]]:
    async with (
        daemon(folder, backplane=wire.end()) as one,
        daemon(folder, backplane=wire.end(), store=one.store, seed=2) as other,
    ):
        yield one, other


async def hears(client: Client, text: str) -> None:
    """Wait until a message with this text is told."""
    while True:
        change = await client.told(ops.Change, "message")
        if any(isinstance(row, Message) and row.text == text for row in change.rows):
            return


async def test_what_one_node_commits_the_other_tells(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with two_nodes(tmp_path, Wire()) as (one, other):
        maya, tom = one.account("maya", "trainer"), one.account("tom", "client")
        one.relate(maya, tom)
        async with one.client(maya) as trainer, other.client(tom) as client:
            conversation = await one.open(trainer, tom)
            # The other node's actor is fresh: it announces where the conversation stands, and what it means.
            announced = await client.told(ops.Change, "member")
            assert (announced.after, announced.rev, announced.rows) == (4, 4, ())
            await client.get(other.post(conversation, "Here already"), ops.Posted)
            await hears(trainer, "Here already")
            await trainer.get(one.post(conversation, "Good morning"), ops.Posted)
            await hears(client, "Good morning")


async def test_a_lost_hint_is_healed_by_the_next_and_no_node_overwrites_the_other(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    wire = Wire()
    async with two_nodes(tmp_path, wire) as (one, other):
        maya, tom = one.account("maya", "trainer"), one.account("tom", "client")
        one.relate(maya, tom)
        async with one.client(maya) as trainer, other.client(tom) as client:
            conversation = await one.open(trainer, tom)
            await client.told(ops.Change, "member")
            wire.cut = True
            first = await trainer.get(one.post(conversation, "one"), ops.Posted)
            second = await client.get(other.post(conversation, "two"), ops.Posted)
            wire.cut = False
            third = await trainer.get(one.post(conversation, "three"), ops.Posted)
            assert [first.seq, second.seq, third.seq] == [2, 3, 4]
            rows = one.store.messages(conversation, before=None, after=1, limit=10)
            assert [row.text for row in rows] == ["one", "two", "three"]
