"""What goals may ask and entries may say, and the field at fault."""

from datetime import timedelta
from typing import Any, get_args

import msgspec
import pytest
from coachline_core.domain.goals import check_asked, check_measures, check_terms, suggestions
from coachline_core.domain.metrics import METRICS, metrics_of
from coachline_protocol import limits
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import GoalKind, Measure, Target, Terms
from support.courses import day, targets

KINDS: tuple[GoalKind, ...] = get_args(GoalKind)
FOUR = "energy hold 2090..2310 kcal day; protein up 160 g day; carbohydrate hold 198..242 g day; fat hold 63..77 g day"


def terms(words: str, **changed: Any) -> Terms:
    return msgspec.structs.replace(Terms(title="Cut", targets=targets(words), start=day(1), due=day(60)), **changed)


def refused(refusal: Refusal | None) -> tuple[str, str | None, int | None, int | None]:
    assert refusal is not None
    return refusal.code.value, refusal.field, refusal.limit, refusal.actual


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("nutrition", FOUR),
        ("nutrition", "energy down 15400 kcal week; energy up 1500 kcal day"),
        ("nutrition", "water up 2.5 l day; fibre up 30 g day"),
        ("body", "weight down 75.5 kg total; waist down 85 cm week; body_fat hold 14..18 % week"),
        ("strength", "load up 100 kg total x5; load up 120 kg total; reps up 12 reps total"),
        ("distance", "distance up 500 km total"),
        ("duration", "duration hold 150..300 min week"),
        ("steps", "steps up 10000 steps day"),
        ("sessions", "sessions up 3 sessions week"),
        ("habit", "done down 0 days day"),
        ("habit", "done up 5 days week"),
        ("rating", "rating_5 up 3.5 points week; rating_10 down 4 points day"),
        ("free", ""),
    ],
)
def test_terms_that_make_sense_are_taken(kind: GoalKind, words: str) -> None:
    assert check_terms(kind, terms(words)) is None


@pytest.mark.parametrize(
    ("kind", "words", "field", "limit", "actual"),
    [
        ("nutrition", "", "terms.targets", 1, 0),
        ("free", "steps up 1 steps day", "terms.targets", None, None),
        ("nutrition", "steps up 1 steps day", "terms.targets[0].metric", None, None),
        ("nutrition", "protein up 160 g day; calories up 1 kcal day", "terms.targets[1].metric", None, None),
        ("nutrition", "energy up 2200 g day", "terms.targets[0].unit", None, None),
        ("nutrition", "protein up 1 g day; energy hold 2200 kcal day", "terms.targets[1].upper", None, None),
        ("nutrition", "energy up 2000..2200 kcal day", "terms.targets[0].upper", None, None),
        ("nutrition", "energy hold 2200..2199.9 kcal day", "terms.targets[0].upper", None, None),
        ("nutrition", "energy up 2200.25 kcal day", "terms.targets[0].amount", 1, 2),
        ("nutrition", "energy hold 2000..2200.25 kcal day", "terms.targets[0].upper", 1, 2),
        ("nutrition", "energy up 22000 kcal day", "terms.targets[0].amount", 20_000, 22_000),
        ("nutrition", "energy hold 2200..22000.5 kcal day", "terms.targets[0].upper", 20_000, 22_001),
        ("nutrition", "energy up 140000.1 kcal week", "terms.targets[0].amount", 140_000, 140_001),
        ("nutrition", "protein up 0 g day", "terms.targets[0].amount", None, None),
        ("nutrition", "protein up 160 g day x5", "terms.targets[0].reps", None, None),
        ("nutrition", "protein up 1 g day; protein down 2 g day", "terms.targets[1].metric", None, None),
        ("body", "weight down 7.5 kg total", "terms.targets[0].amount", 20, 7),
        ("body", "weight down 40 lb total", "terms.targets[0].amount", 45, 40),
        ("body", "weight down 751 kg week", "terms.targets[0].amount", 650, 751),
        ("strength", "load down 60 kg week x5", "terms.targets[0].reps", None, None),
        ("strength", "reps up 12 reps week x5", "terms.targets[0].reps", None, None),
        ("sessions", "sessions up 2.5 sessions week", "terms.targets[0].amount", 0, 1),
        ("habit", "done up 2 days day", "terms.targets[0].amount", 1, 2),
        ("habit", "done up 8 days week", "terms.targets[0].amount", 7, 8),
        ("rating", "rating_5 up 6 points week", "terms.targets[0].amount", 5, 6),
        ("rating", "rating_5 up 3.25 points week", "terms.targets[0].amount", 1, 2),
        ("rating", "rating_10 up 0.5 points week", "terms.targets[0].amount", 1, 0),
        ("steps", "steps up 999999999 steps total", "terms.targets[0].amount", 300_000 * 1098, 999_999_999),
    ],
)
def test_terms_that_make_none_are_refused_with_the_field(
    kind: GoalKind, words: str, field: str, limit: int | None, actual: int | None
) -> None:
    assert refused(check_terms(kind, terms(words))) == ("invalid", field, limit, actual)


def test_the_edges_are_taken() -> None:
    for words in ("energy up 20000 kcal day", "energy up 140000 kcal week", "energy hold 2200..2200 kcal day"):
        assert check_terms("nutrition", terms(words)) is None
    for words in ("weight down 20 kg week", "weight down 650 kg week"):
        assert check_terms("body", terms(words)) is None


def test_a_title_is_one_line_that_can_be_seen() -> None:
    assert refused(check_terms("free", terms("", title=" \u200b"))) == ("text_blank", "terms.title", None, None)
    assert refused(check_terms("free", terms("", title="x" * 81))) == ("text_too_long", "terms.title", 80, 81)
    assert refused(check_terms("free", terms("", note="\0"))) == ("invalid", "terms.note", None, None)


