"""Reading a stream back: whole, by revision, by seq; cursors and the receipts that follow from their moves."""

import pytest
from coachline_protocol.codec import packed_size
from coachline_protocol.ops import Receipt
from coachline_protocol.rows import (
    AnyRow,
    Consent,
    Conversation,
    Cursor,
    Device,
    Invitation,
    Listing,
    Member,
    Message,
    Profile,
    Relationship,
    RelationshipStep,
    StreamId,
    Terms,
    Window,
)
from coachline_server.store.pony_store import PonyStore
from coachline_server.store.port import Append, Committed, PageRows, StreamRows
from coachline_server.store.tables import BY_ROW
from msgspec.structs import replace
from support.stored import (
    BEN,
    CHAT,
    EVE,
    MAYA,
    MONDAY,
    change,
    device,
    excuse,
    goal,
    goal_phase,
    goal_version,
    invitation,
    message,
    move,
    opened,
    person,
    posted,
    profile,
    progress,
    record,
    template,
)

FULL_ROWS: list[tuple[StreamId, AnyRow]] = [
    (CHAT, Conversation(rev=1, kind="room", created_at=3, title="workout-tips", closed_at=9)),
    (CHAT, Member(rev=1, person=EVE, windows=(Window(1, 4), Window(9)), role="owner")),
    (CHAT, Message(rev=1, seq=1, id=BEN, author=EVE, kind="system", text="joined", at=2**45, about=MAYA)),
    (CHAT, Message(rev=1, seq=1, id=BEN, author=EVE, text="a text", at=2**53 - 1)),
    *((CHAT, replace(message(1), **{refers: to})) for refers, to in (("about", BEN), ("goal", BEN), ("day", MONDAY))),
    (
        record(BEN),
        Relationship(
            rev=1,
            trainer=MAYA,
            client=BEN,
            state="paused",
            since=2,
            consent=Consent(see_goals=True, set_goals="propose", see_progress=False, see_presence=True),
            reach=2**40,
            paused_by=BEN,
        ),
    ),
    (
        record(BEN),
        Relationship(
            rev=1,
            trainer=MAYA,
            client=BEN,
            state="ended",
            since=2,
            consent=Consent(see_goals=True, see_progress=True, record_progress=True),
            left=True,
        ),
    ),
    (
        record(BEN),
        RelationshipStep(rev=1, id=EVE, trainer=MAYA, by=BEN, at=3, deed="consent", consent=Consent(see_goals=True)),
    ),
    (record(BEN), goal(1)),
    (record(BEN), goal(1, pending=EVE, turn=MAYA)),
    (record(BEN), goal_version(1)),
    (record(BEN), replace(goal_version(1), mutual=True, decided_at=2**45, state="declined")),
    (record(BEN), replace(goal_version(1), terms=Terms(title="", start=MONDAY))),
    (record(BEN), goal_phase(1)),
    (record(BEN), progress(1)),
    (record(BEN), replace(progress(1), measures=(), note="")),
    (record(BEN), excuse(1)),
    (record(BEN), replace(excuse(1), reason="injured", note="", withdrawn_at=5)),
    (CHAT, replace(message(1, kind="goal", text="proposed"), goal=EVE)),
    (CHAT, replace(message(1, kind="progress", text=""), goal=EVE, day=MONDAY)),
    (person(MAYA), template(1)),
    (person(MAYA), replace(template(1), targets=(), days=None, removed_at=7)),
    (
        person(MAYA),
        Profile(
            rev=1,
            handle="Maya@Example.org",
            display_name="Maya 💪 Ōkubo",
            time_zone="Asia/Tokyo",
            roles=("trainer", "admin"),
            picture=b"\x89PNG\0\xff",
            receipts=False,
        ),
    ),
    (person(MAYA), Profile(rev=1, handle="m", display_name="M", time_zone="UTC", roles=())),
    (person(MAYA), Device(rev=1, id=EVE, name="", created_at=1, revoked_at=2)),
    (person(MAYA), Listing(rev=1, conversation=CHAT.id, kind="group")),
    (
        person(MAYA),
        Invitation(
            rev=1,
            id=EVE,
            code="c",
            purpose="account",
            roles=("client", "trainer"),
            created_at=1,
            expires_at=2**50,
            state="claimed",
            person=BEN,
            note="",
        ),
    ),
]


@pytest.mark.parametrize(("stream", "row"), FULL_ROWS, ids=lambda value: type(value).__name__)
def test_a_row_comes_back_as_it_was(store: PonyStore, stream: StreamId, row: AnyRow) -> None:
    assert store.commit([change(stream, 0, row)]) == [Committed()]
    assert store.changes(stream, 0, 10) == PageRows((row,), 1, more=False, head=1)


def test_every_kind_of_row_is_among_them() -> None:
    assert {type(row) for _, row in FULL_ROWS} == set(BY_ROW)


