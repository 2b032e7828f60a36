"""How the daemon's connections send: together at the end of a turn, and each on its own what its link does not take."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import trio
import trio.testing
from coachline_core.runtime.link import LinkClosed
from coachline_core.runtime.mailbox import Mailbox
from coachline_server.sending import Due, PromptWriter, sent_at_the_end
from coachline_server.turns import EndOfTurn
from support.links import SilentLink
from trio.testing import MockClock, wait_all_tasks_blocked


class FakeLink(SilentLink):
    """Takes messages at once until it is told to take them slowly, or to break."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.broken: Exception | None = None
        self.slow = False
        self.flushes = 0

    def send_now(self, data: bytes) -> bool:
        if self.broken is not None:
            raise self.broken
        self.sent.append(data)
        return not self.slow

    async def flush(self) -> None:
        self.flushes += 1
        await trio.sleep(1)
        if self.broken is not None:
            raise self.broken

    async def send(self, data: bytes) -> None:
        raise AssertionError("a prompt writer does not wait to send")


class House:
    """Some writers and the flusher they share."""

    def __init__(self, nursery: trio.Nursery, due: Due) -> None:
        self.nursery = nursery
        self.due = due
        self.failures: list[Exception] = []

    def writer(self, *, max_bytes: int = 1000) -> tuple[PromptWriter, FakeLink]:
        """One more, with its link."""
        writer, link = PromptWriter(self.due, max_bytes=max_bytes), FakeLink()
        writer.begin(link, self.nursery, self.failures.append)
        return writer, link

    @property
    def tasks(self) -> int:
        """How many there are beside the flusher."""
        return len(self.nursery.child_tasks) - 1


@asynccontextmanager
async def house(size: int = 10) -> AsyncIterator[House]:
    due: Due = Mailbox(size, name="due")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(EndOfTurn("flusher", due, PromptWriter.send_due).serve)
        await wait_all_tasks_blocked()
        yield House(nursery, due)
        nursery.cancel_scope.cancel()


async def test_what_is_offered_in_a_turn_is_one_message_for_each_and_takes_no_task() -> None:
    async with house() as here:
        (one, to_one), (other, to_other) = here.writer(), here.writer()
        for frame in (b"a", b"b"):
            assert one.offer(frame)
            assert other.offer(frame)
        assert to_one.sent == []
        assert await one.flush(10)
        await wait_all_tasks_blocked()
        assert one.offer(b"c")
        await wait_all_tasks_blocked()
        assert here.tasks == 0
    assert to_one.sent == [b"ab", b"c"]
    assert to_other.sent == [b"ab"]


async def test_what_is_said_in_one_go_is_sent_at_its_end_and_the_flusher_sleeps() -> None:
    async with house() as here:
        (one, to_one), (other, to_other) = here.writer(), here.writer()
        one.offer(b"before")
        with sent_at_the_end(here.due):
            for frame in (b"a", b"b"):
                assert one.offer(frame)
                assert other.offer(frame)
            assert to_one.sent == to_other.sent == []
        assert to_one.sent == [b"beforeab"]
        assert to_other.sent == [b"ab"]
        assert here.due.depth == 0
        other.offer(b"after")
        await wait_all_tasks_blocked()
        assert to_other.sent == [b"ab", b"after"]


async def test_a_block_that_fails_sends_what_was_said_in_it() -> None:
    async with house() as here:
        writer, link = here.writer()
        with suppress(ZeroDivisionError), sent_at_the_end(here.due):
            writer.offer(b"said")
            raise ZeroDivisionError
        assert link.sent == [b"said"]
        writer.offer(b"on")
        await wait_all_tasks_blocked()
        assert link.sent == [b"said", b"on"]


async def test_a_purged_frame_is_not_sent() -> None:
    async with house() as here:
        writer, link = here.writer()
        writer.offer(b"secret", tag="relation")
        writer.offer(b"answer", tag="relation", instead=b"refusal")
        assert writer.purge("relation") == 2
        await wait_all_tasks_blocked()
    assert link.sent == [b"refusal"]


async def test_what_the_link_does_not_take_at_once_is_waited_for_by_one_task(autojump_clock: MockClock) -> None:
    async with house() as here:
        writer, link = here.writer()
        link.slow = True
        for frame in (b"a", b"b", b"c"):
            assert writer.offer(frame)
            await wait_all_tasks_blocked()
        assert link.sent == [b"a"]
        assert not await writer.flush(0.5)
        assert await writer.flush(10)
        assert (link.sent, link.flushes) == ([b"a", b"bc"], 2)
        link.slow = False
        writer.offer(b"d")
        await wait_all_tasks_blocked()
        link.slow = True
        writer.offer(b"e")
        assert await writer.flush(10)
        assert (link.sent, link.flushes) == ([b"a", b"bc", b"d", b"e"], 3)
        assert here.tasks == 1


async def test_a_slow_reader_is_told_apart_by_offer(autojump_clock: MockClock) -> None:
    async with house() as here:
        writer, link = here.writer(max_bytes=10)
        link.slow = True
        writer.offer(b"x")
        await wait_all_tasks_blocked()
        assert writer.offer(b"x" * 10)
        assert not writer.offer(b"y")


@pytest.mark.parametrize("error", [LinkClosed(None), KeyError("a defect")])
async def test_what_goes_wrong_is_this_connections_and_nobody_elses(error: Exception) -> None:
    async with house() as here:
        (one, to_one), (other, to_other) = here.writer(), here.writer()
        to_one.broken = error
        one.offer(b"a")
        other.offer(b"a")
        assert not await one.flush(10)
        await wait_all_tasks_blocked()
        assert here.failures == [error]
        assert one.offer(b"b")  # and is lost
        assert other.offer(b"b")
        await wait_all_tasks_blocked()
    assert to_one.sent == []
    assert to_other.sent == [b"a", b"b"]


async def test_a_link_that_ends_while_it_takes_slowly_is_told(autojump_clock: MockClock) -> None:
    async with house() as here:
        writer, link = here.writer()
        link.slow = True
        writer.offer(b"a")
        await wait_all_tasks_blocked()
        link.broken = LinkClosed(None)
        assert not await writer.flush(10)
        assert here.failures == [link.broken]


async def test_who_finds_no_place_among_those_due_sends_at_once() -> None:
    async with house(size=1) as here:
        (one, to_one), (other, to_other) = here.writer(), here.writer()
        one.offer(b"a")
        other.offer(b"b")
        assert (to_one.sent, to_other.sent) == ([], [b"b"])
        await wait_all_tasks_blocked()
        other.offer(b"c")
        await wait_all_tasks_blocked()
    assert (to_one.sent, to_other.sent) == ([b"a"], [b"b", b"c"])


async def test_what_was_offered_before_there_was_a_link_goes_when_there_is_one() -> None:
    async with house() as here:
        writer, link = PromptWriter(here.due, max_bytes=10), FakeLink()
        writer.offer(b"early")
        await wait_all_tasks_blocked()
        writer.begin(link, here.nursery, here.failures.append)
        assert await writer.flush(10)
    assert link.sent == [b"early"]


async def test_after_the_end_nothing_is_sent() -> None:
    async with house() as here:
        writer, link = here.writer()
        writer.offer(b"a")
        writer.end()
        await wait_all_tasks_blocked()
        assert writer.offer(b"b" * 2000)  # who is gone is not slow
        assert not await writer.flush(10)
    assert link.sent == []
