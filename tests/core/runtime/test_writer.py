"""What waits to be sent: bounded, joined, merged, purged; and the one task that sends it."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
import trio
import trio.testing
from coachline_core.runtime.link import LinkClosed
from coachline_core.runtime.writer import OutQueue, Writer
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from support.links import SilentLink

MAX_BYTES = 40
MAX_MESSAGE = 12
SIZES = st.integers(1, MAX_MESSAGE)


def test_frames_go_out_in_order_and_as_many_at_once_as_fit() -> None:
    queue = OutQueue(max_bytes=100, max_message_bytes=6)
    for frame in (b"aa", b"bbb", b"c", b"dddddd", b"e"):
        assert queue.offer(frame)
    assert [queue.next_message() for _ in range(4)] == [b"aabbbc", b"dddddd", b"e", b""]
    assert (len(queue), queue.waiting_bytes, queue.peak_bytes) == (0, 0, 13)


def test_a_frame_that_fits_no_message_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="7 bytes"):
        OutQueue(max_message_bytes=6).offer(b"x" * 7)


def test_a_newer_droppable_replaces_the_older_and_overtakes_nothing() -> None:
    """An answer that waits between the two says what was so before the newer one: told last, it would stand."""
    queue = OutQueue()
    queue.offer(b"offline", droppable="maya")
    queue.offer(b"|answer: offline|")
    queue.offer(b"online", droppable="maya")
    assert queue.next_message() == b"|answer: offline|online"


def test_droppables_make_room_oldest_first_and_what_must_arrive_is_refused_last() -> None:
    queue = OutQueue(max_bytes=10)
    queue.offer(b"111", droppable=1)
    queue.offer(b"222", droppable=2)
    queue.offer(b"AAAA")
    assert queue.offer(b"BB")
    assert not queue.offer(b"CCCCC")
    assert queue.offer(b"DDDD")
    assert queue.next_message() == b"AAAABBDDDD"


def test_a_droppable_without_room_is_dropped_with_the_one_it_replaces() -> None:
    queue = OutQueue(max_bytes=10)
    queue.offer(b"old", droppable="p")
    queue.offer(b"AAAAAAA")
    assert queue.offer(b"newer", droppable="p")
    assert queue.next_message() == b"AAAAAAA"


def test_purge_takes_out_one_tag() -> None:
    queue = OutQueue()
    queue.offer(b"a", tag="relation")
    queue.offer(b"b", tag="other")
    queue.offer(b"c", droppable="k", tag="relation")
    queue.offer(b"d")
    assert queue.purge("relation") == 2
    queue.offer(b"e", droppable="k")
    assert queue.next_message() == b"bde"


def test_what_is_purged_may_have_something_sent_in_its_place() -> None:
    queue = OutQueue(max_bytes=20)
    queue.offer(b"before")
    queue.offer(b"secret", tag="relation", instead=b"no")
    queue.offer(b"after")
    assert queue.purge("relation") == 1
    assert queue.purge("relation") == 0
    assert queue.next_message() == b"beforenoafter"
    assert queue.waiting_bytes == 0


def test_what_is_sent_in_place_of_a_frame_has_its_room_from_the_beginning() -> None:
    """H8: a purge never makes more wait than may."""
    queue = OutQueue(max_bytes=10, max_message_bytes=8)
    with pytest.raises(ValueError, match="exceeds a message"):
        queue.offer(b"a", instead=b"no longer so")
    assert queue.offer(b"a", tag="relation", instead=b"not now")
    assert queue.waiting_bytes == 7
    assert not queue.offer(b"four")
    queue.purge("relation")
    assert queue.waiting_bytes == 7


def test_clearing_leaves_nothing_whatever_it_is_about() -> None:
    queue = OutQueue()
    queue.offer(b"a", tag="relation")
    queue.offer(b"b", droppable="k")
    queue.offer(b"c", tag="other", instead=b"d")
    queue.clear()
    assert (len(queue), queue.waiting_bytes) == (0, 0)
    assert queue.offer(b"e", droppable="k")
    assert queue.next_message() == b"e"


class Waiting(NamedTuple):
    frame: bytes
    key: int | None
    tag: int | None
    size: int
    instead: bytes | None = None


class OutQueueMachine(RuleBasedStateMachine):
    """OutQueue against a plain list that does everything the slow way."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = OutQueue(max_bytes=MAX_BYTES, max_message_bytes=MAX_MESSAGE)
        self.model: list[Waiting] = []
        self.count = 0
        self.peak = 0

    def frame(self, size: int) -> bytes:
        self.count += 1
        return bytes([self.count % 256]) * size

    def size(self, keep: Callable[[Waiting], bool] = lambda _: True) -> int:
        return sum(entry.size for entry in self.model if keep(entry))

    @rule(size=SIZES, tag=st.none() | st.integers(0, 2), other=st.none() | SIZES)
    def offer(self, size: int, tag: int | None, other: int | None) -> None:
        frame, instead = self.frame(size), None if other is None else self.frame(other)
        most = max(size, other or 0)
        fits = self.size(lambda entry: entry.key is None) + most <= MAX_BYTES
        assert self.queue.offer(frame, tag=tag, instead=instead) == fits
        while fits and self.size() + most > MAX_BYTES:
            self.model.remove(next(entry for entry in self.model if entry.key is not None))
        if fits:
            self.model.append(Waiting(frame, None, tag, most, instead))

    @rule(size=SIZES, key=st.integers(0, 3), tag=st.none() | st.integers(0, 2))
    def offer_droppable(self, size: int, key: int, tag: int | None) -> None:
        entry = Waiting(self.frame(size), key, tag, size)
        assert self.queue.offer(entry.frame, droppable=key, tag=tag)
        self.model = [old for old in self.model if old.key != key]
        if self.size() + size <= MAX_BYTES:
            self.model.append(entry)

    @rule()
    def send(self) -> None:
        message = b""
        while self.model and len(message) + len(self.model[0].frame) <= MAX_MESSAGE:
            message += self.model.pop(0).frame
        assert self.queue.next_message() == message

    @rule(tag=st.integers(0, 2))
    def purge(self, tag: int) -> None:
        found = [entry for entry in self.model if entry.tag == tag]
        assert self.queue.purge(tag) == len(found)
        self.model = [
            entry if entry.tag != tag else entry._replace(frame=entry.instead or entry.frame, tag=None, instead=None)
            for entry in self.model
            if entry.tag != tag or entry.instead is not None
        ]

    @invariant()
    def accounts_balance(self) -> None:
        assert len(self.queue) == len(self.model)
        assert self.queue.waiting_bytes == self.size() <= MAX_BYTES
        assert self.peak <= self.queue.peak_bytes <= MAX_BYTES
        self.peak = self.queue.peak_bytes


