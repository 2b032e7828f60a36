"""What people want of coaching becomes what a session is asked; what cannot be read is said beside its field."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from coachline_core.client import Record, Refused, Session
from coachline_core.domain.goals import check_terms
from coachline_desktop import goal_intents as want
from coachline_desktop.goal_deeds import GoalDeeds
from coachline_desktop.goal_state import Choice, GoalForm, TargetForm
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Consent, GoalKind, Id, Measure, Target, Template, Terms
from PySide6.QtCore import QLocale
from support.coached import known, record
from support.courses import Diary, day
from support.desktop_people import Paper
from support.determinism import run_universe
from support.lone_session import session_in
from support.world import MAYA, TOM, made

GOAL, ENTRY = made(1), made(1002)
"""Of Tom's diary below."""
ASKED = (
    "set_consent",
    "pause",
    "resume",
    "end",
    "set_goals",
    "change_goal",
    "counter_goal",
    "accept_goal",
    "decline_goal",
    "set_goal_state",
    "record_progress",
    "correct_progress",
    "make_excuse",
    "withdraw_excuse",
    "set_template",
    "remove_template",
    "retry",
    "discard",
)
"""All that is asked of a session here."""


class Listening(Session):
    """A session that writes down what is asked of it, and refuses it if told to."""

    refusal: Refusal | None = None
    me: Id | None = TOM
    held: tuple[Record, ...] = ()

    def listen(self) -> None:
        self.asked: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        for name in ASKED:
            setattr(self, name, partial(self._hear, name))

    async def _hear(self, name: str, *args: Any, **more: Any) -> Id:
        if self.refusal is not None:
            raise Refused(self.refusal)
        self.asked.append((name, args, more))
        return made(9)

    @property
    def person(self) -> Id | None:
        return self.me

    def record(self, client: Id) -> Record | None:
        return next((each for each in self.held if each.client == client), None)

    def records(self) -> tuple[Record, ...]:
        return self.held

    def templates(self) -> tuple[Template, ...]:
        return (Template(rev=1, id=made(80), kind="free", title="Sleep before eleven"),)


class Desk:
    """Somebody's deeds, and what comes of them."""

    def __init__(self, folder: Path) -> None:
        self.session, _ = session_in(folder, Listening)
        self.session.listen()
        self.paper = Paper()
        self.deeds = GoalDeeds(self.session, self.paper)
        diary = Diary()
        diary.version("protein up 160 g day; energy hold 2000..2200 kcal day", 1)
        diary.entry(9, "20")
        self.session.held = (record(diary),)

    def do(self, wanted: Any) -> Any:
        """Do it; returns what the session was asked."""
        run_universe(partial(self.deeds.here()[type(wanted)], wanted), 1)
        return self.session.asked[-1] if self.session.asked else None


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    yield Desk(tmp_path)
    QLocale.setDefault(before)


PLACE = "form"
FOOD = GoalForm(
    "nutrition",
    " Cut ",
    (
        TargetForm("energy", "kcal", "hold", "2,090", "2,310"),
        TargetForm("protein", "g", "up", " "),
        TargetForm("load", "kg", "up", "100", per="total", reps=5),
    ),
    start=day(11),
    due=day(39),
    note=" Slowly ",
)
SAID = Terms(
    title="Cut",
    targets=(
        Target(metric="energy", unit="kcal", direction="hold", amount="2090", upper="2310"),
        Target(metric="load", unit="kg", direction="up", amount="100", per="total", reps=5),
    ),
    start=day(11),
    due=day(39),
    note="Slowly",
)


# -- progress ----------------------------------------------------------------------------------------------


def enter(*values: want.Typed, note: str = "") -> want.Enter:
    return want.Enter(PLACE, TOM, GOAL, day(9), values, note)


def test_what_is_typed_is_entered_for_its_day(desk: Desk) -> None:
    asked = desk.do(enter(("protein", "g", "148.5"), ("energy", "kcal", " "), note=" By phone "))
    assert asked == ("record_progress", (TOM, GOAL, day(9), (Measure("protein", "g", "148.5"),), "By phone"), {})
    assert desk.paper.forms == [(PLACE, "", "")]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("14o", "That is not clearly a number."),
        ("1.234", "That has more decimals than are counted: 2."),
        ("1234567890", "That number is too large."),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(desk: Desk, typed: str, words: str) -> None:
    assert desk.do(enter(("energy", "kcal", "2000"), ("protein", "g", typed))) is None
    assert desk.paper.forms == [(PLACE, "protein", words)]


