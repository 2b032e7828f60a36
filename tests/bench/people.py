"""Who there is in the databases that are measured, written past the servers: people with tokens, pairs, a room."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from coachline_core.domain.ids import direct_id
from coachline_core.domain.streams import Changed
from coachline_core.runtime.seams import Ids, SeededEntropy, SystemClock
from coachline_protocol.rows import (
    Consent,
    Conversation,
    ConversationRow,
    Device,
    Id,
    Listing,
    Member,
    PersonRow,
    Profile,
    Relationship,
    StreamId,
    Window,
)
from coachline_server.data_folder import DataFolder
from coachline_server.store.opening import open_store
from coachline_server.store.port import Append, Committed, Store, TokenIssued

APPENDS_AT_ONCE = 500


@dataclass(frozen=True)
class Person:
    """Somebody with one device."""

    id: Id
    token: bytes


@dataclass(frozen=True)
class Pair:
    """A sender, a recipient, and their conversation."""

    sender: Person
    recipient: Person
    conversation: Id


class Population:
    """Fills a data folder of the daemon. The same numbers give other ids each time."""

    def __init__(self, folder: Path) -> None:
        self.folder = DataFolder(folder)
        self.folder.make()
        clock = SystemClock()
        self._now = clock.now()
        self._entropy = SeededEntropy(self._now)
        self._ids = Ids(clock, self._entropy)
        self._rows: dict[Id, list[PersonRow]] = {}
        self._tokens: dict[Id, TokenIssued] = {}
        self._records: dict[Id, list[Relationship]] = {}
        self._conversations: list[Append] = []

    def person(self) -> Person:
        """One more."""
        person, device, token = self._ids.new(), self._ids.new(), self._entropy.token(32)
        name = f"p{len(self._rows)}"
        profile = Profile(rev=1, handle=name, display_name=name, time_zone="Europe/Berlin", roles=("client",))
        self._rows[person] = [profile, Device(rev=2, id=device, name="phone", created_at=self._now)]
        self._tokens[person] = TokenIssued(person, device, hashlib.sha256(token).digest(), self._now)
        return Person(person, token)

    def people(self, count: int) -> list[Person]:
        """So many more."""
        return [self.person() for _ in range(count)]

    def pairs(self, count: int) -> list[Pair]:
        """So many pairs, each with its direct conversation."""
        made = []
        for _ in range(count):
            one, other = self.people(2)
            conversation = direct_id(one.id, other.id)
            self._found(conversation, "direct", (one, other))
            made.append(Pair(one, other, conversation))
        return made

    def room(self, members: Sequence[Person]) -> Id:
        """A room with these members."""
        conversation = self._ids.new()
        self._found(conversation, "room", members)
        return conversation

    def relate(self, trainer: Person, clients: Iterable[Person]) -> None:
        """Active relationships whose clients show their presence."""
        for client in clients:
            record = self._records.setdefault(client.id, [])
            row = Relationship(
                rev=len(record) + 1,
                trainer=trainer.id,
                client=client.id,
                state="active",
                since=self._now,
                consent=Consent(see_presence=True),
            )
            record.append(row)

    def write(self) -> None:
        """Write everybody into the database."""
        people = [
            Append((Changed(StreamId("person", id), 0, len(rows), tuple(rows)),), facts=(self._tokens[id],))
            for id, rows in self._rows.items()
        ]
        records = [
            Append((Changed(StreamId("record", id), 0, len(rows), tuple(rows)),)) for id, rows in self._records.items()
        ]
        store = open_store(self.folder.database_url, self.folder.key)
        try:
            commit_all(store, [*people, *records, *self._conversations])
        finally:
            store.close()

    def _found(self, conversation: Id, kind: str, members: Sequence[Person]) -> None:
        direct = kind == "direct"
        rows: list[ConversationRow] = [
            Conversation(rev=1, kind="direct" if direct else "room", created_at=self._now),
            *(Member(rev=2 + n, person=one.id, windows=(Window(join=1),)) for n, one in enumerate(members)),
        ]
        self._conversations.append(
            Append((Changed(StreamId("conversation", conversation), 0, len(rows), tuple(rows)),))
        )
        for one in members:
            other = next(each.id for each in members if each is not one) if direct else None
            listed = self._rows[one.id]
            listing = Listing(
                rev=len(listed) + 1, conversation=conversation, kind="direct" if direct else "room", other=other
            )
            listed.append(listing)


def commit_all(store: Store, appends: Sequence[Append]) -> None:
    """Commit many appends; each must fit."""
    for start in range(0, len(appends), APPENDS_AT_ONCE):
        batch = appends[start : start + APPENDS_AT_ONCE]
        outcomes = store.commit(batch)
        if outcomes != [Committed()] * len(batch):
            raise RuntimeError(f"not written: {outcomes[0]}")


def populate_socketio(database: Path, pairs: int) -> list[tuple[str, str, str]]:
    """Pairs for the python-socketio server, whose tables are there; (sender, recipient, conversation) as hex.

    A person's token is the person's id.
    """
    made = [(f"{n:032x}", f"{n + pairs:032x}", f"{n + 2 * pairs:032x}") for n in range(pairs)]
    with sqlite3.connect(database) as connection:
        for sender, recipient, conversation in made:
            connection.executemany("INSERT INTO account VALUES (?, ?)", [(p, p) for p in (sender, recipient)])
            connection.execute("INSERT INTO conversation VALUES (?, 0)", (conversation,))
            connection.executemany(
                "INSERT INTO member VALUES (?, ?, 0)", [(conversation, p) for p in (sender, recipient)]
            )
    connection.close()
    return made
