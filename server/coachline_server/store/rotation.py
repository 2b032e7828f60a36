"""Bringing old rows under the current key, while serving: a walk by primary key, one batch a transaction."""

from dataclasses import dataclass

from coachline_server.store.cipher import Cipher, Unreadable, bound_to, key_of
from coachline_server.store.commit import ANSWER_COLUMNS
from coachline_server.store.engine import Statements, Values, marks
from coachline_server.store.mapping import Report
from coachline_server.store.port import Place, StoreCorrupt
from coachline_server.store.tables import TABLES


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A table with encrypted columns: `places` says what the value in each is bound to, by column names."""

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    sealed: tuple[str, ...]
    bound: tuple[str, ...]

    def place(self, column: str, values: Values) -> bytes:
        """What the value of a sealed column is bound to."""
        return bound_to((self.table, column, *(values[self.columns.index(name)] for name in self.bound)))


WALK: tuple[_Sealed, ...] = (
    _Sealed("answer", ("id", "author"), ANSWER_COLUMNS, ("sealed_reply",), ("author", "id")),
    *(
        _Sealed(table.name, table.key, table.names, tuple(c.name for c in table.sealed_columns()), table.bound)
        for table in TABLES
        if table.sealed_columns()
    ),
)


def reencrypt(statements: Statements, cipher: Cipher, report: Report, after: Place | None, limit: int) -> Place | None:
    """Do the next `limit` rows; returns where to go on, None when all is done."""
    at = 0 if after is None else next(n for n, sealed in enumerate(WALK) if sealed.table == after.table)
    sealed, key = WALK[at], () if after is None else after.key
    beyond = f"WHERE ({', '.join(sealed.key)}) > ({marks(len(key))}) " if key else ""
    found = statements.all(
        f"SELECT {', '.join(sealed.columns)} FROM {sealed.table} {beyond}ORDER BY {', '.join(sealed.key)} LIMIT ?",
        (*key, limit),
    )
    for values in found:
        try:
            _reseal(statements, cipher, sealed, values)
        except Unreadable as error:
            report(StoreCorrupt(f"A row of {sealed.table} cannot be read: {error}."))
    if len(found) == limit:
        last = found[-1]
        return Place(sealed.table, tuple(last[sealed.columns.index(name)] for name in sealed.key))
    return Place(WALK[at + 1].table) if at + 1 < len(WALK) else None


def _reseal(statements: Statements, cipher: Cipher, sealed: _Sealed, values: Values) -> None:
    for column in sealed.sealed:
        old = values[sealed.columns.index(column)]
        if old is None or key_of(old) == cipher.current:
            continue
        place = sealed.place(column, values)
        # Compared with what was read: on PostgreSQL somebody may have written the row meanwhile.
        statements.run(
            f"UPDATE {sealed.table} SET {column} = ? WHERE "
            + " AND ".join(f"{name} = ?" for name in (*sealed.key, column)),
            (
                cipher.seal(cipher.open(old, place), place),
                *(values[sealed.columns.index(name)] for name in sealed.key),
                old,
            ),
        )
