"""Verdicts: pure, exact, the same from either side, and never altered by what is changed of a goal later."""

import ast
import dataclasses
import inspect
import random
from fractions import Fraction
from types import ModuleType
from typing import Any

import msgspec
import pytest
from coachline_core.domain import amounts, course, goals, marks, metrics, pace, roster, totals, verdicts
from coachline_core.domain.course import courses
from coachline_core.domain.marks import combined, shown, together
from coachline_core.domain.roster import roster_line
from coachline_core.domain.totals import total_verdict
from coachline_core.domain.verdicts import day_verdict, week_verdict
from coachline_protocol.rows import Progress
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.courses import Diary, day
from support.diaries import LAST, Change, change, changes, diaries
from support.plain_verdicts import day_targets, plain_day, plain_total, plain_week, total_targets, week_targets

DIARIES = diaries()
TODAYS = st.integers(0, LAST + 3)
patient = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Each example judges weeks of days; how long that takes is not what is tested."""


def everything(kept: Diary, last: int, today: int) -> list[object]:
    """Verdicts up to a day: of all days, of weeks that were over by then, of the whole as it stood every few days."""
    judged: list[object] = []
    for number in range(-6, last + 1):
        judged.append(day_verdict(kept.course, kept.excuses, day(number), day(today)))
        if number % 4 == last % 4:
            judged.append(total_verdict(kept.course, kept.excuses, day(number), day(today)))
        if day(number).weekday() == 6:
            judged.append(week_verdict(kept.course, kept.excuses, day(number), day(today)))
    return judged


# -- what is changed later


@st.composite
def changed_later(draw: st.DrawFn) -> tuple[Diary, int, list[Change]]:
    """A goal, today, and what is changed of it from today or later on."""
    kind, kept = draw(DIARIES)
    today = draw(TODAYS)
    return kept, today, draw(st.lists(changes(kind, st.integers(today, today + 9)), min_size=1, max_size=3))


@patient
@given(changed_later())
def test_no_change_made_today_alters_an_earlier_verdict(story: tuple[Diary, int, list[Change]]) -> None:
    kept, today, later = story
    before = everything(kept, today - 1, today)
    for what in later:
        change(kept, what)
    assert everything(kept, today - 1, today) == before


@patient
@given(DIARIES, TODAYS)
def test_a_verdict_on_what_is_over_does_not_depend_on_when_it_is_asked(kept: tuple[str, Diary], today: int) -> None:
    _, one = kept
    assert everything(one, today - 1, today) == everything(one, today - 1, today + 30)


def test_a_correction_and_an_excuse_do_alter_one() -> None:
    kept = Diary()
    kept.version("protein up 160 g day", 1)
    first = kept.entry(1, "100")
    seen = [day_verdict(kept.course, kept.excuses, day(1), day(9)).mark]
    kept.entry(1, "170", entry=first.id)
    seen.append(day_verdict(kept.course, kept.excuses, day(1), day(9)).mark)
    kept.excuse("ill", 1, 1)
    seen.append(day_verdict(kept.course, kept.excuses, day(1), day(9)).mark)
    assert seen == ["missed", "met", "excused"]


# -- the same for everybody


@patient
@given(DIARIES, TODAYS, st.randoms(use_true_random=False))
def test_the_order_in_which_rows_arrive_does_not_matter(
    kept: tuple[str, Diary], today: int, chance: random.Random
) -> None:
    _, one = kept
    other = Diary(rows=list(one.rows), excuses=list(one.excuses))
    chance.shuffle(other.rows)
    chance.shuffle(other.excuses)
    assert everything(one, today, today) == everything(other, today, today)
    lines = [roster_line([each.course], each.excuses, day(today)) for each in (one, other)]
    assert lines[0] == lines[1]


@patient
@given(DIARIES, TODAYS, st.integers(0, 5))
def test_what_waits_counts_as_it_will_once_it_is_acknowledged(kept: tuple[str, Diary], today: int, last: int) -> None:
    _, one = kept
    said = [row for row in one.rows if isinstance(row, Progress)]
    late = said[len(said) - min(last, len(said)) :]
    rows = [row for row in one.rows if row not in late]
    (waiting,) = courses(rows, [msgspec.structs.replace(row, rev=0) for row in late])
    for number in range(today + 1):
        judged = [day_verdict(each, one.excuses, day(number), day(today)) for each in (one.course, waiting)]
        assert judged[0] == judged[1]


# -- agreement with the long way


@patient
@given(DIARIES, TODAYS)
def test_days_weeks_and_totals_are_what_the_long_way_finds(kept: tuple[str, Diary], today: int) -> None:
    _, one = kept
    course, now = one.course, day(today)
    for number in range(-1, LAST + 2):
        on = day(number)
        daily = day_verdict(course, one.excuses, on, now)
        assert [(target.mark, target.value) for target in daily.targets] == day_targets(one, on, now)
        assert (daily.mark, daily.score) == plain_day(one, on, now)
        if on <= now:
            whole = total_verdict(course, one.excuses, on, now)
            assert [(target.mark, target.value) for target in whole.targets] == total_targets(one, on, now)
            assert (whole.mark, whole.score) == plain_total(one, on, now)
        if on.weekday() == 0:
            weekly = week_verdict(course, one.excuses, on, now)
            assert [(target.mark, target.value) for target in weekly.targets] == week_targets(one, on, now)
            assert (weekly.mark, weekly.score) == plain_week(one, on, now)


@patient
@given(DIARIES, TODAYS)
def test_a_tally_counts_every_day_and_week_once(kept: tuple[str, Diary], today: int) -> None:
    _, one = kept
    whole = total_verdict(one.course, one.excuses, day(today), day(today))
    days = [day_verdict(one.course, one.excuses, day(number), day(today)) for number in range(-3, today + 1)]
    for mark in ("met", "partly", "missed", "open", "excused"):
        assert getattr(whole.days, mark) == sum(each.mark == mark for each in days)
    weeks = [
        week_verdict(one.course, one.excuses, day(number), day(today))
        for number in range(today + 1)
        if day(number).weekday() == 6
    ]
    for mark in ("met", "partly", "missed", "open", "excused"):
        assert getattr(whole.weeks, mark) == sum(each.mark == mark for each in weeks)


# -- what a verdict says about itself


@patient
@given(DIARIES, TODAYS)
def test_a_verdict_names_the_entries_and_excuses_behind_it(kept: tuple[str, Diary], today: int) -> None:
    _, one = kept
    course = one.course
    known = {entry.id: entry for entry in course.entries if not entry.withdrawn}
    for number in range(0, LAST, 3):
        week = week_verdict(course, one.excuses, day(number), day(today))
        daily = [target for each in week.days for target in each.targets]
        for target in (*week.targets, *daily, *total_verdict(course, one.excuses, day(number), day(today)).targets):
            assert bool(target.entries) == (target.value is not None) == (target.side is not None)
            assert len(set(target.entries)) == len(target.entries)
            assert all(known[id].day >= target.first for id in target.entries)
            assert all(target.last is None or known[id].day <= target.last for id in target.entries)
            assert 0 <= target.asked <= target.days
            if target.mark == "excused":
                assert target.excuses
            if target.mark == "met":
                assert target.side == "within"


def test_a_week_tells_what_was_taken_off_and_why() -> None:
    kept = Diary()
    version = kept.version("sessions up 4 sessions week", 1)
    ill = kept.excuse("ill", 5, 7)
    entry = kept.entry(2, "1")
    (target,) = week_verdict(kept.course, kept.excuses, day(4), day(8)).targets
    assert (target.first, target.last, target.asked, target.days) == (day(1), day(7), 4, 7)
    assert (target.lower, target.upper, target.side) == (Fraction(2), None, "below")
    assert (target.version, target.entries, target.excuses) == (version.id, (entry.id,), (ill.id,))


def test_a_day_tells_why_nothing_is_asked() -> None:
    kept = Diary()
    version = kept.version("protein up 160 g day", 2, due=5)
    kept.phase("paused", 4)
    told = [day_verdict(kept.course, (), day(number), day(9)) for number in (1, 3, 4, 6)]
    assert [each.standing for each in told] == ["before", "active", "paused", "after"]
    assert [each.version for each in told] == [None, version.id, version.id, None]
    assert [each.mark for each in told] == ["none", "missed", "none", "none"]


def test_an_excused_day_is_not_asked() -> None:
    kept = Diary()
    kept.version("protein up 160 g day", 1)
    kept.excuse("ill", 2, 2)
    told = [day_verdict(kept.course, kept.excuses, day(number), day(9)).targets[0] for number in (1, 2)]
    assert [(target.asked, target.days, bool(target.excuses)) for target in told] == [(1, 1, False), (0, 1, True)]


@pytest.mark.parametrize(
    ("entries", "words", "told"),
    [
        (["9204.7 kJ"], "energy up 2200 kcal day", "2199.9"),
        (["9204.9 kJ"], "energy down 2200 kcal day", "2200.1"),
        (["9204.9 kJ"], "energy up 2200 kcal day", "2200"),
        ([], "energy up 2200 kcal day", None),
        (["4", "3", "3"], "rating_5 up 4 points day", "3.3"),
        (["4", "4", "3"], "rating_5 down 3 points day", "3.7"),
    ],
)
def test_a_value_is_shown_on_the_side_on_which_it_is_judged(entries: list[str], words: str, told: str | None) -> None:
    kept = Diary()
    kept.version(words, 1)
    for entry in entries:
        kept.entry(1, entry)
    (target,) = day_verdict(kept.course, (), day(1), day(2)).targets
    assert shown(target) == told


def test_putting_together_has_its_edges_at_four_fifths_and_a_half() -> None:
    def mark(*scores: str) -> str:
        return together(("met", Fraction(score)) for score in scores)[0]

    assert [mark("4/5"), mark("79/100"), mark("1/2"), mark("49/100"), mark("1", "3/5")] == [
        "met",
        "partly",
        "partly",
        "missed",
        "met",
    ]
    assert together([]) == ("none", None)
    assert together([("none", None), ("excused", None)]) == ("excused", None)
    assert together([("open", None), ("missed", Fraction(0))]) == ("open", Fraction(0))


@given(st.lists(st.fractions(0, 100, max_denominator=7), min_size=1, max_size=9))
def test_several_values_are_one(values: list[Fraction]) -> None:
    assert combined(values, "sum") == sum(values)
    assert combined(values, "best") == max(values)
    assert combined(values, "last") == values[-1]
    assert combined(values, "mean") * len(values) == sum(values)


# -- exactness


MODULES = [amounts, course, goals, marks, metrics, pace, roster, totals, verdicts]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_no_float_is_written_anywhere(module: ModuleType) -> None:
    tree = ast.parse(inspect.getsource(module))
    literals = [
        node.lineno for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]
    names = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in ("float", "round")]
    imports = [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if alias.name == "math" or getattr(node, "module", "") == "math"
    ]
    assert (literals, names, imports) == ([], [], [])


def numbers_in(value: Any) -> list[object]:
    """Every number in a verdict, however deep."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [each for field in dataclasses.fields(value) for each in numbers_in(getattr(value, field.name))]
    if isinstance(value, tuple | list):
        return [each for item in value for each in numbers_in(item)]
    return [value] if isinstance(value, int | float | Fraction) else []


@patient
@given(DIARIES, TODAYS)
def test_no_number_in_a_verdict_is_a_float(kept: tuple[str, Diary], today: int) -> None:
    _, one = kept
    judged = [*everything(one, today, today), roster_line([one.course], one.excuses, day(today))]
    assert {type(number) for number in numbers_in(judged)} <= {int, Fraction}