def test_changes_say_where_the_stream_stands_with_its_cursors(store: PonyStore) -> None:
    store.commit([opened(), posted(1, rev=4), Append(moves=(move(BEN, "delivered", 0, 1, at=50),))])
    page = store.changes(CHAT, 0, 2)
    assert (page.upto, page.head) == (2, 4)
    assert page.cursors == (Cursor(person=BEN, delivered=1, delivered_at=50),)
    assert store.changes(CHAT, 9, 2) == PageRows((), 9, more=False, head=4, cursors=page.cursors)


def test_changes_of_a_record_mix_the_kinds_in_order_of_revision(store: PonyStore) -> None:
    rows = (goal(1), goal_version(2), goal_phase(3), progress(4), excuse(5), progress(6, id_=0x71))
    store.commit([change(record(BEN), 0, *rows)])
    assert store.changes(record(BEN), 0, 10).rows == rows
    assert store.changes(record(BEN), 2, 3) == PageRows(rows[2:5], 5, more=True, head=6)
    assert store.load(record(BEN)).rows == rows
    assert store.changes(record(MAYA), 0, 10).rows == ()


def test_a_stream_that_does_not_exist_is_empty_at_revision_0(store: PonyStore) -> None:
    assert store.load(CHAT) == StreamRows(0, 0, (), ())
    assert store.changes(CHAT, 0, 10) == PageRows((), 0, more=False, head=0)
    assert store.messages(CHAT.id, before=None, after=None, limit=10) == ()
    assert store.receipts(CHAT.id, 1) == ()
    assert store.answer(MAYA, BEN) is None


def test_load_gives_every_row_but_messages_with_head_and_cursors(store: PonyStore) -> None:
    store.commit([opened(), posted(1, rev=4), Append(moves=(move(BEN, "delivered", 0, 1, at=50),))])
    loaded = store.load(CHAT)
    assert (loaded.rev, loaded.seq) == (4, 1)
    assert [type(row) for row in loaded.rows] == [Conversation, Member, Member]
    assert [row.rev for row in loaded.rows] == [1, 2, 3]
    assert loaded.cursors == (Cursor(person=BEN, delivered=1, delivered_at=50),)


def test_a_stream_holds_its_own_rows_only(store: PonyStore) -> None:
    store.commit([change(person(MAYA), 0, profile(1, "maya")), change(person(BEN), 0, device(1, 3))])
    assert store.load(person(MAYA)).rows == (profile(1, "maya"),)
    assert store.load(person(BEN)).rows == (device(1, 3),)
    assert store.load(record(MAYA)).rev == 0


def test_changes_come_in_pages_that_together_are_everything(store: PonyStore) -> None:
    store.commit([opened(), *(posted(n, rev=3 + n) for n in range(1, 8))])
    store.commit([change(CHAT, 10, Member(rev=11, person=BEN, windows=(Window(1, 8),)))])
    seen: list[int] = []
    after, more = 0, True
    while more:
        page = store.changes(CHAT, after, 3)
        seen += [row.rev for row in page.rows]
        after, more = page.upto, page.more
    # Ben's first row, at revision 3, is now at 11.
    assert seen == [1, 2, 4, 5, 6, 7, 8, 9, 10, 11]
    assert after == 11


def test_a_page_ends_where_the_answer_is_full(store: PonyStore) -> None:
    store.commit([posted(n, text="x" * 300) for n in range(1, 8)])
    room = 2 * packed_size(message(1, text="x" * 300))
    assert [row.rev for row in store.changes(CHAT, 0, 50, room=room).rows] == [1, 2]
    page = store.changes(CHAT, 2, 50, room=room)
    assert (page.upto, page.more) == (4, True)
    assert [row.rev for row in store.changes(CHAT, 0, 50, room=room - 1).rows] == [1]
    assert [row.rev for row in store.changes(CHAT, 0, 50, room=1).rows] == [1]
    last = store.changes(CHAT, 6, 50, room=1)
    assert ([row.rev for row in last.rows], last.upto, last.more) == ([7], 7, False)
    assert store.changes(CHAT, 0, 50).upto == 7


def test_a_page_that_just_fits_says_there_is_no_more(store: PonyStore) -> None:
    store.commit([posted(n) for n in (1, 2, 3)])
    assert [row.rev for row in store.changes(CHAT, 0, 3).rows] == [1, 2, 3]
    assert not store.changes(CHAT, 0, 3).more
    assert store.changes(CHAT, 3, 3) == PageRows((), 3, more=False, head=3)


def test_changes_of_a_person_mix_the_kinds_in_order_of_revision(store: PonyStore) -> None:
    rows = (device(1, 9), profile(2, "maya"), invitation(3, "CODE"), device(4, 8))
    store.commit([change(person(MAYA), 0, *rows)])
    assert store.changes(person(MAYA), 0, 10).rows == rows
    assert store.changes(person(MAYA), 1, 2) == PageRows(rows[1:3], 3, more=True, head=4)


