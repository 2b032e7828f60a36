"""The closed table of what can be measured: its units, how a period adds up, what is believable, what is nearly enough.

All numbers are exact: factors are decimals that hold by definition, amounts decimals, computed values fractions.

Conversion factors, each exact by definition:

* 1 lb = 0.45359237 kg, 1 in = 2.54 cm, 1 mi = 1609.344 m: international yard and pound agreement of 1959
  (NIST SP 811, appendix B.8);
* 1 kcal = 4.184 kJ: the thermochemical calorie, which food labels and tables use (FAO Food and Nutrition Paper 77);
* 1 US fl oz = 29.5735295625 ml: 1/128 of 231 cubic inches (NIST Handbook 44, appendix C).

`near` is the share of an amount by which one may fall short of it, or exceed a limit, and still have kept it partly:

* training and activity ½, as the compliance colours that endurance coaches are used to (green, yellow from half of
  what was planned to one and a half times as much): two of three sessions are not nothing;
* energy 1/10 and other nutrition 1/5: a day's energy is the sum of everything, so its share is the tightest, and no
  tighter than a kitchen scale and a label (the law allows labels a fifth, 21 CFR 101.9(g)) can know;
* body weight and tape measures 1/50: what water alone moves from day to day; body fat 1/20, what a scale errs by;
* a load 1/10, one or two plates; repetitions and ratings 1/5, one of five.

`highest` is for an entry, and for a day's target, and is there to refuse a slip of the finger, not to judge a person:
each lies beyond what is known to have been done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from coachline_protocol.rows import Amount, GoalKind

Within = Literal["sum", "last", "best", "mean", "any"]
"""A day's value of its entries' amounts: all of them together, the one entered last, the highest, the mean, or
whether any was not 0 (then 1, else 0)."""
Across = Literal["sum", "last", "best", "mean"]
"""A week's or the whole goal's value of its days' values."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: how much of the metric's base unit it is, and how many decimals an amount in it may have."""

    name: str
    factor: Decimal
    decimals: int


@dataclass(frozen=True, slots=True)
class Metric:
    """Something that can be measured. `units`: by name, the base unit first, in which `lowest` and `highest` are."""

    name: str
    kind: GoalKind
    units: Mapping[str, Unit]
    within: Within
    week: Across
    total: Across
    lowest: Decimal
    highest: Decimal
    near: Decimal

    @property
    def counted(self) -> bool:
        """Whether it piles up, so that fewer days mean less of it."""
        return self.week == "sum"

    @property
    def growing(self) -> bool:
        """Whether a further entry can only raise the value of a period."""
        return self.within in ("sum", "best", "any")

    @property
    def averaged(self) -> bool:
        """Whether it is a mean, which is asked for and told to one more decimal than what it is the mean of."""
        return self.within == "mean"

    @property
    def settled(self) -> bool:
        """Whether a day's first value is its answer, and not the beginning of one."""
        return self.within in ("last", "mean")

    @property
    def occasional(self) -> bool:
        """Whether a day without it is nothing missed: nobody weighs himself or lifts his best every day."""
        return self.within in ("last", "best")


def _units(*units: Unit) -> Mapping[str, Unit]:
    return {unit.name: unit for unit in units}


_KG: Final = _units(Unit("kg", Decimal(1), 2), Unit("lb", Decimal("0.45359237"), 2))
_CM: Final = _units(Unit("cm", Decimal(1), 1), Unit("in", Decimal("2.54"), 2))
_G: Final = _units(Unit("g", Decimal(1), 2))
_POINTS: Final = _units(Unit("points", Decimal(1), 0))

_HALF, _FIFTH, _TENTH, _TWENTIETH, _FIFTIETH = (Decimal(text) for text in ("0.5", "0.2", "0.1", "0.05", "0.02"))


def _sum(name: str, kind: GoalKind, units: Mapping[str, Unit], highest: int | str, near: Decimal) -> Metric:
    return Metric(name, kind, units, "sum", "sum", "sum", Decimal(0), Decimal(highest), near)


def _girth(name: str) -> Metric:
    return Metric(name, "body", _CM, "last", "last", "last", Decimal(10), Decimal(400), _FIFTIETH)


def _rating(name: str, highest: int) -> Metric:
    return Metric(name, "rating", _POINTS, "mean", "mean", "mean", Decimal(1), Decimal(highest), _FIFTH)


_TABLE: Final = (
    _sum("energy", "nutrition", _units(Unit("kJ", Decimal(1), 1), Unit("kcal", Decimal("4.184"), 1)), "83680", _TENTH),
    _sum("protein", "nutrition", _G, 2_000, _FIFTH),
    _sum("carbohydrate", "nutrition", _G, 4_000, _FIFTH),
    _sum("fat", "nutrition", _G, 2_000, _FIFTH),
    _sum("fibre", "nutrition", _G, 500, _FIFTH),
    _sum(
        "water",
        "nutrition",
        _units(Unit("ml", Decimal(1), 0), Unit("l", Decimal(1000), 2), Unit("fl oz", Decimal("29.5735295625"), 1)),
        30_000,
        _FIFTH,
    ),
    # A week's weight is the mean of its days, because a single morning says little.
    Metric("weight", "body", _KG, "last", "mean", "last", Decimal(20), Decimal(650), _FIFTIETH),
    Metric(
        "body_fat",
        "body",
        _units(Unit("%", Decimal(1), 1)),
        "last",
        "mean",
        "last",
        Decimal(1),
        Decimal(80),
        _TWENTIETH,
    ),
    *(_girth(name) for name in ("waist", "hips", "chest", "upper_arm", "thigh", "calf")),
    Metric("load", "strength", _KG, "best", "best", "best", Decimal(0), Decimal(1_500), _TENTH),
    Metric(
        "reps",
        "strength",
        _units(Unit("reps", Decimal(1), 0)),
        "best",
        "best",
        "best",
        Decimal(1),
        Decimal(1_000),
        _FIFTH,
    ),
    _sum(
        "distance",
        "distance",
        _units(Unit("m", Decimal(1), 1), Unit("km", Decimal(1000), 3), Unit("mi", Decimal("1609.344"), 3)),
        1_500_000,
        _HALF,
    ),
    _sum(
        "duration",
        "duration",
        _units(Unit("s", Decimal(1), 0), Unit("min", Decimal(60), 2), Unit("h", Decimal(3600), 2)),
        24 * 3600,
        _HALF,
    ),
    _sum("steps", "steps", _units(Unit("steps", Decimal(1), 0)), 300_000, _HALF),
    _sum("sessions", "sessions", _units(Unit("sessions", Decimal(1), 0)), 24, _HALF),
    # A week's value is on how many days it was done.
    Metric("done", "habit", _units(Unit("days", Decimal(1), 0)), "any", "sum", "sum", Decimal(0), Decimal(1), _HALF),
    _rating("rating_5", 5),
    _rating("rating_10", 10),
)

METRICS: Final[Mapping[str, Metric]] = {metric.name: metric for metric in _TABLE}
"""All metrics by name, those of a kind in the order in which they are shown."""


def metrics_of(kind: GoalKind) -> tuple[Metric, ...]:
    """What a goal of this kind can ask for and an entry can say; nothing for free text."""
    return tuple(metric for metric in METRICS.values() if metric.kind == kind)


def converted(metric: Metric, amount: Amount, unit: str, to: str) -> Fraction:
    """An amount in another unit of the same metric, exactly. Raises KeyError for a unit that is none of its."""
    one, other = metric.units[unit], metric.units[to]
    exact = Fraction(amount)
    return exact if one == other else exact * Fraction(one.factor) / Fraction(other.factor)
