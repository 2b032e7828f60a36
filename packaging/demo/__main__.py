"""`packaging/dev.py demo`: a gym sets up, a month passes, a line is cut, the daemon dies, and all of it is checked.

The live scene is played in two windows beside each other, and told on the terminal. Without a display the windows are
drawn off-screen, and pictures of them kept.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import trio
from coachline_core.client.values import ServerAddress
from coachline_core.runtime.seams import SystemClock

from demo.cast import ZONE, Cast, come_together, password_of
from demo.clock import MonthClock
from demo.daemon import Daemon, DaemonFailed
from demo.evidence import gather
from demo.month import CLIENTS, TRAINER, the_month, unread_at_the_end
from demo.pace import FOR_EYES, FOR_LOGS, FOR_MACHINES, Pace
from demo.person import Person, Stuck
from demo.scene import Scene
from demo.screen import Screen
from demo.story import Story
from demo.truths import Truth, Unread, truths
from demo.view import Scale, checked_line

if TYPE_CHECKING:  # whoever plays on a terminal needs no Qt
    from demo.windows import Windows

OF_THE_SCENE = "Ben"
FIRST_HOUR = time(6)  # the month begins before anybody is up
FIRST_DAY_RATE = 1200.0
"""The first day is over in a minute, or as soon as all of it was said: what is agreed on it holds from it on."""
TO_STOP = (signal.SIGINT, signal.SIGTERM, *((signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()))
PICTURES = Path("build", "demo")
INTERRUPTED = 130  # as shells say it: 128 + SIGINT


class Demo:
    """One play, from an empty folder to the table at its end."""

    def __init__(self, folder: Path, screen: Screen, pace: Pace, windows: Windows | None) -> None:
        """`folder`: empty; the daemon's and everybody's files lie in it afterwards. `windows` None: no Qt."""
        self._screen = screen
        self._pace = pace
        self._windows = windows
        self._zone = windows.zone if windows is not None else ZONE
        self._moments = the_month()
        now = datetime.now().astimezone()
        zone = ZoneInfo(self._zone) if windows is not None else now.tzinfo or UTC
        self._first = now.date() - timedelta(days=self._moments[-1].day)
        self._scale = Scale(zone, now.date())
        self._real = SystemClock()
        self._begins = round(datetime.combine(self._first, FIRST_HOUR, zone).timestamp() * 1000)
        second = datetime.combine(self._first + timedelta(days=1), time(), zone)
        self._goes_on = round(second.timestamp() * 1000)
        self._clock = MonthClock(self._begins, FIRST_DAY_RATE, self._real)
        self._daemon = Daemon(folder / "coachlined")
        address = ServerAddress(self._daemon.host, self._daemon.port, tls=False)
        self._people = {
            name: Person(name, "trainer" if name == TRAINER else "client", folder / name.lower(), address, self._clock)
            for name in (TRAINER, *CLIENTS)
        }
        self._folder = folder / "coachlined"

    async def play(self) -> list[Truth]:
        """Everything; returns what was checked. Raises Stuck, DaemonFailed."""
        try:
            async with trio.open_nursery() as devices:
                cast = await self._begin(devices)
                story = Story(self._moments, self._first, cast, self._clock, self._screen, self._scale)
                await story.tell_first_day()
                await self._hurry(cast)
                await story.tell()
                unread = self._after_the_month(cast)
                client = cast.clients[OF_THE_SCENE]
                talk = cast.talks[OF_THE_SCENE]
                scene = Scene(
                    cast.trainer, client, talk, self._daemon, self._screen, self._scale, self._pace, self._windows
                )
                await scene.play(devices)
                unread += self._badges(cast)
                for person in cast.people.values():
                    await person.switch_off()
            await self._daemon.stop()
            return truths(gather(self._folder, cast, unread))
        finally:
            await self._daemon.gone()

    async def _begin(self, devices: trio.Nursery) -> Cast:
        self._screen.direction("A gym sets up, a month ago")
        await self._daemon.init()
        self._screen.say("  $ coachlined init")
        await self._daemon.add_trainer(self._people[TRAINER].handle, TRAINER, self._zone, password_of(TRAINER))
        self._screen.say(f"  $ coachlined user add {self._people[TRAINER].handle} --role trainer")
        await self._daemon.start(self._begins, FIRST_DAY_RATE)
        self._clock.begin()
        self._screen.say(f"  $ coachlined serve --port {self._daemon.port}   (process {self._daemon.pid})")
        cast = await come_together(self._people, devices, self._screen, self._zone)
        self._screen.say("")
        return cast

    async def _hurry(self, cast: Cast) -> None:
        """Start the daemon anew, with a clock that is in the present when the month's seconds are over."""
        begin = max(self._goes_on, self._clock.now())
        rate = (self._real.now() - begin) / (self._pace.month * 1000)
        await self._daemon.stop()
        await self._daemon.start(begin, rate)
        self._clock.go_on(begin, rate)
        for person in cast.people.values():
            person.session.retry_now()
        for person in cast.people.values():
            await person.until_synced()

    def _after_the_month(self, cast: Cast) -> list[Unread]:
        """The badges, beside what the script leaves unread."""
        return [
            Unread(
                f"{person.name} after the month",
                person.unread(talk),
                unread_at_the_end(self._moments, person.name, name),
            )
            for name, talk in cast.talks.items()
            for person in (cast.trainer, cast.clients[name])
        ]

    def _badges(self, cast: Cast) -> list[Unread]:
        """Every badge there is, beside what was written by the other and not looked at since."""
        badges = []
        for name, talk in cast.talks.items():
            pair = cast.trainer, cast.clients[name]
            for me, other in (pair, pair[::-1]):
                looked_at = me.looked_at.get(talk, set())
                new = sum(1 for each in other.said if each.conversation == talk and each.id not in looked_at)
                badges.append(Unread(f"{me.name} from {other.name}", me.unread(talk), new))
        return badges


