"""Whatever the order of consents, deeds, ends, cuts and hellos: at rest a device holds exactly what it may see."""

import tempfile
from pathlib import Path

import trio
from coachline_core.client.records import record_of
from coachline_core.runtime.nursery import flat_nursery
from coachline_protocol import ops
from coachline_protocol.rows import Consent
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.client_world import synced
from support.coaching_world import ALL, GOALS_ONLY, NOTHING, RECORD, Coached, coached
from support.determinism import run_universe
from support.scripted_server import cut_first, lose_reply
from support.world import MAYA, TOM, good

CONSENTS = (ALL, GOALS_ONLY, NOTHING, Consent(see_goals=True, see_progress=True))
STEPS = (
    "consents",
    "goal",
    "eats",
    "pause",
    "resume",
    "end",
    "left",
    "again",
    "deaf",
    "cut",
    "offline",
    "online",
    "wait",
)
LATER = ("cut the snapshot", "cut the changes", "lose the snapshot")


def do(told: Coached, step: str, number: int) -> None:
    """One step, if it makes sense where things stand."""
    world, server = told.world, told.server
    held = world.record(TOM)
    related = held.related(MAYA)
    goals = sorted(held.goals)
    match step:
        case "consents" if related:
            told.consents(CONSENTS[number % len(CONSENTS)])
        case "goal":
            told.assigns()
        case "eats" if goals:
            told.eats(goals[number % len(goals)], str(100 + number))
        case "pause" if related:
            server.does(TOM, ops.RelationshipPause(id=world.fresh(), client=TOM, trainer=MAYA))
        case "resume" if related:
            server.does(TOM, ops.RelationshipResume(id=world.fresh(), client=TOM, trainer=MAYA))
        case "end" | "left" if related:
            server.does(TOM, ops.RelationshipEnd(id=world.fresh(), client=TOM, trainer=MAYA, leave=step == "left"))
        case "again" if not related:
            code = good(
                server.does(MAYA, ops.InvitationCreate(id=world.fresh(), purpose="coaching")), ops.InvitationMade
            )
            consent = CONSENTS[number % len(CONSENTS)]
            server.does(TOM, ops.InvitationAccept(id=world.fresh(), code=code.code, consent=consent))
        case "deaf":
            # What was changed while nobody could be told is announced when the server is itself again.
            server.deaf = not server.deaf
            server.announce(RECORD)
        case "cut":
            server.cut()
        case "cut the snapshot":
            server.script(ops.Snapshot, cut_first)
        case "lose the snapshot":
            server.script(ops.Snapshot, lose_reply)
        case "cut the changes":
            server.script(ops.Changes, cut_first)
        case _:
            pass


async def play(folder: Path, steps: list[tuple[str, int]]) -> None:
    told = coached(folder, MAYA)
    online: trio.CancelScope | None = None

    async def serve(task_status: trio.TaskStatus[trio.CancelScope]) -> None:
        with trio.CancelScope() as scope:
            task_status.started(scope)
            async with told.devices.serving():
                await trio.sleep_forever()

    async with flat_nursery() as nursery:
        async with told.devices.session() as session:
            online = await nursery.start(serve)
            for step, number in steps:
                if step == "online" and online is None:
                    online = await nursery.start(serve)
                elif step == "offline" and online is not None:
                    online.cancel()
                    online = None
                    await trio.sleep(0.2)
                elif step == "wait":
                    await trio.sleep(number / 4)
                else:
                    do(told, step, number)
                await trio.sleep(0.003 * number)
                assert session.hides_records or session.record(TOM) == record_of(
                    session._model, TOM, told.devices.clock.now()
                )
            if told.server.deaf:
                do(told, "deaf", 0)
            if online is None:
                await nursery.start(serve)
            session.retry_now()
            await trio.sleep(120)
            await synced(session)
            await trio.sleep(5)
            relationship = told.world.record(TOM).relationships[MAYA]
            shown = session.record(TOM)
            assert (shown is not None) is (relationship.state != "ended" or relationship.left)
            assert told.held() == told.server.oracle(RECORD)
            if shown is not None:
                seen = {type(row).__name__ for row in told.server.oracle(RECORD)}
                assert bool(shown.goals) is ("Goal" in seen)
                assert any(course.entries for course in shown.goals) is ("Progress" in seen)
        nursery.cancel_scope.cancel()


@settings(max_examples=60, deadline=None)
@example([("consents", 3), ("deaf", 9), ("end", 0)])
@given(st.lists(st.tuples(st.sampled_from(STEPS + LATER), st.integers(0, 9)), max_size=40))
def test_at_rest_a_device_holds_exactly_what_it_may_see(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run_universe(lambda: play(Path(folder), steps), 1)
