"""Full disks, cut connections, killed writers, several writers, threads: what was acknowledged stays."""

import itertools
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from coachline_server.store import sqlite as sqlite_engine
from coachline_server.store.pony_store import PonyStore
from coachline_server.store.port import (
    Committed,
    Failed,
    LastSeen,
    Outcome,
    OutcomeUnknown,
    StoreError,
    StoreFull,
)
from support.postgres import PostgresServer
from support.stored import CHAT, conversation, facts, id_of, posted
from support.stored import TestDatabase as Database


def rev(store: PonyStore) -> int:
    return store.load(CHAT).rev


def errors_of(outcomes: list[Outcome]) -> list[type[StoreError]]:
    return [type(outcome.error) for outcome in outcomes if isinstance(outcome, Failed)]


# -- the disk


def test_a_full_disk_refuses_what_does_not_fit_and_loses_nothing(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite.open().close()
    pages = sqlite.ask("PRAGMA page_count")[0][0]
    monkeypatch.setattr(sqlite_engine, "PRAGMAS", (*sqlite_engine.PRAGMAS, f"max_page_count = {pages + 4}"))
    store = sqlite.open()
    acknowledged = 0
    outcome: Outcome = Committed()
    while outcome == Committed():
        acknowledged += 1
        (outcome,) = store.commit([posted(acknowledged, text="x" * 2_000)])
    acknowledged -= 1
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, StoreFull)
    assert acknowledged > 0
    batch = [posted(acknowledged + 1, text="y" * 20_000), facts(LastSeen(id_of(1), 5))]
    assert [type(one) for one in store.commit(batch)] == [Failed, Committed]  # what fits is not spoilt
    assert rev(store) == acknowledged
    monkeypatch.undo()
    roomy = sqlite.open()
    assert len(roomy.messages(CHAT.id, before=None, after=0, limit=99)) == acknowledged
    assert roomy.commit([posted(acknowledged + 1)]) == [Committed()]


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """The operating system refuses writes beyond `size` bytes of any file, as a failing disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_when_the_disk_fails_during_commit_nobody_is_told_what_is_not_known(sqlite: Database) -> None:
    store = sqlite.open()
    assert store.commit([posted(1)]) == [Committed()]
    log = sqlite.file.with_name("coachline.db-wal")
    with no_file_larger_than(log.stat().st_size + 100):
        outcomes = store.commit([posted(2), posted(3)])
    assert errors_of(outcomes) == [OutcomeUnknown, OutcomeUnknown]
    stands = rev(store)
    assert stands in (1, 3)
    assert store.commit([posted(stands + 1, id_=9)]) == [Committed()]


# -- the connection


def hang_up(database: Database) -> None:
    database.ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def test_a_lost_connection_is_made_anew_where_nothing_was_at_stake(postgresql: Database) -> None:
    store = postgresql.open()
    store.commit([posted(1)])
    hang_up(postgresql)
    assert rev(store) == 1
    hang_up(postgresql)
    assert store.commit([posted(2), posted(3)]) == [Committed(), Committed()]


def test_a_connection_lost_during_commit_leaves_the_outcome_unknown(postgresql: Database) -> None:
    store = postgresql.open()
    store.commit([posted(1)])
    # A deferred trigger runs within COMMIT.
    postgresql.ask(
        "CREATE FUNCTION hang_up() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
    )
    postgresql.ask(
        "CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON message DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION hang_up()"
    )
    outcomes = store.commit([posted(2), posted(3)])
    assert errors_of(outcomes) == [OutcomeUnknown, OutcomeUnknown]
    postgresql.ask("DROP TRIGGER cut ON message")
    assert rev(store) == 1
    assert store.commit([posted(2)]) == [Committed()]


def test_a_server_that_is_gone_is_an_error_until_it_is_back(postgresql: Database, postgres: PostgresServer) -> None:
    store = postgresql.open()
    (name,) = postgresql.ask("SELECT current_database()")[0]
    postgres.ask(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    postgres.ask(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    with pytest.raises(StoreError, match="connection to the database was lost"):
        rev(store)
    (outcome,) = store.commit([posted(1)])
    assert isinstance(outcome, Failed)
    assert not isinstance(outcome.error, OutcomeUnknown)
    postgres.ask(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert store.commit([posted(1)]) == [Committed()]


# -- other processes


def writer(database: Database, number: int, how_many: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "support.store_writer", database.url, database.key_file, str(number), str(how_many)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )


def acknowledged_by(process: "subprocess.Popen[str]") -> list[int]:
    assert process.stdout is not None
    with process.stdout:
        return [int(line) for line in process.stdout if line.endswith("\n")]


def test_two_processes_write_one_gapless_order(database: Database) -> None:
    database.open().close()
    writers = [writer(database, number, 30) for number in (1, 2)]
    told = [acknowledged_by(process) for process in writers]
    assert [process.wait() for process in writers] == [0, 0]
    assert sorted(told[0] + told[1]) == list(range(1, 61))
    rows = database.open().messages(CHAT.id, before=None, after=0, limit=99)
    for number, seqs in zip((1, 2), told, strict=True):
        assert [row.text for row in rows if row.seq in seqs] == [f"{number}:{n}" for n in range(30)]


@pytest.mark.parametrize("after", [1, 17, 60])
def test_what_a_killed_writer_acknowledged_is_there(database: Database, after: int) -> None:
    database.open().close()
    process = writer(database, 1, 1_000_000)
    assert process.stdout is not None
    for _ in itertools.islice(process.stdout, after):
        pass
    process.send_signal(signal.SIGKILL)
    rest = acknowledged_by(process)
    process.wait()
    told = after + len(rest)
    store = database.open()
    assert rev(store) in (told, told + 1)  # committed, and killed before it could say so
    rows = store.messages(CHAT.id, before=None, after=0, limit=told + 9)
    assert [row.text for row in rows[:told]] == [f"1:{n}" for n in range(told)]
    assert database.reported == []
    assert store.commit([posted(rev(store) + 1, id_=7)]) == [Committed()]


# -- threads


def test_readers_on_their_own_threads_see_whole_commits_only(database: Database) -> None:
    store = database.open()
    chats = [conversation(1), conversation(2)]
    stop, torn, reads = threading.Event(), list[tuple[int, int]](), [0]

    def read() -> None:
        while not stop.is_set():
            # One read: the head and the rows below it belong together.
            page = store.changes(chats[1], 0, 1_000)
            if len(page.rows) != page.upto:
                torn.append((len(page.rows), page.upto))
            reads[0] += 1

    readers = [threading.Thread(target=read) for _ in range(3)]
    for thread in readers:
        thread.start()
    try:
        for seq in range(1, 41):
            both = [posted(seq, id_=seq * 2 + n, at=chat) for n, chat in enumerate(chats)]
            assert store.commit(both) == [Committed()] * 2
    finally:
        stop.set()  # also after a failure, or they would read for ever
        for thread in readers:
            thread.join()
    assert (torn, reads[0] > 0) == ([], True)


def test_on_one_thread_reads_and_writes_alternate(database: Database) -> None:
    store, other = database.open(), database.open()
    for seq in range(1, 6):
        writes, reads = (store, other) if seq % 2 else (other, store)
        assert writes.commit([posted(seq)]) == [Committed()]
        assert rev(reads) == seq


def test_close_ends_the_connections_of_every_thread(database: Database) -> None:
    store = database.open()
    threads = [threading.Thread(target=rev, args=(store,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store._engine._connections) == 4
    store.close()
    assert store._engine._connections == []
    store.close()
    with pytest.raises(StoreError):
        rev(store)
