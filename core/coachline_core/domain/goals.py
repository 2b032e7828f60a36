"""What a goal may ask and an entry may say, and what an editor begins with.

Checked by the editor while typing and by the record when deciding, with the same words for the field at fault.
Days are not judged here: whether a start has passed depends on the client's date, which only the record knows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from coachline_protocol import limits
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Amount, GoalKind, Measure, Target, Terms

from coachline_core.domain.amounts import decimals_of, rounded
from coachline_core.domain.course import WEEK
from coachline_core.domain.metrics import METRICS, Metric, Unit
from coachline_core.domain.text import normalise_name, storable


def check_terms(kind: GoalKind, terms: Terms) -> Refusal | None:
    """Why these terms cannot be asked, or None; `field` is below `terms`.

    A due date before the start, or too long after it, is `date_out_of_range` with the days as limit and actual.
    """
    refusal = check_asked(kind, terms.title, terms.targets, terms.note, at="terms.")
    if refusal is not None or terms.due is None:
        return refusal
    days = (terms.due - terms.start).days
    if days < 0:
        return Refusal(code=RefusalCode.DATE_OUT_OF_RANGE, field="terms.due", hint="before the start")
    if days > limits.GOAL_DAYS_MAX:
        return Refusal(code=RefusalCode.DATE_OUT_OF_RANGE, field="terms.due", limit=limits.GOAL_DAYS_MAX, actual=days)
    return None


def check_asked(
    kind: GoalKind, title: str, targets: Sequence[Target], note: str = "", *, at: str = ""
) -> Refusal | None:
    """The same for what a template keeps too; `at` is put before the name of the field at fault."""
    named = normalise_name(title, field=f"{at}title", limit=limits.GOAL_TITLE_CHARACTERS)
    if isinstance(named, Refusal):
        return named
    if not storable(note):
        return _invalid(f"{at}note", "a NUL or a lone surrogate")
    if kind == "free":
        return _invalid(f"{at}targets", "free text has no targets") if targets else None
    if not targets:
        return Refusal(code=RefusalCode.INVALID, field=f"{at}targets", limit=1, actual=0, hint="nothing is asked")
    seen: set[tuple[str, str, int | None]] = set()
    for number, target in enumerate(targets):
        field = f"{at}targets[{number}]"
        refusal = _check_target(kind, target, field)
        if refusal is not None:
            return refusal
        key = (target.metric, target.per, target.reps)
        if key in seen:
            return _invalid(f"{field}.metric", "asked twice for the same period; from … to … is one target")
        seen.add(key)
    return None


def check_measures(kind: GoalKind, targets: Sequence[Target], measures: Sequence[Measure]) -> Refusal | None:
    """Why an entry cannot say this, or None; `field` is below `measures`. `targets`: those of the goal's terms.

    An entry may say less than is asked (the rest comes later) and more, as long as it is of the goal's kind; only a
    rating must be on a scale that is asked, because the scales cannot stand for one another.
    """
    asked = {target.metric for target in targets}
    seen: set[str] = set()
    for number, measure in enumerate(measures):
        field = f"measures[{number}]"
        metric = METRICS.get(measure.metric)
        if metric is None or metric.kind != kind or (kind == "rating" and metric.name not in asked):
            return _invalid(f"{field}.metric", f"not of a goal of the kind {kind}")
        if metric.name in seen:
            return _invalid(f"{field}.metric", "said twice in one entry")
        seen.add(metric.name)
        unit = metric.units.get(measure.unit)
        if unit is None:
            return _invalid(f"{field}.unit", _one_of(metric))
        refusal = _check_decimals(measure.amount, unit.decimals, f"{field}.amount") or _check_range(
            measure.amount, unit, metric.lowest, metric.highest, f"{field}.amount"
        )
        if refusal is not None:
            return refusal
    return None


def _check_target(kind: GoalKind, target: Target, field: str) -> Refusal | None:
    metric = METRICS.get(target.metric)
    if metric is None or metric.kind != kind:
        return _invalid(f"{field}.metric", f"a goal of the kind {kind} has no such metric")
    unit = metric.units.get(target.unit)
    if unit is None:
        return _invalid(f"{field}.unit", _one_of(metric))
    if (target.upper is None) == (target.direction == "hold"):
        return _invalid(f"{field}.upper", "to hold something is to stay between two amounts, and only that")
    if target.reps is not None and (metric.name != "load" or target.direction != "up"):
        return _invalid(f"{field}.reps", "only a load to reach has repetitions")
    highest = metric.highest * (_SPANS[target.per] if metric.counted else 1)
    decimals = unit.decimals + (1 if metric.averaged else 0)
    for name, amount in (("amount", target.amount), ("upper", target.upper)):
        if amount is None:
            continue
        refusal = _check_decimals(amount, decimals, f"{field}.{name}") or _check_range(
            amount, unit, metric.lowest, highest, f"{field}.{name}"
        )
        if refusal is not None:
            return refusal
    if target.direction == "up" and Decimal(target.amount) == 0:
        return _invalid(f"{field}.amount", "nothing to reach")
    if target.upper is not None and Decimal(target.upper) < Decimal(target.amount):
        return _invalid(f"{field}.upper", "less than the amount it goes up from")
    return None


def _check_decimals(amount: Amount, decimals: int, field: str) -> Refusal | None:
    actual = decimals_of(amount)
    if actual <= decimals:
        return None
    return Refusal(code=RefusalCode.INVALID, field=field, limit=decimals, actual=actual, hint="too many decimals")


def _check_range(amount: Amount, unit: Unit, lowest: Decimal, highest: Decimal, field: str) -> Refusal | None:
    """`limit` and `actual` are whole numbers in the unit: the highest rounded down, the lowest up."""
    exact = Fraction(amount)
    least, most = (Fraction(bound) / Fraction(unit.factor) for bound in (lowest, highest))
    if exact < least:
        return Refusal(
            code=RefusalCode.INVALID, field=field, limit=-(-least // 1), actual=exact // 1, hint="too low to be true"
        )
    if exact > most:
        return Refusal(
            code=RefusalCode.INVALID, field=field, limit=most // 1, actual=-(-exact // 1), hint="too high to be true"
        )
    return None


def _invalid(field: str, hint: str) -> Refusal:
    return Refusal(code=RefusalCode.INVALID, field=field, hint=hint)


def _one_of(metric: Metric) -> str:
    return f"{metric.name} is measured in {', '.join(metric.units)}"


_SPANS: Final[Mapping[Literal["day", "week", "total"], int]] = {
    "day": 1,
    "week": WEEK,
    "total": limits.GOAL_DAYS_MAX,
}
"""How many days' worth of what piles up a target may ask."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A target that an editor offers, short of its amount. `band`: the share of it that a band reaches to each side."""

    metric: str
    unit: str
    direction: Literal["up", "down", "hold"]
    per: Literal["day", "week", "total"]
    band: Decimal = Decimal(0)
    reps: int | None = None

    def target(self, amount: Amount) -> Target:
        """The target with its amount, in the middle of the band where there is one."""
        if self.direction != "hold":
            return Target(
                metric=self.metric,
                unit=self.unit,
                direction=self.direction,
                amount=amount,
                per=self.per,
                reps=self.reps,
            )
        middle, share = Fraction(amount), Fraction(self.band)
        decimals = METRICS[self.metric].units[self.unit].decimals
        lower, upper = (rounded(middle * factor, decimals) for factor in (1 - share, 1 + share))
        return Target(metric=self.metric, unit=self.unit, direction="hold", amount=lower, upper=upper, per=self.per)


