"""A nursery that does not dress a single exception up as a group."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio


@asynccontextmanager
async def flat_nursery() -> AsyncIterator[trio.Nursery]:
    """As `trio.open_nursery()`, but when exactly one exception comes out, it comes out as itself.

    Callers then catch `LinkClosed` or `SupervisionError` by name and need not know that tasks were involved.
    Several exceptions stay a group: none is hidden.
    """
    try:
        async with trio.open_nursery() as nursery:
            yield nursery
    except BaseExceptionGroup as group:
        inner: BaseException = group
        while isinstance(inner, BaseExceptionGroup) and len(inner.exceptions) == 1:
            inner = inner.exceptions[0]
        if inner is group:
            raise
        raise inner from inner.__cause__
