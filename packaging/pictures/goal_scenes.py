"""Every screen of coaching: today, the trainer's list, a client's page, the editor, consents, cards among messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from coachline_desktop.goal_state import GoalForm, GoalsState, TemplateRow, Undone
from coachline_desktop.state import AppState, ConnectionBanner
from coachline_desktop.views.entry_form import EntryForm
from coachline_desktop.views.goal_form import PLACE as EDITOR
from coachline_desktop.views.main_window import MainWindow
from demo.month import TRAINER
from PySide6.QtWidgets import QLineEdit

from pictures import coaching
from pictures.cast import conversation, everybody, items, listed, me, person_id
from pictures.scene import NARROW, WIDE, Scene

TALL, LONG = (1120, 1120), (1120, 2300)
CONNECTED = ConnectionBanner("connected", "")
OFFLINE = ConnectionBanner("reconnecting", "No connection to coach.example.org. You can go on.", 8, True)
HIDDEN = "Not connected for a day: what others share is shown again with the next connection."
FORBIDDEN = "You are not authorised to set goals for this client."
MEANT = ("Done every day", "19 November to 17 December")
NO_NUMBER = "That is not clearly a number."


def state(viewer: str, goals: GoalsState, *, banner: ConnectionBanner = CONNECTED) -> AppState:
    """The viewer's window, with this of coaching."""
    rows = everybody() if viewer == TRAINER else (listed(viewer, viewer, items(viewer)),)
    return AppState(screen="main", me=me(viewer), banner=banner, conversations=rows, goals=goals, loaded=True)


def _goals(window: MainWindow) -> None:
    window.go("goals")


def _then(*acts: Callable[[MainWindow], None]) -> Callable[[MainWindow], None]:
    def act(window: MainWindow) -> None:
        window.go("goals")
        for each in acts:
            each(window)

    return act


def _type(window: MainWindow) -> None:
    """A day's food, one number of which cannot be read."""
    card = next(iter(window.goals.today.cards.values()))
    for field, typed in zip(card.fields.values(), ("1 850", "14o", "180", ""), strict=True):
        field.setText(typed)


def _refuse(window: MainWindow) -> None:
    card = next(iter(window.goals.today.cards.values()))
    window.goals.form_refused(card.place, list(card.fields)[1], NO_NUMBER)


def _new(window: MainWindow) -> None:
    window.goals.new_goal()


def _amounts(window: MainWindow) -> None:
    for line, typed in zip(window.goals.editor.lines, ("2200", "160", "220", "70"), strict=False):
        line.amount.setText(typed)


def _wrong(window: MainWindow) -> None:
    window.goals.editor.lines[1].amount.setText("16o")
    window.goals.form_refused(EDITOR, "terms.targets[1].amount", NO_NUMBER)


def _everybody(window: MainWindow) -> None:
    editor = window.goals.editor
    for person in editor.people.people.values():
        person.option.choose(True)
    next(iter(editor.people.people.values())).fields["energy"].setText("1900")


def _correct(window: MainWindow) -> None:
    """What was entered, being said better in a way that cannot be read."""
    card = next(card for card in window.goals.goal_cards.values() if card.goal.kind == "nutrition")
    card.heads["entries"].setChecked(True)
    form = EntryForm(card.goal, card.goal.entries[0])
    card.begin(form)
    protein = form.inputs["protein"]
    if isinstance(protein, QLineEdit):
        protein.setText("14o")
    window.goals.form_refused(form.place, "protein", NO_NUMBER)


def _template(window: MainWindow) -> None:
    window.goals.editor.template.setCurrentIndex(1)


def _open_lists(window: MainWindow) -> None:
    for card in window.goals.goal_cards.values():
        for head in card.heads.values():
            head.setChecked(True)


def _foot(window: MainWindow) -> None:
    bar = window.goals.verticalScrollBar()
    bar.setValue(bar.maximum())


