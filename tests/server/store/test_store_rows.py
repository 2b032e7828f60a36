"""Whatever a frame may carry is kept as it is, on both databases."""

from coachline_core.domain.streams import Changed
from coachline_protocol.rows import AnyRow, Message, Relationship, StreamId
from coachline_server.store.port import Append, Committed, Store
from coachline_server.store.tables import BY_ROW, TABLES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.stored import MAYA
from support.stored import TestDatabase as Database
from support.strategies import structs

ROWS = st.one_of([structs(table.row) for table in TABLES]).map(lambda row: replace(row, rev=1))


def hold(store: Store, row: AnyRow) -> None:
    """Any row that a frame may carry is kept as it is. Messages are gapless, so they are all the first."""
    table = BY_ROW[type(row)]
    said = replace(row, seq=1) if isinstance(row, Message) else row
    stream = StreamId(table.kind, row.client if isinstance(row, Relationship) else MAYA)
    assert store.commit([Append(changes=(Changed(stream, 0, 1, (said,)),))]) == [Committed()]
    assert store.changes(stream, 0, 9).rows == (said,)
    whole = store.load(stream).rows
    assert whole == (() if isinstance(said, Message) else (said,))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=ROWS)
def test_sqlite_keeps_any_row_as_it_is(sqlite: Database, row: AnyRow) -> None:
    store = sqlite.open()
    try:
        hold(store, row)
    finally:
        store.close()
        for table in ("stream", BY_ROW[type(row)].name):
            sqlite.ask(f"DELETE FROM {table}")


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=ROWS)
def test_postgresql_keeps_any_row_as_it_is(postgresql: Database, row: AnyRow) -> None:
    store = postgresql.open()
    try:
        hold(store, row)
    finally:
        store.close()
        postgresql.ask(f"TRUNCATE stream, {BY_ROW[type(row)].name} CASCADE")