_SUGGESTIONS: Final[Mapping[GoalKind, tuple[Suggestion, ...]]] = {
    # Energy decides over gaining and losing, so its band is narrow, yet wide enough for what labels cannot know; a
    # protein target is a minimum; carbohydrate and fat share the rest and may give way to one another.
    "nutrition": (
        Suggestion("energy", "kcal", "hold", "day", Decimal("0.05")),
        Suggestion("protein", "g", "up", "day"),
        Suggestion("carbohydrate", "g", "hold", "day", Decimal("0.1")),
        Suggestion("fat", "g", "hold", "day", Decimal("0.1")),
    ),
    # Reached by the due date; from one day to the next weight and strength mean little.
    "body": (Suggestion("weight", "kg", "down", "total"),),
    "strength": (Suggestion("load", "kg", "up", "total", reps=1),),
    # Training has days of rest, so it is planned by the week.
    "distance": (Suggestion("distance", "km", "up", "week"),),
    "duration": (Suggestion("duration", "min", "up", "week"),),
    "steps": (Suggestion("steps", "steps", "up", "day"),),
    "sessions": (Suggestion("sessions", "sessions", "up", "week"),),
    "habit": (Suggestion("done", "days", "up", "day"),),
    "rating": (Suggestion("rating_5", "points", "up", "week"),),
    "free": (),
}


def suggestions(kind: GoalKind) -> tuple[Suggestion, ...]:
    """What an editor offers first for a goal of this kind; nothing for free text."""
    return _SUGGESTIONS[kind]
