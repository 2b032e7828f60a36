"""A gym in a whole daemon: a client, his trainers, and one sound request of each op of coaching."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
from coachline_core.domain.streams import row_key
from coachline_protocol import ops
from coachline_protocol.rows import Consent, Goal, Id, Progress, Relationship, StreamId
from support.coaching_requests import FULL, Coached, coaching_requests
from support.daemon import Account, House, daemon
from support.wire import Client


@dataclass
class Gym:
    """Maya coaches Tom with every consent; he works for a goal of hers. Sue coaches him as a test says."""

    house: House
    maya: Account
    sue: Account
    tom: Account
    zoe: Account
    named: Coached

    @property
    def record(self) -> StreamId:
        return StreamId("record", self.tom.person)

    def requests(self) -> dict[str, Any]:
        """One of each op, based on what stands now."""
        stands = {
            **dict.fromkeys(("change", "counter", "accept", "decline", "set_state"), self._rev(Goal, self.named.goal)),
            "correct": self._rev(Progress, self.named.entry),
            "set": self._rev(Relationship, self.named.trainer),
        }
        return {
            name: msgspec.structs.replace(body, base=stands[name.partition(".")[2]]) if hasattr(body, "base") else body
            for name, body in coaching_requests(self.house, self.named).items()
        }

    def _rev(self, kind: type[Goal | Progress | Relationship], key: Id) -> int:
        """Where the row of this kind and key stands."""
        rows = [row for row in self.house.store.load(self.record).rows if isinstance(row, kind)]
        return next(row.rev for row in rows if row_key(row)[1] == key)


MADE = (
    ("maya", "goal.assign", "goal"),
    ("maya", "template.set", "template"),
    ("tom", "progress.record", "entry"),
    ("tom", "excuse.make", "excuse"),
)
"""Who says what for it to be there."""
Then = type[ops.RelationshipPause] | type[ops.RelationshipEnd]


@asynccontextmanager
async def gym(folder: Path, consent: Consent | None = None, then: Then | None = None) -> AsyncIterator[Gym]:
    """`consent`: Sue's, if she coaches Tom; `then`: what Tom did about that."""
    async with daemon(folder) as house:
        maya, sue = house.account("maya", "trainer"), house.account("sue", "trainer")
        tom, zoe = house.account("tom", "client"), house.account("zoe", "client")
        house.relate(maya, tom, FULL)
        if consent is not None:
            house.relate(sue, tom, consent)
        scene = Gym(house, maya, sue, tom, zoe, Coached(tom.person, maya.person))
        for account, op, what in MADE:
            command: Any = coaching_requests(house, scene.named)[op]
            async with house.client(getattr(scene, account)) as client:
                await client.get(command, ops.Changed)
            scene.named = replace(scene.named, **{what: command.id})
        if then is not None:
            async with house.client(tom) as phone:
                await phone.get(then(id=house.ids.new(), client=tom.person, trainer=sue.person), ops.Changed)
        yield scene


@asynccontextmanager
async def client_of(scene: Gym, name: str) -> AsyncIterator[Client]:
    async with scene.house.client(getattr(scene, name)) as client:
        yield client
