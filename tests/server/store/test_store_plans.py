"""No statement walks through a whole table: what a read costs does not grow with what is kept."""

import re
from collections.abc import Callable

import pytest
from coachline_server.store.engine import Values
from coachline_server.store.pony_store import PonyStore
from coachline_server.store.port import (
    AnswersForgotten,
    Append,
    Arriving,
    Credential,
    LastSeen,
    Place,
    Store,
    TokenIssued,
    TokensDropped,
    TokenUsed,
)
from coachline_server.store.sqlite import SqliteStatements
from coachline_server.store.tables import TABLES
from support.stored import (
    BEN,
    CHAT,
    MAYA,
    change,
    device,
    excuse,
    facts,
    goal,
    goal_phase,
    goal_version,
    id_of,
    invitation,
    listed,
    move,
    opened,
    person,
    posted,
    profile,
    progress,
    record,
    template,
)
from support.stored import TestDatabase as Database

OURS = re.compile(r"^SCAN (?!(given|wanted|seen|mine|CONSTANT|\d))(\w+)")

WHATEVER_THE_STORE_IS_ASKED: dict[str, Callable[[Store], object]] = {
    "load a conversation": lambda store: store.load(CHAT),
    "load a person": lambda store: store.load(person(MAYA)),
    "load a record": lambda store: store.load(record(BEN)),
    "changes": lambda store: (store.changes(CHAT, 2, 50), store.changes(person(MAYA), 0, 50)),
    "changes of a record": lambda store: store.changes(record(BEN), 2, 50),
    "history": lambda store: (
        store.messages(CHAT.id, before=3, after=None, limit=50),
        store.messages(CHAT.id, before=None, after=1, limit=50),
        store.messages(CHAT.id, before=None, after=None, limit=50),
    ),
    "receipts": lambda store: store.receipts(CHAT.id, 1),
    "answer": lambda store: store.answer(MAYA, id_of(1)),
    "heads": lambda store: (store.heads(MAYA, None, 50), store.heads(MAYA, CHAT, 50)),
    "conversations": lambda store: (
        store.conversations(MAYA, None, 50),
        store.conversations(MAYA, (5, CHAT.id), 50),
    ),
    "people": lambda store: (store.people(MAYA, None, 50), store.person(BEN)),
    "signing in": lambda store: (
        store.account("maya"),
        store.arrivals([Arriving(b"t" * 32, standing=True, heads=50), Arriving(b"u" * 32)]),
        store.devices_last_used(MAYA),
        store.invitation("CODE"),
        store.last_seen([MAYA, BEN]),
    ),
    "commit": lambda store: store.commit(
        [
            posted(3, rev=6, id_=7),
            posted(3, id_=8),
            change(person(BEN), 0, device(1, 9), invitation(2, "OTHER", id_=5), template(3)),
            change(record(BEN), 4, goal(5), goal_version(6), goal_phase(7), progress(8), excuse(9)),
            Append(moves=(move(BEN, "read", 0, 1), move(BEN, "delivered", 0, 1))),
            facts(Credential(BEN, "ben", "h"), TokenIssued(BEN, id_of(9), b"b" * 32, 1), LastSeen(BEN, 1)),
            facts(TokenUsed(id_of(9), b"b" * 32, 1), TokensDropped(id_of(9))),
        ]
    ),
    "sweep": lambda store: (
        store.revisions([CHAT, person(MAYA)]),
        store.shut_out([id_of(3), id_of(9)]),
        store.passing(id_of(9), 50),
        store.commit([facts(AnswersForgotten(id_of(9)))]),
    ),
    "reencrypt": lambda store: (
        store.reencrypt(Place("message", (CHAT.id, 1)), 50),
        store.reencrypt(Place("progress", (BEN, id_of(1))), 50),
    ),
}


def filled(store: PonyStore) -> PonyStore:
    store.commit([opened(), posted(1, rev=4), posted(2, rev=5, author=BEN), listed(MAYA, 0)])
    store.commit([change(person(MAYA), 1, profile(2, "maya"), device(3, 3), invitation(4, "CODE"))])
    store.commit([change(record(BEN), 0, goal(1), goal_version(2), progress(3), excuse(4))])
    store.commit([facts(Credential(MAYA, "maya", "h"), TokenIssued(MAYA, id_of(3), b"t" * 32, 1))])
    return store


def plan(store: PonyStore, sql: str, values: Values) -> list[str]:
    """How SQLite goes about a statement, step by step."""
    return [step[3] for step in store._engine.read(lambda s: s.all(f"EXPLAIN QUERY PLAN {sql}", values))]


@pytest.mark.parametrize("what", WHATEVER_THE_STORE_IS_ASKED)
def test_no_table_is_scanned(sqlite: Database, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    store = filled(sqlite.open())
    said: list[tuple[str, Values]] = []
    run = SqliteStatements.run

    def remember(self: SqliteStatements, sql: str, values: Values = ()) -> None:
        said.append((sql, tuple(values)))
        run(self, sql, values)

    monkeypatch.setattr(SqliteStatements, "run", remember)
    WHATEVER_THE_STORE_IS_ASKED[what](store)
    monkeypatch.undo()
    assert said != []
    plans = {sql: plan(store, sql, values) for sql, values in said}
    scans = {sql: steps for sql, steps in plans.items() if any(OURS.match(step) for step in steps)}
    assert scans == {}


SORTED = re.compile(r"TEMP B-TREE")


@pytest.mark.parametrize("table", [table.name for table in TABLES if table.kind == "record"])
def test_what_changed_in_a_record_is_found_by_its_revision(sqlite: Database, table: str) -> None:
    """A page of a long record costs what is on it: the rows come in order, from where the reader stands."""
    store = filled(sqlite.open())
    sql = f"SELECT * FROM {table} WHERE client = ? AND rev > ? ORDER BY rev LIMIT ?"
    steps = plan(store, sql, (BEN, 2, 50))
    few = table == "relationship"  # one row a trainer
    assert any("rev>?" in step for step in steps) is not few
    assert any(SORTED.search(step) for step in steps) is few


def test_a_scan_would_be_noticed(sqlite: Database) -> None:
    store = filled(sqlite.open())
    steps = plan(store, "SELECT * FROM message WHERE author = ?", (MAYA,))
    assert [bool(OURS.match(step)) for step in steps] == [True]
