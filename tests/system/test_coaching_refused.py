"""Coaching in a wrong state, or said as it cannot be: what comes of it in a whole daemon, code by code."""

import datetime
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Consent, Target
from support.coaching_requests import TODAY, terms
from support.gym import Gym, client_of, gym
from support.wire import Client
from trio.testing import MockClock

DAY = datetime.timedelta(1)
SEES = Consent(see_goals=True, see_progress=True)
STEPS = Target(metric="steps", unit="steps", direction="up", amount="1")


@dataclass
class Moment:
    """A gym, and its people's phones."""

    scene: Gym
    maya: Client
    tom: Client

    def of(self, op: str, **changed: Any) -> Any:
        return msgspec.structs.replace(self.scene.requests()[op], **changed)


Before = Callable[[Moment], Awaitable[object]]
Said = tuple[str, str, dict[str, Any]]
"""Who says which op, with which other values."""
Expected = tuple[object, ...]
"""Code and field; then limit and actual value, where there are some. `...`: whatever it is."""


def over(state: str) -> Before:
    return lambda m: m.tom.get(m.of("goal.set_state", state=state), ops.Changed)


async def proposed(m: Moment) -> None:
    """Another goal, which waits for Tom, is the one that is named."""
    command = m.of("goal.propose")
    await m.maya.get(command, ops.Changed)
    m.scene.named = replace(m.scene.named, goal=command.id)


async def paused_by_tom(m: Moment) -> None:
    await m.tom.get(m.of("relationship.pause"), ops.Changed)


WRONG = ("wrong_state", "goal")
ENDS = ("done", "missed", "cancelled")
OTHERS_DEEDS = ("goal.counter", "goal.accept", "goal.decline")
DEEDS = ("goal.change", *OTHERS_DEEDS, "goal.set_state")

WHEN: dict[str, tuple[Before, Said, Expected]] = {
    **{f"{op} when {state}": (over(state), ("tom", op, {}), WRONG) for op in OTHERS_DEEDS for state in ENDS},
    **{f"change when {state}": (over(state), ("maya", "goal.change", {}), WRONG) for state in ENDS},
    **{f"resume when {state}": (over(state), ("tom", "goal.set_state", {"state": "active"}), WRONG) for state in ENDS},
    "progress for a goal that is cancelled": (over("cancelled"), ("tom", "progress.record", {}), WRONG),
    "progress for a goal that is only proposed": (proposed, ("tom", "progress.record", {}), WRONG),
    "a proposal changed by its author": (proposed, ("maya", "goal.change", {}), WRONG),
    "a proposal accepted by its author": (proposed, ("maya", "goal.accept", {}), WRONG),
    "a proposal declined by its author": (proposed, ("maya", "goal.decline", {}), WRONG),
    "a proposal done before it is accepted": (proposed, ("tom", "goal.set_state", {"state": "done"}), WRONG),
    "a pause ended by the other side": (paused_by_tom, ("maya", "relationship.resume", {}), ("not_yours", None)),
    "a goal in a pause": (paused_by_tom, ("maya", "goal.assign", {}), ("relationship_paused", "client")),
    "a change in a pause": (paused_by_tom, ("maya", "goal.change", {}), ("relationship_paused", "client")),
}

