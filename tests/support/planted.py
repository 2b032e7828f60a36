"""Bugs planted on purpose: each is a mistake that systems of this kind have made, and none may get past the universes.

Planted from outside, by replacing what a class does for the length of a `with` block; the product has no switch.
"""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any, Final
from unittest.mock import patch

from coachline_core.client import following
from coachline_core.client.conversation import Held
from coachline_core.client.model import Model
from coachline_core.client.values import Summary
from coachline_core.domain.conversation import ConversationState
from coachline_core.domain.streams import State
from coachline_core.domain.sync import Step, plan
from coachline_core.runtime.backoff import CEILINGS, Backoff
from coachline_core.runtime.writer import OutQueue
from coachline_protocol.ops import Body, ChangePage, Head
from coachline_protocol.rows import Id, Message, Revision, Seq, StreamId
from coachline_server.conversation_actor import ConversationActor
from coachline_server.deciding import Deciding
from coachline_server.fanout import Fanout
from coachline_server.presence import Presence
from coachline_server.store.pony_store import PonyStore
from coachline_server.store.port import Append, Duplicate, Outcome
from coachline_server.stream_parts import Round, Submission
from coachline_server.sweep import Sweep
from coachline_server.switchboard import Switchboard
from msgspec.structs import replace
from support.play_story import Ending, play_story, story_of
from support.verdict import Check

MOST_SEEDS: Final = 40
Planting = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Planted:
    """`found_by`: the check that is there to find it. `seed`: that of the first story, from 0 on, in which it does."""

    name: str
    found_by: Check
    plant: Planting
    seed: int = 0

    def found_in(self, ending: Ending) -> bool:
        """Whether that check spoke up."""
        return any(problem.check == self.found_by for problem in ending.problems)

    def first_found(self, first: int = 0) -> int:
        """The first seed from `first` on whose story finds it; raises AssertionError if MOST_SEEDS do not."""
        for seed in range(first, first + MOST_SEEDS):
            with self.plant():
                if self.found_in(play_story(seed, story_of(seed))):
                    return seed
        raise AssertionError(f"{self.name} got past {MOST_SEEDS} universes")


def duplicate_on_resend() -> AbstractContextManager[object]:
    """A command that was done before is done again."""
    times: Counter[Id] = Counter()
    commit = PonyStore.commit

    def again(append: Append) -> Append:
        def other(id: Id) -> Id:
            times[id] += 1
            return id[:8] + (int.from_bytes(id[8:], "big") ^ times[id]).to_bytes(8, "big")

        answers = tuple(replace(answer, id=other(answer.id)) for answer in append.answers)
        changes = tuple(
            replace(
                change,
                rows=tuple(replace(row, id=other(row.id)) if isinstance(row, Message) else row for row in change.rows),
            )
            for change in append.changes
        )
        return replace(append, answers=answers, changes=changes)

    def forgetful(store: PonyStore, appends: Sequence[Append]) -> list[Outcome]:
        outcomes = commit(store, appends)
        pairs = zip(appends, outcomes, strict=True)
        return [commit(store, [again(a)])[0] if isinstance(o, Duplicate) else o for a, o in pairs]

    return patch.object(PonyStore, "commit", forgetful)


def gap() -> AbstractContextManager[object]:
    """Of a page of what was missed, the first message is left out."""
    changed = following.changed

    def careless(model: Model, stream: StreamId, after: Revision, page: ChangePage) -> Any:
        messages = [row for row in page.rows if isinstance(row, Message)]
        rows = tuple(row for row in page.rows if row not in messages[:1])
        return changed(model, stream, after, replace(page, rows=rows))

    return patch.object(following, "changed", careless)


def reorder() -> AbstractContextManager[object]:
    """What waited for one stream is done last come, first served."""
    decide, decide_now = Deciding.decide, Deciding.decide_now

    async def backwards(deciding: Deciding, state: State, submissions: list[Submission]) -> Round:
        return await decide(deciding, state, submissions[::-1])

    def backwards_now(deciding: Deciding, state: State, submissions: list[Submission]) -> Round | None:
        return decide_now(deciding, state, submissions[::-1])

    return patch.multiple(Deciding, decide=backwards, decide_now=backwards_now)


def acknowledgement_before_commit() -> AbstractContextManager[object]:
    """Decided is taken for done."""
    decide, decide_now = Deciding.decide, Deciding.decide_now

    def answered(attempt: Round) -> Round:
        for submission, outcome in zip(attempt.submissions, attempt.batch.outcomes, strict=True):
            submission.end(outcome)
        return attempt

    async def hasty(deciding: Deciding, state: State, submissions: list[Submission]) -> Round:
        return answered(await decide(deciding, state, submissions))

    def hasty_now(deciding: Deciding, state: State, submissions: list[Submission]) -> Round | None:
        attempt = decide_now(deciding, state, submissions)
        return None if attempt is None else answered(attempt)

    return patch.multiple(Deciding, decide=hasty, decide_now=hasty_now)


