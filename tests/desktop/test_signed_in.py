"""A window that opens on a session in the middle of things."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
from coachline_core.client import Session, Summary
from coachline_core.client.values import ConnectionState
from coachline_core.domain.timeline import Item, Timeline
from coachline_desktop import goal_intents, intents
from coachline_desktop.goal_state import Choice
from coachline_desktop.painter import Painter
from coachline_desktop.signed_in import SignedIn
from coachline_desktop.state import (
    AppState,
    Bubble,
    ConnectionBanner,
    ConversationState,
    DayLine,
    FirstRun,
    NewLine,
    Offer,
)
from coachline_protocol.rows import Consent, Message
from support.desktop_people import Paper
from support.determinism import run_universe
from support.lone_session import session_in
from trio.testing import wait_all_tasks_blocked

ME, ROOM = b"m" * 16, b"r" * 16


class Waiting(Session):
    """A session that was cut off a moment ago."""

    @property
    def connection(self) -> ConnectionState:
        return ConnectionState("reconnecting", "unreachable", retry_in=5.0)


class Arriving(Session):
    """A session that knows of a conversation, and has not fetched what was said in it."""

    here = False

    @property
    def person(self) -> bytes:
        return ME

    def conversations(self) -> tuple[Summary, ...]:
        return (Summary(ROOM, "group", None, "Runners", None, "", 1, 0, closed=False, draft=""),)

    def timeline(self, conversation: bytes) -> Timeline | None:
        message = Message(id=b"x" * 16, seq=1, rev=1, author=b"t" * 16, kind="text", text="New", at=1)
        return Timeline(me=ME).merged([message]) if self.here else None


async def first_banner(folder: Path) -> ConnectionBanner:
    """What the window says at first."""
    session, clock = session_in(folder, Waiting)
    paper = Paper()
    painter = Painter(paper, AppState())
    _, wants = trio.open_memory_channel[object](1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(SignedIn(session, painter, paper, paper, clock).live, wants)
        await wait_all_tasks_blocked()
        banner = painter.state.banner
        nursery.cancel_scope.cancel()
    return banner


@pytest.mark.parametrize("seed", range(8))
def test_a_window_opened_between_two_tries_says_when_the_next_one_is(seed: int, tmp_path: Path) -> None:
    """Whichever comes first, the window's first look or the session's first update."""
    assert run_universe(partial(first_banner, tmp_path), seed).retry_in_s == 5


async def opened_early(folder: Path) -> list[ConversationState | None]:
    """What is shown of a conversation that is asked for before it is here: at once, and when it has come."""
    session, clock = session_in(folder, Arriving)
    paper = Paper()
    painter = Painter(paper, AppState())
    send, wants = trio.open_memory_channel[object](2)
    shown = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(SignedIn(session, painter, paper, paper, clock).live, wants)
        await send.send(intents.OpenConversation(ROOM))
        await wait_all_tasks_blocked()
        shown.append(painter.state.current)
        session.here = True
        await send.send(intents.Copy("something happens"))
        await wait_all_tasks_blocked()
        shown.append(painter.state.current)
        nursery.cancel_scope.cancel()
    return shown


@pytest.mark.parametrize("seed", range(4))
def test_a_conversation_asked_for_before_it_is_here_opens_when_it_comes(seed: int, tmp_path: Path) -> None:
    """It stands in the list as soon as it is known of; a click on it is not lost, and what is new is marked."""
    before, after = run_universe(partial(opened_early, tmp_path), seed)
    assert before is None
    assert after is not None
    assert (after.id, [type(entry) for entry in after.entries]) == (ROOM, [DayLine, NewLine, Bubble])


class Revoked(Session):
    """A session whose device was revoked while the disk is slow to forget."""

    emptied = False

    @property
    def connection(self) -> ConnectionState:
        return ConnectionState("disconnected", "device_revoked")

    @property
    def person(self) -> bytes | None:
        return None if self.emptied else ME

    def told(self) -> None:
        """Say that something changed."""
        self._connection_changed()


async def leaving(folder: Path) -> tuple[str, str, str]:
    """What is said while the device is not empty; how the session ends before that and after, empty: not at all."""
    session, clock = session_in(folder, Revoked)
    paper = Paper()
    painter = Painter(paper, AppState())
    _, wants = trio.open_memory_channel[object](1)
    left: list[str] = []

    async def live() -> None:
        left.append(await SignedIn(session, painter, paper, paper, clock).live(wants))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(live)
        await wait_all_tasks_blocked()
        said, before = painter.state.banner.words, "".join(left)
        session.emptied = True
        session.told()
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    return said, before, "".join(left)


@pytest.mark.parametrize("seed", range(4))
def test_a_revoked_device_is_left_when_it_is_empty(seed: int, tmp_path: Path) -> None:
    """To leave ends the session, and with it what is still being removed."""
    said, before, after = run_universe(partial(leaving, tmp_path), seed)
    assert "is being removed" in said
    assert (before, after) == ("", "device_revoked")


class CatchingUp(Session):
    """A session that has its list, and a moment later hears that there was no more to fetch."""

    synced = False
    newest = 1

    @property
    def connection(self) -> ConnectionState:
        return ConnectionState("connected", synced=self.synced)

    @property
    def person(self) -> bytes:
        return ME

    def conversations(self) -> tuple[Summary, ...]:
        last = Item(b"x" * 16, b"t" * 16, "text", "Hello", "sent", seq=self.newest, at=1)
        return (Summary(ROOM, "group", None, "Runners", last, "Hello", self.newest, 1, closed=False, draft=""),)

    def told(self, kind: str) -> None:
        """Say that something of a kind changed."""
        self._publish([(kind, b"")])


async def first_news(folder: Path) -> tuple[int, int]:
    """How many notifications there are once all is fetched, and after one more message."""
    session, clock = session_in(folder, CatchingUp)
    paper = Paper()
    _, wants = trio.open_memory_channel[object](1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(SignedIn(session, Painter(paper, AppState()), paper, paper, clock).live, wants)
        await wait_all_tasks_blocked()
        session.told("conversations")
        await wait_all_tasks_blocked()
        session.synced = True
        session.told("connection")
        await wait_all_tasks_blocked()
        before = len(paper.alerts)
        session.newest = 2
        session.told("conversations")
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    return before, len(paper.alerts)


@pytest.mark.parametrize("seed", range(4))
def test_the_first_message_after_all_was_fetched_is_news(seed: int, tmp_path: Path) -> None:
    assert run_universe(partial(first_news, tmp_path), seed) == (0, 1)


class Slow(Session):
    """A session whose server does not answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked: list[bytes] = []
        self.answers = trio.Event()

    async def revoke_invitation(self, invitation: bytes) -> None:
        self.asked.append(invitation)
        await trio.sleep_forever()

    async def open_conversation(self, person: bytes) -> bytes:
        await self.answers.wait()
        return ROOM

    async def accept_invitation(self, code: str, consent: Consent) -> bytes:
        await self.answers.wait()
        return ME


