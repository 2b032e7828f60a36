"""What people do of coaching in a story. How to add to it: see `deed`.

Whatever a step finds no use for is passed over, and what the server refuses, because somebody else was quicker, is
given up in the end.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, TypeVar

from coachline_core.client.errors import Refused
from coachline_core.client.session import Session
from coachline_core.client.values import Record
from coachline_core.domain.course import Course
from coachline_protocol.rows import Consent, Id, Measure, Terms
from support.deed import Deeds, Step
from support.simulated_device import SimulatedDevice
from support.universe import COACHED, Universe, protein

DEEDS: Final = Deeds()
TRAINER: Final = "maya"
CONSENTS: Final = (
    Consent(),
    Consent(see_goals=True),
    Consent(see_goals=True, set_goals="propose", see_progress=True),
    Consent(see_goals=True, set_goals="assign", see_progress=True, see_presence=True),
    Consent(see_goals=True, set_goals="assign", see_progress=True, record_progress=True, see_presence=True),
)
T = TypeVar("T")


def chosen(things: Sequence[T], step: Step) -> T | None:
    """One of them, if there are any."""
    return things[step.choice % len(things)] if things else None


def client_of(world: Universe, device: SimulatedDevice, step: Step) -> str:
    """Whose record this step is about: one's own, or a client's."""
    return chosen(list(COACHED), step) or "" if device.person == TRAINER else device.person


def attempts(
    world: Universe, device: SimulatedDevice, step: Step, deed: Callable[[Session, Record], Awaitable[object]]
) -> bool:
    """Have it done with the record that is shown when its turn comes; what is refused at once is not done."""
    client = client_of(world, device, step)

    async def act() -> None:
        record = device.session.record(world.people[client])
        if record is not None and device.session.person is not None:
            with suppress(Refused):
                await deed(device.session, record)

    device.do(act)
    return device.up


def terms(world: Universe, step: Step) -> Terms:
    """So much protein each day from today."""
    return protein(world.today, str(100 + step.choice % 100))


def goal_of(record: Record, step: Step) -> Course | None:
    """One of the goals."""
    return chosen(record.goals, step)


# -- goals -------------------------------------------------------------------------------------------------


@DEEDS.device("sets a goal", weight=8)
async def sets_a_goal(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    async def act(session: Session, record: Record) -> None:
        propose = device.person == TRAINER and step.choice % 2 == 0
        set_goal = session.propose_goal if propose else session.assign_goal
        await set_goal(record.client, "nutrition", terms(world, step))

    return attempts(world, device, step, act)


@DEEDS.device("answers a goal", weight=6)
async def answers_a_goal(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    async def act(session: Session, record: Record) -> None:
        asked = [course.goal.id for course in record.goals if course.goal.turn == session.person]
        goal = chosen(asked, step)
        if goal is None:
            return
        match step.choice % 4:
            case 0:
                await session.decline_goal(record.client, goal)
            case 1:
                await session.counter_goal(record.client, goal, terms(world, step), world.today)
            case _:
                await session.accept_goal(record.client, goal)

    return attempts(world, device, step, act)


@DEEDS.device("changes a goal", weight=5)
async def changes_a_goal(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    async def act(session: Session, record: Record) -> None:
        course = goal_of(record, step)
        if course is not None and step.choice % 3:
            await session.change_goal(record.client, course.goal.id, terms(world, step), world.today)
        elif course is not None:
            state = "active" if course.goal.state == "paused" else "paused"
            await session.set_goal_state(record.client, course.goal.id, "active" if state == "active" else "paused")

    return attempts(world, device, step, act)


# -- progress ----------------------------------------------------------------------------------------------


@DEEDS.device("enters progress", weight=14)
async def enters_progress(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    async def act(session: Session, record: Record) -> None:
        course = goal_of(record, step)
        if course is not None:
            eaten = Measure(metric="protein", unit="g", amount=str(step.choice))
            await session.record_progress(record.client, course.goal.id, world.today, [eaten], str(step.choice))

    return attempts(world, device, step, act)


@DEEDS.device("corrects progress", weight=5)
async def corrects_progress(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    async def act(session: Session, record: Record) -> None:
        entry = chosen([entry.id for course in record.goals for entry in course.entries], step)
        if entry is not None:
            await session.correct_progress(record.client, entry, [], f"not {step.choice}")

    return attempts(world, device, step, act)


@DEEDS.device("makes an excuse", weight=2)
async def makes_an_excuse(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    async def act(session: Session, record: Record) -> None:
        counting = [excuse.id for excuse in record.excuses if excuse.withdrawn_at is None]
        excuse = chosen(counting, step)
        if excuse is not None and step.choice % 2:
            await session.withdraw_excuse(record.client, excuse)
        else:
            await session.make_excuse(record.client, world.today, world.today, "ill")

    return attempts(world, device, step, act)


# -- relationships -----------------------------------------------------------------------------------------


def _trainer(world: Universe) -> Id:
    return world.people[TRAINER]


@DEEDS.device("consents anew", weight=9)
async def consents(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    async def act(session: Session, record: Record) -> None:
        if record.client == session.person:
            await session.set_consent(_trainer(world), CONSENTS[step.choice % len(CONSENTS)])

    return attempts(world, device, step, act)


@DEEDS.device("resumes the coaching")
async def resumes(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    async def act(session: Session, record: Record) -> None:
        await session.resume(record.client, _trainer(world))

    return attempts(world, device, step, act)


@DEEDS.device("pauses the coaching", weight=3, remedy=resumes)
async def pauses(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    async def act(session: Session, record: Record) -> None:
        await session.pause(record.client, _trainer(world))

    return attempts(world, device, step, act)


@DEEDS.device("begins the coaching again", weight=5)
async def begins_again(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    """Maya makes a code on whichever of her devices can, and the client takes it."""
    client = client_of(world, device, step)
    taker = device if device.person == client else world.devices_of(client)[0]
    maker = next((one for one in world.devices_of(TRAINER) if one.up and not one.out), None)
    if maker is None:
        return False

    async def invite() -> None:
        invitation = await maker.session.create_invitation("coaching")

        async def accept() -> None:
            with suppress(Refused):
                await taker.session.accept_invitation(invitation.code, CONSENTS[step.choice % len(CONSENTS)])

        taker.do(accept)

    maker.do(invite)
    return True


@DEEDS.device("ends the coaching", weight=2, remedy=begins_again)
async def ends(world: Universe, device: SimulatedDevice, step: Step) -> bool:
    async def act(session: Session, record: Record) -> None:
        leave = record.client == session.person and step.choice % 3 == 0
        await session.end(record.client, _trainer(world), leave=leave)

    return attempts(world, device, step, act)
