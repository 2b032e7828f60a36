"""The smaller parts by themselves: pieces of a change, group commit, password workers, metrics, throttles."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
import trio
from coachline_core.domain.streams import Changed
from coachline_core.runtime.seams import SeededEntropy, VirtualClock
from coachline_protocol import limits, ops
from coachline_protocol.codec import packed_size
from coachline_protocol.codes import CloseCode
from coachline_protocol.rows import Member, Message, Relationship, StreamId, Window
from coachline_server.auth import THROTTLED, Throttle
from coachline_server.backplane import Heard
from coachline_server.fanout import event_name, pieces
from coachline_server.metrics import Buckets
from coachline_server.passwords import Passwords, WorkerThreads
from coachline_server.settings import Rate
from coachline_server.store.port import (
    Append,
    Credential,
)
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from support.daemon import HASHING, SETTINGS, InlineWorkers, daemon
from support.slow_reads import SlowReads, for_welcome
from support.wire import PATIENCE
from trio.testing import MockClock

T = TypeVar("T")

STREAM = StreamId("conversation", b"c" * 16)


def message(rev: int, size: int = 10) -> Message:
    return Message(rev=rev, seq=rev, id=b"m" * 16, author=b"a" * 16, text="x" * size, at=0)


def test_a_change_that_fits_is_told_in_one_piece() -> None:
    change = Changed(STREAM, 3, 5, (message(4), message(5)))
    assert list(pieces(change)) == [change]
    empty = Changed(STREAM, 3, 3, ())
    assert list(pieces(empty)) == [empty]


def test_a_long_change_is_cut_between_revisions_without_a_gap() -> None:
    rows = tuple(message(rev, 19_000) for rev in range(1, 12))
    cut = list(pieces(Changed(STREAM, 0, 11, rows)))
    assert len(cut) > 1
    assert [piece.after for piece in cut] == [0, *(piece.rev for piece in cut[:-1])]
    assert cut[-1].rev == 11
    assert tuple(row for piece in cut for row in piece.rows) == rows
    assert all(sum(map(packed_size, piece.rows)) <= limits.MAX_ANSWER_BYTES for piece in cut)


def test_events_are_named_by_what_they_tell() -> None:
    member = Member(rev=1, person=b"p" * 16, windows=(Window(join=1),))
    assert event_name(STREAM, [member]) == "member"
    assert event_name(STREAM, [member, message(2)]) == "message"
    assert event_name(StreamId("record", b"r" * 16), []) == "record"
    assert event_name(StreamId("person", b"r" * 16), []) == "person"


async def test_only_so_many_hashes_are_computed_at_once() -> None:
    running, most = 0, 0
    workers = WorkerThreads(2)
    lock, in_pairs = threading.Lock(), threading.Barrier(2)

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        in_pairs.wait(PATIENCE)  # for one more that runs as well
        trio.from_thread.run(trio.testing.wait_all_tasks_blocked)
        with lock:
            running -= 1

    async with trio.open_nursery() as nursery:
        for _ in range(6):
            nursery.start_soon(workers.run, work)
    assert most == 2


async def test_a_password_is_checked_against_its_hash_and_nothing_else(autojump_clock: MockClock) -> None:
    passwords = Passwords(HASHING, SeededEntropy(1), InlineWorkers())
    known = await passwords.hash("correct horse battery")
    assert known.startswith("$argon2id$")
    assert await passwords.check("correct horse battery", known)
    assert not await passwords.check("correct horse", known)
    assert not await passwords.check("nobody's password", None)
    assert not await passwords.check("correct horse battery", "no hash at all")
    assert not passwords.outdated(known)
    assert Passwords(replace(HASHING, passes=2), SeededEntropy(1), InlineWorkers()).outdated(known)


async def test_throttles_forget_the_least_recent(autojump_clock: MockClock) -> None:
    throttle = Throttle(Rate(1, 1), VirtualClock(0))
    assert throttle.take("first") is None
    assert throttle.take("first") is not None
    for number in range(THROTTLED):
        assert throttle.take(str(number)) is None
    assert throttle.take("first") is None


async def test_events_between_hello_and_welcome_follow_the_welcome(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message committed while the heads are being read is told after the welcome, not lost and not before."""
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer:
            at = await house.open(trainer, tom)
            async with house.wire() as late:
                # The reading thread is slow: once it has the heads it pauses, and somebody posts.
                reads = SlowReads(for_welcome, monkeypatch)
                reads.holding = True
                number = await late.say(ops.Hello(token=tom.token, client="test"))
                await trio.testing.wait_all_tasks_blocked()
                posted = await trainer.get(house.post(at), ops.Posted)
                await trio.testing.wait_all_tasks_blocked()
                assert not late.events
                reads.go.set()
                welcome = await late.answer(number)
                assert isinstance(welcome, ops.Welcome)
                change = await late.told(ops.Change, "message")
                assert change.rev == posted.rev
                head = next(head for head in welcome.heads if head.stream.kind == "conversation")
                assert change.after == head.rev


