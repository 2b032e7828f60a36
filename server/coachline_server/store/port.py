"""What the daemon asks of its database: the port, and the values that cross it.

Every method is a plain function run on an executor thread: `commit` on the one writer, everything else on a
reader. SQLite and PostgreSQL implement it through Pony and answer the same contract suite. Errors: `StoreError`
and its kinds, nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import msgspec
from coachline_core.domain.streams import Answer, Changed, CursorMove
from coachline_protocol.ops import Body, ConversationEntry, Head, Person, Receipt
from coachline_protocol.rows import AnyRow, Cursor, Id, Message, Revision, Seq, StreamId, Time


class StoreError(Exception):
    """The database could not do what was asked; nothing of it was done."""


class StoreFull(StoreError):
    """No space left on the disk."""


class StoreReadOnly(StoreError):
    """The database cannot be written."""


class StoreCorrupt(StoreError):
    """A row cannot be read as what it should be (bad encryption, unknown shape); names the row."""


class OutcomeUnknown(StoreError):
    """The connection died during COMMIT: it may or may not have happened."""


class StoreLocked(StoreError):
    """Another process serves from this database file."""


class StoreTooNew(StoreError):
    """The database was made or migrated by a newer version of Coachline."""


class StoreKeyProblem(StoreError):
    """The key file is missing, unreadable, or not the one this database was encrypted with."""


# -- facts: what is committed beside rows but belongs to no stream -------------------------------------------


@dataclass(frozen=True, slots=True)
class Credential:
    """A person's way to sign in, new or replaced. `handle` is folded and unique."""

    person: Id
    handle: str
    password_hash: str
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class CredentialStands:
    """The append stands on a credential that was read: the person's is still the same, else it is `Taken`."""

    person: Id
    password_hash: str
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class TokenIssued:
    """A device has a new token (its SHA-256). Older ones of the device live until this one is first used."""

    person: Id
    device: Id
    token_hash: bytes
    at: Time


@dataclass(frozen=True, slots=True)
class TokenUsed:
    """A token was used: the device's other, older tokens die; `at` becomes its last use."""

    device: Id
    token_hash: bytes
    at: Time


@dataclass(frozen=True, slots=True)
class TokensDropped:
    """A device signed itself out, or comes back after it was revoked: none of the tokens it had is known any more."""

    device: Id


@dataclass(frozen=True, slots=True)
class LastSeen:
    """A person went offline."""

    person: Id
    at: Time


@dataclass(frozen=True, slots=True)
class AnswersForgotten:
    """Answers that are not lasting, to commands with ids up to this one, are remembered no more."""

    upto: Id


Fact = Credential | CredentialStands | TokenIssued | TokenUsed | TokensDropped | LastSeen | AnswersForgotten


# -- the write ---------------------------------------------------------------------------------------------


class Append(msgspec.Struct, frozen=True):
    """One all-or-nothing write: every change's stream still stands at its `after`, every answer is new."""

    changes: tuple[Changed, ...] = ()
    answers: tuple[Answer, ...] = ()
    moves: tuple[CursorMove, ...] = ()
    facts: tuple[Fact, ...] = ()


class Committed(msgspec.Struct, frozen=True):
    """Durable: committed and synced."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Nothing was written: these streams are not at the revision the append stood on."""

    streams: tuple[StreamId, ...]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Nothing was written: these commands were answered before (the stored answers, same author and id)."""

    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """Nothing was written: a unique thing already belongs to somebody else, or a credential is another by now.

    A person id that is taken shows as `Moved`: that person's stream is beyond revision 0.
    """

    what: Literal["handle", "device", "invitation", "credential"]


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing was written (`error` says why), or, for OutcomeUnknown, perhaps everything was."""

    error: StoreError


Outcome = Committed | Moved | Duplicate | Taken | Failed


# -- the reads ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StreamRows:
    """A stream as an actor needs it: revision, last seq, every row but messages, cursors."""

    rev: Revision
    seq: Seq
    rows: tuple[AnyRow, ...]
    cursors: tuple[Cursor, ...]


@dataclass(frozen=True, slots=True)
class Account:
    person: Id
    handle: str
    password_hash: str
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """Whose token this is. `newest`: it is the device's latest (an older one is still alive until that is used)."""

    person: Id
    device: Id
    issued_at: Time
    newest: bool
    disabled: bool = False
    """The account is disabled."""
    revoked: bool = False
    """The device was signed out from elsewhere: the token opens nothing, it only says who is to be told so."""


class Arriving(msgspec.Struct, frozen=True):
    """A hello, as far as the database is asked about it: the token's SHA-256, and what is wanted of its owner."""

    token_hash: bytes
    standing: bool = False
    heads: int = 0
    """At most so many."""


class Arrived(msgspec.Struct, frozen=True):
    """What was asked of a hello. `owner`: see `Store.arrivals`; of nobody, and of who may not come in, no more."""

    owner: TokenOwner | None
    standing: tuple[tuple[StreamId, AnyRow], ...] = ()
    """The rows that say what the owner may do (see `domain.access.Standing`), in order of stream: own profile, every
    relationship he is part of, every conversation he is or was in with its members (of a room only himself)."""
    heads: tuple[Head, ...] = ()
    """As `Store.heads` has them, from the first on."""


