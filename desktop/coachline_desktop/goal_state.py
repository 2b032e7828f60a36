"""What the window shows of coaching, as plain values; `present_goals` makes them, the views paint them."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from coachline_core.domain.marks import Mark

from coachline_desktop.keys import Key, Presence
from coachline_desktop.plots import Plot, WeekBar

SetGoals = Literal["none", "propose", "assign"]
Where = Literal["on", "off", "no_data", "nothing"]
GoalStanding = Literal["proposed", "before", "active", "paused", "done", "missed", "cancelled", "after"]
Deed = Literal["change", "counter", "accept", "decline", "paused", "active", "done", "missed", "cancelled", "record"]
"""What somebody may do with a goal now."""


Form = Literal["amount", "tick", "choice", "none"]
"""How something is entered; `none`: with something else of the same goal."""


@dataclass(frozen=True, slots=True)
class Card:
    """Where a card leads, and how it is marked. `goal` None: it is not shown. `asks`: my answer is waited for."""

    client: Key | None = None
    goal: Key | None = None
    mark: Mark = "none"
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing a goal asks, and how it is entered: an amount, a tick, one number up to `top`; or not, but elsewhere.

    `asks`: what is wanted, in words. `so_far`: what there is. `entry`: the day's tick, to be taken back. `share`: how
    much of it is done, 0 to 1; None where that makes no sense.
    """

    metric: str
    unit: str
    unit_words: str
    title: str
    asks: str
    so_far: str
    mark: Mark
    form: Form
    top: int = 0
    entry: Key | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class DayShown:
    """The day that is asked about and entered: today, or one before it. `before`, `after`: the days beside it, if any.

    `title`: Today, Yesterday, Monday; `words`: the day with its date.
    """

    day: date
    title: str
    words: str
    before: date | None
    after: date | None


@dataclass(frozen=True, slots=True)
class TodayGoal:
    """A goal as the client meets it on a day on which it is active. Without `asks` it is told in words only."""

    key: Key
    day: date
    title: str
    by: str
    note: str
    asks: tuple[Ask, ...]
    mark: Mark
    waiting: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """Terms that wait for an answer. `mine`: it is mine to give. `lines`: what they ask; `before`: what holds now.

    `waiting`: the terms, or what I answered, are yet to be sent.
    """

    client: Key
    goal: Key
    title: str
    words: str
    lines: tuple[str, ...]
    before: tuple[str, ...]
    dates: str
    note: str
    mine: bool
    form: "GoalForm"
    """To begin another proposal with."""
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class EntryField:
    """A field of what is entered for a goal. `asks`: what is wanted, in words; `amount`: what stands in it at first."""

    metric: str
    unit: str
    unit_words: str
    title: str
    asks: str
    form: Form
    top: int = 0
    amount: str = ""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """Something entered. `by`: who, where it was not the client. `history`: how it was said before, oldest first.

    `fields`: what stands in it, to say it better; none where it is not mine to correct.
    """

    key: Key
    day: str
    values: str
    note: str
    by: str = ""
    waiting: bool = False
    history: tuple[str, ...] = ()
    fields: tuple[EntryField, ...] = ()
    may_correct: bool = False


@dataclass(frozen=True, slots=True)
class WeekDetail:
    """A week opened: the rule and the entries behind its colour, in words."""

    monday: date
    title: str
    mark: Mark
    mark_words: str
    rules: tuple[str, ...]
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GoalDetail:
    """A goal with all there is to see of it. `history`: versions and phases in words, newest first.

    `fields`: what is entered for it, for a day from `first_day` to `today`.
    """

    key: Key
    client: Key
    today: date
    first_day: date
    kind: str
    title: str
    words: str
    lines: tuple[str, ...]
    totals: tuple[str, ...]
    """How what is asked in total stands, a line for each."""
    dates: str
    note: str
    state: GoalStanding
    mark: Mark
    mark_words: str
    weeks: tuple[WeekBar, ...]
    details: tuple[WeekDetail, ...]
    plots: tuple[Plot, ...]
    fields: tuple[EntryField, ...]
    entries: tuple[EntryRow, ...]
    history: tuple[str, ...]
    may: frozenset[Deed]
    form: "GoalForm"
    """To change it with."""
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class ExcuseRow:
    """Days that are not held against the client."""

    key: Key
    words: str
    note: str
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """What the client lets a trainer see and do, as it stands."""

    see_goals: bool = False
    set_goals: SetGoals = "none"
    see_progress: bool = False
    record_progress: bool = False
    see_presence: bool = False


