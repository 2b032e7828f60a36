"""Coming in: passwords, invitations, tokens and their rotation, throttles, deadlines."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import trio
from coachline_protocol import ops
from coachline_protocol.codes import CloseCode, Refusal, RefusalCode
from coachline_protocol.rows import Consent, Device, Invitation, Profile, Relationship, StreamId
from coachline_server.passwords import Passwords
from coachline_server.settings import Rate, Rates
from coachline_server.store.port import Append, Committed, Credential
from support.daemon import PASSWORD, SETTINGS, Account, House, daemon
from trio.testing import MockClock


def sign_in(house: House, account: Account, *, password: str = PASSWORD, device: bytes | None = None) -> ops.SignIn:
    return ops.SignIn(
        handle=account.handle, password=password, device=device or house.ids.new(), device_name="a new phone"
    )


async def test_a_password_gets_a_token_and_the_token_a_welcome(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        async with house.wire() as wire:
            body = sign_in(house, maya)
            signed_in = await wire.get(body, ops.SignedIn)
            welcome = await wire.hello(signed_in.token)
        assert (welcome.person, welcome.device) == (maya.person, body.device)
        assert [head.stream for head in welcome.heads] == [StreamId("person", maya.person)]
        rows = house.store.load(StreamId("person", maya.person)).rows
        assert {row.name for row in rows if isinstance(row, Device)} == {"phone", "a new phone"}


@pytest.mark.parametrize("handle", ["maya", "nobody"])
async def test_a_wrong_password_and_no_account_look_the_same_and_cost_the_same(
    handle: str, tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        async with house.wire() as wire:
            refusal = await wire.ask(sign_in(house, replace(maya, handle=handle), password="not the password"))
    assert refusal == Refusal(code=RefusalCode.BAD_CREDENTIALS)


async def test_a_bad_token_is_refused_and_the_connection_may_sign_in(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        async with house.wire() as wire:
            assert await wire.refused(ops.Hello(token=b"x" * 32, client="test")) is RefusalCode.BAD_TOKEN
            signed_in = await wire.get(sign_in(house, maya), ops.SignedIn)
            await wire.hello(signed_in.token)


async def test_an_invitation_makes_account_and_relationship_once_accepted(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        async with house.client(maya) as trainer, house.wire() as wire:
            made = await trainer.get(ops.InvitationCreate(id=house.ids.new(), purpose="coaching"), ops.InvitationMade)
            seen = await wire.get(ops.InvitationInspect(code=made.code), ops.InvitationSeen)
            assert (seen.inviter, seen.purpose) == ("Maya", "coaching")
            create = ops.AccountCreate(
                code=made.code,
                person=house.ids.new(),
                handle="Tom@Example.org",
                display_name="Tom",
                password=PASSWORD,
                time_zone="Europe/Paris",
                device=house.ids.new(),
                device_name="phone",
            )
            signed_in = await wire.get(create, ops.SignedIn)
            again = await wire.get(create, ops.SignedIn)  # the reply was lost
            # The same account, and another token: of the first one only the hash was kept.
            assert again.person == signed_in.person
            assert again.token != signed_in.token
            other = msgspec.structs.replace(create, password="another long password")
            assert await wire.refused(other) is RefusalCode.CONFLICT
            assert house.store.answer(create.person, create.person) is None
            await wire.hello(again.token)
            trainer.forget()
            accept = ops.InvitationAccept(id=house.ids.new(), code=made.code, consent=Consent(see_presence=True))
            accepted = await wire.get(accept, ops.Accepted)
            assert accepted.trainer == maya.person
            assert await wire.get(accept, ops.Accepted) == accepted
            record = await trainer.told(ops.Change, "record")
            assert [row.client for row in record.rows if isinstance(row, Relationship)] == [create.person]
            person = await trainer.told(ops.Change, "person")
            assert [row.state for row in person.rows if isinstance(row, Invitation)] == ["accepted"]
            presence = await trainer.told(ops.Presence, "presence")
            assert (presence.person, presence.state) == (create.person, "online")


async def test_a_weak_password_and_a_taken_handle_are_refused_by_name(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        async with house.client(maya) as trainer, house.wire() as wire:
            made = await trainer.get(ops.InvitationCreate(id=house.ids.new(), purpose="coaching"), ops.InvitationMade)
            create = ops.AccountCreate(
                code=made.code,
                person=house.ids.new(),
                handle="maya",
                display_name="Other Maya",
                password=PASSWORD,
                time_zone="UTC",
                device=house.ids.new(),
                device_name="phone",
            )
            weak = msgspec.structs.replace(create, password="short")
            assert await wire.refused(weak) is RefusalCode.WEAK_PASSWORD
            assert await wire.refused(create) is RefusalCode.HANDLE_TAKEN


async def test_an_old_token_is_replaced_and_lives_until_the_new_one_is_used(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with daemon(tmp_path, settings=replace(SETTINGS, token_rotate_hours=1)) as house:
        maya = house.account("maya", "trainer")
        async with house.wire() as wire:
            assert (await wire.hello(maya.token)).token is None
        house.clock.jump(3_600_000)
        async with house.wire() as wire:
            fresh = (await wire.hello(maya.token)).token
        assert fresh is not None
        async with house.wire() as wire:  # the welcome was lost: the old one still opens the door
            newer = (await wire.hello(maya.token)).token
        assert newer is not None
        async with house.wire() as wire:
            assert (await wire.hello(newer)).token is None
        await trio.sleep(1)
        async with house.wire() as wire:
            assert await wire.refused(ops.Hello(token=maya.token, client="test")) is RefusalCode.BAD_TOKEN
            assert await wire.refused(ops.Hello(token=fresh, client="test")) is RefusalCode.BAD_TOKEN


async def test_signing_in_is_throttled_by_address(tmp_path: Path, autojump_clock: MockClock) -> None:
    rates = replace(SETTINGS.rates, sign_in_address=Rates().sign_in_address)
    async with daemon(tmp_path, settings=replace(SETTINGS, rates=rates)) as house:
        maya = house.account("maya", "trainer")
        async with house.wire(source="10.0.0.66") as wire:
            for _ in range(5):
                assert await wire.refused(sign_in(house, maya, password="x" * 10)) is RefusalCode.BAD_CREDENTIALS
            refusal = await wire.ask(sign_in(house, maya))
            assert isinstance(refusal, Refusal)
            assert (refusal.code, refusal.retry_after_ms) == (RefusalCode.RATE_LIMITED, 60_000)
        async with house.wire(source="10.0.0.67") as wire:
            await wire.get(sign_in(house, maya), ops.SignedIn)


async def test_signing_in_is_throttled_by_account_but_not_for_its_own_devices(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    rates = replace(SETTINGS.rates, sign_in_account=Rate(1, 2))
    async with daemon(tmp_path, settings=replace(SETTINGS, rates=rates)) as house:
        maya = house.account("maya", "trainer")
        async with house.wire() as wire:
            for _ in range(2):
                assert await wire.refused(sign_in(house, maya, password="x" * 10)) is RefusalCode.BAD_CREDENTIALS
            assert await wire.refused(sign_in(house, maya)) is RefusalCode.RATE_LIMITED
            await wire.get(sign_in(house, maya, device=maya.device), ops.SignedIn)


async def test_a_hash_made_with_other_parameters_is_replaced_at_sign_in(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    passwords = replace(SETTINGS.passwords, passes=2)
    async with daemon(tmp_path, settings=replace(SETTINGS, passwords=passwords)) as house:
        maya = house.account("maya", "trainer")
        before = house.store.account("maya")
        async with house.wire() as wire:
            await wire.get(sign_in(house, maya), ops.SignedIn)
            after = house.store.account("maya")
            assert before is not None
            assert after is not None
            assert (before.password_hash != after.password_hash, "t=2" in after.password_hash) == (True, True)
            await wire.get(sign_in(house, maya), ops.SignedIn)


@pytest.mark.parametrize("outdated", [False, True])
@pytest.mark.parametrize("disabled", [False, True])
async def test_a_password_that_is_changed_while_it_is_checked_lets_nobody_in(
    disabled: bool, outdated: bool, tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does the hash that is made anew of it undo what the operator did meanwhile."""
    passwords = replace(SETTINGS.passwords, passes=2 if outdated else 1)
    async with daemon(tmp_path, settings=replace(SETTINGS, passwords=passwords)) as house:
        maya = house.account("maya", "trainer")
        before = house.store.account("maya")
        assert before is not None
        changed = replace(before, password_hash="another", disabled=disabled)
        check = Passwords.check

        async def slow_check(self: Passwords, password: str, hashed: str | None) -> bool:
            right = await check(self, password, hashed)
            credential = Credential(maya.person, "maya", changed.password_hash, changed.disabled)
            assert house.store.commit([Append(facts=(credential,))]) == [Committed()]
            return right

        async with house.wire() as wire:
            monkeypatch.setattr(Passwords, "check", slow_check)
            assert await wire.refused(sign_in(house, maya)) is RefusalCode.BAD_CREDENTIALS
            assert house.store.account("maya") == changed


