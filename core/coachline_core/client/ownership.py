"""The one task that changes a session's state. Everything else hands it jobs and hears their end."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

from coachline_core.client.cache import Cache
from coachline_core.client.errors import StorageFailed
from coachline_core.client.facts import Cut, Fact, Said, SignedOff
from coachline_core.client.model import Model
from coachline_core.client.updates import Topic
from coachline_core.runtime.actor import Actor
from coachline_core.runtime.executor import Executor
from coachline_core.runtime.mailbox import Question

JOBS: Final = 1_024
"""Jobs that may wait: events of a busy second. A connection that brings more than can be kept is dropped."""

Job = Callable[[], Awaitable[None]]


class Owner(Actor[Job]):
    """Runs jobs one after the other; `keep` is how a job changes anything."""

    def __init__(
        self, model: Model, cache: Cache, executor: Executor, publish: Callable[[Iterable[Topic]], None]
    ) -> None:
        super().__init__("session", size=JOBS)
        self.model = model
        self._cache = cache
        self._executor = executor
        self._publish = publish
        self.departures = 0
        """How often an account has left this device."""

    async def run(self) -> None:
        while True:
            for job in await self.mailbox.take_all():
                await job()

    async def keep(self, facts: Sequence[Fact]) -> None:
        """Facts to disk, then into memory, then told. Only to be called by a job. Raises StorageFailed."""
        if not facts:
            return
        if not all(isinstance(fact, Said | Cut) for fact in facts):
            # Those two are about this connection only: nothing of them is written, so no disk can stand in the way.
            try:
                await self._executor.write(lambda: self._cache.commit(facts))
            except Exception as error:
                raise StorageFailed(str(error)) from error
        topics: dict[Topic, None] = {}
        for fact in facts:
            topics.update(dict.fromkeys(self.model.evolve(fact)))
            self.departures += isinstance(fact, SignedOff)
        self._publish(topics)

    async def do(self, decide: Callable[[], Sequence[Fact]]) -> None:
        """Have facts decided on the state as it then is, and kept. Returns once they are on disk.

        Raises StorageFailed, or whatever `decide` raises (then nothing was kept).
        """

        def job(question: Question[None]) -> Job:
            async def run() -> None:
                try:
                    await self.keep(decide())
                except Exception as error:
                    question.fail(error)
                else:
                    question.answer(None)

            return run

        await self.ask(job, timeout=float("inf"))

    async def read(self, fn: Callable[[Cache], Any]) -> Any:
        """Read from the cache beside the owner's work."""
        return await self._executor.read(lambda: fn(self._cache))


class Lease:
    """The owner as one connection uses it, for as long as the account it was made for stays on this device.

    A connection learns for some moments more than its account is there: what it hears meanwhile is not kept.
    """

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._departures = owner.departures

    @property
    def ended(self) -> bool:
        """Whether the account has left."""
        return self._owner.departures != self._departures

    @property
    def model(self) -> Model:
        """As `Owner.model`."""
        return self._owner.model

    def offer(self, job: Job) -> bool:
        """Have a job run without waiting for it. False: too many wait."""
        return self._owner.mailbox.offer(job)

    async def keep(self, facts: Sequence[Fact]) -> None:
        """As `Owner.keep`."""
        await self._owner.keep(() if self.ended else facts)

    async def do(self, decide: Callable[[], Sequence[Fact]]) -> None:
        """As `Owner.do`."""
        await self._owner.do(lambda: () if self.ended else decide())
