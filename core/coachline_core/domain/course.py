"""A goal as it went: its versions, its phases and what was entered, built from the rows of a record.

Which terms hold on a day is said by the rows alone, so the answer is the same on every device and for both sides:

* A version holds once it is accepted, from the day `effective` but not before its terms' `start`, to the end of its
  `due`. Of several that have begun the one accepted last holds: what was said last replaces what was planned before.
* A week (Monday to Sunday) is judged by the version that holds on its first day; one that takes over in the middle
  counts from the next Monday, unless it is `mutual`. A goal that begins, or begins anew, in the middle of a week
  changes nothing that was agreed, so its first day stands for the Monday.
* The phase of a day is the one said last of those with `since` on or before it; a goal without any is active.

Rows may come in any order, any number of times, in old and new revisions. A row that is still waiting to be
acknowledged has no revision worth comparing: waiting sayings come after all others, in the order they are given.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Final, Literal, TypeVar

from coachline_protocol.rows import AnyRow, Date, Excuse, Goal, GoalPhase, GoalVersion, Id, Progress, Row

from coachline_core.domain.streams import newer

Standing = Literal["before", "active", "paused", "done", "missed", "cancelled", "after"]
"""What a goal is on a day: not begun (or not accepted), what its phase says, or past its due date."""

ENDS: Final = frozenset({"done", "missed", "cancelled"})
"""The phases after which nothing comes."""
WEEK: Final = 7
"""Days of a week."""

R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Saying:
    """An entry as it was first said, corrected or taken back; `waiting`: the server has not acknowledged it yet."""

    row: Progress
    waiting: bool = False

    @property
    def withdrawn(self) -> bool:
        """Whether this saying takes the entry back."""
        return not self.row.measures and not self.row.note


@dataclass(frozen=True, slots=True)
class ProgressEntry:
    """What was entered once for a day, with all its sayings, the first one first; there is at least one."""

    id: Id
    sayings: tuple[Saying, ...]

    @property
    def current(self) -> Saying:
        """The saying that counts."""
        return self.sayings[-1]

    @property
    def day(self) -> Date:
        """The day of the client's calendar it is for."""
        return self.current.row.day

    @property
    def waiting(self) -> bool:
        """Whether what counts is not acknowledged yet."""
        return self.current.waiting

    @property
    def withdrawn(self) -> bool:
        """Whether it was taken back and counts for nothing."""
        return self.current.withdrawn

    @property
    def corrected(self) -> bool:
        """Whether it was first said otherwise."""
        return len(self.sayings) > 1


@dataclass(frozen=True)
class Course:
    """A goal with all that belongs to it: versions and phases by revision, entries by their first saying.

    Whoever may not see progress holds no entries, and must not be shown verdicts: they would all say *missed*.
    """

    goal: Goal
    versions: tuple[GoalVersion, ...] = ()
    phases: tuple[GoalPhase, ...] = ()
    entries: tuple[ProgressEntry, ...] = ()

    @cached_property
    def accepted(self) -> tuple[GoalVersion, ...]:
        """The versions that hold, held or will hold, in the order in which they were accepted."""
        return tuple(version for version in self.versions if version.state == "accepted")

    @cached_property
    def by_day(self) -> Mapping[Date, Sequence[ProgressEntry]]:
        """The entries that count, those of a day in the order in which they were first said."""
        days: dict[Date, list[ProgressEntry]] = {}
        for entry in self.entries:
            if not entry.withdrawn:
                days.setdefault(entry.day, []).append(entry)
        return days

    @cached_property
    def entry_days(self) -> tuple[Date, ...]:
        """The days that have an entry, in ascending order."""
        return tuple(sorted(self.by_day))

    @property
    def first_day(self) -> Date | None:
        """The first day on which anything is asked; None while nothing has been accepted."""
        return min((first_day_of(version) for version in self.accepted), default=None)

    def terms_on(self, day: Date) -> GoalVersion | None:
        """The version accepted last of those that began on or before a day, even if its due date has passed since."""
        return next((version for version in reversed(self.accepted) if first_day_of(version) <= day), None)

    def version_on(self, day: Date) -> GoalVersion | None:
        """The version in force on a day: None before the first and after the due date."""
        version = self.terms_on(day)
        return None if version is None or _is_over(version, day) else version

    def weekly_version(self, monday: Date) -> GoalVersion | None:
        """The version whose weekly targets are asked in the week that begins on `monday`."""
        days = week_of(monday)
        anchor = next((day for day in days if self.version_on(day) is not None), None)
        if anchor is None:
            return None
        counting = (
            version
            for version in reversed(self.accepted)
            if first_day_of(version) <= (days[-1] if version.mutual else anchor)
        )
        return next(counting)

    def phase_on(self, day: Date) -> GoalPhase | None:
        """The phase said last of those that began on or before a day."""
        return next((phase for phase in reversed(self.phases) if phase.since <= day), None)

    def ended_on(self, day: Date) -> GoalPhase | None:
        """The phase with which people ended the goal on or before a day: done, missed or cancelled."""
        phase = self.phase_on(day)
        return phase if phase is not None and phase.state in ENDS else None

    def standing(self, day: Date) -> Standing:
        """What the goal is on a day; only on *active* days is anything asked."""
        version, phase = self.terms_on(day), self.phase_on(day)
        if version is None:
            return "before"
        if phase is not None and phase.state in ENDS:
            return phase.state
        if _is_over(version, day):
            return "after"
        return "active" if phase is None else phase.state