def lost_cursor() -> AbstractContextManager[object]:
    """Cursors are told and not kept."""
    append_more = ConversationActor.append_more

    def forgetful(actor: ConversationActor, append: Append, state: ConversationState) -> Append:
        return replace(append_more(actor, append, state), moves=())

    return patch.object(ConversationActor, "append_more", forgetful)


def ghost_presence() -> AbstractContextManager[object]:
    """Nobody is told of whoever leaves."""
    return patch.object(Presence, "_left", lambda *_: None)


def stale_permission() -> AbstractContextManager[object]:
    """A device that is signed out goes on hearing on the connection it has."""
    stack = ExitStack()
    stack.enter_context(patch.object(Switchboard, "_revoked", lambda *_: None))

    async def blind(_: Sweep) -> None:
        return

    stack.enter_context(patch.object(Sweep, "_shut_out", blind))
    return stack


def double_receipt() -> AbstractContextManager[object]:
    """Each move of a cursor is told twice."""
    event = Fanout.event

    def twice(fanout: Fanout, name: str, body: Body, people: Sequence[Id], **how: Any) -> None:
        for _ in range(2 if name == "cursor" else 1):
            event(fanout, name, body, people, **how)

    return patch.object(Fanout, "event", twice)


def consent_unheard() -> AbstractContextManager[object]:
    """A device takes no notice of what it may see more or less than it did."""

    def careless(
        mine: Mapping[StreamId, Revision], my_epoch: Id | None, heads: Sequence[Head], epoch: Id
    ) -> tuple[Step, ...]:
        return plan(mine, my_epoch, [replace(head, reach=0) for head in heads], epoch)

    stack = ExitStack()
    stack.enter_context(patch.object(following, "plan", careless))
    stack.enter_context(patch.object(following, "_reached", lambda *_: None))
    return stack


def badge_counted() -> AbstractContextManager[object]:
    """A badge is counted up with each message and set to nothing by reading."""
    counted: Counter[int] = Counter()
    put, saw, summaries = Held.put, Held.saw, Model.summaries

    def counting(held: Held, messages: Iterable[Message], *, shown: bool = False) -> None:
        heard = list(messages)
        counted[id(held)] += sum(message.author != held.me for message in heard)
        put(held, heard, shown=shown)

    def cleared(held: Held, seq: Seq) -> None:
        counted[id(held)] = 0
        saw(held, seq)

    def told(model: Model) -> tuple[Summary, ...]:
        held = {line.conversation: model.conversations.get(line.conversation) for line in summaries(model)}
        return tuple(
            dataclasses.replace(line, unread=counted[id(held[line.conversation])]) for line in summaries(model)
        )

    stack = ExitStack()
    stack.enter_context(patch.object(Held, "put", counting))
    stack.enter_context(patch.object(Held, "saw", cleared))
    stack.enter_context(patch.object(Model, "summaries", told))
    return stack


def unbounded_outbox() -> AbstractContextManager[object]:
    """What waits for a slow reader may grow for ever."""
    make = OutQueue.__init__

    def boundless(queue: OutQueue, *, max_bytes: int = 0) -> None:
        make(queue, max_bytes=2**40)

    return patch.object(OutQueue, "__init__", boundless)


def false_delivered() -> AbstractContextManager[object]:
    """Delivered is said of what is still on its way."""
    deliverable = Held.deliverable

    def boastful(held: Held) -> Seq | None:
        seq = deliverable(held)
        return None if seq is None else seq + 1

    return patch.object(Held, "deliverable", boastful)


def name_unheard() -> AbstractContextManager[object]:
    """Who calls himself something else tells nobody."""
    event = Fanout.event

    def silent(fanout: Fanout, name: str, body: Body, people: Sequence[Id], **how: Any) -> None:
        if name != "profile":
            event(fanout, name, body, people, **how)

    return patch.object(Fanout, "event", silent)


def herd_at_reconnect() -> AbstractContextManager[object]:
    """Everybody waits the same times."""

    def in_step(backoff: Backoff, retry_after_ms: int | None = None) -> float:
        ceiling = CEILINGS[min(backoff._attempt, len(CEILINGS) - 1)]
        backoff._attempt += 1
        return (retry_after_ms or 0) / 1000 + ceiling

    return patch.object(Backoff, "next_delay", in_step)


PLANTED: Final = (
    Planted("duplicate on resend", "messages", duplicate_on_resend),
    Planted("gap", "devices", gap),
    Planted("reorder", "messages", reorder),
    Planted("acknowledgement before commit", "wires", acknowledgement_before_commit),
    Planted("lost cursor", "cursors", lost_cursor),
    Planted("ghost presence", "presence", ghost_presence),
    Planted("stale permission", "wires", stale_permission),
    Planted("consent unheard", "records", consent_unheard),
    Planted("double receipt", "wires", double_receipt),
    Planted("name unheard", "people", name_unheard, seed=8),
    Planted("badge counted", "badges", badge_counted),
    Planted("unbounded outbox", "daemon", unbounded_outbox, seed=4),
    Planted("false delivered", "wires", false_delivered),
    Planted("herd at reconnect", "herd", herd_at_reconnect, seed=1),
)
