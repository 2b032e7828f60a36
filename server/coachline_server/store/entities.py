"""The schema: every table of the database, as Pony entities.

They are never loaded: hydrating them holds the interpreter so long that readers starve the writer, so what is
read and written is SQL on Pony's connections.

One table a kind of row, readable by an operator; ids are 16-byte binary, times int64 milliseconds UTC. The
entities are the reference the migrations are compared with. Columns named `sealed_…` are encrypted
(`cipher`). Rows of a stream stand alone, without foreign keys: what hangs together is written together, by
compare-and-set on the stream's revision.
"""

# mypy: allow-subclassing-any
# Pony is untyped, so every entity has a base class of unknown type.

from pony.orm import Database, Optional, PrimaryKey, Required, Set, composite_index


def define(db: Database) -> None:
    """Define all entities on an unbound Pony database."""
    _define_streams(db)
    _define_conversations(db)
    _define_cursors(db)
    _define_records(db)
    _define_goals(db)
    _define_progress(db)
    _define_people(db)
    _define_offers(db)
    _define_access(db)


def _define_streams(db: Database) -> None:
    class Meta(db.Entity):
        """What the database knows of itself: `epoch`, `boot`, `key_check`."""

        _table_ = "meta"
        key = PrimaryKey(str)
        value = Required(bytes)

    class Stream(db.Entity):
        """Where each stream stands. `seq` and `active_at`: last message's, in conversations."""

        _table_ = "stream"
        kind = Required(str)
        id = Required(bytes)
        rev = Required(int, size=64)
        seq = Required(int, size=64)
        active_at = Required(int, size=64)
        PrimaryKey(kind, id)

    class Answer(db.Entity):
        """The first answer to every command; the key is what makes a resend a duplicate.

        Ids are in order of time and come first, so what is answered at one time lies together. A reply is encrypted
        but where it says only what the row that it tells of has in plain.
        """

        _table_ = "answer"
        author = Required(bytes)
        id = Required(bytes)
        digest = Required(bytes)
        reply = Optional(bytes)
        sealed_reply = Optional(bytes)
        at = Required(int, size=64)
        PrimaryKey(id, author)

    class Passing(db.Entity):
        """A command whose answer is not lasting: few are, so what may be forgotten is not looked for among the rest."""

        _table_ = "passing"
        author = Required(bytes)
        id = Required(bytes)
        PrimaryKey(id, author)


def _define_conversations(db: Database) -> None:
    class Conversation(db.Entity):
        _table_ = "conversation"
        conversation = PrimaryKey(bytes)
        rev = Required(int, size=64)
        kind = Required(str)
        created_at = Required(int, size=64)
        title = Optional(str, nullable=True)
        closed_at = Optional(int, size=64)

    class Member(db.Entity):
        """`windows`: JSON array of `[join, leave or null]`."""

        _table_ = "member"
        conversation = Required(bytes)
        person = Required(bytes, index=True)
        rev = Required(int, size=64)
        windows = Required(str)
        role = Required(str)
        PrimaryKey(conversation, person)

    class Message(db.Entity):
        _table_ = "message"
        conversation = Required(bytes)
        seq = Required(int, size=64)
        rev = Required(int, size=64)
        id = Required(bytes)
        author = Required(bytes)
        kind = Required(str)
        sealed_text = Required(bytes)
        at = Required(int, size=64)
        about = Optional(bytes)
        goal = Optional(bytes)
        day = Optional(str, nullable=True)
        PrimaryKey(conversation, seq)

    class MessageChange(db.Entity):
        """Messages that were changed after they were said, by the revision of the change.

        All others are in one order by seq and by revision, so that no message needs an index by revision: a page
        of it would be written with every message.
        """

        _table_ = "message_change"
        conversation = Required(bytes)
        rev = Required(int, size=64)
        seq = Required(int, size=64)
        PrimaryKey(conversation, rev)


def _define_cursors(db: Database) -> None:
    class Cursor(db.Entity):
        """How far each member has come, and how since it last passed a multiple of `cursors.CHUNK_SEQS`."""

        _table_ = "cursor"
        conversation = Required(bytes)
        person = Required(bytes)
        delivered = Required(int, size=64)
        delivered_at = Required(int, size=64)
        read = Required(int, size=64)
        read_at = Required(int, size=64)
        moves = Required(bytes)
        PrimaryKey(conversation, person)

    class CursorHistory(db.Entity):
        """Earlier moves: a message's delivered and read times are those of the moves covering it."""

        _table_ = "cursor_history"
        conversation = Required(bytes)
        person = Required(bytes)
        delivered = Required(int, size=64)
        read = Required(int, size=64)
        moves = Required(bytes)
        PrimaryKey(conversation, person, delivered, read)


def _define_records(db: Database) -> None:
    class Relationship(db.Entity):
        _table_ = "relationship"
        client = Required(bytes)
        trainer = Required(bytes, index=True)
        rev = Required(int, size=64)
        state = Required(str)
        since = Required(int, size=64)
        see_goals = Required(bool)
        set_goals = Required(str)
        see_progress = Required(bool)
        see_presence = Required(bool)
        record_progress = Required(bool, sql_default="false")
        reach = Required(int, size=64, sql_default="0")
        paused_by = Optional(bytes)
        was_left = Required(bool, sql_default="false")
        PrimaryKey(client, trainer)

    class RelationshipStep(db.Entity):
        _table_ = "relationship_step"
        client = Required(bytes)
        id = Required(bytes)
        rev = Required(int, size=64)
        trainer = Required(bytes)
        done_by = Required(bytes)
        at = Required(int, size=64)
        deed = Required(str)
        see_goals = Required(bool)
        set_goals = Required(str)
        see_progress = Required(bool)
        see_presence = Required(bool)
        record_progress = Required(bool)
        PrimaryKey(client, id)
        composite_index(client, rev)