def monday_of(day: Date) -> Date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def week_of(day: Date) -> tuple[Date, ...]:
    """The seven days of a day's week, Monday first."""
    monday = monday_of(day)
    return tuple(monday + timedelta(days=number) for number in range(WEEK))


def first_day_of(version: GoalVersion) -> Date:
    """The first day on which a version can hold."""
    return max(version.effective, version.terms.start)


def courses(rows: Iterable[AnyRow], waiting: Iterable[Progress] = ()) -> tuple[Course, ...]:
    """Every goal of a record, oldest first, from its rows and the sayings that wait in this device's outbox.

    Rows of other kinds, and what belongs to a goal that is not here, are passed over.
    """
    goals: dict[Id, Goal] = {}
    versions: dict[Id, GoalVersion] = {}
    phases: dict[Id, GoalPhase] = {}
    said: dict[Id, Progress] = {}
    for row in rows:
        match row:
            case Goal():
                goals[row.id] = newer(goals.get(row.id), row)
            case GoalVersion():
                versions[row.id] = newer(versions.get(row.id), row)
            case GoalPhase():
                phases[row.id] = newer(phases.get(row.id), row)
            case Progress():
                said[row.id] = newer(said.get(row.id), row)
    versions_of: dict[Id, list[GoalVersion]] = {}
    for version in _by_revision(versions.values()):
        versions_of.setdefault(version.goal, []).append(version)
    phases_of: dict[Id, list[GoalPhase]] = {}
    for phase in _by_revision(phases.values()):
        phases_of.setdefault(phase.goal, []).append(phase)
    sayings = [Saying(row) for row in _by_revision(said.values())]
    sayings.extend(Saying(row, waiting=True) for row in waiting if row.id not in said)
    sayings_of: dict[Id, list[Saying]] = {}
    for saying in sayings:
        sayings_of.setdefault(saying.row.goal, []).append(saying)
    return tuple(
        Course(
            goals[id],
            tuple(versions_of.get(id, ())),
            tuple(phases_of.get(id, ())),
            _entries(sayings_of.get(id, ())),
        )
        for id in sorted(goals)
    )


def covering(excuses: Iterable[Excuse], day: Date) -> tuple[Id, ...]:
    """The excuses that cover a day, whichever way they came; those withdrawn do not count."""
    return tuple(sorted(excuse.id for excuse in excuses if _covers(excuse, day)))


def _entries(sayings: Iterable[Saying]) -> tuple[ProgressEntry, ...]:
    said: dict[Id, list[Saying]] = {}
    for saying in sayings:
        said.setdefault(saying.row.entry, []).append(saying)
    return tuple(ProgressEntry(id, tuple(ones)) for id, ones in said.items())


def _by_revision(rows: Iterable[R]) -> tuple[R, ...]:
    return tuple(sorted(rows, key=lambda row: row.rev))


def _is_over(version: GoalVersion, day: Date) -> bool:
    return version.terms.due is not None and version.terms.due < day


def _covers(excuse: Excuse, day: Date) -> bool:
    return excuse.withdrawn_at is None and excuse.first <= day <= excuse.last
