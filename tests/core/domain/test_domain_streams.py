"""The stream mechanism: batches on provisional state, compare-and-set, command ids."""

import datetime

import msgspec
import pytest
from coachline_core.domain.conversation import conversation_stream
from coachline_core.domain.ids import first_of
from coachline_core.domain.person import PersonState, person_stream
from coachline_core.domain.record import RecordState, record_stream
from coachline_core.domain.rules import RULES
from coachline_core.domain.streams import (
    FUTURE_MS,
    MEMORY_MS,
    Batch,
    Changed,
    Envelope,
    NotRead,
    View,
    apply,
    check_id,
    decide_batch,
    forgettable,
    newer,
    row_key,
)
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import (
    AnyRow,
    Consent,
    Conversation,
    Device,
    Excuse,
    Goal,
    GoalPhase,
    GoalVersion,
    Id,
    Invitation,
    Listing,
    Member,
    Message,
    Profile,
    Progress,
    Relationship,
    RelationshipStep,
    StreamId,
    Template,
    Terms,
)
from hypothesis import given
from hypothesis import strategies as st
from support.world import MAYA, NOW, PHONE, TOM, World, good, made, pair

DAY = datetime.date(2027, 1, 15)


def post(number: int, conversation: Id, text: str = "hello") -> ops.MessagePost:
    return ops.MessagePost(id=made(number), conversation=conversation, text=text)


def test_a_view_gives_a_state_of_the_kind_asked_for() -> None:
    stream = person_stream(TOM)
    assert View({stream: PersonState(stream)}).state(stream, PersonState).stream == stream


def test_a_view_with_another_kind_of_state_is_a_defect() -> None:
    stream = person_stream(TOM)
    with pytest.raises(TypeError, match="PersonState"):
        View({stream: PersonState(stream)}).state(stream, RecordState)


def test_a_view_names_the_stream_it_lacks() -> None:
    stream = person_stream(TOM)
    with pytest.raises(NotRead, match=f"person {TOM.hex()}") as missing:
        View({}).state(stream, PersonState)
    assert missing.value.stream == stream


def test_a_change_that_does_not_start_where_the_state_stands_is_not_applied() -> None:
    world, conversation = pair()
    state = world.direct(MAYA, TOM)
    with pytest.raises(ValueError, match="cannot follow 4"):
        apply(RULES["conversation"], state, Changed(conversation_stream(conversation), 5, 5, ()))


@pytest.mark.parametrize(
    ("row", "key"),
    [
        (Conversation(rev=1, kind="direct", created_at=1), ("conversation", b"")),
        (Member(rev=1, person=TOM, windows=()), ("member", TOM)),
        (Message(rev=1, seq=7, id=made(1), author=TOM, text="x", at=1), ("message", 7)),
        (
            Relationship(rev=1, trainer=MAYA, client=TOM, state="active", since=1, consent=Consent()),
            ("relationship", MAYA),
        ),
        (Profile(rev=1, handle="t", display_name="T", time_zone="UTC", roles=()), ("profile", b"")),
        (Device(rev=1, id=PHONE, name="phone", created_at=1), ("device", PHONE)),
        (Listing(rev=1, conversation=made(9), kind="direct"), ("listing", made(9))),
        (
            Invitation(rev=1, id=made(8), code="c", purpose="account", roles=(), created_at=1, expires_at=2),
            ("invitation", made(8)),
        ),
        (
            RelationshipStep(rev=1, id=made(7), trainer=MAYA, by=TOM, at=1, deed="begun", consent=Consent()),
            ("relationship_step", made(7)),
        ),
        (
            Goal(rev=1, id=made(7), author=MAYA, kind="free", state="active", version=made(7), created_at=1),
            ("goal", made(7)),
        ),
        (
            GoalVersion(
                rev=1,
                id=made(7),
                goal=made(6),
                author=MAYA,
                at=1,
                terms=Terms(title="x", start=DAY),
                state="accepted",
                effective=DAY,
            ),
            ("goal_version", made(7)),
        ),
        (
            GoalPhase(rev=1, id=made(7), goal=made(6), state="done", since=DAY, by=TOM, at=1),
            ("goal_phase", made(7)),
        ),
        (
            Progress(rev=1, id=made(7), entry=made(5), goal=made(6), author=TOM, at=1, day=DAY, zone="UTC"),
            ("progress", made(7)),
        ),
        (
            Excuse(rev=1, id=made(7), author=TOM, at=1, first=DAY, last=DAY, reason="ill"),
            ("excuse", made(7)),
        ),
        (Template(rev=1, id=made(7), kind="free", title="x"), ("template", made(7))),
    ],
)
def test_every_row_is_known_by_its_kind_and_key(row: AnyRow, key: tuple[str, Id | int]) -> None:
    assert row_key(row) == key


