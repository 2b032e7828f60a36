"""H9: a row of a record that cannot be read is set aside with what hangs on it, and the record lives on."""

from pathlib import Path

import pytest
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Goal, Progress
from coachline_server.store.opening import open_store
from support.daemon import daemon
from support.gym import gym
from trio.testing import MockClock

DAMAGE = {
    "terms": "UPDATE goal_version SET sealed_terms = id",
    "goal": "UPDATE goal SET state = 'lost'",
    "entry": "UPDATE progress SET sealed_note = id",
    "excuse": "UPDATE excuse SET sealed_reason = id",
}
LOST = {"goal.change", "goal.counter", "goal.accept", "goal.decline", "goal.set_state", "progress.record"}


@pytest.mark.parametrize("what", DAMAGE)
async def test_every_op_of_a_damaged_record_gets_an_answer_for_good(
    what: str, tmp_path: Path, autojump_clock: MockClock
) -> None:
    """Else it would be said again for ever, and nothing behind it would ever be done."""
    async with gym(tmp_path) as scene:
        asked = scene.requests()
    store = open_store(f"sqlite:///{tmp_path}/coachline.db", tmp_path / "key")
    store._engine.write(lambda statements: statements.run(DAMAGE[what]))
    try:
        async with daemon(tmp_path, store=store) as house, house.client(scene.tom) as tom:
            answers = {name: await tom.ask(body) for name, body in asked.items() if not name.startswith("relationship")}
            codes = {name: answer.code for name, answer in answers.items() if isinstance(answer, Refusal)}
            assert not any(code.retryable for code in codes.values()), codes
            if what in ("terms", "goal"):
                assert {codes[name] for name in LOST} == {RefusalCode.NOT_FOUND}
            assert isinstance(answers["goal.assign"], ops.Changed)
            assert isinstance(answers["excuse.make"], ops.Changed)
            taken = await tom.get(ops.Snapshot(stream=scene.record), ops.SnapshotTaken)
            assert any(isinstance(row, Goal) and row.id == asked["goal.assign"].id for row in taken.rows)
            entries = {row.entry for row in taken.rows if isinstance(row, Progress)}
            assert (asked["progress.correct"].entry in entries) is (what != "entry")
            assert (codes.get("progress.correct") is RefusalCode.NOT_FOUND) is (what != "excuse")
            end = ops.RelationshipEnd(id=house.ids.new(), client=scene.tom.person, trainer=scene.maya.person)
            await tom.get(end, ops.Changed)
    finally:
        store.close()
