"""What must hold in a universe that has come to rest. One function a promise; `judge` asks them all.

A new check is one more function in `AT_REST`: it gets the scene and yields what is wrong.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import trio
from coachline_core.domain.receipts import is_unread
from coachline_core.domain.record import sees
from coachline_core.domain.streams import row_key
from coachline_protocol.ops import ConversationEntry
from coachline_protocol.rows import Cursor, Id, Message, Relationship, StreamId
from support.simulated_daemon import MANY, SETTINGS
from support.simulated_device import SimulatedDevice
from support.universe import COACHED, PAIRS, PEOPLE, Universe
from support.wiretap import Wiretap

Check = Literal[
    "wires",
    "rest",
    "messages",
    "cursors",
    "devices",
    "people",
    "badges",
    "records",
    "secrets",
    "presence",
    "herd",
    "daemon",
]
REST_SECONDS: Final = 900
"""Until everything healed is at rest: the longest wait between two attempts, then what the limits hold back."""
LEASE_SECONDS: Final = 30 + 3
"""No ghost lives longer than 30 s (H6); what says so may be 2 s on its way, and 1 s waits for a slow disk."""
HERD_SECONDS: Final = 0.1
"""All devices dialling within this, twice in a row, is no chance: drawn evenly it happens once in 10⁷."""
AWAY_SECONDS: Final = 20
"""For which the daemon is away, so that each device tries some four times."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that must not be, and which check found it."""

    check: Check | Literal["raised"]
    words: str

    def __str__(self) -> str:
        return f"{self.check}: {self.words}"


@dataclass(frozen=True)
class Talk:
    """A conversation of two people as the database holds it."""

    id: Id
    pair: tuple[str, str]
    messages: tuple[Message, ...]
    cursors: Mapping[Id, Cursor]

    @property
    def places(self) -> dict[Id, int]:
        """Message → seq."""
        return {message.id: message.seq for message in self.messages}

    def partner(self, person: str) -> str:
        """The other one."""
        return self.pair[0] if person == self.pair[1] else self.pair[1]


@dataclass(frozen=True)
class Scene:
    """A universe at rest."""

    world: Universe
    wiretap: Wiretap
    talks: tuple[Talk, ...]
    epoch: Id

    def talks_of(self, person: str) -> list[Talk]:
        """Those that somebody takes part in."""
        return [talk for talk in self.talks if person in talk.pair]


def look(world: Universe, wiretap: Wiretap) -> Scene:
    """What the database holds now."""
    talks = []
    for pair in PAIRS:
        id = world.talk(*pair)
        held = world.daemon.store.load(StreamId("conversation", id))
        if held.rev:
            messages = world.daemon.store.messages(id, before=None, after=0, limit=MANY)
            talks.append(Talk(id, pair, messages, {cursor.person: cursor for cursor in held.cursors}))
    return Scene(world, wiretap, tuple(talks), world.daemon.store.epoch())


async def judge(world: Universe, wiretap: Wiretap) -> list[Problem]:
    """Heal everything, let it come to rest, and name whatever is not as it must be. Empty: nothing is."""
    await world.heal()
    if not await world.settle(REST_SECONDS, quiet=LEASE_SECONDS):
        return [*_unsettled(world), *_meanwhile(world, wiretap)]
    scene = look(world, wiretap)
    problems = [Problem(check, words) for check, yields in AT_REST for words in yields(scene)]
    for check, tried in TRIED_AT_REST:
        problems += [Problem(check, words) for words in await tried(world)]
        await world.heal()
        if not await world.settle(REST_SECONDS):
            return [*problems, *_unsettled(world), *_meanwhile(world, wiretap)]
    return [*problems, *_meanwhile(world, wiretap)]


def _meanwhile(world: Universe, wiretap: Wiretap) -> Iterator[Problem]:
    """What was found while it ran."""
    yield from (Problem("wires", words) for words in wiretap.wrongs)
    yield from (Problem("daemon", words) for words in (*world.alarms, *about_the_daemon(world)))


