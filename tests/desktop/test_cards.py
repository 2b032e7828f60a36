"""Cards of a timeline: filled from the record as far as it is shown, and saying nothing of what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from coachline_core.client import Record
from coachline_core.domain.outbox import Entry
from coachline_core.domain.timeline import Item
from coachline_desktop import cards
from coachline_desktop.cards import Reader
from coachline_desktop.goal_state import Card
from coachline_desktop.theme import LIGHT, Theme
from coachline_desktop.views.rich_text import card_document
from coachline_protocol import ops
from coachline_protocol.rows import Consent, Measure, Progress, StreamId, Terms
from demo.month import TRAINER
from pictures import coaching
from pictures.cast import name_of, person_id
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

BEN, MAYA = person_id("Ben"), person_id(TRAINER)
FOREIGN = "**Bulk** [up](http://evil.example) http://evil.example `x` - *y*"
"""What somebody may call a goal."""


def record(consent: Consent | None = None) -> Record:
    """Ben's record, as Maya has it under a consent."""
    book = coaching.ben()
    if consent is not None:
        book.relationship = msgspec.structs.replace(book.relationship, consent=consent)
        if not consent.see_progress:
            book.rows = [row for row in book.rows if not isinstance(row, Progress)]
    return book.record()


def maya(*records: Record, hides_records: bool = False) -> Reader:
    """Maya, who talks with Ben."""
    return Reader(MAYA, name_of, records, BEN, hides_records)


def ben(*records: Record, hides_records: bool = False) -> Reader:
    """Ben, who talks with Maya."""
    return Reader(BEN, name_of, records, MAYA, hides_records)


def progress(shown: Record) -> Item:
    course = next(course for course in record().goals if course.goal.kind == "nutrition")
    return Item(
        id=b"i" * 16, author=BEN, kind="progress", text="", state="read", goal=course.goal.id, day=course.entry_days[-2]
    )


def goal_item(deed: str, goal: bytes | None = None, at: int | None = None) -> Item:
    """Maya did something with a goal of Ben's; the one that is not here if none is named."""
    return Item(id=b"i" * 16, author=MAYA, kind="goal", text=deed, state="read", goal=goal or b"g" * 16, at=at)


def test_progress_is_told_with_its_values_and_how_the_day_went() -> None:
    told = cards.tell(maya(record()), progress(record()))
    assert "Energy" in told.text
    assert told.card.goal is not None
    assert told.card.mark in ("met", "partly", "missed")


def test_the_client_sees_his_own() -> None:
    assert "Energy" in cards.tell(ben(record()), progress(record())).text


def test_progress_that_was_recorded_for_the_client_says_by_whom() -> None:
    book, shown = coaching.ben(), record()
    goal = next(course for course in shown.goals if course.goal.kind == "nutrition")
    day = goal.entry_days[0] + timedelta(1)
    book.rows = [row for row in book.rows if not (isinstance(row, Progress) and row.day == day)]
    book.entry(goal.goal.id, day, Measure("fat", "g", "70"), note="By phone", by=TRAINER)
    item = replace(progress(shown), author=MAYA, day=day)
    assert "Fat 70 g · By phone · recorded by Maya Lindqvist" in cards.tell(ben(book.record()), item).text
    assert "recorded by you" in cards.tell(maya(book.record()), item).text


def test_progress_that_was_taken_back_says_so() -> None:
    shown = record()
    item = replace(progress(shown), day=shown.goals[0].entry_days[0] - timedelta(1))
    assert cards.tell(maya(shown), item).lines[-1] == "Taken back"


def test_progress_without_a_day_leads_to_its_goal() -> None:
    item = replace(progress(record()), day=None)
    told = cards.tell(maya(record()), item)
    assert (told.deed, told.lines, told.card.goal) == ("Progress", (), item.goal)
    assert cards.tell(maya(), item).deed == "Progress"


# -- what is not shown -------------------------------------------------------------------------------------

NOT_HERE = "What this is about is not here."
SHOWN_GOALS = Consent(see_goals=True)


@pytest.mark.parametrize(
    ("reader", "why"),
    [
        (maya(record(Consent())), "Not shown to you any more: Ben Carter does not share goals with you."),
        (maya(record(SHOWN_GOALS)), "Not shown to you any more: Ben Carter does not share progress with you."),
        (maya(hides_records=True), "Not shown until there is a connection again: there has been none for a day."),
        (maya(), NOT_HERE),
        (ben(hides_records=True), "Not shown until there is a connection again: there has been none for a day."),
    ],
)
def test_what_is_not_shown_says_why_and_leads_nowhere(reader: Reader, why: str) -> None:
    told = cards.tell(reader, progress(record()))
    assert told.lines == (why,)
    assert told.deed.startswith("Progress on ")
    assert told.card == Card()


