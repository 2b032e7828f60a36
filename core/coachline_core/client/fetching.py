"""Brings streams up to date over one connection, a few at a time."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import trio
from coachline_protocol.codes import RefusalCode
from coachline_protocol.ops import ChangePage, Changes, Snapshot, SnapshotTaken
from coachline_protocol.rows import Revision, StreamId

from coachline_core.client import facts, following
from coachline_core.client.channel import Channel
from coachline_core.client.errors import Refused
from coachline_core.client.ownership import Lease
from coachline_core.client.patience import UNNAMED_WAIT, ask_patiently
from coachline_core.domain.sync import wants_snapshot

AT_ONCE: Final = 4
"""Streams fetched at the same time: hides the round trips, leaves room for what a person does meanwhile."""
GONE: Final = (RefusalCode.NOT_FOUND, RefusalCode.NO_RELATIONSHIP)
"""A stream was lost while it was asked for; the word of it may still be on its way."""


class Fetcher:
    """What is to be fetched, and the tasks that do. One task at a time works on a stream."""

    def __init__(self, owner: Lease, channel: Channel, done: Callable[[StreamId], None]) -> None:
        """`done(stream)`: a stream is up to date, as far as is known."""
        self._done = done
        self._owner = owner
        self._channel = channel
        self._wanted: dict[StreamId, Revision] = {}
        self._busy: dict[StreamId, None] = {}
        self._anew: dict[StreamId, None] = {}
        self._withdrawn: dict[StreamId, int] = {}
        self._changed = trio.Event()

    @property
    def idle(self) -> bool:
        """Nothing is missing, as far as is known."""
        return not self._wanted and not self._busy

    def behind(self, stream: StreamId) -> bool:
        """Whether a stream is being fetched, or waits to be."""
        return stream in self._wanted or stream in self._busy

    def want(self, behind: dict[StreamId, Revision]) -> None:
        """These streams have gone on, to these revisions at least."""
        for stream, rev in behind.items():
            self._wanted[stream] = max(rev, self._wanted.get(stream, 0))
        self._wake()

    def withdraw(self, stream: StreamId) -> None:
        """What is being fetched of it was asked before it was withdrawn, and must not come back to life."""
        self._withdrawn[stream] = self._withdrawn.get(stream, 0) + 1
        self._wanted.pop(stream, None)

    def take_anew(self, streams: Iterable[StreamId]) -> None:
        """Of these I may see more or less than before: what is being fetched was asked too soon, all is taken again."""
        for stream in streams:
            self.withdraw(stream)
            self._anew[stream] = None

    async def until_idle(self) -> None:
        """Wait until nothing is missing."""
        while not self.idle:
            await self._changed.wait()

    async def work(self) -> None:
        """One of AT_ONCE tasks. Raises NotConnected, StorageFailed."""
        while True:
            stream = next((stream for stream in self._wanted if stream not in self._busy), None)
            if stream is None:
                await self._changed.wait()
                continue
            self._busy[stream] = None
            try:
                await self._fetch(stream, self._wanted.pop(stream))
            finally:
                del self._busy[stream]
                self._wake()
            self._done(stream)

    async def _fetch(self, stream: StreamId, head: Revision) -> None:
        while True:
            before = self._owner.model.revs.get(stream)
            if before is not None and before == head:
                return
            try:
                more = await self._page(stream, before, head)
            except Refused as refused:
                if refused.refusal.code in GONE:
                    await self._owner.do(lambda: [facts.Withdrawn(stream)])
                    return
                raise
            mine = self._owner.model.revs.get(stream)
            if mine is None or (mine >= head and not more):
                return
            if mine == before and stream not in self._anew:
                await trio.sleep(UNNAMED_WAIT)  # told of a revision that cannot be read yet

    async def _page(self, stream: StreamId, mine: Revision | None, head: Revision) -> bool:
        """Ask for one page and keep it. Returns whether there is more."""
        model, times = self._owner.model, self._withdrawn.get(stream, 0)

        def unless_withdrawn(found: Sequence[facts.Fact]) -> Sequence[facts.Fact]:
            return found if self._withdrawn.get(stream, 0) == times else []

        anew = stream in self._anew or wants_snapshot(mine, head)
        if model.epoch is not None and mine is not None and not anew:
            try:
                request = Changes(stream=stream, epoch=model.epoch, after=mine)
                page = await ask_patiently(self._channel, request, ChangePage)
            except Refused as refused:
                if refused.refusal.code is not RefusalCode.RESET:
                    raise
            else:
                return await self._changed_by(stream, mine, page, times)
        self._anew.pop(stream, None)
        taken = await ask_patiently(self._channel, Snapshot(stream=stream), SnapshotTaken)
        if taken.epoch != model.epoch:
            self._channel.drop("reset")
        await self._owner.do(lambda: unless_withdrawn(following.retaken(model, stream, taken)))
        return False

    async def _changed_by(self, stream: StreamId, mine: Revision, page: ChangePage, times: int) -> bool:
        """Keep a page of changes, unless the stream was withdrawn since. Returns whether there is more."""
        found = following.Findings()

        def decide() -> Sequence[facts.Fact]:
            nonlocal found
            if self._withdrawn.get(stream, 0) == times:
                found = following.changed(self._owner.model, stream, mine, page)
            return found.learned

        await self._owner.do(decide)
        self._anew.update(dict.fromkeys(found.anew))
        return page.more or bool(found.anew)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = trio.Event()
