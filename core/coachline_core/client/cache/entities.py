"""The cache's tables as Pony sees them. Ids are BLOBs of 16 bytes, times milliseconds UTC.

Rows that the protocol sends (and grow with it) are kept as their MessagePack form, so a new field needs no
migration; messages have columns because they are searched, counted and read by the thousand.
"""

from types import SimpleNamespace

from pony import orm


def define(db: orm.Database) -> SimpleNamespace:
    """Define the entities in `db`. A `Database` is made per cache, so its entities are as well."""

    class Setting(db.Entity):  # type: ignore[misc]
        _table_ = "setting"
        name = orm.PrimaryKey(str)
        value = orm.Required(bytes)

    class Stream(db.Entity):  # type: ignore[misc]
        _table_ = "stream"
        kind = orm.Required(str)
        id = orm.Required(bytes)
        epoch = orm.Required(bytes)
        rev = orm.Required(int, size=64)
        seq = orm.Required(int, size=64)
        orm.PrimaryKey(kind, id)

    class Row(db.Entity):  # type: ignore[misc]
        _table_ = "row"
        kind = orm.Required(str)
        stream = orm.Required(bytes)
        sort = orm.Required(str)
        key = orm.Required(bytes)
        rev = orm.Required(int, size=64)
        body = orm.Required(bytes)
        orm.PrimaryKey(kind, stream, sort, key)

    class Message(db.Entity):  # type: ignore[misc]
        _table_ = "message"
        conversation = orm.Required(bytes)
        seq = orm.Required(int, size=64)
        rev = orm.Required(int, size=64)
        id = orm.Required(bytes)
        author = orm.Required(bytes)
        kind = orm.Required(str)
        text = orm.Optional(str)
        at = orm.Required(int, size=64)
        about = orm.Optional(bytes, nullable=True)
        goal = orm.Optional(bytes, nullable=True)
        day = orm.Optional(str, nullable=True)
        orm.PrimaryKey(conversation, seq)

    return SimpleNamespace(Setting=Setting, Stream=Stream, Row=Row, Message=Message, **_small_tables(db))


def _small_tables(db: orm.Database) -> dict[str, type]:
    class Held(db.Entity):  # type: ignore[misc]
        _table_ = "held"
        conversation = orm.Required(bytes)
        start = orm.Required(int, size=64)
        stop = orm.Required(int, size=64)
        orm.PrimaryKey(conversation, start)

    class Cursor(db.Entity):  # type: ignore[misc]
        _table_ = "cursor"
        conversation = orm.Required(bytes)
        person = orm.Required(bytes)
        delivered = orm.Required(int, size=64)
        delivered_at = orm.Required(int, size=64)
        read = orm.Required(int, size=64)
        read_at = orm.Required(int, size=64)
        orm.PrimaryKey(conversation, person)

    class Seen(db.Entity):  # type: ignore[misc]
        _table_ = "seen"
        conversation = orm.PrimaryKey(bytes)
        seq = orm.Required(int, size=64)

    class Outbox(db.Entity):  # type: ignore[misc]
        _table_ = "outbox"
        id = orm.PrimaryKey(bytes)
        place = orm.Required(int, size=64)
        kind = orm.Required(str)
        stream = orm.Required(bytes)
        op = orm.Required(str)
        body = orm.Required(bytes)
        refusal = orm.Optional(bytes, nullable=True)
        needs = orm.Optional(bytes, nullable=True)

    class Draft(db.Entity):  # type: ignore[misc]
        _table_ = "draft"
        conversation = orm.PrimaryKey(bytes)
        text = orm.Required(str)

    class Card(db.Entity):  # type: ignore[misc]
        _table_ = "card"
        person = orm.PrimaryKey(bytes)
        body = orm.Required(bytes)

    return {"Held": Held, "Cursor": Cursor, "Seen": Seen, "Outbox": Outbox, "Draft": Draft, "Card": Card}