def test_who_coached_hears_that_it_is_over() -> None:
    shown = record()
    ended = msgspec.structs.replace(shown.relationships[0], state="ended")
    told = cards.tell(maya(replace(shown, relationships=(ended,), goals=())), goal_item("assigned"))
    assert told.lines == ("Not shown to you any more: the coaching of Ben Carter has ended.",)


def test_a_goal_that_is_not_here_says_what_was_done() -> None:
    for reader in (maya(record()), ben(record()), ben(record(), hides_records=True)):
        told = cards.tell(reader, goal_item("assigned"))
        assert told.lines == (NOT_HERE,)
        assert told.deed in ("You set a goal", "Maya Lindqvist set a goal")


def test_in_a_conversation_of_several_nobody_is_asked_why() -> None:
    several = replace(maya(record(Consent())), other=None)
    assert cards.tell(several, goal_item("assigned")).lines == (NOT_HERE,)
    assert "Energy" in cards.tell(replace(maya(record()), other=None), progress(record())).text


def test_another_client_s_goal_is_not_looked_for_here() -> None:
    elsewhere = replace(maya(record()), other=person_id("Tom"))
    assert cards.tell(elsewhere, progress(record())).card == Card()


# -- goals -------------------------------------------------------------------------------------------------


def test_a_proposal_waits_for_the_client_and_for_nobody_else() -> None:
    asked = next(course for course in record().goals if course.goal.state == "proposed")
    item = goal_item("proposed", asked.goal.id)
    mine = cards.tell(ben(record()), item)
    assert mine.card.asks
    assert mine.lines[-1] == "Waits for your answer"
    assert not cards.tell(maya(record()), item).card.asks
    accept = ops.GoalAccept(id=b"a" * 16, client=BEN, goal=asked.goal.id, base=1)
    answered = replace(record(), pending=(Entry(accept.id, StreamId("record", BEN), accept, 0),))
    assert not cards.tell(ben(answered), item).card.asks


def test_a_deed_that_is_not_about_terms_names_the_goal_only() -> None:
    goal = record().goals[0].goal.id
    assert len(cards.tell(maya(record()), goal_item("assigned", goal)).lines) > 1
    assert len(cards.tell(maya(record()), goal_item("paused", goal)).lines) == 1


def test_a_deed_of_a_later_protocol_stands_as_it_came() -> None:
    assert cards.tell(maya(record()), goal_item("framed")).deed == "framed"
    assert cards.preview(goal_item("framed"), "Maya") == "framed"


def test_the_terms_are_those_said_in_the_same_moment() -> None:
    shown = record()
    course = next(course for course in shown.goals if len(course.versions) > 1)
    first, *_, last = course.versions
    then = cards.tell(maya(shown), goal_item("assigned", course.goal.id, at=first.at))
    now = cards.tell(maya(shown), goal_item("changed", course.goal.id, at=last.at))
    assert then.lines != now.lines


def test_a_goal_whose_terms_have_not_come_is_called_by_its_kind() -> None:
    shown = record()
    bare = replace(shown, goals=tuple(replace(course, versions=()) for course in shown.goals))
    told = cards.tell(maya(bare), goal_item("assigned", shown.goals[0].goal.id))
    assert len(told.lines) == 1
    assert not told.card.asks
    assert cards.tell(maya(bare), progress(shown)).lines


def test_the_list_of_conversations_says_nothing_of_the_record() -> None:
    assert cards.preview(progress(record()), "Ben") == "Progress entered"
    assert cards.preview(goal_item("assigned"), "Maya") == "Maya set a goal"


def test_what_somebody_called_a_goal_stands_as_it_was_typed(qapp: QApplication) -> None:
    shown = record()
    course = shown.goals[0]
    named = msgspec.structs.replace(
        course.versions[-1],
        terms=Terms(title=FOREIGN, start=course.versions[-1].terms.start, note=FOREIGN),
    )
    foreign = replace(shown, goals=(replace(course, versions=(named,)),))
    told = cards.tell(maya(foreign), goal_item("paused", course.goal.id))
    document = card_document(Theme(LIGHT), told.text, QColor("black"))
    assert document.toPlainText() == f"You paused a goal\n{FOREIGN}"
    block = document.begin()
    spans = []
    while block.isValid():
        fragments = block.begin()
        while not fragments.atEnd():
            form = fragments.fragment().charFormat()
            spans.append((fragments.fragment().text(), form.fontWeight() > 600, form.isAnchor()))
            fragments += 1
        block = block.next()
    assert spans == [("You paused a goal", True, False), (FOREIGN, False, False)]