def test_a_due_date_lies_between_the_start_and_three_years_later() -> None:
    longest = timedelta(days=limits.GOAL_DAYS_MAX)
    for due in (None, day(1), day(1) + longest):
        assert check_terms("free", terms("", due=due)) is None
    assert refused(check_terms("free", terms("", due=day(0)))) == ("date_out_of_range", "terms.due", None, None)
    late = check_terms("free", terms("", due=day(2) + longest))
    assert refused(late) == ("date_out_of_range", "terms.due", limits.GOAL_DAYS_MAX, limits.GOAL_DAYS_MAX + 1)


def test_a_template_is_checked_under_its_own_names() -> None:
    assert check_asked("nutrition", "Cut", targets(FOUR)) is None
    refusal = check_asked("nutrition", "Cut", targets("protein up 0 g day"))
    assert refused(refusal)[1] == "targets[0].amount"
    assert refused(check_asked("free", "", ()))[1] == "title"


# -- entries


@pytest.mark.parametrize(
    ("kind", "asked", "said"),
    [
        ("nutrition", FOUR, [("energy", "kcal", "812.5"), ("protein", "g", "41.25")]),
        ("nutrition", FOUR, [("energy", "kJ", "3400"), ("fibre", "g", "0")]),
        ("nutrition", FOUR, []),
        ("body", "weight down 75 kg total", [("weight", "lb", "168.25"), ("waist", "in", "33.5")]),
        ("strength", "load up 100 kg total x5", [("load", "kg", "97.5"), ("reps", "reps", "5")]),
        ("habit", "done up 1 days day", [("done", "days", "0")]),
        ("rating", "rating_5 up 4 points day", [("rating_5", "points", "5")]),
        ("duration", "duration up 150 min week", [("duration", "h", "24")]),
        ("free", "", []),
    ],
)
def test_an_entry_of_the_goals_kind_is_taken(kind: GoalKind, asked: str, said: list[tuple[str, str, str]]) -> None:
    assert check_measures(kind, targets(asked), [Measure(*one) for one in said]) is None


@pytest.mark.parametrize(
    ("kind", "asked", "said", "field", "limit", "actual"),
    [
        ("nutrition", FOUR, [("energy", "kcal", "2200"), ("steps", "steps", "1")], "[1].metric", None, None),
        ("nutrition", FOUR, [("sugar", "g", "1")], "[0].metric", None, None),
        ("nutrition", FOUR, [("fat", "g", "1"), ("fat", "g", "2")], "[1].metric", None, None),
        ("nutrition", FOUR, [("fat", "kg", "1")], "[0].unit", None, None),
        ("nutrition", FOUR, [("energy", "kcal", "22000")], "[0].amount", 20_000, 22_000),
        ("nutrition", FOUR, [("energy", "kcal", "20000.1")], "[0].amount", 20_000, 20_001),
        ("nutrition", FOUR, [("energy", "kcal", "812.55")], "[0].amount", 1, 2),
        ("body", "weight down 75 kg total", [("weight", "kg", "19.99")], "[0].amount", 20, 19),
        ("strength", "load up 100 kg total", [("reps", "reps", "0")], "[0].amount", 1, 0),
        ("rating", "rating_5 up 4 points day", [("rating_10", "points", "5")], "[0].metric", None, None),
        ("rating", "rating_5 up 4 points day", [("rating_5", "points", "3.5")], "[0].amount", 0, 1),
        ("habit", "done up 1 days day", [("done", "days", "2")], "[0].amount", 1, 2),
        ("duration", "duration up 150 min week", [("duration", "h", "24.01")], "[0].amount", 24, 25),
        ("free", "", [("steps", "steps", "1")], "[0].metric", None, None),
    ],
)
def test_an_entry_that_does_not_fit_is_refused_with_the_field(
    kind: GoalKind,
    asked: str,
    said: list[tuple[str, str, str]],
    field: str,
    limit: int | None,
    actual: int | None,
) -> None:
    refusal = check_measures(kind, targets(asked), [Measure(*one) for one in said])
    assert refused(refusal) == (RefusalCode.INVALID.value, f"measures{field}", limit, actual)


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_a_refusal_can_be_said_on_the_wire(metric: Any) -> None:
    for unit in metric.units:
        for amount in ("999999999", "0"):
            refusal = check_measures(
                metric.kind, targets("rating_5 up 4 points day"), [Measure(metric.name, unit, amount)]
            )
            if refusal is not None:
                assert msgspec.convert(msgspec.to_builtins(refusal), Refusal) == refusal


# -- what an editor begins with


def test_a_nutrition_goal_is_four_numbers() -> None:
    amounts = ["2200", "160", "220", "70"]
    made = [suggestion.target(amount) for suggestion, amount in zip(suggestions("nutrition"), amounts, strict=True)]
    assert tuple(made) == targets(FOUR)


def test_a_band_is_rounded_to_the_units_decimals() -> None:
    energy, _, carbohydrate, _ = suggestions("nutrition")
    assert (energy.target("2205.5").amount, energy.target("2205.5").upper) == ("2095.2", "2315.8")
    assert (carbohydrate.target("220.05").amount, carbohydrate.target("220.05").upper) == ("198.05", "242.06")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_suggested_is_taken(kind: GoalKind) -> None:
    made: list[Target] = []
    for suggestion in suggestions(kind):
        amount = "1" if kind in ("habit", "rating") else "50"
        made.append(suggestion.target(amount))
    assert bool(made) == bool(metrics_of(kind))
    assert check_asked(kind, "Suggested", made) is None
