"""H7: what a client withdrew from a trainer is not sent to him any more, from the acknowledgement on.

Whatever still waited for a reader of his, and whatever was still being read: only what was in the socket comes.
"""

import datetime
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import AnyRow, Consent, Excuse, Goal, Id, Message, Progress, Relationship, StreamId, Terms
from coachline_server.conversation_actor import ConversationActor
from coachline_server.store.port import Append, Failed, Outcome, OutcomeUnknown, PageRows
from support.daemon import Account, House, daemon
from support.slow_reads import SlowReads, has_heads
from support.wire import Client
from trio.testing import MockClock, wait_all_tasks_blocked

TODAY = datetime.date(2027, 1, 15)
FULL = Consent(see_goals=True, set_goals="assign", see_progress=True, record_progress=True, see_presence=True)
LONG = "\N{GRINNING FACE}" * 1_000
"""Some twenty of these fill the network between a client and a server."""


@dataclass
class Gym:
    """Maya coaches Tom, who works for one goal of hers, and Zoe, who is never here; Rita coaches Tom too."""

    house: House
    maya: Account
    rita: Account
    tom: Account
    zoe: Account
    goal: Id = b""

    @property
    def record(self) -> StreamId:
        return StreamId("record", self.tom.person)

    def entry(self, note: str = LONG) -> ops.ProgressRecord:
        return ops.ProgressRecord(
            id=self.house.ids.new(),
            client=self.tom.person,
            goal=self.goal,
            day=TODAY,
            zone="Europe/Berlin",
            note=note,
        )

    def relationship(self, trainer: Account) -> Relationship:
        rows = self.house.store.load(self.record).rows
        return next(row for row in rows if isinstance(row, Relationship) and row.trainer == trainer.person)

    def consent(self, consent: Consent) -> ops.ConsentSet:
        base = self.relationship(self.maya).rev
        return ops.ConsentSet(id=self.house.ids.new(), trainer=self.maya.person, base=base, consent=consent)

    def of_pair(self, kind: type[ops.RelationshipPause] | type[ops.RelationshipEnd]) -> ops.Body:
        return kind(id=self.house.ids.new(), client=self.tom.person, trainer=self.maya.person)


@asynccontextmanager
async def gym(folder: Path) -> AsyncIterator[tuple[Gym, Client]]:
    """The house with a goal in it, and Tom's phone."""
    async with daemon(folder) as house:
        maya, rita = house.account("maya", "trainer"), house.account("rita", "trainer")
        tom, zoe = house.account("tom", "client"), house.account("zoe", "client")
        house.relate(maya, tom, FULL)
        house.relate(rita, tom, FULL)
        house.relate(maya, zoe, FULL)
        scene = Gym(house, maya, rita, tom, zoe)
        async with house.client(maya) as trainer, house.client(tom) as phone:
            goal = ops.GoalAssign(
                id=house.ids.new(), client=tom.person, kind="free", terms=Terms(title="Sleep", start=TODAY)
            )
            await trainer.get(goal, ops.Changed)
            scene.goal = goal.id
            yield scene, phone


@asynccontextmanager
async def slow(house: House, account: Account) -> AsyncIterator[Client]:
    """A welcomed device that does not read on by itself."""
    async with house.wire(reading=False) as client:
        number = await client.say(ops.Hello(token=account.token, client="test"))
        while number not in client.answers:
            client.hear(await client.link.receive())
        yield client


async def read_all(client: Client) -> None:
    """Whatever is in the socket and behind it."""
    with trio.move_on_after(5):
        while True:
            client.hear(await client.link.receive())


def rows_told(client: Client, stream: StreamId) -> list[AnyRow]:
    changes = [told.body for told in client.events if isinstance(told.body, ops.Change)]
    return [row for change in changes if change.stream == stream for row in change.rows]


def notes(rows: list[AnyRow]) -> list[str]:
    return [row.note for row in rows if isinstance(row, Progress)]


WITHDRAWALS: dict[str, Callable[[Gym], ops.Body]] = {
    "progress": lambda scene: scene.consent(Consent(see_goals=True, see_presence=True)),
    "everything": lambda scene: scene.consent(Consent()),
    "the end": lambda scene: scene.of_pair(ops.RelationshipEnd),
}
LEAVING = {"what is left": lambda scene: msgspec.structs.replace(scene.of_pair(ops.RelationshipEnd), leave=True)}


