"""A row that cannot be read stays where it is: it is reported once, and stops nobody."""

import pytest
from coachline_protocol.rows import Consent, Relationship, RelationshipStep
from coachline_server.store.port import Committed, Failed, StoreCorrupt
from coachline_server.store.tables import BY_ROW
from support.stored import (
    BEN,
    CHAT,
    MAYA,
    change,
    excuse,
    goal,
    goal_phase,
    goal_version,
    id_of,
    invitation,
    listed,
    opened,
    person,
    posted,
    profile,
    progress,
    record,
)
from support.stored import TestDatabase as Database


def damage(database: Database) -> None:
    """Put the text of message 1 into 2 and 3: it is sound, and not where it belongs."""
    first = "SELECT m.sealed_text FROM message AS m WHERE m.seq = 1"
    database.ask(f"UPDATE message SET sealed_text = ({first}) WHERE seq = 2 OR seq = 3")


def test_a_damaged_message_keeps_its_place_and_stops_nobody(database: Database) -> None:
    store = database.open()
    store.commit([opened(), listed(MAYA, 0), *(posted(n, rev=3 + n, author=BEN) for n in range(1, 5))])
    damage(database)
    page = store.messages(CHAT.id, before=None, after=0, limit=9)
    assert [(row.seq, row.kind, row.text) for row in page] == [
        (1, "text", "Well done!"),
        (2, "system", "unreadable"),
        (3, "system", "unreadable"),
        (4, "text", "Well done!"),
    ]
    assert [row.id for row in page] == [id_of(n) for n in (1, 2, 3, 4)]
    changes = store.changes(CHAT, 3, 9)
    assert ([row.rev for row in changes.rows], changes.upto) == ([4, 5, 6, 7], 7)
    assert store.commit([posted(5, rev=8)]) == [Committed()]


def test_each_damaged_row_is_reported_once_by_name_and_without_content(database: Database) -> None:
    store = database.open()
    store.commit([posted(n) for n in range(1, 4)])
    damage(database)
    for _ in range(3):
        store.messages(CHAT.id, before=None, after=0, limit=9)
    assert len(database.reported) == 2
    for problem, seq in zip(database.reported, (2, 3), strict=True):
        assert isinstance(problem, StoreCorrupt)
        assert f"A row of message cannot be read, key {CHAT.id.hex()}/{seq}: " in str(problem)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE message SET kind = 'poetry' WHERE seq = 2",
        "UPDATE message SET author = about, about = author WHERE seq = 99",
        "UPDATE message SET sealed_text = id WHERE seq = 2",
        "UPDATE message SET sealed_text = (SELECT sealed_text FROM message AS m WHERE m.seq = 1) WHERE seq = 2",
        "UPDATE message SET author = id WHERE seq = 2",
    ],
)
def test_whatever_is_wrong_with_a_message_its_neighbours_are_read(database: Database, damage: str) -> None:
    store = database.open()
    store.commit([posted(n) for n in range(1, 4)])
    database.ask(damage)
    page = store.messages(CHAT.id, before=None, after=0, limit=9)
    untouched = "99" in damage
    assert [row.text == "Well done!" for row in page] == [True, untouched, True]
    assert len(database.reported) == (0 if untouched else 1)


def test_a_message_that_is_not_even_a_place_is_left_out_and_the_page_leads_on(sqlite: Database) -> None:
    store = sqlite.open()
    store.commit([posted(n) for n in range(1, 4)])
    sqlite.ask("UPDATE message SET id = 'x' WHERE seq = 2")  # SQLite takes any type in any column
    first = store.changes(CHAT, 0, 2)
    assert ([row.rev for row in first.rows], first.upto, first.more) == ([1], 2, True)
    assert [row.rev for row in store.changes(CHAT, first.upto, 2).rows] == [3]


