"""What somebody wants of coaching, as plain values; the coaching half of `intents`."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from coachline_desktop.goal_state import Choice, GoalForm
from coachline_desktop.state import Key

State = Literal["active", "paused", "done", "missed", "cancelled"]
CoachingDeed = Literal["pause", "resume", "end"]
Typed = tuple[str, str, str]
"""(metric, unit, what was typed)."""


@dataclass(frozen=True, slots=True)
class OpenClient:
    """Show somebody's page; None: the overview."""

    client: Key | None


@dataclass(frozen=True, slots=True)
class ShowGoal:
    """Show a goal on its client's page."""

    client: Key
    goal: Key


@dataclass(frozen=True, slots=True)
class ShowDay:
    """Show and enter what I am asked on this day."""

    day: date


@dataclass(frozen=True, slots=True)
class Enter:
    """Progress for a goal on a day of the client's. `place` names the form it stands in.

    `nth`: how often something was typed there before, so that the same amount typed anew is another entry.
    """

    place: str
    client: Key
    goal: Key
    day: date
    values: tuple[Typed, ...]
    note: str = ""
    nth: int = 0


@dataclass(frozen=True, slots=True)
class Correct:
    """An entry said better; without values and note it is taken back. `place` is empty where there is no form."""

    place: str
    client: Key
    goal: Key
    entry: Key
    values: tuple[Typed, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class SetGoal:
    """A goal for some clients, all of one kind; what is asked of each is his own."""

    place: str
    forms: tuple[tuple[Key, GoalForm], ...]
    propose: bool


@dataclass(frozen=True, slots=True)
class ChangeGoal:
    """Other terms for a goal: they hold from `effective` on (None: today), or are for the other side to answer."""

    place: str
    client: Key
    goal: Key
    form: GoalForm
    counter: bool
    effective: date | None = None


@dataclass(frozen=True, slots=True)
class AnswerGoal:
    """Yes or no to the terms that wait for me."""

    client: Key
    goal: Key
    accept: bool


@dataclass(frozen=True, slots=True)
class SetGoalState:
    """Let a goal rest, go on, or be over."""

    client: Key
    goal: Key
    state: State


@dataclass(frozen=True, slots=True)
class MakeExcuse:
    """Days that are not to count."""

    place: str
    client: Key
    first: date
    last: date
    reason: Literal["ill", "injured", "holiday", "travel"]
    note: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawExcuse:
    """They count after all."""

    client: Key
    excuse: Key


@dataclass(frozen=True, slots=True)
class SetConsent:
    """What a trainer may see and do from now on."""

    trainer: Key
    choice: Choice


@dataclass(frozen=True, slots=True)
class SetCoaching:
    """Pause, resume or end a relationship. `leave`: what the trainer saw stays with him; the client's to say."""

    client: Key
    trainer: Key
    deed: CoachingDeed
    leave: bool = False


@dataclass(frozen=True, slots=True)
class KeepTemplate:
    """Keep what stands in the editor to set it again."""

    place: str
    form: GoalForm


@dataclass(frozen=True, slots=True)
class RemoveTemplate:
    """Offer it no more."""

    template: Key


@dataclass(frozen=True, slots=True)
class RetryDeed:
    """Say something that was refused once more, as things are now."""

    deed: Key


@dataclass(frozen=True, slots=True)
class DropDeed:
    """Want it no more."""

    deed: Key


Filled = Enter | Correct | SetGoal | ChangeGoal | MakeExcuse | KeepTemplate
"""What a form of the page of goals says."""
GoalIntent = (
    OpenClient
    | ShowGoal
    | ShowDay
    | Enter
    | Correct
    | SetGoal
    | ChangeGoal
    | AnswerGoal
    | SetGoalState
    | MakeExcuse
    | WithdrawExcuse
    | SetConsent
    | SetCoaching
    | KeepTemplate
    | RemoveTemplate
    | RetryDeed
    | DropDeed
)