def todays() -> Iterator[Scene]:
    """What a client is asked today."""
    ben = coaching.goals("Ben")
    yield Scene("today", "full", state("Ben", ben), _goals, TALL)
    bare = replace(ben, today=(), proposals=())
    yield Scene("today", "empty", state("Ben", bare), _goals)
    waiting = tuple(replace(goal, waiting=n == 0) for n, goal in enumerate(ben.today))
    yield Scene("today", "offline", state("Ben", replace(ben, today=waiting), banner=OFFLINE), _goals)
    yield Scene("today", "error", state("Ben", replace(ben, proposals=())), _then(_type, _refuse))
    yield Scene("consent", "full", state("Ben", ben), _then(_foot), (1120, 900))
    yield Scene("today", "narrow", state("Ben", ben), _goals, NARROW)
    yield Scene("agreement", "full", state("Ben", ben), lambda window: window.show_agreement(person_id(TRAINER)))
    yield Scene("agreement", "empty", state("Ben", replace(ben, agreements=())), MainWindow.show_agreement)


def coached() -> Iterator[Scene]:
    """What a trainer sees of clients."""
    maya = coaching.goals(TRAINER)
    yield Scene("clients", "full", state(TRAINER, maya), _goals)
    refused = (Undone(b"deed", person_id("Tom"), "The goal “Sleep by eleven”, for Tom", FORBIDDEN, MEANT),)
    yield Scene("clients", "error", state(TRAINER, replace(maya, undone=refused)), _goals)
    yield Scene("clients", "empty", state(TRAINER, replace(maya, roster=(), settable=(), proposals=())), _goals)
    hidden = tuple(
        replace(row, where="nothing", where_words="Not shown to you", why="", last="", presence="unknown")
        for row in maya.roster
    )
    stale = replace(maya, roster=hidden, settable=(), proposals=(), hidden=HIDDEN)
    yield Scene("clients", "offline", state(TRAINER, stale, banner=OFFLINE), _goals)
    for client, condition, size in (("Ben", "full", LONG), ("Aroha", "off-course", WIDE), ("Tom", "withheld", WIDE)):
        page = state(TRAINER, coaching.goals(TRAINER, opened=client))
        yield Scene("client", condition, page, _goals, size)
    yield Scene("client", "lists", state(TRAINER, coaching.goals(TRAINER, opened="Aroha")), _then(_open_lists), LONG)
    yield Scene("agreement", "trainer", state(TRAINER, maya), lambda window: window.show_agreement(person_id("Ben")))
    mine = state("Ben", coaching.goals("Ben", opened="Ben"))
    yield Scene("client", "mine", mine, _goals, TALL)
    yield Scene("client", "correction", mine, _then(_correct), LONG)


def edited() -> Iterator[Scene]:
    """Setting a goal."""
    one, all_ = (state(TRAINER, coaching.goals(TRAINER, opened=client)) for client in ("Aroha", ""))
    yield Scene("editor", "empty", one, _then(_new), (1120, 900))
    kept = TemplateRow(b"t" * 16, "First weeks of a cut", GoalForm("nutrition"))
    offered = replace(one, goals=replace(one.goals, templates=(kept,)))
    yield Scene("editor", "template", offered, _then(_new, _template), (1120, 900))
    yield Scene("editor", "full", all_, _then(_new, _amounts, _everybody), (1120, 1000))
    yield Scene("editor", "error", one, _then(_new, _amounts, _wrong), (1120, 900))


def carded() -> Iterator[Scene]:
    """Goals and progress among messages."""
    for client, condition, viewer in (
        ("Ben", "full", "Ben"),
        ("Ben", "trainer", TRAINER),
        ("Tom", "withheld", TRAINER),
    ):
        records = coaching.records_of(viewer)
        said = sorted([*items(client)[-4:], *coaching.told(client)], key=lambda item: item.at or 0)
        opened = conversation(viewer, client, said, records=records)
        yield Scene("cards", condition, replace(state(viewer, coaching.goals(viewer)), current=opened))


def goal_scenes() -> tuple[Scene, ...]:
    """All of them."""
    return (*todays(), *coached(), *edited(), *carded())