def show(checked: Sequence[Truth], screen: Screen) -> bool:
    """Print the table; returns whether everything holds."""
    screen.direction("What was checked")
    for truth in checked:
        screen.say(checked_line(truth.claim, truth.holds, truth.figures, screen.width))
    failed = [truth for truth in checked if not truth.holds]
    screen.say("")
    screen.say(f"{len(failed)} of {len(checked)} do not hold." if failed else f"All {len(checked)} hold.")
    return not failed


@contextmanager
def working_folder(keep: Path | None) -> Iterator[Path]:
    """The folder everything lies in: one that is gone afterwards, or the one to keep."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="coachline-demo-") as name:
            yield Path(name)
    else:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.absolute()


async def until_signal(demo: Demo) -> list[Truth] | None:
    """Play the demo; None if somebody wanted it to end."""
    checked: list[Truth] | None = None
    async with trio.open_nursery() as nursery:

        async def listen() -> None:
            with trio.open_signal_receiver(*TO_STOP) as signals:
                async for _ in signals:
                    nursery.cancel_scope.cancel()

        nursery.start_soon(listen)
        checked = await demo.play()
        nursery.cancel_scope.cancel()
    return checked


def open_windows(pictures: Path) -> Windows:
    """Start Qt."""
    from demo.windows import Windows  # here, so that `--terminal` needs no Qt

    return Windows(pictures)


def play(demo: Demo, windows: Windows | None) -> list[Truth] | None:
    """Play the demo, with windows on Qt's loop; None if somebody wanted it to end."""
    if windows is None:
        return trio.run(until_signal, demo)
    from coachline_desktop import loop

    return loop.run(windows.app, partial(until_signal, demo))


def leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    """The exceptions in a group, however deep."""
    found: list[BaseException] = []
    for each in group.exceptions:
        found += leaves(each) if isinstance(each, BaseExceptionGroup) else [each]
    return found


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(
        prog="packaging/dev.py demo", description=__doc__.partition(": ")[2].partition("\n")[0]
    )
    parser.add_argument("--fast", action="store_true", help="without pauses and moving pictures, in some seconds")
    parser.add_argument("--terminal", action="store_true", help="without windows, on this terminal alone")
    parser.add_argument(
        "--pictures", type=Path, metavar="DIR", default=PICTURES, help=f"where they go without a display ({PICTURES})"
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the data in this folder, which must be empty")
    parser.add_argument("--width", type=int, metavar="COLUMNS", help="80 to 120; without it the terminal's own")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """0: everything that was checked holds."""
    asked = arguments(given)
    if asked.keep is not None and asked.keep.exists() and any(asked.keep.iterdir()):
        sys.stderr.write(f"{asked.keep}: is not empty; name a new folder.\n")
        return 2
    with Screen(moving=not asked.fast, width=asked.width) as screen, working_folder(asked.keep) as folder:
        pace = FOR_MACHINES if asked.fast else FOR_EYES if screen.moving else FOR_LOGS
        windows = None if asked.terminal else open_windows(asked.pictures)
        went_wrong: list[BaseException] = []
        try:
            checked = play(Demo(folder, screen, pace, windows), windows)
        except* (Stuck, DaemonFailed) as failed:
            checked, went_wrong = None, leaves(failed)
        for reason in went_wrong:
            sys.stderr.write(f"{reason}\n")
        if checked is None:
            return 1 if went_wrong else INTERRUPTED
        if windows is not None and windows.taken:
            screen.direction("Pictures of the two windows")
            for picture in windows.taken:
                screen.say(str(picture))
            screen.say("")
        return 0 if show(checked, screen) else 1


if __name__ == "__main__":
    sys.exit(main())
