"""What a person has: heads, standing, the conversation list with honest unread, the people known to him."""

import pytest
from coachline_core.domain.streams import Changed
from coachline_protocol.ops import Head
from coachline_protocol.rows import (
    Consent,
    Conversation,
    Cursor,
    Device,
    Id,
    Listing,
    Member,
    Message,
    MessageKind,
    Relationship,
    StreamId,
    Window,
)
from coachline_server.store.pony_store import PonyStore
from coachline_server.store.port import Append, Arrived, Arriving, Committed, Credential, TokenIssued
from support.stored import (
    BEN,
    CHAT,
    EVE,
    MAYA,
    change,
    conversation,
    device,
    facts,
    id_of,
    listed,
    message,
    move,
    opened,
    person,
    posted,
    profile,
    record,
)


def related(
    rev: int, trainer: Id, client: Id, state: str = "active", *, reach: int = 0, left: bool = False
) -> Relationship:
    assert state in ("active", "paused", "ended")
    return Relationship(
        rev=rev,
        trainer=trainer,
        client=client,
        state="ended" if state == "ended" else "active",
        since=1,
        consent=Consent(),
        reach=reach,
        left=left,
    )


def said(store: PonyStore, *appends: Append) -> None:
    """Commit; the test is about what follows."""
    assert store.commit(appends) == [Committed()] * len(appends)


# -- heads


def test_heads_are_a_persons_streams_in_order_with_cursors(store: PonyStore) -> None:
    said(
        store,
        opened(),
        posted(1, rev=4),
        change(person(MAYA), 0, profile(1, "maya")),
        change(record(BEN), 0, related(1, MAYA, BEN)),
        change(record(MAYA), 0, related(1, EVE, MAYA)),
        Append(moves=(move(BEN, "read", 0, 1, 9), move(MAYA, "delivered", 0, 1, 8))),
    )
    cursors = (
        Cursor(person=MAYA, delivered=1, delivered_at=8),
        Cursor(person=BEN, read=1, read_at=9),
    )
    assert store.heads(MAYA, None, 10) == (
        Head(stream=CHAT, rev=4, seq=1, cursors=cursors),
        Head(stream=person(MAYA), rev=1),
        Head(stream=record(MAYA), rev=1),
        Head(stream=record(BEN), rev=1),
    )


def test_heads_come_in_pages(store: PonyStore) -> None:
    chats = [conversation(n) for n in (3, 1, 2)]
    said(store, *(opened(chat) for chat in chats), change(person(MAYA), 0, profile(1, "maya")))
    seen: list[StreamId] = []
    while page := store.heads(MAYA, seen[-1] if seen else None, 2):
        seen += [head.stream for head in page]
    assert seen == [conversation(1), conversation(2), conversation(3), person(MAYA)]


def test_a_stranger_has_no_heads_of_others(store: PonyStore) -> None:
    said(store, opened(), change(person(MAYA), 0, profile(1, "maya")), change(record(BEN), 0, related(1, MAYA, BEN)))
    assert store.heads(EVE, None, 10) == ()


def test_an_ended_relationship_takes_the_record_away_from_the_trainer_only(store: PonyStore) -> None:
    said(store, change(record(BEN), 0, related(1, MAYA, BEN, "ended")))
    assert store.heads(MAYA, None, 10) == ()
    assert [head.stream for head in store.heads(BEN, None, 10)] == [record(BEN)]


def test_what_a_client_left_with_a_former_trainer_stays_among_his_heads(store: PonyStore) -> None:
    said(store, change(record(BEN), 0, related(1, MAYA, BEN, "ended", reach=1, left=True), related(2, EVE, BEN)))
    assert store.heads(MAYA, None, 10) == (Head(stream=record(BEN), rev=2, reach=1),)


def test_the_head_of_anothers_record_says_how_far_back_what_one_holds_is_good(store: PonyStore) -> None:
    said(store, change(record(BEN), 0, related(1, MAYA, BEN), related(3, MAYA, BEN, reach=3), related(4, EVE, BEN)))
    assert store.heads(MAYA, None, 10) == (Head(stream=record(BEN), rev=4, reach=3),)
    assert store.heads(EVE, None, 10) == (Head(stream=record(BEN), rev=4),)
    assert store.heads(BEN, None, 10) == (Head(stream=record(BEN), rev=4),)


def test_a_conversation_that_was_left_keeps_its_head(store: PonyStore) -> None:
    said(store, opened(), change(CHAT, 3, Member(rev=4, person=BEN, windows=(Window(1, 1),))))
    assert [head.stream for head in store.heads(BEN, None, 10)] == [CHAT]


def test_in_a_room_only_ones_own_cursor_is_told(store: PonyStore) -> None:
    members = [Member(rev=2 + n, person=one, windows=(Window(1),)) for n, one in enumerate((MAYA, BEN))]
    said(store, change(CHAT, 0, Conversation(rev=1, kind="room", created_at=1), *members))
    said(store, Append(moves=(move(BEN, "read", 0, 1), move(MAYA, "read", 0, 1, 8))))
    assert store.heads(MAYA, None, 1)[0].cursors == (Cursor(person=MAYA, read=1, read_at=8),)


