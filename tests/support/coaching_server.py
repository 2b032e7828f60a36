"""A server of coaching for tests of the client: what one person is served of a world in which the real rules decide.

The rules and who sees what are the domain's own; what goes wrong on the way is scripted as with any scripted server.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

from coachline_core.domain.conversation import ConversationState
from coachline_core.domain.days import day_in
from coachline_core.domain.person import PersonState
from coachline_core.domain.record import RecordState
from coachline_core.domain.rules import RULES
from coachline_core.domain.streams import Changed
from coachline_protocol import ops
from coachline_protocol.codes import Refusal
from coachline_protocol.ops import Body
from coachline_protocol.rows import AnyRow, Id, Measure, Message, StreamId, Target, Terms, Time
from support.scripted_server import ScriptedServer
from support.world import World

ZONE = "Europe/Berlin"
"""In which everybody of a world lives."""


class CoachingServer(ScriptedServer):
    """Serves `me` what he may see of a world; others change it by `does`."""

    def __init__(self, me: Id, world: World) -> None:
        super().__init__(me)
        self.world = world
        self.now: Callable[[], Time] = lambda: world.now
        self.deaf = False
        """What is changed now is told to nobody, as by a server that is killed and starts again."""
        self._untold: list[Changed] = []
        self._lost: set[StreamId] = set()
        """What was withdrawn from `me` while nobody was told."""
        for stream in world.states:
            self._look(stream)
        self.people = [
            ops.Person(id=id, handle=id.hex(), display_name="Somebody", time_zone=ZONE, roles=("client",))
            for kind, id in ((stream.kind, stream.id) for stream in world.states)
            if kind == "person" and id != me
        ]

    def does(self, author: Id, command: ops.Command) -> Body | Refusal:
        """Somebody says something, and it is told."""
        outcome = self._decide(author, command)
        self.answered()
        return outcome

    def do(self, body: Body) -> Body | Refusal:
        """What the server makes of a request."""
        self.world.now = self.now()
        if isinstance(body, ops.Command) and not isinstance(body, ops.MessagePost):
            return self._decide(self.me, body)
        return super().do(body)

    def answered(self) -> None:
        """As a daemon does it: acknowledged first, then told."""
        untold, self._untold = self._untold, []
        for changed in untold:
            self._tell(changed)

    def announce(self, stream: StreamId) -> None:
        """Tell where a stream stands, or that it is withdrawn, as a server does that does not know what was told."""
        if stream in self.revs:
            rev = self.revs[stream]
            self.tell(stream.kind, ops.Change(stream=stream, epoch=self.epoch, after=rev, rev=rev, rows=()))
        elif stream in self._lost:
            self._withdrawn(stream)
        self._lost.discard(stream)

    def oracle(self, stream: StreamId) -> list[AnyRow]:
        """What `me` may hold of a stream, in order of revision."""
        return sorted(self.rows.get(stream, []), key=lambda row: row.rev)

    def _decide(self, author: Id, command: ops.Command) -> Body | Refusal:
        before = len(self.world.commits)
        outcome = self.world.say(author, command)
        self._untold += self.world.commits[before:]
        return outcome

    def _look(self, stream: StreamId) -> None:
        """What `me` may see of a stream now."""
        state, rules = self.world.state(stream), RULES[stream.kind]
        if not self._mine(state):
            self.rows.pop(stream, None)
            self.revs.pop(stream, None)
            return
        rows = self.world.rows.get(stream, {}).values()
        self.rows[stream] = [row for row in rows if rules.visible(state, self.me, row)]
        self.revs[stream] = state.rev
        if isinstance(state, RecordState) and self.me in state.relationships:
            self.reaches[stream] = state.relationships[self.me].reach

    def _mine(self, state: object) -> bool:
        match state:
            case RecordState():
                held = state.relationships.get(self.me)
                return state.client == self.me or (held is not None and (held.state != "ended" or held.left))
            case ConversationState():
                return self.me in state.members
            case PersonState():
                return state.stream.id == self.me
            case _:
                raise TypeError(type(state).__name__)

    def _tell(self, changed: Changed) -> None:
        before = changed.stream in self.revs
        self._look(changed.stream)
        after = changed.stream in self.revs
        if self.deaf:
            self._lost.update([changed.stream] if before and not after else [])
        elif after and changed.rows:
            rules, state = RULES[changed.stream.kind], self.world.state(changed.stream)
            rows = tuple(row for row in changed.rows if rules.visible(state, self.me, row))
            name = "message" if any(isinstance(row, Message) for row in rows) else "member"
            name = name if changed.stream.kind == "conversation" else changed.stream.kind
            change = ops.Change(
                stream=changed.stream, epoch=self.epoch, after=changed.after, rev=changed.rev, rows=rows
            )
            self.tell(name, change)
        elif before and changed.rows:
            self._withdrawn(changed.stream)

    def _withdrawn(self, stream: StreamId) -> None:
        self.tell("withdrawn", ops.Withdrawn(stream=stream))


def eating(world: World, amounts: Sequence[str] = ("2200", "160", "220", "70"), *, days: int = 56) -> Terms:
    """Terms of a nutrition goal from today: kcal at most, protein at least, carbohydrate and fat at most."""
    today = day_in(ZONE, world.now)
    names = (("energy", "kcal", "down"), ("protein", "g", "up"), ("carbohydrate", "g", "down"), ("fat", "g", "down"))
    targets = tuple(
        Target(metric=metric, unit=unit, direction="up" if direction == "up" else "down", amount=amount)
        for (metric, unit, direction), amount in zip(names, amounts, strict=True)
    )
    return Terms(title="Eat well", targets=targets, start=today, due=today + timedelta(days=days))


def eaten(*amounts: str) -> tuple[Measure, ...]:
    """What was eaten: kcal, protein, carbohydrate, fat, as far as it is said."""
    names = (("energy", "kcal"), ("protein", "g"), ("carbohydrate", "g"), ("fat", "g"))
    return tuple(
        Measure(metric=metric, unit=unit, amount=amount) for (metric, unit), amount in zip(names, amounts, strict=False)
    )


__all__ = ["ZONE", "CoachingServer", "eaten", "eating"]
