"""Small rows and appends for tests of the database, and databases to put them in."""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

from coachline_core.domain.receipts import CursorKind
from coachline_core.domain.streams import Answer, Changed, CursorMove
from coachline_protocol.ops import Posted
from coachline_protocol.rows import (
    AnyRow,
    Conversation,
    Device,
    Excuse,
    Goal,
    GoalPhase,
    GoalVersion,
    Id,
    Invitation,
    Listing,
    Measure,
    Member,
    Message,
    MessageKind,
    Profile,
    Progress,
    StreamId,
    Target,
    Template,
    Terms,
    Window,
)
from coachline_server.store.opening import open_store
from coachline_server.store.pony_store import PonyStore
from coachline_server.store.port import Append, Arriving, Fact, Store, StoreCorrupt, TokenOwner


def owner(store: Store, token_hash: bytes) -> TokenOwner | None:
    """Whose token this is."""
    return store.arrivals([Arriving(token_hash)])[0].owner


def id_of(number: int) -> Id:
    """An id a reader of a failure can tell from others."""
    return number.to_bytes(16, "big")


MAYA, BEN, EVE = id_of(0xA1), id_of(0xB1), id_of(0xE1)
CHAT = StreamId("conversation", id_of(0xC1))
DIGEST = bytes(32)


def conversation(number: int) -> StreamId:
    return StreamId("conversation", id_of(number))


def person(id_: Id) -> StreamId:
    return StreamId("person", id_)


def record(id_: Id) -> StreamId:
    return StreamId("record", id_)


def change(stream: StreamId, after: int, *rows: AnyRow) -> Append:
    """An append that says only what changes in one stream."""
    return Append(changes=(Changed(stream, after, rows[-1].rev, rows),))


def message(
    seq: int,
    *,
    rev: int | None = None,
    id_: int = 0,
    author: Id = MAYA,
    text: str = "Well done!",
    kind: MessageKind = "text",
    at: int | None = None,
) -> Message:
    return Message(
        rev=rev or seq,
        seq=seq,
        id=id_of(id_ or seq),
        author=author,
        kind=kind,
        text=text,
        at=1_000 + seq if at is None else at,
    )


def posted(
    seq: int, *, rev: int | None = None, id_: int = 0, author: Id = MAYA, text: str = "Well done!", at: StreamId = CHAT
) -> Append:
    """A message with its answer, as a conversation's actor appends it."""
    row = message(seq, rev=rev, id_=id_, author=author, text=text)
    answer = Answer(author, row.id, DIGEST, Posted(rev=row.rev, seq=seq, at=row.at), row.at, lasting=True)
    return Append(changes=(Changed(at, row.rev - 1, row.rev, (row,)),), answers=(answer,))


def profile(rev: int, handle: str) -> Profile:
    return Profile(
        rev=rev, handle=handle, display_name=handle.title(), time_zone="Europe/Berlin", roles=("trainer", "client")
    )


def device(rev: int, number: int) -> Device:
    return Device(rev=rev, id=id_of(number), name="phone", created_at=5)


def invitation(rev: int, code: str, *, id_: int = 0x11, note: str = "for Ben") -> Invitation:
    return Invitation(
        rev=rev, id=id_of(id_), code=code, purpose="coaching", roles=("client",), created_at=1, expires_at=2, note=note
    )


def opened(stream: StreamId = CHAT, people: tuple[Id, ...] = (MAYA, BEN)) -> Append:
    """A direct conversation as it is opened: revisions 1 … 1 + people."""
    members = [Member(rev=2 + n, person=one, windows=(Window(1),)) for n, one in enumerate(people)]
    return change(stream, 0, Conversation(rev=1, kind="direct", created_at=1), *members)


def listed(owner: Id, after: int, conversation: StreamId = CHAT, other: Id | None = BEN) -> Append:
    row = Listing(rev=after + 1, conversation=conversation.id, kind="direct", other=other)
    return change(person(owner), after, row)


MONDAY = datetime.date(2026, 11, 23)
PROTEIN = Target(metric="protein", unit="g", direction="hold", amount="150", upper="170.5")


def goal(rev: int, *, id_: int = 0x60, pending: Id | None = None, turn: Id | None = None) -> Goal:
    return Goal(
        rev=rev,
        id=id_of(id_),
        author=MAYA,
        kind="nutrition",
        state="active",
        version=id_of(id_),
        pending=pending,
        turn=turn,
        created_at=5,
    )


def goal_version(rev: int, *, id_: int = 0x60, title: str = "Cut", note: str = "slowly") -> GoalVersion:
    terms = Terms(title=title, targets=(PROTEIN,), start=MONDAY, due=MONDAY + datetime.timedelta(90), note=note)
    return GoalVersion(
        rev=rev, id=id_of(id_), goal=id_of(0x60), author=MAYA, at=6, terms=terms, state="accepted", effective=MONDAY
    )


def goal_phase(rev: int, *, id_: int = 0x61) -> GoalPhase:
    return GoalPhase(rev=rev, id=id_of(id_), goal=id_of(0x60), state="active", since=MONDAY, by=BEN, at=7)


def progress(rev: int, *, id_: int = 0x70, amount: str = "151.5", note: str = "ate out") -> Progress:
    return Progress(
        rev=rev,
        id=id_of(id_),
        entry=id_of(id_),
        goal=id_of(0x60),
        author=BEN,
        at=8,
        day=MONDAY,
        zone="Pacific/Auckland",
        measures=(Measure("protein", "g", amount),),
        note=note,
    )


def excuse(rev: int, *, id_: int = 0x80, note: str = "flu") -> Excuse:
    sunday = MONDAY + datetime.timedelta(6)
    return Excuse(rev=rev, id=id_of(id_), author=BEN, at=9, first=MONDAY, last=sunday, reason="ill", note=note)


def template(rev: int, *, id_: int = 0x90, title: str = "Cut", note: str = "twelve weeks") -> Template:
    return Template(rev=rev, id=id_of(id_), kind="nutrition", title=title, targets=(PROTEIN,), days=84, note=note)


def move(who: Id, kind: CursorKind, before: int, after: int, at: int = 7, stream: StreamId = CHAT) -> CursorMove:
    return CursorMove(stream.id, who, kind, before, after, at)


def facts(*said: Fact) -> Append:
    return Append(facts=said)


class TestDatabase:
    """One empty database of either kind, opened as often as a test likes."""

    __test__ = False

    def __init__(self, kind: str, url: str, folder: Path, ask: Callable[[str], list[Any]]) -> None:
        self.kind = kind
        self.url = url
        self.folder = folder
        self.key_file = folder / "coachline.key"
        self.reported: list[StoreCorrupt] = []
        self.ask = ask
        """Executes one statement behind the store's back; returns its rows."""
        self._stores: list[PonyStore] = []

    @property
    def file(self) -> Path:
        return self.folder / "coachline.db"

    def open(self, *, serving: bool = False) -> PonyStore:
        store = open_store(self.url, self.key_file, serving=serving, report=self.reported.append)
        self._stores.append(store)
        return store

    def close(self) -> None:
        for store in self._stores:
            store.close()
