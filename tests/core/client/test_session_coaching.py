"""Coaching from a device: queued, on disk, done once, in order, and its outcome told."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
import trio
from coachline_core.client import facts
from coachline_core.client.cache import Cache
from coachline_core.client.cache.schema import STEPS
from coachline_core.client.errors import NotConnected, Refused, SignedOut
from coachline_core.client.session import Session
from coachline_core.client.values import Failed, RecordChanged, TemplatesChanged
from coachline_core.domain.goals import check_terms
from coachline_protocol import limits, ops
from coachline_protocol.codes import RefusalCode
from coachline_protocol.rows import Consent, Date, Message, StreamId, Terms
from support.client_world import synced, until
from support.coaching_server import eaten, eating
from support.coaching_world import GOALS_ONLY, NOTHING, RECORD, Coached, coached, record
from support.scripted_server import cut_first, ignore, lose_reply, refuse
from support.world import MAYA, TOM, ZOE
from trio.testing import MockClock

DAY = Date(2027, 1, 15)
DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def tom(tmp_path: Path) -> Coached:
    """Tom's phone; Maya coaches him and sees everything."""
    return coached(tmp_path, TOM)


def terms(told: Coached, protein: str = "160") -> Terms:
    return eating(told.world, ("2200", protein, "220", "70"))


async def refusal(session: Session, id: bytes) -> RefusalCode:
    with pytest.raises(Refused) as caught:
        await session.outcome(id)
    return caught.value.refusal.code


# -- queued


async def test_a_goal_and_what_is_entered_for_it_offline_are_kept_over_a_restart_and_said_in_order(
    autojump_clock: MockClock, tom: Coached
) -> None:
    async with tom.devices.serving(), tom.devices.session() as session:
        await synced(session)
    async with tom.devices.session() as session:
        goal = await session.assign_goal(TOM, "nutrition", terms(tom))
        entry = await session.record_progress(TOM, goal, terms(tom).start, eaten("700"))
        await session.correct_progress(TOM, entry, eaten("750"), "with dressing")
        assert [entry.state for entry in record(session).pending] == ["queued"] * 3
    async with tom.devices.session() as session, tom.devices.serving():
        for waiting in record(session).pending:
            await session.outcome(waiting.id)
        await until(session, lambda: bool(record(session).goals) and not record(session).pending)
        (course,) = record(session).goals
        (said,) = course.entries
        assert (course.goal.id, said.id, said.current.row.note, len(said.sayings)) == (goal, entry, "with dressing", 2)
    assert tom.held() == tom.server.oracle(RECORD)


async def test_progress_is_shown_at_once_as_waiting_and_never_vanishes(autojump_clock: MockClock, tom: Coached) -> None:
    goal = tom.assigns()
    shown: list[list[bool]] = []
    async with tom.devices.session() as session:
        async with tom.devices.serving():
            await synced(session)
        entry = await session.record_progress(TOM, goal, terms(tom).start, eaten("700"))
        await session.correct_progress(TOM, entry, eaten("800"))
        (said,) = record(session).goals[0].entries
        assert [saying.waiting for saying in said.sayings] == [True, True]
        assert said.current.row.measures == eaten("800")
        with session.subscribe() as updates:
            async with tom.devices.serving():
                async for update in updates:
                    if isinstance(update, RecordChanged) and update.record is not None:
                        (entered,) = update.record.goals[0].entries
                        shown.append([saying.waiting for saying in entered.sayings])
                        if shown[-1] == [False, False]:
                            break
                await trio.sleep(1)
    assert all(len(sayings) == 2 for sayings in shown)
    assert tom.held() == tom.server.oracle(RECORD)


@pytest.mark.parametrize("trick", [lose_reply, cut_first])
async def test_two_changes_made_offline_are_done_one_after_the_other_once(
    autojump_clock: MockClock, tom: Coached, trick: object
) -> None:
    goal = tom.assigns()
    async with tom.devices.session() as session:
        async with tom.devices.serving():
            await synced(session)
        start = terms(tom).start
        tom.server.script(ops.GoalChange, trick, trick)  # type: ignore[arg-type]
        first = await session.change_goal(TOM, goal, terms(tom, "170"), start)
        second = await session.change_goal(TOM, goal, terms(tom, "180"), start + timedelta(days=1))
        third = await session.set_goal_state(TOM, goal, "paused")
        async with tom.devices.serving():
            for id in (first, second, third):
                await session.outcome(id)
            await until(session, lambda: record(session).goals[0].goal.state == "paused")
        versions = record(session).goals[0].versions
        assert [version.id for version in versions] == [goal, first, second]
    assert tom.held() == tom.server.oracle(RECORD)


