"""Defects seen in systems of this kind, and what ours does instead."""

from dataclasses import replace
from pathlib import Path

import pytest
import trio
from coachline_protocol import ops
from coachline_protocol.codec import encode
from coachline_protocol.codes import CloseCode, Refusal, RefusalCode
from coachline_protocol.frames import Request
from coachline_protocol.ops import OPS
from coachline_protocol.rows import Consent, StreamId
from support.daemon import SETTINGS, daemon
from support.wire import Client
from trio.testing import MockClock


async def test_nobody_declares_himself_online(tmp_path: Path, autojump_clock: MockClock) -> None:
    """P1: presence is the server's. No op sets it, and what a client invents is an unknown op."""
    assert not [op.name for op in OPS if "presence" in op.name and op.name != "presence.query"]
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer, house.wire() as wire:
            answer = await wire.answer(
                await wire.say_anything("presence.set", {"person": tom.person, "state": "online"})
            )
            assert answer == Refusal(code=RefusalCode.UNKNOWN_OP)
            shown = await trainer.get(ops.PresenceQuery(people=(tom.person,)), ops.Presences)
            assert [presence.state for presence in shown.presences] == ["offline"]


async def test_a_live_connection_never_expires(tmp_path: Path, autojump_clock: MockClock) -> None:
    """C2: a day without a word, and it still delivers."""
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer, house.client(tom) as client:
            conversation = await house.open(trainer, tom)
            await trio.sleep(24 * 3600)
            await trainer.get(house.post(conversation), ops.Posted)
            await client.told(ops.Change, "message")
            assert client.closed is None


async def test_a_silent_one_is_offline_after_thirty_seconds(tmp_path: Path, autojump_clock: MockClock) -> None:
    """C2, H6: no ghost lives longer."""
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        assert house.memory is not None
        async with house.client(maya) as trainer, house.client(tom, source="10.0.0.9"):
            await trainer.told(ops.Presence, "presence")
            began = trio.current_time()
            house.memory.wires_of("10.0.0.9")[0].half_open()
            gone = await trainer.event("presence", within=60)
            assert isinstance(gone, ops.Presence)
            assert (gone.person, gone.state) == (tom.person, "offline")
            assert trio.current_time() - began <= 30.1
            assert gone.last_seen_at > 0


