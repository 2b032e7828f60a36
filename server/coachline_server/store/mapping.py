"""How a row goes into its table: one way to write and to read them all. Which tables there are is in `tables`."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from operator import attrgetter, itemgetter
from typing import Any, Literal

import msgspec
from coachline_protocol.rows import AnyRow, StreamId, StreamKind

from coachline_server.store.cipher import Cipher, Unreadable, bound_to
from coachline_server.store.port import StoreCorrupt

Values = tuple[Any, ...]
Report = Callable[[StoreCorrupt], None]
"""Told of every row that cannot be read."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column and the row's field it holds.

    `plain`: as it is; `sealed`: text, encrypted; `hash`: the keyed hash of a text, written only. What the field
    holds goes through `put` before and through `get` after, where given.
    """

    name: str
    field: str = ""
    form: Literal["plain", "sealed", "hash"] = "plain"
    put: Callable[[Any], Any] | None = None
    get: Callable[[Any], Any] | None = None

    @property
    def is_whole(self) -> bool:
        """What is read of it is a field of the row."""
        return self.form != "hash" and "." not in self.field


@dataclass(frozen=True, slots=True)
class Table:
    """Where rows of one kind lie. `stream`: the column of the stream's id; `key`: the primary key's columns.

    `bound`: the columns that a sealed value is bound to, the author among them. `placeholder`: what stands in
    for a row that cannot be read; without one the row is left out. `usual`: makes the row that most are of values
    in clear, if they are one; any other is looked at field by field.
    """

    name: str
    row: type[AnyRow]
    kind: StreamKind
    stream: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    bound: tuple[str, ...] = ()
    placeholder: Callable[[dict[str, Any]], AnyRow] | None = None
    usual: Callable[[Sequence[Any]], AnyRow | None] | None = None
    names: tuple[str, ...] = field(init=False)
    key_of: Callable[[Sequence[Any]], Values] = field(init=False)
    """The primary key among the values of `names`."""
    _fields_of: Callable[[Any], Values] = field(init=False)
    _puts: tuple[tuple[int, Callable[[Any], Any]], ...] = field(init=False)
    _hashed: tuple[int, ...] = field(init=False)
    _bound_of: Callable[[Sequence[Any]], Values] = field(init=False)
    _sealed: tuple[tuple[int, tuple[str, str]], ...] = field(init=False)
    """Where encrypted values stand, and the first of what each is bound to: table and column."""
    _held: tuple[str, ...] = field(init=False)
    """The field that each of `names` holds; empty where it is none, or only a part of one."""
    _gets: tuple[tuple[str, Callable[[Any], Any]], ...] = field(init=False)
    _parts: tuple[tuple[int, Column], ...] = field(init=False)

    def __post_init__(self) -> None:
        names = tuple(column.name for column in self.columns)
        # The stream's column is one of the row's own fields in some tables and comes first in the others.
        names = names if self.stream in names else (self.stream, *names)
        # What every row needs is worked out once.
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "key_of", _several([names.index(name) for name in self.key]))
        object.__setattr__(self, "_fields_of", attrgetter(*[column.field for column in self.columns]))
        places = [(names.index(column.name), column) for column in self.columns]
        object.__setattr__(self, "_puts", tuple((at, column.put) for at, column in places if column.put is not None))
        object.__setattr__(self, "_hashed", tuple(at for at, column in places if column.form == "hash"))
        object.__setattr__(self, "_bound_of", _several([names.index(name) for name in self.bound]))
        sealed = [(at, (self.name, column.name)) for at, column in places if column.form == "sealed"]
        object.__setattr__(self, "_sealed", tuple(sealed))
        whole = {column.name: column for column in self.columns if column.is_whole}
        object.__setattr__(self, "_held", tuple(whole[name].field if name in whole else "" for name in names))
        gets = [(column.field, column.get) for column in whole.values() if column.get is not None]
        object.__setattr__(self, "_gets", tuple(gets))
        object.__setattr__(self, "_parts", tuple((at, column) for at, column in places if "." in column.field))

    @property
    def listed(self) -> str:
        """The columns for a SELECT."""
        return ", ".join(self.names)

    def values(self, stream: StreamId, row: AnyRow, cipher: Cipher) -> Values:
        """A row as the values of `names`."""
        values: list[Any] = [] if len(self.names) == len(self.columns) else [stream.id]
        values += self._fields_of(row)
        for at, put in self._puts:
            values[at] = put(values[at])
        for at in self._hashed:
            values[at] = cipher.lookup_hash(values[at])
        bound = self._bound_of(values)
        for at, place in self._sealed:
            values[at] = cipher.seal(values[at].encode(), bound_to(place + bound))
        return tuple(values)

    def read(self, values: Values, cipher: Cipher) -> AnyRow:
        """The row of `values`, checked; raises StoreCorrupt, naming the row."""
        try:
            clear = self._opened(values, cipher)
            usual = None if self.usual is None else self.usual(clear)
            return msgspec.convert(self._fields(clear), self.row) if usual is None else usual
        except (Unreadable, ValueError, TypeError, AttributeError) as error:
            key = "/".join(_shown(values[self.names.index(name)]) for name in self.key)
            raise StoreCorrupt(f"A row of {self.name} cannot be read, key {key}: {error}.") from error

    def _opened(self, values: Values, cipher: Cipher) -> Sequence[Any]:
        """The values with the encrypted ones in clear."""
        if not self._sealed:
            return values
        clear = list(values)
        bound = self._bound_of(values)
        for at, place in self._sealed:
            clear[at] = cipher.open(values[at], bound_to(place + bound)).decode()
        return clear

    def _fields(self, values: Sequence[Any]) -> dict[str, Any]:
        fields: dict[str, Any] = dict(zip(self._held, values, strict=True))
        for name, get in self._gets:
            fields[name] = get(fields[name])
        for at, column in self._parts:
            outer, inner = column.field.split(".")
            value = values[at] if column.get is None else column.get(values[at])
            fields.setdefault(outer, {})[inner] = value
        return fields

    def sealed_columns(self) -> list[Column]:
        """The encrypted columns."""
        return [column for column in self.columns if column.form == "sealed"]


def _several(places: Sequence[int]) -> Callable[[Sequence[Any]], Values]:
    """What stands in these places, as a tuple also where it is one or nothing."""
    if not places:
        return lambda _: ()
    if len(places) == 1:
        (place,) = places
        return lambda values: (values[place],)
    return itemgetter(*places)


def _shown(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def read_row(table: Table, values: Values, cipher: Cipher, report: Report) -> AnyRow | None:
    """The row, if it can be read; else it is reported, and replaced if the table has a placeholder."""
    try:
        return table.read(values, cipher)
    except StoreCorrupt as problem:
        report(problem)
        with suppress(msgspec.ValidationError):
            if table.placeholder is not None:
                return table.placeholder(dict(zip(table.names, values, strict=True)))
    return None


def read_rows(table: Table, found: Iterable[Values], cipher: Cipher, report: Report) -> list[AnyRow]:
    """`read_row`, of many: those there are."""
    read = [read_row(table, values, cipher, report) for values in found]
    return [row for row in read if row is not None]
