"""The live scene: trainer and client beside each other, a line that is cut and a daemon that is killed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import trio
from coachline_protocol.rows import Id
from rich.text import Text

from demo.daemon import Daemon
from demo.goals_scene import GoalsScene
from demo.pace import Pace
from demo.person import Person
from demo.screen import Screen
from demo.view import Scale, rule, two_sides

if TYPE_CHECKING:  # whoever plays on a terminal needs no Qt
    from demo.windows import Windows

FRAMES_A_SECOND = 25


class Scene:
    """Two people, their conversation, and the daemon between them."""

    def __init__(
        self,
        left: Person,
        right: Person,
        talk: Id,
        daemon: Daemon,
        screen: Screen,
        scale: Scale,
        pace: Pace,
        windows: Windows | None,
    ) -> None:
        """`windows` None: it is seen on the terminal alone."""
        self._left = left
        self._right = right
        self._talk = talk
        self._daemon = daemon
        self._screen = screen
        self._scale = scale
        self._pace = pace
        self._windows = windows
        self._stages = 0

    async def play(self, devices: trio.Nursery) -> None:
        """The whole scene. `devices`: where a device that is switched on again lives. Raises Stuck."""
        await self._sit_down(self._left, self._right)
        await self._talking()
        await GoalsScene(self._left, self._right, self._talk, self._pace, self._stage).play()
        await self._cut(devices)
        await self._killed()

    # -- what happens ----------------------------------------------------------------------------------------

    async def _talking(self) -> None:
        maya, ben, talk = self._left, self._right, self._talk
        async with self._stage("A month has been said; today goes on"):
            await self._look()
        async with self._stage(f"{ben.name} is back at the door, and types"):
            await ben.type(talk, "Back at the door. 5.0 km. I did not stop once!", self._pace.key)
            await maya.until(f"{ben.name} is seen typing", lambda: ben.id in maya.session.typing_in(talk))
        async with self._stage(f"{maya.name} sees it, and {ben.name} sees that she has"):
            done = await ben.send(talk)
            await ben.until_state(talk, done, "delivered")
            await self._look()
            await maya.read(talk)
            await ben.until_state(talk, done, "read")
        async with self._stage(f"{maya.name} answers"):
            answer = await self._writes(maya, "BEN!! Five! And the knee, on the stairs up?")
            await ben.until_here(talk, answer)
            await self._look()
            await ben.read(talk)
            await maya.until_state(talk, answer, "read")

    async def _cut(self, devices: trio.Nursery) -> None:
        maya, ben, talk = self._left, self._right, self._talk
        async with self._stage(f"{ben.name}'s lift goes underground: his line is cut, he writes on"):
            ben.network.cut()
            await ben.until_cut()
            offline = [
                await self._writes(ben, "0/10. In the lift to the garage, no idea if this leaves my pocket"),
                await self._writes(ben, "Eggs for breakfast. See, I listen"),
            ]
            alone = await self._writes(maya, "Walk ten minutes before you sit down.")
            await maya.until_state(talk, alone, "sent")
        async with self._stage(f"{ben.name}'s phone is switched off"):
            await ben.switch_off()
        async with self._stage("… and on again, still without a line: what he wrote is on its disk"):
            await ben.switch_on(devices)
            await ben.until_cut()
            await self._sit_down(ben)
            await ben.until_state(talk, offline[-1], "queued")
        async with self._stage("The line is back: each fetches exactly what is missing"):
            ben.network.heal()
            await ben.session.network_up()
            for message in offline:
                await maya.until_here(talk, message)
            await maya.until_state(talk, alone, "delivered", "read")
            await self._look()
            await ben.read(talk)
            await maya.read(talk)
            await maya.until_state(talk, alone, "read")
            await ben.until_state(talk, offline[-1], "read")

    async def _killed(self) -> None:
        maya, ben, talk = self._left, self._right, self._talk
        async with self._stage(f"kill -9 {self._daemon.pid}: the daemon dies in the middle of a message"):
            words = "Same loop the day after tomorrow, slower. Deal?"
            interrupted = await self._writes(maya, words)
            await self._daemon.kill()
            await maya.until_cut()
            await ben.until_cut()
            meanwhile = await self._writes(ben, "Is it me again or is it the server this time")
        async with self._stage("coachlined starts again on the same files"):
            await self._daemon.start()
            with trio.move_on_after(self._pace.patience):
                await maya.until_synced()
                await ben.until_synced()
            for person in (maya, ben):
                person.session.retry_now()
            await maya.until_state(talk, interrupted, "delivered", "read")
            await ben.until_state(talk, meanwhile, "delivered", "read")
            await self._look()
        async with self._stage("Nothing is missing, nothing is there twice"):
            await ben.read(talk)
            deal = await self._writes(ben, "Deal.")
            await maya.until_here(talk, deal)
            await maya.read(talk)
            await ben.until_state(talk, deal, "read")
            await maya.until_state(talk, interrupted, "read")

    async def _sit_down(self, *people: Person) -> None:
        """Open the windows of these, where there are any."""
        for person in people if self._windows is not None else ():
            assert self._windows is not None
            seat = 0 if person is self._left else 1
            await person.sit_down(self._windows.pane(seat, person.folder, person.name), self._talk)

    # -- how it is shown -------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _stage(self, direction: str) -> AsyncIterator[None]:
        """One stage direction: what happens in the block is shown under it, and its end is left standing."""
        self._stages += 1
        title = f"{self._stages} · {direction}"
        async with trio.open_nursery() as nursery:
            if self._screen.moving:
                nursery.start_soon(self._show, title)
            await self._look()
            yield
            await self._look()
            nursery.cancel_scope.cancel()
        self._screen.draw(self._frame(title))
        self._screen.leave()
        if self._windows is not None:
            await self._windows.take_picture(title, {each.name: each.pane for each in (self._left, self._right)})

    async def _show(self, title: str) -> None:
        while True:
            self._screen.draw(self._frame(title))
            await trio.sleep(1 / FRAMES_A_SECOND)

    def _frame(self, title: str) -> list[Text]:
        width = self._screen.width
        left = self._left.side(self._right, self._talk)
        right = self._right.side(self._left, self._talk)
        return [rule(title, width), *two_sides(left, right, scale=self._scale, width=width, rows=self._screen.rows)]

    async def _look(self) -> None:
        await trio.sleep(self._pace.look)

    async def _writes(self, who: Person, text: str) -> Id:
        return await who.write(self._talk, text, self._pace.key)
