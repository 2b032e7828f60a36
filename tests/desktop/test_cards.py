"""Cards of a timeline: filled from the record as far as it is shown, and saying nothing of what is not."""

from __future__ import annotations

import msgspec
import pytest
from coachline_core.client import Record
from coachline_core.domain.timeline import Item
from coachline_desktop import cards
from coachline_desktop.goal_state import Card
from coachline_protocol.rows import Consent, Progress
from pictures import coaching
from pictures.cast import person_id

BEN, MAYA = person_id("Ben"), person_id("Maya")


def record(consent: Consent | None = None) -> Record:
    """Ben's record, as Maya has it under a consent."""
    book = coaching.ben()
    if consent is not None:
        book.relationship = msgspec.structs.replace(book.relationship, consent=consent)
        if not consent.see_progress:
            book.rows = [row for row in book.rows if not isinstance(row, Progress)]
    return book.record()


def progress(shown: Record) -> Item:
    course = next(course for course in record().goals if course.goal.kind == "nutrition")
    return Item(
        id=b"i" * 16, author=BEN, kind="progress", text="", state="read", goal=course.goal.id, day=course.entry_days[-2]
    )


def test_progress_is_told_with_its_values_and_how_the_day_went() -> None:
    told = cards.tell([record()], progress(record()), me=MAYA, name="Ben")
    assert "Energy" in told.text
    assert told.card.goal is not None
    assert told.card.mark in ("met", "partly", "missed")


@pytest.mark.parametrize("consent", [Consent(see_goals=True), Consent()])
def test_withdrawn_progress_says_only_that(consent: Consent) -> None:
    shown = record(consent)
    told = cards.tell([shown], progress(shown), me=MAYA, name="Ben")
    assert told.lines == ("Not shown to you.",)
    assert told.card == Card()


def test_the_client_sees_his_own() -> None:
    assert "Energy" in cards.tell([record()], progress(record()), me=BEN, name="You").text


def test_a_goal_that_is_not_here_says_only_what_was_done() -> None:
    item = Item(id=b"i" * 16, author=MAYA, kind="goal", text="assigned", state="read", goal=b"g" * 16)
    told = cards.tell([record()], item, me=MAYA, name="Maya")
    assert (told.deed, told.lines) == ("Maya set a goal", ("Not shown to you.",))


def test_a_proposal_waits_for_the_client_and_for_nobody_else() -> None:
    asked = next(course for course in record().goals if course.goal.state == "proposed")
    item = Item(id=b"i" * 16, author=MAYA, kind="goal", text="proposed", state="read", goal=asked.goal.id)
    assert cards.tell([record()], item, me=BEN, name="Maya").card.asks
    assert not cards.tell([record()], item, me=MAYA, name="You").card.asks


def test_the_list_of_conversations_says_nothing_of_the_record() -> None:
    assert cards.preview(progress(record()), "Ben") == "Progress entered"
