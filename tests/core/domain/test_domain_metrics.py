"""The table of metrics: closed, exact, and true to its sources."""

from decimal import Decimal
from fractions import Fraction
from typing import get_args

import pytest
from coachline_core.domain.metrics import METRICS, Metric, converted, metrics_of
from coachline_protocol import limits
from coachline_protocol.rows import GoalKind
from hypothesis import given
from hypothesis import strategies as st

AMOUNTS = st.decimals(0, 99999, places=2).map(str)
PAIRS = st.sampled_from(
    [(metric, one, other) for metric in METRICS.values() for one in metric.units for other in metric.units]
)


def test_every_kind_but_free_text_has_metrics_and_every_metric_its_kind() -> None:
    kinds = set(get_args(GoalKind))
    assert {kind for kind in kinds if not metrics_of(kind)} == {"free"}
    assert sorted(metric.name for kind in kinds for metric in metrics_of(kind)) == sorted(METRICS)


def test_what_the_goals_are_made_of_is_there() -> None:
    assert [metric.name for metric in metrics_of("nutrition")][:4] == ["energy", "protein", "carbohydrate", "fat"]
    assert {"kcal", "kJ"} == set(METRICS["energy"].units)
    assert len(metrics_of("body")) == 8
    assert {"rating_5", "rating_10"} == {metric.name for metric in metrics_of("rating")}


def test_names_fit_the_protocol() -> None:
    names = [*METRICS, *(unit for metric in METRICS.values() for unit in metric.units)]
    assert max(map(len, names)) <= limits.METRIC_CHARACTERS
    assert {metric.name: name for name, metric in METRICS.items()} == {name: name for name in METRICS}
    for metric in METRICS.values():
        assert {unit.name: name for name, unit in metric.units.items()} == {name: name for name in metric.units}


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_a_metric_is_believable_and_what_is_near_is_less_than_all(metric: Metric) -> None:
    assert 0 <= metric.lowest < metric.highest
    assert 0 < metric.near < 1
    assert next(iter(metric.units.values())).factor == 1
    assert all(unit.factor > 0 and 0 <= unit.decimals <= 4 for unit in metric.units.values())
    assert max(metric.highest / unit.factor for unit in metric.units.values()) < 10**9


@pytest.mark.parametrize(
    ("metric", "amount", "unit", "to", "value"),
    [
        ("energy", "2200", "kcal", "kJ", "9204.8"),
        ("energy", "4.184", "kJ", "kcal", "1"),
        ("water", "1", "fl oz", "ml", "29.5735295625"),
        ("water", "1.5", "l", "ml", "1500"),
        ("weight", "100", "lb", "kg", "45.359237"),
        ("load", "45.359237", "kg", "lb", "100"),
        ("waist", "1", "in", "cm", "2.54"),
        ("distance", "26.2", "mi", "km", "42.1648128"),
        ("distance", "400", "m", "km", "0.4"),
        ("duration", "1.5", "h", "min", "90"),
        ("duration", "45", "s", "min", "0.75"),
        ("protein", "160.5", "g", "g", "160.5"),
    ],
)
def test_units_are_converted_by_definition(metric: str, amount: str, unit: str, to: str, value: str) -> None:
    assert converted(METRICS[metric], amount, unit, to) == Fraction(value)


@given(PAIRS, AMOUNTS)
def test_there_and_back_is_the_same_to_the_last_digit(pair: tuple[Metric, str, str], amount: str) -> None:
    metric, one, other = pair
    value = converted(metric, amount, one, other)
    back = value * Fraction(metric.units[other].factor) / Fraction(metric.units[one].factor)
    assert back == Fraction(amount)


def test_a_unit_of_another_metric_is_a_defect() -> None:
    with pytest.raises(KeyError):
        converted(METRICS["weight"], "1", "km", "kg")


def test_what_a_metric_is_like_follows_from_how_it_adds_up() -> None:
    def named(what: str) -> set[str]:
        return {metric.name for metric in METRICS.values() if getattr(metric, what)}

    piling = {"energy", "protein", "carbohydrate", "fat", "fibre", "water", "distance", "duration", "steps", "sessions"}
    girths = {"waist", "hips", "chest", "upper_arm", "thigh", "calf"}
    assert named("counted") == piling | {"done"}
    assert named("growing") == piling | {"done", "load", "reps"}
    assert named("occasional") == girths | {"weight", "body_fat", "load", "reps"}
    assert named("averaged") == {"rating_5", "rating_10"}
    assert named("settled") == girths | {"weight", "body_fat", "rating_5", "rating_10"}


def test_near_is_what_the_docstring_says() -> None:
    near = {metric.name: metric.near for metric in METRICS.values()}
    half, fifth, tenth, fiftieth = (Decimal(text) for text in ("0.5", "0.2", "0.1", "0.02"))
    assert {name for name, share in near.items() if share == half} == {
        "distance",
        "duration",
        "steps",
        "sessions",
        "done",
    }
    assert near["energy"] == near["load"] == tenth
    assert near["protein"] == near["rating_5"] == near["reps"] == fifth
    assert near["weight"] == near["waist"] == fiftieth
    assert near["body_fat"] == Decimal("0.05")
