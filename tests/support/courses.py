"""Goals said in a few words, as the rows they are: for tests of what coaching decides.

Days are numbers from Monday, 1 June 2026 on. A target reads `energy hold 2090..2310 kcal day` or
`load up 100 kg week x5`; versions, phases and entries take the next revision in the order in which they are said.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, cast, get_args

from coachline_core.domain.course import Course, courses
from coachline_core.domain.metrics import METRICS
from coachline_protocol.rows import (
    AnyRow,
    Excuse,
    Goal,
    GoalKind,
    GoalPhase,
    GoalVersion,
    Measure,
    Progress,
    Target,
    Terms,
)
from support.world import MAYA, NOW, TOM, made

Direction = Literal["up", "down", "hold"]
Per = Literal["day", "week", "total"]
Phase = Literal["active", "paused", "done", "missed", "cancelled"]
State = Literal["proposed", "accepted", "declined", "replaced"]
REASONS = ("ill", "injured", "holiday", "travel")
PHASES: tuple[str, ...] = get_args(Phase)


def day(number: int) -> date:
    """The day of that number; 1 is Monday, 1 June 2026."""
    return date(2026, 6, 1) + timedelta(days=number - 1)


def target(words: str) -> Target:
    """A target from its words."""
    metric, direction, amounts, unit, per, *reps = words.split()
    amount, _, upper = amounts.partition("..")
    return Target(
        metric=metric,
        unit=unit,
        direction=cast(Direction, direction),
        amount=amount,
        upper=upper or None,
        per=cast(Per, per),
        reps=int(reps[0].removeprefix("x")) if reps else None,
    )


def targets(words: str) -> tuple[Target, ...]:
    """Targets with semicolons between them."""
    return tuple(target(part) for part in words.split(";") if part.strip())


def measures(words: str, asked: tuple[Target, ...] = ()) -> tuple[Measure, ...]:
    """`AMOUNT [UNIT] [METRIC] + …`: the unit is that of the target, the metric that of the first, unless named."""
    found: list[Measure] = []
    for part in words.split("+"):
        amount, *names = part.split()
        by_unit = [name for name in names if name in METRICS and name not in _UNITS]
        metric = by_unit[0] if by_unit else "reps" if names == ["reps"] else asked[0].metric
        units = [name for name in names if name in METRICS[metric].units]
        same = next((each.unit for each in asked if each.metric == metric), next(iter(METRICS[metric].units)))
        found.append(Measure(metric, units[0] if units else same, amount))
    return tuple(found)


_UNITS = {unit for metric in METRICS.values() for unit in metric.units}


@dataclass
class Diary:
    """A goal and its client's excuses, growing row by row."""

    goal: int = 1
    rows: list[AnyRow] = field(default_factory=list)
    excuses: list[Excuse] = field(default_factory=list)
    rev: int = 0
    asked: tuple[Target, ...] = ()

    def version(
        self,
        words: str,
        first: int,
        *,
        start: int | None = None,
        due: int | None = None,
        state: State = "accepted",
        mutual: bool = False,
    ) -> GoalVersion:
        """Terms from a day on; the first ones make the goal."""
        asked = targets(words)
        id = self._id()
        if not self.rows:
            self.asked = asked
            kind: GoalKind = METRICS[asked[0].metric].kind if asked else "free"
            self.rows.append(
                Goal(
                    rev=self.rev,
                    id=made(self.goal),
                    author=MAYA,
                    kind=kind,
                    state="active",
                    version=id,
                    created_at=NOW,
                )
            )
        row = GoalVersion(
            rev=self.rev,
            id=id,
            goal=made(self.goal),
            author=MAYA,
            at=NOW,
            terms=Terms(
                title="A goal",
                targets=asked,
                start=day(first if start is None else start),
                due=None if due is None else day(due),
            ),
            state=state,
            effective=day(first),
            mutual=mutual,
        )
        self.rows.append(row)
        return row

    def phase(self, state: Phase, since: int) -> GoalPhase:
        """A phase from a day on."""
        row = GoalPhase(
            id=self._id(), rev=self.rev, goal=made(self.goal), state=state, since=day(since), by=MAYA, at=NOW
        )
        self.rows.append(row)
        return row

    def entry(self, number: int, words: str, *, note: str = "", entry: bytes | None = None) -> Progress:
        """What was done on a day; `entry`: it corrects that one. `-` takes it back."""
        id = self._id()
        row = Progress(
            rev=self.rev,
            id=id,
            entry=entry or id,
            goal=made(self.goal),
            author=TOM,
            at=NOW,
            day=day(number),
            zone="Europe/Berlin",
            measures=() if words == "-" else measures(words, self.asked),
            note=note,
        )
        self.rows.append(row)
        return row

    def excuse(self, reason: str, first: int, last: int, *, withdrawn: bool = False) -> Excuse:
        """Days that do not count."""
        row = Excuse(
            id=self._id(),
            rev=self.rev,
            author=TOM,
            at=NOW,
            first=day(first),
            last=day(last),
            reason=cast(Literal["ill", "injured", "holiday", "travel"], reason),
            withdrawn_at=NOW if withdrawn else None,
        )
        self.excuses.append(row)
        return row

    @property
    def course(self) -> Course:
        """The goal as it went."""
        (course,) = courses(self.rows)
        return course

    def _id(self) -> bytes:
        self.rev += 1
        return made(1000 * self.goal + self.rev)
