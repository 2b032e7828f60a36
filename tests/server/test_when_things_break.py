"""Containment and degradation: full disks, lost outcomes, crashing actors, races; never silence, never a false yes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import trio
from coachline_core.domain import conversation
from coachline_core.domain.streams import Changed, Decision, Envelope, View
from coachline_core.runtime.executor import InlineExecutor
from coachline_protocol import ops
from coachline_protocol.codes import CloseCode, Refusal, RefusalCode
from coachline_protocol.rows import Message, StreamId
from coachline_server.conversation_actor import ConversationActor
from coachline_server.link import ServerLink
from coachline_server.people_online import PeopleOnline
from coachline_server.store.port import (
    Append,
    Failed,
    Outcome,
    OutcomeUnknown,
    StoreError,
    StoreFull,
    StoreReadOnly,
)
from coachline_server.sweep import SWEEP_SECONDS
from support.daemon import Account, House, daemon, two_talks
from support.wire import Client
from trio.testing import MockClock

Commit = Callable[[Sequence[Append]], list[Outcome]]


@pytest.mark.parametrize("error", [StoreFull("full"), StoreReadOnly("read-only")])
async def test_a_full_disk_is_a_refusal_and_then_over(
    error: StoreError, tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H10: `unavailable`, nothing kept, and the same command succeeds once there is room."""
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer, house.client(tom) as client:
            at = await house.open(trainer, tom)
            await client.told(ops.Change, "person")
            client.forget()
            with monkeypatch.context() as broken:
                broken.setattr(house.store, "commit", lambda appends: [Failed(error) for _ in appends])
                posts = [house.post(at, "one"), house.post(at, "two")]
                for number in await trainer.say_all(*posts):
                    assert await trainer.answer(number) == Refusal(code=RefusalCode.UNAVAILABLE)
                cursor = ops.CursorDelivered(conversation=at, seq=1)
                assert await client.refused(cursor) is RefusalCode.UNAVAILABLE
            assert await client.silence() == []
            for post in posts:
                await trainer.get(post, ops.Posted)
            page = await client.get(ops.History(conversation=at), ops.Messages)
            assert [message.text for message in page.messages] == ["opened", "one", "two"]


