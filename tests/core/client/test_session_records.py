"""A trainer's device holds what the client lets him see, and nothing else, however it hears of it (SPEC.md, G3)."""

from pathlib import Path

import pytest
import trio
from coachline_protocol import ops
from coachline_protocol.connection import Asked
from support.client_world import synced, until
from support.coaching_world import ALL, GOALS_ONLY, NOTHING, RECORD, Coached, coached, kinds, record
from support.scripted_server import Visit, ignore
from support.world import MAYA, TOM
from trio.testing import MockClock

EVERYTHING = {"relationships", "goals", "progress"}
SECRET = "had two beers, tell nobody"


@pytest.fixture
def maya(tmp_path: Path) -> Coached:
    """Maya's phone; Tom lets her see everything, has a goal and has said what he ate."""
    told = coached(tmp_path, MAYA)
    told.eats(told.assigns(), "2100", "150", note=SECRET)
    return told


def file_bytes(told: Coached) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(told.devices.folder.glob("phone.db*")))


async def test_a_record_is_shown_as_far_as_consent_reaches(autojump_clock: MockClock, maya: Coached) -> None:
    async with maya.devices.serving(), maya.devices.session() as session:
        await synced(session)
        assert kinds(session) == EVERYTHING
        (course,) = record(session).goals
        assert [entry.current.row.note for entry in course.entries] == [SECRET]
        assert record(session).zone == "Europe/Berlin"
        maya.eats(course.goal.id, "300")
        await until(session, lambda: len(record(session).goals[0].entries) == 2)
    assert maya.held() == maya.server.oracle(RECORD)


@pytest.mark.parametrize("online", [True, False])
async def test_what_is_not_consented_to_any_more_is_gone_from_memory_and_disk(
    autojump_clock: MockClock, maya: Coached, online: bool
) -> None:
    async with maya.devices.session() as session:
        async with maya.devices.serving():
            await synced(session)
            assert SECRET.encode() in file_bytes(maya)
            if online:
                maya.consents(GOALS_ONLY)
                await until(session, lambda: kinds(session) == {"relationships", "goals"})
                assert SECRET.encode() not in file_bytes(maya)
                await trio.sleep(1)
        if not online:
            maya.consents(GOALS_ONLY)
            async with maya.devices.serving():
                await synced(session)
                assert kinds(session) == {"relationships", "goals"}
    assert maya.held() == maya.server.oracle(RECORD)
    assert SECRET.encode() not in file_bytes(maya)


async def test_what_is_withdrawn_is_gone_before_anything_is_asked_for(autojump_clock: MockClock, maya: Coached) -> None:
    async with maya.devices.serving(), maya.devices.session() as session:
        await synced(session)
        maya.server.script(ops.Snapshot, ignore)
        maya.consents(NOTHING)
        await until(session, lambda: kinds(session) == {"relationships"})
    assert {type(row).__name__ for row in maya.held()} == {"Relationship", "RelationshipStep"}


@pytest.mark.parametrize("online", [True, False])
async def test_what_is_granted_comes_with_what_was_before(
    autojump_clock: MockClock, maya: Coached, online: bool
) -> None:
    maya.consents(NOTHING)
    async with maya.devices.session() as session:
        async with maya.devices.serving():
            await synced(session)
            assert kinds(session) == {"relationships"}
            if online:
                maya.consents(ALL)
                await until(session, lambda: kinds(session) == EVERYTHING)
        if not online:
            maya.consents(ALL)
            async with maya.devices.serving():
                await synced(session)
                assert kinds(session) == EVERYTHING
    assert maya.held() == maya.server.oracle(RECORD)


