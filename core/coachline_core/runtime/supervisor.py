"""Who starts actors, starts them again, and stops them in order. Tasks of actors are started nowhere else."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar

import trio

from .actor import Actor
from .mailbox import ActorGone
from .nursery import flat_nursery

ActorT = TypeVar("ActorT", bound=Actor[Any])

# Seconds before the first restart within a window, doubled for each further one: long enough not to spin on a
# broken disk, short enough that nobody notices a single crash.
FIRST_RESTART_DELAY: Final = 0.05
LONGEST_RESTART_DELAY: Final = 5.0


class SupervisionError(Exception):
    """An actor crashed more often than its budget allows; the last crash is the cause."""

    def __init__(self, name: str) -> None:
        super().__init__(f"actor {name} crashed beyond its restart budget")
        self.name = name


@dataclass(frozen=True, slots=True)
class RestartBudget:
    """At most `restarts` restarts within any `seconds`; one crash more escalates."""

    restarts: int
    seconds: float


class Supervised(Generic[ActorT]):
    """A started actor. `current` is the instance alive now, or the last one that was."""

    def __init__(self, name: str, actor: ActorT) -> None:
        self.name = name
        self.current = actor
        self.alive = True
        self.ended = trio.Event()
        self.scope = trio.CancelScope()
        self.drain_scope = trio.CancelScope()


class Supervisor:
    """An async context manager; leaving its block stops the actors in order.

    Cancelling it from outside, an exception in its block, or an escalation cancels all actors at once: the
    order is a promise of `stop` only. Programs use one supervisor per group that must stop together before
    another (connections, then streams, then storage), each inside the next.
    """

    def __init__(self, *, on_crash: Callable[[str, Exception], None] | None = None, grace: float = 5.0) -> None:
        """`on_crash(name, error)` is told of every crash. `grace`: seconds each actor gets to drain at block
        end.
        """
        self._on_crash = on_crash
        self._grace = grace
        self._permanent: list[Supervised[Any]] = []
        self._temporary: dict[Supervised[Any], None] = {}
        self._stopping = False
        self._manager: AbstractAsyncContextManager[trio.Nursery]
        self._nursery: trio.Nursery

    async def __aenter__(self) -> Self:
        self._manager = flat_nursery()
        self._nursery = await self._manager.__aenter__()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> bool | None:
        if exc is None:
            try:
                await self.stop(grace=self._grace)
            except BaseException as error:
                return await self._manager.__aexit__(type(error), error, error.__traceback__)
        return await self._manager.__aexit__(exc_type, exc, tb)

    def start(self, name: str, make_actor: Callable[[], ActorT], *, budget: RestartBudget) -> Supervised[ActorT]:
        """Run an actor and, after a crash, a fresh one from the factory; beyond `budget` raise
        SupervisionError.

        An actor whose `run` returns has finished and is not started again.
        """
        self._check_running(name)
        child = Supervised(name, make_actor())
        self._permanent.append(child)
        self._nursery.start_soon(self._keep_running, child, make_actor, budget, name=name)
        return child

    def start_temporary(self, actor: ActorT) -> Supervised[ActorT]:
        """Run an actor once. Its crash is reported and goes no further."""
        self._check_running(actor.name)
        child = Supervised(actor.name, actor)
        self._temporary[child] = None
        self._nursery.start_soon(self._run_once, child, name=actor.name)
        return child

    async def stop(self, *, grace: float) -> None:
        """Stop all: temporaries first and together, then the others, latest started first, one after another.

        Each may drain for `grace` seconds while those it leans on still run; then it is cancelled and waited
        for.
        """
        self._stopping = True
        async with flat_nursery() as nursery:
            for child in list(self._temporary):
                nursery.start_soon(self._stop_one, child, grace)
        for child in reversed(self._permanent):
            await self._stop_one(child, grace)

    def _check_running(self, name: str) -> None:
        if self._stopping:
            raise RuntimeError(f"cannot start {name}: the supervisor is stopping")

    def _report(self, name: str, error: Exception) -> None:
        if self._on_crash is not None:
            self._on_crash(name, error)

    async def _keep_running(
        self, child: Supervised[ActorT], make_actor: Callable[[], ActorT], budget: RestartBudget
    ) -> None:
        crashes: deque[float] = deque()
        try:
            with child.scope:
                while (crash := await self._live(child)) is not None and not self._stopping:
                    self._spend(child.name, budget, crashes, crash)
                    delay = FIRST_RESTART_DELAY * 2 ** (len(crashes) - 1)
                    await trio.sleep(min(delay, LONGEST_RESTART_DELAY))
                    child.current = make_actor()
        except SupervisionError:
            raise
        except Exception as error:  # a crash while being cancelled, or of the factory
            self._report(child.name, error)
            if not self._stopping:
                raise SupervisionError(child.name) from error
        finally:
            child.ended.set()

    def _spend(self, name: str, budget: RestartBudget, crashes: deque[float], crash: Exception) -> None:
        now = trio.current_time()
        crashes.append(now)
        while crashes[0] <= now - budget.seconds:
            crashes.popleft()
        if len(crashes) > budget.restarts:
            raise SupervisionError(name) from crash

    async def _run_once(self, child: Supervised[Any]) -> None:
        try:
            with child.scope:
                await self._live(child)
        except Exception as error:  # a crash while being cancelled
            self._report(child.name, error)
        finally:
            del self._temporary[child]
            child.ended.set()

    async def _live(self, child: Supervised[Any]) -> Exception | None:
        """One life of one instance. Returns its crash, None for a normal end."""
        child.alive = True
        try:
            await child.current.serve()
        except Exception as error:
            self._report(child.name, error)
            return error
        finally:
            child.alive = False
            child.drain_scope.cancel()
        return None

    async def _stop_one(self, child: Supervised[Any], grace: float) -> None:
        if child.alive:
            child.drain_scope = trio.CancelScope(deadline=trio.current_time() + grace)
            try:
                with child.drain_scope:
                    await child.current.drain()
            except ActorGone:
                pass  # it ended while it was asked to
            except Exception as error:
                self._report(child.name, error)
        child.scope.cancel()
        await child.ended.wait()