async def test_an_unreadable_database_refuses_reads_and_keeps_the_connection(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        async with house.client(maya) as phone:

            def fail(*_: object) -> None:
                raise StoreError("gone")

            with monkeypatch.context() as broken:
                broken.setattr(house.store, "people", fail)
                assert await phone.refused(ops.PeopleList()) is RefusalCode.UNAVAILABLE
            await phone.get(ops.PeopleList(), ops.People)


@pytest.mark.parametrize("written", [True, False])
async def test_a_lost_outcome_is_never_guessed(
    written: bool, tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it was written or not: the author may say it again, it is there once, and the other side learns of it."""
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer, house.client(tom) as client:
            at = await house.open(trainer, tom)
            await client.told(ops.Change, "message")
            commit: Commit = house.store.commit

            def lose(appends: Sequence[Append]) -> list[Outcome]:
                if written:
                    commit(appends)
                return [Failed(OutcomeUnknown("cut during COMMIT")) for _ in appends]

            post = house.post(at, "perhaps")
            with monkeypatch.context() as broken:
                broken.setattr(house.store, "commit", lose)
                assert await trainer.refused(post) is RefusalCode.UNAVAILABLE
            announced = await client.told(ops.Change, "member")
            assert (announced.after, announced.rev, announced.rows) == (5, 5, ()) if written else (4, 4, ())
            posted = await trainer.get(post, ops.Posted)
            assert (posted.seq, posted.rev) == (2, 5)
            page = await client.get(ops.History(conversation=at), ops.Messages)
            assert [message.text for message in page.messages] == ["opened", "perhaps"]


async def test_what_a_hanging_disk_wrote_after_all_is_known_before_it_is_answered(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first try is given up and written all the same, behind the back of the actor that answers the second."""
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer, house.client(tom) as client:
            write, in_turn, hangs = InlineExecutor.write, trio.StrictFIFOLock(), [45.0]

            async def hang(self: InlineExecutor, fn: Callable[[], Any], **then: Any) -> Any:
                async with in_turn:
                    await trio.sleep(hangs.pop() if hangs else 0)
                    return await write(self, fn, **then)

            monkeypatch.setattr(InlineExecutor, "write", hang)
            opening = ops.ConversationOpen(id=house.ids.new(), person=tom.person)
            number = await trainer.say(opening)
            await trio.sleep(31)
            assert await trainer.answer(number) == Refusal(code=RefusalCode.UNAVAILABLE)
            at = (await trainer.get(opening, ops.Opened)).conversation
            await trainer.get(house.post(at, "at once"), ops.Posted)
            await client.get(house.post(at, "so do I"), ops.Posted)


async def test_a_crashed_stream_answers_and_wakes_again(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H9: everybody who waits for it hears `unavailable`; the next command finds a fresh one; others go on."""
    async with two_talks(tmp_path) as (house, trainer, broken_one, other):
        decide = conversation.RULES.decide

        def crash(_: object, view: View, stream: StreamId, envelope: Envelope) -> Decision | Refusal:
            if stream.id == broken_one:
                raise RuntimeError("a defect")
            return decide(view, stream, envelope)

        posts = [house.post(broken_one), house.post(broken_one)]
        with monkeypatch.context() as broken:
            broken.setattr(type(conversation.RULES), "decide", crash)
            for number in await trainer.say_all(*posts):
                assert await trainer.answer(number) == Refusal(code=RefusalCode.UNAVAILABLE)
            await trainer.get(house.post(other), ops.Posted)
        for post in posts:
            await trainer.get(post, ops.Posted)
        metrics = house.app.metrics.text()
        assert b'coachline_crashes_total{actor="conversation"} 1.0' in metrics


async def test_a_stream_that_crashes_as_it_tells_spoils_no_other_of_its_commit(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H9: what is durable is told by its own stream or not at all; said again, it is answered as done."""
    async with two_talks(tmp_path) as (house, trainer, broken_one, other):
        commit, sizes = house.store.commit, list[int]()

        def crash(actor: ConversationActor, *_: object) -> None:
            if actor.stream.id == broken_one and sizes:
                raise RuntimeError("a defect")

        def count(appends: Sequence[Append]) -> list[Outcome]:
            sizes.append(len(appends))
            return commit(appends)

        posts = [house.post(broken_one), house.post(other)]
        with monkeypatch.context() as broken:
            broken.setattr(ConversationActor, "withhold", crash)
            broken.setattr(house.store, "commit", count)
            numbers = await trainer.say_all(*posts)
            assert await trainer.answer(numbers[0]) == Refusal(code=RefusalCode.UNAVAILABLE)
            assert isinstance(await trainer.answer(numbers[1]), ops.Posted)
            assert sizes == [2]
        assert (await trainer.get(posts[0], ops.Posted)).seq == 2
        assert b'coachline_crashes_total{actor="conversation"} 1.0' in house.app.metrics.text()


async def test_typing_ends_by_itself_while_the_disk_hangs(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer, house.client(tom) as client:
            at = await house.open(trainer, tom)
            write = InlineExecutor.write

            async def hang(self: InlineExecutor, fn: Callable[[], Any], **then: Any) -> Any:
                await trio.sleep(20)
                return await write(self, fn, **then)

            monkeypatch.setattr(InlineExecutor, "write", hang)
            await client.get(ops.Typing(conversation=at, on=True), ops.Empty)
            assert (await trainer.told(ops.TypingSeen, "typing")).on
            began = trio.current_time()
            seen, said = await trainer.say_all(ops.CursorRead(conversation=at, seq=1), house.post(at))
            assert not (await trainer.told(ops.TypingSeen, "typing")).on
            assert trio.current_time() - began == house.app.settings.typing_expires_seconds
            assert await trainer.answer(seen) == ops.Empty()
            assert isinstance(await trainer.answer(said), ops.Posted)


async def test_a_defect_in_a_handler_costs_one_connection(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H9: closed with a code that says to come back, counted, and nobody else notices."""
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        async with house.client(maya) as trainer, house.client(tom) as client:

            def crash(*_: object) -> None:
                raise RuntimeError("a defect")

            with monkeypatch.context() as broken:
                broken.setattr(house.store, "people", crash)
                await client.say(ops.PeopleList())
                assert await client.ended() == CloseCode.INTERNAL_ERROR
            await trainer.get(ops.DeviceList(), ops.Devices)
            assert b'coachline_crashes_total{actor="connection"} 1.0' in house.app.metrics.text()


async def test_a_defect_in_sending_costs_one_connection_whatever_else_goes_wrong_with_it(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H9: one task sends for all, and those who come after the broken one in the same turn are sent to."""
    send_now = ServerLink.send_now

    def breaks(link: ServerLink, data: bytes) -> bool:
        if link.peer == "broken":
            raise RuntimeError("a defect")
        return send_now(link, data)

    def crash(*_: object) -> None:
        raise KeyError("another")

    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya, source="broken") as trainer, house.client(tom) as client:
            at = await house.open(trainer, tom)
            await client.told(ops.Change, "person")
            client.forget()
            with monkeypatch.context() as broken:
                broken.setattr(ServerLink, "send_now", breaks)
                broken.setattr(PeopleOnline, "leave", crash)
                await trainer.say(house.post(at))
                assert await trainer.ended() is None
            assert (await client.told(ops.Change, "message")).stream.id == at
            counted = house.app.metrics.text()
            assert b'coachline_crashes_total{actor="connection"} 1.0' in counted
            assert b'coachline_crashes_total{actor="flusher"}' not in counted


async def test_one_bad_append_spoils_no_other(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that fails is split down to the guilty command."""
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer, house.client(tom) as client:
            at = await house.open(trainer, tom)
            commit: Commit = house.store.commit

            def dislike(appends: Sequence[Append]) -> list[Outcome]:
                return [
                    Failed(StoreError("not this one")) if says(append, "bad") else commit([append])[0]
                    for append in appends
                ]

            with monkeypatch.context() as broken:
                broken.setattr(house.store, "commit", dislike)
                numbers = [await trainer.say(house.post(at, "good 1"))]
                numbers += [await client.say(house.post(at, "bad"))]
                numbers += await trainer.say_all(*(house.post(at, f"good {n}") for n in range(2, 6)))
                outcomes = [await trainer.answer(numbers[0])]
                refused = await client.answer(numbers[1])
                outcomes += [await trainer.answer(number) for number in numbers[2:]]
            assert refused == Refusal(code=RefusalCode.UNAVAILABLE)
            assert all(isinstance(outcome, ops.Posted) for outcome in outcomes)
            page = await client.get(ops.History(conversation=at), ops.Messages)
            assert [message.text for message in page.messages][1:] == [f"good {n}" for n in range(1, 6)]


def says(append: Append, text: str) -> bool:
    return any(isinstance(row, Message) and row.text == text for changed in append.changes for row in changed.rows)


async def test_a_stream_moved_by_somebody_else_is_read_and_decided_again(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    """Compare-and-set: what another node wrote is fanned out first, then the command takes the next place."""
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer, house.client(tom) as client:
            at = await house.open(trainer, tom)
            await client.told(ops.Change, "message")
            elsewhere(house, at, tom.person)
            posted = await trainer.get(house.post(at, "second"), ops.Posted)
            assert (posted.seq, posted.rev) == (3, 6)
            texts: list[str] = []
            while len(texts) < 2:
                change = await client.told(ops.Change, "message")
                texts += [row.text for row in change.rows if isinstance(row, Message)]
            assert texts == ["from elsewhere", "second"]


def elsewhere(house: House, at: bytes, author: bytes) -> None:
    """Another node posts."""
    row = Message(rev=5, seq=2, id=house.ids.new(), author=author, text="from elsewhere", at=house.clock.now())
    house.put(Append(changes=(Changed(StreamId("conversation", at), 4, 5, (row,)),)))


async def test_both_open_the_same_conversation_at_once(tmp_path: Path, autojump_clock: MockClock) -> None:
    """S13: exactly one, and both are told the same."""
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        opened: list[bytes] = []
        async with house.client(maya) as trainer, house.client(tom) as client, trio.open_nursery() as nursery:

            async def open_with(who: Client, other: Account) -> None:
                opened.append(await house.open(who, other))

            nursery.start_soon(open_with, trainer, tom)
            nursery.start_soon(open_with, client, maya)
        assert opened == [house.direct(maya, tom)] * 2
        stream = StreamId("conversation", opened[0])
        assert house.store.load(stream).rev == 4


async def test_a_stream_nobody_speaks_to_goes_to_rest(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer, house.client(tom) as client:
            at = await house.open(trainer, tom)
            assert b"coachline_stream_actors 3.0" in house.app.metrics.text()
            await trio.sleep(house.app.settings.rest_after_seconds + SWEEP_SECONDS)
            assert b"coachline_stream_actors 0.0" in house.app.metrics.text()
            await client.told(ops.Change, "message")
            await trainer.get(house.post(at), ops.Posted)
            change = await client.told(ops.Change, "message")
            assert change.rev == 5


async def test_what_was_read_before_a_refusal_does_not_overtake(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second was in the mailbox already when the first failed: it waits for the first to be said again."""
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer:
            at = await house.open(trainer, tom)
            first, second = house.post(at, "first"), house.post(at, "second")
            write, full = InlineExecutor.write, trio.Event()

            async def slow_write(self: InlineExecutor, fn: Callable[[], Any], **then: Any) -> Any:
                await full.wait()
                return await write(self, fn, **then)

            with monkeypatch.context() as broken:
                broken.setattr(InlineExecutor, "write", slow_write)
                broken.setattr(house.store, "commit", lambda appends: [Failed(StoreFull("full")) for _ in appends])
                numbers = [await trainer.say(first)]
                await trio.testing.wait_all_tasks_blocked()
                numbers.append(await trainer.say(second))
                await trio.testing.wait_all_tasks_blocked()
                full.set()
                assert await trainer.answer(numbers[0]) == Refusal(code=RefusalCode.UNAVAILABLE)
            assert await trainer.answer(numbers[1]) == Refusal(code=RefusalCode.OUT_OF_ORDER)
            for post in first, second:
                await trainer.get(post, ops.Posted)
            page = await trainer.get(ops.History(conversation=at), ops.Messages)
            assert [message.text for message in page.messages] == ["opened", "first", "second"]
