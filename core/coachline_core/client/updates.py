"""Updates to whoever watches: bounded by being the latest of each thing, never by forgetting that it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

import trio
from coachline_protocol.rows import Id

from coachline_core.client.values import Update

Topic = tuple[str, Id]
"""What changed: a word, and which one of its kind (empty: there is only one)."""


class Subscription:
    """An async iterator of updates; also a context manager that ends it.

    A reader that is slow sees fewer, newer values; it can never hold more than one update per thing. It starts
    with one update of everything there is.
    """

    def __init__(self, hub: Updates, topics: Iterable[Topic]) -> None:
        self._hub = hub
        self._topics: dict[Topic, None] = dict.fromkeys(topics)
        self._woken = trio.Event()
        self._closed = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Update:
        await trio.lowlevel.checkpoint()
        while True:
            while self._topics:
                topic = next(iter(self._topics))
                del self._topics[topic]
                if (update := self._hub.look(topic)) is not None:
                    return update
            if self._closed:
                raise StopAsyncIteration
            self._woken = trio.Event()
            await self._woken.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """No more updates after those waiting."""
        self._closed = True
        self._hub.forget(self)
        self._woken.set()

    def tell(self, topics: Iterable[Topic]) -> None:
        """These changed."""
        self._topics.update(dict.fromkeys(topics))
        self._woken.set()


class Updates:
    """Tells every subscription what changed; the value is looked up when it is taken."""

    def __init__(self, look: Callable[[Topic], Update | None]) -> None:
        self.look = look
        self._subscriptions: dict[Subscription, None] = {}

    def subscribe(self, topics: Iterable[Topic]) -> Subscription:
        """A new subscription, beginning with `topics`."""
        subscription = Subscription(self, topics)
        self._subscriptions[subscription] = None
        return subscription

    def publish(self, topics: Iterable[Topic]) -> None:
        """These changed."""
        changed = list(topics)
        for subscription in self._subscriptions:
            subscription.tell(changed)

    def forget(self, subscription: Subscription) -> None:
        """It has ended."""
        self._subscriptions.pop(subscription, None)

    def close(self) -> None:
        """The session ends, and every subscription with it."""
        for subscription in list(self._subscriptions):
            subscription.close()
