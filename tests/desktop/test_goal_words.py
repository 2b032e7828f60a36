"""How goals, amounts and verdicts are said."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from coachline_core.domain.metrics import METRICS
from coachline_core.domain.totals import totals
from coachline_core.domain.verdicts import day_verdict, week_verdict
from coachline_desktop import goal_words
from coachline_protocol.rows import Consent, Measure, Terms
from PySide6.QtCore import QLocale
from support.coached import diary
from support.courses import day, target, targets
from support.world import MAYA, TOM

TODAY = day(10)


pytestmark = pytest.mark.usefixtures("british")


def germany() -> None:
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))


# -- amounts -----------------------------------------------------------------------------------------------


def test_amounts_are_read_as_where_one_lives() -> None:
    assert (goal_words.point(), goal_words.amount("2200.5")) == (".", "2,200.5")
    germany()
    assert (goal_words.point(), goal_words.amount("2200.5")) == (",", "2.200,5")


@pytest.mark.parametrize(
    ("value", "metric", "unit", "coarse", "words"),
    [
        (Fraction(79), "weight", "kg", 0, "79"),
        (Fraction(159, 2), "weight", "kg", 0, "79.5"),
        (Fraction(238, 3), "weight", "kg", 0, "79.33"),
        (Fraction(238, 3), "weight", "kg", 1, "79.3"),
        (Fraction(6001, 2), "steps", "steps", 2, "3,001"),
    ],
)
def test_computed_values_have_the_decimals_of_their_unit(
    value: Fraction, metric: str, unit: str, coarse: int, words: str
) -> None:
    assert goal_words.number(value, metric, unit, coarse) == words


def test_units_that_go_without_saying_are_not_said() -> None:
    assert goal_words.with_unit("160", "g") == "160 g"
    assert goal_words.with_unit("4", "points") == "4"
    assert goal_words.with_unit("5", "reps") == "5 ×"


def test_every_metric_has_a_name() -> None:
    assert {goal_words.metric(name) for name in METRICS} == set(goal_words.METRIC_WORDS.values())


# -- what is asked -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("protein up 160 g day", "at least 160 g a day"),
        ("fat down 70 g day", "at most 70 g a day"),
        ("energy hold 2090..2310 kcal day", "2,090 to 2,310 kcal a day"),
        ("distance up 30 km week", "at least 30 km a week"),
        ("distance up 300 km total", "at least 300 km in all"),
        ("rating_5 up 4 points week", "at least 4 on average each week"),
        ("rating_5 up 4 points day", "at least 4 each day"),
        ("rating_5 up 4 points total", "at least 4 on average in all"),
        ("weight down 80 kg week", "at most 80 kg on average each week"),
        ("weight down 78 kg total", "at most 78 kg"),
        ("load up 100 kg total x1", "at least 100 kg, once"),
        ("load up 100 kg total x5", "at least 100 kg, 5 times"),
        ("load up 100 kg week x5", "at least 100 kg, 5 times each week"),
        ("done up 1 days day", "every day"),
        ("done up 1 days week", "on at least 1 day a week"),
        ("done up 5 days week", "on at least 5 days a week"),
        ("done up 20 days total", "on at least 20 days in all"),
    ],
)
def test_what_a_target_asks(words: str, said: str) -> None:
    assert goal_words.asked(target(words)) == said


def test_a_band_without_an_upper_end_is_one_amount() -> None:
    assert goal_words.bounds(target("energy hold 2200 kcal day")) == "2,200 to 2,200 kcal"


def test_what_is_looked_at_on_a_day_names_it() -> None:
    weight = target("weight down 78 kg total")
    assert goal_words.asked(weight, day(40), TODAY) == "at most 78 kg by 10 July"
    assert goal_words.asked(weight, date(2027, 1, 3), TODAY) == "at most 78 kg by 3 January 2027"


def test_terms_are_a_line_for_each_target() -> None:
    said = Terms(title="", targets=targets("protein up 160 g day; done up 5 days week"), start=day(1))
    assert goal_words.terms(said, TODAY) == ("Protein: at least 160 g a day", "Done on at least 5 days a week")


def test_dates_have_an_end_or_none() -> None:
    terms = Terms(title="", start=day(1), due=day(30))
    assert goal_words.dates(terms, TODAY) == "1 June to 30 June"
    assert goal_words.dates(Terms(title="", start=day(1)), TODAY) == "from 1 June on"


def test_a_day_has_its_name() -> None:
    assert goal_words.weekday(day(1)) == "Monday, 1 June"


# -- what was entered --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Measure("protein", "g", "148.5"), "Protein 148.5 g"),
        (Measure("rating_5", "points", "4"), "Rating, 1 to 5 4"),
        (Measure("done", "days", "1"), "Done"),
        (Measure("done", "days", "0"), "Not done"),
    ],
)
def test_a_value_that_was_entered(said: Measure, words: str) -> None:
    assert goal_words.measure(said) == words


@pytest.mark.parametrize(
    ("author", "me", "words"),
    [(TOM, TOM, ""), (TOM, MAYA, ""), (MAYA, MAYA, "recorded by you"), (MAYA, TOM, "recorded by Maya")],
)
def test_who_recorded_it(author: bytes, me: bytes, words: str) -> None:
    assert goal_words.recorded_by(author, TOM, me, {MAYA: "Maya", TOM: "Tom"}.__getitem__) == words


# -- verdicts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "entries", "said"),
    [
        ("protein up 160 g day", (), ""),
        ("protein up 160 g day", ((10, "148"),), "148 g so far, 12 g to go"),
        ("protein up 160 g day", ((10, "160"),), "160 g"),
        ("energy hold 2090..2310 kcal day", ((10, "1500"),), "1,500 kcal"),
        ("done up 1 days day", ((10, "1"),), ""),
    ],
)
def test_what_there_is_so_far(words: str, entries: tuple[tuple[int, str], ...], said: str) -> None:
    (verdict,) = day_verdict(diary(words, *entries).course, (), TODAY, TODAY).targets
    assert goal_words.so_far(verdict) == said


@pytest.mark.parametrize(
    ("words", "entries", "due", "said", "pace"),
    [
        ("weight down 78 kg total", (), 60, "Weight: nothing entered", "Nothing entered"),
        (
            "weight down 78 kg total",
            ((1, "82"), (10, "80")),
            60,
            "Weight: 80 kg, 2 kg to go. A steady course would be at 81.5 kg now.",
            "On course",
        ),
        (
            "weight down 78 kg total",
            ((1, "82"), (10, "77")),
            60,
            "Weight: 77 kg. A steady course would be at 81.5 kg now.",
            None,
        ),
        ("distance down 20 km total", ((1, "30"),), 60, "Distance: 30 km", None),
        ("distance up 600 km total", ((1, "2"),), 60, None, "Behind a steady course"),
        ("done up 20 days total", ((1, "1"), (2, "1")), None, "Done: done on 2 days of 20", None),
        ("done up 20 days total", (), None, "Done: done on 0 days of 20", None),
        ("distance up 10 km total", ((1, "12"),), 5, "Distance: 12 km", "Reached"),
        ("distance up 10 km total", ((1, "2"),), 5, "Distance: 2 km, 8 km to go", "Not reached"),
        ("distance up 10 km total", ((1, "8"),), 5, "Distance: 8 km, 2 km to go", "Nearly reached"),
    ],
)
def test_how_what_is_asked_in_total_stands(
    words: str, entries: Any, due: int | None, said: str | None, pace: str | None
) -> None:
    verdicts = totals(diary(words, *entries, due=due).course, (), TODAY, TODAY)
    if said is not None:
        assert goal_words.in_total(verdicts[0]) == said
    if pace is not None:
        assert goal_words.pace_words(verdicts) == pace


def test_nothing_in_total_has_no_pace() -> None:
    assert goal_words.pace_words(()) == ""


def test_a_verdict_says_its_rule() -> None:
    (verdict,) = day_verdict(diary("protein up 160 g day", (9, "148")).course, (), day(9), TODAY).targets
    assert goal_words.judged(verdict, TODAY) == "Protein: 148 g; asked at least 160 g a day: partly kept"
    (verdict,) = day_verdict(diary("protein up 160 g day").course, (), day(9), TODAY).targets
    assert goal_words.judged(verdict, TODAY) == "Protein: nothing entered; asked at least 160 g a day: not kept"


def test_a_week_with_days_that_do_not_count_says_how_many_do() -> None:
    made = diary("distance up 21 km week", (1, "12"))
    made.excuse("ill", 3, 5)
    (verdict,) = week_verdict(made.course, made.excuses, day(1), TODAY).targets
    assert "asked at least 21 km a week, reduced to 4 of 7 days" in goal_words.judged(verdict, TODAY)


# -- consent -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("consent", "words"),
    [
        (Consent(), ("Nothing but the conversation",)),
        (Consent(see_presence=True), ("See when the client is online",)),
        (
            Consent(see_goals=True, set_goals="propose"),
            (
                "See the client's goals, also those set with other coaches",
                "Propose goals, which the client accepts or declines",
            ),
        ),
        (
            Consent(see_goals=True, set_goals="assign", see_progress=True, record_progress=True),
            (
                "See the client's goals, also those set with other coaches",
                "Set goals for the client directly",
                "See the progress the client records, and excuses",
                "Record progress for the client, which then shows",
            ),
        ),
    ],
)
def test_what_a_coach_can_see_and_do(consent: Consent, words: tuple[str, ...]) -> None:
    assert goal_words.consents(consent, mine=False) == words


def test_the_page_of_a_coaching_is_called_by_who_looks() -> None:
    assert goal_words.agreement("Maya", mine=True) == "What Maya can see and do"
    assert goal_words.agreement("Tom", mine=False) == "What you can see and do for Tom"
