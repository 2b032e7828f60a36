"""What the operator's side asks of the database: every account, where streams stand, who may not stay, can it write."""

from coachline_protocol.rows import Device
from coachline_server.store.pony_store import PonyStore
from coachline_server.store.port import Account, Committed, Credential
from support.stored import BEN, EVE, MAYA, change, device, facts, id_of, person, profile

PHONE, LAPTOP, TABLET = id_of(0xD1), id_of(0xD2), id_of(0xD3)


def test_every_account_is_listed_by_handle(store: PonyStore) -> None:
    assert store.accounts() == ()
    store.commit([facts(Credential(MAYA, "maya", "m")), facts(Credential(BEN, "ben", "b", disabled=True))])
    assert store.accounts() == (Account(BEN, "ben", "b", disabled=True), Account(MAYA, "maya", "m"))


def test_where_streams_stand(store: PonyStore) -> None:
    store.commit(
        [change(person(MAYA), 0, profile(1, "maya"), device(2, 0xD1)), change(person(BEN), 0, profile(1, "b"))]
    )
    assert store.revisions([person(MAYA), person(BEN), person(EVE)]) == {person(MAYA): 2, person(BEN): 1}
    assert store.revisions([]) == {}


def test_revoked_devices_and_those_of_disabled_accounts_may_not_stay(store: PonyStore) -> None:
    revoked = Device(rev=3, id=LAPTOP, name="laptop", created_at=1, revoked_at=9)
    assert (
        store.commit(
            [
                change(person(MAYA), 0, device(1, 0xD1), device(2, 0xD2), revoked),
                change(person(BEN), 0, device(1, 0xD3)),
                facts(Credential(MAYA, "maya", "m")),
            ]
        )
        == [Committed()] * 3
    )
    everybody = [PHONE, LAPTOP, TABLET]
    assert store.shut_out(everybody) == {LAPTOP: False}
    store.commit([facts(Credential(BEN, "ben", "b", disabled=True))])
    assert store.shut_out(everybody) == {LAPTOP: False, TABLET: True}
    assert store.shut_out([]) == {}


def test_a_database_that_can_be_written_proves_it_again_and_again(store: PonyStore) -> None:
    store.prove_writable()
    store.prove_writable()
