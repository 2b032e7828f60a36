"""What was refused for good is said in words: what it was, for whom, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import get_args

import msgspec
import pytest
from coachline_core.domain.outbox import Entry
from coachline_desktop.present import Known
from coachline_desktop.undone import undone
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.ops import Command
from coachline_protocol.rows import Consent, Measure, StreamId, Target, Terms
from pictures import coaching
from pictures.cast import NAMES, person_id

BEN, MAYA = person_id("Ben"), person_id("Maya")
BOOK = coaching.ben().record()
FOOD = next(course for course in BOOK.goals if course.goal.kind == "nutrition")
NAMED = FOOD.versions[-1].terms.title or "Nutrition"
ID, DAY = b"i" * 16, date(2026, 5, 13)
STEPS = Target(metric="steps", unit="steps", direction="up", amount="8000")
TERMS = Terms(title="", targets=(STEPS,), start=DAY)
FOODS = FOOD.goal.id

SAID: tuple[tuple[Command, str], ...] = (
    (ops.ConsentSet(id=ID, trainer=MAYA, base=1, consent=Consent()), f"What {NAMES['Maya']} can see and do"),
    (ops.RelationshipPause(id=ID, client=BEN, trainer=MAYA), "Pausing the coaching"),
    (ops.RelationshipResume(id=ID, client=BEN, trainer=MAYA), "Resuming the coaching"),
    (ops.RelationshipEnd(id=ID, client=BEN, trainer=MAYA), "Ending the coaching"),
    (ops.GoalAssign(id=ID, client=BEN, kind="steps", terms=TERMS), "The goal “Steps”"),
    (ops.GoalPropose(id=ID, client=BEN, kind="steps", terms=TERMS), "The goal “Steps”"),
    (ops.GoalChange(id=ID, client=BEN, goal=FOODS, base=1, terms=TERMS, effective=DAY), f"Other terms for “{NAMED}”"),
    (ops.GoalCounter(id=ID, client=BEN, goal=FOODS, base=1, terms=TERMS, effective=DAY), f"Other terms for “{NAMED}”"),
    (ops.GoalAccept(id=ID, client=BEN, goal=FOODS, base=1), f"Accepting “{NAMED}”"),
    (ops.GoalDecline(id=ID, client=BEN, goal=b"?" * 16, base=1), "Declining “A goal”"),
    (ops.GoalSetState(id=ID, client=BEN, goal=FOODS, base=1, state="done"), f"“{NAMED}” as done"),
    (
        ops.ProgressRecord(
            id=ID, client=BEN, goal=FOODS, day=DAY, zone="UTC", measures=(Measure("protein", "g", "150"),)
        ),
        f"Progress in “{NAMED}” (Protein 150 g)",
    ),
    (ops.ProgressCorrect(id=ID, client=BEN, entry=ID, base=1), "A correction of progress"),
    (ops.ExcuseMake(id=ID, client=BEN, first=DAY, last=DAY, reason="ill"), "Days that do not count"),
    (ops.ExcuseWithdraw(id=ID, client=BEN, excuse=ID), "Days that count after all"),
    (ops.TemplateSet(id=ID, kind="steps", title="Walk more", targets=(STEPS,)), "The template “Walk more”"),
    (ops.TemplateRemove(id=ID, template=ID), "Removing a template"),
)


def known(viewer: str) -> Known:
    return replace(coaching.known(viewer), records=(BOOK,))


def failed(body: Command) -> Entry:
    kind = "person" if isinstance(body, ops.TemplateSet | ops.TemplateRemove) else "record"
    stream = StreamId("person", MAYA) if kind == "person" else StreamId("record", BEN)
    return Entry(ID, stream, body, 1, state="failed", refusal=Refusal(code=RefusalCode.NOT_YOURS))


@pytest.mark.parametrize(("body", "words"), SAID, ids=[type(body).__name__ for body, _ in SAID])
def test_each_deed_is_named(body: Command, words: str) -> None:
    (found,) = undone(known("Ben"), [failed(body)])
    assert found.words == words
    assert found.why == "That is not yours to change."


@pytest.mark.usefixtures("british")
def test_the_terms_that_were_meant_are_told() -> None:
    terms = msgspec.structs.replace(TERMS, note="Stairs too")
    found = undone(known("Ben"), [failed(ops.GoalPropose(id=ID, client=BEN, kind="steps", terms=terms))])
    assert found[0].lines == ("Steps: at least 8,000 a day", "from 13 May on", "Stairs too")
    change = ops.GoalChange(id=ID, client=BEN, goal=FOODS, base=1, terms=TERMS, effective=DAY)
    assert undone(known("Ben"), [failed(change)])[0].lines == found[0].lines[:2]


def test_what_was_entered_for_a_goal_that_was_refused_too_names_it() -> None:
    goal = failed(ops.GoalAssign(id=ID, client=BEN, kind="steps", terms=TERMS))
    entered = ops.ProgressRecord(id=b"e" * 16, client=BEN, goal=ID, day=DAY, zone="UTC", measures=())
    here = replace(known("Ben"), records=(replace(BOOK, pending=(goal,)),))
    assert [each.words for each in undone(here, [failed(entered)])] == ["Progress in “Steps” (a note)"]


def test_no_deed_of_coaching_is_without_a_name() -> None:
    assert {type(body) for body, _ in SAID} >= set(get_args(ops.RecordCommand))


def test_for_whom_it_was_is_said_to_who_is_somebody_else() -> None:
    kinds = (ops.GoalAssign, ops.TemplateSet)
    assign, template = (next(body for body, _ in SAID if isinstance(body, kind)) for kind in kinds)
    found = undone(known("Maya"), [failed(assign), failed(template)])
    assert [each.words for each in found] == [f"The goal “Steps”, for {NAMES['Ben']}", "The template “Walk more”"]
    assert [each.client for each in found] == [BEN, None]


def test_what_waits_and_what_is_a_message_is_not_listed() -> None:
    accept = next(body for body, _ in SAID if isinstance(body, ops.GoalAccept))
    waits = Entry(ID, StreamId("record", BEN), accept, 1, state="queued")
    message = ops.MessagePost(id=ID, conversation=ID, text="Hello")
    refusal = Refusal(code=RefusalCode.CONVERSATION_CLOSED)
    said = Entry(ID, StreamId("conversation", ID), message, 2, state="failed", refusal=refusal)
    assert undone(known("Ben"), [waits, said]) == ()


def test_a_goal_whose_terms_are_not_here_is_a_goal() -> None:
    here = known("Ben")
    bare = tuple(replace(course, versions=()) for course in BOOK.goals)
    accept = next(body for body, _ in SAID if isinstance(body, ops.GoalAccept))
    (found,) = undone(replace(here, records=(replace(BOOK, goals=bare),)), [failed(accept)])
    assert found.words == "Accepting “A goal”"
