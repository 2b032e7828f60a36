"""The write: many appends in one transaction, each judged on what the ones before it leave.

The appends are judged against what the database holds, read in a handful of statements; what is accepted is
written in one statement a table. Whether a command was answered before is not asked, for it nearly never was: the
key of its answer says so. If that or anything else fails nothing was done, and the appends are judged again with the
answers that are there; if that fails too, every append is tried by itself, so one bad append spoils no other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from coachline_core.domain.streams import Answer, Changed
from coachline_protocol.ops import OPS, Body, Posted
from coachline_protocol.rows import Device, Id, Invitation, Message, StreamId

from coachline_server.store import cursors, facts
from coachline_server.store.cipher import Cipher, Unreadable, bound_to
from coachline_server.store.engine import KEYS_PER_STATEMENT, Engine, Statements, Values, in_batches, marks, wanted
from coachline_server.store.port import (
    Append,
    Committed,
    Credential,
    CredentialStands,
    Duplicate,
    Failed,
    Moved,
    Outcome,
    OutcomeUnknown,
    StoreCorrupt,
    StoreError,
    Taken,
)
from coachline_server.store.tables import BY_NAME, BY_ROW

STREAM_COLUMNS = ("kind", "id", "rev", "seq", "active_at")
ANSWER_COLUMNS = ("author", "id", "digest", "reply", "sealed_reply", "at")
ANSWER_READ = (
    f"{', '.join(f'answer.{column}' for column in ANSWER_COLUMNS)}, "
    "NOT EXISTS (SELECT 1 FROM passing WHERE passing.id = answer.id AND passing.author = answer.author)"
)
"""What is selected for `read_answer`."""
OWNERS = {
    "handle": "SELECT handle, person FROM account WHERE handle",
    "credential": "SELECT person, password_hash, disabled FROM account WHERE person",
    "device": "SELECT id, person FROM device WHERE id",
    "invitation": "SELECT code_hash, person, id FROM invitation WHERE code_hash",
}
"""Whose a unique thing is, by what it is."""
REPLIES: dict[str, type[Body]] = {op.reply.__name__: op.reply for op in OPS}

CommandKey = tuple[Id, Id]
"""Author and command id."""
Claim = tuple[Literal["handle", "device", "invitation", "credential"], Any, tuple[Any, ...]]
"""A thing that an append says belongs to somebody, or is so: what kind, which, whose."""


class _Packed(msgspec.Struct, array_like=True, frozen=True):
    """A reply as it is kept."""

    name: str
    body: msgspec.Raw


def answer_values(answer: Answer, cipher: Cipher) -> Values:
    """An answer as the values of ANSWER_COLUMNS."""
    reply = answer.reply
    # The fields of a `_Packed`, with the reply encoded in its place.
    packed = msgspec.msgpack.encode((type(reply).__name__, reply))
    if isinstance(reply, Posted):
        return answer.author, answer.id, answer.digest, packed, None, answer.at
    sealed = cipher.seal(packed, _reply_place(answer.author, answer.id))
    return answer.author, answer.id, answer.digest, None, sealed, answer.at


def read_answer(values: Values, cipher: Cipher) -> Answer:
    """The answer of what ANSWER_READ found; raises StoreCorrupt."""
    author, id_, digest, packed, sealed, at, lasting = values
    try:
        held = packed if sealed is None else cipher.open(sealed, _reply_place(author, id_))
        kept = msgspec.msgpack.decode(held, type=_Packed)
        reply = msgspec.msgpack.decode(kept.body, type=REPLIES[kept.name])
    except (Unreadable, msgspec.DecodeError, KeyError, TypeError) as error:
        raise StoreCorrupt(f"A row of answer cannot be read, key {author.hex()}/{id_.hex()}: {error}.") from error
    return Answer(author, id_, digest, reply, at, bool(lasting))


def _reply_place(author: Id, id_: Id) -> bytes:
    return bound_to(("answer", "sealed_reply", author, id_))


def commit(engine: Engine, cipher: Cipher, appends: Sequence[Append]) -> list[Outcome]:
    """Write each append that still fits; one outcome each, in order (see `port.Store.commit`)."""
    try:
        return engine.write(lambda statements: _Batch(statements, cipher).write(appends))
    except OutcomeUnknown as error:
        return [Failed(error) for _ in appends]
    except Exception:  # nearly always a command said again; whatever else it is comes again
        return _commit_anew(engine, cipher, appends)


def _commit_anew(engine: Engine, cipher: Cipher, appends: Sequence[Append]) -> list[Outcome]:
    try:
        return engine.write(lambda statements: _Batch(statements, cipher).write_looking_first(appends))
    except OutcomeUnknown as error:
        return [Failed(error) for _ in appends]
    except Exception as error:
        # Whatever it is, a defect in one append included: it is that append's answer, and no other's.
        if len(appends) > 1:
            return [outcome for append in appends for outcome in _commit_anew(engine, cipher, [append])]
        failure = error if isinstance(error, StoreError) else StoreError(f"{type(error).__name__}: {error}")
        failure.__cause__ = error
        return [Failed(failure)]


@dataclass(slots=True)
class _Place:
    """Where a stream stands in this transaction."""

    rev: int = 0
    seq: int = 0
    active_at: int = 0
    moved: bool = False


@dataclass
class _Batch:
    """One transaction: what the database holds of what the appends name, and what will be written."""

    statements: Statements
    cipher: Cipher
    places: dict[StreamId, _Place] = field(default_factory=dict)
    answered: dict[CommandKey, Answer] = field(default_factory=dict)
    owners: dict[tuple[str, Any], Any] = field(default_factory=dict)
    """Whose a unique thing is: ("handle", h) → person, ("device", id) → person, ("invitation", hash) → key."""
    rows: dict[str, dict[Values, Values]] = field(default_factory=dict)
    """By table, by key: the last row wins, because no statement may touch a row twice."""
    changed: list[Values] = field(default_factory=list)
    """Messages changed after they were said: conversation, rev, seq."""

    def write_looking_first(self, appends: Sequence[Append]) -> list[Outcome]:
        """As `write`, having looked which were answered before."""
        self._look_up_answers(appends)
        return self.write(appends)

    def write(self, appends: Sequence[Append]) -> list[Outcome]:
        """Write those that fit. Raises the driver's error for one that was answered before."""
        claimed = [list(self._claims(append)) for append in appends]
        self._look_up(appends, [claim for claims in claimed for claim in claims])
        outcomes: list[Outcome] = []
        accepted: list[Append] = []
        for append, claims in zip(appends, claimed, strict=True):
            refusal = self._refusal(append, claims)
            outcomes.append(refusal or Committed())
            if refusal is None:
                accepted.append(append)
                self._take(append, claims)
        self._store(accepted)
        return outcomes

    # -- what is there

    def _look_up(self, appends: Sequence[Append], claims: Sequence[Claim]) -> None:
        streams = {change.stream for append in appends for change in append.changes}
        if streams:
            self.places = {stream: _Place() for stream in streams}
            for stream, rev, seq, active_at in self.statements.heads(list(streams)):
                self.places[stream] = _Place(rev, seq, active_at)
        if not claims:
            return
        for kind, sql in OWNERS.items():
            for batch in in_batches((thing for what, thing, _ in claims if what == kind), KEYS_PER_STATEMENT):
                for thing, *owner in self.statements.all(f"{sql} IN ({marks(len(batch))})", batch):
                    self.owners[kind, thing] = tuple(owner)

    def _look_up_answers(self, appends: Sequence[Append]) -> None:
        keys = [(answer.author, answer.id) for append in appends for answer in append.answers]
        for batch in in_batches(keys, KEYS_PER_STATEMENT):
            sql = f"SELECT {ANSWER_READ} FROM {wanted('answer', ('author', 'id'), len(batch))}"
            for values in self.statements.all(sql, [part for key in batch for part in key]):
                self.answered[values[0], values[1]] = read_answer(values, self.cipher)

    # -- may it

    def _refusal(self, append: Append, claims: Sequence[Claim]) -> Outcome | None:
        misfit = self._misfit(append, claims)
        if misfit is not None:
            # What was done stays done, whatever has moved or was taken since.
            self._look_up_answers([append])
        return self._duplicate(append) or misfit

    def _duplicate(self, append: Append) -> Duplicate | None:
        answered = self.answered
        known = [answered[key] for a in append.answers if (key := (a.author, a.id)) in answered]
        return Duplicate(tuple(known)) if known else None

    def _misfit(self, append: Append, claims: Sequence[Claim]) -> Moved | Taken | Failed | None:
        places = self.places
        moved = [change.stream for change in append.changes if places[change.stream].rev != change.after]
        if moved:
            return Moved(tuple(moved))
        for what, thing, owner in claims:
            if self.owners.get((what, thing), owner) != owner:
                return Taken(what)
        for change in append.changes:
            if not self._is_in_order(change):
                return Failed(StoreError("A message does not take the next seq and revision of its conversation."))
        return None

    def _claims(self, append: Append) -> Iterable[Claim]:
        for fact in append.facts:
            if isinstance(fact, Credential):
                yield "handle", fact.handle, (fact.person,)
            elif isinstance(fact, CredentialStands):
                yield "credential", fact.person, (fact.password_hash, fact.disabled)
        for change in append.changes:
            for row in change.rows:
                if isinstance(row, Device):
                    yield "device", row.id, (change.stream.id,)
                elif isinstance(row, Invitation):
                    yield "invitation", self.cipher.lookup_hash(row.code), (change.stream.id, row.id)

    def _is_in_order(self, change: Changed) -> bool:
        """No seq is left out, and no revision taken twice: `StreamReader` finds messages by both."""
        seq, rev = self.places[change.stream].seq, change.after
        for row in change.rows:
            if isinstance(row, Message):
                if row.seq > seq + 1 or row.rev <= rev:
                    return False
                seq, rev = max(seq, row.seq), row.rev
        return True

    # -- then it is so

    def _take(self, append: Append, claims: Sequence[Claim]) -> None:
        for change in append.changes:
            place = self.places[change.stream]
            place.rev = change.rev
            place.moved = True
            for row in change.rows:
                if isinstance(row, Message):
                    if row.seq > place.seq:
                        place.seq, place.active_at = row.seq, row.at
                    else:
                        self.changed.append((change.stream.id, row.rev, row.seq))
                table = BY_ROW[type(row)]
                values = table.values(change.stream, row, self.cipher)
                self.rows.setdefault(table.name, {})[table.key_of(values)] = values
        for answer in append.answers:
            self.answered[answer.author, answer.id] = answer
        for what, thing, owner in claims:
            if what == "handle":
                # Who takes another handle gives his own up.
                self.owners = {named: held for named, held in self.owners.items() if (named[0], held) != (what, owner)}
            self.owners[what, thing] = owner
        for fact in append.facts:
            if isinstance(fact, Credential):
                self.owners["credential", fact.person] = (fact.password_hash, fact.disabled)

    def _store(self, accepted: Sequence[Append]) -> None:
        places = [(s.kind, s.id, p.rev, p.seq, p.active_at) for s, p in self.places.items() if p.moved]
        self.statements.upsert("stream", STREAM_COLUMNS, ("kind", "id"), places)
        self._forget([stream for stream, place in self.places.items() if place.rev == 0])
        for name, rows in self.rows.items():
            table = BY_NAME[name]
            self.statements.upsert(name, table.names, table.key, list(rows.values()))
        if self.changed:
            self.statements.many("INSERT INTO message_change (conversation, rev, seq) VALUES ?", self.changed)
        answers = [answer for append in accepted for answer in append.answers]
        if answers:
            values = [answer_values(answer, self.cipher) for answer in answers]
            self.statements.many(f"INSERT INTO answer ({', '.join(ANSWER_COLUMNS)}) VALUES ?", values)
        passing = [(answer.author, answer.id) for answer in answers if not answer.lasting]
        if passing:
            self.statements.many("INSERT INTO passing (author, id) VALUES ?", passing)
        cursors.write_moves(self.statements, [move for append in accepted for move in append.moves])
        for append in accepted:
            for fact in append.facts:
                facts.write(self.statements, fact)

    def _forget(self, empty: Sequence[StreamId]) -> None:
        """Streams that were made only to be locked, and got no row."""
        for stream in empty:
            self.statements.run("DELETE FROM stream WHERE kind = ? AND id = ? AND rev = 0", (stream.kind, stream.id))
