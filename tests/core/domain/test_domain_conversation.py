"""Conversations: one per pair, one gapless order, and what a member sees."""

import msgspec
import pytest
from coachline_core.domain.conversation import (
    RULES,
    ConversationState,
    closed,
    conversation_stream,
    direct_id,
    in_windows,
    reopened,
    sees,
    writing_refusal,
)
from coachline_core.domain.person import person_stream
from coachline_core.domain.record import record_stream
from coachline_core.domain.streams import Changed, View, compared
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import AnyRow, Conversation, Cursor, Id, Listing, Member, Message, MessageKind, Window
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support.world import ADA, MAYA, NOW, STRANGER, TOM, ZOE, Kept, World, good, made, pair


def refused(outcome: ops.Body | Refusal) -> Refusal:
    assert isinstance(outcome, Refusal), outcome
    return outcome


def opening(world: World, other: Id) -> ops.ConversationOpen:
    return ops.ConversationOpen(id=world.fresh(), person=other)


def message(seq: int, author: Id = TOM) -> Message:
    return Message(rev=seq, seq=seq, id=made(seq), author=author, text="hello", at=NOW)


# -- opening


@pytest.mark.parametrize(("one", "other"), [(MAYA, TOM), (TOM, MAYA)])
def test_two_who_are_related_open_their_conversation_whoever_asks(one: Id, other: Id) -> None:
    world = World().join(MAYA, TOM).relate(MAYA, TOM)
    opened = good(world.say(one, opening(world, other)), ops.Opened)
    state = world.direct(one, other)
    assert (opened.conversation, opened.rev) == (direct_id(MAYA, TOM), 4)
    assert (state.rev, state.seq, set(state.members)) == (4, 1, {MAYA, TOM})
    assert RULES.audience(state) == tuple(sorted((MAYA, TOM)))
    for person, counterpart in ((one, other), (other, one)):
        listing = world.person(person).listings[opened.conversation]
        assert (listing.kind, listing.other) == ("direct", counterpart)


def test_the_first_message_says_who_opened_it() -> None:
    world, conversation = pair()
    first = world.rows[conversation_stream(conversation)]["message", 1]
    assert isinstance(first, Message)
    assert (first.kind, first.text, first.author, first.about) == ("system", "opened", TOM, MAYA)


def test_opening_writes_the_conversation_its_members_and_a_remark_and_lists_it_for_both() -> None:
    world = World().join(MAYA, TOM).relate(MAYA, TOM)
    command, place = opening(world, MAYA), direct_id(MAYA, TOM)
    revs = {person: world.person(person).rev for person in (TOM, MAYA)}
    founded, *listings, stood_on = world.decide(world.envelope(TOM, command)).changes
    assert founded.rows == (
        Conversation(rev=1, kind="direct", created_at=NOW),
        Member(rev=2, person=TOM, windows=(Window(join=1),)),
        Member(rev=3, person=MAYA, windows=(Window(join=1),)),
        Message(rev=4, seq=1, id=command.id, author=TOM, kind="system", text="opened", at=NOW, about=MAYA),
    )
    assert listings == [
        Changed(
            person_stream(person),
            revs[person],
            revs[person] + 1,
            (Listing(rev=revs[person] + 1, conversation=place, kind="direct", other=other),),
        )
        for person, other in ((TOM, MAYA), (MAYA, TOM))
    ]
    assert stood_on == compared(world.record(TOM))


def test_an_open_conversation_is_not_opened_anew_and_a_closed_one_not_closed_again() -> None:
    world, _ = pair()
    envelope = world.envelope(TOM, ops.SignOut(id=made(1)))
    assert reopened(world.direct(MAYA, TOM), envelope, MAYA) == compared(world.direct(MAYA, TOM))
    close(world)
    assert closed(world.direct(MAYA, TOM), envelope, MAYA) == compared(world.direct(MAYA, TOM))


def test_opening_it_again_finds_it() -> None:
    world, conversation = pair()
    world.post(TOM, conversation)
    again = world.say(MAYA, opening(world, TOM))
    assert again == ops.Opened(conversation=conversation, rev=5)
    assert world.direct(MAYA, TOM).rev == 5


