"""The actor: one task, one mailbox, and the promise that whoever asked it something hears an end of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import trio

from .mailbox import ActorGone, AskTimeout, Mailbox, Question

T = TypeVar("T")
A = TypeVar("A")


class Actor(ABC, Generic[T]):
    """Owns its state; others reach it only through `mailbox` (items of type T) and `ask`.

    Subclasses write `run`. A supervisor runs `serve`. One instance lives once: a restart makes a new one.
    """

    def __init__(self, name: str, *, size: int) -> None:
        """`size`: how many items may wait in the mailbox."""
        self.name = name
        self.mailbox: Mailbox[T] = Mailbox(size, name=name)
        # A dict for its order: questions fail in the order they were asked, the same in every run.
        self._open: dict[Question[Any], None] = {}

    @abstractmethod
    async def run(self) -> None:
        """The actor's life. Returning is a normal end, raising is a crash."""

    async def drain(self) -> None:
        """Called on a graceful stop while `run` still runs: return once everything accepted is finished."""

    def abandon(self, left: list[T]) -> None:
        """Called at the end with the items nobody took. For actors whose items carry more than `ask`'s
        questions.
        """

    async def serve(self) -> None:
        """`run`, then, whatever happened, close the mailbox and fail every open question with ActorGone."""
        try:
            await self.run()
        finally:
            left = self.mailbox.close()
            for question in self._open:
                question.fail(ActorGone(self.name))
            self._open.clear()
            self.abandon(left)

    async def ask(self, make: Callable[[Question[A]], T], *, timeout: float) -> A:
        """Send the item `make` builds around a fresh question and wait for its answer.

        Always ends within `timeout` seconds: with the answer, with what the question was failed with, with
        ActorGone (the actor ended before, during or after taking the item) or with AskTimeout (which includes
        a mailbox that stayed full).
        """
        question: Question[A] = Question()
        self._open[question] = None
        deadline = trio.current_time() + timeout
        try:
            with trio.move_on_at(deadline) as scope:
                await self.mailbox.tell(make(question))
            if scope.cancelled_caught:
                raise AskTimeout(f"{self.name}: mailbox full for {timeout} s")
            return await question.wait(max(0.0, deadline - trio.current_time()))
        finally:
            self._open.pop(question, None)
