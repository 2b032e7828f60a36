"""The page of a client: what it shows to whom, and what may be done there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from coachline_core.client import Record
from coachline_core.domain.course import ENDS
from coachline_desktop import client_page
from coachline_desktop.goal_state import ClientState, GoalDetail
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Consent, Goal, GoalPhase, GoalVersion, Id, Measure, Progress
from support.coached import ALL, PROTEIN, changed, diary, entry, excuse, known, record, relationship, waiting
from support.courses import Diary, day
from support.world import MAYA, NOW, TOM, made

pytestmark = pytest.mark.usefixtures("british")


def page(me: Id, shown: Record, **more: Any) -> ClientState:
    return client_page.client_page(known(me, shown, **more), shown)


def goal(me: Id, shown: Record, **more: Any) -> GoalDetail:
    (found,) = page(me, shown, **more).goals
    return found


# -- who sees what -----------------------------------------------------------------------------------------


def test_my_own_page_is_mine() -> None:
    shown = page(TOM, record(diary()))
    assert (shown.me, shown.may_set, shown.may_excuse, shown.withheld, shown.agreement) == (
        True,
        "assign",
        True,
        "",
        None,
    )
    assert shown.goals[0].words == "Nutrition, set by Maya"


def test_a_coach_s_page_of_a_client_shows_their_agreement() -> None:
    shown = page(MAYA, record(diary()))
    assert (shown.me, shown.may_set, shown.may_excuse, shown.withheld) == (False, "assign", True, "")
    assert shown.agreement is not None
    assert shown.agreement.title == "What you can see and do for Tom"
    assert shown.goals[0].words == "Nutrition, set by you"


@pytest.mark.parametrize(
    ("consent", "state", "may_set", "withheld"),
    [
        (Consent(), "active", "none", "Tom does not show you goals."),
        (
            Consent(see_goals=True, set_goals="propose"),
            "active",
            "propose",
            "Tom does not show you progress, so nothing is said of how goals go.",
        ),
        (ALL, "paused", "none", ""),
    ],
)
def test_what_is_withheld_is_said(consent: Consent, state: Any, may_set: str, withheld: str) -> None:
    shown = page(MAYA, record(row=relationship(consent, state=state)))
    assert (shown.may_set, shown.may_excuse, shown.withheld) == (may_set, False, withheld)


def test_nobody_s_coach_is_shown_nothing() -> None:
    shown = page(MAYA, replace(record(), relationships=()))
    assert (shown.may_set, shown.withheld, shown.agreement) == ("none", "Tom does not show you goals.", None)


def test_without_progress_there_is_no_verdict() -> None:
    row = relationship(Consent(see_goals=True))
    for words in (PROTEIN, "distance up 600 km total"):
        shown = goal(MAYA, record(diary(words), row=row))
        assert (shown.weeks, shown.totals, shown.plots, shown.entries, shown.mark_words) == ((), (), (), (), "")


# -- which goals -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["done", "missed", "cancelled", "after"])
def test_goals_that_are_over_come_last_and_the_newest_first(end: Any) -> None:
    second, third = Diary(goal=2), Diary(goal=3)
    second.version(PROTEIN, 1, due=5 if end == "after" else None)
    if end != "after":
        second.phase(end, 5)
    third.version(PROTEIN, 1)
    third.phase("paused", 5)
    shown = page(TOM, record(diary(), second, third))
    assert [each.key for each in shown.goals] == [made(3), made(1), made(2)]
    assert shown.goals[-1].state == end


def proposed(*, counter: bool = False) -> Diary:
    """A goal that waits for Tom's answer; or one in force whose other terms do."""
    found = diary() if counter else Diary()
    version = found.version("protein up 180 g day", 12, state="proposed")
    state = "active" if counter else "proposed"
    return changed(found, Goal, state=state, pending=version.id, turn=TOM)


def test_a_goal_that_is_proposed_stands_among_the_proposals_only() -> None:
    shown = page(TOM, record(proposed()))
    assert (len(shown.goals), len(shown.proposals)) == (0, 1)
    shown = page(TOM, record(proposed(counter=True)))
    assert (len(shown.goals), len(shown.proposals)) == (1, 1)
    assert shown.goals[0].lines == ("Protein: at least 160 g a day",)


