"""A goal that is set is shown at once as one that is yet to be said, and is never out of sight."""

from pathlib import Path

import pytest
import trio
from coachline_core.client.errors import Refused
from coachline_core.client.values import RecordChanged
from coachline_core.domain.streams import row_key
from coachline_protocol import ops
from coachline_protocol.codes import RefusalCode
from coachline_protocol.rows import AnyRow, Terms
from support.client_world import synced
from support.coaching_server import eating
from support.coaching_world import NOTHING, RECORD, Coached, coached, record
from support.scripted_server import ignore, refuse
from support.world import MAYA, TOM
from trio.testing import MockClock


@pytest.fixture
def tom(tmp_path: Path) -> Coached:
    """Tom's phone; Maya coaches him and sees everything."""
    return coached(tmp_path, TOM)


def terms(told: Coached) -> Terms:
    return eating(told.world, ("2200", "160", "220", "70"))


@pytest.mark.parametrize("propose", [False, True])
async def test_a_goal_is_shown_at_once_as_waiting_and_never_vanishes(
    autojump_clock: MockClock, tmp_path: Path, propose: bool
) -> None:
    maya = coached(tmp_path, MAYA)
    unsaid: list[bool] = []
    async with maya.devices.session() as session:
        async with maya.devices.serving():
            await synced(session)
        set_goal = session.propose_goal if propose else session.assign_goal
        goal = await set_goal(TOM, "nutrition", terms(maya))
        (course,) = record(session).goals
        assert (course.goal.id, course.goal.author, course.versions[0].terms) == (goal, MAYA, terms(maya))
        assert (course.goal.turn, course.goal.pending) == ((TOM, goal) if propose else (None, None))
        with session.subscribe() as updates:
            async with maya.devices.serving():
                async for update in updates:
                    if isinstance(update, RecordChanged) and update.record is not None:
                        (course,) = update.record.goals
                        unsaid.append(update.record.unsaid(course.goal.id))
                        if not unsaid[-1]:
                            break
                assert maya.server.oracle(RECORD)[-2:] == [*course.versions, course.goal]
                await trio.sleep(1)
    assert unsaid[0]
    assert maya.held() == maya.server.oracle(RECORD)


async def test_a_goal_that_was_refused_is_shown_no_more_until_it_is_said_again(
    autojump_clock: MockClock, tom: Coached
) -> None:
    async with tom.devices.serving(), tom.devices.session() as session:
        await synced(session)
        tom.server.script(ops.GoalAssign, refuse(RefusalCode.TOO_MANY))
        goal = await session.assign_goal(TOM, "nutrition", terms(tom))
        with pytest.raises(Refused):
            await session.outcome(goal)
        assert record(session).goals == ()
        assert not record(session).unsaid(goal)
        await session.retry(goal)
        assert [course.goal.id for course in record(session).goals] == [goal]
        assert record(session).unsaid(goal)


async def test_who_is_shown_no_goals_is_not_shown_what_he_has_set(autojump_clock: MockClock, tmp_path: Path) -> None:
    maya = coached(tmp_path, MAYA)
    async with maya.devices.session() as session:
        async with maya.devices.serving():
            await synced(session)
        await session.assign_goal(TOM, "nutrition", terms(maya))
        assert len(record(session).goals) == 1
        maya.consents(NOTHING)
        with session.subscribe() as updates:
            async with maya.devices.serving():
                async for update in updates:
                    if isinstance(update, RecordChanged) and update.record is not None:
                        consent = update.record.relationships[0].consent
                        assert consent.see_goals or update.record.goals == ()
                        if update.record.pending[0].state == "failed":
                            break


async def test_an_acknowledged_goal_is_shown_before_what_was_changed_before_it_has_come(
    autojump_clock: MockClock, tom: Coached
) -> None:
    eaten_for = tom.assigns()
    async with tom.devices.serving(), tom.devices.session() as session:
        await synced(session)
        tom.server.deaf = True
        tom.eats(eaten_for, "300")
        tom.server.deaf = False
        tom.server.script(ops.Changes, ignore)
        goal = await session.assign_goal(TOM, "nutrition", terms(tom))
        await session.outcome(goal)
        course = record(session).goals[-1]
        shown: tuple[AnyRow, ...] = (*course.versions, course.goal)
        assert [(row_key(row), row.rev) for row in shown] == [
            (row_key(row), row.rev) for row in tom.server.oracle(RECORD)[-2:]
        ]
        assert record(session).goals[0].entries == ()