async def test_a_cut_before_what_was_granted_has_come_does_not_make_it_complete(
    autojump_clock: MockClock, maya: Coached
) -> None:
    def cut(visit: Visit, asked: Asked) -> bool:
        visit.cut()
        return True

    maya.consents(NOTHING)
    async with maya.devices.serving(), maya.devices.session() as session:
        await synced(session)
        maya.server.script(ops.Snapshot, cut, cut)
        maya.consents(ALL)
        await until(session, lambda: kinds(session) == EVERYTHING)
    assert maya.held() == maya.server.oracle(RECORD)


async def test_a_page_that_was_asked_for_before_does_not_bring_back_what_is_withdrawn(
    autojump_clock: MockClock, maya: Coached
) -> None:
    def withdraw_after(visit: Visit, asked: Asked) -> bool:
        visit.answer(asked)
        maya.consents(NOTHING)
        return True

    async with maya.devices.serving(), maya.devices.session() as session:
        await synced(session)
        goal = record(session).goals[0].goal.id
        maya.server.deaf = True
        maya.eats(goal, "300", note="eaten unheard")
        maya.server.deaf = False
        maya.server.script(ops.Changes, withdraw_after)
        maya.server.script(ops.Snapshot, ignore)
        maya.server.announce(RECORD)
        await until(session, lambda: kinds(session) == {"relationships"})
        await trio.sleep(1)
        assert kinds(session) == {"relationships"}
    assert {type(row).__name__ for row in maya.held()} == {"Relationship", "RelationshipStep"}
    assert b"eaten unheard" not in file_bytes(maya)


async def test_a_change_of_consent_that_nobody_told_is_found_in_the_page_that_has_it(
    autojump_clock: MockClock, maya: Coached
) -> None:
    async with maya.devices.serving(), maya.devices.session() as session:
        await synced(session)
        maya.server.deaf = True
        maya.consents(GOALS_ONLY)
        maya.server.deaf = False
        maya.server.announce(RECORD)
        await until(session, lambda: kinds(session) == {"relationships", "goals"})
        await trio.sleep(1)
    assert maya.held() == maya.server.oracle(RECORD)


async def test_a_record_too_large_for_one_answer_is_taken_in_pieces_and_shows_its_trainer_all_the_while(
    autojump_clock: MockClock, maya: Coached, monkeypatch: pytest.MonkeyPatch
) -> None:
    goal = next(iter(maya.world.record(TOM).goals))
    for number in range(40):
        maya.eats(goal, str(number))
    whole = maya.server.do

    def pieces(body: ops.Body) -> object:
        answer = whole(body)
        if isinstance(answer, ops.SnapshotTaken) and isinstance(body, ops.Snapshot) and body.stream == RECORD:
            rows = tuple(sorted(answer.rows, key=lambda row: row.rev))[:10]
            return ops.SnapshotTaken(epoch=answer.epoch, head=rows[-1].rev, rows=rows)
        return answer

    monkeypatch.setattr(maya.server, "do", pieces)
    seen: list[bool] = []
    async with maya.devices.serving(), maya.devices.session() as session:
        await synced(session)
        assert len(record(session).goals[0].entries) == 41
        maya.consents(GOALS_ONLY)
        await until(session, lambda: kinds(session) == {"relationships", "goals"})
        await synced(session)
        maya.consents(ALL)

        def complete() -> bool:
            seen.append(bool(session.relationships()))
            return len(record(session).goals[0].entries) == 41 if record(session).goals else False

        await until(session, complete)
        assert all(seen)
    assert maya.held() == maya.server.oracle(RECORD)
    assert len(maya.server.asked(ops.Snapshot)) < 12


