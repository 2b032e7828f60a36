"""Access: what is learnt of rows, and who is shown what."""

from typing import Literal

import pytest
from coachline_core.domain import access
from coachline_core.domain.access import Standing, learn, learn_all
from coachline_core.domain.conversation import conversation_stream
from coachline_core.domain.person import person_stream
from coachline_core.domain.record import record_stream
from coachline_protocol import ops
from coachline_protocol.rows import (
    AnyRow,
    Consent,
    Conversation,
    Id,
    Listing,
    Member,
    Message,
    Profile,
    Relationship,
    StreamId,
)
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support.relations import PLACE, RELATIONS, Relation, standing_of, tom_as
from support.world import MAYA, NOW, TOM, ZOE, World, made

# -- learning


def test_rows_that_say_nothing_of_what_one_may_do_change_nothing() -> None:
    standing = tom_as("related")
    stream = conversation_stream(PLACE)
    profile = Profile(rev=9, handle="m", display_name="M", time_zone="UTC", roles=("admin",))
    told: list[tuple[StreamId, AnyRow]] = [
        (stream, Message(rev=9, seq=9, id=made(1), author=TOM, text="x", at=NOW)),
        (stream, Member(rev=9, person=MAYA, windows=())),
        (person_stream(MAYA), profile),
        (person_stream(TOM), Listing(rev=9, conversation=PLACE, kind="direct")),
        (
            record_stream(ZOE),
            Relationship(rev=9, trainer=MAYA, client=ZOE, state="active", since=NOW, consent=Consent()),
        ),
    ]
    assert learn_all(standing, told) is standing


def test_of_rows_that_teach_it_is_said_that_they_may_and_of_messages_that_they_do_not() -> None:
    place = conversation_stream(PLACE)
    teaching: list[tuple[StreamId, AnyRow]] = [
        (person_stream(TOM), Profile(rev=1, handle="t", display_name="T", time_zone="UTC", roles=())),
        (place, Member(rev=1, person=TOM, windows=())),
        (place, Conversation(rev=1, kind="direct", created_at=NOW)),
        (
            record_stream(TOM),
            Relationship(rev=1, trainer=MAYA, client=TOM, state="active", since=NOW, consent=Consent()),
        ),
    ]
    for stream, row in teaching:
        assert learn(Standing(TOM), stream, row) != Standing(TOM)
        assert access.teaches(row)
    assert not access.teaches(Message(rev=1, seq=1, id=made(1), author=TOM, text="x", at=NOW))


def test_a_row_learnt_late_does_not_undo_a_later_one() -> None:
    ended = tom_as("ended")
    for conversation, row in tom_as("related").conversations.items():
        assert learn(ended, conversation_stream(conversation), row) == ended


# -- what is shown


@pytest.mark.parametrize("relation", RELATIONS)
def test_rows_are_visible_by_standing(relation: Relation) -> None:
    standing = tom_as(relation)
    message = Message(rev=2, seq=2, id=made(1), author=MAYA, text="x", at=NOW)
    listing = Listing(rev=9, conversation=PLACE, kind="direct")
    mine = Relationship(rev=9, trainer=MAYA, client=TOM, state="ended", since=NOW, consent=Consent())
    ever = relation not in ("stranger", "invited")
    assert access.sight(standing, conversation_stream(PLACE))(message) == ever
    assert access.sight(standing, person_stream(TOM))(listing)
    assert not access.sight(standing, person_stream(MAYA))(listing)
    assert access.sight(standing, record_stream(TOM))(mine)
    assert not access.sight(standing, record_stream(ZOE))(mine)


def test_a_trainer_is_shown_of_a_clients_record_what_concerns_him() -> None:
    standing = standing_of(World().join(MAYA, TOM, ZOE).relate(MAYA, TOM), MAYA)
    related = standing.clients[TOM]
    assert access.sight(standing, record_stream(TOM))(related)
    assert not access.sight(standing, record_stream(TOM))(replace(related, trainer=ZOE))


@pytest.mark.parametrize(
    ("relation", "trainer_shown"),
    [("stranger", False), ("invited", False), ("related", True), ("paused", False), ("ended", False)],
)
def test_a_client_is_told_of_his_active_trainers(relation: Relation, trainer_shown: bool) -> None:
    """D: presence told to everyone."""
    standing = tom_as(relation)
    assert access.presence_visible(standing, MAYA) == trainer_shown
    assert not access.presence_visible(standing, ZOE)
    assert access.presence_visible(standing, TOM)


@pytest.mark.parametrize("consents", [True, False])
def test_a_trainer_is_told_of_a_client_who_consents(consents: bool) -> None:
    world = World().join(MAYA, TOM).relate(MAYA, TOM, Consent(see_presence=consents))
    assert access.presence_visible(standing_of(world, MAYA), TOM) == consents
    assert access.presence_audience(standing_of(world, TOM)) == ((MAYA,) if consents else ())
    assert access.presence_audience(standing_of(world, MAYA)) == (TOM,)


PEOPLE = (MAYA, TOM, ZOE)
STATES: tuple[Literal["active", "paused", "ended"], ...] = ("active", "paused", "ended")
RELATIONSHIPS = st.dictionaries(
    st.sampled_from([(a, b) for a in PEOPLE for b in PEOPLE if a != b]),
    st.tuples(st.sampled_from(STATES), st.booleans()),
)


@given(RELATIONSHIPS)
def test_exactly_those_are_told_of_somebody_who_may_see_him(
    related: dict[tuple[Id, Id], tuple[Literal["active", "paused", "ended"], bool]],
) -> None:
    rows = [
        Relationship(
            rev=1, trainer=trainer, client=client, state=state, since=NOW, consent=Consent(see_presence=consents)
        )
        for (trainer, client), (state, consents) in related.items()
    ]
    standings = {
        person: learn_all(Standing(person), [(record_stream(row.client), row) for row in rows]) for person in PEOPLE
    }
    for subject in PEOPLE:
        told = {other for other in PEOPLE if other != subject and access.presence_visible(standings[other], subject)}
        assert access.presence_audience(standings[subject]) == tuple(sorted(told))


@given(RELATIONSHIPS)
def test_a_withheld_consent_always_wins(
    related: dict[tuple[Id, Id], tuple[Literal["active", "paused", "ended"], bool]],
) -> None:
    related[MAYA, TOM] = ("active", False)
    standing = Standing(MAYA)
    for (trainer, client), (state, consents) in related.items():
        row = Relationship(
            rev=1, trainer=trainer, client=client, state=state, since=NOW, consent=Consent(see_presence=consents)
        )
        standing = learn(standing, record_stream(client), row)
    assert not access.presence_visible(standing, TOM)


@pytest.mark.parametrize("state", ["active", "paused", "ended"])
def test_heads_that_were_read_before_an_end_do_not_name_what_it_took(
    state: Literal["active", "paused", "ended"],
) -> None:
    """[H7] What she was not told of yet stays: a stream that is missing among the heads would be wiped."""
    row = Relationship(rev=9, trainer=MAYA, client=TOM, state=state, since=NOW, consent=Consent())
    heads = tuple(ops.Head(stream=stream, rev=1) for stream in (record_stream(TOM), record_stream(ZOE)))
    maya = learn(Standing(MAYA), record_stream(TOM), row)
    assert access.still_readable(maya, heads) == (heads[1:] if state == "ended" else heads)