def _unsettled(world: Universe) -> Iterator[Problem]:
    for device in world.devices.values():
        if not device.at_rest:
            talks = {partner: device.timeline(partner) for partner in world.partners(device.person)}
            shown = {
                partner: f"holes {timeline.holes()}, waiting {[item.state for item in timeline.pending]}"
                for partner, timeline in talks.items()
                if timeline is not None
            }
            outbox = [(entry.state, entry.refusal) for entry in device.cache.load().outbox]
            yield Problem(
                "rest",
                f"{device.name} does not come to rest: {device.session.connection}, {shown}, outbox {outbox}",
            )


# -- what is looked at -------------------------------------------------------------------------------------


def about_messages(scene: Scene) -> Iterator[str]:
    """[H2] [H3]"""
    world = scene.world
    places = {id: seq for talk in scene.talks for id, seq in talk.places.items()}
    for lost in sorted(scene.wiretap.acknowledged - places.keys()):
        yield f"{lost.hex()} was acknowledged and is not in the database"
    for talk in scene.talks:
        if [message.seq for message in talk.messages] != list(range(1, len(talk.messages) + 1)):
            yield f"the database has the seqs {[message.seq for message in talk.messages]}"
        if len(talk.places) != len(talk.messages):
            yield "the database has a message twice"
        texts = [message.text for message in talk.messages if message.kind == "text"]
        attempted = {text for d in world.devices.values() for where, text in d.attempted if where == talk.id}
        for text in sorted(set(texts)):
            if texts.count(text) > 1:
                yield f"{text[:40]!r} is in the database {texts.count(text)} times"
            if text not in attempted:
                yield f"{text[:40]!r} was written by nobody"
    for device in world.devices.values():
        for promised in device.promised.values():
            found = [places[id] for id in promised if id in places]
            missing = [id for id in promised if id not in places and id not in world.lost]
            if missing:
                yield f"{device.name} took {len(missing)} of {len(promised)} messages that are not in the database"
            if found != sorted(found):
                yield f"{device.name}'s messages are in another order: {found}"


def about_cursors(scene: Scene) -> Iterator[str]:
    """[H5]"""
    for talk in scene.talks:
        for name in talk.pair:
            person = scene.world.people[name]
            cursor = talk.cursors.get(person, Cursor(person=person))
            if not cursor.read <= cursor.delivered <= len(talk.messages):
                yield f"{name}: read {cursor.read}, delivered {cursor.delivered}, head {len(talk.messages)}"
            others = max((message.seq for message in talk.messages if message.author != person), default=0)
            if cursor.delivered < others:
                yield f"{name}: delivered {cursor.delivered}, though every device has up to {others}"
            devices = scene.world.devices_of(name)
            saw = max(device.saw.get((scene.epoch, talk.id), 0) for device in devices)
            seen = {talk.places.get(id, 0) for device in devices for id in device.looked.get(talk.id, ())}
            if not saw <= cursor.read <= max(seen, default=0):
                yield f"{name}: read {cursor.read}, though seen was {saw} … {max(seen, default=0)}"


def about_devices(scene: Scene) -> Iterator[str]:
    """[H4] Everything, in one order, and nothing else, on every device."""
    for device in scene.world.devices.values():
        talks = scene.talks_of(device.person)
        listed = {line.conversation for line in device.session.conversations()}
        if listed != {talk.id for talk in talks}:
            yield f"{device.name} lists {len(listed)} conversations, or others, than the {len(talks)} that there are"
        if outbox := device.cache.load().outbox:
            yield f"{device.name} has {len(outbox)} entries in its outbox"
        for talk in talks:
            yield from _about_talk(device, talk)


