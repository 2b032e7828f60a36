"""What happens between two steps: a hello that fails while another device leaves, a read that outlives its device."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trio
from coachline_core.runtime.link import LinkClosed
from coachline_protocol import ops
from coachline_protocol.codes import CloseCode
from coachline_protocol.rows import Message
from coachline_server.caller import visitor_at
from coachline_server.settings import Rate
from support.daemon import SETTINGS, daemon
from support.slow_reads import SlowReads, for_welcome
from trio.testing import MockClock, wait_all_tasks_blocked


def of_messages(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) > 0 and isinstance(value[0], Message)


async def test_no_ghost_stays_when_a_hello_fails_as_the_last_device_leaves(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H6: the second device never came in, the first one left meanwhile; so the person is gone, and is told so."""
    arrivals = SlowReads(for_welcome, monkeypatch)
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        laptop = house.another_device(tom)
        async with house.client(maya) as trainer:
            async with house.wire() as late:
                async with house.client(tom):
                    assert (await trainer.told(ops.Presence, "presence")).state == "online"
                    arrivals.holding = True
                    await late.say(ops.Hello(token=laptop.token, client="test"))
                    await wait_all_tasks_blocked()
                await wait_all_tasks_blocked()
            told = await trainer.told(ops.Presence, "presence")
            assert (told.person, told.state) == (tom.person, "offline")
            seen = await trainer.get(ops.PresenceQuery(people=(tom.person,)), ops.Presences)
            assert seen.presences == (told,)


async def test_what_a_device_asked_before_it_was_revoked_is_not_told_after(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H7: some answers are in the socket when the device is revoked; the last one, still being read, never comes."""
    messages = SlowReads(of_messages, monkeypatch)
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        laptop = house.another_device(maya)
        async with house.client(maya) as phone, house.wire(reading=False) as lost:
            at = await house.open(phone, tom)
            for _ in range(9):
                await phone.get(house.post(at, "x" * 5_000), ops.Posted)
            await lost.say(ops.Hello(token=laptop.token, client="test"))
            lost.hear(await lost.link.receive())
            asked = []
            for _ in range(4):
                asked.append(await lost.say(ops.History(conversation=at)))
                await wait_all_tasks_blocked()
            messages.holding = True
            asked.append(await lost.say(ops.History(conversation=at)))
            await wait_all_tasks_blocked()
            await phone.get(ops.DeviceRevoke(id=house.ids.new(), device=laptop.device), ops.Changed)
            messages.go.set()
            with suppress(LinkClosed):
                while True:
                    lost.hear(await lost.link.receive())
            assert asked[0] in lost.answers
            assert asked[-1] not in lost.answers


async def test_a_resend_that_was_answered_holds_up_nothing(tmp_path: Path, autojump_clock: MockClock) -> None:
    """M2: the limit is not judged for what was done already, so nothing has to wait for it to return."""
    rates = replace(SETTINGS.rates, message=Rate(60, 1))
    async with daemon(tmp_path, settings=replace(SETTINGS, rates=rates)) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as phone:
            at = await house.open(phone, tom)
            post = house.post(at)
            first = await phone.get(post, ops.Posted)
            assert await phone.get(post, ops.Posted) == first
            await trio.sleep(1)
            await phone.get(house.post(at), ops.Posted)


async def test_what_is_held_for_a_slow_hello_is_bounded_in_bytes(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H8: 1 MiB on its way out is the most, also before the welcome."""
    arrivals = SlowReads(for_welcome, monkeypatch)
    async with daemon(tmp_path, settings=replace(SETTINGS, max_out_bytes=20_000)) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer, house.wire() as late:
            at = await house.open(trainer, tom)
            arrivals.holding = True
            await late.say(ops.Hello(token=tom.token, client="test"))
            await wait_all_tasks_blocked()
            for _ in range(5):
                await trainer.get(house.post(at, "x" * 5_000), ops.Posted)
            assert await late.ended() == CloseCode.SLOW_READER


async def test_one_ipv6_network_is_one_stranger(tmp_path: Path, autojump_clock: MockClock) -> None:
    """Whoever has one IPv6 address has 2⁶⁴ of them."""
    rates = replace(SETTINGS.rates, sign_in_address=Rate(1, 2))
    hosts = ("2001:db8:1:2::1", "2001:db8:1:2:ffff::2", "2001:db8:1:2::3", "2001:db8:1:3::1")
    codes = []
    async with daemon(tmp_path, settings=replace(SETTINGS, rates=rates)) as house:
        for host in hosts:
            async with house.wire(source=f"[{host}]:5000") as wire:
                tried = ops.SignIn(handle="x", password="wrong", device=house.ids.new(), device_name="x")
                codes.append((await wire.refused(tried)).value)
    assert codes == ["bad_credentials", "bad_credentials", "rate_limited", "bad_credentials"]


@pytest.mark.parametrize(
    ("peer", "visitor"),
    [
        ("192.0.2.1:5000", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:5000", "192.0.2.1"),
        ("[2001:db8::1:2:3:4]:5000", "2001:db8::/64"),
        ("[fe80::1%eth0]:5000", "fe80::/64"),
        ("unknown", "unknown"),
        ("phone:5000", "phone"),
    ],
)
def test_who_counts_as_one_stranger(peer: str, visitor: str) -> None:
    assert visitor_at(peer) == visitor