@pytest.mark.parametrize(
    ("before", "after", "limit", "expected"),
    [
        (None, None, 3, [8, 9, 10]),
        (8, None, 3, [5, 6, 7]),
        (3, None, 3, [1, 2]),
        (1, None, 3, []),
        (None, 0, 3, [1, 2, 3]),
        (None, 8, 3, [9, 10]),
        (None, 10, 3, []),
    ],
)
def test_history_by_seq(
    store: PonyStore, before: int | None, after: int | None, limit: int, expected: list[int]
) -> None:
    store.commit([posted(n) for n in range(1, 11)])
    page = store.messages(CHAT.id, before=before, after=after, limit=limit)
    assert [row.seq for row in page] == expected


def test_cursors_merge_by_maximum_each_kind_for_itself(store: PonyStore) -> None:
    store.commit([Append(moves=(move(BEN, "delivered", 0, 5, 10), move(BEN, "read", 0, 3, 11)))])
    store.commit([Append(moves=(move(BEN, "delivered", 0, 4, 12), move(BEN, "read", 3, 5, 13)))])
    assert store.load(CHAT).cursors == (Cursor(person=BEN, delivered=5, delivered_at=10, read=5, read_at=13),)


def test_moves_of_one_member_in_one_batch_merge(store: PonyStore) -> None:
    store.commit(
        [Append(moves=(move(BEN, "read", 0, 2, 5),)), Append(moves=(move(BEN, "read", 2, 4, 6),)), Append(moves=())]
    )
    assert store.load(CHAT).cursors == (Cursor(person=BEN, read=4, read_at=6),)


def test_a_messages_times_are_those_of_the_moves_that_cover_it(store: PonyStore) -> None:
    store.commit([opened(people=(MAYA, BEN, EVE))])
    store.commit([Append(moves=(move(BEN, "delivered", 0, 2, 20), move(BEN, "read", 0, 1, 21)))])
    store.commit([Append(moves=(move(BEN, "delivered", 2, 5, 30), move(BEN, "read", 1, 5, 31)))])
    store.commit([Append(moves=(move(MAYA, "delivered", 0, 1, 40),))])
    quiet = Receipt(person=EVE)
    assert store.receipts(CHAT.id, 1) == (
        Receipt(person=MAYA, delivered_at=40),
        Receipt(person=BEN, delivered_at=20, read_at=21),
        quiet,
    )
    assert store.receipts(CHAT.id, 2)[1] == Receipt(person=BEN, delivered_at=20, read_at=31)
    assert store.receipts(CHAT.id, 3) == (
        Receipt(person=MAYA),
        Receipt(person=BEN, delivered_at=30, read_at=31),
        quiet,
    )
    assert store.receipts(CHAT.id, 6) == (Receipt(person=MAYA), Receipt(person=BEN), quiet)


def test_the_first_of_two_equal_moves_keeps_its_time(store: PonyStore) -> None:
    store.commit([opened(), Append(moves=(move(BEN, "read", 0, 2, 5), move(BEN, "read", 0, 2, 9)))])
    store.commit([Append(moves=(move(BEN, "read", 0, 2, 12),))])
    assert store.receipts(CHAT.id, 2)[1] == Receipt(person=BEN, read_at=5)


def test_a_changed_message_keeps_its_place_and_takes_the_new_revision(store: PonyStore) -> None:
    store.commit([posted(1), posted(2), posted(3)])
    edited = message(2, rev=4, text="corrected")
    assert store.commit([change(CHAT, 3, edited)]) == [Committed()]
    assert [row.seq for row in store.messages(CHAT.id, before=None, after=None, limit=9)] == [1, 2, 3]
    assert store.changes(CHAT, 3, 9) == PageRows((edited,), 4, more=False, head=4)
    assert store.load(CHAT).seq == 3


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 50])
def test_changed_messages_come_once_and_in_order_among_the_others(store: PonyStore, limit: int) -> None:
    store.commit([opened(), *(posted(n, rev=3 + n) for n in range(1, 4))])
    store.commit(
        [
            change(CHAT, 6, message(1, rev=7, text="once"), Member(rev=8, person=BEN, windows=(Window(1, 4),))),
            posted(4, rev=9),
            change(CHAT, 9, message(2, rev=10, text="corrected"), message(1, rev=11, text="twice")),
        ]
    )
    pages: list[list[tuple[type[AnyRow], int]]] = []
    after, more = 0, True
    while more:
        page = store.changes(CHAT, after, limit)
        pages.append([(type(row), row.rev) for row in page.rows])
        after, more = page.upto, page.more
    assert [len(rows) for rows in pages[:-1]] == [limit] * (len(pages) - 1)
    assert [one for rows in pages for one in rows] == [
        (Conversation, 1),
        (Member, 2),
        (Message, 6),
        (Member, 8),
        (Message, 9),
        (Message, 10),
        (Message, 11),
    ]


@pytest.mark.parametrize("after", [0, 3, 4, 99, 100, 249, 250])
def test_a_long_page_is_whole(store: PonyStore, after: int) -> None:
    store.commit([opened(), *(posted(n, rev=3 + n) for n in range(1, 251))])
    page = store.changes(CHAT, 3 + after, 500)
    assert [row.rev for row in page.rows] == list(range(4 + after, 254))
    assert (page.upto, page.more) == (253, False)
