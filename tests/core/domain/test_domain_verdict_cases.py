"""The table: how goals are judged, worked out by hand, in `verdict_cases.txt`."""

from fractions import Fraction
from pathlib import Path

import pytest
from coachline_core.domain.roster import roster_line
from coachline_core.domain.totals import TotalVerdict, total_verdict
from coachline_core.domain.verdicts import DayVerdict, WeekVerdict, day_verdict, week_verdict
from support.courses import Diary, day
from support.verdict_table import Case, number, read_cases

CASES = list(read_cases(Path(__file__).with_name("verdict_cases.txt")))


def told(bounds: str) -> tuple[Fraction | None, ...]:
    """The bounds that the table names, without saying which is which: one, or the lower and the upper."""
    return tuple(number(bound) for bound in bounds.split(".."))


def judged(case: Case, diary: Diary, what: str) -> DayVerdict | WeekVerdict | TotalVerdict:
    """The goal's verdict on a day, in a week or in total."""
    course, today = diary.course, day(case.today)
    kind, on, *_ = what.split()
    match kind:
        case "day":
            return day_verdict(course, diary.excuses, day(int(on)), today)
        case "week":
            return week_verdict(course, diary.excuses, day(int(on)), today)
        case _:
            return total_verdict(course, diary.excuses, day(int(on)), today)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"line-{case.line}")
def test_a_goal_is_judged_as_a_coach_would_judge_it(case: Case) -> None:
    diary = case.diary()
    value, _, bounds = case.value.partition(" of ")
    if case.judged == "roster":
        assert roster_line([diary.course], diary.excuses, day(case.today)).where == case.mark, case.why
        return
    if case.judged.startswith("goal "):
        verdict = judged(case, diary, case.judged.removeprefix("goal "))
        assert (verdict.mark, verdict.score) == (case.mark, number(value)), case.why
        return
    targets = judged(case, diary, case.judged).targets
    metric = (case.judged.split()[2:] or [diary.asked[0].metric])[0]
    target = next((target for target in targets if target.target.metric == metric), None)
    if target is None:
        assert (case.mark, value) == ("none", "-"), case.why
        return
    assert (target.mark, target.value) == (case.mark, number(value)), case.why
    if bounds:
        found = tuple(bound for bound in (target.lower, target.upper) if bound is not None)
        assert found == told(bounds), case.why


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(CASES) >= 200
    assert {case.mark for case in CASES} >= {"met", "partly", "missed", "open", "excused", "none", "on", "off"}
