"""What becomes of appends: each judged on what the ones before it leave, none spoilt by another."""

import threading

import pytest
from coachline_core.domain.streams import Answer, Changed
from coachline_protocol.ops import Empty, InvitationMade, Posted
from coachline_server.store.pony_store import PonyStore
from coachline_server.store.port import (
    Append,
    Committed,
    Credential,
    Duplicate,
    Failed,
    LastSeen,
    Moved,
    StoreError,
    Taken,
    TokenIssued,
)
from support.stored import (
    BEN,
    CHAT,
    DIGEST,
    MAYA,
    change,
    conversation,
    device,
    facts,
    id_of,
    invitation,
    message,
    move,
    opened,
    person,
    posted,
    profile,
)
from support.stored import TestDatabase as Database


def texts(store: PonyStore) -> list[str]:
    return [row.text for row in store.messages(CHAT.id, before=None, after=0, limit=100)]


def test_a_batch_is_judged_in_order_each_append_on_what_the_former_leave(store: PonyStore) -> None:
    outcomes = store.commit([posted(1, text="one"), posted(2, text="two"), posted(3, text="three")])
    assert outcomes == [Committed()] * 3
    assert texts(store) == ["one", "two", "three"]


def test_an_append_at_a_past_revision_writes_nothing(store: PonyStore) -> None:
    store.commit([posted(1, text="first")])
    assert store.commit([posted(1, id_=9, text="too late")]) == [Moved((CHAT,))]
    assert texts(store) == ["first"]
    assert store.answer(MAYA, id_of(9)) is None


def test_an_append_at_a_future_revision_writes_nothing(store: PonyStore) -> None:
    assert store.commit([posted(2)]) == [Moved((CHAT,))]
    assert store.load(CHAT).rev == 0
    assert store.commit([posted(1)]) == [Committed()]


def test_the_loser_of_two_in_one_batch_is_told_and_the_rest_goes_on(store: PonyStore) -> None:
    batch = [posted(1, text="mine"), posted(1, id_=9, text="yours"), posted(2, text="next")]
    assert store.commit(batch) == [Committed(), Moved((CHAT,)), Committed()]
    assert texts(store) == ["mine", "next"]


def test_an_append_over_several_streams_is_all_or_nothing(store: PonyStore) -> None:
    store.commit([change(person(BEN), 0, profile(1, "ben"))])
    both = Append(
        changes=(
            Changed(CHAT, 0, 1, (message(1),)),
            Changed(person(BEN), 0, 1, (profile(1, "benjamin"),)),
            Changed(person(MAYA), 3, 4, (profile(4, "maya"),)),
        )
    )
    assert store.commit([both]) == [Moved((person(BEN), person(MAYA)))]
    assert store.load(CHAT).rev == 0
    found = store.person(BEN)
    assert found is not None
    assert found.handle == "ben"


def test_a_command_said_again_gets_its_first_answer_and_changes_nothing(store: PonyStore) -> None:
    store.commit([posted(1, id_=5, text="once")])
    first = Answer(MAYA, id_of(5), DIGEST, Posted(rev=1, seq=1, at=1_001), 1_001, lasting=True)
    assert store.commit([posted(2, id_=5, text="again")]) == [Duplicate((first,))]
    assert store.answer(MAYA, id_of(5)) == first
    assert texts(store) == ["once"]


def test_a_duplicate_is_found_before_a_moved_stream_and_within_one_batch(store: PonyStore) -> None:
    again = posted(1, id_=5)
    outcomes = store.commit([posted(1, id_=5), again, posted(2)])
    assert [type(outcome) for outcome in outcomes] == [Committed, Duplicate, Committed]


def test_two_authors_may_choose_the_same_command_id(store: PonyStore) -> None:
    assert store.commit([posted(1, id_=5), posted(2, id_=5, author=BEN)]) == [Committed(), Committed()]


def test_answers_of_every_kind_come_back_as_they_were(store: PonyStore) -> None:
    replies = [Empty(), InvitationMade(rev=3, code="OPEN-SESAME", expires_at=9)]
    answers = [Answer(BEN, id_of(n), b"\1" * 32, reply, n, lasting=True) for n, reply in enumerate(replies)]
    assert store.commit([Append(answers=tuple(answers))]) == [Committed()]
    assert [store.answer(BEN, answer.id) for answer in answers] == answers


def test_a_handle_belongs_to_one_person(store: PonyStore) -> None:
    assert store.commit([facts(Credential(MAYA, "maya", "hash"))]) == [Committed()]
    assert store.commit([facts(Credential(BEN, "maya", "hash"))]) == [Taken("handle")]
    assert store.commit([facts(Credential(MAYA, "maya", "better hash", disabled=True))]) == [Committed()]
    account = store.account("maya")
    assert account is not None
    assert (account.person, account.password_hash, account.disabled) == (MAYA, "better hash", True)


def test_of_two_who_want_one_handle_in_one_batch_the_first_gets_it(store: PonyStore) -> None:
    outcomes = store.commit([facts(Credential(MAYA, "coach", "h")), facts(Credential(BEN, "coach", "h"))])
    assert outcomes == [Committed(), Taken("handle")]


