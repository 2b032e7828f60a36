"""Coaching in the window: proposals, the list of clients, agreements, templates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from coachline_core.client import Summary
from coachline_core.domain.roster import Reason, roster_line
from coachline_core.domain.verdicts import week_verdict
from coachline_desktop import present_goals
from coachline_desktop.goal_state import Choice, ClientRow, GoalForm, TargetForm
from coachline_desktop.memory import Memory
from coachline_desktop.present import Known
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import (
    Consent,
    Goal,
    GoalVersion,
    Id,
    RelationshipStep,
    Template,
)
from support.coached import ALL, PROTEIN, changed, diary, entry, known, record, relationship
from support.courses import Diary, day, target
from support.world import MAYA, NOW, TOM, made

SEES = Consent(see_goals=True, see_progress=True)


pytestmark = pytest.mark.usefixtures("british")


# -- proposals ---------------------------------------------------------------------------------------------


def proposed(*, author: Id = MAYA, turn: Id = TOM, counter: bool = False) -> Diary:
    found = diary() if counter else Diary()
    version = found.version("protein up 180 g day", 12, state="proposed")
    found.rows[-1] = msgspec.structs.replace(version, author=author)
    return changed(found, Goal, pending=version.id, turn=turn)


@pytest.mark.parametrize(
    ("me", "found", "words", "mine", "before"),
    [
        (TOM, proposed(), "Maya proposes a goal", True, ()),
        (MAYA, proposed(), "You proposed this to Tom", False, ()),
        (
            MAYA,
            proposed(author=TOM, turn=MAYA, counter=True),
            "Tom proposes other terms",
            True,
            ("Protein: at least 160 g a day",),
        ),
    ],
)
def test_a_proposal_says_whose_answer_is_waited_for(
    me: Id, found: Diary, words: str, mine: bool, before: tuple[str, ...]
) -> None:
    (shown,) = present_goals.proposals(known(me), record(found))
    assert (shown.words, shown.mine, shown.before) == (words, mine, before)
    assert shown.lines == ("Protein: at least 180 g a day",)
    assert shown.form.targets == (TargetForm("protein", "g", "up", "180"),)


ANSWERED: dict[str, ops.Command] = {
    "You accepted": ops.GoalAccept(id=made(600), client=TOM, goal=made(1), base=1),
    "You declined": ops.GoalDecline(id=made(600), client=TOM, goal=made(1), base=1),
    "You proposed something else": ops.GoalCounter(
        id=made(600), client=TOM, goal=made(1), base=1, terms=diary().course.versions[0].terms, effective=day(12)
    ),
}


@pytest.mark.parametrize("words", ANSWERED)
def test_an_answer_that_is_yet_to_be_sent_is_told_and_asked_for_no_more(words: str) -> None:
    (shown,) = present_goals.proposals(known(TOM), record(proposed(), pending=(entry(ANSWERED[words]),)))
    assert (shown.words, shown.mine, shown.waiting) == (words, False, True)
    refused = entry(ANSWERED[words], Refusal(code=RefusalCode.STALE))
    (again,) = present_goals.proposals(known(TOM), record(proposed(), pending=(refused,)))
    assert (again.words, again.mine, again.waiting) == ("Maya proposes a goal", True, False)


def test_a_proposal_that_is_yet_to_be_sent_waits() -> None:
    version = proposed().course.versions[0]
    body = ops.GoalPropose(id=made(1), client=TOM, kind="nutrition", terms=version.terms)
    (shown,) = present_goals.proposals(known(MAYA), record(proposed(), pending=(entry(body),)))
    assert (shown.words, shown.waiting) == ("You proposed this to Tom", True)


def test_mine_to_answer_come_first_and_what_was_answered_does_not_come() -> None:
    his, mine = proposed(turn=MAYA), replace(proposed(), goal=2)
    mine = Diary(goal=2)
    version = mine.version(PROTEIN, 12, state="proposed")
    mine = changed(mine, Goal, pending=version.id, turn=TOM)
    found = present_goals.proposals(known(TOM), record(his, mine))
    assert [each.mine for each in found] == [True, False]
    assert present_goals.proposals(known(TOM), record(changed(proposed(), GoalVersion, state="declined"))) == ()
    assert present_goals.proposals(known(TOM), record(replace(proposed().course, versions=()))) == ()


# -- the trainer's list ------------------------------------------------------------------------------------


def row_of(*goals: Diary, today: int = 10, row: Any = None, **more: Any) -> ClientRow:
    shown = record(*goals, today=today, row=row or relationship(), **more)
    (found,) = present_goals.roster(known(MAYA, shown), [shown])
    return found


EVERY_DAY = tuple((n, "165") for n in range(1, 10))


@pytest.mark.parametrize(
    ("entries", "where", "words", "why", "last"),
    [
        (EVERY_DAY, "on", "On course", "", "Entered yesterday"),
        ((*EVERY_DAY, (10, "20")), "on", "On course", "", "Entered today"),
        ((), "no_data", "Nothing entered", "A goal: nothing entered", ""),
        (
            tuple((n, "20") for n in range(1, 9)),
            "off",
            "Off course",
            "A goal: 7 of 7 days not kept",
            "Entered 2 days ago",
        ),
    ],
)
def test_a_client_s_line_says_how_it_goes_and_why(entries: Any, where: str, words: str, why: str, last: str) -> None:
    found = row_of(diary(PROTEIN, *entries))
    assert (found.where, found.where_words, found.why, found.last) == (where, words, why, last)


def test_who_is_ill_is_not_off_course() -> None:
    found = diary(PROTEIN, *EVERY_DAY)
    found.excuse("ill", 10, 12)
    assert row_of(found).why == "Ill"


def test_who_shows_no_progress_is_not_judged() -> None:
    found = row_of(diary(), row=relationship(Consent(see_goals=True)))
    assert (found.where, found.where_words, found.why, found.last) == ("nothing", "Not shown to you", "", "")


def test_who_rests_rests_and_who_has_left_is_not_listed() -> None:
    assert row_of(diary(), row=relationship(state="paused")).where_words == "Resting"
    ended = record(row=relationship(state="ended"))
    assert present_goals.roster(known(MAYA, ended), [ended]) == ()
    assert present_goals.roster(known(TOM, record()), [record()]) == ()


def test_the_line_knows_the_conversation() -> None:
    shown = record()
    talk = Summary(b"c" * 16, "direct", TOM, None, None, "", 3, NOW, closed=False, draft="")
    (found,) = present_goals.roster(known(MAYA, shown, summaries=(talk,)), [shown])
    assert (found.unread, found.conversation) == (3, b"c" * 16)
    assert (row_of().unread, row_of().conversation) == (0, None)


def test_those_off_course_come_first() -> None:
    names = {"off": made(41), "on": made(42), "nothing": made(43)}
    goals = {"off": (diary(),), "on": (diary(PROTEIN, *EVERY_DAY),), "nothing": ()}
    shown = [
        replace(record(*goals[name], row=relationship(client=id)), client=id) for name, id in reversed(names.items())
    ]
    assert [row.key for row in present_goals.roster(known(MAYA, *shown), shown)] == list(names.values())


def test_a_week_off_course_says_by_how_much() -> None:
    found = diary("distance up 30 km week", (2, "5"))
    assert "A goal: 5 km so far, 25 km to go" in row_of(found, today=10).why


def test_a_reason_says_what_it_can() -> None:
    found = diary("done up 5 days week", (2, "1"))
    verdict = week_verdict(found.course, (), day(1), day(10)).targets[0]
    missed = Reason(goal=made(1), why="off", target=verdict)
    assert present_goals.reason_words(missed, record(found)) == "A goal: missed"
    gone = Reason(goal=made(9), why="no_data")
    assert present_goals.reason_words(gone, record(found)) == ": nothing entered"


# -- for whom a goal may be set ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "how"),
    [
        (relationship(), ["assign"]),
        (relationship(Consent(see_goals=True, set_goals="propose")), ["propose"]),
        (relationship(Consent(see_goals=True)), []),
        (relationship(state="paused"), []),
    ],
)
def test_a_goal_is_set_for_who_lets_one(row: Any, how: list[str]) -> None:
    shown = record(row=row)
    assert [each.how for each in present_goals.settable(known(MAYA, shown), [shown])] == how


def test_a_client_sets_goals_for_himself_first() -> None:
    shown = record()
    assert [each.client for each in present_goals.settable(known(TOM, shown), [shown])] == [TOM]
    assert present_goals.settable(known(TOM), []) == ()
    assert present_goals.settable(known(TOM, profile=None), [shown]) == ()


# -- agreements --------------------------------------------------------------------------------------------


def step(deed: Any, consent: Consent, *, by: Id = TOM, trainer: Id = MAYA) -> RelationshipStep:
    return RelationshipStep(rev=1, id=made(70), trainer=trainer, by=by, at=NOW - 60_000, deed=deed, consent=consent)


def test_an_agreement_tells_what_was_changed() -> None:
    steps = (
        step("begun", Consent(see_presence=True)),
        step("consent", Consent(see_goals=True)),
        step("paused", Consent(see_goals=True), by=MAYA),
        step("begun", ALL, trainer=made(88)),
    )
    shown = record(steps=steps)
    (found,) = present_goals.agreements(known(TOM, shown), [shown])
    assert (found.mine, found.other, found.with_whom, found.title) == (True, "Maya", MAYA, "What Maya can see and do")
    assert found.history == (
        "Maya paused the coaching 1 minute ago",
        "You changed what can be seen and done 1 minute ago:\n"
        "+ See my goals, also those set with other coaches\n− See when I am online",
        "You began 1 minute ago:\n+ See when I am online",
    )
    (hers,) = present_goals.agreements(known(MAYA, shown), [shown])
    assert hers.history[0] == "You paused the coaching 1 minute ago"
    assert hers.history[2] == "Tom began 1 minute ago:\n+ See when the client is online"


@pytest.mark.parametrize(
    ("me", "row", "state", "may_resume"),
    [
        (MAYA, relationship(), "Coaching", False),
        (MAYA, relationship(state="paused", paused_by=MAYA), "The coaching rests", True),
        (TOM, relationship(state="paused", paused_by=MAYA), "The coaching rests", False),
        (MAYA, relationship(state="ended"), "The coaching has ended", False),
    ],
)
def test_an_agreement_says_how_it_stands(me: Id, row: Any, state: str, may_resume: bool) -> None:
    (found,) = present_goals.agreements(known(me, record(row=row)), ())
    assert (found.state_words, found.may_resume, found.history) == (state, may_resume, ())
    assert bool(found.lines) == (row.state != "ended")
    assert found.with_whom == (TOM if me == MAYA else MAYA)


def test_what_has_ended_comes_last() -> None:
    rows = (relationship(state="ended"), relationship(trainer=made(88)))
    found = present_goals.agreements(known(TOM, relationships=rows), ())
    assert [each.state for each in found] == ["active", "ended"]


CONSENT = ops.ConsentSet(id=made(60), trainer=MAYA, base=1, consent=ALL)
PAUSE = ops.RelationshipPause(id=made(61), client=TOM, trainer=MAYA)
ACCEPT = ops.GoalAccept(id=made(62), client=TOM, goal=made(1), base=1)
REFUSED = Refusal(code=RefusalCode.NOT_YOURS)


@pytest.mark.parametrize(
    ("body", "refusal", "waits"),
    [
        (CONSENT, None, True),
        (PAUSE, None, True),
        (CONSENT, REFUSED, False),
        (msgspec.structs.replace(CONSENT, trainer=made(88)), None, False),
        (ACCEPT, None, False),
    ],
)
def test_an_agreement_waits_for_what_is_said_of_it(body: Any, refusal: Refusal | None, waits: bool) -> None:
    shown = record(pending=(entry(body, refusal),))
    (found,) = present_goals.agreements(known(TOM, shown), [shown])
    assert found.waiting == waits


def test_a_choice_is_a_consent_and_back() -> None:
    assert present_goals.choice(ALL) == Choice(True, "assign", True, True, True)
    for consent in (ALL, SEES, Consent()):
        assert present_goals.consent(present_goals.choice(consent)) == consent


# -- templates and forms -----------------------------------------------------------------------------------


def test_a_template_begins_a_form() -> None:
    asked = (target("energy hold 2090..2310 kcal day"), target("load up 1000 kg total x5"))
    kept = Template(rev=1, id=made(80), kind="nutrition", title="Cut", targets=asked, days=28, note="Slowly")
    (found,) = present_goals.templates([kept])
    assert (found.title, found.days) == ("Cut", 28)
    assert found.form == GoalForm(
        "nutrition",
        "Cut",
        (
            TargetForm("energy", "kcal", "hold", "2,090", "2,310"),
            TargetForm("load", "kg", "up", "1,000", per="total", reps=5),
        ),
        note="Slowly",
    )


# -- made once ---------------------------------------------------------------------------------------------


def test_only_the_client_of_whom_something_changed_is_judged_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[int] = []

    def counted(goals: Any, excuses: Any, today: Any) -> Any:
        judged.append(len(goals))
        return roster_line(goals, excuses, today)

    monkeypatch.setattr("coachline_desktop.present_goals.roster_line", counted)
    memory = Memory()

    def look(*diaries: Diary) -> Known:
        """What a session gives out is made anew each time."""
        ids = [made(40 + n) for n in range(len(diaries))]
        fresh = [
            replace(record(found, row=relationship(client=id)), client=id)
            for id, found in zip(ids, diaries, strict=True)
        ]
        held = [memory.same(each.client, each) for each in fresh]
        here = known(MAYA, *held)
        steady = memory.same("people", here.people), memory.same("me", here.profile)
        present_goals.roster(replace(here, people=steady[0], profile=steady[1], memory=memory), held)
        memory.forget()
        return here

    goals = [diary(), diary(), diary()]
    look(*goals)
    look(*goals)
    assert len(judged) == 3
    goals[1].entry(9, "200")
    look(*goals)
    assert len(judged) == 4


def test_what_is_withdrawn_is_not_remembered() -> None:
    memory = Memory()
    first, second = ["a"], ["b"]
    assert memory.made("key", (first,), lambda: "of a") == "of a"
    assert memory.made("key", (first,), lambda: "never") == "of a"
    assert memory.made("key", (second,), lambda: "of b") == "of b"
    assert memory.same("list", first) is first
    assert memory.same("list", ["a"]) is first
    assert memory.same("list", second) is second
    memory.forget()
    assert memory.same("list", ["b"]) is second
    memory.forget()
    assert memory.made("key", (second,), lambda: "anew") == "anew"
