"""What people wrote is encrypted by default, and opens only where it belongs."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from coachline_core.domain.streams import Answer
from coachline_protocol.ops import InvitationMade, MessagePost, SignedIn
from coachline_protocol.ops.coaching import Reason
from coachline_protocol.rows import AnyRow, Id, StreamId
from coachline_server.store.cipher import (
    ID_BYTES,
    NONCE_BYTES,
    NONCES_DRAWN,
    Unreadable,
    bound_to,
    key_of,
    open_key_file,
)
from coachline_server.store.pony_store import PonyStore
from coachline_server.store.port import Append, Committed, Place, StoreKeyProblem
from coachline_server.store.tables import TABLES
from msgspec.structs import replace
from support.stored import (
    BEN,
    CHAT,
    EVE,
    MAYA,
    change,
    excuse,
    goal,
    goal_version,
    id_of,
    invitation,
    person,
    posted,
    progress,
    record,
    template,
)
from support.stored import TestDatabase as Database

SECRETS = [
    "knee surgery in March",
    "INVITE-7F3K-99QX",
    "a note about Ben's knee",
    "S" * 32,
    "Lose the belly",
    "why the belly must go",
    "98765.4321",
    "a whole cake",
    "the flu again",
    "Belly template",
    "twelve weeks without cake",
]
SEALED = {
    "message": ["sealed_text"],
    "answer": ["sealed_reply"],
    "invitation": ["sealed_code", "sealed_note"],
    "goal_version": ["sealed_terms"],
    "progress": ["sealed_measures", "sealed_note"],
    "excuse": ["sealed_reason", "sealed_note"],
    "template": ["sealed_title", "sealed_targets", "sealed_note"],
}
PRIVATE = ["terms", "measures", "note", "reason", "text", "code", "title", "targets"]
"""Fields that say what people wrote, measured or suffer from."""
RECORD = (
    goal(1),
    goal_version(2, title=SECRETS[4], note=SECRETS[5]),
    progress(3, amount=SECRETS[6], note=SECRETS[7]),
    excuse(4, note=SECRETS[8]),
)


def with_secrets(store: PonyStore) -> PonyStore:
    """A message, an invitation with a note, a record, and answers that hold a code and a token."""
    answers = (
        Answer(MAYA, id_of(80), bytes(32), InvitationMade(rev=1, code=SECRETS[1], expires_at=3), 1, lasting=True),
        Answer(MAYA, id_of(81), bytes(32), SignedIn(person=MAYA, token=SECRETS[3].encode()), 1, lasting=True),
    )
    appends = [
        posted(1, text=SECRETS[0]),
        change(person(MAYA), 0, invitation(1, SECRETS[1], note=SECRETS[2])),
        change(person(MAYA), 1, template(2, title=SECRETS[9], note=SECRETS[10])),
        change(record(BEN), 0, *RECORD),
        Append(answers=answers),
    ]
    assert store.commit(appends) == [Committed()] * len(appends)
    return store


def test_nothing_secret_is_in_the_files(sqlite: Database) -> None:
    store = with_secrets(sqlite.open())
    assert {"coachline.db", "coachline.db-wal"} <= {file.name for file in sqlite.folder.iterdir()}

    def found() -> list[tuple[str, str]]:
        held = {file.name: file.read_bytes() for file in sqlite.folder.iterdir()}
        return [(name, secret) for name, raw in held.items() for secret in SECRETS if secret.encode() in raw]

    assert found() == []
    assert MAYA in sqlite.file.with_name("coachline.db-wal").read_bytes()  # the search does find what is there
    store.close()
    assert found() == []
    assert MAYA in sqlite.file.read_bytes()


def test_nothing_secret_is_in_the_tables(database: Database) -> None:
    with_secrets(database.open())
    for table in SEALED:
        values = [value for row in database.ask(f"SELECT * FROM {table}") for value in row]
        held = repr([bytes(value) if isinstance(value, memoryview) else value for value in values])
        assert [secret for secret in SECRETS if secret in held] == []


def test_every_private_field_is_in_an_encrypted_column() -> None:
    columns = [(table.name, column) for table in TABLES for column in table.columns if column.form != "hash"]
    titles = {("conversation", "title")}  # of a room, which everybody may read
    private = {(name, c.name) for name, c in columns if c.field in PRIVATE} - titles
    assert private | {("answer", "sealed_reply")} == {(name, c) for name, held in SEALED.items() for c in held}
    assert all(column.startswith("sealed_") for _, column in private)
    assert {t.name for t in TABLES if t.sealed_columns()} == {*SEALED} - {"answer"}


def test_a_reason_is_not_told_by_its_length(database: Database) -> None:
    rows = [replace(excuse(n, id_=n), reason=reason) for n, reason in enumerate(get_args(Reason), 1)]
    store = database.open()
    assert store.commit([change(record(BEN), 0, *rows)]) == [Committed()]
    assert len({len(bytes(value)) for (value,) in database.ask("SELECT sealed_reason FROM excuse")}) == 1
    assert store.load(record(BEN)).rows == tuple(rows)


def test_files_are_for_their_owner_only(sqlite: Database) -> None:
    with_secrets(sqlite.open())
    modes = {file.name: file.stat().st_mode & 0o777 for file in sqlite.folder.iterdir()}
    assert set(modes) == {"coachline.db", "coachline.db-wal", "coachline.db-shm", "coachline.key"}
    assert set(modes.values()) == {0o600}


def test_everything_reads_back_in_the_next_process(database: Database) -> None:
    with_secrets(database.open()).close()
    store = database.open()
    assert store.messages(CHAT.id, before=None, after=0, limit=9)[0].text == SECRETS[0]
    assert store.load(record(BEN)).rows == RECORD
    assert store.load(person(MAYA)).rows[0] == invitation(1, SECRETS[1], note=SECRETS[2])
    answer = store.answer(MAYA, id_of(81))
    assert answer is not None
    assert answer.reply == SignedIn(person=MAYA, token=SECRETS[3].encode())
    assert store.invitation(SECRETS[1]) == (MAYA, invitation(1, "").id)
    assert database.reported == []


@pytest.mark.parametrize("table", [name for name in SEALED if name not in ("message", "answer")])
def test_what_is_moved_to_another_row_or_another_person_does_not_open(database: Database, table: str) -> None:
    kinds: dict[str, tuple[Callable[[Id], StreamId], Callable[[int], AnyRow]]] = {
        "invitation": (person, lambda rev: invitation(rev, f"CODE{rev}", id_=rev)),
        "goal_version": (record, lambda rev: goal_version(rev, id_=rev)),
        "progress": (record, lambda rev: progress(rev, id_=rev)),
        "excuse": (record, lambda rev: excuse(rev, id_=rev)),
        "template": (person, lambda rev: template(rev, id_=rev)),
    }
    stream, make = kinds[table]
    store = database.open()
    store.commit([change(stream(BEN), 0, make(1), make(2))])
    first = f"(SELECT t.{SEALED[table][0]} FROM {table} AS t WHERE t.rev = 1)"
    database.ask(f"UPDATE {table} SET {SEALED[table][0]} = {first} WHERE rev = 2")
    assert store.load(stream(BEN)).rows == (make(1),)
    owner = "client" if stream is record else "person"
    other = f"X'{EVE.hex()}'" if database.kind == "sqlite" else f"'\\x{EVE.hex()}'"
    database.ask(f"UPDATE {table} SET {owner} = {other}")
    assert store.load(stream(EVE)).rows == ()


def test_a_commands_digest_tells_contents_apart_and_is_of_no_use_without_the_key(
    database: Database, tmp_path: Path
) -> None:
    said, other = (MessagePost(id=id_of(1), conversation=CHAT.id, text=text) for text in ("knee", "shoulder"))
    store = database.open()
    digest = store.digest(said)
    assert digest == store.digest(said) != store.digest(other)
    assert open_key_file(tmp_path / "another.key", create=True).digest(msgspec.msgpack.encode(said)) != digest
    store.rotate_key()
    assert store.digest(said) == digest
    store.close()
    assert database.open().digest(said) == digest


# -- keys


def keys_in_use(database: Database) -> set[int]:
    return {
        key_of(bytes(value))
        for table, columns in SEALED.items()
        for row in database.ask(f"SELECT {', '.join(columns)} FROM {table}")
        for value in row
        if value is not None
    }


def test_rotation_leaves_old_rows_readable_and_reencryption_ends_their_key(database: Database) -> None:
    store = with_secrets(database.open())
    store.commit([posted(n) for n in range(2, 8)])
    assert store.rotate_key() == 2
    store.commit([posted(8)])
    assert keys_in_use(database) == {1, 2}
    before = store.messages(CHAT.id, before=None, after=0, limit=99)
    steps, place = 0, store.reencrypt(None, 3)
    while place is not None:
        assert isinstance(place, Place)
        steps, place = steps + 1, store.reencrypt(place, 3)
    assert steps > 4
    assert keys_in_use(database) == {2}
    assert store.messages(CHAT.id, before=None, after=0, limit=99) == before
    held = json.loads(database.key_file.read_text())
    del held["keys"]["1"]
    database.key_file.write_text(json.dumps(held))
    store.close()
    database.ask("DELETE FROM meta WHERE key = 'key_check'")
    store = database.open()
    assert store.messages(CHAT.id, before=None, after=0, limit=99) == before
    assert store.load(person(MAYA)).rows[0] == invitation(1, SECRETS[1], note=SECRETS[2])
    assert store.load(person(MAYA)).rows[1] == template(2, title=SECRETS[9], note=SECRETS[10])
    assert store.load(record(BEN)).rows == RECORD
    assert store.answer(MAYA, id_of(81)) is not None
    assert store.invitation(SECRETS[1]) is not None


def test_reencryption_reports_what_it_cannot_read_and_goes_on(database: Database) -> None:
    store = database.open()
    store.commit([posted(n) for n in range(1, 4)])
    database.ask("UPDATE message SET sealed_text = id WHERE seq = 2")
    store.rotate_key()
    place = store.reencrypt(None, 50)
    while place is not None:
        place = store.reencrypt(place, 50)
    assert len(database.reported) == 1
    keys = [key_of(bytes(text)) for (text,) in database.ask("SELECT sealed_text FROM message ORDER BY seq")]
    assert (keys[0], keys[2]) == (2, 2)


def test_a_rotation_of_another_process_is_not_lost(sqlite: Database) -> None:
    one, other = sqlite.open(), sqlite.open()
    assert (one.rotate_key(), other.rotate_key(), one.rotate_key()) == (2, 3, 4)
    assert set(json.loads(sqlite.key_file.read_text())["keys"]) == {"1", "2", "3", "4"}


def test_a_sealed_value_opens_only_where_it_was_sealed(tmp_path: Path) -> None:
    cipher = open_key_file(tmp_path / "key", create=True)
    place = bound_to(("message", CHAT.id, 1, MAYA))
    sealed = cipher.seal(b"hello", place)
    assert cipher.open(sealed, place) == b"hello"
    assert cipher.seal(b"hello", place) != sealed
    for other in (bound_to(("message", CHAT.id, 2, MAYA)), bound_to(("message", CHAT.id, 1, BEN)), b""):
        with pytest.raises(Unreadable):
            cipher.open(sealed, other)
    for at in range(len(sealed)):
        broken = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(Unreadable):
            cipher.open(broken, place)
        with pytest.raises(Unreadable):
            cipher.open(sealed[:at], place)


def test_no_nonce_is_used_twice_by_however_many_threads(tmp_path: Path) -> None:
    """Two values sealed under one key and nonce would give each other away."""
    cipher = open_key_file(tmp_path / "key", create=True)
    each = 3 * NONCES_DRAWN

    def seal(_: int) -> list[bytes]:
        return [cipher.seal(b"text", b"")[ID_BYTES : ID_BYTES + NONCE_BYTES] for _ in range(each)]

    with ThreadPoolExecutor(4) as threads:
        nonces = [nonce for sealed in threads.map(seal, range(4)) for nonce in sealed]
    assert len(set(nonces)) == 4 * each


def test_no_two_places_look_alike() -> None:
    assert bound_to(("ab", "c")) != bound_to(("a", "bc"))
    assert bound_to(("a",)) != bound_to(("a", ""))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"current": 1, "lookup": "", "keys": {}}',
        '{"current": 1, "lookup": "AA==", "keys": {"1": "AA=="}}',
    ],
)
def test_a_damaged_key_file_is_refused_with_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "key").write_text(content)
    with pytest.raises(StoreKeyProblem, match="damaged"):
        open_key_file(tmp_path / "key", create=True)


def test_a_key_file_that_cannot_be_kept_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreKeyProblem, match="cannot be written"):
        open_key_file(tmp_path / "missing" / "key", create=True)
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreKeyProblem, match="cannot be read"):
        open_key_file(tmp_path / "folder", create=False)
