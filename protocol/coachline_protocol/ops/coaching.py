"""Coaching: relationships and consent, goals, progress, excuses, templates.

`client` says whose record is meant. Dates are days of the client's calendar.

Each is answered by `Changed`: `rev` is the revision of the row it is about (relationship, goal, saying, excuse,
template), which is the last one of the change; where nothing had to be changed, the one that row has. So whoever says
several things about one row, one after the other, knows from each answer the `base` of the next.
"""

from typing import Annotated, Literal

import msgspec

from coachline_protocol import limits
from coachline_protocol.ops.base import Body, Zone
from coachline_protocol.rows import Consent, Date, GoalKind, Id, Measure, Revision, Target, Terms

Note = Annotated[str, msgspec.Meta(max_length=limits.GOAL_NOTE_CHARACTERS)]
Title = Annotated[str, msgspec.Meta(max_length=limits.GOAL_TITLE_CHARACTERS)]
Targets = Annotated[tuple[Target, ...], msgspec.Meta(max_length=limits.TARGETS_MAX)]
Measures = Annotated[tuple[Measure, ...], msgspec.Meta(max_length=limits.MEASURES_MAX)]
Reason = Literal["ill", "injured", "holiday", "travel"]


class ConsentSet(Body, frozen=True, kw_only=True):
    """The client says anew what a trainer may see and do. `base`: the relationship's revision this is based on."""

    id: Id
    trainer: Id
    base: Revision
    consent: Consent


class RelationshipPause(Body, frozen=True, kw_only=True):
    """Either side has the coaching rest: no new goals and no presence until whoever paused it resumes."""

    id: Id
    client: Id
    trainer: Id


class RelationshipResume(Body, frozen=True, kw_only=True):
    """Whoever paused the coaching goes on with it."""

    id: Id
    client: Id
    trainer: Id


class RelationshipEnd(Body, frozen=True, kw_only=True):
    """Either side ends the coaching: their conversation is read-only, the record leaves the trainer's devices.

    `leave`: the client leaves what the trainer saw until now with him; only the client may.
    """

    id: Id
    client: Id
    trainer: Id
    leave: bool = False


class GoalAssign(Body, frozen=True, kw_only=True):
    """A goal that holds at once: a trainer's with the consent `assign`, or one's own. `id` becomes the goal's."""

    id: Id
    client: Id
    kind: GoalKind
    terms: Terms


class GoalPropose(Body, frozen=True, kw_only=True):
    """A goal that the client may accept, counter or decline: needs the consent `propose` or `assign`."""

    id: Id
    client: Id
    kind: GoalKind
    terms: Terms


class GoalChange(Body, frozen=True, kw_only=True):
    """New terms for one's own goal that hold from the day `effective` on; a trainer needs the consent `assign`.

    `base`: the goal's revision this is based on.
    """

    id: Id
    client: Id
    goal: Id
    base: Revision
    terms: Terms
    effective: Date


class GoalCounter(Body, frozen=True, kw_only=True):
    """Other terms for a goal, which the other side may accept, counter or decline."""

    id: Id
    client: Id
    goal: Id
    base: Revision
    terms: Terms
    effective: Date


class GoalAccept(Body, frozen=True, kw_only=True):
    """The terms that wait for my answer hold: from their day on, or from today if that has passed."""

    id: Id
    client: Id
    goal: Id
    base: Revision


class GoalDecline(Body, frozen=True, kw_only=True):
    """The terms that wait for my answer do not hold; a goal that was only proposed is cancelled."""

    id: Id
    client: Id
    goal: Id
    base: Revision


class GoalSetState(Body, frozen=True, kw_only=True):
    """From today on the goal rests, goes on, or is over. The client may, and its author with the consent he needs."""

    id: Id
    client: Id
    goal: Id
    base: Revision
    state: Literal["active", "paused", "done", "missed", "cancelled"]


class ProgressRecord(Body, frozen=True, kw_only=True):
    """What was done for a goal on a day: by the client, or by a trainer with the consent `record_progress`."""

    id: Id
    client: Id
    goal: Id
    day: Date
    zone: Zone
    measures: Measures = ()
    note: Note = ""


class ProgressCorrect(Body, frozen=True, kw_only=True):
    """An entry said better; without measures and note it is taken back. `base`: the revision of its last saying."""

    id: Id
    client: Id
    entry: Id
    base: Revision
    measures: Measures = ()
    note: Note = ""


class ExcuseMake(Body, frozen=True, kw_only=True):
    """Days that are not to be held against the client, said by him or by a trainer who may assign him goals."""

    id: Id
    client: Id
    first: Date
    last: Date
    reason: Reason
    note: Note = ""


class ExcuseWithdraw(Body, frozen=True, kw_only=True):
    """An excuse does not count any more; whoever made it may, and the client."""

    id: Id
    client: Id
    excuse: Id


class TemplateSet(Body, frozen=True, kw_only=True):
    """Keep a goal to set again: a new one (`template` None, `id` becomes its id), or one of mine said anew."""

    id: Id
    template: Id | None = None
    kind: GoalKind
    title: Title
    targets: Targets = ()
    days: Annotated[int, msgspec.Meta(ge=1, le=limits.GOAL_DAYS_MAX)] | None = None
    note: Note = ""


class TemplateRemove(Body, frozen=True, kw_only=True):
    """A template is not offered any more."""

    id: Id
    template: Id
