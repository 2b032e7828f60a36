"""What an actor reads of a stream in the database. All raise StoreError."""

from functools import partial
from typing import Any

from coachline_core.domain.rules import RULES
from coachline_core.domain.streams import Changed
from coachline_protocol.rows import AnyRow, Revision, StreamId

from coachline_server.stream_parts import StreamParts

CHANGES_READ = 500
"""Rows read at once when catching up."""


async def read_stream(parts: StreamParts, stream: StreamId) -> tuple[Any, tuple[AnyRow, ...]]:
    """A stream's state, and its rows."""
    kept = await parts.executor.read(partial(parts.store.load, stream))
    return RULES[stream.kind].restore(stream, kept), kept.rows


async def read_changes(parts: StreamParts, stream: StreamId, after: Revision) -> tuple[Changed, bool]:
    """What was written to a stream since a revision, in order; and whether there is more."""
    page = await parts.executor.read(partial(parts.store.changes, stream, after, CHANGES_READ))
    return Changed(stream, after, page.rows[-1].rev if page.rows else after, page.rows), page.more