NOBODY = bytes(16)
UNTITLED, UNTARGETED = (msgspec.structs.replace(terms(), **change) for change in ({"title": " "}, {"targets": ()}))
LATE, BACKWARDS = terms(start=TODAY - DAY), terms(due=TODAY - DAY)
RANGE = "date_out_of_range"
SAID: dict[str, tuple[Said, Expected]] = {
    **{f"{op} on what is no longer so": (("maya", op, {"base": 1}), ("stale", "base", ..., 1)) for op in DEEDS},
    **{
        f"{op} of a goal that is not there": (("tom", op, {"goal": NOBODY}), ("not_found", "goal"))
        for op in (*DEEDS, "progress.record")
    },
    "a consent on what is no longer so": (("tom", "consent.set", {"base": 99}), ("stale", "base", ..., 99)),
    "an entry on what is no longer so": (("tom", "progress.correct", {"base": 99}), ("stale", "base", ..., 99)),
    "an entry that is not there": (("tom", "progress.correct", {"entry": NOBODY}), ("not_found", "entry")),
    "an excuse that is not there": (("tom", "excuse.withdraw", {"excuse": NOBODY}), ("not_found", "excuse")),
    "a template that is not there": (("maya", "template.set", {"template": NOBODY}), ("not_found", "template")),
    "an end that the trainer has left to him": (("maya", "relationship.end", {"leave": True}), ("invalid", "leave")),
    "goals set unseen": (
        ("tom", "consent.set", {"consent": Consent(set_goals="propose")}),
        ("invalid", "consent.set_goals"),
    ),
    "progress without its goals": (
        ("tom", "consent.set", {"consent": Consent(see_progress=True)}),
        ("invalid", "consent.see_progress"),
    ),
    "progress recorded unseen": (
        ("tom", "consent.set", {"consent": Consent(see_goals=True, record_progress=True)}),
        ("invalid", "consent.record_progress"),
    ),
    "a goal from yesterday on": (("maya", "goal.assign", {"terms": LATE}), (RANGE, "terms.start")),
    "a proposal from yesterday on": (("maya", "goal.propose", {"terms": LATE}), (RANGE, "terms.start")),
    "a goal due before it begins": (("maya", "goal.assign", {"terms": BACKWARDS}), (RANGE, "terms.due")),
    "a change from yesterday on": (("maya", "goal.change", {"effective": TODAY - DAY}), (RANGE, "effective")),
    "progress of tomorrow": (("tom", "progress.record", {"day": TODAY + DAY}), (RANGE, "day")),
    "progress of the day before the goal": (("tom", "progress.record", {"day": TODAY - DAY}), (RANGE, "day")),
    "progress in a zone on no map": (("tom", "progress.record", {"zone": "Mars/Olympus"}), ("invalid", "zone")),
    "progress of nothing": (("tom", "progress.record", {"note": " "}), ("invalid", "measures")),
    "an excuse that ends before it begins": (("tom", "excuse.make", {"last": TODAY - DAY}), (RANGE, "last")),
    "a goal that asks nothing": (("maya", "goal.assign", {"terms": UNTARGETED}), ("invalid", "terms.targets", 1, 0)),
    "a goal without a title": (("maya", "goal.assign", {"terms": UNTITLED}), ("text_blank", "terms.title")),
    "a template of what its kind does not know": (
        ("maya", "template.set", {"targets": (STEPS,)}),
        ("invalid", "targets[0].metric"),
    ),
}


async def nothing(_: Moment) -> None:
    """It is so already."""


MOMENTS = WHEN | {name: (nothing, said, expected) for name, (said, expected) in SAID.items()}


@pytest.mark.parametrize("moment", MOMENTS)
async def test_what_cannot_be_done_now_or_as_it_is_said_is_refused(
    moment: str, tmp_path: Path, autojump_clock: MockClock
) -> None:
    """[M5] D3"""
    before, (who, op, changed), expected = MOMENTS[moment]
    async with gym(tmp_path) as scene, client_of(scene, "maya") as maya, client_of(scene, "tom") as tom:
        there = Moment(scene, maya, tom)
        await before(there)
        stood = scene.house.store.revisions([scene.record])
        answer = await getattr(there, who).ask(there.of(op, **changed))
        assert isinstance(answer, Refusal), answer
        heard = (answer.code.value, answer.field, answer.limit, answer.actual)
        wanted = (*expected, None, None)[:4]
        assert tuple(h if e is not ... else ... for h, e in zip(heard, wanted, strict=True)) == wanted
        assert scene.house.store.revisions([scene.record]) == stood


async def test_progress_may_come_late_for_a_goal_that_is_over(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with gym(tmp_path) as scene, client_of(scene, "maya") as maya, client_of(scene, "tom") as tom:
        there = Moment(scene, maya, tom)
        await over("done")(there)
        await tom.get(there.of("progress.record"), ops.Changed)


async def test_what_a_client_withdrew_is_refused_from_the_acknowledgement_on(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    """G2, H7: no goal races a withdrawn permission."""
    async with gym(tmp_path) as scene, client_of(scene, "maya") as maya, client_of(scene, "tom") as tom:
        there = Moment(scene, maya, tom)
        await tom.get(there.of("consent.set", consent=SEES), ops.Changed)
        assert await maya.refused(there.of("goal.assign")) is RefusalCode.CONSENT_REQUIRED
        await tom.get(there.of("relationship.end"), ops.Changed)
        assert await maya.refused(there.of("goal.assign")) is RefusalCode.NO_RELATIONSHIP
        post = scene.house.post(scene.house.direct(scene.maya, scene.tom))
        assert await maya.refused(post) is RefusalCode.CONVERSATION_CLOSED
