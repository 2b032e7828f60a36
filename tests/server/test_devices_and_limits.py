"""Devices signed out at once, connections beyond the limit, rate limits healed in order, graceful end."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trio
from coachline_core.runtime.executor import InlineExecutor
from coachline_core.runtime.link import LinkClosed
from coachline_protocol import ops
from coachline_protocol.codes import CloseCode, Refusal, RefusalCode
from coachline_protocol.rows import Consent, Message, StreamId
from coachline_server.settings import Rate, Rates
from support.coaching_requests import FULL, Coached, coaching_requests
from support.daemon import PASSWORD, SETTINGS, Account, House, daemon
from support.wire import Client
from trio.testing import MockClock, wait_all_tasks_blocked


async def test_a_revoked_device_is_cut_and_its_token_dead(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        laptop = house.another_device(maya)
        async with house.client(maya) as phone, house.client(laptop) as lost:
            devices = await phone.get(ops.DeviceList(), ops.Devices)
            assert [(d.name, d.online, d.this) for d in devices.devices] == [
                ("phone", True, True),
                ("laptop", True, False),
            ]
            await phone.get(ops.DeviceRevoke(id=house.ids.new(), device=laptop.device), ops.Changed)
            assert await lost.ended() == CloseCode.DEVICE_REVOKED
            rows = [told.body.rows for told in lost.events if isinstance(told.body, ops.Change)]
            assert not any(rows)  # not even the change that says so
            devices = await phone.get(ops.DeviceList(), ops.Devices)
            assert [d.name for d in devices.devices] == ["phone"]
            dead = ops.Hello(token=laptop.token, client="test")
            async with house.wire() as wire:
                await wire.say(dead)
                assert await wire.ended() == CloseCode.DEVICE_REVOKED
            async with house.wire() as wire:
                # Signing in on it again brings the device back, not the token it had.
                again = ops.SignIn(handle="maya", password=PASSWORD, device=laptop.device, device_name="laptop")
                await wire.get(again, ops.SignedIn)
                assert await wire.refused(dead) is RefusalCode.BAD_TOKEN


async def test_who_is_signed_out_and_back_while_the_disk_is_busy_comes_without_his_old_token(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = trio.Event()
    write = InlineExecutor.write

    async def slow(executor: InlineExecutor, fn: Callable[[], Any], **then: Any) -> Any:
        await free.wait()
        return await write(executor, fn, **then)

    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        laptop = house.another_device(maya)
        async with house.client(maya) as phone, house.client(laptop) as lost, house.wire() as wire:
            monkeypatch.setattr(InlineExecutor, "write", slow)
            numbers = [await phone.say(ops.ProfileSet(id=house.ids.new(), base=1, receipts=False))]
            await wait_all_tasks_blocked()  # it is being written now, and what comes meanwhile waits together
            numbers += [await phone.say(ops.DeviceRevoke(id=house.ids.new(), device=laptop.device))]
            await wait_all_tasks_blocked()
            again = ops.SignIn(handle="maya", password=PASSWORD, device=laptop.device, device_name="laptop")
            numbers += [await wire.say(again)]
            await wait_all_tasks_blocked()
            free.set()
            answers = [await client.answer(n) for client, n in zip((phone, phone, wire), numbers, strict=True)]
            assert [type(answer) for answer in answers] == [ops.Changed, ops.Changed, ops.SignedIn]
            assert await lost.ended() == CloseCode.DEVICE_REVOKED
            assert await wire.refused(ops.Hello(token=laptop.token, client="test")) is RefusalCode.BAD_TOKEN


async def test_signing_out_is_answered_and_then_closed(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        async with house.client(maya) as phone:
            await phone.get(ops.SignOut(id=house.ids.new()), ops.Empty)
            assert await phone.ended() == CloseCode.SIGNED_OUT
            async with house.wire() as wire:
                assert await wire.refused(ops.Hello(token=maya.token, client="test")) is RefusalCode.BAD_TOKEN


@pytest.mark.parametrize(("role", "most"), [("client", 5), ("trainer", 10)])
async def test_one_connection_too_many_closes_the_longest_idle(
    role: str, most: int, tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with daemon(tmp_path) as house, trio.open_nursery() as nursery:
        somebody = house.account("somebody", "trainer" if role == "trainer" else "client")
        clients = []
        for _ in range(most):
            clients.append(await nursery.start(_connected, house, somebody))
            await trio.sleep(1)
        await clients[0].get(ops.DeviceList(), ops.Devices)  # the first is not idle any more
        async with house.client(somebody) as newest:
            assert await clients[1].ended() == CloseCode.TOO_MANY_CONNECTIONS
            await newest.get(ops.DeviceList(), ops.Devices)
            assert [client.closed for client in clients if client is not clients[1]] == [None] * (most - 1)
        nursery.cancel_scope.cancel()


async def _connected(house: House, account: Account, *, task_status: trio.TaskStatus[Client]) -> None:
    async with house.client(account) as client:
        task_status.started(client)
        await trio.sleep_forever()


async def test_a_rate_limit_delays_and_keeps_the_order(tmp_path: Path, autojump_clock: MockClock) -> None:
    """M6, M7: ten at once, then one a second; what follows a refused one waits for it."""
    rates = replace(SETTINGS.rates, message=Rates().message)
    async with daemon(tmp_path, settings=replace(SETTINGS, rates=rates)) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as phone:
            conversation = await house.open(phone, tom)
            posts = [house.post(conversation, f"{n}") for n in range(13)]
            outcomes = [await phone.answer(number) for number in await phone.say_all(*posts)]
            codes = [outcome.code if isinstance(outcome, Refusal) else None for outcome in outcomes]
            late = [RefusalCode.RATE_LIMITED, RefusalCode.OUT_OF_ORDER, RefusalCode.OUT_OF_ORDER]
            assert codes == [None] * 10 + late
            first = outcomes[10]
            assert isinstance(first, Refusal)
            assert first.retry_after_ms is not None
            assert 0 < first.retry_after_ms <= 1000
            for post in posts[10:]:
                await trio.sleep(1)
                await phone.get(post, ops.Posted)
            again = await phone.get(posts[0], ops.Posted)  # a resend is not counted: it is already answered
            assert again == outcomes[0]
            page = await phone.get(ops.History(conversation=conversation), ops.Messages)
            assert [m.text for m in page.messages if m.kind == "text"] == [post.text for post in posts]


async def test_a_resend_over_the_limit_gets_the_first_answer(tmp_path: Path, autojump_clock: MockClock) -> None:
    rates = replace(SETTINGS.rates, message=Rate(1, 1))
    async with daemon(tmp_path, settings=replace(SETTINGS, rates=rates)) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as phone:
            post = house.post(await house.open(phone, tom))
            first = await phone.get(post, ops.Posted)
            assert await phone.get(post, ops.Posted) == first
            other = ops.MessagePost(id=post.id, conversation=post.conversation, text="something else")
            assert await phone.refused(other) is RefusalCode.CONFLICT


async def test_the_budget_is_the_persons_over_devices_and_reconnects(tmp_path: Path, autojump_clock: MockClock) -> None:
    rates = replace(SETTINGS.rates, message=Rate(1, 2))
    async with daemon(tmp_path, settings=replace(SETTINGS, rates=rates)) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        laptop = house.another_device(maya)
        async with house.client(maya) as phone:
            conversation = await house.open(phone, tom)
            await phone.get(house.post(conversation), ops.Posted)
            async with house.client(laptop) as other:
                await other.get(house.post(conversation), ops.Posted)
                assert await other.refused(house.post(conversation)) is RefusalCode.RATE_LIMITED
        async with house.client(maya) as phone:
            assert await phone.refused(house.post(conversation)) is RefusalCode.RATE_LIMITED


async def test_goals_and_progress_have_a_budget_of_their_own_over_all_devices(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    """M7: 60 a minute, the operator's to change; consents and messages are not held up by it."""
    rates = replace(SETTINGS.rates, record=Rate(1, 2))
    async with daemon(tmp_path, settings=replace(SETTINGS, rates=rates)) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom, FULL)
        laptop, tablet = house.another_device(maya), house.another_device(maya)

        def asked() -> dict[str, ops.Body]:
            return coaching_requests(house, Coached(tom.person, maya.person))

        async with house.client(maya) as phone, house.client(laptop) as other, house.client(tablet) as third:
            await phone.get(asked()["goal.assign"], ops.Changed)
            await other.get(asked()["template.set"], ops.Changed)
            for client in (phone, other):
                assert await client.refused(asked()["goal.propose"]) is RefusalCode.RATE_LIMITED
            await third.get(asked()["relationship.pause"], ops.Changed)
            at = await house.open(phone, tom)
            await phone.get(house.post(at), ops.Posted)
        async with house.client(tom) as client:
            await client.get(asked()["excuse.make"], ops.Changed)