def test_both_open_it_at_once_and_there_is_one() -> None:
    """D: two appear."""
    world = World().join(MAYA, TOM).relate(MAYA, TOM)
    asked = [world.envelope(MAYA, opening(world, TOM)), world.envelope(TOM, opening(world, MAYA))]
    decided = [world.decide(envelope) for envelope in asked]
    assert [world.commit(batch) for batch in decided] == [True, False]
    again = world.decide(asked[1])
    assert world.commit(again)
    assert again.changes == ()
    assert again.outcomes == decided[0].outcomes
    assert [len(world.person(person).listings) for person in (MAYA, TOM)] == [1, 1]


def test_nobody_talks_to_himself() -> None:
    world = World().join(TOM)
    refusal = refused(world.say(TOM, opening(world, TOM)))
    assert (refusal.code, refusal.field) == (RefusalCode.INVALID, "person")


@pytest.mark.parametrize("state", ["paused", "ended"])
def test_a_relationship_that_is_not_active_opens_nothing_and_says_so(state: str) -> None:
    world = World().join(MAYA, TOM).relate(MAYA, TOM).set_relation(MAYA, TOM, state)
    for one, other in ((MAYA, TOM), (TOM, MAYA)):
        refusal = refused(world.say(one, opening(world, other)))
        assert refusal == Refusal(code=RefusalCode.NO_RELATIONSHIP, field="person")


def test_a_stranger_and_nobody_look_the_same() -> None:
    """D: anyone may write to anyone."""
    world = World().join(MAYA, TOM, STRANGER).relate(MAYA, TOM)
    somebody = refused(world.say(STRANGER, opening(world, MAYA)))
    nobody = refused(world.say(STRANGER, opening(world, made(77))))
    assert somebody == nobody == Refusal(code=RefusalCode.NOT_FOUND, field="person")


def test_an_admin_opens_a_conversation_with_anybody_who_exists() -> None:
    world = World().join(ADA, TOM)
    good(world.say(ADA, opening(world, TOM)), ops.Opened)
    nobody = refused(world.say(ADA, opening(world, made(77))))
    assert nobody == Refusal(code=RefusalCode.NOT_FOUND, field="person")


def test_an_opening_decided_before_the_relationship_ended_is_not_written() -> None:
    world = World().join(MAYA, TOM).relate(MAYA, TOM)
    asked = world.envelope(MAYA, opening(world, TOM))
    decided = world.decide(asked)
    world.set_relation(MAYA, TOM, "ended")
    assert not world.commit(decided)
    assert refused(world.decide(asked).outcomes[0]).code == RefusalCode.NO_RELATIONSHIP


def test_opening_in_a_stream_that_is_not_the_pairs_is_a_defect() -> None:
    world = World().join(MAYA, TOM)
    stream = conversation_stream(made(9))
    view = View({stream: world.state(stream)})
    with pytest.raises(ValueError, match="two people name"):
        RULES.decide(view, stream, world.envelope(MAYA, opening(world, TOM)))


def test_opening_looks_at_both_people_and_both_records_and_posting_at_nothing() -> None:
    world, conversation = World().join(MAYA, TOM).relate(MAYA, TOM), conversation_stream(direct_id(MAYA, TOM))
    looked_at = {stream(person) for stream in (person_stream, record_stream) for person in (MAYA, TOM)}
    assert world.decide_reading(world.envelope(MAYA, opening(world, TOM)))[1] == {conversation, *looked_at}
    post = ops.MessagePost(id=made(1), conversation=conversation.id, text="x")
    assert world.decide_reading(world.envelope(MAYA, post))[1] == {conversation}


# -- posting


def test_messages_stand_in_one_gapless_order() -> None:
    world, conversation = pair()
    posted = [good(world.post(author, conversation), ops.Posted) for author in (TOM, MAYA, TOM)]
    assert [(each.seq, each.rev) for each in posted] == [(2, 5), (3, 6), (4, 7)]


def test_a_message_is_kept_normalised_with_the_id_of_its_command() -> None:
    world, conversation = pair()
    command = ops.MessagePost(id=made(5), conversation=conversation, text="cafe\u0301")
    assert world.say(TOM, command) == ops.Posted(rev=5, seq=2, at=NOW)
    assert world.rows[conversation_stream(conversation)]["message", 2] == Message(
        rev=5, seq=2, id=made(5), author=TOM, text="café", at=NOW
    )


