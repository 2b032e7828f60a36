"""What must hold in a universe: while it runs (`Witness`), and when it has come to rest (`judge`)."""

from collections.abc import Iterator

import trio
from coachline_core.domain.receipts import is_unread
from coachline_protocol.frames import Event, Frame, Reply, Request
from coachline_protocol.ops import ConversationEntry
from coachline_protocol.rows import Cursor, Id, Message, StreamId
from support.simulated_device import SimulatedDevice
from support.trace import Direction
from support.universe import PEOPLE, Universe

MANY = 1_000_000
REST_SECONDS = 900
"""Until everything healed is at rest: the longest wait between two attempts, then what the limits hold back."""
LEASE_SECONDS = 30 + 3
"""No ghost lives longer than 30 s (H6); what says so may be 2 s on its way, and 1 s waits for a slow disk."""


class Witness:
    """Hears every frame on every wire, and remembers what was acknowledged."""

    def __init__(self, world: Universe) -> None:
        self.acknowledged: set[Id] = set()
        self.problems: list[str] = []
        self._world = world
        self._asked: dict[tuple[int, int], Id] = {}
        self._cursors: dict[tuple[int, Id, str], int] = {}
        world.trace.listeners.append(self._hear)

    def _hear(self, who: str, wire: int, direction: Direction, frame: Frame) -> None:
        match frame:
            case Request(id=number, op="message.post", body=body):
                self._asked[wire, number] = body["id"]
            case Reply(id=number) if direction == "<":
                posted = self._asked.pop((wire, number), None)
                if posted is not None:
                    self.acknowledged.add(posted)
            case Event(name="cursor", body=body):
                for cursor in body["cursors"]:
                    self._follow(who, wire, cursor)
            case _:
                pass

    def _follow(self, who: str, wire: int, cursor: dict[str, object]) -> None:
        """[R1] [R2] A cursor never goes back, and reading is no further than delivery."""
        person, delivered, read = cursor["person"], cursor.get("delivered", 0), cursor.get("read", 0)
        assert isinstance(person, bytes)
        assert isinstance(delivered, int)
        assert isinstance(read, int)
        if read > delivered:
            self.problems.append(f"{who} was told of read {read} beyond delivered {delivered}")
        for kind, seq in (("delivered", delivered), ("read", read)):
            if seq < self._cursors.get((wire, person, kind), 0):
                self.problems.append(f"{who} was told that {kind} went back to {seq}")
            self._cursors[wire, person, kind] = seq


async def judge(world: Universe, witness: Witness) -> list[str]:
    """Heal everything, let it come to rest, and name whatever is not as it must be. Empty: nothing is."""
    await world.heal()
    if not await world.settle(REST_SECONDS):
        return [*_unsettled(world), *witness.problems, *world.alarms]
    await trio.sleep(LEASE_SECONDS)
    problems = [*witness.problems, *world.alarms, *_about_messages(world, witness), *_about_cursors(world)]
    problems += [found for device in world.devices.values() for found in _about_device(world, device)]
    return [*problems, *await _about_presence(world)]


def _unsettled(world: Universe) -> Iterator[str]:
    for device in world.devices.values():
        if not device.at_rest:
            timeline = device.timeline()
            holes = () if timeline is None else timeline.holes()
            pending = () if timeline is None else timeline.pending
            yield f"{device.name} does not come to rest: {device.session.connection}, holes {holes}, waiting {pending}"


def _kept(world: Universe) -> tuple[Message, ...]:
    """What the database holds, in order."""
    found: tuple[Message, ...] = world.daemon.store.messages(world.conversation, before=None, after=0, limit=MANY)
    return found


def _cursors(world: Universe) -> dict[Id, Cursor]:
    held = world.daemon.store.load(StreamId("conversation", world.conversation))
    return {cursor.person: cursor for cursor in held.cursors}


