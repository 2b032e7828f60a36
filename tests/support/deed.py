"""Deeds: what can be done by or to a device, or to the daemon. A story is a list of them with their times.

A new one is one function with a decorator, beside the others in `device_deeds` or `daemon_deeds`:

    @DEEDS.device("mutters", weight=3)
    async def mutters(world: Universe, device: SimulatedDevice, step: Step) -> bool:
        device.post(partner(world, device, step), f"{step} …")
        return device.up

It answers whether it made sense where things stand; if not, it does nothing.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.simulated_device import SimulatedDevice
    from support.universe import Universe

Draw = Callable[[random.Random], int]
"""What a deed draws for its step's `amount`."""


@dataclass(frozen=True, slots=True)
class Step:
    """After `after` virtual seconds `deed` is done to or by `who`. `choice`: any number, for deeds that choose among
    what they find (whom to write to); `amount` is for deeds that need a size."""

    after: float
    deed: "Deed"
    who: str
    choice: int = 0
    amount: int = 0

    def __str__(self) -> str:
        words = f"{self.after:9.3f} {self.who} {self.deed} ({self.choice})"
        return words + (f" {self.amount}" if self.amount else "")


@dataclass(frozen=True, slots=True)
class Deed:
    """`weight`: how often beside the others of its kind. `amount`: how a step's is drawn.

    `remedy`: what ends the trouble this is, some steps later.
    """

    words: str
    act: Callable[["Universe", Step], Awaitable[bool]]
    weight: int
    amount: Draw
    remedy: "Deed | None"

    def __str__(self) -> str:
        return self.words


DeviceAct = Callable[["Universe", "SimulatedDevice", Step], Awaitable[bool]]
DaemonAct = Callable[["Universe", Step], Awaitable[bool]]


def nothing(_: random.Random) -> int:
    """For deeds without a size."""
    return 0


class Deeds(list[Deed]):
    """The deeds of one module. Without a weight no story begins one: it is a remedy only."""

    def device(
        self, words: str, *, weight: int = 0, amount: Draw = nothing, remedy: Deed | None = None
    ) -> Callable[[DeviceAct], Deed]:
        """Something a device does or suffers."""

        def made(act: DeviceAct) -> Deed:
            async def on_device(world: "Universe", step: Step) -> bool:
                return await act(world, world.device(step.who), step)

            self.append(Deed(words, on_device, weight, amount, remedy))
            return self[-1]

        return made

    def daemon(
        self, words: str, *, weight: int = 0, amount: Draw = nothing, remedy: Deed | None = None
    ) -> Callable[[DaemonAct], Deed]:
        """Something the daemon suffers."""

        def made(act: DaemonAct) -> Deed:
            self.append(Deed(words, act, weight, amount, remedy))
            return self[-1]

        return made
