"""What one kind of stream does differently from the others, beside its rules."""

from collections.abc import Iterable
from math import inf
from typing import Generic, TypeVar

from coachline_core.domain.rules import RULES
from coachline_core.domain.streams import Batch, Changed, Rules, State
from coachline_core.runtime.actor import Actor
from coachline_protocol.codes import Refusal
from coachline_protocol.rows import Id, StreamId

from coachline_server.store.port import Append, Fact
from coachline_server.stream_parts import Round, StreamParts, Submission

MAILBOX_ITEMS = 1_024
"""Commands of one stream waiting: some 0.1 s of work. The next is refused with `busy`."""

S = TypeVar("S", bound=State)


class StreamKind(Actor[object], Generic[S]):
    """A stream's state, and the steps that a kind may add to."""

    def __init__(self, stream: StreamId, parts: StreamParts) -> None:
        super().__init__(f"{stream.kind} {stream.id.hex()}", size=MAILBOX_ITEMS)
        self.stream = stream
        self.parts = parts
        self.rules: Rules[S] = RULES[stream.kind]
        self.state: S

    async def prepare(self) -> None:
        """Before each turn: read what else is needed. Raises StoreError."""

    def prepared(self) -> bool:
        """Whether `prepare` has nothing to read."""
        return True

    def hear(self, item: object) -> None:
        """Something that is neither a command nor a nudge."""

    def heard_in_passing(self, _item: object) -> bool:
        """Whether `hear` does nothing with it that the actor's sleeping task would have to know."""
        return False

    def apart(self, submissions: list[Submission]) -> Iterable[list[Submission]]:
        """Cut into parts that are committed one after the other; one empty part if there are none."""
        return (submissions,)

    def facts(self, _batch: Batch, submissions: list[Submission]) -> list[Fact]:
        """What is committed beside the rows of a batch."""
        return [fact for submission in submissions for fact in submission.facts]

    def append_more(self, append: Append, _state: S) -> Append:
        """Add what a kind commits beside rows that bring the stream to this state; called for each attempt."""
        return append

    def has_more(self) -> bool:
        """Whether `append_more` would add something."""
        return False

    def durable(self, attempt: Round) -> None:
        """It is written, and nobody was told so yet."""

    def acknowledge_more(self) -> None:
        """What `append_more` added is durable."""

    def tell_more(self) -> None:
        """Fan out what `append_more` added."""

    def refuse_more(self, refusal: Refusal) -> None:
        """What `append_more` added could not be written."""

    def withhold(self, changed: Changed, before: S) -> None:
        """Rows are durable, nobody knows yet: what waits for those who see less by them is not sent any more."""

    def leaves(self, _person: Id) -> bool:
        """Whether somebody who is told no more keeps what he saw."""
        return False

    def told_here(self) -> S:
        """The state that those online here were told last, as far as it decides who is told what."""
        return self.state

    def tell_also(self) -> None:
        """A change was told: what else follows from it."""

    def next_deadline(self) -> float:
        """When the kind wants to be called although nothing arrived; seconds on the monotonic clock."""
        return inf

    def at_deadline(self) -> None:
        """The time `next_deadline` named has come."""

    def may_rest(self) -> bool:
        """Whether nothing would be forgotten by resting."""
        return True
