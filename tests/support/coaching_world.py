"""Maya, who coaches Tom, or Tom himself, at a device in virtual time: where tests of coaching in the client happen."""

from dataclasses import dataclass
from pathlib import Path

from coachline_core.client.session import Session
from coachline_core.client.values import Record
from coachline_core.domain.record import record_stream
from coachline_protocol import ops
from coachline_protocol.codes import Refusal
from coachline_protocol.rows import AnyRow, Consent, Id
from support.client_world import World as Devices
from support.coaching_server import CoachingServer, eaten, eating
from support.world import MAYA, NOW, TOM, World

ALL = Consent(see_goals=True, set_goals="assign", see_progress=True, record_progress=True, see_presence=True)
GOALS_ONLY = Consent(see_goals=True, set_goals="propose")
NOTHING = Consent()
RECORD = record_stream(TOM)


@dataclass
class Coached:
    """What happens to Tom's record, and one person's devices."""

    world: World
    server: CoachingServer
    devices: Devices

    def said(self, author: Id, command: ops.Command) -> ops.Body:
        """Somebody says something that must be taken."""
        outcome = self.server.does(author, command)
        assert not isinstance(outcome, Refusal), outcome
        return outcome

    def consents(self, consent: Consent, trainer: Id = MAYA) -> None:
        """Tom says anew what a trainer may see and do."""
        base = self.world.record(TOM).relationships[trainer].rev
        self.said(TOM, ops.ConsentSet(id=self.world.fresh(), trainer=trainer, base=base, consent=consent))

    def assigns(self, author: Id = TOM) -> Id:
        """Somebody sets Tom a goal."""
        id = self.world.fresh()
        self.said(author, ops.GoalAssign(id=id, client=TOM, kind="nutrition", terms=eating(self.world)))
        return id

    def eats(self, goal: Id, *amounts: str, note: str = "") -> Id:
        """Tom says what he ate today."""
        id, day = self.world.fresh(), self.world.record(TOM).versions[goal].terms.start
        body = ops.ProgressRecord(
            id=id, client=TOM, goal=goal, day=day, zone="Europe/Berlin", measures=eaten(*amounts), note=note
        )
        self.said(TOM, body)
        return id

    def held(self, device: str = "phone") -> list[AnyRow]:
        """What is on a device's disk of Tom's record, in order of revision."""
        cache = self.devices.cache(device)
        try:
            streams = {held.stream: held.rows for held in cache.load().streams}
        finally:
            cache.close()
        return sorted(streams.get(RECORD, ()), key=lambda row: row.rev)


def coached(folder: Path, me: Id, consent: Consent = ALL) -> Coached:
    """Maya coaches Tom; `me` is one of them, with a phone that is signed in."""
    world = World().join(MAYA, TOM).relate(MAYA, TOM, consent)
    server = CoachingServer(me, world)
    devices = Devices(folder, server, begins=NOW)
    server.now = devices.clock.now
    devices.sign_in()
    return Coached(world, server, devices)


def record(session: Session) -> Record:
    """Tom's record, which must be shown."""
    shown = session.record(TOM)
    assert shown is not None
    return shown


def kinds(session: Session) -> set[str]:
    """What kinds of rows are shown of Tom's record."""
    shown = session.record(TOM)
    if shown is None:
        return set()
    found = {"relationships": shown.relationships, "goals": shown.goals, "excuses": shown.excuses}
    if any(course.entries for course in shown.goals):
        found["progress"] = shown.goals
    return {name for name, rows in found.items() if rows}


__all__ = ["ALL", "GOALS_ONLY", "NOTHING", "RECORD", "Coached", "coached", "kinds", "record"]
