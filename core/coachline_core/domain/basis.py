"""What a command that is yet to be said stands on: the revision its author saw, and other commands before it.

A command that overwrites carries as `base` the revision of the row that its author saw. If he has changed that row
himself just before, and the first change is still unanswered, nobody knows yet what the second one is based on: it
waits for the answer, which names the revision. So two changes made offline, one after the other, are done one
after the other, and a change that somebody else made in between is noticed at the first of them.

Nothing that waits is ever merged into one command: the first may have been said before a cut, and what is said
again must be the same.
"""

from collections.abc import Iterable
from typing import Final

import msgspec
from coachline_protocol import ops
from coachline_protocol.rows import AnyRow, Goal, Id, Progress, Relationship, Revision

Based = (
    ops.ConsentSet
    | ops.GoalChange
    | ops.GoalCounter
    | ops.GoalAccept
    | ops.GoalDecline
    | ops.GoalSetState
    | ops.ProgressCorrect
)
"""The queued commands that name the revision they are based on."""
UNKNOWN: Final[Revision] = 0
"""The base of a change to something that is not there yet: what makes it is still unanswered."""

Subject = tuple[str, Id]
"""What a command changes, by the kind of row and its key."""


def subject(body: ops.Command) -> Subject | None:
    """The row that a command makes or changes; None for those on which nothing is based."""
    match body:
        case ops.ConsentSet() | ops.RelationshipPause() | ops.RelationshipResume() | ops.RelationshipEnd():
            return "relationship", body.trainer
        case ops.GoalAssign() | ops.GoalPropose():
            return "goal", body.id
        case ops.GoalChange() | ops.GoalCounter() | ops.GoalAccept() | ops.GoalDecline() | ops.GoalSetState():
            return "goal", body.goal
        case ops.ProgressRecord():
            return "progress", body.id
        case ops.ProgressCorrect():
            return "progress", body.entry
        case ops.ExcuseMake():
            return "excuse", body.id
        case ops.ExcuseWithdraw():
            return "excuse", body.excuse
        case ops.TemplateSet():
            return "template", body.template or body.id
        case ops.TemplateRemove():
            return "template", body.template
        case _:
            return None


def depends(body: ops.Command, earlier: ops.Command) -> bool:
    """Whether a command stands or falls with an earlier one that is still unanswered.

    What overwrites, corrects, withdraws or removes something is meant for what the command before it makes of that;
    what is entered for a goal is meant for the goal that is to be made.
    """
    match body:
        case ops.ProgressRecord():
            return isinstance(earlier, ops.GoalAssign | ops.GoalPropose) and earlier.id == body.goal
        case ops.ExcuseWithdraw() | ops.TemplateSet() | ops.TemplateRemove():
            return subject(body) == subject(earlier)
        case _:
            return isinstance(body, Based) and subject(body) == subject(earlier)


def rebased(body: Based, base: Revision) -> Based:
    """The same, based on another revision."""
    return msgspec.structs.replace(body, base=base)


def base_of(rows: Iterable[AnyRow], body: ops.Command) -> Revision:
    """The revision that a command would be based on now, where these are the rows of its stream; else UNKNOWN."""
    about = subject(body)
    revs = (row.rev for row in rows if about is not None and _subject_of(row) == about)
    return max(revs, default=UNKNOWN)


def _subject_of(row: AnyRow) -> Subject | None:
    match row:
        case Relationship():
            return "relationship", row.trainer
        case Goal():
            return "goal", row.id
        case Progress():
            return "progress", row.entry
        case _:
            return None