def test_the_later_revision_of_a_row_is_kept_whichever_comes_first() -> None:
    old = Device(rev=1, id=PHONE, name="old", created_at=1)
    new = Device(rev=2, id=PHONE, name="new", created_at=1)
    assert newer(None, old) == old
    assert newer(old, new) == newer(new, old) == new


# -- command ids


def enveloped(command: ops.Command | ops.AccountCreate | ops.SignIn, id: Id) -> Envelope:
    return Envelope(author=TOM, device=PHONE, id=id, at=NOW, command=command, digest=b"")


def test_an_id_that_is_no_uuid_of_version_7_is_invalid() -> None:
    refusal = check_id(enveloped(ops.SignOut(id=bytes(16)), bytes(16)))
    assert refusal is not None
    assert (refusal.code, refusal.field) == (RefusalCode.INVALID, "id")


@pytest.mark.parametrize(("ahead", "code"), [(FUTURE_MS, None), (FUTURE_MS + 1, RefusalCode.INVALID)])
def test_an_id_may_be_a_day_ahead_and_no_more(ahead: int, code: RefusalCode | None) -> None:
    id = made(1, NOW + ahead)
    refusal = check_id(enveloped(ops.SignOut(id=id), id))
    wrong = Refusal(code=code, field="id", limit=NOW + FUTURE_MS, actual=NOW + ahead) if code else None
    assert refusal == wrong


@pytest.mark.parametrize(("behind", "code"), [(MEMORY_MS, None), (MEMORY_MS + 1, RefusalCode.TOO_OLD)])
def test_a_command_older_than_the_memory_of_answers_is_too_old(behind: int, code: RefusalCode | None) -> None:
    id = made(1, NOW - behind)
    refusal = check_id(enveloped(ops.ProfileSet(id=id, base=1), id))
    wrong = Refusal(code=code, field="id", limit=NOW - MEMORY_MS, actual=NOW - behind) if code else None
    assert refusal == wrong


def test_ids_may_be_a_day_ahead_and_answers_are_remembered_for_sixty_days() -> None:
    assert [datetime.timedelta(milliseconds=ms).days for ms in (FUTURE_MS, MEMORY_MS)] == [1, 60]
    assert [ms % (24 * 60 * 60 * 1000) for ms in (FUTURE_MS, MEMORY_MS)] == [0, 0]


def test_the_ids_of_created_things_are_never_too_old() -> None:
    id = made(1, NOW - 10 * MEMORY_MS)
    terms = Terms(title="x", start=DAY)
    created: list[ops.Command | ops.AccountCreate | ops.SignIn] = [
        ops.MessagePost(id=id, conversation=made(2), text="late"),
        ops.InvitationCreate(id=id, purpose="account"),
        ops.SignIn(handle="t", password="p", device=id, device_name="d"),
        ops.AccountCreate(
            code="c",
            person=id,
            handle="t",
            display_name="T",
            password="p",
            time_zone="UTC",
            device=made(2),
            device_name="d",
        ),
        ops.GoalAssign(id=id, client=TOM, kind="free", terms=terms),
        ops.GoalPropose(id=id, client=TOM, kind="free", terms=terms),
        ops.ProgressRecord(id=id, client=TOM, goal=made(2), day=DAY, zone="UTC"),
        ops.ProgressCorrect(id=id, client=TOM, entry=made(2), base=1),
        ops.ExcuseMake(id=id, client=TOM, first=DAY, last=DAY, reason="ill"),
        ops.TemplateSet(id=id, kind="free", title="x"),
    ]
    assert {check_id(enveloped(command, id)) for command in created} == {None}
    others: list[ops.Command] = [
        ops.GoalAccept(id=id, client=TOM, goal=made(2), base=1),
        ops.RelationshipEnd(id=id, client=TOM, trainer=MAYA),
        ops.TemplateSet(id=id, template=made(2), kind="free", title="x"),
    ]
    assert {check_id(enveloped(command, id)) is None for command in others} == {False}


