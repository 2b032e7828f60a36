"""The storage executor: where blocking database functions run.

Storage is written as plain functions. One standing writer thread runs the writes in the order they were
accepted, a few standing reader threads run the reads. Standing threads, because a `to_thread` round trip
costs more than the work, and because a database connection belongs to its thread.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

import trio
from trio.lowlevel import Abort

T = TypeVar("T")


class ExecutorClosed(Exception):
    """The executor is not open (any more). The function was not run."""


class Executor(Protocol):
    """Runs blocking functions away from the event loop. Exceptions of the function are raised to the caller."""

    async def write(self, fn: Callable[[], T], *, then: Callable[[T], None] | None = None) -> T:
        """Run `fn` with exclusive right to write, in the order of the calls. Cancelled: it may still run.

        `then` is handed the result on the event loop as soon as it is there, before the caller can go on; not
        if `fn` raised or the caller was cancelled. What `then` raises is raised to the caller.
        """
        ...

    async def read(self, fn: Callable[[], T]) -> T:
        """Run `fn` beside other reads and the writer. Cancelled: it may still run."""
        ...


class _Job(Generic[T]):
    __slots__ = ("asker", "droppable", "error", "fn", "then", "value")

    def __init__(self, fn: Callable[[], T], then: Callable[[T], None] | None = None, *, droppable: bool) -> None:
        """To be made by the task that then waits for its `result`."""
        self.fn = fn
        self.then = then
        self.droppable = droppable
        self.asker: trio.lowlevel.Task | None = trio.lowlevel.current_task()
        self.error: BaseException | None = None
        self.value: T

    def run(self) -> None:
        if self.droppable and self.asker is None:
            return
        try:
            self.value = self.fn()
        except BaseException as error:  # whatever it is, it belongs to the caller and must not end the thread
            self.error = error

    def settle(self) -> None:
        """On the event loop: it was run."""
        if self.asker is None:
            return
        if self.then is not None and self.error is None:
            try:
                self.then(self.value)
            except BaseException as error:  # the caller's too, and must not end the loop
                self.error = error
        trio.lowlevel.reschedule(self.asker)

    async def result(self) -> T:
        await trio.lowlevel.wait_task_rescheduled(self._give_up)
        if self.error is not None:
            try:
                raise self.error
            finally:
                self.error = None  # the traceback holds this frame: break the cycle
        return self.value

    def _give_up(self, _: object) -> Abort:
        self.asker = None
        return Abort.SUCCEEDED


_Queue = SimpleQueue[_Job[Any] | None]


class ThreadExecutor:
    """One writer thread and `readers` reader threads between `async with` and its end.

    Leaving the block finishes everything accepted, even when cancelled, and only then ends the threads. A
    cancelled caller leaves at once; its write still runs, its read is skipped if it had not begun.
    """

    def __init__(
        self,
        *,
        readers: int = 3,
        max_pending_reads: int = 256,
        at_thread_end: Callable[[], None] | None = None,
    ) -> None:
        """`max_pending_reads`: reads queued or running; further callers wait.

        `at_thread_end` runs last in every thread: the place to close that thread's database connection.
        """
        self._writes: _Queue = SimpleQueue()
        self._reads: _Queue = SimpleQueue()
        self._readers = readers
        self._read_slots = trio.Semaphore(max_pending_reads, max_value=max_pending_reads)
        self._at_thread_end = at_thread_end
        self._finished: deque[_Job[Any]] = deque()
        self._threads: list[threading.Thread] = []
        self._ended = 0
        self._all_ended = trio.Event()
        self._token: trio.lowlevel.TrioToken
        self._open = False

    async def __aenter__(self) -> Self:
        await trio.lowlevel.checkpoint()
        self._token = trio.lowlevel.current_trio_token()
        self._open = True
        self._spawn("storage-writer", self._writes)
        for n in range(self._readers):
            self._spawn(f"storage-reader-{n}", self._reads)
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._open = False
        self._writes.put(None)
        for _ in range(self._readers):
            self._reads.put(None)
        with trio.CancelScope(shield=True):
            await self._all_ended.wait()
        for thread in self._threads:
            thread.join()

    async def write(self, fn: Callable[[], T], *, then: Callable[[T], None] | None = None) -> T:
        """Run `fn` on the writer thread. Raises ExecutorClosed, or what `fn` or `then` raised."""
        await trio.lowlevel.checkpoint_if_cancelled()
        return await self._submit(self._writes, _Job(fn, then, droppable=False))

    async def read(self, fn: Callable[[], T]) -> T:
        """Run `fn` on a reader thread. Raises ExecutorClosed, or what `fn` raised."""
        await self._read_slots.acquire()
        job = _Job(fn, droppable=True)
        try:
            return await self._submit(self._reads, job)
        except ExecutorClosed:
            self._read_slots.release()
            raise

    async def _submit(self, queue: _Queue, job: _Job[T]) -> T:
        if not self._open:
            raise ExecutorClosed
        queue.put(job)
        return await job.result()

    def _spawn(self, name: str, queue: _Queue) -> None:
        # Daemon threads, so that a program torn down without unwinding does not hang; what was acknowledged
        # is already on disk then, and what was not may be lost.
        thread = threading.Thread(target=self._work, args=(queue,), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self, queue: _Queue) -> None:
        while (job := queue.get()) is not None:
            job.run()
            self._finished.append(job)
            # Idempotent: results of several threads share one wake-up of the event loop.
            self._post(self._settle_finished, idempotent=True)
        try:
            if self._at_thread_end is not None:
                self._at_thread_end()
        finally:
            self._post(self._thread_ended, idempotent=False)

    def _post(self, fn: Callable[[], None], *, idempotent: bool) -> None:
        try:
            self._token.run_sync_soon(fn, idempotent=idempotent)
        except trio.RunFinishedError:
            return  # the event loop is gone, and with it everybody who waited

    def _settle_finished(self) -> None:
        while self._finished:
            job = self._finished.popleft()
            if job.droppable:
                self._read_slots.release()
            job.settle()

    def _thread_ended(self) -> None:
        self._settle_finished()
        self._ended += 1
        if self._ended == len(self._threads):
            self._all_ended.set()


class InlineExecutor:
    """Runs functions on the event loop's own thread: deterministic, for simulation.

    `delay` (seconds, virtual) is drawn before and after the function: a caller cancelled in the first wait
    finds nothing done, in the second everything done and the answer lost, as with real threads. Writes keep
    their order.
    """

    def __init__(self, delay: Callable[[], float] | None = None) -> None:
        self._delay = delay
        self._writer = trio.StrictFIFOLock()

    async def write(self, fn: Callable[[], T], *, then: Callable[[T], None] | None = None) -> T:
        """Run `fn` after every write called before it."""
        async with self._writer:
            value = await self.read(fn)
            if then is not None:
                then(value)
            return value

    async def read(self, fn: Callable[[], T]) -> T:
        """Run `fn`."""
        await self._pause()
        value = fn()
        if self._delay is not None:
            await self._pause()
        return value

    async def _pause(self) -> None:
        await trio.sleep(0.0 if self._delay is None else self._delay())