def test_a_device_belongs_to_one_person(store: PonyStore) -> None:
    assert store.commit([change(person(MAYA), 0, device(1, 0xD1))]) == [Committed()]
    assert store.commit([change(person(BEN), 0, device(1, 0xD1))]) == [Taken("device")]
    assert store.load(person(BEN)).rows == ()
    assert store.commit([change(person(MAYA), 1, device(2, 0xD1))]) == [Committed()]


def test_an_invitation_code_is_given_once(store: PonyStore) -> None:
    assert store.commit([change(person(MAYA), 0, invitation(1, "LUCKY"))]) == [Committed()]
    assert store.commit([change(person(BEN), 0, invitation(1, "LUCKY"))]) == [Taken("invitation")]
    assert store.commit([change(person(MAYA), 1, invitation(2, "LUCKY", note="changed"))]) == [Committed()]


def test_a_bad_append_fails_alone(store: PonyStore) -> None:
    stray = facts(TokenIssued(MAYA, id_of(0xDEAD), b"t" * 32, 1))  # of a device that is not there
    outcomes = store.commit([posted(1), stray, posted(2), posted(1, id_=7)])
    assert [type(outcome) for outcome in outcomes] == [Committed, Failed, Committed, Moved]
    assert store.load(CHAT).rev == 2


def test_an_append_that_answers_one_command_twice_fails_as_a_whole(store: PonyStore) -> None:
    said = posted(1)
    (outcome,) = store.commit([Append(changes=said.changes, answers=said.answers * 2)])
    assert isinstance(outcome, Failed)
    assert store.load(CHAT).rev == 0


def test_a_gap_in_the_sequence_is_refused(store: PonyStore) -> None:
    (outcome,) = store.commit([change(CHAT, 0, message(2, rev=1))])
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, StoreError)
    assert store.load(CHAT).rev == 0


def test_two_messages_of_one_revision_are_refused(store: PonyStore) -> None:
    """Whoever reads on after a revision would miss one of them."""
    (outcome,) = store.commit([change(CHAT, 0, message(1, rev=1), message(2, rev=1))])
    assert isinstance(outcome, Failed)
    assert store.load(CHAT).rev == 0


def test_a_refused_first_append_leaves_no_trace_of_its_stream(database: Database) -> None:
    store = database.open()
    both = Append(changes=(Changed(conversation(1), 0, 1, (message(1),)), Changed(CHAT, 4, 5, (message(1, rev=5),))))
    assert store.commit([both, posted(1, at=conversation(2))]) == [Moved((CHAT,)), Committed()]
    assert database.ask("SELECT COUNT(*) FROM stream") == [(1,)]
    assert store.commit([posted(1, id_=2, at=conversation(1))]) == [Committed()]


def test_one_stream_changed_often_in_one_batch_keeps_the_last_of_each_row(store: PonyStore) -> None:
    batch = [change(person(MAYA), rev - 1, profile(rev, f"maya-{rev}")) for rev in range(1, 5)]
    assert store.commit(batch) == [Committed()] * 4
    assert store.load(person(MAYA)).rows == (profile(4, "maya-4"),)


def test_an_empty_append_and_no_append_are_fine(store: PonyStore) -> None:
    assert store.commit([Append()]) == [Committed()]
    assert store.commit([]) == []


def test_a_large_batch_over_many_streams_fits(store: PonyStore) -> None:
    batch = [posted(1, id_=n, at=conversation(n)) for n in range(1, 1_201)]
    assert store.commit(batch) == [Committed()] * 1_200


def test_everything_an_append_may_hold_is_one_write(store: PonyStore) -> None:
    said = posted(1, rev=5)
    whole = Append(said.changes, said.answers, (move(MAYA, "read", 0, 1),), (LastSeen(MAYA, 77),))
    assert store.commit([opened(), whole]) == [Committed(), Moved((CHAT,))]
    assert (store.load(CHAT).cursors, store.last_seen([MAYA])) == ((), {})
    said = posted(1, rev=4)
    whole = Append(said.changes, said.answers, (move(MAYA, "read", 0, 1),), (LastSeen(MAYA, 77),))
    assert store.commit([whole]) == [Committed()]
    assert store.load(CHAT).cursors[0].read == 1
    assert store.last_seen([MAYA, BEN]) == {MAYA: 77}


@pytest.mark.parametrize("streams", [1, 3])
def test_racing_writers_never_both_win_a_revision(database: Database, streams: int) -> None:
    chats = [conversation(n + 1) for n in range(streams)]
    stores = [database.open() for _ in range(2)]
    won: list[list[int]] = [[] for _ in stores]

    def write(me: int) -> None:
        store = stores[me]
        for attempt in range(25):
            # Each names the streams in another order, which must not make them wait for each other for ever.
            after = [store.load(chat).rev for chat in chats]
            changes = [
                Changed(chat, rev, rev + 1, (message(rev + 1, id_=1 + me * 1_000 + attempt),))
                for chat, rev in zip(chats, after, strict=True)
            ]
            (outcome,) = store.commit([Append(changes=tuple(changes[:: 1 - 2 * me]))])
            assert isinstance(outcome, Committed | Moved)
            if isinstance(outcome, Committed):
                won[me].append(after[0] + 1)

    threads = [threading.Thread(target=write, args=(me,)) for me in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = stores[0].load(chats[0]).rev
    assert sorted(won[0] + won[1]) == list(range(1, total + 1))
    assert [row.seq for row in stores[1].messages(chats[-1].id, before=None, after=0, limit=99)] == sorted(
        won[0] + won[1]
    )