@dataclass(frozen=True, slots=True)
class PageRows:
    """A page of changed rows, complete up to `upto`, of a stream that stands at `head` with these cursors."""

    rows: tuple[AnyRow, ...]
    upto: Revision
    more: bool
    head: Revision
    cursors: tuple[Cursor, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """How far a walk over encrypted rows has come: table, and the key of its last row done."""

    table: str
    key: tuple[bytes | int, ...] = ()


class Store(Protocol):
    """The database.

    Reads see what was committed before they began, whole. A row that cannot be read is reported and set aside:
    a message appears as a `system` message `unreadable` in its place, any other row is left out.
    """

    def begin_boot(self, sidecar: Path, boot: Id) -> Id:
        """Begin to serve, once, before anything else: returns the epoch, a new one (`boot`) after a restore.

        `boot` is a fresh id. It is kept here and in the file `sidecar`; if the two differ at the next start (a
        backup was put back) or the file is missing, a new epoch begins.
        """
        ...

    def epoch(self) -> Id:
        """This database's life; another one after a restore. 16 zero bytes before the first boot."""
        ...

    def commit(self, appends: Sequence[Append]) -> list[Outcome]:
        """Write each append that still fits, in one transaction, in order; one bad append does not spoil the rest.

        Returns one outcome per append, in order, after the commit is on disk.
        """
        ...

    def digest(self, command: Body) -> bytes:
        """What identifies a command's content in its `Answer`, and tells nothing to who guesses a text but lacks the
        key. Asks no database, so it may be called anywhere."""
        ...

    # streams
    def load(self, stream: StreamId) -> StreamRows:
        """A stream for its actor; revision 0 and no rows if it does not exist."""
        ...

    def revisions(self, streams: Sequence[StreamId]) -> dict[StreamId, Revision]:
        """Where streams stand; those without a row are absent."""
        ...

    def changes(self, stream: StreamId, after: Revision, limit: int, room: int | None = None) -> PageRows:
        """Rows with rev > after, ascending, at most `limit` (visibility is the caller's).

        `room`: only so many rows as fit in so many bytes on the wire, but one at least.
        """
        ...

    def messages(self, conversation: Id, *, before: Seq | None, after: Seq | None, limit: int) -> tuple[Message, ...]:
        """Messages in ascending seq: the last `limit` below `before`, or the first `limit` above `after`."""
        ...

    def receipts(self, conversation: Id, seq: Seq) -> tuple[Receipt, ...]:
        """Per member, when the moves covering `seq` were made."""
        ...

    def answer(self, author: Id, command: Id) -> Answer | None:
        """The first answer to a command."""
        ...

    def passing(self, before: Id, limit: int) -> Id | None:
        """The last of the `limit` first ids, below one, of commands with answers that are not lasting, if there are
        any. See `AnswersForgotten`."""
        ...

    # what a person has
    def heads(self, person: Id, after: StreamId | None, limit: int) -> tuple[Head, ...]:
        """The streams a person may see, in order of (kind, id): own person stream, own record, records of clients
        with a relationship that has not ended or of which something was left, conversations he is or was a member
        of. A stream that has no row yet is absent. `reach` is that of the relationship. Cursors included: all
        members', in rooms only his own; read receipts that somebody does not send or see are the caller's to hide."""
        ...

    def conversations(self, person: Id, before: tuple[Time, Id] | None, limit: int) -> tuple[ConversationEntry, ...]:
        """A person's conversation list, newest activity first, with last message and derived unread (SPEC.md, R6)."""
        ...

    def people(self, person: Id, after: Id | None, limit: int) -> tuple[Person, ...]:
        """Cards of the people known to a person: those he has or had a relationship or a direct conversation with."""
        ...

    def person(self, person: Id) -> Person | None:
        """One card."""
        ...

    # signing in
    def account(self, handle: str) -> Account | None:
        """By folded handle."""
        ...

    def accounts(self) -> tuple[Account, ...]:
        """Every account, by handle: for the operator's command line."""
        ...

    def arrivals(self, hellos: Sequence[Arriving]) -> list[Arrived]:
        """Who says each of these hellos, and what they are to know, all of one state of the database.

        The owner of a living token; None if there is no such token, which is so too of a device signed out by itself.
        """
        ...

    def shut_out(self, devices: Sequence[Id]) -> dict[Id, bool]:
        """Those of these devices that may not stay: revoked, or of a disabled account (then True)."""
        ...

    def devices_last_used(self, person: Id) -> dict[Id, Time]:
        """Device → time of last use; devices never used are absent."""
        ...

    def invitation(self, code: str) -> tuple[Id, Id] | None:
        """(maker's person id, invitation id) of a code, whatever its state."""
        ...

    def last_seen(self, people: Sequence[Id]) -> dict[Id, Time]:
        """Person → when he last went offline; those never seen are absent."""
        ...

    # keeping it
    def prove_writable(self) -> None:
        """Write something that means nothing, and sync it; raises StoreError. Run on the writer."""
        ...

    def backup(self, path: Path) -> None:
        """Write a whole copy to a new file while serving. Serving from it begins a new epoch. SQLite only."""
        ...

    def rotate_key(self) -> int:
        """Begin to encrypt under a new key (its id); what is there stays readable under the old ones."""
        ...

    def reencrypt(self, after: Place | None, limit: int) -> Place | None:
        """Bring up to `limit` rows under the current key; call again with the place returned until it is None."""
        ...

    def close(self) -> None:
        """Close every connection, of all threads, and let go of the file. Whatever is called after raises
        StoreError, but for this, which may be called again."""
        ...
