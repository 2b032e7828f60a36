"""Tom, in every relation to Maya in which somebody may ask for something."""

from typing import Literal

import msgspec
from coachline_core.domain.access import Standing, learn_all
from coachline_core.domain.conversation import direct_id
from coachline_core.domain.person import person_stream
from coachline_core.domain.streams import Changed
from coachline_protocol.rows import Id, Relationship
from support.world import MAYA, NOW, TOM, ZOE, World

PLACE = direct_id(MAYA, TOM)
Relation = Literal["stranger", "invited", "related", "paused", "ended"]
RELATIONS: tuple[Relation, ...] = ("stranger", "invited", "related", "paused", "ended")


def standing_of(world: World, person: Id) -> Standing:
    """What a database tells of a person: himself, what he is or was a member of, whom he is or was related to."""
    standing = Standing(person)
    for stream, rows in sorted(world.rows.items()):
        member = ("member", person) in rows
        told = [
            (stream, row)
            for row in rows.values()
            if member
            or stream == person_stream(person)
            or (isinstance(row, Relationship) and person in (row.trainer, row.client))
        ]
        standing = learn_all(standing, told)
    return standing


def tom_as(relation: Relation) -> Standing:
    """Tom, standing so to Maya; where they were ever related they opened their conversation."""
    world = World().join(MAYA, TOM, ZOE)
    if relation == "invited":
        world.invite(MAYA)
    elif relation != "stranger":
        world.relate(MAYA, TOM)
        world.open(TOM, MAYA)
        world.set_relation(MAYA, TOM, "active" if relation == "related" else relation)
    if relation == "ended":
        state = world.direct(MAYA, TOM)
        assert state.row is not None
        row = msgspec.structs.replace(state.row, rev=5, closed_at=NOW)
        world.put(Changed(state.stream, 4, 5, (row,)))
    return standing_of(world, TOM)