def test_what_is_too_old_to_be_done_may_be_forgotten_a_day_later() -> None:
    assert forgettable(NOW) == first_of(NOW - 61 * 24 * 60 * 60 * 1000)
    assert forgettable(0) == bytes(16)


def test_only_an_answer_about_what_was_created_is_lasting() -> None:
    world, conversation = pair()
    ending = ops.RelationshipEnd(id=made(5), client=TOM, trainer=MAYA)
    said = world.envelope(MAYA, post(1, conversation)), world.envelope(TOM, ending)
    assert [answer.lasting for one in said for answer in world.decide(one).answers] == [True, False]


# -- batches


def test_several_messages_are_decided_one_on_the_other_and_merged_into_one_change() -> None:
    world, conversation = pair()
    batch = world.decide(*(world.envelope(author, post(n, conversation)) for n, author in enumerate((MAYA, TOM, MAYA))))
    assert [good(outcome, ops.Posted).seq for outcome in batch.outcomes] == [2, 3, 4]
    (changed,) = batch.changes
    assert (changed.after, changed.rev) == (4, 7)
    assert [row.rev for row in changed.rows] == [5, 6, 7]


def test_a_refused_command_leaves_no_gap_between_its_neighbours() -> None:
    world, conversation = pair()
    said = [post(1, conversation), post(2, conversation, "  "), post(3, conversation)]
    batch = world.decide(*(world.envelope(TOM, command) for command in said))
    first, refused, last = batch.outcomes
    assert (good(first, ops.Posted).seq, good(last, ops.Posted).seq) == (2, 3)
    assert isinstance(refused, Refusal)
    assert len(batch.answers) == 2


def test_the_same_command_twice_in_a_batch_is_done_once_and_answered_twice() -> None:
    world, conversation = pair()
    envelope = world.envelope(TOM, post(1, conversation))
    batch = world.decide(envelope, envelope)
    assert batch.outcomes[0] == batch.outcomes[1]
    assert len(batch.changes[0].rows) == len(batch.answers) == 1


def test_the_same_id_with_other_content_is_a_conflict() -> None:
    world, conversation = pair()
    batch = world.decide(
        world.envelope(TOM, post(1, conversation, "yes")), world.envelope(TOM, post(1, conversation, "no"))
    )
    assert isinstance(batch.outcomes[1], Refusal)
    assert (batch.outcomes[1].code, batch.outcomes[1].field) == (RefusalCode.CONFLICT, "id")


def test_two_people_may_use_the_same_id() -> None:
    world, conversation = pair()
    batch = world.decide(world.envelope(TOM, post(1, conversation)), world.envelope(MAYA, post(1, conversation)))
    assert [good(outcome, ops.Posted).seq for outcome in batch.outcomes] == [2, 3]


def test_a_command_with_a_bad_id_is_refused_before_it_is_decided() -> None:
    world, conversation = pair()
    command = ops.MessagePost(id=bytes(16), conversation=conversation, text="hello")
    (refusal,) = world.decide(world.envelope(TOM, command)).outcomes
    assert isinstance(refusal, Refusal)
    assert refusal.field == "id"


def test_a_row_that_changes_twice_in_a_batch_is_written_once_in_its_latest_revision() -> None:
    world = World().join(TOM)
    renamed = [
        ops.ProfileSet(id=made(1), base=1, display_name="One"),
        ops.ProfileSet(id=made(2), base=2, display_name="Two"),
    ]
    batch = world.decide(*(world.envelope(TOM, command) for command in renamed))
    (changed,) = batch.changes
    assert (changed.after, changed.rev) == (1, 3)
    assert [(row.rev, row.display_name) for row in changed.rows if isinstance(row, Profile)] == [(3, "Two")]
    assert len(changed.rows) == 1


def test_rows_of_a_merged_change_stand_in_the_order_of_their_revisions() -> None:
    world = World().join(TOM)
    commands: list[ops.Command | ops.SignIn] = [
        ops.ProfileSet(id=made(1), base=1, display_name="One"),
        ops.SignIn(handle="t", password="p", device=PHONE, device_name="Phone"),
        ops.ProfileSet(id=made(2), base=2, display_name="Two"),
    ]
    batch = world.decide(*(world.envelope(TOM, command) for command in commands))
    assert [(type(row), row.rev) for row in batch.changes[0].rows] == [(Device, 3), (Profile, 4)]


