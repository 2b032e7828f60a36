"""What another process writes is noticed: changes are told, whoever was shut out is ended, within one sweep."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import trio
from coachline_protocol import limits, ops
from coachline_protocol.codes import CloseCode, Refusal, RefusalCode
from coachline_protocol.rows import Consent, Invitation, StreamId
from coachline_server.accounts import Accounts
from coachline_server.sweep import SWEEP_SECONDS
from coachline_server.switchboard import Switchboard
from support.daemon import House, daemon, two_talks
from trio.testing import MockClock

SWEPT = "coachline_swept_revisions_total "
AWAKE = "coachline_stream_actors "


def operator(house: House) -> Accounts:
    """The operator's commands, past the daemon."""
    return Accounts(house.store, house.clock, house.ids, lambda password: f"hashed {password}")


@pytest.mark.parametrize("code", [CloseCode.ACCOUNT_DISABLED, CloseCode.DEVICE_REVOKED])
async def test_who_is_shut_out_is_cut_within_one_sweep_and_nobody_else(
    code: CloseCode, tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        async with house.client(maya) as phone, house.client(tom) as other:
            began = trio.current_time()
            if code is CloseCode.ACCOUNT_DISABLED:
                operator(house).set_disabled("maya", True)
            else:
                operator(house).set_password("maya", "another long password")
            assert await phone.ended() == code
            assert trio.current_time() - began <= SWEEP_SECONDS + 1
            await trio.sleep(2 * SWEEP_SECONDS)
            assert await other.get(ops.DeviceList(), ops.Devices)


async def test_a_change_written_elsewhere_is_told_within_one_sweep(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        async with house.client(maya) as phone:
            # Awake: she has just written something herself.
            mine = ops.InvitationCreate(id=house.ids.new(), purpose="coaching")
            await phone.get(mine, ops.InvitationMade)
            await phone.told(ops.Change, "person")
            phone.forget()
            made = operator(house).invite("maya", ops.InvitationCreate(id=house.ids.new(), purpose="coaching"))
            change = await phone.told(ops.Change, "person")
    assert [row.code for row in change.rows if isinstance(row, Invitation)] == [made.code]


async def test_who_is_awake_is_asked_once_a_look_and_not_for_each_stream(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    revisions = Switchboard.revisions

    def counted(switchboard: Switchboard) -> dict[StreamId, int]:
        told = revisions(switchboard)
        asked.append(len(told))
        return told

    monkeypatch.setattr(Switchboard, "revisions", counted)
    async with two_talks(tmp_path) as (house, trainer, *talks):
        for talk in talks:
            await trainer.get(house.post(talk), ops.Posted)
        asked.clear()
        await trio.sleep(10 * SWEEP_SECONDS)
    assert min(asked) >= 5
    assert len(asked) <= 40


@pytest.mark.parametrize("look", ["first", "second"])
async def test_who_is_behind_in_one_look_only_is_left_alone(
    look: str, tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the first: its actor has yet to hear of its commit. In the second: its actor, which told all, has ended."""
    asked = 0
    revisions = Switchboard.revisions

    def astray(switchboard: Switchboard) -> dict[StreamId, int]:
        nonlocal asked
        told = revisions(switchboard)
        asked += 1
        if asked % 3 == 2 and look == "first":
            return {stream: rev - 1 for stream, rev in told.items()}
        return {} if asked % 3 == 0 and look == "second" else told

    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        async with house.client(maya) as phone:
            await trio.sleep(2.5 * SWEEP_SECONDS)  # between two sweeps
            monkeypatch.setattr(Switchboard, "revisions", astray)
            await phone.get(ops.InvitationCreate(id=house.ids.new(), purpose="coaching"), ops.InvitationMade)
            await trio.sleep(SWEEP_SECONDS)
            assert (asked, metric(house, SWEPT)) == (3, 0)
            assert b"coachline_crashes_total{" not in house.app.metrics.text()


async def test_a_code_made_elsewhere_is_good_at_once(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        async with house.client(maya) as phone, house.client(tom) as other:
            await phone.get(ops.InvitationCreate(id=house.ids.new(), purpose="coaching"), ops.InvitationMade)
            began = trio.current_time()
            made = operator(house).invite("maya", ops.InvitationCreate(id=house.ids.new(), purpose="coaching"))
            accept = ops.InvitationAccept(id=house.ids.new(), code=made.code, consent=Consent())
            assert (await other.get(accept, ops.Accepted)).trainer == maya.person
            assert trio.current_time() - began < SWEEP_SECONDS


async def test_it_is_told_also_to_somebody_whose_stream_sleeps(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        async with house.client(maya) as phone:
            await trio.sleep(house.app.settings.rest_after_seconds + 3 * SWEEP_SECONDS)
            phone.forget()
            assert await phone.silence() == []
            operator(house).invite("maya", ops.InvitationCreate(id=house.ids.new(), purpose="coaching"))
            change = await phone.told(ops.Change, "person")
    assert (change.after, change.rows) == (change.rev, ())


def metric(house: House, name: str) -> float:
    """What the daemon has counted."""
    (line,) = [line for line in house.app.metrics.text().decode().splitlines() if line.startswith(name)]
    return float(line.removeprefix(name))


def swept(house: House) -> float:
    """How many revisions the sweeps have found untold."""
    return metric(house, SWEPT)


async def test_it_finds_nothing_where_everything_was_told(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as phone, house.client(tom) as other:
            conversation = await house.open(phone, tom)
            for client in (phone, other):
                await client.get(house.post(conversation), ops.Posted)
            # Awake, while going to rest, and asleep.
            await trio.sleep(house.app.settings.rest_after_seconds + 3 * SWEEP_SECONDS)
            phone.forget()
            assert await phone.silence() == []
            assert swept(house) == 0


async def test_a_slow_disk_is_waited_for(tmp_path: Path, autojump_clock: MockClock) -> None:
    """What is committed and not yet answered is found by nobody: whoever waits for the answer will tell it."""
    async with daemon(tmp_path, storage_seconds=2) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as phone, house.client(tom):
            conversation = await house.open(phone, tom)
            began = trio.current_time()
            while trio.current_time() < began + 20 * SWEEP_SECONDS:
                await phone.get(house.post(conversation), ops.Posted)
                await trio.sleep(0.7)
            assert swept(house) == 0


async def test_a_stream_that_wakes_slowly_is_waited_for(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path, storage_seconds=2) as house, AsyncExitStack() as online:
        maya = house.account("maya", "trainer")
        clients = [house.account(f"client{n}", "client") for n in range(6)]
        for client in clients:
            house.relate(maya, client)
        phones = [await online.enter_async_context(house.client(client)) for client in clients]
        await trio.sleep(house.app.settings.rest_after_seconds + SWEEP_SECONDS)
        for phone in phones:
            await house.open(phone, maya)
            await trio.sleep(SWEEP_SECONDS)
        assert swept(house) == 0


async def test_what_was_written_elsewhere_is_counted(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        async with house.client(maya) as phone:
            operator(house).invite("maya", ops.InvitationCreate(id=house.ids.new(), purpose="coaching"))
            await phone.told(ops.Change, "person")
            await trio.sleep(3 * SWEEP_SECONDS)
            assert swept(house) == 1


async def test_the_first_look_is_judged_by_the_welcome(tmp_path: Path, autojump_clock: MockClock) -> None:
    """Written between the welcome and the first look, to a stream that sleeps: it is told, and nothing else is."""
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        await trio.sleep(SWEEP_SECONDS / 2)
        async with house.client(maya) as phone, house.client(tom) as other:
            operator(house).invite("maya", ops.InvitationCreate(id=house.ids.new(), purpose="coaching"))
            change = await phone.told(ops.Change, "person")
            assert (change.after, change.rows) == (change.rev, ())
            assert await other.silence() == []
            assert swept(house) == 1


async def test_the_own_stream_is_found_behind_any_number_of_conversations(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The welcome holds the first page of heads only, and conversations come first."""
    monkeypatch.setattr(limits, "LIST_MAX", 1)
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as phone:
            await house.open(phone, tom)
        await trio.sleep(house.app.settings.rest_after_seconds + SWEEP_SECONDS)
        async with house.client(maya) as phone:
            operator(house).invite("maya", ops.InvitationCreate(id=house.ids.new(), purpose="coaching"))
            await phone.told(ops.Change, "person")
            assert swept(house) == 1


def awake(house: House) -> float:
    """How many streams are awake."""
    return metric(house, AWAKE)


async def test_it_puts_to_rest_whom_nobody_spoke_to_for_long(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        rest = house.app.settings.rest_after_seconds
        async with house.client(maya) as phone:
            at = await house.open(phone, tom)
            assert awake(house) > 1
            await trio.sleep(rest - SWEEP_SECONDS)
            await phone.get(house.post(at), ops.Posted)
            await trio.sleep(2 * SWEEP_SECONDS)
            assert awake(house) == 1
            await phone.get(ops.ConversationView(conversation=at), ops.Empty)
            await trio.sleep(rest + 2 * SWEEP_SECONDS)
            assert awake(house) == 1
            await phone.get(ops.ConversationView(), ops.Empty)
            await trio.sleep(rest + 2 * SWEEP_SECONDS)
            assert awake(house) == 0
            await phone.get(house.post(at), ops.Posted)
            assert awake(house) == 1


DAY_MS = 24 * 60 * 60 * 1000
KEPT_MS = (limits.COMMAND_MEMORY_DAYS + 1) * DAY_MS


async def test_an_answer_is_forgotten_when_its_command_is_too_old_to_be_done(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        change = ops.ProfileSet(id=house.ids.new(), base=1, display_name="Maya")
        async with house.client(maya) as phone:
            first = await phone.get(change, ops.Changed)
            house.clock.jump(KEPT_MS - 2 * SWEEP_SECONDS * 1000)
            await trio.sleep(SWEEP_SECONDS + 1)
            assert await phone.get(change, ops.Changed) == first
            await trio.sleep(2 * SWEEP_SECONDS)
            assert house.store.answer(maya.person, change.id) is None
            refusal = await phone.ask(change)
            assert isinstance(refusal, Refusal)
            assert refusal.code is RefusalCode.TOO_OLD


async def test_what_was_created_is_not_created_again_however_late_it_is_said(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    """[M4]"""
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as phone:
            post = house.post(await house.open(phone, tom))
            first = await phone.get(post, ops.Posted)
            house.clock.jump(10 * KEPT_MS)
            await trio.sleep(3 * SWEEP_SECONDS)
            assert await phone.get(post, ops.Posted) == first


async def test_many_answers_are_forgotten_a_few_at_a_time(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coachline_server.sweep.FORGOTTEN_AT_ONCE", 2)
    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        ids = [house.ids.new() for _ in range(5)]
        async with house.client(maya) as phone:
            for rev, id in enumerate(ids):
                change = ops.ProfileSet(id=id, base=1 if rev == 0 else rev + 2, display_name=f"Maya {rev}")
                await phone.get(change, ops.Changed)
            house.clock.jump(KEPT_MS)
            await trio.sleep(1)
            left = []
            for _ in range(4):
                await trio.sleep(SWEEP_SECONDS)
                left.append(sum(house.store.answer(maya.person, id) is not None for id in ids))
    assert left == [3, 1, 0, 0]
