"""Permits: what each relationship and each consent allows, and the words for what it does not.

SPEC.md, [G2] [G5].
"""

from itertools import product
from typing import Literal

import pytest
from coachline_core.domain.permits import (
    NOT_AUTHORISED,
    coached,
    consent_refusal,
    excuse_refusal,
    goal_refusal,
    of_pair,
    progress_refusal,
)
from coachline_core.domain.record import RecordState, record_stream
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Consent, Relationship
from support.coaching import FULL, NOTHING, PROPOSE, SEE_GOALS
from support.world import MAYA, NOW, STRANGER, TOM, ZOE, made

N, GONE = RefusalCode.NOT_FOUND, RefusalCode.NO_RELATIONSHIP
PAUSED, WITHHELD = RefusalCode.RELATIONSHIP_PAUSED, RefusalCode.CONSENT_REQUIRED
ASSIGN = Consent(see_goals=True, set_goals="assign")


def related(state: str | None, consent: Consent = FULL) -> RecordState:
    """Tom's record, with Maya standing so to him."""
    row = Relationship(rev=1, trainer=MAYA, client=TOM, state="active", since=NOW, consent=consent)
    match state:
        case None:
            return RecordState(record_stream(TOM))
        case "paused":
            row = Relationship(rev=1, trainer=MAYA, client=TOM, state="paused", since=NOW, consent=consent)
        case "ended":
            row = Relationship(rev=1, trainer=MAYA, client=TOM, state="ended", since=NOW, consent=consent)
    return RecordState(record_stream(TOM), rev=1, relationships={MAYA: row})


def said(refusal: Refusal | None) -> tuple[RefusalCode, str | None] | None:
    return None if refusal is None else (refusal.code, refusal.field)


@pytest.mark.parametrize(
    ("state", "plain", "new"),
    [
        (None, (N, "client"), (N, "client")),
        ("active", None, None),
        ("paused", None, (PAUSED, "client")),
        ("ended", (GONE, "client"), (GONE, "client")),
    ],
)
def test_a_trainer_sets_goals_while_he_coaches_and_new_ones_only_without_a_pause(
    state: str | None, plain: object, new: object
) -> None:
    record = related(state)
    assert said(goal_refusal(record, MAYA, "assign")) == plain
    assert said(goal_refusal(record, MAYA, "assign", new_terms=True)) == new
    assert said(progress_refusal(record, MAYA)) == plain
    assert said(excuse_refusal(record, MAYA, new=True)) == plain
    assert goal_refusal(record, TOM, "assign", new_terms=True) is None
    assert progress_refusal(record, TOM) is None
    assert excuse_refusal(record, TOM, new=True) is None


@pytest.mark.parametrize(
    ("consent", "propose", "assign", "progress", "excuse", "withdraw"),
    [
        (NOTHING, "set_goals", "set_goals", "record_progress", "set_goals", "see_progress"),
        (SEE_GOALS, "set_goals", "set_goals", "record_progress", "set_goals", "see_progress"),
        (PROPOSE, None, "set_goals", "record_progress", "set_goals", None),
        (ASSIGN, None, None, "record_progress", "see_progress", "see_progress"),
        (FULL, None, None, None, None, None),
    ],
)
def test_each_deed_needs_its_consent_and_names_it(
    consent: Consent,
    propose: str | None,
    assign: str | None,
    progress: str | None,
    excuse: str | None,
    withdraw: str | None,
) -> None:
    record = related("active", consent)
    refusals = [
        goal_refusal(record, MAYA, "propose"),
        goal_refusal(record, MAYA, "assign"),
        progress_refusal(record, MAYA),
        excuse_refusal(record, MAYA, new=True),
        excuse_refusal(record, MAYA, new=False),
    ]
    wanted = [propose, assign, progress, excuse, withdraw]
    assert [said(refusal) for refusal in refusals] == [want and (WITHHELD, f"consent.{want}") for want in wanted]


def test_who_may_not_assign_is_told_so_in_these_words() -> None:
    assert NOT_AUTHORISED == "not authorised to assign goals to this client"
    for consent in (NOTHING, PROPOSE):
        refusal = goal_refusal(related("active", consent), MAYA, "assign")
        assert refusal is not None
        assert refusal.hint == NOT_AUTHORISED


def test_a_stranger_and_an_absent_client_look_the_same() -> None:
    known, empty = related("active"), RecordState(record_stream(made(77)))
    assert goal_refusal(known, STRANGER, "assign") == goal_refusal(empty, STRANGER, "assign")
    assert progress_refusal(known, STRANGER) == progress_refusal(empty, STRANGER)
    assert excuse_refusal(known, STRANGER, new=True) == excuse_refusal(empty, STRANGER, new=True)


@pytest.mark.parametrize(
    ("author", "there", "answer"),
    [
        (TOM, True, None),
        (MAYA, True, None),
        (TOM, False, (N, "trainer")),
        (MAYA, False, (N, "client")),
        (ZOE, True, (N, "client")),
    ],
)
def test_of_a_pair_only_the_two_speak(author: bytes, there: bool, answer: object) -> None:
    held = related("active").relationships[MAYA] if there else None
    command = ops.RelationshipPause(id=made(1), client=TOM, trainer=MAYA)
    found = of_pair(author, command, held)
    assert (said(found) if isinstance(found, Refusal) else None) == answer


def test_an_ended_relationship_is_none_any_more() -> None:
    held = related("ended").relationships[MAYA]
    assert coached(held, "trainer") == Refusal(code=GONE, field="trainer")


def test_a_consent_that_contradicts_itself_is_refused_at_its_field() -> None:
    """Every consent there is: what may be done with something includes seeing it."""
    settings: tuple[Literal["none", "propose", "assign"], ...] = ("none", "propose", "assign")
    either = (True, False)
    for goals, setting, progress, recording, presence in product(either, settings, either, either, either):
        consent = Consent(
            see_goals=goals,
            set_goals=setting,
            see_progress=progress,
            record_progress=recording,
            see_presence=presence,
        )
        wrong = []
        if setting != "none" and not goals:
            wrong.append(("consent.set_goals", "needs see_goals"))
        if progress and not goals:
            wrong.append(("consent.see_progress", "needs see_goals"))
        if recording and not progress:
            wrong.append(("consent.record_progress", "needs see_progress"))
        refusal = consent_refusal(consent)
        assert (refusal and (refusal.field, refusal.hint)) == (wrong[0] if wrong else None)
        assert refusal is None or refusal.code == RefusalCode.INVALID
