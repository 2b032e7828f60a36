"""What is done at the end of the loop's turn, by one task for all: streams decide, connections send.

A task of its own for each would be woken for each thing said to it, and that costs as much as what it then does. Their
own tasks are for what takes waiting.
"""

from collections.abc import Callable
from typing import Generic, NoReturn, Protocol, TypeVar

from coachline_core.runtime.actor import Actor
from coachline_core.runtime.mailbox import Mailbox

T = TypeVar("T")


class EndOfTurn(Actor[None], Generic[T]):
    """Does one thing with each that said in this turn that it is due."""

    def __init__(self, name: str, due: Mailbox[T], act: Callable[[T], None]) -> None:
        """`act` raises nothing: whatever happens is of the one it was done with."""
        super().__init__(name, size=1)
        self._due = due
        self._act = act

    async def run(self) -> NoReturn:
        while True:
            for each in await self._due.take_all():
                self._act(each)


class Decides(Protocol):
    """A stream, as far as it decides without waiting."""

    def turn(self) -> None:
        """Do what waits, or leave it to its own task. Raises nothing."""
        ...


Undecided = Mailbox[Decides]
"""The streams that were told something, each once."""