def test_a_goal_proposed_in_terms_that_are_not_here_waits_for_them() -> None:
    found = changed(proposed(), GoalVersion, state="replaced")
    shown = goal(TOM, record(found))
    assert (shown.state, shown.mark_words) == ("proposed", "Proposed")
    assert page(TOM, record(replace(found.course, versions=()))).goals == ()


def test_what_is_remembered_is_of_its_goal() -> None:
    second = Diary(goal=2)
    second.version("fat down 70 g day", 1)
    shown = record(diary(), second)
    here = known(TOM, shown)
    for _ in range(2):
        assert [each.key for each in client_page.client_page(here, shown).goals] == [made(2), made(1)]


def test_a_goal_that_has_not_begun_shows_what_it_will_ask() -> None:
    found = Diary()
    found.version(PROTEIN, 15)
    shown = goal(TOM, record(found))
    assert (shown.state, shown.mark_words, shown.lines) == ("before", "Not begun", ("Protein: at least 160 g a day",))
    assert shown.weeks == ()
    assert shown.first_day == day(15)


# -- how it stands -----------------------------------------------------------------------------------------


def test_an_active_goal_says_how_its_week_goes() -> None:
    shown = goal(TOM, record(diary(PROTEIN, *((n, "165") for n in range(1, 10)))))
    assert shown.mark_words == "This week: not over yet"
    assert [week.mark for week in shown.weeks] == ["met", "open"]
    assert shown.weeks[0].words == "Week of 1 June: kept, 100 %"
    assert shown.details[-1].rules[0] == "1 June · Protein: 165 g; asked at least 160 g a day: kept"
    assert shown.details[-1].entries[0] == "1 June · Protein 165 g"
    assert shown.details[0].mark_words == "Not over yet"


def test_what_is_asked_in_total_says_how_it_goes_instead() -> None:
    shown = goal(TOM, record(diary("distance up 600 km total", (2, "2"), due=60)))
    assert shown.weeks == ()
    assert (shown.mark, shown.mark_words) == ("open", "Behind a steady course")
    assert shown.totals[0].startswith("Distance: 2 km, 598 km to go")


def test_a_week_says_more_than_a_total_that_goes_on() -> None:
    shown = goal(TOM, record(diary("distance up 5 km day; distance up 600 km total", (2, "2"), due=60)))
    assert (shown.mark_words, len(shown.totals)) == ("This week: not over yet", 1)


def test_a_goal_that_rests_says_so() -> None:
    found = diary()
    found.phase("paused", 5)
    assert goal(TOM, record(found)).mark_words == "Paused"


def test_only_the_last_weeks_are_shown() -> None:
    assert len(goal(TOM, record(diary(), today=200)).weeks) == client_page.WEEKS


# -- charts ------------------------------------------------------------------------------------------------


def test_points_stand_against_the_band_in_force() -> None:
    found = diary("energy hold 2000..2200 kcal day", (1, "2100"), (3, "2500"), (10, "900"))
    found.version("energy hold 1800..2000 kcal day", 4)
    (plot,) = goal(TOM, record(found)).plots
    assert [(point.day, point.value, point.outside) for point in plot.points] == [
        (day(1), 2100.0, False),
        (day(3), 2500.0, True),
    ], "today grows until midnight"
    assert plot.points[0].words == "1 June: 2,100 kcal, asked 2,000 to 2,200 kcal a day"
    assert [(band.first, band.last, band.low, band.high) for band in plot.bands] == [
        (day(1), day(3), 2000.0, 2200.0),
        (day(4), day(10), 1800.0, 2000.0),
    ]
    assert plot.summary == plot.points[-1].words


def test_what_is_over_has_a_band_to_its_last_day_and_points_without_a_rule() -> None:
    found = diary("protein up 160 g day", (1, "150"), (8, "155"), due=5)
    (plot,) = goal(TOM, record(found)).plots
    assert [(band.first, band.last) for band in plot.bands] == [(day(1), day(5))]
    assert [point.words for point in plot.points][-1] == "8 June: 155 g"