async def test_who_says_no_hello_is_closed_after_the_handshake_time(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house, house.wire() as wire:
        began = trio.current_time()
        assert await wire.ended() == CloseCode.HANDSHAKE_TIMEOUT
        assert trio.current_time() - began == pytest.approx(15, abs=0.1)


async def test_strangers_give_way_to_whoever_comes_after_them(tmp_path: Path, autojump_clock: MockClock) -> None:
    """The oldest of the address that is crowded; nobody who was welcomed, nobody elsewhere, and at once."""
    async with daemon(tmp_path, settings=replace(SETTINGS, max_unwelcomed_per_address=2)) as house:
        maya = house.account("maya", "trainer")
        async with (
            house.client(maya, source="10.0.0.66") as welcomed,
            house.wire(source="10.0.0.2") as elsewhere,
            house.wire(source="10.0.0.66") as first,
            house.wire(source="10.0.0.66") as second,
        ):
            async with house.client(maya, source="10.0.0.66") as newcomer:
                began = trio.current_time()
                assert await first.ended() is None
                assert trio.current_time() == began
                assert b'coachline_handshakes_total{outcome="overloaded"} 1.0' in house.app.metrics.text()
                assert b"coachline_unwelcomed_connections 2.0" in house.app.metrics.text()
                for one in (welcomed, newcomer):
                    await one.get(ops.DeviceList(), ops.Devices)
            await elsewhere.hello(maya.token)
            await second.hello(maya.token)
            assert b"coachline_unwelcomed_connections 0.0" in house.app.metrics.text()


async def test_where_all_places_are_taken_the_greediest_address_gives_way(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with daemon(tmp_path, settings=replace(SETTINGS, max_unwelcomed=3)) as house:
        maya = house.account("maya", "trainer")
        async with (
            house.wire(source="10.0.0.2") as patient,
            house.wire(source="10.0.0.66") as first,
            house.wire(source="10.0.0.66") as second,
            house.client(maya, source="10.0.0.3"),
        ):
            assert await first.ended() is None
            await patient.hello(maya.token)
            await second.hello(maya.token)


async def test_who_gives_way_while_shaking_hands_is_gone_too(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path, settings=replace(SETTINGS, max_unwelcomed=1)) as house:
        assert house.memory is not None
        silent = await house.memory.dial(*house.address, source="10.0.0.66")
        await trio.testing.wait_all_tasks_blocked()
        async with house.client(house.account("maya", "trainer")):
            with pytest.raises(trio.BrokenResourceError):
                await silent.send_all(b"GET / HTTP/1.1")


async def test_the_profile_tells_who_is_who(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer, house.client(tom) as client:
            state = house.store.load(StreamId("person", tom.person))
            base = next(row.rev for row in state.rows if isinstance(row, Profile))
            await client.get(ops.ProfileSet(id=house.ids.new(), base=base, display_name="Thomas"), ops.Changed)
            card = await trainer.told(ops.Person, "profile")
            assert (card.id, card.display_name) == (tom.person, "Thomas")
            people = await trainer.get(ops.PeopleList(), ops.People)
            assert [person.display_name for person in people.people] == ["Thomas"]
