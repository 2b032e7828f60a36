"""Access: every op, asked by whoever stands in any relation to Maya; and who is shown what."""

import datetime
from typing import Any

import msgspec
import pytest
from coachline_core.domain import access
from coachline_core.domain.access import Asked, Grant, Standing, grant, learn, learn_all
from coachline_core.domain.conversation import conversation_stream, direct_id
from coachline_core.domain.person import person_stream
from coachline_core.domain.record import record_stream
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import (
    Consent,
    Conversation,
    Id,
    Member,
    Relationship,
    StreamId,
    Terms,
    Window,
)
from support.relations import PLACE, RELATIONS, Relation, standing_of, tom_as
from support.world import ADA, MAYA, NOW, PHONE, STRANGER, TOM, ZOE, World, made

OK = "granted"
DAY = datetime.date(2027, 1, 15)


def said(answer: Grant | Refusal) -> str:
    return answer.code if isinstance(answer, Refusal) else OK


def of_record(client: Id) -> list[ops.RecordCommand]:
    """Everything that is asked of a client's record by himself and by a trainer alike."""
    terms, goal = Terms(title="x", start=DAY), made(2)
    return [
        ops.GoalAssign(id=made(1), client=client, kind="free", terms=terms),
        ops.GoalPropose(id=made(1), client=client, kind="free", terms=terms),
        ops.GoalChange(id=made(1), client=client, goal=goal, base=1, terms=terms, effective=DAY),
        ops.GoalCounter(id=made(1), client=client, goal=goal, base=1, terms=terms, effective=DAY),
        ops.GoalAccept(id=made(1), client=client, goal=goal, base=1),
        ops.GoalDecline(id=made(1), client=client, goal=goal, base=1),
        ops.GoalSetState(id=made(1), client=client, goal=goal, base=1, state="done"),
        ops.ProgressRecord(id=made(1), client=client, goal=goal, day=DAY, zone="UTC", note="x"),
        ops.ProgressCorrect(id=made(1), client=client, entry=made(2), base=1),
        ops.ExcuseMake(id=made(1), client=client, first=DAY, last=DAY, reason="ill"),
        ops.ExcuseWithdraw(id=made(1), client=client, excuse=made(2)),
    ]


N, CLOSED, GONE = RefusalCode.NOT_FOUND, RefusalCode.CONVERSATION_CLOSED, RefusalCode.NO_RELATIONSHIP
TABLE: list[tuple[Asked, tuple[str, str, str, str, str], StreamId]] = [
    # the request                                          stranger invited related paused ended
    (ops.SignOut(id=made(1)), (OK, OK, OK, OK, OK), person_stream(TOM)),
    (ops.DeviceList(), (OK, OK, OK, OK, OK), person_stream(TOM)),
    (ops.DeviceRevoke(id=made(1), device=PHONE), (OK, OK, OK, OK, OK), person_stream(TOM)),
    (ops.ProfileSet(id=made(1), base=1), (OK, OK, OK, OK, OK), person_stream(TOM)),
    (ops.InvitationCreate(id=made(1), purpose="coaching"), ("role_required",) * 5, person_stream(TOM)),
    (ops.InvitationRevoke(id=made(1), invitation=made(2)), (OK, OK, OK, OK, OK), person_stream(TOM)),
    (
        ops.InvitationAccept(id=made(1), code="c", consent=Consent()),
        (OK, OK, OK, OK, OK),
        record_stream(TOM),
    ),
    (ops.PeopleList(), (OK, OK, OK, OK, OK), person_stream(TOM)),
    (ops.ConversationOpen(id=made(1), person=MAYA), (N, N, OK, OK, OK), conversation_stream(PLACE)),
    (
        ops.ConversationOpen(id=made(1), person=TOM),
        ("invalid",) * 5,
        conversation_stream(direct_id(TOM, TOM)),
    ),
    (ops.ConversationList(), (OK, OK, OK, OK, OK), person_stream(TOM)),
    (ops.ConversationView(), (OK, OK, OK, OK, OK), person_stream(TOM)),
    (ops.ConversationView(conversation=PLACE), (N, N, OK, OK, OK), conversation_stream(PLACE)),
    (
        ops.MessagePost(id=made(1), conversation=PLACE, text="x"),
        (N, N, OK, OK, CLOSED),
        conversation_stream(PLACE),
    ),
    (ops.History(conversation=PLACE), (N, N, OK, OK, OK), conversation_stream(PLACE)),
    (ops.Receipts(conversation=PLACE, seq=1), (N, N, OK, OK, OK), conversation_stream(PLACE)),
    (ops.CursorDelivered(conversation=PLACE, seq=1), (N, N, OK, OK, OK), conversation_stream(PLACE)),
    (ops.CursorRead(conversation=PLACE, seq=1), (N, N, OK, OK, OK), conversation_stream(PLACE)),
    (ops.Typing(conversation=PLACE, on=True), (N, N, OK, OK, CLOSED), conversation_stream(PLACE)),
    (ops.Heads(after=person_stream(TOM)), (OK, OK, OK, OK, OK), person_stream(TOM)),
    (
        ops.Changes(stream=conversation_stream(PLACE), epoch=made(1), after=0),
        (N, N, OK, OK, OK),
        conversation_stream(PLACE),
    ),
    (ops.Snapshot(stream=conversation_stream(PLACE)), (N, N, OK, OK, OK), conversation_stream(PLACE)),
    (ops.Snapshot(stream=record_stream(TOM)), (OK, OK, OK, OK, OK), record_stream(TOM)),
    (ops.Snapshot(stream=record_stream(MAYA)), (N, N, N, N, N), record_stream(MAYA)),
    (ops.Snapshot(stream=person_stream(TOM)), (OK, OK, OK, OK, OK), person_stream(TOM)),
    (ops.Snapshot(stream=person_stream(MAYA)), (N, N, N, N, N), person_stream(MAYA)),
    (ops.PresenceQuery(people=(MAYA,)), (OK, OK, OK, OK, OK), person_stream(TOM)),
    (ops.ConsentSet(id=made(1), trainer=MAYA, base=1, consent=Consent()), (N, N, OK, OK, GONE), record_stream(TOM)),
    (ops.RelationshipPause(id=made(1), client=TOM, trainer=MAYA), (N, N, OK, OK, GONE), record_stream(TOM)),
    (ops.RelationshipResume(id=made(1), client=TOM, trainer=MAYA), (N, N, OK, OK, GONE), record_stream(TOM)),
    (ops.RelationshipEnd(id=made(1), client=TOM, trainer=MAYA), (N, N, OK, OK, GONE), record_stream(TOM)),
    (ops.RelationshipEnd(id=made(1), client=ZOE, trainer=MAYA), (N, N, N, N, N), record_stream(ZOE)),
    (ops.TemplateSet(id=made(1), kind="free", title="x"), ("role_required",) * 5, person_stream(TOM)),
    (ops.TemplateRemove(id=made(1), template=made(2)), (OK, OK, OK, OK, OK), person_stream(TOM)),
    *((body, (OK, OK, OK, OK, OK), record_stream(TOM)) for body in of_record(TOM)),
    *((body, (N, N, N, N, N), record_stream(MAYA)) for body in of_record(MAYA)),
]