async def test_a_disabled_account_is_told_not_to_come_back(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        known = house.store.account("maya")
        assert known is not None
        house.put(Append(facts=(Credential(maya.person, "maya", known.password_hash, disabled=True),)))
        async with house.wire() as wire:
            await wire.say(ops.Hello(token=maya.token, client="test"))
            assert await wire.ended() == CloseCode.ACCOUNT_DISABLED


class Elsewhere:
    """Another node, of which only its hints are seen."""

    heard: Heard

    def announce(self, stream: StreamId, rev: int) -> None:
        """It does not listen."""

    async def run(self, heard: Heard) -> None:
        self.heard = heard
        await trio.sleep_forever()


async def test_an_ended_relationship_withdraws_the_record(tmp_path: Path, autojump_clock: MockClock) -> None:
    """S11: the trainer hears that it ended and to wipe it; after that nothing of it reaches him."""
    elsewhere = Elsewhere()
    async with daemon(tmp_path, backplane=elsewhere) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        stream = StreamId("record", tom.person)
        async with house.client(maya) as trainer, house.client(tom) as client:
            held = next(row for row in house.store.load(stream).rows if isinstance(row, Relationship))
            ended = Relationship(
                rev=2, trainer=held.trainer, client=held.client, state="ended", since=1, consent=held.consent
            )
            elsewhere.heard(stream, 1)
            await client.told(ops.Change, "record")
            house.put(Append(changes=(Changed(stream, 1, 2, (ended,)),)))
            elsewhere.heard(stream, 2)
            told = await trainer.told(ops.Withdrawn, "withdrawn")
            assert told.stream == stream
            assert (await client.told(ops.Change, "record")).rev == 2
            assert (await trainer.refused(ops.Snapshot(stream=stream))).value == "no_relationship"
            seen = await trainer.get(ops.PresenceQuery(people=(tom.person,)), ops.Presences)
            assert seen.presences == ()
            assert (await trainer.refused(ops.ConversationOpen(id=house.ids.new(), person=tom.person))).value == (
                "no_relationship"
            )


async def test_the_metrics_count_what_happened(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path, settings=SETTINGS) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer, house.client(tom):
            at = await house.open(trainer, tom)
            await trainer.get(house.post(at), ops.Posted)
            text = house.app.metrics.text().decode()
            assert await house.app.unready() is None
        for line in (
            "coachline_connections 2.0",
            "coachline_people_online 2.0",
            "coachline_messages_total 2.0",
            'coachline_handshakes_total{outcome="welcomed"} 2.0',
            "coachline_handshake_seconds_count 2.0",
        ):
            assert line in text
    assert await house.app.unready() is not None


def test_the_cheap_histogram_says_what_the_library_would() -> None:
    bounds = (0.01, 0.1, 1)
    mine, registry = CollectorRegistry(), CollectorRegistry()
    cheap = Buckets("seconds", "How long", bounds, registry=mine)
    usual = Histogram("seconds", "How long", buckets=bounds, registry=registry)
    for value in (0.0, 0.01, 0.02, 0.1, 0.5, 3.0, 1.0):
        cheap.observe(value)
        usual.observe(value)
    wanted = [line for line in generate_latest(registry).splitlines() if b"_created" not in line]
    assert generate_latest(mine).splitlines() == wanted
