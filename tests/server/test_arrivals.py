"""Hellos before the database: asked about together, answered each for itself."""

from collections.abc import Sequence
from typing import cast

import pytest
import trio
from coachline_core.runtime.executor import InlineExecutor
from coachline_server.arrivals import HELLOS_AT_ONCE, Arrivals, ArrivalsDesk
from coachline_server.store.port import Arrived, Arriving, Store, StoreError, TokenOwner
from trio.testing import MockClock, wait_all_tasks_blocked

SPOILT = b"spoilt"


class Register:
    """A store that knows whoever asks, by the token itself, and remembers in which company they asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.error: Exception = ValueError("a defect")

    def arrivals(self, hellos: Sequence[Arriving]) -> list[Arrived]:
        self.asked.append(len(hellos))
        if any(hello.token_hash == SPOILT for hello in hellos):
            raise self.error
        return [Arrived(TokenOwner(hello.token_hash, b"", 0, newest=True)) for hello in hellos]


class Scene:
    """Somebody who asks for others, and what came of it, by token."""

    def __init__(self, seconds: float = 1.0) -> None:
        self.register = Register()
        self.desk = ArrivalsDesk()
        self.actor: Arrivals = self.desk.open(cast(Store, self.register), InlineExecutor(lambda: seconds))
        self.came: dict[bytes, bytes | str] = {}

    async def ask(self, token: bytes) -> None:
        try:
            with trio.fail_after(60):  # who waits for ever fails, and does not hang
                owner = (await self.desk.ask(Arriving(token))).owner
        except (StoreError, ValueError) as error:
            self.came[token] = f"{type(error).__name__}: {error}"
        else:
            self.came[token] = owner.person if owner else "nobody"


async def test_those_who_come_meanwhile_are_asked_about_together(autojump_clock: MockClock) -> None:
    scene = Scene()
    tokens = [b"%d" % n for n in range(HELLOS_AT_ONCE + 2)]
    async with trio.open_nursery() as life:
        life.start_soon(scene.actor.serve)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(scene.ask, tokens[0])
            await wait_all_tasks_blocked()
            for token in tokens[1:]:
                nursery.start_soon(scene.ask, token)
        life.cancel_scope.cancel()
    assert scene.came == {token: token for token in tokens}
    assert scene.register.asked == [1, HELLOS_AT_ONCE, 1]


@pytest.mark.parametrize("error", [StoreError("the disk is gone"), ValueError("a defect")])
async def test_what_goes_wrong_with_one_hello_is_nobody_elses(autojump_clock: MockClock, error: Exception) -> None:
    """[H9]"""
    scene = Scene()
    scene.register.error = error
    async with trio.open_nursery() as life:
        life.start_soon(scene.actor.serve)
        for _ in range(2):
            async with trio.open_nursery() as nursery:
                for token in (b"one", SPOILT, b"two"):
                    nursery.start_soon(scene.ask, token)
            assert scene.came == {b"one": b"one", b"two": b"two", SPOILT: f"{type(error).__name__}: {error}"}
            scene.came.clear()
        life.cancel_scope.cancel()


async def test_who_leaves_while_it_is_asked_takes_nobody_along(autojump_clock: MockClock) -> None:
    scene = Scene()
    async with trio.open_nursery() as life:
        life.start_soon(scene.actor.serve)
        async with trio.open_nursery() as nursery, trio.open_nursery() as leaving:
            leaving.start_soon(scene.ask, b"leaves")
            nursery.start_soon(scene.ask, b"stays")
            await wait_all_tasks_blocked()
            leaving.cancel_scope.cancel()
        life.cancel_scope.cancel()
    assert scene.came == {b"stays": b"stays"}


async def test_everybody_hears_of_the_end(autojump_clock: MockClock) -> None:
    scene = Scene()
    async with trio.open_nursery() as nursery, trio.open_nursery() as life:
        life.start_soon(scene.actor.serve)
        nursery.start_soon(scene.ask, b"asked about")
        await wait_all_tasks_blocked()
        nursery.start_soon(scene.ask, b"waits")
        await wait_all_tasks_blocked()
        life.cancel_scope.cancel()
    await scene.ask(b"too late")
    ended = "StoreError: the database is not asked any more"
    assert scene.came == {b"asked about": ended, b"waits": ended, b"too late": ended}