def _define_goals(db: Database) -> None:
    class Goal(db.Entity):
        _table_ = "goal"
        client = Required(bytes)
        id = Required(bytes)
        rev = Required(int, size=64)
        author = Required(bytes)
        kind = Required(str)
        state = Required(str)
        version = Required(bytes)
        pending = Optional(bytes)
        turn = Optional(bytes)
        created_at = Required(int, size=64)
        PrimaryKey(client, id)
        composite_index(client, rev)

    class GoalVersion(db.Entity):
        """`sealed_terms`: JSON, as the protocol writes it. Days are `YYYY-MM-DD`, here and below."""

        _table_ = "goal_version"
        client = Required(bytes)
        id = Required(bytes)
        rev = Required(int, size=64)
        goal = Required(bytes)
        author = Required(bytes)
        at = Required(int, size=64)
        sealed_terms = Required(bytes)
        state = Required(str)
        effective = Required(str)
        mutual = Required(bool)
        decided_at = Optional(int, size=64)
        PrimaryKey(client, id)
        composite_index(client, rev)

    class GoalPhase(db.Entity):
        _table_ = "goal_phase"
        client = Required(bytes)
        id = Required(bytes)
        rev = Required(int, size=64)
        goal = Required(bytes)
        state = Required(str)
        since = Required(str)
        done_by = Required(bytes)
        at = Required(int, size=64)
        PrimaryKey(client, id)
        composite_index(client, rev)


def _define_progress(db: Database) -> None:
    class Progress(db.Entity):
        """`sealed_measures`: JSON, as the protocol writes it."""

        _table_ = "progress"
        client = Required(bytes)
        id = Required(bytes)
        rev = Required(int, size=64)
        entry = Required(bytes)
        goal = Required(bytes)
        author = Required(bytes)
        at = Required(int, size=64)
        day = Required(str)
        zone = Required(str)
        sealed_measures = Required(bytes)
        sealed_note = Required(bytes)
        PrimaryKey(client, id)
        composite_index(client, rev)

    class Excuse(db.Entity):
        _table_ = "excuse"
        client = Required(bytes)
        id = Required(bytes)
        rev = Required(int, size=64)
        author = Required(bytes)
        at = Required(int, size=64)
        first_day = Required(str)
        last_day = Required(str)
        sealed_reason = Required(bytes)
        sealed_note = Required(bytes)
        withdrawn_at = Optional(int, size=64)
        PrimaryKey(client, id)
        composite_index(client, rev)


def _define_people(db: Database) -> None:
    class Profile(db.Entity):
        """`roles`: words with a space between."""

        _table_ = "profile"
        person = PrimaryKey(bytes)
        rev = Required(int, size=64)
        handle = Required(str)
        display_name = Required(str)
        time_zone = Required(str)
        roles = Optional(str)
        picture = Optional(bytes)
        receipts = Required(bool)

    class Device(db.Entity):
        """`last_used_at` is a fact beside the row: it takes no revision."""

        _table_ = "device"
        person = Required(bytes, index=True)
        id = PrimaryKey(bytes)
        rev = Required(int, size=64)
        name = Optional(str)
        created_at = Required(int, size=64)
        revoked_at = Optional(int, size=64)
        last_used_at = Optional(int, size=64)
        tokens = Set("Token")

    class Listing(db.Entity):
        _table_ = "listing"
        person = Required(bytes)
        conversation = Required(bytes)
        rev = Required(int, size=64)
        kind = Required(str)
        other = Optional(bytes)
        PrimaryKey(person, conversation)


def _define_offers(db: Database) -> None:
    class Invitation(db.Entity):
        """`person` made it, `taken_by` claimed or accepted it; a code is found by its keyed hash."""

        _table_ = "invitation"
        person = Required(bytes)
        id = Required(bytes)
        rev = Required(int, size=64)
        sealed_code = Required(bytes)
        code_hash = Required(bytes, unique=True)
        purpose = Required(str)
        roles = Optional(str)
        created_at = Required(int, size=64)
        expires_at = Required(int, size=64)
        state = Required(str)
        taken_by = Optional(bytes)
        sealed_note = Required(bytes)
        PrimaryKey(person, id)

    class Template(db.Entity):
        _table_ = "template"
        person = Required(bytes)
        id = Required(bytes)
        rev = Required(int, size=64)
        kind = Required(str)
        sealed_title = Required(bytes)
        sealed_targets = Required(bytes)
        days = Optional(int)
        sealed_note = Required(bytes)
        removed_at = Optional(int, size=64)
        PrimaryKey(person, id)
        composite_index(person, rev)


def _define_access(db: Database) -> None:
    class Account(db.Entity):
        """How a person signs in. `handle` is folded; the profile keeps it as it was written."""

        _table_ = "account"
        person = PrimaryKey(bytes)
        handle = Required(str, unique=True)
        password_hash = Required(str)
        disabled = Required(bool)

    class Token(db.Entity):
        """Tokens of devices, by SHA-256; they live while the device is not revoked.

        `n` orders a device's: two may be issued in one millisecond.
        """

        _table_ = "token"
        hash = PrimaryKey(bytes)
        device = Required("Device")
        n = Required(int, size=64)
        issued_at = Required(int, size=64)

    class LastSeen(db.Entity):
        _table_ = "last_seen"
        person = PrimaryKey(bytes)
        at = Required(int, size=64)