@dataclass(frozen=True, slots=True)
class Agreement:
    """A coaching relationship. `mine`: I am the client, and what is chosen is mine to choose.

    `title`: what its page is called. `lines`: what the trainer can see and do. `history`: every change, newest first.
    """

    trainer: Key
    client: Key
    title: str
    other: str
    initials: str
    hue: int
    mine: bool
    state: Literal["active", "paused", "ended"]
    state_words: str
    choice: Choice
    lines: tuple[str, ...]
    history: tuple[str, ...]
    may_resume: bool = False
    waiting: bool = False

    @property
    def with_whom(self) -> Key:
        """The other one."""
        return self.trainer if self.mine else self.client


@dataclass(frozen=True, slots=True)
class Undone:
    """What was refused for good. `client`: in whose record, if in one. `words`: what it was; `why` it was refused.

    `lines`: the terms that were meant, where it was about terms.
    """

    key: Key
    client: Key | None
    words: str
    why: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A line of the trainer's list. `why`: what is off course. `last`: the last check-in. All in words."""

    key: Key
    name: str
    initials: str
    hue: int
    presence: Presence
    where: Where
    where_words: str
    why: str
    last: str
    unread: int
    conversation: Key | None


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A goal kept to be set again; `form` begins an editor. `days`: from the first to the last; None: without end."""

    key: Key
    title: str
    form: "GoalForm"
    days: int | None = None


@dataclass(frozen=True, slots=True)
class TargetForm:
    """A target as it is typed: `amount` and `upper` are what stands in the fields."""

    metric: str
    unit: str
    direction: Literal["up", "down", "hold"]
    amount: str
    upper: str = ""
    per: Literal["day", "week", "total"] = "day"
    reps: int | None = None


@dataclass(frozen=True, slots=True)
class GoalForm:
    """A goal as it stands in an editor."""

    kind: str
    title: str = ""
    targets: tuple[TargetForm, ...] = ()
    start: date | None = None
    due: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ClientState:
    """A client's page: his goals, newest first; mine if `me`. `withheld`: what consent does not show, in words."""

    key: Key
    name: str
    initials: str
    hue: int
    me: bool
    today: date
    goals: tuple[GoalDetail, ...]
    proposals: tuple[Proposal, ...]
    excuses: tuple[ExcuseRow, ...]
    may_set: SetGoals
    may_excuse: bool
    withheld: str
    agreement: Agreement | None


@dataclass(frozen=True, slots=True)
class Settable:
    """Somebody for whom a goal may be set. `today`: the date where he is."""

    client: Key
    name: str
    how: SetGoals
    today: date


@dataclass(frozen=True, slots=True)
class GoalsState:
    """Everything of coaching that the window shows. `open`: whose page is shown; None: the overview."""

    today: tuple[TodayGoal, ...] = ()
    """What is asked on `day`."""
    day: DayShown | None = None
    """None: nothing of mine is known yet."""
    proposals: tuple[Proposal, ...] = ()
    roster: tuple[ClientRow, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    templates: tuple[TemplateRow, ...] = ()
    settable: tuple[Settable, ...] = ()
    open: ClientState | None = None
    undone: tuple[Undone, ...] = ()
    hidden: str = ""
    """Why others' records are not shown, in words; empty: they are."""

    @property
    def waits_for_me(self) -> int:
        """How many proposals I have not answered."""
        return sum(proposal.mine for proposal in self.proposals)