@pytest.mark.parametrize(
    ("refusal", "field", "words"),
    [
        (
            Refusal(code=RefusalCode.INVALID, field="measures[0].amount", limit=2000, hint="too high to be true"),
            "protein",
            "That is too high to be true: 2000 at most.",
        ),
        (
            Refusal(code=RefusalCode.INVALID, field="measures[0].amount", limit=20, hint="too low to be true"),
            "protein",
            "That is too low to be true: 20 at least.",
        ),
        (
            Refusal(code=RefusalCode.INVALID, field="measures[7]", hint="said twice in one entry"),
            "measures[7]",
            "Said twice in one entry",
        ),
        (Refusal(code=RefusalCode.INVALID, field="note"), "note", "The server does not accept the note."),
        (Refusal(code=RefusalCode.NOT_YOURS), "", "That is not yours to change."),
    ],
)
def test_a_refusal_is_said_at_the_field_it_names(desk: Desk, refusal: Refusal, field: str, words: str) -> None:
    desk.session.refusal = refusal
    desk.do(enter(("energy", "kcal", ""), ("protein", "g", "20")))
    assert desk.paper.forms == [(PLACE, field, words)]


def correct(*values: want.Typed, goal: Id = GOAL) -> want.Correct:
    return want.Correct(PLACE, TOM, goal, ENTRY, values)


def test_an_entry_is_corrected_and_taken_back(desk: Desk) -> None:
    asked = desk.do(correct(("protein", "g", "150")))
    assert asked == ("correct_progress", (TOM, ENTRY, (Measure("protein", "g", "150"),), ""), {})
    assert desk.do(correct()) == ("correct_progress", (TOM, ENTRY, (), ""), {})


def test_what_was_pressed_and_is_refused_is_no_forms_to_say(desk: Desk) -> None:
    """No field is there to say it beside: it becomes a notice."""
    desk.session.refusal = Refusal(code=RefusalCode.NOT_FOUND, field="entry")
    with pytest.raises(Refused):
        desk.do(want.Correct("", TOM, GOAL, ENTRY))
    assert desk.paper.forms == []


