"""Templates: kept by trainers, said anew, and not offered any more.

SPEC.md, [G14].
"""

from typing import Any

import pytest
from coachline_protocol import limits, ops
from coachline_protocol.codes import Refusal
from coachline_protocol.rows import Id, Template
from support.coaching import codes, protein
from support.world import MAYA, NOW, STRANGER, World, good, made


def keep(world: World, template: Id | None = None, who: Id = MAYA, **said: Any) -> ops.Body | Refusal:
    fields = {"kind": "nutrition", "title": "Cutting", "targets": (protein(),), **said}
    return world.say(who, ops.TemplateSet(id=world.fresh(), template=template, **fields))


def remove(world: World, template: Id) -> ops.Body | Refusal:
    return world.say(MAYA, ops.TemplateRemove(id=world.fresh(), template=template))


def test_a_template_is_kept_and_said_anew() -> None:
    world = World().join(MAYA)
    answer = good(keep(world, title=" Cutting  hard ", days=28, note=" \u200b"), ops.Changed)
    id = world.last
    kept = Template(rev=answer.rev, id=id, kind="nutrition", title="Cutting hard", targets=(protein(),), days=28)
    assert world.person(MAYA).templates == {id: kept}
    good(keep(world, id, targets=(protein("180"),)), ops.Changed)
    assert [row.targets for row in world.person(MAYA).templates.values()] == [(protein("180"),)]


def test_a_template_that_was_removed_is_offered_again_when_it_is_said_anew() -> None:
    world = World().join(MAYA)
    good(keep(world), ops.Changed)
    id = world.last
    gone = good(remove(world, id), ops.Changed)
    assert world.person(MAYA).templates[id].removed_at == NOW
    good(keep(world), ops.Changed)
    assert remove(world, id) == gone
    good(keep(world, id), ops.Changed)
    assert world.person(MAYA).templates[id].removed_at is None


def test_what_is_not_there_is_not_found() -> None:
    world = World().join(MAYA)
    assert codes(keep(world, made(77))) == ("not_found", "template")
    assert codes(remove(world, made(77))) == ("not_found", "template")


def test_an_id_makes_one_template() -> None:
    world = World().join(MAYA)
    good(keep(world), ops.Changed)
    again = ops.TemplateSet(id=world.last, kind="free", title="Other")
    world.answers.clear()
    assert codes(world.say(MAYA, again)) == ("conflict", "id")


def test_templates_are_for_trainers() -> None:
    world = World().join(STRANGER)
    assert codes(keep(world, who=STRANGER)) == ("role_required", None)
    assert codes(keep(world, who=made(77))) == ("role_required", None)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({"title": ""}, ("text_blank", "title")),
        ({"targets": ()}, ("invalid", "targets")),
        ({"targets": (protein("0"),)}, ("invalid", "targets[0].amount")),
        ({"note": "x" * 1001}, ("text_too_long", "note")),
        ({"kind": "free", "targets": ()}, None),
    ],
)
def test_a_template_asks_what_a_goal_can_ask(said: dict[str, Any], answer: object) -> None:
    assert codes(keep(World().join(MAYA), **said)) == answer


def test_a_trainer_has_so_many_templates_at_once() -> None:
    world = World().join(MAYA)
    for _ in range(limits.TEMPLATES_MAX):
        good(keep(world), ops.Changed)
    id = world.last
    assert codes(keep(world)) == ("too_many", None)
    good(keep(world, id), ops.Changed)
    good(remove(world, id), ops.Changed)
    good(keep(world), ops.Changed)
    assert codes(keep(world, id)) == ("too_many", None)