async def test_a_change_that_was_answered_is_what_the_next_one_is_based_on_before_it_is_told(
    autojump_clock: MockClock, tom: Coached
) -> None:
    """A server acknowledges first and tells then; what is told may be a while on its way, or lost."""
    goal = tom.assigns()
    async with tom.devices.serving(), tom.devices.session() as session:
        await synced(session)
        tom.server.deaf = True
        for state in ("paused", "active", "paused"):
            await session.outcome(await session.set_goal_state(TOM, goal, state))
        assert tom.world.record(TOM).goals[goal].state == "paused"


async def test_what_somebody_else_changed_meanwhile_is_not_overwritten_unless_its_author_says_so_again(
    autojump_clock: MockClock, tmp_path: Path
) -> None:
    maya = coached(tmp_path, MAYA)
    goal = maya.assigns(MAYA)
    async with maya.devices.session() as session:
        async with maya.devices.serving():
            await synced(session)
        start = terms(maya).start
        first = await session.change_goal(TOM, goal, terms(maya, "170"), start)
        second = await session.set_goal_state(TOM, goal, "done")
        held = maya.world.record(TOM).goals[goal]
        maya.said(TOM, ops.GoalSetState(id=maya.world.fresh(), client=TOM, goal=goal, base=held.rev, state="paused"))
        async with maya.devices.serving():
            assert await refusal(session, first) is RefusalCode.STALE
            assert await refusal(session, second) is RefusalCode.STALE
            assert [entry.state for entry in record(session).pending] == ["failed", "failed"]
            await until(session, lambda: record(session).goals[0].goal.state == "paused")
            await session.retry(second)
            await session.outcome(first)
            await session.outcome(second)
            await until(session, lambda: record(session).goals[0].goal.state == "done")
    assert [version.id for version in maya.world.record(TOM).versions.values()] == [goal, first]


async def test_what_fails_stays_failed_over_a_restart_with_what_was_meant_for_it(
    autojump_clock: MockClock, tom: Coached
) -> None:
    failures: list[Failed] = []
    async with tom.devices.serving(), tom.devices.session() as session:
        await synced(session)
        tom.server.script(ops.GoalAssign, refuse(RefusalCode.TOO_MANY))
        with session.subscribe() as updates:
            goal = await session.assign_goal(TOM, "nutrition", terms(tom))
            change = await session.set_goal_state(TOM, goal, "paused")
            assert await refusal(session, change) is RefusalCode.TOO_MANY
            async for update in updates:
                if isinstance(update, Failed):
                    failures.append(update)
                if len(failures) == 2:
                    break
    assert {(failure.stream, failure.id) for failure in failures} == {(RECORD, goal), (RECORD, change)}
    async with tom.devices.session() as session:
        assert [(entry.id, entry.state) for entry in session.waiting()] == [(goal, "failed"), (change, "failed")]
        await session.discard(goal)
        assert [(entry.id, entry.state) for entry in session.waiting()] == [(change, "failed")]
        await session.discard(change)
    async with tom.devices.session() as session:
        assert session.waiting() == ()


async def test_what_waited_for_something_given_up_fails_over_a_restart_too(
    autojump_clock: MockClock, tom: Coached
) -> None:
    async with tom.devices.session() as session:
        async with tom.devices.serving():
            await synced(session)
        goal = await session.assign_goal(TOM, "nutrition", terms(tom))
        entry = await session.record_progress(TOM, goal, terms(tom).start, eaten("700"))
        await session.discard(goal)
        assert await refusal(session, entry) is RefusalCode.CONFLICT
    async with tom.devices.session() as session:
        assert [(entry.state, entry.id) for entry in session.waiting()] == [("failed", entry)]


