"""Reading threads that are slow with some of what they read, so that something happens before it is looked at."""

from collections.abc import Callable
from typing import Any

import pytest
import trio
from coachline_core.runtime.executor import InlineExecutor
from coachline_protocol import ops
from coachline_server.store.port import Arrived


class SlowReads:
    """Readings of one kind of thing wait where they are done, from the moment they are told to."""

    def __init__(self, is_it: Callable[[Any], bool], monkeypatch: pytest.MonkeyPatch) -> None:
        self.holding = False
        self.go = trio.Event()
        read = InlineExecutor.read

        async def slow_read(executor: InlineExecutor, fn: Callable[[], Any]) -> Any:
            value = await read(executor, fn)
            if self.holding and is_it(value):
                await self.go.wait()
            return value

        monkeypatch.setattr(InlineExecutor, "read", slow_read)


def for_welcome(value: Any) -> bool:
    """What is read for the welcome of somebody who was recognised already."""
    return isinstance(value, list) and any(isinstance(one, Arrived) and one.heads for one in value)


def has_heads(value: Any) -> bool:
    """By themselves, or as a hello reads them."""
    return for_welcome(value) or (isinstance(value, tuple) and any(type(one) is ops.Head for one in value))
