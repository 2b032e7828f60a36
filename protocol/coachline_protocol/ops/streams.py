"""Streams: heads, changes, snapshots."""

from coachline_protocol import limits
from coachline_protocol.ops.base import Body, PageSize
from coachline_protocol.ops.signing_in import Head
from coachline_protocol.rows import AnyRow, Cursor, Id, Revision, Seq, StreamId


class Heads(Body, frozen=True, kw_only=True):
    """The heads after the last one named, in the order of `welcome`."""

    after: StreamId
    limit: PageSize = limits.LIST_MAX


class HeadPage(Body, frozen=True, kw_only=True):
    """One page of heads."""

    heads: tuple[Head, ...]
    more: bool = False


class Changes(Body, frozen=True, kw_only=True):
    """Everything in a stream that changed after revision `after` of `epoch`, in its current state."""

    stream: StreamId
    epoch: Id
    after: Revision
    limit: PageSize = limits.CHANGES_MAX


class ChangePage(Body, frozen=True, kw_only=True):
    """Rows in ascending rev, complete up to revision `upto`; `more`: ask again after `upto`."""

    rows: tuple[AnyRow, ...]
    upto: Revision
    more: bool = False
    cursors: tuple[Cursor, ...] = ()


class Snapshot(Body, frozen=True, kw_only=True):
    """A stream as it stands, for a new or far-behind device."""

    stream: StreamId


class SnapshotTaken(Body, frozen=True, kw_only=True):
    """Every row but messages, and the newest messages. `head` is complete: `changes` go on after it."""

    epoch: Id
    head: Revision
    seq: Seq = 0
    rows: tuple[AnyRow, ...]
    cursors: tuple[Cursor, ...] = ()