@pytest.mark.parametrize("online", [True, False])
@pytest.mark.parametrize("leave", [True, False])
async def test_an_end_takes_the_record_away_unless_it_is_left(
    autojump_clock: MockClock, maya: Coached, online: bool, leave: bool
) -> None:
    end = ops.RelationshipEnd(id=maya.world.fresh(), client=TOM, trainer=MAYA, leave=leave)
    async with maya.devices.session() as session:
        async with maya.devices.serving():
            await synced(session)
            goal = record(session).goals[0].goal.id
            if online:
                maya.said(TOM, end)
                await until(session, lambda: [r.state for r in session.relationships()] == ["ended"] * leave)
        if not online:
            maya.said(TOM, end)
        maya.eats(goal, "900", note="after the end")
        async with maya.devices.serving():
            await synced(session)
            assert kinds(session) == (EVERYTHING if leave else set())
    assert maya.held() == maya.server.oracle(RECORD)
    assert (SECRET.encode() in file_bytes(maya)) is leave
    assert b"after the end" not in file_bytes(maya)


# -- presence


@pytest.mark.parametrize("how", ["consent", "pause", "end"])
async def test_whether_somebody_is_here_is_forgotten_when_it_is_not_mine_to_know_any_more(
    autojump_clock: MockClock, maya: Coached, how: str
) -> None:
    commands: dict[str, ops.Command] = {
        "pause": ops.RelationshipPause(id=maya.world.fresh(), client=TOM, trainer=MAYA),
        "end": ops.RelationshipEnd(id=maya.world.fresh(), client=TOM, trainer=MAYA),
    }
    async with maya.devices.serving(), maya.devices.session() as session:
        await synced(session)
        maya.server.tell("presence", ops.Presence(person=TOM, state="online"))
        await until(session, lambda: session.presence(TOM) is not None)
        asked = len(maya.server.asked(ops.PresenceQuery))
        if how == "consent":
            maya.consents(GOALS_ONLY)
        else:
            maya.said(TOM, commands[how])
        await until(session, lambda: session.presence(TOM) is None)
        await trio.sleep(1)
        assert maya.server.asked(ops.PresenceQuery)[asked:] == [ops.PresenceQuery(people=(TOM,))]
        assert session.presence(TOM) is None


# -- the 24 hours


async def test_others_records_are_hidden_after_a_day_offline_and_shown_when_the_server_knows_us_again(
    autojump_clock: MockClock, maya: Coached
) -> None:
    async with maya.devices.session() as session:
        async with maya.devices.serving():
            await synced(session)
            await trio.sleep(3 * 24 * 3600)
        assert kinds(session) == EVERYTHING
        cut = maya.devices.clock.now()
        await until(session, lambda: session.record(TOM) is None, within=30 * 3600)
        assert abs(maya.devices.clock.now() - cut - 24 * 3600 * 1000) < 1000
        assert session.hides_records
        assert session.relationships() == ()
        assert session.records() == ()
        async with maya.devices.serving():
            await until(session, lambda: kinds(session) == EVERYTHING and not session.hides_records)
    assert maya.held() == maya.server.oracle(RECORD)


async def test_a_day_offline_hides_them_after_a_restart_too(autojump_clock: MockClock, maya: Coached) -> None:
    async with maya.devices.serving(), maya.devices.session() as session:
        await synced(session)
    maya.devices.clock.jump(25 * 3600 * 1000)
    async with maya.devices.session() as session:
        assert session.hides_records
        assert session.record(TOM) is None


async def test_ones_own_record_is_never_hidden(autojump_clock: MockClock, tmp_path: Path) -> None:
    tom = coached(tmp_path, TOM)
    tom.assigns()
    async with tom.devices.serving(), tom.devices.session() as session:
        await synced(session)
    tom.devices.clock.jump(25 * 3600 * 1000)
    async with tom.devices.session() as session:
        assert kinds(session) == {"relationships", "goals"}


async def test_a_day_begins_at_midnight_of_the_client(autojump_clock: MockClock, maya: Coached) -> None:
    async with maya.devices.serving(), maya.devices.session() as session:
        await synced(session)
        today = record(session).today
        await until(session, lambda: record(session).today > today, within=30 * 3600)
        assert (maya.devices.clock.now() // 1000 + 3600) % 86400 < 2, "midnight in Berlin in winter"
