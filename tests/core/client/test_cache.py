"""The cache file: its schema, its privacy, and that what is gone is gone."""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from coachline_core.client import facts
from coachline_core.client.cache import Cache, NewerCache
from coachline_core.client.cache.entities import define
from coachline_core.client.cache.schema import STEPS
from coachline_core.client.secrets import FileSecrets
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.ops import MessagePost
from coachline_protocol.rows import Cursor, Message, StreamId
from pony import orm

ME, OTHER, TALK, EPOCH = b"\x01" * 16, b"\x02" * 16, b"\x03" * 16, b"\x04" * 16
STREAM = StreamId("conversation", TALK)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    with closing(Cache(tmp_path / "cache.db")) as cache:
        yield cache


def message(seq: int, rev: int, text: str) -> Message:
    return Message(rev=rev, seq=seq, id=seq.to_bytes(16, "big"), author=OTHER, text=text, at=seq)


def post(n: int) -> facts.Queued:
    id = n.to_bytes(16, "big")
    return facts.Queued(id, STREAM, MessagePost(id=id, conversation=TALK, text=f"p{n}"))


def columns(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: connection.execute(f"SELECT * FROM pragma_table_info('{name}')").fetchall() for name in tables}


def test_the_ladder_leads_to_what_pony_expects(cache: Cache, tmp_path: Path) -> None:
    expected = orm.Database()
    define(expected)
    expected.bind("sqlite", str(tmp_path / "expected.db"), create_db=True)
    expected.generate_mapping(create_tables=True)
    expected.disconnect()
    found = []
    for name in ("cache.db", "expected.db"):
        connection = sqlite3.connect(tmp_path / name)
        found.append(columns(connection))
        connection.close()
    assert found[0] == found[1]


def test_a_cache_of_a_newer_version_is_left_alone(cache: Cache) -> None:
    cache.close()
    connection = sqlite3.connect(cache.file)
    connection.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    connection.close()
    before = cache.file.read_bytes()
    with pytest.raises(NewerCache):
        Cache(cache.file)
    assert cache.file.read_bytes() == before


def test_cache_and_token_can_be_read_by_their_owner_only(cache: Cache, tmp_path: Path) -> None:
    secrets = FileSecrets(tmp_path / "token")
    assert secrets.load() is None
    secrets.keep(b"one")
    secrets.keep(b"two")
    assert secrets.load() == b"two"
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("cache.db", "token")} == {0o600}
    secrets.forget()
    assert secrets.load() is None


def test_an_older_revision_never_replaces_a_newer_one(cache: Cache) -> None:
    cache.commit([facts.Grown(STREAM, EPOCH, 2, 1, (message(1, 2, "new"),))])
    cache.commit([facts.Filled(TALK, 1, 2, (message(1, 1, "old"),))])
    assert [m.text for m in cache.messages(TALK)] == ["new"]


def test_held_ranges_join(cache: Cache) -> None:
    for start, stop in ((5, 8), (1, 3), (8, 10), (3, 5)):
        cache.commit([facts.Filled(TALK, start, stop, ())])
    assert cache.held(TALK) == ((1, 10),)


def test_cursors_only_go_forward(cache: Cache) -> None:
    moves = [Cursor(person=OTHER, delivered=5, read=3), Cursor(person=OTHER, delivered=4, read=1)]
    cache.commit([facts.Grown(STREAM, EPOCH, 1, 0, ()), facts.CursorsMoved(TALK, tuple(moves))])
    (kept,) = cache.load().conversations
    assert [(c.delivered, c.read) for c in kept.cursors] == [(5, 3)]


def test_the_outbox_keeps_order_failure_and_retry(cache: Cache) -> None:
    refusal = Refusal(code=RefusalCode.TOO_OLD)
    cache.commit([post(1), post(2), post(3), facts.TurnedDown(post(1).id, refusal, 0)])
    cache.commit([facts.TurnedDown(post(2).id, Refusal(code=RefusalCode.BUSY), 0)])
    entries = cache.load().outbox
    assert [(entry.id[-1], entry.state, entry.refusal) for entry in entries] == [
        (1, "failed", refusal),
        (2, "queued", None),
        (3, "queued", None),
    ]
    cache.commit([facts.Retried(post(1).id), facts.Acknowledged(post(2).id)])
    assert [(entry.id[-1], entry.state) for entry in cache.load().outbox] == [(1, "queued"), (3, "queued")]


def test_a_list_of_facts_is_kept_as_a_whole_or_not_at_all(cache: Cache) -> None:
    with pytest.raises(TypeError):
        cache.commit([post(1), object()])  # type: ignore[list-item]
    assert cache.load().outbox == ()


def test_signing_off_leaves_nothing_in_the_file(cache: Cache) -> None:
    cache.commit(
        [
            facts.SignedInAs(ME, "maya@example.com"),
            facts.Grown(STREAM, EPOCH, 1, 1, (message(1, 1, "words of hers"),)),
            facts.Drafted(TALK, "words of mine"),
            post(1),
        ]
    )
    cache.commit([facts.SignedOff()])
    assert cache.load().person is None
    for file in cache.file.parent.iterdir():
        assert not any(words in file.read_bytes() for words in (b"words of", b"maya@example.com"))


def test_of_a_hundred_thousand_messages_a_session_begins_with_the_newest_and_reads_on_in_pages(cache: Cache) -> None:
    """Neither memory nor the start grows with what is kept: what a list shows is a window on it."""
    many = 100_000
    cache.commit([facts.SignedInAs(ME, "me")])
    cache.commit([facts.Retaken(STREAM, EPOCH, many, many, many, (message(many, many, "last"),))])
    for start in range(1, many, 5_000):
        page = tuple(message(seq, seq, f"m{seq}") for seq in range(start, min(start + 5_000, many)))
        cache.commit([facts.Filled(TALK, start, start + len(page), page)])
    cache.commit([facts.Saw(TALK, many)])
    (kept,) = cache.load().conversations
    older = cache.before(TALK, many // 2, 50)
    assert [each.seq for each in kept.newest] == list(range(many - 49, many + 1))
    assert (kept.held, [each.seq for each in older]) == (((1, many + 1),), list(range(many // 2 - 50, many // 2)))
    cache.close()