async def test_what_is_too_old_is_shown_to_its_author_and_said_again_under_another_id(
    autojump_clock: MockClock, tom: Coached
) -> None:
    async with tom.devices.session() as session:
        async with tom.devices.serving():
            await synced(session)
        old = await session.set_consent(MAYA, NOTHING)
        tom.devices.clock.jump((limits.COMMAND_MEMORY_DAYS + 1) * DAY_MS)
        async with tom.devices.serving():
            assert await refusal(session, old) is RefusalCode.TOO_OLD
            (entry,) = record(session).pending
            assert (entry.state, entry.id) == ("failed", old)
            await session.retry(old)
            (entry,) = session.waiting()
            assert entry.id != old
            await session.outcome(entry.id)
            await until(session, lambda: record(session).relationships[0].consent == NOTHING)


async def test_a_consent_after_a_pause_made_offline_is_based_on_it(autojump_clock: MockClock, tom: Coached) -> None:
    async with tom.devices.session() as session:
        async with tom.devices.serving():
            await synced(session)
        await session.pause(TOM, MAYA)
        await session.set_consent(MAYA, GOALS_ONLY)
        last = await session.set_consent(MAYA, NOTHING)
        async with tom.devices.serving():
            await session.outcome(last)
    held = tom.world.record(TOM).relationships[MAYA]
    assert (held.state, held.consent) == ("paused", NOTHING)


# -- refused at once


async def test_what_no_server_would_take_is_refused_at_once(autojump_clock: MockClock, tom: Coached) -> None:
    goal, entry = tom.assigns(), b"\x09" * 16
    async with tom.devices.serving(), tom.devices.session() as session:
        await synced(session)
        start, due = terms(tom).start, terms(tom).start - timedelta(days=1)
        empty = Terms(title="Nothing", start=start)
        backwards = Terms(title="Eat", targets=terms(tom).targets, start=start, due=due)
        begun = Terms(title="Eat", targets=terms(tom).targets, start=due)
        assert check_terms("nutrition", empty) is not None
        for field, attempt in {
            "terms.targets": session.assign_goal(TOM, "nutrition", empty),
            "terms.due": session.propose_goal(TOM, "nutrition", backwards),
            "terms.start": session.assign_goal(TOM, "nutrition", begun),
            "goal": session.accept_goal(TOM, entry),
            "entry": session.correct_progress(TOM, entry, eaten("1")),
            "trainer": session.set_consent(ZOE, NOTHING),
            "measures": session.record_progress(TOM, goal, start, ()),
            "measures[0].amount": session.record_progress(TOM, goal, start, eaten("99999")),
            "last": session.make_excuse(TOM, start, due, "ill"),
            "targets": session.set_template("nutrition", "Eat", ()),
        }.items():
            with pytest.raises(Refused) as caught:
                await attempt
            assert caught.value.refusal.field == field
        assert session.waiting() == ()


async def test_nobody_signed_in_queues_nothing(autojump_clock: MockClock, tmp_path: Path) -> None:
    told = coached(tmp_path, TOM)
    async with told.devices.session("another phone") as session:
        with pytest.raises(SignedOut):
            await session.pause(TOM, MAYA)
        with pytest.raises(SignedOut):
            await session.set_template("free", "Read", ())


# -- outcomes


async def test_an_outcome_is_awaited_over_a_restart_of_the_connection_and_ends_with_the_session(
    autojump_clock: MockClock, tom: Coached
) -> None:
    async with tom.devices.session() as session:
        async with tom.devices.serving():
            await synced(session)
            tom.server.script(ops.RelationshipPause, ignore)
            paused = await session.pause(TOM, MAYA)
            with trio.move_on_after(5) as patience:
                await session.outcome(paused)
            assert patience.cancelled_caught
        async with tom.devices.serving():
            await session.outcome(paused)
        given_up = await session.resume(TOM, MAYA)
        ended = await session.end(TOM, MAYA)
        outcomes: list[type[Exception]] = []

        async def wait(id: bytes) -> None:
            try:
                await session.outcome(id)
            except (Refused, NotConnected) as error:
                outcomes.append(type(error))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait, given_up)
            nursery.start_soon(wait, ended)
            await trio.sleep(1)
            await session.discard(given_up)
            await trio.sleep(1)
            assert outcomes == [Refused]
            session._outcomes.close()
        assert outcomes == [Refused, NotConnected]