# -- standing


def test_standing_is_every_row_that_says_what_one_may(store: PonyStore) -> None:
    room = conversation(5)
    said(
        store,
        opened(),
        posted(1, rev=4),
        opened(conversation(9), (BEN, EVE)),
        change(
            room,
            0,
            Conversation(rev=1, kind="room", created_at=1, title="general"),
            Member(rev=2, person=MAYA, windows=(Window(1),)),
            Member(rev=3, person=EVE, windows=(Window(1),)),
        ),
        change(person(MAYA), 0, device(1, 0xD1), profile(2, "maya")),
        change(record(BEN), 0, related(1, MAYA, BEN), related(2, EVE, BEN)),
        change(record(MAYA), 0, related(1, EVE, MAYA, "ended")),
    )
    said(store, facts(TokenIssued(MAYA, id_of(0xD1), b"m" * 32, 1)))
    asked = [Arriving(b"m" * 32, standing=True), Arriving(b"?" * 32, standing=True), Arriving(b"m" * 32)]
    told, nobody, less = store.arrivals(asked)
    assert [(stream, type(row).__name__, row.rev) for stream, row in told.standing] == [
        (room, "Conversation", 1),
        (room, "Member", 2),
        (CHAT, "Conversation", 1),
        (CHAT, "Member", 2),
        (CHAT, "Member", 3),
        (person(MAYA), "Profile", 2),
        (record(MAYA), "Relationship", 1),
        (record(BEN), "Relationship", 1),
    ]
    assert nobody == Arrived(None)
    assert less == Arrived(told.owner)


def test_those_who_come_together_are_told_each_his_own(store: PonyStore) -> None:
    chats = [conversation(n) for n in (3, 1, 2)]
    people = [(MAYA, 0xD1), (BEN, 0xD2), (EVE, 0xD3)]
    said(store, *(opened(chat) for chat in chats))
    said(store, *(change(person(who), 0, profile(1, f"{n:x}"), device(2, n)) for who, n in people))
    tokens = [(TokenIssued(who, id_of(n), bytes([n]) * 32, 1)) for who, n in people]
    said(store, facts(*tokens))
    maya, eve, ben = store.arrivals(
        [Arriving(b"\xd1" * 32, heads=2), Arriving(b"\xd3" * 32, True, 9), Arriving(b"\xd2" * 32, True, 9)]
    )
    assert [one.owner.person for one in (maya, eve, ben) if one.owner] == [MAYA, EVE, BEN]
    assert (maya.standing, maya.heads) == ((), store.heads(MAYA, None, 2))
    assert (len(eve.standing), eve.heads) == (1, store.heads(EVE, None, 9))
    assert (len(ben.standing), ben.heads) == (10, store.heads(BEN, None, 9))


@pytest.mark.parametrize("out", ["revoked", "disabled"])
def test_who_may_not_come_in_is_told_nothing(store: PonyStore, out: str) -> None:
    said(store, change(person(MAYA), 0, profile(1, "maya"), device(2, 0xD1)))
    said(store, facts(TokenIssued(MAYA, id_of(0xD1), b"m" * 32, 1)))
    (before,) = store.arrivals([Arriving(b"m" * 32, True, 9)])
    if out == "revoked":
        said(store, change(person(MAYA), 2, Device(rev=3, id=id_of(0xD1), name="x", created_at=5, revoked_at=9)))
    else:
        said(store, facts(Credential(MAYA, "maya", "h", disabled=True)))
    (after,) = store.arrivals([Arriving(b"m" * 32, True, 9)])
    assert before.standing != ()
    assert before.heads != ()
    assert after.owner is not None
    assert (after.owner.revoked, after.owner.disabled) == (out == "revoked", out == "disabled")
    assert after == Arrived(after.owner)


# -- people


def test_people_are_those_of_relationships_and_direct_conversations(store: PonyStore) -> None:
    said(store, *(change(person(one), 0, profile(1, f"p{one[-1]}")) for one in (MAYA, BEN, EVE, id_of(0xF1))))
    said(store, change(record(BEN), 0, related(1, MAYA, BEN)), listed(EVE, 1, other=MAYA), listed(MAYA, 1, other=EVE))
    assert [one.id for one in store.people(MAYA, None, 9)] == [BEN, EVE]
    assert [one.id for one in store.people(MAYA, None, 1)] == [BEN]
    assert [one.id for one in store.people(MAYA, BEN, 9)] == [EVE]
    assert [one.id for one in store.people(BEN, None, 9)] == [MAYA]
    assert store.people(id_of(0xF1), None, 9) == ()


def test_a_card_shows_who_somebody_is(store: PonyStore) -> None:
    said(store, change(person(BEN), 0, profile(1, "ben")))
    card = store.person(BEN)
    assert card is not None
    assert (card.id, card.handle, card.display_name, card.roles) == (BEN, "ben", "Ben", ("trainer", "client"))
    assert store.person(EVE) is None


# -- the conversation list