@pytest.mark.parametrize("what", WITHDRAWALS)
async def test_what_waits_for_a_slow_reader_is_not_sent_after_the_acknowledgement(
    what: str, tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with gym(tmp_path) as (scene, phone), scene.house.client(scene.rita) as rita:
        laptop = scene.house.another_device(scene.maya)
        async with slow(scene.house, laptop) as one, slow(scene.house, scene.maya) as two:
            for number in range(45):
                await phone.get(scene.entry(f"{number} {LONG[:990]}"), ops.Changed)
            await wait_all_tasks_blocked()
            await phone.get(WITHDRAWALS[what](scene), ops.Changed)
            await phone.get(scene.entry("after"), ops.Changed)
            for device in (one, two):
                await read_all(device)
                told = notes(rows_told(device, scene.record))
                # The first were in the socket when it was withdrawn; of the others none came.
                assert 0 < len(told) < 40
                assert told == [f"{number} {LONG[:990]}" for number in range(len(told))]
            await wait_all_tasks_blocked()
            assert len(notes(rows_told(rita, scene.record))) == 46


async def test_what_was_said_in_the_conversation_is_still_sent(tmp_path: Path, autojump_clock: MockClock) -> None:
    """Its end closes it for writing, not for reading."""
    async with gym(tmp_path) as (scene, phone), slow(scene.house, scene.maya) as device:
        conversation = scene.house.direct(scene.maya, scene.tom)
        for number in range(30):
            await phone.get(scene.house.post(conversation, f"{number} {LONG}"), ops.Posted)
        await phone.get(scene.of_pair(ops.RelationshipEnd), ops.Changed)
        await read_all(device)
        told = rows_told(device, StreamId("conversation", conversation))
        texts = [row for row in told if isinstance(row, Message) and row.kind == "text"]
        assert len(texts) == 30
        assert [told.body for told in device.events if told.name == "withdrawn"] == [ops.Withdrawn(stream=scene.record)]


@pytest.mark.parametrize("make", [lambda s: ops.Snapshot(stream=s.record), None], ids=["snapshot", "changes"])
async def test_an_answer_that_waits_is_taken_back_and_asked_for_again(
    make: Callable[[Gym], ops.Body] | None, tmp_path: Path, autojump_clock: MockClock
) -> None:
    """Who asked gets an answer all the same: ask again."""
    async with gym(tmp_path) as (scene, phone):
        for _ in range(20):
            await phone.get(scene.entry(), ops.Changed)
        ask = make or (lambda s: ops.Changes(stream=s.record, epoch=s.house.store.epoch(), after=0))
        async with slow(scene.house, scene.maya) as device:
            asked = []
            for _ in range(6):
                asked.append(await device.say(ask(scene)))
                await wait_all_tasks_blocked()
            await phone.get(scene.consent(Consent(see_goals=True)), ops.Changed)
            await read_all(device)
            first, last = device.answers[asked[0]], device.answers[asked[-1]]
            assert isinstance(first, ops.SnapshotTaken | ops.ChangePage)
            assert isinstance(last, Refusal)
            assert last.code is RefusalCode.UNAVAILABLE
            assert last.code.retryable
            again = await device.say(ask(scene))
            await read_all(device)
            taken = device.answers[again]
            assert isinstance(taken, ops.SnapshotTaken | ops.ChangePage)
            assert notes(list(taken.rows)) == []
            assert any(isinstance(row, Goal) for row in taken.rows)


def is_page(value: Any) -> bool:
    return isinstance(value, PageRows) or (isinstance(value, tuple) and bool(value) and hasattr(value[0], "cursors"))


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("name", ["changes", "snapshot"])
async def test_what_is_being_read_is_judged_by_what_may_be_seen_at_its_end(
    name: str, ended: bool, tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = SlowReads(is_page, monkeypatch)
    async with gym(tmp_path) as (scene, phone), scene.house.client(scene.maya) as device:
        await phone.get(scene.entry("said before"), ops.Changed)
        epoch = scene.house.store.epoch()
        requests = {
            "changes": ops.Changes(stream=scene.record, epoch=epoch, after=0),
            "snapshot": ops.Snapshot(stream=scene.record),
        }
        before = await device.ask(requests[name])
        assert isinstance(before, ops.ChangePage | ops.SnapshotTaken)
        assert notes(list(before.rows)) == ["said before"]
        reads.holding = True
        asked = await device.say(requests[name])
        await wait_all_tasks_blocked()
        withdrawal = scene.of_pair(ops.RelationshipEnd) if ended else scene.consent(Consent(see_goals=True))
        await phone.get(withdrawal, ops.Changed)
        reads.go.set()
        answer = await device.answer(asked)
        if ended:
            assert isinstance(answer, Refusal)
            assert answer.code is RefusalCode.NO_RELATIONSHIP
        else:
            assert isinstance(answer, ops.ChangePage | ops.SnapshotTaken)
            assert {type(row) for row in answer.rows} >= {Goal, Relationship}
            assert not any(isinstance(row, Progress | Excuse) for row in answer.rows)


async def test_heads_that_are_being_read_leave_out_what_was_lost_meanwhile(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = SlowReads(has_heads, monkeypatch)
    async with gym(tmp_path) as (scene, phone), scene.house.client(scene.maya) as device:
        laptop = scene.house.another_device(scene.maya)
        reads.holding = True
        asked = await device.say(ops.Heads(after=StreamId("conversation", bytes(16))))
        async with scene.house.wire() as late:
            hello = await late.say(ops.Hello(token=laptop.token, client="test"))
            await wait_all_tasks_blocked()
            await phone.get(scene.of_pair(ops.RelationshipEnd), ops.Changed)
            reads.go.set()
            page, welcome = await device.answer(asked), await late.answer(hello)
            assert isinstance(page, ops.HeadPage)
            assert isinstance(welcome, ops.Welcome)
            for heads in (page.heads, welcome.heads):
                assert scene.record not in [head.stream for head in heads]
                assert StreamId("conversation", scene.house.direct(scene.maya, scene.tom)) in [h.stream for h in heads]


async def test_what_is_held_for_a_device_that_is_coming_in_is_withheld_too(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = SlowReads(has_heads, monkeypatch)
    async with gym(tmp_path) as (scene, phone), scene.house.wire() as late:
        laptop = scene.house.another_device(scene.maya)
        reads.holding = True
        hello = await late.say(ops.Hello(token=laptop.token, client="test"))
        await wait_all_tasks_blocked()
        await phone.get(scene.entry("held"), ops.Changed)
        await phone.get(scene.consent(Consent(see_goals=True)), ops.Changed)
        reads.go.set()
        await late.answer(hello)
        await trio.sleep(1)
        told = rows_told(late, scene.record)
        assert notes(told) == []
        assert any(isinstance(row, Relationship) for row in told)


@pytest.mark.parametrize("what", ["consent", "pause", "end"])
async def test_presence_that_was_withdrawn_is_not_sent(
    what: str, tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gym(tmp_path) as (scene, phone), slow(scene.house, scene.maya) as device:
        conversation = scene.house.direct(scene.maya, scene.tom)
        for _ in range(30):
            await phone.get(scene.house.post(conversation, LONG), ops.Posted)
        device.forget()
        query = await device.say(ops.PresenceQuery(people=(scene.tom.person,)))
        async with scene.house.client(scene.house.another_device(scene.maya)) as laptop:
            await laptop.get(ops.ConversationView(conversation=conversation), ops.Empty)
            await phone.get(ops.ConversationView(conversation=conversation), ops.Empty)
            await wait_all_tasks_blocked()
            seen = [told.body for told in laptop.events if isinstance(told.body, ops.Viewing)]
            assert seen[-1].people == (scene.tom.person,)
        withdrawal = {
            "consent": scene.consent(Consent(see_goals=True, see_progress=True)),
            "pause": scene.of_pair(ops.RelationshipPause),
            "end": scene.of_pair(ops.RelationshipEnd),
        }[what]
        # Who looks is told anew by the conversation, whose actor comes to that in its own time.
        monkeypatch.setattr(ConversationActor, "hear", lambda *_: None)
        await phone.get(withdrawal, ops.Changed)
        await read_all(device)
        answer = device.answers[query]
        assert isinstance(answer, Refusal)
        assert answer.code is RefusalCode.UNAVAILABLE
        looking = [told.body.people for told in device.events if isinstance(told.body, ops.Viewing)]
        assert all(scene.tom.person not in people for people in looking)


async def test_presence_that_is_being_read_is_judged_at_its_end(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = SlowReads(lambda value: isinstance(value, dict), monkeypatch)
    async with gym(tmp_path) as (scene, phone), scene.house.client(scene.maya) as device:
        reads.holding = True
        asked = await device.say(ops.PresenceQuery(people=(scene.tom.person, scene.zoe.person)))
        await wait_all_tasks_blocked()
        await phone.get(scene.consent(Consent(see_goals=True)), ops.Changed)
        reads.go.set()
        answer = await device.answer(asked)
        assert isinstance(answer, ops.Presences)
        assert [(one.person, one.state) for one in answer.presences] == [(scene.zoe.person, "offline")]


async def test_who_types_in_a_conversation_that_is_closed_types_no_more(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with gym(tmp_path) as (scene, phone), scene.house.client(scene.maya) as device:
        conversation = scene.house.direct(scene.maya, scene.tom)
        typing = ops.Typing(conversation=conversation, on=True)
        await device.get(typing, ops.Empty)
        assert (await phone.told(ops.TypingSeen, "typing")).on
        await phone.get(scene.of_pair(ops.RelationshipEnd), ops.Changed)
        with trio.fail_after(1):
            assert not (await phone.told(ops.TypingSeen, "typing")).on
        assert await device.refused(typing) is RefusalCode.CONVERSATION_CLOSED


async def test_who_looks_is_told_anew_when_presence_is_withheld_and_given(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    """C3: at once, and without anybody looking away."""
    async with gym(tmp_path) as (scene, phone), scene.house.client(scene.maya) as device:
        conversation = scene.house.direct(scene.maya, scene.tom)
        for client in (phone, device):
            await client.get(ops.ConversationView(conversation=conversation), ops.Empty)
        assert (await device.told(ops.Viewing, "viewing")).people == (scene.tom.person,)
        await wait_all_tasks_blocked()
        device.forget()
        await phone.get(scene.consent(Consent(see_goals=True)), ops.Changed)
        with trio.fail_after(1):
            assert (await device.told(ops.Viewing, "viewing")).people == ()
        device.forget()
        await phone.get(scene.consent(FULL), ops.Changed)
        with trio.fail_after(1):
            assert (await device.told(ops.Viewing, "viewing")).people == (scene.tom.person,)
            assert (await device.told(ops.Presence, "presence")).state == "online"


@pytest.mark.parametrize("what", [*WITHDRAWALS, *LEAVING])
async def test_what_was_withdrawn_by_a_commit_whose_answer_was_lost_is_withdrawn_all_the_same(
    what: str, tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is left who knows how it was before: what the trainer was told last says it."""
    async with gym(tmp_path) as (scene, phone):
        house = scene.house
        async with slow(house, house.another_device(scene.maya)) as device, house.client(scene.maya) as trainer:
            for number in range(45):
                await phone.get(scene.entry(f"{number} {LONG[:990]}"), ops.Changed)
            await wait_all_tasks_blocked()
            trainer.forget()
            commit = house.store.commit

            def lose(appends: Sequence[Append]) -> list[Outcome]:
                commit(appends)
                return [Failed(OutcomeUnknown("cut during COMMIT")) for _ in appends]

            withdrawal = (WITHDRAWALS | LEAVING)[what](scene)
            with monkeypatch.context() as broken:
                broken.setattr(house.store, "commit", lose)
                assert await phone.refused(withdrawal) is RefusalCode.UNAVAILABLE
            await phone.get(withdrawal, ops.Changed)
            if what == "the end":
                assert (await trainer.told(ops.Withdrawn, "withdrawn")).stream == scene.record
                assert await trainer.refused(ops.Snapshot(stream=scene.record)) is RefusalCode.NO_RELATIONSHIP
            else:
                announced = await trainer.told(ops.Change, "record")
                assert announced.rev == house.store.load(scene.record).rev
                assert announced.rows == ()
                assert not [told for told in trainer.events if isinstance(told.body, ops.Withdrawn)]
            await read_all(device)
            assert 0 < len(notes(rows_told(device, scene.record))) < (46 if what == "what is left" else 40)
