"""The actor of one stream, of whatever kind: decide → append → acknowledge → fan out, in that order, always.

It holds the state as the database has it and at most one append in flight; what arrives meanwhile forms the next.
What takes no waiting it does in its `turn`, all else in its task, which sleeps until then.
Its state evolves only after the commit. Whatever happens to it, whoever waits for an answer gets one.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from math import inf
from typing import cast

import trio
from coachline_core.domain.streams import Changed, apply
from coachline_core.runtime.mailbox import Question
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import AnyRow, Id, StreamId

from coachline_server.deciding import Deciding
from coachline_server.people_online import LiveConnection
from coachline_server.store.port import (
    Append,
    Committed,
    Duplicate,
    Failed,
    Moved,
    Outcome,
    OutcomeUnknown,
    StoreFull,
    StoreReadOnly,
    Taken,
)
from coachline_server.stream_kind import S, StreamKind
from coachline_server.stream_parts import (
    Asked,
    Barrier,
    Broken,
    Nudge,
    OutcomeLost,
    Rest,
    Round,
    StreamParts,
    Submission,
    Unfinished,
    Wake,
)
from coachline_server.stream_reading import read_changes, read_stream

BATCH_ITEMS = 256
"""Commands of one append: bounds how long its first one waits for its last one to be decided."""
ATTEMPTS = 8
"""How often a batch is decided again because the stream had moved; then its authors are asked to come again."""
REST_ONLY = [Rest()]


class StreamActor(StreamKind[S]):
    """See the module."""

    def __init__(self, stream: StreamId, parts: StreamParts) -> None:
        super().__init__(stream, parts)
        self.loaded = False
        self._found: tuple[AnyRow, ...] = ()
        self.taken: list[object] = []
        """From the mailbox, and not finished."""
        self.stirred = True
        """Whether it took something in hand since somebody last looked, and unset this."""
        self.quiet_since = inf
        """Since when nobody who looked has found it stirred; seconds on trio's clock."""
        self._flight: Round | None = None
        """Being committed."""
        self._is_undecided = False
        """Whether it will have a turn."""
        self._deciding = Deciding(stream, parts)
        self._revive = False

    @property
    def at_work(self) -> bool:
        """Whether it has something in hand."""
        return bool(self.taken) or self._flight is not None

    # -- life

    async def run(self) -> None:
        try:
            await self._load()
            first = True
            while True:
                items = self.taken = await self._next_items()
                self.stirred = True
                if items == REST_ONLY and self.may_rest():
                    return
                await self._work(items, announce=first)
                self.taken = []
                first = False
                self.mailbox.hold()
                self._stir()
        finally:
            # Before anything else may run: from here on nobody finds this actor.
            self.parts.retire(self.stream, self, self._revive)

    async def drain(self) -> None:
        """Until everything accepted was answered."""
        done = trio.Event()
        await self.mailbox.tell(Barrier(done))
        self._stir()
        await done.wait()

    def abandon(self, left: list[object]) -> None:
        """Nobody is left without an answer: the same command may be said again."""
        unavailable = Refusal(code=RefusalCode.UNAVAILABLE)
        for item in (*self.taken, *left, self._flight):
            match item:
                case Asked():
                    item.end(unavailable)
                case (Round() as attempt) | Unfinished(attempt):
                    self._refuse(attempt.submissions, unavailable)
                case Barrier(done):
                    done.set()
        self.taken, self._flight = [], None

    async def _next_items(self) -> list[object]:
        while True:
            deadline = self.next_deadline()
            if deadline == inf:
                # Nearly always: a scope for each wait would cost more than the wait.
                return await self.mailbox.take_all(BATCH_ITEMS)
            with trio.move_on_at(deadline):
                return await self.mailbox.take_all(BATCH_ITEMS)
            self.at_deadline()

    async def _load(self) -> None:
        self.state, self._found = await read_stream(self.parts, self.stream)
        self.loaded = True

    # -- a turn that takes no waiting; the mailbox is held meanwhile, so that this actor's task sleeps

    def offer(self, item: object) -> bool:
        """Leave an item. False: busy. Never waits. Raises ActorGone."""
        taken = self.mailbox.offer(item)
        self._stir()
        return taken

    def _stir(self) -> None:
        """Have a turn at the end of the loop's, if something waits for one."""
        if self.mailbox.held and self.mailbox.depth and self._flight is None and not self._is_undecided:
            self._is_undecided = self.parts.journal.let_decide(self) or self.parts.undecided.offer(self)
            if not self._is_undecided:
                self.mailbox.release()

    def turn(self) -> None:
        """See `turns.Decides`."""
        self._is_undecided = False
        if not self.mailbox.held or self._flight is not None:
            return
        items = self.mailbox.take_now(BATCH_ITEMS)
        self.stirred = True
        try:
            done = self._work_now(items)
        except Exception as error:
            self.mailbox.release(Broken(error), *items)
            return
        if done:
            self._stir()
        else:
            self.mailbox.release(*items)

    def _work_now(self, items: list[object]) -> bool:
        """Decide and submit. False: it takes waiting, and none of it is done."""
        submissions: list[Submission] = []
        others: list[object] = []
        for item in items:
            if isinstance(item, Submission):
                submissions.append(item)
            elif self.heard_in_passing(item):
                others.append(item)
            else:
                return False
        together, *later = self.apart(submissions)
        if later or not self.prepared():
            return False
        attempt = self._deciding.decide_now(self.state, [said for said in together if not said.barred()])
        if attempt is None:
            return False
        for item in others:
            self.hear(item)
        append = self._completed(attempt)
        if append is not None:
            self._flight = attempt
            self.parts.journal.submit_now(append, Question(self._landed))
        return True

    # -- a turn of this actor's task

    async def _work(self, items: Sequence[object], *, announce: bool) -> None:
        submissions: list[Submission] = []
        nudges: list[Changed] = []
        barriers: list[Barrier] = []
        for item in items:
            match item:
                case Submission():
                    submissions.append(item)
                case Nudge(changed):
                    nudges.append(changed)
                case Barrier():
                    barriers.append(item)
                case Unfinished(attempt, outcome):
                    await self._commit(await self._after(attempt, outcome) or ())
                case Broken(error):
                    raise error
                case Wake() | Rest():
                    pass
                case _:
                    self.hear(item)
        await self.prepare()
        if announce:
            self._announce(nudges)
        await self._catch_up(nudges)
        if submissions or self.has_more():
            *parts, last = self.apart(submissions)
            for part in parts:
                await self._commit(part)
            await (self._commit(last) if barriers else self._begin(last))
        for barrier in barriers:
            barrier.done.set()

    def _announce(self, nudges: list[Changed]) -> None:
        """A fresh actor tells where the stream stands, with the rows where a nudge brought the very last ones.

        What was committed before it woke, by another node or by an actor that died before it could tell, may be news
        to those online here; that they may not see any more what they saw is theirs to know, too.
        """
        before, rev = self.told_here(), self.state.rev
        self.withhold(Changed(self.stream, rev, rev, self._found), before)
        self.parts.fanout.teach(self.stream, self._found, self._concerned(before))
        self._found = ()
        if rev:
            latest = (changed for changed in nudges if changed.rows and changed.rev == rev)
            self._tell(next(latest, Changed(self.stream, rev, rev, ())), before)

    async def _catch_up(self, nudges: Sequence[Changed]) -> None:
        for changed in nudges:
            if changed.rev <= self.state.rev:
                continue
            if changed.after == self.state.rev and changed.rows:
                self._evolve(changed)
            else:
                await self._read_on()

    async def _read_on(self) -> None:
        """Read what others wrote, and tell it."""
        more = True
        while more:
            changed, more = await read_changes(self.parts, self.stream, self.state.rev)
            if changed.rows:
                self._evolve(changed)

    def _evolve(self, changed: Changed) -> None:
        before = self.state
        self.state = apply(self.rules, before, changed)
        self.withhold(changed, before)
        self._tell(changed, before)

    def _tell(self, changed: Changed, before: S, *, but: LiveConnection | None = None) -> None:
        """Fan out, but to who knows; also to whoever was in the audience until now: that it ended is theirs to know."""
        concerned = self._concerned(before)
        self.parts.fanout.change(changed, concerned, partial(self.rules.visible, self.state), but=but)
        for person in concerned[len(self.rules.audience(self.state)) :]:
            if not self.leaves(person):
                self.parts.fanout.withdraw(self.stream, person)
        self.parts.tell_changed(self.state, changed.rows)
        self.tell_also()

    def _concerned(self, before: S) -> tuple[Id, ...]:
        """The audience, and then whoever was in it until now."""
        now, until_now = self.rules.audience(self.state), self.rules.audience(before)
        return (*now, *(() if until_now == now else [person for person in until_now if person not in now]))

    # -- deciding and committing

    async def _begin(self, submissions: list[Submission]) -> None:
        """Have them committed, and hear of it where the journal tells: for what went well this task need not wake."""
        attempt = await self._deciding.decide(self.state, [said for said in submissions if not said.barred()])
        append = self._completed(attempt)
        if append is not None:
            self._flight = attempt
            self.mailbox.hold()
            await self.parts.journal.submit(append, Question(self._landed))

    def _landed(self, outcome: Outcome) -> None:
        """The append in flight came to its end. Whatever takes more than telling so is left to this actor's task."""
        attempt = self._flight
        if attempt is None:
            return  # the actor ended meanwhile
        if isinstance(outcome, Committed):
            try:
                self._committed(attempt)
            except Exception as error:  # this actor's own: it must not harm whoever brings the outcomes
                self.mailbox.release(Broken(error))
                return
        else:
            self.mailbox.release(Unfinished(attempt, outcome))
        self._flight = None
        self._stir()

    async def _commit(self, submissions: Sequence[Submission]) -> None:
        """Have them committed, and wait for it."""
        pending = [said for said in submissions if not said.barred()]
        for _ in range(ATTEMPTS):
            attempt = await self._deciding.decide(self.state, pending)
            append = self._completed(attempt)
            if append is None:
                return
            again = await self._after(attempt, await self.parts.journal.append(append))
            if again is None:
                return
            pending = again
        self._refuse(pending, Refusal(code=RefusalCode.BUSY))

    def _completed(self, attempt: Round) -> Append | None:
        """All that is to be written; None: nothing is, and all is said."""
        attempt.facts = self.facts(attempt.batch, attempt.submissions)
        append = self.append_more(attempt.append(), self._state_after(attempt))
        if append != Append():
            return append
        self.acknowledge_more()
        return None

    @staticmethod
    def _state_after(attempt: Round) -> S:
        """The stream's state once it is durable, which is of the kind that it was before."""
        return cast(S, attempt.batch.state)

    async def _after(self, attempt: Round, outcome: Outcome) -> list[Submission] | None:
        """Tell, or know why there is nothing to tell; what of it is to be decided again, None if nothing is."""
        match outcome:
            case Committed():
                self._committed(attempt)
            case Moved(streams):
                self._deciding.stale |= {stream for stream in streams if stream != self.stream}
                if self.stream in streams:
                    await self._read_on()
                return attempt.submissions
            case Duplicate(answers):
                # Done by a try that was given up, perhaps: know what it did before saying so.
                await self._read_on()
                return attempt.repeat(answers)
            case Taken() | Failed():
                await self._failed(outcome, attempt.submissions)
        return None

    async def _failed(self, outcome: Outcome, submissions: list[Submission]) -> None:
        """Nothing was written: find whose fault it was, or refuse all when it is nobody's."""
        error = outcome.error if isinstance(outcome, Failed) else None
        if isinstance(error, OutcomeUnknown):
            self._revive = True
            raise OutcomeLost(str(error))
        if len(submissions) > 1 and not isinstance(error, StoreFull | StoreReadOnly):
            half = len(submissions) // 2
            await self._commit(submissions[:half])
            await self._commit(submissions[half:])
            return
        if isinstance(outcome, Taken):
            code = RefusalCode.HANDLE_TAKEN if outcome.what == "handle" else RefusalCode.CONFLICT
            self._refuse(submissions, Refusal(code=code, field=outcome.what))
            return
        self.parts.log.error("append failed", stream=self.name, error=str(error))
        self._refuse(submissions, Refusal(code=RefusalCode.UNAVAILABLE))

    def _refuse(self, submissions: Iterable[Submission], refusal: Refusal) -> None:
        for submission in submissions:
            submission.end(refusal)
        self.refuse_more(refusal)

    def _committed(self, attempt: Round) -> None:
        mine = next((changed for changed in attempt.batch.changes if changed.stream == self.stream), None)
        before = self.state
        if mine is not None:
            self.state = self._state_after(attempt)
            self.withhold(mine, before)
        self.durable(attempt)
        for submission, outcome in zip(attempt.submissions, attempt.batch.outcomes, strict=True):
            submission.end(outcome)
        self.acknowledge_more()
        if mine is not None and mine.rows:
            self._tell(mine, before, but=attempt.told_by_answers(mine))
        self.tell_more()
        for changed in attempt.batch.changes:
            if changed.rows:
                self.parts.announce(changed.stream, changed.rev)
                if changed.stream != self.stream:
                    self.parts.nudge(changed)
        self.count(attempt)

    def count(self, attempt: Round) -> None:
        """Metrics of the kind."""
