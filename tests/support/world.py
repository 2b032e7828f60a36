"""Streams in memory, with compare-and-set and remembered answers: what the rules are tested on.

`World.say` does for one command what an actor does: decide, append, evolve. `World.decide` and `World.commit` are
its halves, so that a test can put something in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from coachline_core.domain.conversation import ConversationState, conversation_stream, direct_id
from coachline_core.domain.person import PersonState, new_account, person_stream
from coachline_core.domain.record import RecordState, record_stream
from coachline_core.domain.rules import RULES, home
from coachline_core.domain.streams import (
    Answer,
    Batch,
    Changed,
    Envelope,
    NotRead,
    State,
    View,
    apply,
    decide_batch,
    repeated,
    row_key,
)
from coachline_protocol import ops
from coachline_protocol.codes import Refusal
from coachline_protocol.rows import AnyRow, Consent, Cursor, Id, Invitation, Message, Role, StreamId

NOW = 1_800_000_000_000
"""The time at which the tests play, ms UTC."""
DAY = 24 * 60 * 60 * 1000

BodyT = TypeVar("BodyT", bound=ops.Body)


def made(number: int, at: int = NOW) -> Id:
    """A UUIDv7 made at a time, different for each number."""
    return at.to_bytes(6, "big") + b"\x70\x00\x80" + number.to_bytes(7, "big")


MAYA, TOM, ZOE, ADA, STRANGER, RITA = (made(number) for number in (1, 2, 3, 4, 5, 6))
"""Maya and Rita are trainers, Tom and Zoe are clients, Ada an admin; the stranger has an account and knows nobody."""
PHONE = made(90)
ROLES: dict[Id, Sequence[Role]] = {
    MAYA: ["trainer"],
    TOM: ["client"],
    ZOE: ["client"],
    ADA: ["admin"],
    STRANGER: ["client"],
    RITA: ["trainer"],
}


@dataclass(frozen=True)
class Kept:
    """A stream as a database would have it."""

    rev: int
    rows: tuple[AnyRow, ...]
    seq: int = 0
    cursors: tuple[Cursor, ...] = ()


def good(outcome: ops.Body | Refusal, kind: type[BodyT]) -> BodyT:
    """A reply that must not be a refusal."""
    assert isinstance(outcome, kind), outcome
    return outcome


@dataclass
class World:
    """Everything durable."""

    states: dict[StreamId, State] = field(default_factory=dict)
    rows: dict[StreamId, dict[tuple[str, Any], AnyRow]] = field(default_factory=dict)
    answers: dict[tuple[Id, Id], Answer] = field(default_factory=dict)
    commits: list[Changed] = field(default_factory=list)
    now: int = NOW
    numbers: int = 1000

    @property
    def last(self) -> Id:
        """The last of the fresh ids."""
        return made(self.numbers, self.now)

    def fresh(self) -> Id:
        """An id nobody used."""
        self.numbers += 1
        return self.last

    def state(self, stream: StreamId) -> Any:
        """What a stream says now."""
        return self.states.get(stream) or RULES[stream.kind].empty(stream)

    def person(self, person: Id) -> PersonState:
        state = self.state(person_stream(person))
        assert isinstance(state, PersonState)
        return state

    def record(self, client: Id) -> RecordState:
        state = self.state(record_stream(client))
        assert isinstance(state, RecordState)
        return state

    def direct(self, one: Id, other: Id) -> ConversationState:
        state = self.state(conversation_stream(direct_id(one, other)))
        assert isinstance(state, ConversationState)
        return state

    def invitation(self, code: str) -> tuple[Id, Id] | None:
        """Whose invitation a code belongs to."""
        for stream, rows in self.rows.items():
            for row in rows.values():
                if isinstance(row, Invitation) and row.code == code:
                    return stream.id, row.id
        return None

    def envelope(self, author: Id, command: Any, device: Id = PHONE) -> Envelope:
        """A command as the server wraps it."""
        code = getattr(command, "code", None)
        return Envelope(
            author=author,
            device=device,
            id=getattr(command, "id", author),
            at=self.now,
            command=command,
            digest=repr(command).encode(),
            secret=f"code {command.id.hex()}" if isinstance(command, ops.InvitationCreate) else "",
            token=b"t" * 32,
            invitation=None if code is None else self.invitation(code),
        )

    def decide(self, *envelopes: Envelope) -> Batch:
        """What commands of one stream would do now."""
        return self.decide_reading(*envelopes)[0]

    def decide_reading(self, *envelopes: Envelope) -> tuple[Batch, set[StreamId]]:
        """What commands of one stream would do now, and the streams that had to be read to say so."""
        stream = home(envelopes[0].author, envelopes[0].command)
        states = {stream: self.state(stream)}
        while True:
            try:
                return decide_batch(RULES, View(states), stream, envelopes), set(states)
            except NotRead as missing:
                states[missing.stream] = self.state(missing.stream)

    def commit(self, batch: Batch) -> bool:
        """Write all of it, or nothing if a stream moved or a command was answered before.

        What it writes must be numbered upwards from where its stream stood: see `Changed`.
        """
        if any(self.state(changed.stream).rev != changed.after for changed in batch.changes):
            return False
        if any((answer.author, answer.id) in self.answers for answer in batch.answers):
            return False
        for changed in batch.changes:
            revs = [row.rev for row in changed.rows]
            assert [changed.after, *revs] == sorted({changed.after, *revs}), changed
            assert [changed.after, *revs][-1] == changed.rev, changed
            assert len(batch.outcomes) > 1 or len(revs) == changed.rev - changed.after, changed
            seqs = [row.seq for row in changed.rows if isinstance(row, Message)]
            assert not seqs or seqs == list(range(self.state(changed.stream).seq + 1, seqs[-1] + 1)), changed
            self.put(changed)
        self.answers |= {(answer.author, answer.id): answer for answer in batch.answers}
        return True

    def put(self, changed: Changed) -> None:
        """Write one change of one stream."""
        rules = RULES[changed.stream.kind]
        self.states[changed.stream] = apply(rules, self.state(changed.stream), changed)
        self.rows.setdefault(changed.stream, {}).update({row_key(row): row for row in changed.rows})
        self.commits.append(changed)

    def say(self, author: Id, command: Any, device: Id = PHONE) -> ops.Body | Refusal:
        """Do a command, from its first look-up to its answer."""
        envelope = self.envelope(author, command, device)
        first = self.answers.get((author, envelope.id))
        if first is not None:
            return repeated(first, envelope)
        batch = self.decide(envelope)
        assert self.commit(batch)
        return batch.outcomes[0]

    def join(self, *people: Id, zone: str = "Europe/Berlin", roles: Sequence[Role] = ()) -> "World":
        """Accounts for these."""
        for person in people:
            profile = new_account(
                handle=person.hex(), display_name="Somebody", time_zone=zone, roles=roles or ROLES[person]
            )
            assert not isinstance(profile, Refusal)
            self.put(Changed(person_stream(person), 0, 1, (profile,)))
        return self

    def take_roles(self, person: Id) -> None:
        """An account that may do nothing any more, as the operator may wish."""
        held = self.person(person)
        assert held.profile is not None
        row = msgspec.structs.replace(held.profile, rev=held.rev + 1, roles=())
        self.put(Changed(held.stream, held.rev, held.rev + 1, (row,)))

    def invite(self, trainer: Id) -> str:
        """A coaching invitation's code."""
        command = ops.InvitationCreate(id=self.fresh(), purpose="coaching")
        return good(self.say(trainer, command), ops.InvitationMade).code

    def relate(self, trainer: Id, client: Id, consent: Consent | None = None) -> "World":
        """An active relationship, invited and accepted."""
        accept = ops.InvitationAccept(id=self.fresh(), code=self.invite(trainer), consent=consent or Consent())
        good(self.say(client, accept), ops.Accepted)
        return self

    def set_relation(self, trainer: Id, client: Id, state: Any) -> "World":
        """Put a relationship into another state, as the commands of a later day will."""
        held = self.record(client)
        row = msgspec.structs.replace(held.relationships[trainer], rev=held.rev + 1, state=state)
        self.put(Changed(held.stream, held.rev, held.rev + 1, (row,)))
        return self

    def open(self, one: Id, other: Id) -> Id:
        """Their conversation."""
        opened = self.say(one, ops.ConversationOpen(id=self.fresh(), person=other))
        return good(opened, ops.Opened).conversation

    def post(self, author: Id, conversation: Id, text: str = "hello") -> ops.Body | Refusal:
        """Say something."""
        return self.say(author, ops.MessagePost(id=self.fresh(), conversation=conversation, text=text))


def pair() -> tuple[World, Id]:
    """Maya coaches Tom, and they have opened their conversation."""
    world = World().join(MAYA, TOM, ZOE, ADA, STRANGER).relate(MAYA, TOM)
    return world, world.open(TOM, MAYA)