async def test_presence_is_told_only_along_relationships_with_consent(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    """C3: not to everyone, and not to a trainer whose client withholds it."""
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        zoe, eve = house.account("zoe", "client"), house.account("eve", "client")
        house.relate(maya, tom)
        house.relate(maya, zoe, Consent())
        async with house.client(maya) as trainer, house.client(eve) as stranger:
            async with house.client(tom) as client, house.client(zoe) as shy:
                told = await trainer.told(ops.Presence, "presence")
                assert (told.person, told.state) == (tom.person, "online")
                assert await trainer.silence() == []
                assert await stranger.silence() == []
                query = ops.PresenceQuery(people=(maya.person, tom.person, zoe.person))
                seen = await trainer.get(query, ops.Presences)
                assert {p.person: p.state for p in seen.presences} == {maya.person: "online", tom.person: "online"}
                for other in client, shy:
                    seen = await other.get(query, ops.Presences)
                    assert {p.person for p in seen.presences if p.person == maya.person} == {maya.person}
                assert (await stranger.get(query, ops.Presences)).presences == ()
            told = await trainer.told(ops.Presence, "presence")
            assert (told.person, told.state) == (tom.person, "offline")
            assert await trainer.silence() == []


async def test_a_second_device_keeps_a_person_here(tmp_path: Path, autojump_clock: MockClock) -> None:
    """C1: from the first connection to the end of the last."""
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        laptop = house.another_device(tom)
        async with house.client(maya) as trainer:
            async with house.client(tom):
                await trainer.told(ops.Presence, "presence")
                async with house.client(laptop):
                    assert await trainer.silence() == []
                assert await trainer.silence() == []
            assert (await trainer.told(ops.Presence, "presence")).state == "offline"


async def test_nobody_hears_himself_type(tmp_path: Path, autojump_clock: MockClock) -> None:
    """P3: not on the same device, not on another; and it expires."""
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        laptop = house.another_device(maya)
        async with house.client(maya) as phone, house.client(laptop) as mine, house.client(tom) as client:
            conversation = await house.open(phone, tom)
            await trio.sleep(1)
            for each in phone, mine, client:
                each.forget()
            await phone.get(ops.Typing(conversation=conversation, on=True), ops.Empty)
            began = trio.current_time()
            seen = await client.told(ops.TypingSeen, "typing")
            assert (seen.person, seen.on) == (maya.person, True)
            seen = await client.told(ops.TypingSeen, "typing")
            assert (seen.person, seen.on) == (maya.person, False)
            assert trio.current_time() - began == pytest.approx(8, abs=0.1)
            assert await phone.silence() == []
            assert await mine.silence() == []


async def test_joining_marks_nothing_read(tmp_path: Path, autojump_clock: MockClock) -> None:
    """R4, R6: hello, snapshot, history and viewing move no cursor; the badge says what is unread."""
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer:
            conversation = await house.open(trainer, tom)
            for _ in range(3):
                await trainer.get(house.post(conversation), ops.Posted)
            trainer.forget()
            stream = StreamId("conversation", conversation)
            async with house.client(tom) as client:
                snapshot = await client.get(ops.Snapshot(stream=stream), ops.SnapshotTaken)
                await client.get(ops.History(conversation=conversation), ops.Messages)
                await client.get(ops.ConversationView(conversation=conversation), ops.Empty)
                listed = await client.get(ops.ConversationList(), ops.Conversations)
                assert [entry.unread for entry in listed.conversations] == [3]
                await client.get(ops.CursorRead(conversation=conversation, seq=snapshot.seq), ops.Empty)
                listed = await client.get(ops.ConversationList(), ops.Conversations)
                assert [entry.unread for entry in listed.conversations] == [0]
            moved = await trainer.told(ops.CursorMoved, "cursor")
            assert [(cursor.delivered, cursor.read) for cursor in moved.cursors] == [(4, 4)]
            assert "cursor" not in await trainer.silence()


async def test_delivery_waits_for_no_job(tmp_path: Path, autojump_clock: MockClock) -> None:
    """R3: it is told in the same instant of virtual time, not once a minute."""
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer, house.client(tom) as client:
            conversation = await house.open(trainer, tom)
            await client.told(ops.Change, "message")
            began = trio.current_time()
            posted = await trainer.get(house.post(conversation), ops.Posted)
            await client.told(ops.Change, "message")
            await client.get(ops.CursorDelivered(conversation=conversation, seq=posted.seq), ops.Empty)
            await trainer.told(ops.CursorMoved, "cursor")
            assert trio.current_time() == began


async def test_a_token_in_the_address_opens_nothing(tmp_path: Path, autojump_clock: MockClock) -> None:
    """C1: the address is never looked at."""
    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        async with house.wire(path=f"/?access_token={maya.token.hex()}") as wire:
            answer = await wire.answer(await wire.say_anything("device.list", {}))
            assert answer == Refusal(code=RefusalCode.UNAUTHENTICATED)


async def test_a_slow_reader_is_dismissed_and_nobody_else_notices(tmp_path: Path, autojump_clock: MockClock) -> None:
    """C13, H8: others do not wait for it; it comes back and misses nothing."""
    settings = replace(SETTINGS, max_out_bytes=64 * 1024)
    async with daemon(tmp_path, settings=settings) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer, house.wire(reading=False) as slow:
            _, hello = slow.protocol.request(ops.Hello(token=tom.token, client="test"))
            await slow.link.send(hello)
            await trainer.told(ops.Presence, "presence")
            conversation = await house.open(trainer, tom)
            sent = 0
            while not [told for told in trainer.events if told.name == "presence"]:
                began = trio.current_time()
                await trainer.get(house.post(conversation, "x" * 4_000), ops.Posted)
                assert trio.current_time() - began < 0.5
                sent += 1
                assert sent < 200
            assert (await trainer.told(ops.Presence, "presence")).state == "offline"
            async with house.client(tom) as back:
                seen = await missed(back, house.store.epoch(), StreamId("conversation", conversation))
                assert len(seen) == sent + 4


async def missed(client: Client, epoch: bytes, stream: StreamId) -> list[object]:
    """Everything of a stream, page by page."""
    rows: list[object] = []
    after, more = 0, True
    while more:
        page = await client.get(ops.Changes(stream=stream, epoch=epoch, after=after), ops.ChangePage)
        rows += page.rows
        after, more = page.upto, page.more
    return rows


async def test_a_flood_of_frames_ends_its_own_connection_only(tmp_path: Path, autojump_clock: MockClock) -> None:
    """H9: whoever does not wait for answers breaks the protocol; others go on."""
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer, house.client(tom) as client:
            flood = b"".join(encode(Request(n, "people.list", {})) for n in range(65))
            await client.link.send(flood)
            assert await client.ended() == CloseCode.PROTOCOL_ERROR
            await house.open(trainer, tom)