@pytest.mark.parametrize("column", ["rev", "at"])
@pytest.mark.parametrize("number", ["'soon'", "1.5", "-1", str(2**53)])
def test_a_message_with_a_number_that_cannot_be_is_left_out(sqlite: Database, column: str, number: str) -> None:
    store = sqlite.open()
    store.commit([posted(n) for n in range(1, 4)])
    sqlite.ask(f"UPDATE message SET {column} = {number} WHERE seq = 2")
    assert [row.seq for row in store.messages(CHAT.id, before=None, after=0, limit=9)] == [1, 3]
    assert len(sqlite.reported) == 1


@pytest.mark.parametrize(
    "damage",
    ["UPDATE invitation SET sealed_note = sealed_code", "UPDATE invitation SET state = 'lost'"],
)
def test_any_other_damaged_row_is_left_out(database: Database, damage: str) -> None:
    store = database.open()
    store.commit([change(person(MAYA), 0, profile(1, "maya"), invitation(2, "CODE"))])
    database.ask(damage)
    assert store.load(person(MAYA)).rows == (profile(1, "maya"),)
    assert len(database.reported) == 1


@pytest.mark.parametrize(
    ("table", "damage"),
    [
        ("goal", "state = 'lost'"),
        ("goal_version", "sealed_terms = id"),
        ("goal_version", "effective = 'soon'"),
        ("goal_phase", "since = '2026-02-30'"),
        ("progress", "sealed_measures = sealed_note"),
        ("progress", "sealed_note = (SELECT sealed_note FROM excuse)"),
        ("progress", "author = id"),
        ("excuse", "sealed_reason = sealed_note"),
        ("relationship_step", "deed = 'regretted'"),
        ("relationship", "set_goals = 'always'"),
    ],
)
def test_a_damaged_row_of_a_record_is_set_aside_and_reported_and_the_others_are_read(
    database: Database, table: str, damage: str
) -> None:
    consent = Consent(see_goals=True, see_progress=True)
    coached = Relationship(rev=6, trainer=MAYA, client=BEN, state="active", since=1, consent=consent)
    step = RelationshipStep(rev=7, id=id_of(1), trainer=MAYA, by=BEN, at=1, deed="begun", consent=consent)
    rows = (goal(1), goal_version(2), progress(3), excuse(4), goal_phase(5), coached, step)
    store = database.open()
    assert store.commit([change(record(BEN), 0, *rows)]) == [Committed()]
    database.ask(f"UPDATE {table} SET {damage}")
    left = tuple(row for row in rows if BY_ROW[type(row)].name != table)
    assert len(left) == len(rows) - 1
    assert store.load(record(BEN)).rows == left
    page = store.changes(record(BEN), 0, 50)
    assert (page.rows, page.upto) == (left, 7)
    (problem,) = database.reported
    assert f"A row of {table} cannot be read, key {BEN.hex()}/" in str(problem)
    assert store.commit([change(record(BEN), 7, progress(8, id_=0x71))]) == [Committed()]


def test_a_membership_with_damaged_windows_shows_nothing(database: Database) -> None:
    store = database.open()
    store.commit([opened(), listed(MAYA, 0), posted(1, rev=4, author=BEN)])
    database.ask("UPDATE member SET windows = '[[1'")
    (entry,) = store.conversations(MAYA, None, 9)
    assert (entry.last, entry.unread, entry.head) == (None, 0, 0)
    assert database.reported != []


def test_a_damaged_answer_fails_its_own_command_only(database: Database) -> None:
    store = database.open()
    store.commit([posted(1, id_=5)])
    database.ask("UPDATE answer SET sealed_reply = author")
    outcomes = store.commit([posted(2, id_=5), posted(2, id_=6)])
    assert isinstance(outcomes[0], Failed)
    assert isinstance(outcomes[0].error, StoreCorrupt)
    assert outcomes[1] == Committed()
    with pytest.raises(StoreCorrupt):
        store.answer(MAYA, id_of(5))