def test_a_weight_has_no_band_a_day_and_says_its_day_in_the_rule() -> None:
    (plot,) = goal(TOM, record(diary("weight down 78 kg total", (1, "82"), due=60))).plots
    assert [(band.low, band.high) for band in plot.bands] == [(None, 78.0)]
    assert plot.points[0].words == "1 June: 82 kg, asked at most 78 kg by 30 July"


def test_nothing_that_adds_up_over_time_has_a_band() -> None:
    (plot,) = goal(TOM, record(diary("distance up 600 km total", due=60))).plots
    assert (plot.bands, plot.points, plot.summary) == ((), (), "Nothing entered yet")


@pytest.mark.parametrize("words", ["done up 1 days day", "sessions up 3 sessions week"])
def test_a_line_of_ones_is_not_drawn(words: str) -> None:
    assert goal(TOM, record(diary(words, (1, "1")))).plots == ()


def test_what_waits_to_be_said_is_marked_in_chart_and_list() -> None:
    found = diary("weight down 78 kg total", (1, "82"), due=60)
    said = Progress(
        rev=0,
        id=made(500),
        entry=made(500),
        goal=made(1),
        author=TOM,
        at=NOW,
        day=day(9),
        zone="Europe/Berlin",
        measures=(Measure("weight", "kg", "81"),),
    )
    shown = goal(TOM, record(waiting(found, said)))
    assert [point.waiting for point in shown.plots[0].points] == [False, True]
    assert [row.waiting for row in shown.entries] == [True, False]


# -- entries -----------------------------------------------------------------------------------------------


def test_an_entry_stands_in_its_fields_to_be_said_better() -> None:
    found = diary("energy hold 2000..2200 kcal day; protein up 160 g day", (3, "1240 kcal energy"))
    (row,) = goal(TOM, record(found)).entries
    assert [(each.metric, each.amount, each.asks) for each in row.fields] == [
        ("energy", "1,240", "2,000 to 2,200 kcal a day"),
        ("protein", "", "at least 160 g a day"),
    ]
    assert row.may_correct


def test_an_entry_of_what_is_asked_no_more_keeps_its_field() -> None:
    found = diary("energy hold 2000..2200 kcal day", (3, "2 l water"))
    (row,) = goal(TOM, record(found)).entries
    assert [(each.metric, each.unit, each.amount, each.asks) for each in row.fields] == [
        ("energy", "kcal", "", "2,000 to 2,200 kcal a day"),
        ("water", "l", "2", ""),
    ]


def test_how_an_entry_was_said_before_and_by_whom() -> None:
    found = diary()
    first = found.entry(3, "140", note="By phone")
    found.entry(3, "-", entry=first.id)
    found.entry(3, "150", entry=first.id)
    found.rows[2] = msgspec.structs.replace(first, author=MAYA)
    (row,) = goal(TOM, record(found)).entries
    assert (row.values, row.by) == ("Protein 150 g", "")
    assert row.history == ("Protein 140 g · By phone · recorded by Maya", "taken back")


def test_an_entry_in_words_is_told_by_them() -> None:
    found = diary()
    found.entry(3, "-", note="Ill, ate soup")
    (row,) = goal(TOM, record(found)).entries
    assert (row.values, row.note) == ("Ill, ate soup", "Ill, ate soup")


def test_what_was_taken_back_is_not_listed() -> None:
    found = diary()
    first = found.entry(3, "140")
    found.entry(3, "-", entry=first.id)
    assert goal(TOM, record(found)).entries == ()


def test_only_who_recorded_something_corrects_it_for_a_client() -> None:
    found = diary()
    found.entry(3, "140")
    mine = found.entry(4, "150")
    found.rows[-1] = msgspec.structs.replace(mine, author=MAYA)
    rows = goal(MAYA, record(found)).entries
    assert [(row.may_correct, bool(row.fields), row.by) for row in rows] == [
        (True, True, "recorded by you"),
        (False, False, ""),
    ]
    seen_only = relationship(Consent(see_goals=True, see_progress=True))
    assert not any(row.may_correct for row in goal(MAYA, record(found, row=seen_only)).entries)