def test_signing_in_is_not_remembered_because_a_device_does_it_again() -> None:
    world = World().join(TOM)
    first = ops.SignIn(handle="t", password="p", device=PHONE, device_name="Phone")
    again = ops.SignIn(handle="t", password="p", device=PHONE, device_name="Tom's phone")
    batch = world.decide(world.envelope(TOM, first), world.envelope(TOM, again))
    assert batch.answers == ()
    assert [type(outcome) for outcome in batch.outcomes] == [ops.SignedIn, ops.SignedIn]


def test_commands_that_touch_other_streams_are_provisional_there_too() -> None:
    world = World().join(MAYA, TOM)
    world.relate(MAYA, TOM)
    opens = [ops.ConversationOpen(id=made(n), person=MAYA) for n in (1, 2)]
    batch = world.decide(*(world.envelope(TOM, command) for command in opens))
    assert batch.outcomes[0] == batch.outcomes[1]
    assert [len(changed.rows) for changed in batch.changes if changed.stream.kind == "person"] == [1, 1]


@pytest.mark.parametrize(
    ("stream", "command"),
    [
        (record_stream(TOM), ops.SignOut(id=made(1))),
        (conversation_stream(made(2)), ops.SignOut(id=made(1))),
        (person_stream(TOM), ops.MessagePost(id=made(1), conversation=made(2), text="x")),
    ],
)
def test_a_command_away_from_home_is_a_defect(stream: StreamId, command: ops.Command) -> None:
    world = World()
    with pytest.raises(TypeError, match="not at home"):
        decide_batch(RULES, View({stream: world.state(stream)}), stream, [world.envelope(TOM, command)])


# -- two actors, one stream

STEPS = st.lists(
    st.tuples(st.sampled_from(["think", "write"]), st.integers(0, 1), st.integers(1, 3)), min_size=1, max_size=40
)


@given(STEPS)
def test_two_actors_of_one_stream_end_in_one_gapless_order(steps: list[tuple[str, int, int]]) -> None:
    """Each thinks on what it sees and writes later; whoever finds the stream moved thinks again."""
    world, conversation = pair()
    thought: dict[int, list[Envelope]] = {0: [], 1: []}
    plans: dict[int, Batch] = {}
    posted = 0
    for step, actor, count in steps:
        if step == "think" and actor not in plans:
            thought[actor] = [
                world.envelope(
                    (MAYA, TOM)[actor], ops.MessagePost(id=world.fresh(), conversation=conversation, text="x")
                )
                for _ in range(count)
            ]
            plans[actor] = world.decide(*thought[actor])
        elif step == "write" and actor in plans:
            if not world.commit(plans[actor]):
                plans[actor] = world.decide(*thought[actor])
                assert world.commit(plans[actor])
            del plans[actor]
            posted += len(thought[actor])
    messages = [row for row in world.rows[conversation_stream(conversation)].values() if isinstance(row, Message)]
    assert sorted(message.seq for message in messages) == list(range(1, posted + 2))
    assert len({message.id for message in messages}) == posted + 1
    revisions = [row.rev for changed in world.commits if changed.stream.kind == "conversation" for row in changed.rows]
    assert revisions == list(range(1, posted + 5))


@given(st.lists(st.integers(0, 5), max_size=30))
def test_a_command_said_any_number_of_times_has_one_effect_and_one_answer(said: list[int]) -> None:
    world, conversation = pair()
    answers: dict[int, set[bytes]] = {}
    for number in said:
        answer = world.say(TOM, post(number, conversation, f"message {number}"))
        answers.setdefault(number, set()).add(msgspec.msgpack.encode(answer))
    assert all(len(each) == 1 for each in answers.values())
    assert world.direct(TOM, MAYA).seq == 1 + len(answers)


def test_a_decision_made_before_the_stream_moved_is_not_written() -> None:
    world, conversation = pair()
    late = world.decide(world.envelope(TOM, post(1, conversation)))
    world.post(MAYA, conversation)
    before = world.direct(TOM, MAYA)
    assert not world.commit(late)
    assert world.direct(TOM, MAYA) == before


def test_a_command_already_answered_is_not_written_again() -> None:
    world, conversation = pair()
    envelope = world.envelope(TOM, post(1, conversation))
    assert world.commit(world.decide(envelope))
    assert not world.commit(world.decide(envelope))
