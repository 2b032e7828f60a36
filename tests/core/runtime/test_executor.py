"""Storage functions run elsewhere, in order, to their end, and their exceptions come home."""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

import pytest
import trio
import trio.testing
from coachline_core.runtime.executor import Executor, ExecutorClosed, InlineExecutor, ThreadExecutor
from support.determinism import run_universe

Opened = Callable[[], AbstractAsyncContextManager[Executor]]


class Gate:
    """A function that blocks its thread until it is let go, and says when it has begun."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.release = threading.Event()
        self.ran = 0

    def __call__(self) -> int:
        self.begun.set()
        assert self.release.wait(10)
        self.ran += 1
        return self.ran


async def until(condition: Callable[[], bool]) -> None:
    """Let the event loop turn until something another thread does has happened."""
    with trio.fail_after(10):
        while not condition():
            await trio.lowlevel.checkpoint()


async def test_writes_share_one_thread_and_reads_others() -> None:
    async with ThreadExecutor(readers=2) as executor:
        barrier = threading.Barrier(2, timeout=10)
        readers: list[int] = []

        def read() -> None:
            barrier.wait()  # only passes if two readers run at once
            readers.append(threading.get_ident())

        writers = [await executor.write(threading.get_ident) for _ in range(3)]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(executor.read, read)
            nursery.start_soon(executor.read, read)
    assert len(set(writers)) == 1
    assert len(set(readers)) == 2
    assert threading.get_ident() not in {*writers, *readers}


async def test_exceptions_travel_to_the_caller_and_the_thread_lives_on() -> None:
    def fail() -> None:
        raise SystemExit("even this")

    async with ThreadExecutor() as executor:
        for run in (executor.write, executor.read):
            with pytest.raises(SystemExit, match="even this"):
                await run(fail)
            assert await run(lambda: 5) == 5


async def test_a_cancelled_write_still_happens_in_its_place() -> None:
    done: list[int] = []
    gate = Gate()
    async with ThreadExecutor() as executor:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(executor.write, gate)
            await until(gate.begun.is_set)
            nursery.start_soon(executor.write, lambda: done.append(1))
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        gate.release.set()
        await executor.write(lambda: done.append(2))
    assert gate.ran == 1
    assert done == [1, 2]


async def test_a_cancelled_read_that_had_not_begun_is_skipped() -> None:
    done: list[int] = []
    gate = Gate()
    async with ThreadExecutor(readers=1) as executor:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(executor.read, gate)
            await until(gate.begun.is_set)
            nursery.start_soon(executor.read, lambda: done.append(1))
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        gate.release.set()
        await executor.read(lambda: done.append(2))
    assert done == [2]


async def test_pending_reads_are_bounded_and_cancelled_ones_keep_their_place() -> None:
    gate = Gate()
    async with ThreadExecutor(readers=1, max_pending_reads=2) as executor:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(executor.read, gate)
            await until(gate.begun.is_set)
            nursery.start_soon(executor.read, int)
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        # Both places are still taken, by one running and one queued: a third must wait.
        reached = trio.Event()

        async def third() -> None:
            assert await executor.read(lambda: 3) == 3
            reached.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(third)
            await trio.testing.wait_all_tasks_blocked()
            assert executor._reads.qsize() == 1
            gate.release.set()
            await reached.wait()
        # Every place came back: two at once go through again.
        async with trio.open_nursery() as nursery:
            nursery.start_soon(executor.read, int)
            nursery.start_soon(executor.read, int)


async def test_leaving_finishes_what_was_accepted_even_when_cancelled() -> None:
    done: list[int] = []
    ended: list[str] = []
    gate = Gate()
    executor = ThreadExecutor(at_thread_end=lambda: ended.append(threading.current_thread().name))

    async def life() -> None:
        async with executor, trio.open_nursery() as inner:
            inner.start_soon(executor.write, gate)
            for n in range(50):
                inner.start_soon(executor.write, lambda n=n: done.append(n))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(life)
        await until(gate.begun.is_set)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
        gate.release.set()
    assert sorted(done) == list(range(50))
    assert sorted(ended) == ["storage-reader-0", "storage-reader-1", "storage-reader-2", "storage-writer"]
    assert not any(thread.is_alive() for thread in executor._threads)
    for run in (executor.write, executor.read):
        with pytest.raises(ExecutorClosed):
            await run(int)


async def test_writes_keep_the_order_of_their_calls() -> None:
    done: list[int] = []
    async with ThreadExecutor() as executor:
        gate = Gate()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(executor.write, gate)
            for n in range(20):
                nursery.start_soon(executor.write, lambda n=n: done.append(n))
                await trio.testing.wait_all_tasks_blocked()
            gate.release.set()
    assert done == list(range(20))


@asynccontextmanager
async def thread_executor() -> AsyncIterator[Executor]:
    async with ThreadExecutor() as executor:
        yield executor


@asynccontextmanager
async def inline_executor() -> AsyncIterator[Executor]:
    yield InlineExecutor()


@pytest.mark.parametrize("opened", [thread_executor, inline_executor])
class TestThen:
    """What is done with a result on the event loop before its caller can go on."""

    async def test_hears_the_result_first(self, opened: Opened) -> None:
        heard: list[object] = []
        async with opened() as executor:
            assert await executor.write(lambda: 5, then=lambda n: heard.append((n, threading.get_ident()))) == 5
            heard.append("caller")
        assert heard == [(5, threading.get_ident()), "caller"]

    async def test_hears_nothing_of_what_failed(self, opened: Opened) -> None:
        heard: list[float] = []
        async with opened() as executor:
            with pytest.raises(ZeroDivisionError):
                await executor.write(lambda: 1 / 0, then=heard.append)
        assert heard == []

    async def test_fails_its_caller_and_nobody_else(self, opened: Opened) -> None:
        def then(_: int) -> None:
            raise SystemExit("even this")

        async with opened() as executor:
            with pytest.raises(SystemExit, match="even this"):
                await executor.write(int, then=then)
            assert await executor.write(lambda: 6) == 6


async def test_who_gave_up_has_nothing_done_with_a_result() -> None:
    gate, heard = Gate(), list[int]()
    async with ThreadExecutor() as executor:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(executor.write, gate, then=heard.append))
            await until(gate.begun.is_set)
            nursery.cancel_scope.cancel()
        gate.release.set()
        await executor.write(int)
    assert (gate.ran, heard) == (1, [])


async def test_an_inline_executor_does_the_same_without_threads() -> None:
    executor: Executor = InlineExecutor()
    assert await executor.write(threading.get_ident) == threading.get_ident()
    assert await executor.read(lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        await executor.write(lambda: 1 // 0)
    assert await executor.write(lambda: 4) == 4


def test_an_inline_executors_delay_lets_an_answer_be_lost_after_the_deed() -> None:
    async def main() -> list[str]:
        done: list[str] = []
        executor = InlineExecutor(lambda: 1.0)
        with trio.move_on_after(0.5):
            await executor.write(lambda: done.append("never begun"))
        with trio.move_on_after(1.5):
            await executor.write(lambda: done.append("done, answer lost"))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(executor.write, lambda: done.append("first"))
            await trio.testing.wait_all_tasks_blocked(0.1)
            nursery.start_soon(executor.write, lambda: done.append("second"))
        assert trio.current_time() == 0.5 + 1.5 + 4
        return done

    assert run_universe(main, 3) == ["done, answer lost", "first", "second"]
