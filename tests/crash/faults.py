"""One fault at a time, made at a seam of the daemon: the n-th call of it goes wrong, all the others do what they do."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import trio
import trio.abc
from coachline_core.runtime.executor import Executor, InlineExecutor
from coachline_core.runtime.seams import Network
from coachline_core.runtime.transport import Addressed, peer_of
from coachline_server.store.port import Failed, OutcomeUnknown, Store, StoreError, StoreFull
from coachline_server.store.sqlite import SqliteStatements

T = TypeVar("T")

HANGS_SECONDS = 45
"""Longer than anybody waits for a commit."""


class Fault:
    """The `nth` call, counted from 1, has it; 0: none has."""

    def __init__(self, nth: int) -> None:
        self.nth = nth
        self.calls = 0
        self.where = ""
        """What the call was that had it."""

    def due(self, where: str) -> bool:
        """Count one call; whether it is the one."""
        self.calls += 1
        if self.calls == self.nth:
            self.where = where
        return self.calls == self.nth

    @property
    def had(self) -> bool:
        """Whether it came to it."""
        return self.where != ""


# -- the store


def _refuses(call: Callable[[], Any], name: str) -> Any:
    raise StoreError("a fault")


def _is_full(call: Callable[[], Any], name: str) -> Any:
    raise StoreFull("a fault")


def _breaks(call: Callable[[], Any], name: str) -> Any:
    raise RuntimeError("a fault")


def _loses_the_outcome(call: Callable[[], Any], name: str) -> Any:
    """Done, and nobody can say so."""
    done = call()
    if name != "commit":
        raise StoreError("a fault")
    return [Failed(OutcomeUnknown("a fault")) for _ in done]


STORE = {
    "refuses": _refuses,
    "is full": _is_full,
    "breaks": _breaks,
    "loses the outcome": _loses_the_outcome,
}
"""What a call of the store may do instead."""


class FaultyStore:
    """A store of which one call goes wrong; `port.Store` by handing every other call on."""

    def __init__(self, store: Store, fault: Fault, how: str) -> None:
        self._store = store
        self._fault = fault
        self._how = STORE[how]

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        def called(*values: Any, **named: Any) -> Any:
            if self._fault.due(name):
                return self._how(lambda: method(*values, **named), name)
            return method(*values, **named)

        return called


def faulty_store(store: Store, fault: Fault, how: str) -> Store:
    """See FaultyStore."""
    return cast(Store, FaultyStore(store, fault, how))


# -- the executor


class HangingExecutor:
    """Storage of which one call takes very long, and is done all the same."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._inner: Executor = InlineExecutor(self._delay)

    async def write(self, fn: Callable[[], T], *, then: Callable[[T], None] | None = None) -> T:
        return await self._inner.write(fn, then=then)

    async def read(self, fn: Callable[[], T]) -> T:
        return await self._inner.read(fn)

    def _delay(self) -> float:
        return HANGS_SECONDS if self._fault.due("storage") else 0.001


# -- statements


DISK_ERRORS = {"disk error": sqlite3.SQLITE_IOERR_WRITE, "disk full": sqlite3.SQLITE_FULL}


def faulty_statements(fault: Fault, how: str) -> type[SqliteStatements]:
    """SQLite's, of which one fails as the disk under it would make it fail."""

    def check(sql: str) -> None:
        if fault.due(sql):
            error = sqlite3.OperationalError(how)
            error.sqlite_errorcode = DISK_ERRORS[how]
            raise error

    class Faulty(SqliteStatements):
        def run(self, sql: str, values: Sequence[Any] = ()) -> None:
            check(sql)
            super().run(sql, values)

        def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
            check(sql)
            super().many(sql, rows)

    return Faulty


# -- the network


class _FaultyStream(trio.abc.Stream, Addressed):
    def __init__(self, stream: trio.abc.Stream, fault: Fault, share: float) -> None:
        self._stream = stream
        self._fault = fault
        self._share = share
        self.peer = peer_of(stream)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        if self._fault.due("send"):
            await self._stream.send_all(bytes(data)[: int(len(data) * self._share)])
            await self._stream.aclose()
            raise trio.BrokenResourceError("a fault")
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        return await self._stream.receive_some(max_bytes)

    async def aclose(self) -> None:
        await self._stream.aclose()


SENT_SHARE = {"before": 0.0, "halfway": 0.5, "after": 1.0}
"""How much of a write arrives before the connection breaks."""


class FaultyNetwork:
    """A network over which one write of this host breaks its connection."""

    def __init__(self, network: Network, fault: Fault, how: str) -> None:
        self._network = network
        self._fault = fault
        self._share = SENT_SHARE[how]

    async def dial(self, host: str, port: int) -> trio.abc.Stream:
        return await self._network.dial(host, port)

    async def listen(self, host: str, port: int) -> list[trio.abc.Listener[trio.abc.Stream]]:
        return [_FaultyListener(each, self._fault, self._share) for each in await self._network.listen(host, port)]


class _FaultyListener(trio.abc.Listener[trio.abc.Stream]):
    def __init__(self, listener: trio.abc.Listener[trio.abc.Stream], fault: Fault, share: float) -> None:
        self._listener = listener
        self._fault = fault
        self._share = share

    async def accept(self) -> trio.abc.Stream:
        return _FaultyStream(await self._listener.accept(), self._fault, self._share)

    async def aclose(self) -> None:
        await self._listener.aclose()