# -- templates, and one goal for several


async def test_templates_are_kept_changed_and_removed(autojump_clock: MockClock, tmp_path: Path) -> None:
    maya = coached(tmp_path, MAYA)
    targets = terms(maya).targets
    async with maya.devices.serving(), maya.devices.session() as session:
        await synced(session)
        kept = await session.set_template("nutrition", "Cut", targets, days=56, note="as usual")
        other = await session.set_template("free", "Read", ())
        again = await session.set_template("nutrition", "Bulk", targets[:2], template=kept)
        await session.outcome(again)
        await until(session, lambda: [row.title for row in session.templates()] == ["Bulk", "Read"])
        await session.outcome(await session.remove_template(other))
        with session.subscribe() as updates:
            async for update in updates:
                if isinstance(update, TemplatesChanged) and len(update.templates) == 1:
                    break
        (row,) = session.templates()
        assert (row.id, row.targets, row.days) == (kept, targets[:2], None)


async def test_one_goal_for_several_clients_has_an_outcome_for_each(autojump_clock: MockClock, tmp_path: Path) -> None:
    maya = coached(tmp_path, MAYA)
    maya.world.join(ZOE).relate(MAYA, ZOE, Consent(see_goals=True))
    maya.server._look(StreamId("record", ZOE))
    async with maya.devices.serving(), maya.devices.session() as session:
        await synced(session)
        made = await session.set_goals("nutrition", {TOM: terms(maya), ZOE: terms(maya, "120")})
        await session.outcome(made[TOM])
        assert await refusal(session, made[ZOE]) is RefusalCode.CONSENT_REQUIRED
        with pytest.raises(Refused):
            await session.set_goals("nutrition", {TOM: terms(maya), ZOE: Terms(title="", start=terms(maya).start)})
        assert [entry.id for entry in session.waiting()] == [made[ZOE]]
    (version,) = maya.world.record(TOM).versions.values()
    assert (version.id, version.terms) == (made[TOM], terms(maya))


# -- cards, and the cache


async def test_a_card_names_its_goal_and_day_and_its_summary_has_no_words(
    autojump_clock: MockClock, tmp_path: Path
) -> None:
    maya = coached(tmp_path, MAYA)
    goal = maya.assigns(MAYA)
    maya.eats(goal, "700")
    base = maya.world.record(TOM).goals[goal].rev
    maya.said(TOM, ops.GoalSetState(id=maya.world.fresh(), client=TOM, goal=goal, base=base, state="paused"))
    async with maya.devices.serving(), maya.devices.session() as session:
        await synced(session)
    async with maya.devices.session() as session:
        (line,) = session.conversations()
        timeline = session.timeline(line.conversation)
        assert timeline is not None
        cards = [(item.kind, item.text, item.goal, item.day) for item in timeline.items() if item.kind != "system"]
        assert cards == [
            ("goal", "assigned", goal, None),
            ("progress", "", goal, terms(maya).start),
            ("goal", "paused", goal, None),
        ]
        assert (line.preview, line.last and line.last.text) == ("", "paused")


def test_a_cache_of_the_first_version_keeps_what_it_has(tmp_path: Path) -> None:
    file = tmp_path / "cache.db"
    connection = sqlite3.connect(file)
    connection.executescript(STEPS[0])
    connection.execute("PRAGMA user_version = 1")
    connection.execute(
        "INSERT INTO message VALUES (?, 1, 1, ?, ?, 'text', 'kept', 5, NULL)", (b"c" * 16, b"m" * 16, b"a" * 16)
    )
    connection.commit()
    connection.close()
    cache = Cache(file)
    card = Message(
        rev=2, seq=2, id=b"n" * 16, author=b"a" * 16, kind="progress", text="", at=6, goal=b"g" * 16, day=DAY
    )
    cache.commit([facts.Filled(b"c" * 16, 2, 3, (card,))])
    old, new = cache.messages(b"c" * 16)
    cache.close()
    assert (old.text, old.goal, old.day) == ("kept", None, None)
    assert new == card