def test_the_list_is_by_last_activity_with_last_message_and_unread(store: PonyStore) -> None:
    old, new = conversation(1), conversation(2)
    said(store, opened(old), opened(new), listed(MAYA, 0, old), listed(MAYA, 1, new))
    said(store, change(new, 3, message(1, rev=4, author=BEN, at=50)))
    said(store, change(old, 3, message(1, rev=4, author=BEN, at=90)))
    said(store, change(new, 4, message(2, rev=5, author=BEN, text="x" * 300, at=100)))
    first, second = store.conversations(MAYA, None, 9)
    assert (first.conversation, first.other, first.head, first.unread, first.active_at) == (new.id, BEN, 2, 2, 100)
    assert first.last is not None
    assert first.last.text == "x" * 200
    assert (second.conversation, second.head, second.unread, second.active_at) == (old.id, 1, 1, 90)
    assert store.conversations(EVE, None, 9) == ()


def test_the_list_comes_in_pages_also_where_times_are_equal(store: PonyStore) -> None:
    chats = [conversation(n) for n in range(1, 8)]
    said(store, *(opened(chat) for chat in chats))
    rows = [Listing(rev=n + 1, conversation=chat.id, kind="direct") for n, chat in enumerate(chats)]
    said(store, change(person(MAYA), 0, *rows))
    said(store, *(change(chat, 3, message(1, rev=4, at=n // 3)) for n, chat in enumerate(chats)))
    seen: list[tuple[int, Id]] = []
    while page := store.conversations(MAYA, seen[-1] if seen else None, 2):
        seen += [(entry.active_at, entry.conversation) for entry in page]
    assert seen == sorted([(n // 3, chat.id) for n, chat in enumerate(chats)], reverse=True)


def test_an_empty_conversation_has_no_last_message(store: PonyStore) -> None:
    said(store, opened(), listed(MAYA, 0))
    (entry,) = store.conversations(MAYA, None, 9)
    assert (entry.last, entry.head, entry.unread) == (None, 0, 0)


@pytest.mark.parametrize(
    ("row", "counted"),
    [
        (message(1, rev=4, author=BEN), 1),
        (message(1, rev=4, author=MAYA), 0),
        (message(1, rev=4, author=BEN, kind="system", text="opened"), 0),
        (message(1, rev=4, author=BEN, kind="progress"), 0),
        (message(1, rev=4, author=BEN, kind="goal"), 1),
        (message(1, rev=4, author=BEN, kind="image"), 1),
    ],
    ids=lambda value: value.kind if isinstance(value, Message) else None,
)
def test_what_counts_as_unread(store: PonyStore, row: Message, counted: int) -> None:
    said(store, opened(), listed(MAYA, 0), change(CHAT, 3, row))
    assert [entry.unread for entry in store.conversations(MAYA, None, 9)] == [counted]


def test_unread_follows_the_read_cursor_and_not_the_delivered_one(store: PonyStore) -> None:
    said(store, opened(), listed(MAYA, 0), *(posted(n, rev=3 + n, author=BEN) for n in range(1, 6)))
    assert store.conversations(MAYA, None, 9)[0].unread == 5
    said(store, Append(moves=(move(MAYA, "delivered", 0, 5), move(BEN, "read", 0, 5))))
    assert store.conversations(MAYA, None, 9)[0].unread == 5
    said(store, Append(moves=(move(MAYA, "read", 0, 3),)))
    assert store.conversations(MAYA, None, 9)[0].unread == 2
    said(store, Append(moves=(move(MAYA, "read", 3, 5),)))
    assert store.conversations(MAYA, None, 9)[0].unread == 0


def test_what_lies_outside_ones_windows_is_neither_shown_nor_counted(store: PonyStore) -> None:
    kinds: dict[int, MessageKind] = {}
    rows = [message(n, rev=3 + n, author=BEN, kind=kinds.get(n, "text"), text=f"no. {n}") for n in range(1, 10)]
    said(store, opened(), listed(MAYA, 0), Append(changes=(Changed(CHAT, 3, 12, tuple(rows)),)))
    windows = (Window(2, 4), Window(6, 8))  # sees 2, 3, 6, 7
    said(store, change(CHAT, 12, Member(rev=13, person=MAYA, windows=windows)))
    (entry,) = store.conversations(MAYA, None, 9)
    assert entry.last is not None
    assert (entry.head, entry.last.text, entry.unread) == (7, "no. 7", 4)
    said(store, Append(moves=(move(MAYA, "read", 0, 3),)))
    assert store.conversations(MAYA, None, 9)[0].unread == 2


def test_a_list_of_many_conversations_is_whole(store: PonyStore) -> None:
    chats = [conversation(n) for n in range(1, 701)]
    rows = [Listing(rev=n + 1, conversation=chat.id, kind="direct") for n, chat in enumerate(chats)]
    said(store, *(opened(chat) for chat in chats), change(person(MAYA), 0, *rows))
    said(store, *(change(chat, 3, message(1, rev=4, author=BEN, at=n)) for n, chat in enumerate(chats)))
    found = store.conversations(MAYA, None, 1_000)
    assert [entry.conversation for entry in found] == [chat.id for chat in reversed(chats)]
    assert all(entry.unread == 1 and entry.last is not None for entry in found)