async def asked_of_the_server(folder: Path, wanted: Sequence[object]) -> list[bytes]:
    """What a server that does not answer was asked for."""
    session, clock = session_in(folder, Slow)
    paper = Paper()
    send, wants = trio.open_memory_channel[object](len(wanted))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(SignedIn(session, Painter(paper, AppState()), paper, paper, clock).live, wants)
        for want in wanted:
            await send.send(want)
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    return session.asked


def test_what_waits_for_the_server_is_asked_once_and_keeps_nothing_else_from_being_asked(tmp_path: Path) -> None:
    one, other = intents.RevokeInvitation(b"1" * 16), intents.RevokeInvitation(b"2" * 16)
    asked = trio.run(asked_of_the_server, tmp_path, (one, one, other))
    assert sorted(asked) == [one.invitation, other.invitation]


MAYA = intents.MessagePerson(b"y" * 16)


@pytest.mark.parametrize(
    ("meanwhile", "opens"),
    [
        ((), True),
        ((MAYA,), True),
        ((intents.Copy("a code"),), True),
        ((intents.OpenConversation(b"t" * 16),), False),
        ((intents.OpenPage("goals"),), False),
        ((goal_intents.OpenClient(ME),), False),
        ((intents.Draft(b"t" * 16, "He"),), False),
        ((intents.Send(b"t" * 16, "Hello"),), False),
    ],
)
def test_a_conversation_that_comes_late_does_not_take_somebody_from_where_he_writes_by_then(
    meanwhile: tuple[object, ...], opens: bool, tmp_path: Path
) -> None:
    """What he types would be said to somebody else."""

    async def opened() -> bool:
        session, clock = session_in(tmp_path, Slow)
        paper = Paper()
        window = SignedIn(session, Painter(paper, AppState()), paper, paper, clock)
        send, wants = trio.open_memory_channel[object](4)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(window.live, wants)
            for want in (MAYA, *meanwhile):
                await send.send(want)
                await wait_all_tasks_blocked()
            session.answers.set()
            await wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        return window._opened == ROOM

    assert trio.run(opened) is opens


@pytest.mark.parametrize("meanwhile", [None, Offer("another", "Tom", True, "Sunday")])
def test_an_offer_that_was_looked_up_while_another_was_accepted_stays(meanwhile: Offer | None, tmp_path: Path) -> None:
    async def left() -> Offer | None:
        session, clock = session_in(tmp_path, Slow)
        paper = Paper()
        painter = Painter(paper, AppState(first_run=FirstRun(offer=Offer("a code", "Maya", True, "Sunday"))))
        send, wants = trio.open_memory_channel[object](1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(SignedIn(session, painter, paper, paper, clock).live, wants)
            await send.send(intents.AcceptInvitation("a code", Choice()))
            await wait_all_tasks_blocked()
            if meanwhile is not None:
                painter.change(first_run=FirstRun(offer=meanwhile))
            session.answers.set()
            await wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        return painter.state.first_run.offer

    assert trio.run(left) == meanwhile