@pytest.mark.parametrize(
    ("body", "answers", "stream"), TABLE, ids=[f"{n} {type(body).__name__}" for n, (body, *_) in enumerate(TABLE)]
)
def test_every_request_is_judged_by_who_asks(
    body: Asked, answers: tuple[str, str, str, str, str], stream: StreamId
) -> None:
    """D: anyone may write to anyone."""
    judged = [grant(tom_as(relation), body) for relation in RELATIONS]
    assert tuple(said(answer) for answer in judged) == answers
    assert all(answer.stream == stream and answer.person == TOM for answer in judged if isinstance(answer, Grant))


@pytest.mark.parametrize(("body", "answers", "stream"), TABLE, ids=lambda value: type(value).__name__)
def test_a_refusal_names_the_field_that_named_what_stands_in_the_way(
    body: Asked, answers: tuple[str, ...], stream: StreamId
) -> None:
    """A missing role is named by no field."""
    for answer in [grant(tom_as(relation), body) for relation in RELATIONS]:
        if isinstance(answer, Refusal) and answer.code != RefusalCode.ROLE_REQUIRED:
            assert answer.field in body.__struct_fields__


def test_the_table_leaves_no_op_of_a_signed_in_device_out() -> None:
    asked = {type(body) for body, *_ in TABLE}
    assert asked == {op.request for op in ops.OPS if not op.before_welcome}


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize(("body", "answers", "stream"), TABLE, ids=lambda value: type(value).__name__)
def test_what_a_stranger_cannot_see_looks_like_what_is_not_there(
    body: Asked, answers: tuple[str, ...], stream: StreamId, relation: Relation
) -> None:
    nobody, nowhere = made(88), made(89)
    fields: dict[str, Any] = {"person": nobody, "conversation": nowhere, "trainer": nobody}
    if isinstance(body, ops.RecordCommand) and getattr(body, "client", TOM) != TOM:
        fields["client"] = nobody
    named = {key: value for key, value in fields.items() if getattr(body, key, None) is not None}
    if isinstance(body, ops.Changes | ops.Snapshot):
        named = {"stream": StreamId(body.stream.kind, nobody)}
    there, absent = grant(tom_as("stranger"), body), grant(tom_as(relation), msgspec.structs.replace(body, **named))
    if said(there) == N:
        assert there == absent


# -- other standings


