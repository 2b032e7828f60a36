"""Accounts and invitations from the command line, on a real database."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from coachline_core.domain.person import person_stream
from coachline_core.domain.streams import Changed
from coachline_core.runtime.seams import Ids, SystemClock, SystemEntropy
from coachline_protocol.ops import InvitationCreate
from coachline_protocol.rows import Device, Id, Invitation, Profile
from coachline_server.accounts import ATTEMPTS, Accounts, NewAccount, generated_password
from coachline_server.data_folder import DataFolder
from coachline_server.exits import Exit, Stopped
from coachline_server.store.opening import open_store
from coachline_server.store.port import Append, Committed, Moved, Outcome, Store, StoreFull, TokenIssued
from support.stored import owner

CLOCK = SystemClock()
IDS = Ids(CLOCK, SystemEntropy())
MAYA = NewAccount("Maya@Example.org", "Maya  Lind", "Europe/Vienna", ("trainer",), "correct horse battery")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    folder = DataFolder(tmp_path)
    opened = open_store(folder.database_url, folder.key)
    yield opened
    opened.close()


@pytest.fixture
def accounts(store: Store) -> Accounts:
    return Accounts(store, CLOCK, IDS, lambda password: f"hashed {len(password)}")


def with_device(store: Store, person: Id) -> Device:
    """Let a person have signed in on a device with a token."""
    stream = person_stream(person)
    rev = store.load(stream).rev
    device = Device(rev=rev + 1, id=IDS.new(), name="phone", created_at=1)
    issued = TokenIssued(person=person, device=device.id, token_hash=b"t" * 32, at=1)
    changed = Changed(stream, rev, rev + 1, (device,))
    assert store.commit([Append(changes=(changed,), facts=(issued,))]) == [Committed()]
    return device


def test_an_account_is_found_by_its_handle_however_it_is_typed(store: Store, accounts: Accounts) -> None:
    person = accounts.add(MAYA)
    found = accounts.find(" MAYA@example.ORG ")
    assert (found.person, found.handle, found.password_hash) == (person, "maya@example.org", "hashed 21")
    (profile,) = store.load(person_stream(person)).rows
    assert profile == Profile(
        rev=1, handle="maya@example.org", display_name="Maya Lind", time_zone="Europe/Vienna", roles=("trainer",)
    )
    assert [each.handle for each in store.accounts()] == ["maya@example.org"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (MAYA, "This handle is taken; `coachlined user list` shows them all."),
        (MAYA._replace(handle="two words"), "The account was not made: handle is invalid, "),
        (MAYA._replace(handle="t", time_zone="Mars"), "The account was not made: time_zone is invalid, "),
        (MAYA._replace(handle="t", display_name=" "), "The account was not made: display_name is text blank."),
        (MAYA._replace(handle="t", password="short"), "The password was not taken: weak password, the limit is 10"),
        (
            MAYA._replace(handle="tom@example.org", password="Tom@example.org"),
            "The password was not taken: weak password, the same as the handle.",
        ),
    ],
)
def test_what_cannot_be_an_account_is_refused_in_a_sentence(
    wrong: NewAccount, sentence: str, accounts: Accounts
) -> None:
    accounts.add(MAYA)
    with pytest.raises(Stopped) as stopped:
        accounts.add(wrong)
    assert stopped.value.code is Exit.REFUSED
    assert str(stopped.value).startswith(sentence)


def test_nobody_is_found_where_nobody_is(accounts: Accounts) -> None:
    with pytest.raises(Stopped, match="There is no account 'tom'"):
        accounts.find("tom")
    with pytest.raises(Stopped, match="There is no account"):
        accounts.find("")


def test_a_new_password_signs_every_device_out(store: Store, accounts: Accounts) -> None:
    person = accounts.add(MAYA)
    device = with_device(store, person)
    assert owner(store, b"t" * 32) is not None
    accounts.set_password("maya@example.org", "another long password!")
    assert owner(store, b"t" * 32) is None
    assert accounts.find("maya@example.org").password_hash == "hashed 22"
    (revoked,) = (row for row in store.load(person_stream(person)).rows if isinstance(row, Device))
    assert revoked.id == device.id
    assert revoked.revoked_at is not None
    with pytest.raises(Stopped, match="weak password"):
        accounts.set_password("maya@example.org", "short")


def test_a_disabled_account_is_signed_out_and_can_come_back(store: Store, accounts: Accounts) -> None:
    with_device(store, accounts.add(MAYA))
    accounts.set_disabled("maya@example.org", True)
    assert accounts.find("maya@example.org").disabled
    assert owner(store, b"t" * 32) is None
    accounts.set_disabled("maya@example.org", False)
    found = accounts.find("maya@example.org")
    assert (found.disabled, found.password_hash) == (False, "hashed 21")


def test_a_disabled_account_stays_so_with_a_new_password(accounts: Accounts) -> None:
    accounts.add(MAYA)
    accounts.set_disabled("maya@example.org", True)
    accounts.set_password("maya@example.org", "another long password")
    assert accounts.find("maya@example.org").disabled


def test_two_operators_at_once_undo_nothing_of_each_other(
    store: Store, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts.add(MAYA)
    commit = store.commit

    def between(appends: Sequence[Append]) -> list[Outcome]:
        monkeypatch.setattr(store, "commit", commit)
        accounts.set_password("maya@example.org", "another long password!")
        return commit(appends)

    monkeypatch.setattr(store, "commit", between)
    accounts.set_disabled("maya@example.org", True)
    found = accounts.find("maya@example.org")
    assert (found.disabled, found.password_hash) == (True, "hashed 22")


def test_an_invitation_is_made_by_the_rules_of_who_invites(store: Store, accounts: Accounts) -> None:
    person = accounts.add(MAYA)
    made = accounts.invite("maya@example.org", InvitationCreate(id=IDS.new(), purpose="coaching"))
    found = store.invitation(made.code)
    assert found is not None
    assert found[0] == person
    (row,) = (row for row in store.load(person_stream(person)).rows if isinstance(row, Invitation))
    assert (row.id, row.code, row.state) == (found[1], made.code, "open")
    with pytest.raises(Stopped, match=r"Not allowed to maya@example\.org: this takes the role admin\."):
        accounts.invite("maya@example.org", InvitationCreate(id=IDS.new(), purpose="account"))


def come_second(store: Store, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let another process be faster, this many times."""
    really, left = store.commit, [times]

    def commit(appends: Sequence[Append]) -> list[Outcome]:
        left[0] -= 1
        if left[0] >= 0:
            return [Moved(tuple(change.stream for change in appends[0].changes))]
        return really(appends)

    monkeypatch.setattr(store, "commit", commit)


def test_whoever_comes_second_decides_again(store: Store, accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts.add(MAYA)
    come_second(store, ATTEMPTS - 1, monkeypatch)
    made = accounts.invite("maya@example.org", InvitationCreate(id=IDS.new(), purpose="coaching"))
    assert store.invitation(made.code) is not None


def test_whoever_always_comes_second_gives_up_in_a_sentence(
    store: Store, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts.add(MAYA)
    come_second(store, ATTEMPTS, monkeypatch)
    with pytest.raises(Stopped, match="is being changed all the time"):
        accounts.invite("maya@example.org", InvitationCreate(id=IDS.new(), purpose="coaching"))


def test_a_full_disk_is_said_as_such(store: Store, accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Sequence[Append]) -> list[Outcome]:
        raise StoreFull("There is no space left.")

    monkeypatch.setattr(store, "commit", full)
    with pytest.raises(StoreFull):
        accounts.add(MAYA)


def test_generated_passwords_are_long_and_never_the_same() -> None:
    made = {generated_password() for _ in range(100)}
    assert len(made) == 100
    assert all(len(each) == 16 for each in made)
