"""Signing in: credentials, device tokens and which of them live, invitations by code."""

from coachline_protocol.rows import Device
from coachline_server.store.pony_store import PonyStore
from coachline_server.store.port import (
    Account,
    Committed,
    Credential,
    CredentialStands,
    Taken,
    TokenIssued,
    TokenOwner,
    TokensDropped,
    TokenUsed,
)
from support.stored import BEN, EVE, MAYA, change, device, facts, id_of, invitation, owner, person

PHONE, LAPTOP = id_of(0xD1), id_of(0xD2)
OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32


def with_devices(store: PonyStore) -> PonyStore:
    assert store.commit([change(person(MAYA), 0, device(1, 0xD1), device(2, 0xD2))]) == [Committed()]
    return store


def test_an_account_is_found_by_its_handle(store: PonyStore) -> None:
    store.commit([facts(Credential(MAYA, "maya@example.org", "$argon2id$…"))])
    assert store.account("maya@example.org") == Account(MAYA, "maya@example.org", "$argon2id$…")
    assert store.account("Maya@example.org") is None
    assert store.account("") is None


def test_what_stands_on_a_credential_is_not_written_when_that_is_another(store: PonyStore) -> None:
    with_devices(store).commit([facts(Credential(MAYA, "maya", "old"))])
    old, token = CredentialStands(MAYA, "old"), TokenIssued(MAYA, PHONE, NEW, 5)
    new = Credential(MAYA, "maya", "new")
    # The first of a batch replaces what the second stands on.
    assert store.commit([facts(old, new), facts(old, token)]) == [Committed(), Taken("credential")]
    assert (store.account("maya"), owner(store, NEW)) == (Account(MAYA, "maya", "new"), None)
    assert store.commit([facts(CredentialStands(MAYA, "new", disabled=True), token)]) == [Taken("credential")]
    assert store.commit([facts(CredentialStands(MAYA, "new"), token)]) == [Committed()]
    assert owner(store, NEW) is not None


def test_a_token_leads_to_its_device_and_person(store: PonyStore) -> None:
    with_devices(store).commit([facts(TokenIssued(MAYA, PHONE, NEW, 5))])
    assert owner(store, NEW) == TokenOwner(MAYA, PHONE, 5, newest=True)
    assert owner(store, OLD) is None


def test_the_old_token_lives_until_the_new_one_is_used(store: PonyStore) -> None:
    # Both in one millisecond: order of issue decides, not the clock.
    with_devices(store).commit([facts(TokenIssued(MAYA, PHONE, OLD, 5)), facts(TokenIssued(MAYA, PHONE, NEW, 5))])
    store.commit([facts(TokenIssued(MAYA, LAPTOP, OTHER, 4))])
    assert owner(store, OLD) == TokenOwner(MAYA, PHONE, 5, newest=False)
    store.commit([facts(TokenUsed(PHONE, OLD, 6))])
    assert owner(store, OLD) is not None
    assert owner(store, NEW) == TokenOwner(MAYA, PHONE, 5, newest=True)
    store.commit([facts(TokenUsed(PHONE, NEW, 7))])
    assert owner(store, OLD) is None
    assert owner(store, NEW) is not None
    assert owner(store, OTHER) is not None
    assert store.devices_last_used(MAYA) == {PHONE: 7}


def test_using_an_unknown_token_kills_none(store: PonyStore) -> None:
    with_devices(store).commit([facts(TokenIssued(MAYA, PHONE, NEW, 5))])
    store.commit([facts(TokenUsed(PHONE, OTHER, 6)), facts(TokenUsed(LAPTOP, NEW, 6))])
    assert owner(store, NEW) is not None


def test_dropped_tokens_are_dead_and_only_those_of_the_device(store: PonyStore) -> None:
    with_devices(store).commit([facts(TokenIssued(MAYA, PHONE, OLD, 1), TokenIssued(MAYA, LAPTOP, OTHER, 1))])
    store.commit([facts(TokensDropped(PHONE))])
    assert owner(store, OLD) is None
    assert owner(store, OTHER) is not None


def test_the_token_of_a_revoked_device_says_no_more_than_that_it_is_one(store: PonyStore) -> None:
    with_devices(store).commit([facts(TokenIssued(MAYA, PHONE, NEW, 1))])
    revoked = Device(rev=3, id=PHONE, name="phone", created_at=5, revoked_at=9)
    store.commit([change(person(MAYA), 2, revoked)])
    assert owner(store, NEW) == TokenOwner(MAYA, PHONE, 1, newest=True, revoked=True)


def test_the_owner_of_a_token_may_be_disabled(store: PonyStore) -> None:
    with_devices(store).commit(
        [facts(TokenIssued(MAYA, PHONE, NEW, 1)), facts(Credential(MAYA, "maya", "h", disabled=True))]
    )
    assert owner(store, NEW) == TokenOwner(MAYA, PHONE, 1, newest=True, disabled=True)


def test_last_use_survives_a_change_of_the_device_and_the_loss_of_its_tokens(store: PonyStore) -> None:
    with_devices(store).commit([facts(TokenIssued(MAYA, PHONE, NEW, 1)), facts(TokenUsed(PHONE, NEW, 44))])
    store.commit([change(person(MAYA), 2, device(3, 0xD1)), facts(TokensDropped(PHONE))])
    assert store.devices_last_used(MAYA) == {PHONE: 44}
    assert store.devices_last_used(BEN) == {}


def test_an_invitation_is_found_by_its_code_alone(store: PonyStore) -> None:
    store.commit([change(person(MAYA), 0, invitation(1, "MOON-RISE", id_=0x21), invitation(2, "SUN-SET", id_=0x22))])
    assert store.invitation("SUN-SET") == (MAYA, id_of(0x22))
    assert store.invitation("sun-set") is None


def test_last_seen_of_many(store: PonyStore) -> None:
    assert store.last_seen([MAYA, BEN]) == {}
    assert store.last_seen([]) == {}
    assert store.last_seen([EVE] * 2_000) == {}