async def test_a_drained_server_says_when_to_come_back(tmp_path: Path, autojump_clock: MockClock) -> None:
    """H11: everybody is told, the idle too; what was posted at the last moment is answered and durable."""
    seen = []
    ends = []
    async with trio.open_nursery() as nursery:
        async with daemon(tmp_path) as house:
            maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
            house.relate(maya, tom)

            async def stay(account: Account, *, task_status: trio.TaskStatus[Client]) -> None:
                async with house.client(account) as client:
                    task_status.started(client)
                    closing = await client.told(ops.Closing, "closing")
                    seen.append(closing.retry_after_ms)
                    ends.append(await client.ended())

            phone = await nursery.start(stay, maya)
            await nursery.start(stay, tom)
            conversation = await house.open(phone, tom)
            number = await phone.say(house.post(conversation, "just in time"))
            await trio.testing.wait_all_tasks_blocked()
        assert isinstance(await phone.answer(number), ops.Posted)
    assert ends == [CloseCode.DRAINING, CloseCode.DRAINING]
    assert len(set(seen)) == 2
    assert all(0 <= wait <= 10_000 for wait in seen)


async def test_an_origin_that_is_not_allowed_does_not_get_in(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        host, port = house.address
        assert house.memory is not None
        stream = await house.memory.dial(host, port)
        await stream.send_all(
            b"GET / HTTP/1.1\r\nHost: server\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Protocol: coachline.1\r\nOrigin: https://elsewhere.example\r\n\r\n"
        )
        assert (await stream.receive_some()).startswith(b"HTTP/1.1 403")
        await stream.aclose()


async def test_receipts_turned_off_are_neither_shown_nor_seen(tmp_path: Path, autojump_clock: MockClock) -> None:
    """R5: in the event, in heads, in changes, in the snapshot and in the receipts of a message."""
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        laptop = house.another_device(tom)
        async with house.client(maya) as trainer, house.client(tom) as client, house.client(laptop) as other:
            conversation = await house.open(trainer, tom)
            stream = StreamId("conversation", conversation)
            off = ops.ProfileSet(id=house.ids.new(), base=1, receipts=False)
            await client.get(off, ops.Changed)
            posted = await trainer.get(house.post(conversation), ops.Posted)
            await client.get(ops.CursorRead(conversation=conversation, seq=posted.seq), ops.Empty)
            moved = await trainer.told(ops.CursorMoved, "cursor")
            assert [(c.delivered, c.read, c.read_at) for c in moved.cursors] == [(posted.seq, 0, 0)]
            own = await other.told(ops.CursorMoved, "cursor")
            assert [(c.delivered, c.read) for c in own.cursors] == [(posted.seq, posted.seq)]
            taken = await trainer.get(ops.Snapshot(stream=stream), ops.SnapshotTaken)
            changes = ops.Changes(stream=stream, epoch=taken.epoch, after=0)
            page = await trainer.get(changes, ops.ChangePage)
            receipts = await trainer.get(ops.Receipts(conversation=conversation, seq=posted.seq), ops.ReceiptList)
            assert [r.read_at for r in receipts.receipts if r.person == tom.person] == [None]
            async with house.wire() as wire:
                heads = (await wire.hello(maya.token)).heads
            shown = next(head.cursors for head in heads if head.stream == stream)
            for cursors in taken.cursors, page.cursors, shown:
                assert [(c.delivered, c.read) for c in cursors if c.person == tom.person] == [(posted.seq, 0)]
            last = await client.get(ops.History(conversation=conversation), ops.Messages)
            await trainer.get(ops.CursorRead(conversation=conversation, seq=last.messages[-1].seq), ops.Empty)
            seen = await client.told(ops.CursorMoved, "cursor")
            assert [(c.person, c.read) for c in seen.cursors] == [(maya.person, 0)]


async def test_long_answers_end_where_they_are_full_and_say_more(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer, house.client(tom) as client:
            conversation = await house.open(trainer, tom)
            posts = [house.post(conversation, f"{n:05}" + "ü" * 4_000) for n in range(12)]
            for part in posts[:6], posts[6:]:
                for number in await trainer.say_all(*part[:4]), await trainer.say_all(*part[4:]):
                    for each in number:
                        await trainer.answer(each)
            told: list[Message] = []
            after = 0
            while len(told) < 13:
                change = await client.told(ops.Change, "message")
                assert change.after == after
                after = change.rev
                told += [row for row in change.rows if isinstance(row, Message)]
            assert [message.seq for message in told] == list(range(1, 14))
            stream = StreamId("conversation", conversation)
            snapshot = await client.get(ops.Snapshot(stream=stream), ops.SnapshotTaken)
            newest = [row.seq for row in snapshot.rows if isinstance(row, Message)]
            assert newest == list(range(newest[0], 14))
            assert newest[0] > 1
            before, texts = newest[0], 0
            while before > 1:
                page = await client.get(ops.History(conversation=conversation, before=before), ops.Messages)
                assert page.messages[-1].seq == before - 1
                before = page.messages[0].seq
                texts += len(page.messages)
                assert page.more == (before > 1)
            assert texts == newest[0] - 1


async def test_another_epoch_is_told_to_start_anew(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        stream = StreamId("person", maya.person)
        async with house.client(maya) as phone:
            other = ops.Changes(stream=stream, epoch=b"\1" * 16, after=0)
            assert await phone.refused(other) is RefusalCode.RESET
            ahead = ops.Changes(stream=stream, epoch=house.store.epoch(), after=1_000)
            assert await phone.refused(ahead) is RefusalCode.RESET


async def test_who_looks_is_told_to_who_may_know(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom, Consent())
        async with house.client(maya) as trainer, house.client(tom) as client:
            conversation = await house.open(trainer, tom)
            await client.told(ops.Change, "message")
            await trainer.get(ops.ConversationView(conversation=conversation), ops.Empty)
            assert (await client.told(ops.Viewing, "viewing")).people == (maya.person,)
            await client.get(ops.ConversationView(conversation=conversation), ops.Empty)
            for _ in range(2):
                assert (await trainer.told(ops.Viewing, "viewing")).people == ()  # he withholds it
            await trio.sleep(1)
            client.forget()
            await trainer.get(ops.ConversationView(conversation=None), ops.Empty)
            assert (await client.told(ops.Viewing, "viewing")).people == ()


async def test_text_instead_of_frames_ends_the_connection(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        async with house.client(maya) as phone:
            await phone.link.send(b"\xc1 this is no frame")
            assert await phone.ended() == CloseCode.PROTOCOL_ERROR
            with pytest.raises(LinkClosed):
                await phone.ask(ops.DeviceList())
