"""Work that may wait for a disk or a keyring, off the thread on which everything is painted."""

from collections.abc import Callable
from typing import TypeVar

import trio

T = TypeVar("T")


async def aside(function: Callable[[], T]) -> T:
    """What a plain function returns or raises; it is waited for to its end."""
    return await trio.to_thread.run_sync(function)


async def aside_within(seconds: float, function: Callable[[], T], otherwise: T) -> T:
    """The same, or `otherwise` if it takes longer; the function is then left to itself."""
    with trio.move_on_after(seconds):
        return await trio.to_thread.run_sync(function, abandon_on_cancel=True)
    return otherwise