@pytest.mark.parametrize(("text", "code"), [(" ", RefusalCode.TEXT_BLANK), ("x" * 5001, RefusalCode.TEXT_TOO_LONG)])
def test_what_cannot_be_said_is_refused(text: str, code: RefusalCode) -> None:
    world, conversation = pair()
    assert refused(world.post(TOM, conversation, text)).code == code


@pytest.mark.parametrize("kind", ["system", "goal", "progress", "file", "image", "voice", "video", "session"])
def test_people_post_text_and_nothing_else(kind: MessageKind) -> None:
    world, conversation = pair()
    command = ops.MessagePost(id=world.fresh(), conversation=conversation, text="opened", kind=kind)
    refusal = refused(world.say(TOM, command))
    assert (refusal.code, refusal.field) == (RefusalCode.INVALID, "kind")


def test_a_stranger_cannot_tell_a_conversation_from_none() -> None:
    world, conversation = pair()
    assert refused(world.post(STRANGER, conversation)) == refused(world.post(STRANGER, made(66)))
    assert refused(world.post(STRANGER, conversation)).code == RefusalCode.NOT_FOUND


def close(world: World) -> None:
    state = world.direct(MAYA, TOM)
    assert state.row is not None
    row = msgspec.structs.replace(state.row, rev=state.rev + 1, closed_at=NOW)
    world.put(Changed(state.stream, state.rev, state.rev + 1, (row,)))


def leave(world: World, person: Id) -> None:
    state = world.direct(MAYA, TOM)
    row = Member(rev=state.rev + 1, person=person, windows=(Window(join=1, leave=state.seq + 1),))
    world.put(Changed(state.stream, state.rev, state.rev + 1, (row,)))


def test_a_closed_conversation_is_read_only_for_both() -> None:
    world, conversation = pair()
    close(world)
    codes = [refused(world.post(author, conversation)).code for author in (MAYA, TOM)]
    assert codes == [RefusalCode.CONVERSATION_CLOSED] * 2


def test_who_left_is_told_so() -> None:
    world, conversation = pair()
    leave(world, TOM)
    gone = Refusal(code=RefusalCode.NOT_A_MEMBER, field="conversation")
    assert refused(world.post(TOM, conversation)) == gone
    assert RULES.audience(world.direct(MAYA, TOM)) == (MAYA,)
    good(world.post(MAYA, conversation), ops.Posted)


def test_who_left_before_it_was_closed_is_told_that_he_left() -> None:
    world, conversation = pair()
    leave(world, TOM)
    close(world)
    assert refused(world.post(TOM, conversation)).code == RefusalCode.NOT_A_MEMBER


def test_a_membership_without_its_conversation_is_not_written_by() -> None:
    member = Member(rev=1, person=TOM, windows=(Window(join=1),))
    assert writing_refusal(None, member) == Refusal(code=RefusalCode.NOT_FOUND, field="conversation")


# -- windows

WINDOWS = st.lists(st.tuples(st.integers(1, 20), st.none() | st.integers(0, 10)), max_size=3).map(
    lambda pairs: tuple(Window(join=join, leave=None if stay is None else join + stay) for join, stay in pairs)
)


@given(WINDOWS, st.integers(1, 40))
def test_a_member_sees_the_messages_of_his_windows_and_no_other(windows: tuple[Window, ...], seq: int) -> None:
    member = Member(rev=1, person=TOM, windows=windows)
    was_there = any(seq in range(window.join, 1000 if window.leave is None else window.leave) for window in windows)
    assert in_windows(windows, seq) == was_there
    assert sees(member, message(seq)) == was_there


def test_the_message_at_which_a_window_ends_is_outside_of_it() -> None:
    assert [seq for seq in range(6) if in_windows((Window(join=2, leave=4),), seq)] == [2, 3]


def test_one_who_left_sees_that_he_did_and_not_who_is_there() -> None:
    gone = Member(rev=1, person=TOM, windows=(Window(join=1, leave=3),))
    other = Member(rev=2, person=MAYA, windows=(Window(join=1),))
    assert sees(gone, gone)
    assert not sees(gone, other)
    assert sees(other, gone)
    assert sees(gone, Conversation(rev=1, kind="direct", created_at=NOW))