def test_what_is_wrong_with_a_form_that_nobody_sees_any_more_is_no_forms_to_say(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another day or client is shown by now."""
    monkeypatch.setattr(desk.paper, "form_refused", lambda *_: False)
    with pytest.raises(Refused):
        desk.do(correct(("protein", "g", "99999")))


def test_a_correction_is_looked_at_as_a_first_saying_is(desk: Desk) -> None:
    assert desk.do(correct(("protein", "g", "99999"))) is None
    assert desk.paper.forms == [(PLACE, "protein", "That is too high to be true: 2000 at most.")]
    desk.session.held = ()
    assert desk.do(correct(("protein", "g", "99999"))) is not None, "what is not here is the server's to judge"


# -- goals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("propose", [True, False])
def test_a_goal_is_set_for_several(desk: Desk, propose: bool) -> None:
    other = GoalForm("nutrition", "Cut", FOOD.targets[:1], start=day(11))
    asked = desk.do(want.SetGoal(PLACE, ((TOM, FOOD), (made(3), other)), propose))
    his = Terms(title="Cut", targets=SAID.targets[:1], start=day(11))
    assert asked == ("set_goals", ("nutrition", {TOM: SAID, made(3): his}), {"propose": propose})


@pytest.mark.parametrize("propose", [True, False])
def test_a_goal_for_nobody_is_for_nobody(desk: Desk, propose: bool) -> None:
    assert desk.do(want.SetGoal(PLACE, (), propose)) is None
    assert desk.paper.forms[0][0] == PLACE


KINDS: tuple[GoalKind, ...] = ("nutrition", "habit")


@pytest.mark.parametrize("kind", KINDS)
def test_what_nobody_named_is_called_by_its_kind(desk: Desk, kind: GoalKind) -> None:
    """The rules want a name; the editor says that it may stay empty."""
    asked = TargetForm("done", "days", "up", "1") if kind == "habit" else FOOD.targets[0]
    _, (_, forms), _ = desk.do(want.SetGoal(PLACE, ((TOM, GoalForm(kind, "", (asked,))),), False))
    assert forms[TOM].title in ("Nutrition", "Habit")
    assert forms[TOM].start == day(10), "today, where nobody says when"
    assert check_terms(kind, forms[TOM]) is None


def test_what_is_asked_in_words_alone_has_to_be_named(desk: Desk) -> None:
    _, (_, forms), _ = desk.do(want.SetGoal(PLACE, ((TOM, GoalForm("free", " ")),), False))
    refused = check_terms("free", forms[TOM])
    assert refused is not None
    assert refused.field == "terms.title"


@pytest.mark.parametrize(("amount", "upper", "field"), [("2x", "2310", "amount"), ("2090", "2x", "upper")])
def test_an_amount_of_a_goal_that_cannot_be_read_is_named(desk: Desk, amount: str, upper: str, field: str) -> None:
    """Counted as the rules count, which see only what is asked."""
    unasked, asked = TargetForm("protein", "g", "up", ""), TargetForm("energy", "kcal", "hold", amount, upper)
    desk.do(want.SetGoal(PLACE, ((TOM, GoalForm("nutrition", "", (unasked, asked))),), False))
    assert desk.paper.forms == [(PLACE, f"terms.targets[0].{field}", "That is not clearly a number.")]


@pytest.mark.parametrize(("counter", "name"), [(True, "counter_goal"), (False, "change_goal")])
def test_terms_are_changed_and_countered(desk: Desk, counter: bool, name: str) -> None:
    asked = desk.do(want.ChangeGoal(PLACE, TOM, GOAL, FOOD, counter, day(12)))
    assert asked == (name, (TOM, GOAL, SAID, day(12)), {})
    assert desk.do(want.ChangeGoal(PLACE, TOM, GOAL, FOOD, counter))[1][3] == day(10), "from today on"


@pytest.mark.parametrize(
    ("wanted", "asked"),
    [
        (want.AnswerGoal(TOM, GOAL, accept=True), ("accept_goal", (TOM, GOAL), {})),
        (want.AnswerGoal(TOM, GOAL, accept=False), ("decline_goal", (TOM, GOAL), {})),
        (want.SetGoalState(TOM, GOAL, "paused"), ("set_goal_state", (TOM, GOAL, "paused"), {})),
        (
            want.MakeExcuse(PLACE, TOM, day(1), day(2), "ill", " A cold "),
            ("make_excuse", (TOM, day(1), day(2), "ill", "A cold"), {}),
        ),
        (want.WithdrawExcuse(TOM, made(7)), ("withdraw_excuse", (TOM, made(7)), {})),
        (want.SetConsent(MAYA, Choice(see_goals=True)), ("set_consent", (MAYA, Consent(see_goals=True)), {})),
        (want.SetCoaching(TOM, MAYA, "pause"), ("pause", (TOM, MAYA), {})),
        (want.SetCoaching(TOM, MAYA, "resume"), ("resume", (TOM, MAYA), {})),
        (want.SetCoaching(TOM, MAYA, "end", leave=True), ("end", (TOM, MAYA), {"leave": True})),
        (
            want.KeepTemplate(PLACE, FOOD),
            ("set_template", ("nutrition", "Cut", SAID.targets), {"days": 28, "note": "Slowly"}),
        ),
        (
            want.KeepTemplate(PLACE, GoalForm("free", "Sleep", start=day(1))),
            ("set_template", ("free", "Sleep", ()), {"days": None, "note": ""}),
        ),
        (want.RemoveTemplate(made(80)), ("remove_template", (made(80),), {})),
        (want.RetryDeed(made(60)), ("retry", (made(60),), {})),
        (want.DropDeed(made(60)), ("discard", (made(60),), {})),
    ],
)
def test_what_is_wanted_is_asked(desk: Desk, wanted: Any, asked: Any) -> None:
    assert desk.do(wanted) == asked


# -- what is shown -----------------------------------------------------------------------------------------


def test_the_day_that_was_chosen_is_shown_until_the_next_begins(desk: Desk) -> None:
    (mine,) = desk.session.held
    here = known(TOM, mine)

    def shown() -> Any:
        found = desk.deeds.state(here)
        assert found.day is not None
        return found.day.day, {goal.day for goal in found.today}

    assert shown() == (day(10), {day(10)})
    desk.deeds.show_day(want.ShowDay(day(8)))
    assert shown() == (day(8), {day(8)})
    tomorrow = record(*mine.goals, today=11)
    here = known(TOM, tomorrow)
    assert shown() == (day(11), {day(11)})


def test_nobody_has_no_day(desk: Desk) -> None:
    desk.session.me = None
    desk.deeds.show_day(want.ShowDay(day(8)))
    found = desk.deeds.state(known(MAYA, *desk.session.held))
    assert (found.day, found.today) == (None, ())
    assert [each.key for each in found.roster] == [TOM]
    assert [each.title for each in found.templates] == ["Sleep before eleven"]


def test_who_is_opened_is_shown_and_what_is_hidden_is_said(desk: Desk) -> None:
    here = known(MAYA, *desk.session.held)
    assert desk.deeds.state(here).open is None
    desk.deeds.opened = TOM
    found = desk.deeds.state(here)
    assert found.open is not None
    assert (found.open.key, found.hidden) == (TOM, "")
    assert desk.deeds.state(known(MAYA, hides_records=True)).hidden.startswith("Not connected for a day")
