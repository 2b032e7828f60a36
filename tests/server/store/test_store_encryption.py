"""What people wrote is encrypted by default, opens only where it belongs, and damage stays where it is."""

import json
from pathlib import Path

import pytest
from coachline_core.domain.streams import Answer
from coachline_protocol.ops import InvitationMade, SignedIn
from coachline_server.store.cipher import Unreadable, bound_to, key_of, open_key_file
from coachline_server.store.pony_store import PonyStore
from coachline_server.store.port import Append, Committed, Failed, Place, StoreCorrupt, StoreKeyProblem
from support.stored import BEN, CHAT, MAYA, change, id_of, invitation, listed, opened, person, posted, profile
from support.stored import TestDatabase as Database

SECRETS = ["knee surgery in March", "INVITE-7F3K-99QX", "a note about Ben's knee", "S" * 32]


def with_secrets(store: PonyStore) -> PonyStore:
    """A message, an invitation with a note, and answers that hold a code and a token."""
    answers = (
        Answer(MAYA, id_of(80), bytes(32), InvitationMade(rev=1, code=SECRETS[1], expires_at=3), 1),
        Answer(MAYA, id_of(81), bytes(32), SignedIn(person=MAYA, token=SECRETS[3].encode()), 1),
    )
    appends = [
        posted(1, text=SECRETS[0]),
        change(person(MAYA), 0, invitation(1, SECRETS[1], note=SECRETS[2])),
        Append(answers=answers),
    ]
    assert store.commit(appends) == [Committed()] * 3
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
    for table in ("message", "invitation", "answer"):
        values = [value for row in database.ask(f"SELECT * FROM {table}") for value in row]
        held = repr([bytes(value) if isinstance(value, memoryview) else value for value in values])
        assert [secret for secret in SECRETS if secret in held] == []


def test_files_are_for_their_owner_only(sqlite: Database) -> None:
    with_secrets(sqlite.open())
    modes = {file.name: file.stat().st_mode & 0o777 for file in sqlite.folder.iterdir()}
    assert set(modes) == {"coachline.db", "coachline.db-wal", "coachline.db-shm", "coachline.key"}
    assert set(modes.values()) == {0o600}


def test_everything_reads_back_in_the_next_process(database: Database) -> None:
    with_secrets(database.open()).close()
    store = database.open()
    assert store.messages(CHAT.id, before=None, after=0, limit=9)[0].text == SECRETS[0]
    assert store.load(person(MAYA)).rows == (invitation(1, SECRETS[1], note=SECRETS[2]),)
    answer = store.answer(MAYA, id_of(81))
    assert answer is not None
    assert answer.reply == SignedIn(person=MAYA, token=SECRETS[3].encode())
    assert store.invitation(SECRETS[1]) == (MAYA, invitation(1, "").id)
    assert database.reported == []


# -- rows that cannot be read


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
    database.ask("UPDATE answer SET sealed_answer = author")
    outcomes = store.commit([posted(2, id_=5), posted(2, id_=6)])
    assert isinstance(outcomes[0], Failed)
    assert isinstance(outcomes[0].error, StoreCorrupt)
    assert outcomes[1] == Committed()
    with pytest.raises(StoreCorrupt):
        store.answer(MAYA, id_of(5))


# -- keys


def keys_in_use(database: Database) -> set[int]:
    columns = (("message", "sealed_text"), ("answer", "sealed_answer"), ("invitation", "sealed_note"))
    return {
        key_of(bytes(value)) for table, column in columns for (value,) in database.ask(f"SELECT {column} FROM {table}")
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
    assert store.load(person(MAYA)).rows == (invitation(1, SECRETS[1], note=SECRETS[2]),)
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
    place = bound_to("message", CHAT.id, 1, MAYA)
    sealed = cipher.seal(b"hello", place)
    assert cipher.open(sealed, place) == b"hello"
    assert cipher.seal(b"hello", place) != sealed
    for other in (bound_to("message", CHAT.id, 2, MAYA), bound_to("message", CHAT.id, 1, BEN), b""):
        with pytest.raises(Unreadable):
            cipher.open(sealed, other)
    for at in range(len(sealed)):
        broken = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(Unreadable):
            cipher.open(broken, place)
        with pytest.raises(Unreadable):
            cipher.open(sealed[:at], place)


def test_no_two_places_look_alike() -> None:
    assert bound_to("ab", "c") != bound_to("a", "bc")
    assert bound_to("a") != bound_to("a", "")


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
