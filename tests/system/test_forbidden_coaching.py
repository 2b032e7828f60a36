"""Every op of coaching, asked by each wrong person: what it gets from a whole daemon.

The table says it once; what is not refused in it is done, or it would forbid too much.
"""

from pathlib import Path
from typing import get_args

import pytest
import trio
from coachline_protocol import ops
from coachline_protocol.codes import Refusal
from coachline_protocol.rows import Consent, StreamId
from support.coaching_requests import FULL
from support.gym import Then, client_of, gym
from trio.testing import MockClock

SEES = Consent(see_goals=True, see_progress=True)
PROPOSES = Consent(see_goals=True, set_goals="propose", see_progress=True)
COACHING = (*get_args(ops.RecordCommand), ops.TemplateSet, ops.TemplateRemove)

OK = None
Answer = tuple[str, str | None] | None
Answers = dict[str, Answer]


def coaching_ops() -> list[str]:
    """Their names."""
    return [op.name for op in ops.OPS if op.request in COACHING]


OPS_OF_GOALS = ("goal.assign", "goal.propose", "goal.change", "goal.counter", "goal.accept", "goal.decline")
OF_RECORD = (*OPS_OF_GOALS, "goal.set_state", "progress.record", "progress.correct", "excuse.make", "excuse.withdraw")

UNKNOWN: Answer = ("not_found", "client")
GONE: Answer = ("no_relationship", "client")
SETTING: Answer = ("consent_required", "consent.set_goals")
RECORDING: Answer = ("consent_required", "consent.record_progress")
RESTS: Answer = ("relationship_paused", "client")
THEIR_GOAL: Answer = ("not_yours", "goal")
THEIR_ENTRY: Answer = ("not_yours", "entry")
THEIR_EXCUSE: Answer = ("not_yours", "excuse")
STRANGE: Answers = {
    "consent.set": ("not_found", "trainer"),
    "relationship.pause": UNKNOWN,
    "relationship.resume": UNKNOWN,
    "relationship.end": UNKNOWN,
    "template.remove": ("not_found", "template"),
}
"""What is never a third person's: consents and relationships of others, and their templates."""
ANOTHERS_GOAL: Answers = dict.fromkeys(
    ("goal.change", "goal.counter", "goal.accept", "goal.decline", "goal.set_state"), THEIR_GOAL
)

WHO: dict[str, tuple[str, Consent | None, Then | None, Answers]] = {
    "a trainer who is a stranger": ("sue", None, None, STRANGE | dict.fromkeys(OF_RECORD, UNKNOWN)),
    "another client": (
        "zoe",
        None,
        None,
        STRANGE | dict.fromkeys(OF_RECORD, UNKNOWN) | {"template.set": ("role_required", None)},
    ),
    "a trainer without any consent": (
        "sue",
        Consent(),
        None,
        STRANGE
        | dict.fromkeys(OF_RECORD, SETTING)
        | dict.fromkeys(("progress.record", "progress.correct"), RECORDING)
        | {"excuse.withdraw": ("consent_required", "consent.see_progress")},
    ),
    "a trainer who may look on": (
        "sue",
        SEES,
        None,
        STRANGE
        | dict.fromkeys(OF_RECORD, SETTING)
        | dict.fromkeys(("progress.record", "progress.correct"), RECORDING)
        | {"excuse.withdraw": THEIR_EXCUSE},
    ),
    "a trainer who may propose": (
        "sue",
        PROPOSES,
        None,
        STRANGE
        | ANOTHERS_GOAL
        | dict.fromkeys(("goal.assign", "goal.change", "excuse.make"), SETTING)
        | dict.fromkeys(("progress.record", "progress.correct"), RECORDING)
        | {"goal.propose": OK, "excuse.withdraw": THEIR_EXCUSE},
    ),
    "another trainer who may do everything": (
        "sue",
        FULL,
        None,
        STRANGE
        | ANOTHERS_GOAL
        | dict.fromkeys(("goal.assign", "goal.propose", "progress.record", "excuse.make"), OK)
        | {"progress.correct": THEIR_ENTRY, "excuse.withdraw": THEIR_EXCUSE},
    ),
    "a trainer in a pause": (
        "sue",
        FULL,
        ops.RelationshipPause,
        STRANGE
        | ANOTHERS_GOAL
        | dict.fromkeys(("goal.assign", "goal.propose", "goal.change", "goal.counter"), RESTS)
        | dict.fromkeys(("progress.record", "excuse.make"), OK)
        | {"progress.correct": THEIR_ENTRY, "excuse.withdraw": THEIR_EXCUSE},
    ),
    "a trainer after the end": ("sue", FULL, ops.RelationshipEnd, STRANGE | dict.fromkeys(OF_RECORD, GONE)),
    "the trainer himself": (
        "maya",
        None,
        None,
        {
            "consent.set": ("not_found", "trainer"),
            "goal.accept": ("wrong_state", "goal"),
            "goal.decline": ("wrong_state", "goal"),
            "progress.correct": THEIR_ENTRY,
            "excuse.withdraw": THEIR_EXCUSE,
        },
    ),
    "the client himself": (
        "tom",
        None,
        None,
        {
            "goal.propose": ("invalid", "client"),
            "goal.change": THEIR_GOAL,
            "goal.accept": ("wrong_state", "goal"),
            "goal.decline": ("wrong_state", "goal"),
            "template.set": ("role_required", None),
            "template.remove": ("not_found", "template"),
        },
    ),
}
"""Who asks, what Tom lets Sue do and did then, and what is refused: code and field. What is not named is done."""


def refusals(who: str) -> Answers:
    return {name: answer for name, answer in WHO[who][3].items() if answer is not OK}


def said(answer: ops.Body | Refusal) -> Answer:
    return (answer.code.value, answer.field) if isinstance(answer, Refusal) else OK


@pytest.mark.parametrize("who", WHO)
async def test_whoever_may_not_is_told_why_and_nobody_else_hears_of_it(
    who: str, tmp_path: Path, autojump_clock: MockClock
) -> None:
    """[P5] D2: the words of the refusal too."""
    name, consent, then, _ = WHO[who]
    async with gym(tmp_path, consent, then) as scene, client_of(scene, name) as client:
        others = [account for account in ("maya", "sue", "tom", "zoe") if account != name]
        async with scene.house.client(getattr(scene, others[0])) as one:
            await trio.sleep(1)
            one.forget()
            streams = [StreamId("person", scene.maya.person), scene.record]
            before = scene.house.store.revisions(streams)
            answers = {op: await client.ask(scene.requests()[op]) for op in refusals(who)}
            assert {op: said(answer) for op, answer in answers.items()} == refusals(who)
            assert scene.house.store.revisions(streams) == before
            assert [told for told in await one.silence() if told != "presence"] == []
            for answer in answers.values():
                if said(answer) == SETTING:
                    assert isinstance(answer, Refusal)
                    assert answer.hint == "not authorised to assign goals to this client"


DONE = [(who, op) for who in WHO for op in coaching_ops() if op not in refusals(who)]


@pytest.mark.parametrize(("who", "op"), DONE)
async def test_whoever_may_is_not_refused(who: str, op: str, tmp_path: Path, autojump_clock: MockClock) -> None:
    name, consent, then, _ = WHO[who]
    async with gym(tmp_path, consent, then) as scene, client_of(scene, name) as client:
        await client.get(scene.requests()[op], ops.Changed)


def test_every_op_of_coaching_is_in_the_table() -> None:
    assert set(coaching_ops()) == {op for who in WHO for op in refusals(who)}
