"""What a device must do to have what the server has: judge one live change, plan a whole catching up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from coachline_protocol import limits
from coachline_protocol.ops import Change, Head
from coachline_protocol.rows import Id, Revision, StreamId, StreamKind


class Verdict(Enum):
    """What to do with a live change."""

    DROP = auto()
    """Held already."""
    APPLY = auto()
    ASK = auto()
    """Something before it is missing: ask `changes` after what is held."""


def judge(mine: Revision, change: Change) -> Verdict:
    """What a device whose stream stands at revision `mine` of the change's epoch does with a change."""
    if change.rev <= mine:
        return Verdict.DROP
    if change.after <= mine:
        return Verdict.APPLY
    return Verdict.ASK


class Action(Enum):
    """One step of catching up with a stream, in the order in which steps are taken."""

    WIPE = auto()
    """Forget the stream: it was withdrawn, or is of another epoch, or I may see more or less of it than I did."""
    SNAPSHOT = auto()
    """Replace what is held, in one piece, by a snapshot: new here, or too far behind to know what became of it."""
    CHANGES = auto()
    """Ask `changes` after what is held."""
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class Step:
    """What to do with a stream."""

    stream: StreamId
    action: Action


def wants_snapshot(mine: Revision | None, head: Revision) -> bool:
    """Whether a stream is better taken in one piece: not held, or too far behind."""
    return mine is None or head - mine > limits.CHANGES_MAX


def plan(mine: Mapping[StreamId, Revision], my_epoch: Id | None, heads: Sequence[Head], epoch: Id) -> tuple[Step, ...]:
    """The steps from what is held (stream → revision) to what there is: every wipe first, then by stream kind.

    `heads` must be complete (all pages), since a held stream that is not among them was withdrawn. In another
    epoch revisions say nothing: all is wiped and fetched anew. So is a stream that is ahead of its head, and one that
    is behind the latest change to what I may see of it.
    """
    there = {head.stream: head for head in heads}
    same = my_epoch == epoch
    wiped = {stream for stream, rev in mine.items() if not same or not _goes_on(rev, there.get(stream))}
    steps = [Step(stream, Action.WIPE) for stream in sorted(wiped)]
    # A person before his record before his conversations: names and consents before what they explain.
    for head in sorted(there.values(), key=lambda head: _IN_ORDER.index(head.stream.kind)):
        held = None if head.stream in wiped else mine.get(head.stream)
        if wants_snapshot(held, head.rev):
            steps.append(Step(head.stream, Action.SNAPSHOT))
        else:
            steps.append(Step(head.stream, Action.NOTHING if held == head.rev else Action.CHANGES))
    return tuple(steps)


_IN_ORDER: Sequence[StreamKind] = ("person", "record", "conversation")


def _goes_on(mine: Revision, head: Head | None) -> bool:
    """Whether a stream that is held at this revision is the one that the head is of, as I may see it."""
    return head is not None and head.reach <= mine <= head.rev
