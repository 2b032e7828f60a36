"""What was made before from the same things, so that it need not be made again."""

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

T = TypeVar("T")


class Memory:
    """Answers by key. Two looks at the same knowledge give the same with it and without it; it only saves time."""

    def __init__(self) -> None:
        self._held: dict[Hashable, tuple[tuple[object, ...], object]] = {}
        self._asked: set[Hashable] = set()

    def same(self, key: Hashable, fresh: T) -> T:
        """What was given here before if it is equal, else `fresh`: what did not change stays one object."""
        _, held = self._held.get(key, ((), None))
        if held != fresh:
            self._held[key] = ((), fresh)
        self._asked.add(key)
        return cast(T, self._held[key][1])

    def made(self, key: Hashable, of: tuple[object, ...], make: Callable[[], T]) -> T:
        """What was made of these very objects before, or is made now."""
        held = self._held.get(key)
        if held is None or any(one is not other for one, other in zip(held[0], of, strict=True)):
            held = self._held[key] = (of, make())
        self._asked.add(key)
        return cast(T, held[1])

    def forget(self) -> None:
        """Let go of everything that nobody asked for since the last time: what is withdrawn stays nowhere."""
        self._held = {key: held for key, held in self._held.items() if key in self._asked}
        self._asked = set()
