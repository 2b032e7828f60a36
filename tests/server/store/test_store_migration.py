"""A database of the first version, with people's data in it, is brought to this one and keeps everything."""

import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from coachline_protocol.ops import Head
from coachline_protocol.rows import Consent, Relationship
from coachline_server.store.cipher import bound_to, open_key_file
from coachline_server.store.port import Committed
from support.postgres import PostgresServer
from support.stored import BEN, CHAT, MAYA, change, goal, id_of, message, record
from support.stored import TestDatabase as Database
from yoyo import get_backend, read_migrations

FIRST = "0001.initial.sql"


@pytest.fixture(params=["sqlite", "postgres"])
def first_version(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database that only the first migration was applied to."""
    kind: str = request.param
    if kind == "sqlite":
        database: Database = request.getfixturevalue("sqlite")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        name = server.new_database(migrated=False)
        database = Database(kind, server.url(name), tmp_path, lambda sql: server.ask(sql, name))
    only = tmp_path / "only the first"
    only.mkdir()
    shutil.copy(str(files("coachline_server.store") / "migrations" / kind / FIRST), only)
    with get_backend(database.url) as backend:
        backend.apply_migrations(read_migrations(str(only)))
    yield database
    if kind == "postgres":
        database.close()
        server.drop(name)


def blob(database: Database, value: bytes) -> str:
    return f"X'{value.hex()}'" if database.kind == "sqlite" else f"'\\x{value.hex()}'"


def test_what_was_kept_before_coaching_is_kept(first_version: Database) -> None:
    ids = {"maya": MAYA, "ben": BEN, "chat": CHAT.id, "said": id_of(7)}
    held = {name: blob(first_version, value) for name, value in ids.items()}
    cipher = open_key_file(first_version.key_file, create=True)
    place = bound_to(("message", "sealed_text", CHAT.id, 1, MAYA, ids["said"]))
    text = blob(first_version, cipher.seal(b"Well done!", place))
    for sql in (
        f"INSERT INTO stream VALUES ('conversation', {held['chat']}, 4, 1, 1001), ('record', {held['ben']}, 3, 0, 0)",
        "INSERT INTO message VALUES "
        f"({held['chat']}, 1, 4, {held['said']}, {held['maya']}, 'text', {text}, 1001, NULL)",
        "INSERT INTO relationship VALUES "
        f"({held['ben']}, {held['maya']}, 3, 'active', 2, true, 'propose', false, true)",
    ):
        first_version.ask(sql)

    store = first_version.open()
    before = message(1, rev=4, id_=7)
    consent = Consent(see_goals=True, set_goals="propose", see_presence=True)
    coached = Relationship(rev=3, trainer=MAYA, client=BEN, state="active", since=2, consent=consent)
    assert store.messages(CHAT.id, before=None, after=0, limit=9) == (before,)
    assert store.load(record(BEN)).rows == (coached,)
    assert store.heads(MAYA, None, 9) == (Head(stream=record(BEN), rev=3),)
    assert first_version.reported == []
    assert store.commit([change(record(BEN), 3, goal(4))]) == [Committed()]
    assert store.load(record(BEN)).rows == (coached, goal(4))
    store.close()
    assert first_version.open().load(record(BEN)).rows == (coached, goal(4))
