"""Every screen of the window, each as the state it shows and what is done to it before its picture is taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from coachline_core.domain.timeline import Item
from coachline_desktop import goal_words
from coachline_desktop.state import (
    AppState,
    ConnectionBanner,
    ConversationState,
    DeviceRow,
    FirstRun,
    InvitationRow,
    Notice,
    Offer,
    PersonRow,
)
from coachline_desktop.views.code_picture import CODE_EXAMPLE
from coachline_desktop.views.first_run import CODE, HOST, SIGN_IN
from coachline_desktop.views.main_window import MainWindow
from coachline_protocol.codes import Refusal, RefusalCode
from demo.month import CLIENTS, TRAINER
from PySide6.QtWidgets import QApplication

from pictures.cast import NAMES, PRESENCES, conversation, everybody, items, listed, me, person_id, talk_id
from pictures.goal_scenes import goal_scenes
from pictures.scene import HUGE, NARROW, Act, Scene

SERVER = "coach.example.org"
CONNECTED = ConnectionBanner("connected", "")
OFFLINE = ConnectionBanner("reconnecting", f"No connection to {SERVER}. You can go on reading and writing.", 8, True)
CONNECTING = ConnectionBanner("connecting", f"Connecting to {SERVER}…")
STYLED = """This week, **three runs**:
- Tuesday: *easy*, 25 min
- Thursday: hills, `6 × 60 s`
- Saturday: park, see [the route](https://example.org/park)
```
knee > 3/10: stop
knee < 2/10: go on
```
Questions to maya@example.org"""
ENDED = "This coaching has ended. You can read what was said, and write no more."
TOO_FAST = "Too fast. Try again in 4 s; the text stays here."
UNKEPT = "The sign-in is kept in a file only you can read: this system has no keyring."


def _talk(said: list[Item]) -> ConversationState:
    return conversation(TRAINER, "Ben", said)


def full() -> AppState:
    """Maya's window in the evening."""
    return AppState(
        screen="main",
        me=me(TRAINER),
        banner=CONNECTED,
        conversations=everybody(),
        current=_talk(items("Ben")),
        people=_people(),
        invitations=_invitations(),
        devices=_devices(),
        loaded=True,
    )


def _people() -> tuple[PersonRow, ...]:
    rows = []
    for who, (presence, words) in ((me(client), PRESENCES[client]) for client in CLIENTS):
        relation = "Your client since 20 October"
        agreed = goal_words.agreement(who.name, mine=False)
        named = (who.id, who.name, who.handle, who.initials, who.hue)
        rows.append(PersonRow(*named, presence, words, relation, True, agreed))
    return tuple(rows)


def _invitations() -> tuple[InvitationRow, ...]:
    return (
        InvitationRow(b"i1", CODE_EXAMPLE, "coaching", "Leilani", "Open until 25 November", True),
        InvitationRow(b"i2", "", "coaching", "Tom", "Accepted by Tom Okafor", False),
    )


def _devices() -> tuple[DeviceRow, ...]:
    return (
        DeviceRow(b"d1", "Studio laptop", "now", True, True),
        DeviceRow(b"d2", "Maya’s phone", "Online now", True, False),
        DeviceRow(b"d3", "Old tablet", "Last used 3 October", False, False),
    )


def _cut_off(state: AppState) -> AppState:
    """The same without a connection: nobody's presence is known then."""
    rows = tuple(replace(row, presence="unknown") for row in state.conversations)
    people = tuple(replace(row, presence="unknown", presence_words="") for row in state.people)
    current = replace(state.current, presence="unknown", subtitle="") if state.current else None
    return replace(state, banner=OFFLINE, conversations=rows, people=people, current=current, devices=None)


def _page(place: str) -> Act:
    return lambda window: window.go(place)


def _foot(place: str) -> Act:
    """The same, scrolled to its end."""

    def act(window: MainWindow) -> None:
        window.go(place)
        QApplication.processEvents()
        bar = getattr(window, place).verticalScrollBar()
        bar.setValue(bar.maximum())

    return act


def _turn(page: int) -> Act:
    return lambda window: window.first_run.go(page)


def _type(text: str, *, send: bool = True, refusal: str = "") -> Act:
    def act(window: MainWindow) -> None:
        window.conversation.composer.box.setPlainText(text)
        if send:
            window.conversation.composer.submit()
        if refusal:
            window.refused(talk_id("Ben"), text, refusal)

    return act


def _scroll_up(window: MainWindow) -> None:
    window.conversation.timeline.verticalScrollBar().setValue(900)


def talks() -> Iterator[Scene]:
    """The timeline."""
    state, said = full(), items("Ben")
    yield Scene("talk", "full", state)
    typing = tuple(replace(row, typing=row.title.startswith("Ben")) for row in state.conversations)
    new = conversation(TRAINER, "Ben", said, new_after=len(said) - 3, typing=True)
    yield Scene("talk", "new", replace(state, conversations=typing, current=new))
    nobody = listed(TRAINER, "Tom", ())
    yield Scene("talk", "empty", replace(state, conversations=(nobody,), current=conversation(TRAINER, "Tom", ())))
    mine = replace(said[-1], author=person_id(TRAINER))
    waiting = replace(
        mine, id=b"q" * 16, state="queued", seq=None, at=None, text="On my way. Knee first, stairs later."
    )
    yield Scene("talk", "offline", _cut_off(replace(state, current=_talk([*said, waiting]))))
    refusal = Refusal(code=RefusalCode.NO_RELATIONSHIP)
    failed = replace(waiting, id=b"f" * 16, state="failed", refusal=refusal, text="See you **Thursday**?")
    notice = Notice(b"n", "Maya’s phone was signed out.", "info")
    toast = Notice(b"t", "Aroha Ngata: Can we start with the neighbours", "info", talk_id("Aroha"))
    looking = replace(_talk(said), subtitle="online · is looking at this conversation")
    yield Scene("talk", "toast", replace(state, notices=(toast,), current=looking))
    yield Scene("talk", "error", replace(state, notices=(notice,), current=_talk([*said, failed])))
    styled = replace(mine, id=b"s" * 16, text=STYLED)
    yield Scene("talk", "markdown", replace(state, current=_talk([*said, styled])))
    away = replace(_talk(said), unread=4)
    yield Scene("talk", "scrolled-up", replace(state, current=away), _scroll_up)
    closed = replace(_talk(said), can_write=False, read_only=ENDED)
    yield Scene("composer", "read-only", replace(state, current=closed))
    yield Scene("composer", "long", state, _type("A long plan. " * 360, send=False))
    yield Scene("composer", "too-long", state, _type("A long plan. " * 400))
    lines = "\n".join(f"Line {number}" for number in range(1, 7))
    yield Scene("composer", "lines", state, _type(lines, refusal=TOO_FAST))
    yield Scene("huge", "talk", state, size=HUGE)


def lists() -> Iterator[Scene]:
    """The list, and windows with room for one column."""
    state = full()
    alone = replace(state, current=None)
    yield Scene("list", "full", alone)
    yield Scene("list", "empty", replace(alone, conversations=(), people=()))
    yield Scene("list", "first-line", replace(alone, conversations=()))
    yield Scene("list", "offline", _cut_off(alone))
    yield Scene("list", "loading", replace(alone, conversations=(), loaded=False, banner=CONNECTING))
    yield Scene("narrow", "talk", state, size=NARROW)
    yield Scene("narrow", "list", alone, size=NARROW)
    yield Scene("narrow", "people", state, _page("people"), NARROW)
    yield Scene("narrow", "offline", _cut_off(state), size=NARROW)


def pages() -> Iterator[Scene]:
    """People, devices, settings."""
    state = full()
    bare = replace(state, people=(), invitations=(), devices=None)
    yield Scene("people", "full", state, _page("people"))
    yield Scene("people", "code", state, _foot("people"))
    admin = replace(me(TRAINER), admin=True)
    yield Scene("people", "admin", replace(bare, me=admin), _page("people"))
    yield Scene("people", "empty", bare, _page("people"))
    yield Scene("people", "offline", _cut_off(state), _page("people"))
    coach = me(TRAINER)
    relation = "Your coach since 20 October"
    agreed = goal_words.agreement(coach.name, mine=True)
    named = (coach.id, coach.name, coach.handle, coach.initials, coach.hue)
    row = PersonRow(*named, "online", "online", relation, True, agreed)
    client = replace(
        state,
        me=me("Ben"),
        people=(row,),
        invitations=(),
        current=None,
        conversations=(listed("Ben", "Ben", items("Ben")),),
        first_run=FirstRun(offer=Offer(CODE_EXAMPLE, coach.name, True, "25 November")),
    )
    yield Scene("people", "accepting", client, _page("people"))
    wrong = FirstRun(problem="This code was used already. Ask for a new one.", problem_field="code")
    yield Scene("people", "error", replace(client, first_run=wrong), _page("people"))
    yield Scene("devices", "full", state, _page("devices"))
    yield Scene("devices", "offline", _cut_off(bare), _page("devices"))
    yield Scene("settings", "full", replace(state, secrets_notice=UNKEPT), _page("settings"))
    yield Scene("settings", "foot", replace(state, secrets_notice=UNKEPT), _foot("settings"))
    yield Scene("settings", "offline", _cut_off(state), _page("settings"))


def firsts() -> Iterator[Scene]:
    """Before somebody is signed in."""
    start = AppState(first_run=FirstRun(can_host=True))
    yield Scene("first", "full", start)
    yield Scene("first", "narrow", start, size=NARROW)
    yield Scene("first", "code", start, _turn(CODE))
    yield Scene("first", "host", start, _turn(HOST))
    busy = replace(start, first_run=FirstRun(server=SERVER, busy=f"Connecting to {SERVER}…"))
    yield Scene("first", "offline", busy, _turn(SIGN_IN))
    wrong = FirstRun(SERVER, problem="This password is not right.", problem_field="password")
    yield Scene("first", "error", replace(start, first_run=wrong), _turn(SIGN_IN))
    offer = FirstRun(offer=Offer(CODE_EXAMPLE, NAMES[TRAINER], True, "25 November"))
    yield Scene("first", "joining", replace(start, first_run=offer), size=(1120, 1000))


def scenes() -> tuple[Scene, ...]:
    """All of them."""
    return (*talks(), *lists(), *pages(), *goal_scenes(), *firsts())