def test_who_was_never_there_sees_nothing() -> None:
    world, _ = pair()
    state = world.direct(MAYA, TOM)
    assert state.row is not None
    assert not RULES.visible(state, STRANGER, state.row)
    assert RULES.visible(state, TOM, state.row)


# -- cursors


def test_a_members_cursor_moves_up_to_the_head_and_is_kept() -> None:
    world, conversation = pair()
    world.post(TOM, conversation)
    state = world.direct(MAYA, TOM)
    moves = state.move(MAYA, "read", 99, NOW)
    assert [(move.kind, move.before, move.after) for move in moves] == [("delivered", 0, 2), ("read", 0, 2)]
    after = state.moved(moves)
    assert after.cursors == {MAYA: Cursor(person=MAYA, delivered=2, delivered_at=NOW, read=2, read_at=NOW)}
    assert after.move(MAYA, "delivered", 2, NOW + 1) == ()


def test_posting_moves_nobodys_cursor() -> None:
    world, conversation = pair()
    world.post(TOM, conversation)
    assert world.direct(MAYA, TOM).cursors == {}


@pytest.mark.parametrize("person", [STRANGER, TOM])
def test_who_is_no_member_moves_no_cursor(person: Id) -> None:
    world, _ = pair()
    leave(world, TOM)
    assert world.direct(MAYA, TOM).move(person, "read", 1, NOW) == ()


# -- the stream


def test_a_conversation_is_restored_without_its_messages() -> None:
    world, conversation = pair()
    world.post(TOM, conversation)
    stream = conversation_stream(conversation)
    cursor = Cursor(person=TOM, delivered=1)
    rows = tuple(row for row in world.rows[stream].values() if not isinstance(row, Message))
    restored = RULES.restore(stream, Kept(rev=5, seq=2, rows=rows, cursors=(cursor,)))
    assert restored == replace(world.direct(MAYA, TOM), cursors={TOM: cursor})


def test_a_conversation_that_nobody_opened_stands_before_its_first_revision_and_message() -> None:
    state = RULES.empty(conversation_stream(made(2)))
    assert (state.rev, state.seq, state.row, state.members, state.cursors) == (0, 0, None, {}, {})


@pytest.mark.parametrize(
    "row",
    [message(9), Member(rev=9, person=TOM, windows=()), Conversation(rev=9, kind="direct", created_at=NOW)],
    ids=lambda row: type(row).__name__,
)
def test_a_stream_stands_at_the_revision_of_its_latest_row(row: Message | Member | Conversation) -> None:
    state = RULES.evolve(ConversationState(conversation_stream(made(2))), row)
    assert state.rev == 9
    assert RULES.evolve(state, replace(row, rev=3)).rev == 9


def test_an_older_row_changes_nothing() -> None:
    world, _ = pair()
    old = world.direct(MAYA, TOM)
    assert old.row is not None
    close(world)
    state = world.direct(MAYA, TOM)
    rows: list[AnyRow] = [old.row, *old.members.values(), message(1)]
    for row in rows:
        state = RULES.evolve(state, row)
    assert state == world.direct(MAYA, TOM)


def test_a_command_of_another_kind_of_stream_is_a_defect() -> None:
    world, stream = World(), conversation_stream(made(2))
    with pytest.raises(TypeError, match="not at home"):
        RULES.decide(View({stream: world.state(stream)}), stream, world.envelope(TOM, ops.SignOut(id=made(1))))


def test_a_row_of_another_kind_of_stream_is_a_defect() -> None:
    stream = conversation_stream(made(1))
    with pytest.raises(TypeError, match="Listing"):
        RULES.evolve(ConversationState(stream), Listing(rev=1, conversation=made(1), kind="direct"))


def test_two_clients_of_one_trainer_know_nothing_of_each_other() -> None:
    world = World().join(MAYA, TOM, ZOE).relate(MAYA, ZOE).relate(MAYA, TOM)
    assert refused(world.say(TOM, opening(world, ZOE))).code == RefusalCode.NOT_FOUND
    good(world.say(ZOE, opening(world, MAYA)), ops.Opened)
