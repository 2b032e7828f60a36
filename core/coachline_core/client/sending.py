"""Empties the outbox over one connection; what may be said when is the outbox's own rule (`domain.outbox`)."""

from functools import partial

import trio
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.ops import Body, Changed, MessagePost, Posted
from coachline_protocol.rows import Time

from coachline_core.client import facts, following
from coachline_core.client.channel import Channel
from coachline_core.client.errors import Refused
from coachline_core.client.model import conversation_stream
from coachline_core.client.ownership import Lease
from coachline_core.domain.outbox import Entry
from coachline_core.runtime.mailbox import Question
from coachline_core.runtime.seams import Clock


class Sender:
    """One connection's task that says what waits, several at once, and takes the answers in order."""

    def __init__(self, owner: Lease, channel: Channel, clock: Clock) -> None:
        self._owner = owner
        self._channel = channel
        self._clock = clock
        self._woken = trio.Event()

    def wake(self) -> None:
        """There may be something to say."""
        self._woken.set()

    async def work(self) -> None:
        """Say what waits, for as long as the connection lasts. Raises NotConnected, StorageFailed."""
        while True:
            self._woken = trio.Event()
            outbox, now = self._owner.model.outbox, self._now()
            if outbox.sendable(now):
                await self._say(now)
                continue
            wake_at = outbox.wake_at(now)
            with trio.move_on_after(float("inf") if wake_at is None else (wake_at - now) / 1000):
                await self._woken.wait()

    async def _say(self, now: Time) -> None:
        entries: tuple[Entry, ...] = ()

        def choose() -> list[facts.Fact]:
            # Where nothing comes between: what is chosen is on its way, and nobody can give it up any more.
            nonlocal entries
            entries = self._owner.model.outbox.sendable(now)
            return [facts.Said(tuple(entry.id for entry in entries))]

        await self._owner.do(choose)
        asked = [(entry, await self._channel.say(entry.body)) for entry in entries]
        first = {entry.stream: entry for entry in reversed(entries)}
        for entry, question in asked:
            await self._take(entry, question, first=first[entry.stream] is entry)

    async def _take(self, entry: Entry, question: Question[Body], *, first: bool) -> None:
        try:
            reply = await self._channel.answer(question)
        except Refused as refused:
            if first and refused.refusal.code is RefusalCode.OUT_OF_ORDER:
                # The server waits for one that was discarded here: a new connection owes it nothing.
                self._channel.drop("out_of_order")
            await self._refused(entry, refused.refusal)
            return
        await self._owner.do(partial(self._done, entry, reply))

    def _done(self, entry: Entry, reply: Body) -> list[facts.Fact]:
        """The command is done. What was said by it is shown at once, though its stream may have a hole before it."""
        model = self._owner.model
        found: list[facts.Fact] = [facts.Acknowledged(entry.id, reply.rev if isinstance(reply, Changed) else 0)]
        post = entry.body
        if isinstance(reply, Changed):
            found += (facts.Restated(body) for body in model.outbox.on_answer(entry.id, reply.rev))
            found += following.entered(model, entry, reply.rev)
        if isinstance(post, MessagePost) and isinstance(reply, Posted) and model.person is not None:
            message = following.posted(model.person, post, reply)
            if conversation_stream(post.conversation) in model.revs:
                found.append(facts.Filled(post.conversation, reply.seq, reply.seq + 1, (message,)))
        return found

    async def _refused(self, entry: Entry, refusal: Refusal) -> None:
        def decide() -> list[facts.Fact]:
            now = self._now()
            fallen = () if refusal.code.retryable else self._owner.model.outbox.dependents(entry.id)
            found: list[facts.Fact] = [facts.TurnedDown(entry.id, refusal, now)]
            # Those on their way get an answer of their own.
            return found + [facts.TurnedDown(one.id, refusal, now) for one in fallen if one.state == "queued"]

        await self._owner.do(decide)

    def _now(self) -> Time:
        """Milliseconds that never jump: what the outbox's pauses are measured with."""
        return round(self._clock.monotonic() * 1000)
