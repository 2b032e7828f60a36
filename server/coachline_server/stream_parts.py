"""What stream actors are told, and what they all work with."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec
import trio
from coachline_core.domain.streams import Answer, Batch, Changed, Envelope, State, repeated
from coachline_core.runtime.executor import Executor
from coachline_core.runtime.seams import Clock
from coachline_protocol.codes import Refusal
from coachline_protocol.ops import Body, Posted
from coachline_protocol.rows import AnyRow, Device, Id, Revision, StreamId
from structlog.typing import FilteringBoundLogger

from coachline_server.fanout import Fanout
from coachline_server.journal import JournalDesk
from coachline_server.metrics import Metrics
from coachline_server.people_online import LiveConnection
from coachline_server.receipt_choices import ReceiptChoices
from coachline_server.store.port import Append, Fact, Outcome, Store
from coachline_server.turns import Undecided

Settle = Callable[[Body | Refusal], None]


class OutcomeLost(Exception):
    """An append may or may not have been written: an actor's state can no longer be trusted."""


class Asked(msgspec.Struct, eq=False):
    """Somebody waits to hear how it ended. Settled exactly once."""

    settle: Settle
    settled: bool = False

    def end(self, outcome: Body | Refusal) -> None:
        """Tell who asked. Later ends are ignored."""
        if not self.settled:
            self.settled = True
            self.settle(outcome)


class Submission(Asked, kw_only=True):
    """A command."""

    envelope: Envelope
    facts: tuple[Fact, ...] = ()
    heard_at: float = 0
    """When its frame was heard; seconds on the monotonic clock."""
    admit: Callable[[], Refusal | None] = lambda: None
    """Asked when it is decided: whether it would overtake one that was refused after this one was read."""
    connection: LiveConnection | None = None
    """Where it was said, and is answered."""

    def barred(self) -> bool:
        """Whether it would overtake another; it has been told so then, and is not asked again."""
        if self.settled:
            return True
        refusal = self.admit()
        if refusal is not None:
            self.end(refusal)
        return refusal is not None


@dataclass(slots=True)
class Round:
    """One attempt at a batch."""

    submissions: list[Submission]
    batch: Batch
    facts: list[Fact] = field(default_factory=list)

    def told_by_answers(self, changed: Changed) -> LiveConnection | None:
        """The connection that the answers tell everything in a change: messages posted there, and nothing else."""
        posted = [outcome.rev for outcome in self.batch.outcomes if isinstance(outcome, Posted)]
        if posted != list(range(changed.after + 1, changed.rev + 1)):
            return None
        return the_only(submission.connection for submission in self.submissions)

    def append(self) -> Append:
        """What it writes."""
        return Append(changes=self.batch.changes, answers=self.batch.answers, facts=tuple(self.facts))

    def repeat(self, answers: Sequence[Answer]) -> list[Submission]:
        """Give those that were answered before their first answer; the others."""
        first = {(answer.author, answer.id): answer for answer in answers}
        new: list[Submission] = []
        for submission in self.submissions:
            envelope = submission.envelope
            if answer := first.get((envelope.author, envelope.id)):
                submission.end(repeated(answer, envelope))
            else:
                new.append(submission)
        return new


def the_only(connections: Iterable[LiveConnection | None]) -> LiveConnection | None:
    """The connection that all of these are, if they are one."""
    first, *others = set(connections)
    return None if others else first


@dataclass(frozen=True, slots=True)
class Nudge:
    """Somebody else changed the stream, or looked and found it at `changed.rev`; without rows they must be read."""

    changed: Changed


@dataclass(frozen=True, slots=True)
class Wake:
    """Only be awake: read the truth and announce where the stream stands."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Nobody spoke to it for long: end, if this is all there is and nothing would be forgotten."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An append was not committed: the actor's task has to see what is to be done."""

    attempt: Round
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Broken:
    """What was done for the actor failed: its task ends by it."""

    error: Exception


@dataclass(frozen=True, slots=True)
class Barrier:
    """Whoever sent it waits until everything before it was done."""

    done: trio.Event


@dataclass(frozen=True)
class StreamParts:
    """What every stream actor works with; shared by all of them."""

    store: Store
    executor: Executor
    journal: JournalDesk
    undecided: Undecided
    fanout: Fanout
    choices: ReceiptChoices
    clock: Clock
    metrics: Metrics
    log: FilteringBoundLogger
    nudge: Callable[[Changed], None]
    """Hand a change to the actor of its stream."""
    announce: Callable[[StreamId, Revision], None]
    """Tell other nodes where a stream stands now."""
    state_of: Callable[[StreamId], State | None]
    """The state an awake actor holds, as a first guess; a wrong guess is found out by the append."""
    retire: Callable[[StreamId, object, bool], None]
    """The actor is at its end: give it nothing any more. True: a fresh one must announce what is true."""
    tell_revoked: Callable[[Id, Device, bool], None]
    """A device was signed out: cut its connections. True: it did so itself."""
    tell_changed: Callable[[State, Sequence[AnyRow]], None]
    """Rows are durable and were told along the stream; whoever else must know is told by this."""
