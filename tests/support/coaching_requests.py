"""One sound request of each op of coaching, about what belongs to one client or one trainer."""

import datetime
from dataclasses import dataclass

from coachline_protocol import ops
from coachline_protocol.rows import Consent, Id, Target, Terms
from support.daemon import House

TODAY = datetime.date(2027, 1, 15)
"""The day it is in Berlin when a daemon in virtual time starts."""
NOBODY = bytes(16)
FULL = Consent(see_goals=True, set_goals="assign", see_progress=True, record_progress=True, see_presence=True)
PROTEIN = Target(metric="protein", unit="g", direction="up", amount="160")


@dataclass(frozen=True)
class Coached:
    """The ids that these requests name. `base`: the revision of the row they are based on."""

    client: Id
    trainer: Id
    goal: Id = NOBODY
    entry: Id = NOBODY
    excuse: Id = NOBODY
    template: Id = NOBODY
    base: int = 1


def terms(amount: str = "160", start: datetime.date = TODAY, due: datetime.date | None = None) -> Terms:
    """So much protein a day."""
    target = Target(metric="protein", unit="g", direction="up", amount=amount)
    return Terms(title="Protein", targets=(target,), start=start, due=due)


def coaching_requests(house: House, named: Coached) -> dict[str, ops.Body]:
    """Valid by themselves; what comes of each depends on who asks, and on the state of things."""
    new = house.ids.new
    client, trainer, goal, base = named.client, named.trainer, named.goal, named.base
    asked = terms("170")
    return {
        "consent.set": ops.ConsentSet(id=new(), trainer=trainer, base=base, consent=Consent()),
        "relationship.pause": ops.RelationshipPause(id=new(), client=client, trainer=trainer),
        "relationship.resume": ops.RelationshipResume(id=new(), client=client, trainer=trainer),
        "relationship.end": ops.RelationshipEnd(id=new(), client=client, trainer=trainer),
        "goal.assign": ops.GoalAssign(id=new(), client=client, kind="nutrition", terms=asked),
        "goal.propose": ops.GoalPropose(id=new(), client=client, kind="nutrition", terms=asked),
        "goal.change": ops.GoalChange(id=new(), terms=asked, effective=TODAY, client=client, goal=goal, base=base),
        "goal.counter": ops.GoalCounter(id=new(), terms=asked, effective=TODAY, client=client, goal=goal, base=base),
        "goal.accept": ops.GoalAccept(id=new(), client=client, goal=goal, base=base),
        "goal.decline": ops.GoalDecline(id=new(), client=client, goal=goal, base=base),
        "goal.set_state": ops.GoalSetState(id=new(), state="paused", client=client, goal=goal, base=base),
        "progress.record": ops.ProgressRecord(
            id=new(), day=TODAY, zone="Europe/Berlin", note="ate out", client=client, goal=goal
        ),
        "progress.correct": ops.ProgressCorrect(id=new(), client=client, entry=named.entry, base=base, note="at home"),
        "excuse.make": ops.ExcuseMake(id=new(), client=client, first=TODAY, last=TODAY, reason="ill"),
        "excuse.withdraw": ops.ExcuseWithdraw(id=new(), client=client, excuse=named.excuse),
        "template.set": ops.TemplateSet(id=new(), kind="nutrition", title="Protein", targets=(PROTEIN,)),
        "template.remove": ops.TemplateRemove(id=new(), template=named.template),
    }