def _about_talk(device: SimulatedDevice, talk: Talk) -> Iterator[str]:
    partner, total = talk.partner(device.person), len(talk.messages)
    held = device.messages(partner)
    if held != talk.messages:
        yield f"{device.name} holds {len(held)} messages, or others, than the {total} of the database"
    timeline = device.timeline(partner)
    if timeline is None:
        yield f"{device.name} does not show its conversation with {partner}"
        return
    shown = [item.seq for item in timeline.items()]
    if shown != list(range(total - len(shown) + 1, total + 1)):
        yield f"{device.name} shows {shown} of {total}"
    pointed = {person: (one.delivered, one.read) for person, one in timeline.cursors.items()}
    if pointed != {person: (one.delivered, one.read) for person, one in talk.cursors.items()}:
        yield f"{device.name} has the cursors {timeline.cursors}, the database {talk.cursors}"


def about_people(scene: Scene) -> Iterator[str]:
    """[P5] Every device has the cards of those its person knows, as they are now, and no others."""
    for device in scene.world.devices.values():
        known = scene.world.daemon.store.people(scene.world.people[device.person], None, MANY)
        if set(device.session.people()) != set(known):
            yield f"{device.name} knows {device.session.people()}, where there are {known}"


def about_badges(scene: Scene) -> Iterator[str]:
    """[R6] Others' words above the read cursor, and nothing else."""
    for device in scene.world.devices.values():
        me = scene.world.people[device.person]
        entries: tuple[ConversationEntry, ...] = scene.world.daemon.store.conversations(me, None, len(PAIRS))
        told = {entry.conversation: entry.unread for entry in entries}
        lines = {line.conversation: line.unread for line in device.session.conversations()}
        for talk in scene.talks_of(device.person):
            timeline = device.timeline(talk.partner(device.person))
            read = talk.cursors[me].read if me in talk.cursors else 0
            unread = sum(is_unread(message, me, read) for message in talk.messages)
            counted = lines.get(talk.id), told.get(talk.id), timeline and timeline.unread()
            if counted != (unread, unread, unread):
                yield f"{device.name}: {counted} unread, where {unread} are"


def about_records(scene: Scene) -> Iterator[str]:
    """[G3] [H7] Every device holds of every record what its person may see, and nothing else."""
    world = scene.world
    for device in world.devices.values():
        me = world.people[device.person]
        held = {stream.stream: stream.rows for stream in device.cache.load().streams}
        for client in map(world.people.__getitem__, COACHED):
            stream = StreamId("record", client)
            kept = world.daemon.store.load(stream).rows
            mine = next((row for row in kept if isinstance(row, Relationship) and row.trainer == me), None)
            seen = {row_key(row): row for row in kept if sees(me, client, mine, row)}
            shown = {row_key(row): row for row in held.get(stream, ())}
            if mine is not None and mine.left:
                # What was left stays as it was: what was changed later is not told, and not taken away either.
                shown = {key: row for key, row in shown.items() if key in seen or row.rev > mine.rev}
            if shown != seen:
                more, less = sorted(shown.keys() - seen.keys()), sorted(seen.keys() - shown.keys())
                yield f"{device.name} holds of {client.hex()} {more} that it may not, and not {less}"
            record = device.session.record(client)
            if (record is not None) is not bool(seen):
                yield f"{device.name} shows {record is not None} of {client.hex()}, where {len(seen)} rows may be seen"
            if record is not None and any(entry.waiting for course in record.goals for entry in course.entries):
                yield f"{device.name} shows progress as waiting though nothing waits"


def about_secrets(scene: Scene) -> Iterator[str]:
    """Nobody holds, and nobody was ever told, what concerns a stranger or somebody else's conversation."""
    world = scene.world
    for device in world.devices.values():
        strangers = PEOPLE.keys() - {device.person, *world.partners(device.person)}
        hidden = {world.talk(*pair): f"the talk of {pair}" for pair in PAIRS if device.person not in pair}
        hidden |= {world.people[name]: name for name in strangers}
        stored = device.cache.load()
        held = {held.stream.id for held in stored.streams} | {card.id for card in stored.people}
        for id, words in hidden.items():
            if id in held or device.cache.messages(id):
                yield f"{device.name} holds {words}"
            heard = [line for line in world.trace.lines if id.hex() in line and f" {device.name} " in line]
            if heard:
                yield f"{device.name} was told of {words}: {heard[0][:200]}"