TestOutQueueAgainstItsModel = OutQueueMachine.TestCase


class FakeLink(SilentLink):
    """A link that takes a second for each message, or ends."""

    def __init__(self, *, ends_after: int = 1000) -> None:
        self.sent: list[bytes] = []
        self.ends_after = ends_after

    async def send(self, data: bytes) -> None:
        await trio.sleep(1)
        if len(self.sent) >= self.ends_after:
            raise LinkClosed(None, "gone")
        self.sent.append(data)


async def test_everything_offered_meanwhile_is_one_message(autojump_clock: trio.testing.MockClock) -> None:
    link, writer = FakeLink(), Writer()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(writer.run, link)
        await trio.testing.wait_all_tasks_blocked()
        for frame in (b"a", b"b"):
            assert writer.offer(frame)
        await trio.testing.wait_all_tasks_blocked()
        for frame in (b"c", b"d", b"e"):
            assert writer.offer(frame)
        assert writer.waiting_bytes == 3
        assert await writer.flush(10)
        nursery.cancel_scope.cancel()
    assert link.sent == [b"ab", b"cde"]
    assert writer.peak_bytes == 3


async def test_a_purged_frame_is_not_sent(autojump_clock: trio.testing.MockClock) -> None:
    link, writer = FakeLink(), Writer()
    async with trio.open_nursery() as nursery:
        writer.offer(b"secret", tag="relation")
        nursery.start_soon(writer.run, link)
        assert writer.purge("relation") == 1
        assert await writer.flush(10)
        await trio.sleep(10)
        nursery.cancel_scope.cancel()
    assert link.sent == []


async def test_flush_says_whether_all_went_out(autojump_clock: trio.testing.MockClock) -> None:
    link, writer = FakeLink(ends_after=1), Writer()
    assert await writer.flush(1)
    with pytest.RaisesGroup(LinkClosed):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(writer.run, link)
            await trio.testing.wait_all_tasks_blocked()
            writer.offer(b"a")
            assert not await writer.flush(0.5)
            assert await writer.flush(10)
            writer.offer(b"b")
    assert not await writer.flush(5)


async def test_what_is_offered_to_a_link_that_ended_is_lost_and_nobody_is_called_slow() -> None:
    link, writer = FakeLink(ends_after=0), Writer(max_bytes=1)
    writer.offer(b"a")
    with pytest.raises(LinkClosed):
        await writer.run(link)
    assert writer.offer(b"b")
    assert writer.offer(b"c")
    assert writer.waiting_bytes == 0


async def test_flush_ends_when_the_link_does(autojump_clock: trio.testing.MockClock) -> None:
    link, writer = FakeLink(ends_after=0), Writer()
    began = trio.current_time()

    async def run() -> None:
        with pytest.raises(LinkClosed):
            await writer.run(link)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
        writer.offer(b"a")
        assert not await writer.flush(100)
    assert trio.current_time() == began + 1


async def test_a_purge_that_leaves_nothing_ends_a_flush(autojump_clock: trio.testing.MockClock) -> None:
    writer = Writer()
    writer.offer(b"secret", tag="relation")

    async def purge() -> None:
        await trio.sleep(1)
        writer.purge("relation")

    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(purge)
        assert await writer.flush(100)
    assert trio.current_time() == began + 1


async def test_a_slow_reader_is_told_apart_by_offer() -> None:
    writer = Writer(max_bytes=10)
    assert writer.offer(b"x" * 10)
    assert writer.offer(b"typing", droppable="typing")
    assert not writer.offer(b"y")


@given(st.lists(st.binary(min_size=1, max_size=MAX_MESSAGE), max_size=30))
def test_joined_messages_are_exactly_the_frames(frames: list[bytes]) -> None:
    queue = OutQueue(max_message_bytes=MAX_MESSAGE)
    for frame in frames:
        assert queue.offer(frame)
    messages = []
    while message := queue.next_message():
        messages.append(message)
    assert b"".join(messages) == b"".join(frames)
    assert all(len(message) <= MAX_MESSAGE for message in messages)