def _about_messages(world: Universe, witness: Witness) -> Iterator[str]:
    """[H2] [H3]"""
    kept = _kept(world)
    if [message.seq for message in kept] != list(range(1, len(kept) + 1)):
        yield f"the database has the seqs {[message.seq for message in kept]}"
    places = {message.id: message.seq for message in kept}
    if len(places) != len(kept):
        yield "the database has a message twice"
    for lost in sorted(witness.acknowledged - places.keys()):
        yield f"{lost.hex()} was acknowledged and is not in the database"
    texts = [message.text for message in kept if message.kind == "text"]
    attempted = {text for device in world.devices.values() for text in device.attempted}
    for text in sorted(set(texts)):
        if texts.count(text) > 1:
            yield f"{text!r} is in the database {texts.count(text)} times"
        if text not in attempted:
            yield f"{text!r} was written by nobody"
    for device in world.devices.values():
        found = [places.get(id, 0) for id in device.promised]
        if 0 in found:
            yield f"{device.name} took {found.count(0)} of {len(found)} messages that are not in the database"
        elif found != sorted(found):
            yield f"{device.name}'s messages are in another order: {found}"


def _about_cursors(world: Universe) -> Iterator[str]:
    """[H5]"""
    kept, cursors = _kept(world), _cursors(world)
    for name in PEOPLE:
        person = world.people[name]
        cursor = cursors.get(person, Cursor(person=person))
        if not cursor.read <= cursor.delivered <= len(kept):
            yield f"{name}: read {cursor.read}, delivered {cursor.delivered}, head {len(kept)}"
        others = max((message.seq for message in kept if message.author != person), default=0)
        if cursor.delivered < others:
            yield f"{name}: delivered {cursor.delivered}, though every device has up to {others}"
        devices = [device for device in world.devices.values() if device.person == name]
        saw, looked = max(device.saw for device in devices), max(device.looked for device in devices)
        if not saw <= cursor.read <= looked:
            yield f"{name}: read {cursor.read}, though seen was {saw} … {looked}"


def _about_device(world: Universe, device: SimulatedDevice) -> Iterator[str]:
    """[H4] [R6]"""
    kept, me = _kept(world), world.people[device.person]
    if device.messages() != kept:
        yield f"{device.name} holds {len(device.messages())} messages, or others, than the {len(kept)} of the database"
    timeline, stored = device.timeline(), device.cache.load()
    if stored.outbox:
        yield f"{device.name} has {len(stored.outbox)} entries in its outbox"
    if timeline is None:
        yield f"{device.name} shows no conversation"
        return
    shown = [item.seq for item in timeline.items()]
    if shown != list(range(len(kept) - len(shown) + 1, len(kept) + 1)):
        yield f"{device.name} shows {shown} of {len(kept)}"
    cursors = _cursors(world)
    if {person: (one.delivered, one.read) for person, one in timeline.cursors.items()} != {
        person: (one.delivered, one.read) for person, one in cursors.items()
    }:
        yield f"{device.name} has the cursors {timeline.cursors}, the database {cursors}"
    read = cursors[me].read if me in cursors else 0
    unread = sum(is_unread(message, me, read) for message in kept)
    (summary,) = device.session.conversations()
    entries: tuple[ConversationEntry, ...] = world.daemon.store.conversations(me, None, 10)
    if not summary.unread == timeline.unread() == entries[0].unread == unread:
        yield f"{device.name}: {summary.unread} and {entries[0].unread} unread, where {unread} are"


async def _about_presence(world: Universe) -> list[str]:
    """[H6] All are here; then one person's devices fall silent at once, and come back."""
    gone = world.chances.random("who falls silent").choice(PEOPLE)
    problems = _presence(world, here=PEOPLE)
    silent = [device for device in world.devices.values() if device.person == gone]
    for device in silent:
        world.network.unplug(device.name)
    await trio.sleep(LEASE_SECONDS)
    problems += _presence(world, here=[name for name in PEOPLE if name != gone])
    await world.heal()
    if not await world.settle(REST_SECONDS):
        problems += _unsettled(world)
    await trio.sleep(3)
    return problems + _presence(world, here=PEOPLE)


def _presence(world: Universe, here: tuple[str, ...] | list[str]) -> list[str]:
    """What the devices of those who are here show of everybody else."""
    problems = []
    for device in world.devices.values():
        for other in PEOPLE:
            if device.person in here and other != device.person:
                shown = device.session.presence(world.people[other])
                state = shown.state if shown is not None else "unknown"
                if state != ("online" if other in here else "offline"):
                    problems.append(f"{device.name} shows {other} {state}")
    return problems