def about_the_daemon(world: Universe) -> Iterator[str]:
    """[H8] [H9] Nothing crashed, nothing had to be swept up, and no queue grew beyond its bound."""
    if swept := world.daemon.counted("coachline_swept_revisions_total"):
        yield f"the sweep found {swept:.0f} revisions that nobody was told of"
    if crashes := world.daemon.counted("coachline_crashes_total"):
        yield f"{crashes:.0f} actors crashed"
    peak = world.daemon.counted("coachline_out_peak_bytes")
    if peak > SETTINGS.max_out_bytes:
        yield f"{peak:.0f} bytes waited for one reader, where {SETTINGS.max_out_bytes} are allowed"


AT_REST: Final[tuple[tuple[Check, Callable[[Scene], Iterator[str]]], ...]] = (
    ("messages", about_messages),
    ("cursors", about_cursors),
    ("devices", about_devices),
    ("people", about_people),
    ("badges", about_badges),
    ("records", about_records),
    ("secrets", about_secrets),
)


# -- what is tried -----------------------------------------------------------------------------------------


async def about_presence(world: Universe) -> list[str]:
    """[H6] All are here; then one person's devices fall silent at once, and come back."""
    gone = world.chances.random("who falls silent").choice(list(PEOPLE))
    problems = list(_presence(world, gone=None))
    for device in world.devices_of(gone):
        world.network.unplug(device.name)
    await trio.sleep(LEASE_SECONDS)
    problems += _presence(world, gone=gone)
    await world.heal()
    await world.settle(REST_SECONDS)
    await trio.sleep(3)
    return [*problems, *_presence(world, gone=None)]


def _presence(world: Universe, *, gone: str | None) -> Iterator[str]:
    """What the devices of those who are here show of everybody else."""
    for device in world.devices.values():
        for other in PEOPLE:
            if device.person not in (gone, other):
                shown = device.session.presence(world.people[other])
                state = shown.state if shown is not None else "unknown"
                wanted = "offline" if other == gone else "online"
                if not _may_see_presence(world, device.person, other):
                    wanted = "unknown"
                if state != wanted:
                    yield f"{device.name} shows {other} {state}, which is to be {wanted}"


def _may_see_presence(world: Universe, watcher: str, other: str) -> bool:
    """[C3] Along active relationships only: clients see their trainers, trainers the clients who consent."""
    me, them = world.people[watcher], world.people[other]
    for client in (me, them):
        for row in world.daemon.store.load(StreamId("record", client)).rows:
            if isinstance(row, Relationship) and row.state == "active" and {row.trainer, row.client} == {me, them}:
                return row.client == me or row.consent.see_presence
    return False


async def about_the_herd(world: Universe) -> list[str]:
    """[F2] The daemon is away for a while: nobody comes back in step with everybody else."""
    dials: dict[str, list[float]] = {}
    unheard = len(world.trace.lines)
    await world.daemon.crash()
    await trio.sleep(AWAY_SECONDS)
    for line in world.trace.lines[unheard:]:
        at, _, words = line.lstrip().partition(" ")
        for name in world.devices:
            if words.startswith(f"{name} cannot dial"):
                dials.setdefault(name, []).append(float(at))
    rounds = list(zip(*dials.values(), strict=False)) if len(dials) == len(world.devices) else []
    together = [times for times in rounds if max(times) - min(times) <= HERD_SECONDS]
    return [f"all devices dialled at {min(times):.3f}" for times in together] if len(together) > 1 else []


TRIED_AT_REST: Final[tuple[tuple[Check, Callable[[Universe], Awaitable[list[str]]]], ...]] = (
    ("presence", about_presence),
    ("herd", about_the_herd),
)
