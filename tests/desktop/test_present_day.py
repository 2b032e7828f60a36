"""What a client is asked on a day, and the fields in which he enters it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from coachline_core.client import Record
from coachline_desktop import present_day
from coachline_desktop.goal_state import TodayGoal
from coachline_protocol import ops
from coachline_protocol.rows import Goal, Measure
from support.coached import PROTEIN, changed, diary, entry, known, record, titled, waiting
from support.courses import Diary, day
from support.world import TOM, made

pytestmark = pytest.mark.usefixtures("british")


def of_day(shown: Record, number: int) -> tuple[TodayGoal, ...]:
    return present_day.goals_of_day(known(TOM, shown), shown, day(number))


@pytest.mark.parametrize(
    ("number", "title_", "before", "after"),
    [(10, "Today", 9, None), (9, "Yesterday", 8, 10), (4, "Thursday", 3, 5), (-355, "10 June 2025", -356, -354)],
)
def test_a_day_has_days_beside_it(number: int, title_: str, before: int, after: int | None) -> None:
    shown = present_day.day_shown(record(), day(number))
    assert (shown.title, shown.before) == (title_, day(before))
    assert shown.after == (None if after is None else day(after))
    assert shown.day == day(number)


def test_a_year_ago_nothing_can_be_entered_any_more() -> None:
    assert present_day.day_shown(record(), day(10) - timedelta(366)).before is None


def test_what_is_asked_is_said_with_what_there_is() -> None:
    found = titled(diary(PROTEIN, (10, "100"), (9, "170")), "")
    (today,) = of_day(record(found), 10)
    assert (today.title, today.by, today.mark, today.day) == ("Nutrition", "Maya", "open", day(10))
    assert [(ask.so_far, ask.share, ask.form) for ask in today.asks] == [("100 g so far, 60 g to go", 0.625, "amount")]
    (yesterday,) = of_day(record(found), 9)
    assert (yesterday.mark, yesterday.asks[0].so_far, yesterday.asks[0].share) == ("met", "170 g", 1.0)


def test_what_is_remembered_is_of_its_goal_and_its_day() -> None:
    other = Diary(goal=2)
    other.version("fat down 70 g day", 1)
    shown = record(diary(PROTEIN, (9, "170")), other)
    here = known(TOM, shown)
    for number, so_far in ((10, ""), (9, "170 g"), (10, "")):
        goals = present_day.goals_of_day(here, shown, day(number))
        assert [goal.asks[0].metric for goal in goals] == ["protein", "fat"]
        assert goals[0].asks[0].so_far == so_far


def test_only_what_is_active_is_asked() -> None:
    assert of_day(record(diary(due=9)), 10) == ()
    assert len(of_day(record(diary(due=9)), 9)) == 1
    paused = diary()
    paused.phase("paused", 5)
    assert (len(of_day(record(paused), 4)), of_day(record(paused), 5)) == (1, ())


def test_my_own_goal_is_nobody_s() -> None:
    assert of_day(record(changed(diary(), Goal, author=TOM)), 10)[0].by == ""


def test_what_waits_is_marked_on_its_day() -> None:
    said = diary(PROTEIN, (9, "1")).course.entries[0].current.row
    shown = record(waiting(diary(), said))
    assert (of_day(shown, 9)[0].waiting, of_day(shown, 10)[0].waiting) == (True, False)


def test_a_goal_that_is_yet_to_be_sent_waits_on_every_day() -> None:
    mine = diary()
    body = ops.GoalAssign(id=made(1), client=TOM, kind="nutrition", terms=mine.course.versions[0].terms)
    shown = record(mine, pending=(entry(body),))
    assert [of_day(shown, number)[0].waiting for number in (9, 10)] == [True, True]


def test_a_week_is_marked_where_no_day_is_asked() -> None:
    (goal,) = of_day(record(diary("sessions up 2 sessions week", (8, "1"), (9, "1"))), 10)
    assert (goal.mark, goal.asks[0].so_far) == ("met", "2")


def test_a_habit_is_ticked_and_its_tick_taken_back() -> None:
    found = diary("done up 1 days day", (9, "1"))
    said = found.course.entries[0].id
    assert [ask.entry for ask in of_day(record(found), 9)[0].asks] == [said]
    (ask,) = of_day(record(found), 10)[0].asks
    assert (ask.form, ask.entry, ask.share) == ("tick", None, 0.0)


def test_a_rating_is_chosen() -> None:
    (ask,) = of_day(record(diary("rating_5 up 4 points week")), 10)[0].asks
    assert (ask.form, ask.top, ask.unit_words, ask.share) == ("choice", 5, "", None)


def test_a_goal_in_words_asks_nothing() -> None:
    assert of_day(record(diary("")), 10)[0].asks == ()


def test_a_day_and_a_week_of_the_same_are_entered_once() -> None:
    (goal,) = of_day(record(diary("protein up 160 g day; protein up 1000 g week", (10, "100"))), 10)
    assert [(ask.form, ask.asks, ask.so_far) for ask in goal.asks] == [
        ("amount", "at least 160 g a day", "100 g so far, 60 g to go"),
        ("none", "at least 1,000 g a week", "100 g so far, 900 g to go"),
    ]


def test_a_load_to_be_moved_often_is_entered_with_how_often() -> None:
    for words, metrics in (("x5", ["load", "reps"]), ("x1", ["load"])):
        (goal,) = of_day(record(diary(f"load up 100 kg total {words}")), 10)
        assert [ask.metric for ask in goal.asks] == metrics
    version = diary("load up 100 kg total x5").course.versions[0]
    fields = present_day.entry_fields(version, day(10), (Measure("load", "lb", "225"), Measure("reps", "reps", "3")))
    assert [(each.metric, each.unit, each.unit_words, each.amount) for each in fields] == [
        ("load", "lb", "lb", "225"),
        ("reps", "reps", "×", "3"),
    ]
