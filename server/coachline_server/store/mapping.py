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
    def is_field(self) -> bool:
        """It holds a field of the row itself, as it is read."""
        return self.form == "plain" and self.get is None and "." not in self.field


@dataclass(frozen=True, slots=True)
class Table:
    """Where rows of one kind lie. `stream`: the column of the stream's id; `key`: the primary key's columns.

    `bound`: the columns that a sealed value is bound to, the author among them. `placeholder`: what stands in
    for a row that cannot be read; without one the row is left out.
    """

    name: str
    row: type[AnyRow]
    kind: StreamKind
    stream: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    bound: tuple[str, ...] = ()
    placeholder: Callable[[dict[str, Any]], AnyRow] | None = None
    names: tuple[str, ...] = field(init=False)
    key_of: Callable[[Sequence[Any]], Values] = field(init=False)
    """The primary key among the values of `names`."""
    _fields_of: Callable[[Any], Values] = field(init=False)
    _puts: tuple[tuple[int, Callable[[Any], Any]], ...] = field(init=False)
    _hashed: tuple[int, ...] = field(init=False)
    _sealed: tuple[tuple[int, str], ...] = field(init=False)
    _bound_of: Callable[[Sequence[Any]], Values] = field(init=False)
    _plain: tuple[str, ...] = field(init=False)
    _plain_of: Callable[[Sequence[Any]], Values] = field(init=False)
    _others: tuple[tuple[int, Column], ...] = field(init=False)

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
        object.__setattr__(
            self, "_sealed", tuple((at, column.name) for at, column in places if column.form == "sealed")
        )
        object.__setattr__(self, "_bound_of", _several([names.index(name) for name in self.bound]))
        plain = [(at, column) for at, column in places if column.is_field]
        object.__setattr__(self, "_plain", tuple(column.field for _, column in plain))
        object.__setattr__(self, "_plain_of", _several([at for at, _ in plain]))
        object.__setattr__(self, "_others", tuple((at, column) for at, column in places if not column.is_field))

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
        for at, name in self._sealed:
            values[at] = cipher.seal(values[at].encode(), bound_to(self.name, name, *bound))
        return tuple(values)

    def read(self, values: Values, cipher: Cipher) -> AnyRow:
        """The row of `values`, checked; raises StoreCorrupt, naming the row."""
        try:
            return msgspec.convert(self._fields(values, cipher), self.row)
        except (Unreadable, ValueError, TypeError, AttributeError) as error:
            key = "/".join(_shown(values[self.names.index(name)]) for name in self.key)
            raise StoreCorrupt(f"A row of {self.name} cannot be read, key {key}: {error}.") from error

    def _fields(self, values: Values, cipher: Cipher) -> dict[str, Any]:
        fields: dict[str, Any] = dict(zip(self._plain, self._plain_of(values), strict=True))
        for at, column in self._others:
            value = values[at]
            if column.form == "hash":
                continue
            if column.form == "sealed":
                value = cipher.open(value, bound_to(self.name, column.name, *self._bound_of(values))).decode()
            if column.get is not None:
                value = column.get(value)
            if "." in column.field:
                outer, inner = column.field.split(".")
                fields.setdefault(outer, {})[inner] = value
            else:
                fields[column.field] = value
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


def read_rows(table: Table, found: Iterable[Values], cipher: Cipher, report: Report) -> list[AnyRow]:
    """The rows that can be read; the others are reported, and replaced where the table has a placeholder."""
    rows: list[AnyRow] = []
    for values in found:
        try:
            rows.append(table.read(values, cipher))
        except StoreCorrupt as problem:
            report(problem)
            with suppress(msgspec.ValidationError):
                if table.placeholder is not None:
                    rows.append(table.placeholder(dict(zip(table.names, values, strict=True))))
    return rows