@pytest.mark.parametrize(("state", "answer"), [("active", OK), ("paused", OK), ("ended", RefusalCode.NO_RELATIONSHIP)])
def test_a_trainer_reads_the_record_of_his_client_until_it_ends(state: str, answer: str) -> None:
    world = World().join(MAYA, TOM).relate(MAYA, TOM).set_relation(MAYA, TOM, state)
    assert said(grant(standing_of(world, MAYA), ops.Snapshot(stream=record_stream(TOM)))) == answer


@pytest.mark.parametrize(
    ("state", "answer"), [("active", OK), ("paused", OK), ("ended", RefusalCode.NO_RELATIONSHIP), (None, N)]
)
def test_a_trainer_addresses_the_record_of_his_client_until_it_ends(state: str | None, answer: str) -> None:
    world = World().join(MAYA, TOM)
    if state is not None:
        world.relate(MAYA, TOM).set_relation(MAYA, TOM, state)
    paused = ops.RelationshipPause(id=made(1), client=TOM, trainer=MAYA)
    for body in (*of_record(TOM), paused):
        judged = grant(standing_of(world, MAYA), body)
        assert said(judged) == answer
        if isinstance(judged, Refusal):
            assert judged.field == "client"
        else:
            assert judged.stream == record_stream(TOM)


def test_what_was_left_with_a_trainer_he_may_still_read_and_nothing_else() -> None:
    row = Relationship(rev=9, trainer=MAYA, client=TOM, state="ended", since=NOW, consent=Consent(), left=True)
    standing = learn(Standing(MAYA), record_stream(TOM), row)
    assert said(grant(standing, ops.Snapshot(stream=record_stream(TOM)))) == OK
    assert {said(grant(standing, body)) for body in of_record(TOM)} == {RefusalCode.NO_RELATIONSHIP}


def test_only_a_trainer_keeps_templates_and_invites_to_coaching() -> None:
    standing = standing_of(World().join(MAYA), MAYA)
    assert said(grant(standing, ops.InvitationCreate(id=made(1), purpose="coaching"))) == OK
    assert said(grant(standing, ops.TemplateSet(id=made(1), kind="free", title="x"))) == OK
    assert said(grant(Standing(STRANGER), ops.TemplateSet(id=made(1), kind="free", title="x"))) == "role_required"


@pytest.mark.parametrize(
    ("state", "answer"),
    [("active", OK), ("paused", RefusalCode.NO_RELATIONSHIP), ("ended", RefusalCode.NO_RELATIONSHIP)],
)
@pytest.mark.parametrize("turn", [1, -1])
def test_opening_anew_needs_an_active_relationship_on_either_side(state: str, answer: str, turn: int) -> None:
    world = World().join(MAYA, TOM).relate(MAYA, TOM).set_relation(MAYA, TOM, state)
    me, other = (MAYA, TOM)[::turn]
    judged = grant(standing_of(world, me), ops.ConversationOpen(id=made(1), person=other))
    assert said(judged) == answer
    assert not isinstance(judged, Refusal) or judged.field == "person"


def test_an_admin_may_open_a_conversation_with_anybody() -> None:
    world = World().join(ADA, TOM)
    assert said(grant(standing_of(world, ADA), ops.ConversationOpen(id=made(1), person=TOM))) == OK


def test_who_nothing_is_known_of_may_ask_for_himself_only() -> None:
    nobody = Standing(STRANGER)
    assert said(grant(nobody, ops.ConversationOpen(id=made(1), person=TOM))) == N
    assert said(grant(nobody, ops.InvitationCreate(id=made(1), purpose="account"))) == "role_required"
    assert said(grant(nobody, ops.Snapshot(stream=person_stream(STRANGER)))) == OK


def test_who_left_a_conversation_may_still_read_what_he_saw() -> None:
    stream = conversation_stream(PLACE)
    standing = learn_all(
        Standing(TOM),
        [
            (stream, Conversation(rev=1, kind="direct", created_at=NOW)),
            (stream, Member(rev=2, person=TOM, windows=(Window(join=1, leave=3),))),
        ],
    )
    gone = RefusalCode.NOT_A_MEMBER
    asked: dict[Asked, str] = {
        ops.MessagePost(id=made(1), conversation=PLACE, text="x"): gone,
        ops.Typing(conversation=PLACE, on=True): gone,
        ops.CursorRead(conversation=PLACE, seq=1): gone,
        ops.ConversationView(conversation=PLACE): gone,
        ops.History(conversation=PLACE): OK,
        ops.Changes(stream=stream, epoch=made(1), after=0): OK,
    }
    assert {body: said(grant(standing, body)) for body in asked} == asked


# -- grants


def test_a_grant_is_made_by_access_only() -> None:
    with pytest.raises(TypeError, match="this module only"):
        Grant(TOM, conversation_stream(PLACE), object())


def test_who_has_proved_who_he_is_enters_his_own_stream() -> None:
    entered = access.enter(TOM)
    assert (entered.person, entered.stream) == (TOM, person_stream(TOM))