# -- history and excuses -----------------------------------------------------------------------------------


def test_history_tells_versions_and_phases_newest_first() -> None:
    found = diary()
    found.version("protein up 170 g day", 4, state="declined")
    found.version("protein up 180 g day", 5, state="replaced")
    found.version("", 6, state="proposed")
    found.phase("paused", 7)
    for n, row in enumerate(found.rows):
        if isinstance(row, GoalVersion | GoalPhase):
            found.rows[n] = msgspec.structs.replace(row, at=NOW + n)
    assert goal(TOM, record(found)).history == (
        "Paused from 7 June on, said by Maya",
        "Proposed by Maya from 6 June: A goal",
        "Proposed by Maya, then countered: Protein: at least 180 g a day",
        "Proposed by Maya and declined: Protein: at least 170 g a day",
        "From 1 June, said by Maya: Protein: at least 160 g a day",
    )


@pytest.mark.parametrize(
    ("me", "fields", "words", "may"),
    [
        (TOM, {}, "Ill, 8 June to 9 June", True),
        (MAYA, {}, "Ill, 8 June to 9 June", False),
        (TOM, {"last": day(8), "author": MAYA}, "Ill, 8 June, said by Maya", True),
        (MAYA, {"author": MAYA, "reason": "travel"}, "Travelling, 8 June to 9 June, said by Maya", True),
        (TOM, {"withdrawn_at": NOW}, "Ill, 8 June to 9 June (withdrawn)", False),
    ],
)
def test_an_excuse_says_who_said_it_and_whether_it_counts(me: Id, fields: Any, words: str, may: bool) -> None:
    (row,) = page(me, record(excuses=(excuse(**fields),))).excuses
    assert (row.words, row.may_withdraw) == (words, may)


# -- what may be done --------------------------------------------------------------------------------------


def by(author: Id, state: str = "active") -> Diary:
    return changed(diary(), Goal, author=author, state=state)


@pytest.mark.parametrize(
    ("me", "found", "consent", "may"),
    [
        (TOM, by(TOM), ALL, {"change", "record", "paused", *ENDS}),
        (TOM, by(MAYA), ALL, {"counter", "record", "paused", *ENDS}),
        (TOM, by(MAYA, "paused"), ALL, {"counter", "record", "active", *ENDS}),
        (TOM, by(MAYA, "done"), ALL, set()),
        (TOM, by(MAYA, "proposed"), ALL, set()),
        (MAYA, by(MAYA), ALL, {"change", "record", "paused", *ENDS}),
        (MAYA, by(TOM), ALL, {"record"}),
        (MAYA, by(MAYA), Consent(see_goals=True, set_goals="propose"), {"counter"}),
        (MAYA, by(MAYA), Consent(see_goals=True), set()),
        (
            TOM,
            proposed(counter=True),
            ALL,
            {"accept", "decline", "counter", "record", "paused", *ENDS},
        ),
    ],
)
def test_what_may_be_done_with_a_goal(me: Id, found: Diary, consent: Consent, may: set[str]) -> None:
    assert goal(me, record(found, row=relationship(consent))).may == may


def test_who_rests_as_a_coach_may_do_nothing() -> None:
    assert goal(MAYA, record(by(MAYA), row=relationship(state="paused"))).may == frozenset()


@pytest.mark.parametrize(("refusal", "waits"), [(None, True), (Refusal(code=RefusalCode.STALE), False)])
def test_a_deed_that_is_yet_to_be_said_is_marked(refusal: Refusal | None, waits: bool) -> None:
    said = ops.GoalSetState(id=made(600), client=TOM, goal=made(1), base=1, state="paused")
    assert goal(TOM, record(diary(), pending=(entry(said, refusal),))).waiting == waits
    other = msgspec.structs.replace(said, goal=made(2))
    assert not goal(TOM, record(diary(), pending=(entry(other),))).waiting
