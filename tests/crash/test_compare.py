"""The comparison finds what it is there to find: one broken promise of each kind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from coachline_core.domain.streams import Changed
from coachline_protocol import ops
from coachline_protocol.connection import Answered, Told
from coachline_protocol.ops import OP_BY_REQUEST, Body
from coachline_protocol.rows import Cursor, Id, Message, StreamId
from coachline_server.store.port import Append
from crash.compare import compare
from crash.told import Chronicle, Said
from support.daemon import House, daemon
from trio.testing import MockClock


@dataclass
class Scene:
    """Maya said "one" and "two" to Tom, who has read both; all of it was written down."""

    house: House
    chronicle: Chronicle
    author: Id
    conversation: Id
    rows: tuple[Message, ...]

    @property
    def stream(self) -> StreamId:
        """The conversation's."""
        return StreamId("conversation", self.conversation)

    def told(self, message: Message) -> None:
        """Somebody is told of a message."""
        rev = message.rev
        change = ops.Change(stream=self.stream, epoch=self.house.store.epoch(), after=rev - 1, rev=rev, rows=(message,))
        self.chronicle.event(Told("message", change))

    def acknowledged(self, request: Body, reply: Body) -> None:
        """The author is answered."""
        self.chronicle.answered(self.author, Answered(1, OP_BY_REQUEST[type(request)], request, reply))

    def problems(self) -> str:
        """What the comparison finds."""
        return "\n".join(compare(self.chronicle, self.house.store))


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    async with daemon(folder) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer, house.client(tom) as client:
            conversation = await house.open(trainer, tom)
            here = Scene(house, Chronicle(), maya.person, conversation, ())
            for order, text in enumerate(("one", "two")):
                post = house.post(conversation, text)
                here.chronicle.said[post.id] = Said(maya.device, order, post)
                here.acknowledged(post, await trainer.get(post, ops.Posted))
            page = await client.get(ops.History(conversation=conversation), ops.Messages)
            here.rows = page.messages[1:]
            for message in here.rows:
                here.told(message)
            await client.get(ops.CursorRead(conversation=conversation, seq=3), ops.Empty)
            receipts = ops.Receipts(conversation=conversation, seq=3)
            here.acknowledged(receipts, await trainer.get(receipts, ops.ReceiptList))
            cursors = house.store.load(here.stream).cursors
            here.chronicle.event(Told("cursor", ops.CursorMoved(conversation=conversation, cursors=cursors)))
        yield here


async def test_what_is_kept_as_it_was_told_is_no_problem(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with scene(tmp_path) as here:
        assert here.problems() == ""


async def test_a_lost_acknowledged_message_is_found(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with scene(tmp_path) as here:
        lost = here.house.post(here.conversation, "three")
        here.chronicle.said[lost.id] = Said(here.author, 9, lost)
        here.acknowledged(lost, ops.Posted(rev=7, seq=4, at=1))
        assert f"{lost.id.hex()} was acknowledged and is not there" in here.problems()
        assert "was told to be at 7 and stands at 6" in here.problems()


async def test_an_acknowledgement_of_another_place_is_found(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with scene(tmp_path) as here:
        key = here.author, here.rows[0].id
        reply = here.chronicle.replies[key]
        assert isinstance(reply, ops.Posted)
        here.chronicle.replies[key] = msgspec.structs.replace(reply, seq=3)
        assert "was acknowledged as" in here.problems()


async def test_two_answers_to_one_command_are_found(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with scene(tmp_path) as here:
        (one, _) = here.chronicle.said.values()
        here.acknowledged(one.post, ops.Posted(rev=5, seq=9, at=1))
        assert "and said again" in here.problems()


async def test_a_delivery_of_something_that_is_not_there_is_found(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with scene(tmp_path) as here:
        here.told(msgspec.structs.replace(here.rows[1], seq=4, rev=6))
        assert "was told and is not there" in here.problems()


async def test_a_delivery_of_other_words_is_found(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with scene(tmp_path) as here:
        here.told(msgspec.structs.replace(here.rows[1], text="altered"))
        assert "was told, and" in here.problems()
        here.chronicle.rows[here.stream, ("message", 3)] = msgspec.structs.replace(here.rows[1], text="altered")
        assert "was told and Message" in here.problems()


@pytest.mark.parametrize("what", ["twice", "out of order", "by nobody"])
async def test_a_message_kept_wrongly_is_found(what: str, tmp_path: Path, autojump_clock: MockClock) -> None:
    async with scene(tmp_path) as here:
        one, two = here.chronicle.said.values()
        sentence = "was said before what stands at"
        if what == "twice":
            copy = msgspec.structs.replace(here.rows[1], seq=4, rev=7)
            store = here.house.store
            here.house.put(Append(changes=(changed(here.stream, store.load(here.stream).rev, copy),)))
            sentence = "is there twice, at 3 and 4"
        elif what == "by nobody":
            del here.chronicle.said[one.post.id]
            sentence = "was said by nobody"
        else:
            here.chronicle.said[one.post.id] = Said(one.device, 2, one.post)
        assert sentence in here.problems()
        assert two.post.id in here.chronicle.said


def changed(stream: StreamId, after: int, row: Message) -> Changed:
    return Changed(stream, after, after + 1, (row,))


async def test_a_cursor_that_went_back_is_found(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with scene(tmp_path) as here:
        person = next(iter(here.chronicle.cursors))[1]
        further = (Cursor(person=person, delivered=4, read=3),)
        here.chronicle.event(Told("cursor", ops.CursorMoved(conversation=here.conversation, cursors=further)))
        assert "was told to have come to 4 and 3" in here.problems()


async def test_a_receipt_that_changed_is_found(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with scene(tmp_path) as here:
        key, receipt = next((key, one) for key, one in here.chronicle.receipts.items() if one.read_at)
        here.chronicle.receipts[key] = msgspec.structs.replace(receipt, read_at=1)
        assert f"read_at of 3 by {receipt.person.hex()} was told" in here.problems()
