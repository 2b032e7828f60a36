"""How streams come to decide: all that were told something in a turn of the loop do so at its end, by one task.

A task of its own for each stream would be woken for each thing said to it, and that costs as much as deciding it. A
stream's own task is for what takes waiting.
"""

from typing import NoReturn, Protocol

from coachline_core.runtime.actor import Actor
from coachline_core.runtime.mailbox import Mailbox


class Decides(Protocol):
    """A stream, as far as it decides without waiting."""

    def turn(self) -> None:
        """Do what waits, or leave it to its own task. Raises nothing: whatever happens is this stream's."""
        ...


Undecided = Mailbox[Decides]
"""The streams that were told something, each once."""


class Decider(Actor[None]):
    """Gives a turn to every stream that was told something."""

    def __init__(self, undecided: Undecided) -> None:
        super().__init__("decider", size=1)
        self._undecided = undecided

    async def run(self) -> NoReturn:
        while True:
            for stream in await self._undecided.take_all():
                stream.turn()
