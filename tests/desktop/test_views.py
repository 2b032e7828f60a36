"""What each view shows and says: driven by key and pointer, no session behind it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from coachline_desktop import intents
from coachline_desktop.goal_state import Choice
from coachline_desktop.state import AppState, Bubble, ConversationState, FirstRun, Settings
from coachline_desktop.theme import CALM_MS, DARK, LIGHT, Look, Theme
from coachline_desktop.views.conversation_view import ConversationView
from coachline_desktop.views.first_run import CODE, JOIN, SIGN_IN
from coachline_desktop.views.main_window import MainWindow
from demo.month import TRAINER
from pictures.cast import conversation, everybody, items, talk_id
from pictures.render import photograph, settle, stage
from pictures.scenes import scenes
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

SCENES = {scene.name: scene for scene in scenes()}
LONG_TALK = 30


def _window(app: QApplication, scene: str) -> tuple[MainWindow, list[Any]]:
    window = stage(app, SCENES[scene], Theme(LIGHT))
    said: list[Any] = []
    window.intent.connect(said.append)
    return window, said


def test_what_is_refused_is_given_back_where_it_was_written(app: QApplication) -> None:
    window, _ = _window(app, "talk-full")
    composer = window.conversation.composer
    composer.box.setPlainText("hello")
    composer.submit()
    window.refused(talk_id("Tom"), "to another", "Not now.")
    assert (composer.text, composer.refusal.text()) == ("", "")
    window.refused(talk_id("Ben"), "hello", "Not now.")
    assert (composer.text, composer.refusal.text()) == ("hello", "Not now.")


# -- timeline ----------------------------------------------------------------------------------------------


def _bubble(number: int, **more: Any) -> Bubble:
    given: dict[str, Any] = {"mine": False, "author": "Ben Carter", "text": f"Message {number}", "tick": None}
    given |= {"failure": None, "first_in_group": True, "last_in_group": True} | more
    return Bubble(key=b"%d" % number, seq=number, at_ms=number, time="07:00", **given)


def _talk(*entries: Bubble, **more: Any) -> ConversationState:
    return replace(conversation(TRAINER, "Ben", ()), entries=entries, **more)


def _view(qtbot: QtBot, state: ConversationState, *, moves: bool = False) -> tuple[ConversationView, list[Any]]:
    view = ConversationView(Look(Theme(LIGHT), moves=moves))
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.show()
    said: list[Any] = []
    view.intent.connect(said.append)
    view.show_state(state)
    settle(cast(QApplication, QApplication.instance()))
    return view, said


def test_each_message_is_one_accessible_object(app: QApplication) -> None:
    window, _ = _window(app, "talk-error")
    timeline = window.conversation.timeline
    spoken = [timeline.model().index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(3)]
    assert all(spoken)
    interface = QAccessible.queryAccessibleInterface(timeline)
    assert interface is not None
    last = interface.child(timeline.model().rowCount() - 1).text(QAccessible.Text.Name)
    assert last == "You: See you **Thursday**?, Not sent, You are not training together, or not any more."


def test_only_what_changed_is_laid_out_again(qtbot: QtBot) -> None:
    entries = tuple(_bubble(number) for number in range(LONG_TALK))
    view, _ = _view(qtbot, _talk(*entries))
    layouts = view.timeline.itemDelegate().layouts  # type: ignore[attr-defined]
    before = layouts.measured
    read = replace(entries[3], tick="read")
    view.show_state(_talk(*entries[:3], read, *entries[4:], _bubble(LONG_TALK)))
    settle(cast(QApplication, QApplication.instance()))
    assert layouts.measured - before == 2


def test_a_wider_window_measures_nothing_again(qtbot: QtBot) -> None:
    view, _ = _view(qtbot, _talk(*(_bubble(number, mine=bool(number % 2)) for number in range(LONG_TALK))))
    layouts = view.timeline.itemDelegate().layouts  # type: ignore[attr-defined]
    view.resize(900, 480)
    settle(cast(QApplication, QApplication.instance()))
    before = layouts.measured
    view.resize(1400, 480)
    settle(cast(QApplication, QApplication.instance()))
    assert layouts.measured == before


def test_a_state_that_says_the_same_repaints_nothing(qtbot: QtBot) -> None:
    state = _talk(*(_bubble(number) for number in range(LONG_TALK)))
    view, _ = _view(qtbot, state)
    told: list[object] = []
    model = view.timeline.rows
    for signal in (model.dataChanged, model.rowsInserted, model.rowsRemoved, model.modelReset):
        signal.connect(lambda *_: told.append(1))
    view.show_state(replace(state))
    view.show_state(replace(state, subtitle="typing…", typing=True))
    assert told == []


def test_a_link_opens_outside_and_says_its_true_address(qtbot: QtBot) -> None:
    view, said = _view(qtbot, _talk(_bubble(1, text="[map](https://example.org/x)")))
    timeline = view.timeline
    found = [
        point
        for y in range(0, 200, 4)
        for x in range(0, 300, 4)
        if timeline.link_at(point := QPointF(x, y)) == "https://example.org/x"
    ]
    assert found
    QTest.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=found[len(found) // 2].toPoint())
    pressed = [intent for intent in said if not isinstance(intent, intents.Saw)]
    assert pressed == [intents.OpenLink("https://example.org/x")]


def test_a_failed_message_is_retried_or_discarded(qtbot: QtBot) -> None:
    failed = _bubble(1, mine=True, tick="failed", failure="No.")
    view, said = _view(qtbot, _talk(failed))
    timeline = view.timeline
    layout = timeline.itemDelegate().layout_of(failed)  # type: ignore[attr-defined]
    corner = timeline.visualRect(timeline.model().index(0, 0)).topLeft()
    for place in (layout.retry, layout.discard):
        point: QPoint = place.center().toPoint() + corner
        QTest.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=point)
        # A second click so soon may fall on another message, which takes the place of the first.
        QTest.mouseDClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=point)
        QTest.mouseRelease(timeline.viewport(), Qt.MouseButton.LeftButton, pos=point)
    ben = talk_id("Ben")
    pressed = [intent for intent in said if not isinstance(intent, intents.Saw)]
    assert pressed == [intents.RetryMessage(ben, failed.key), intents.DiscardMessage(ben, failed.key)]
    words = [action.text() for action in timeline.menu_for(failed).actions() if action.text()]
    assert words == ["Copy text", "Retry", "Discard"]


def test_new_messages_leave_somebody_who_reads_further_up_where_he_is(qtbot: QtBot) -> None:
    entries = tuple(_bubble(number) for number in range(LONG_TALK))
    view, _ = _view(qtbot, _talk(*entries))
    bar = view.timeline.verticalScrollBar()
    assert bar.value() == bar.maximum()
    assert not view.timeline.jump.isVisible()
    bar.setValue(bar.maximum() // 2)
    at = bar.value()
    view.show_state(_talk(*entries, _bubble(LONG_TALK), unread=1))
    settle(cast(QApplication, QApplication.instance()))
    assert bar.value() == at
    assert view.timeline.jump.isVisible()
    assert view.timeline.jump.text() == "1"
    view.timeline.jump.click()
    assert bar.value() == bar.maximum()


def test_the_way_to_a_near_end_is_seen(qtbot: QtBot) -> None:
    view, _ = _view(qtbot, _talk(*(_bubble(number) for number in range(LONG_TALK))), moves=True)
    timeline = view.timeline
    bar = timeline.verticalScrollBar()
    start = bar.maximum() // 2
    bar.setValue(start)
    timeline.jump.click()
    timeline.glide.setCurrentTime(CALM_MS // 2)
    assert start < bar.value() < bar.maximum()
    timeline.glide.setCurrentTime(CALM_MS)
    assert bar.value() == bar.maximum()
    assert not timeline.jump.isVisible()


def test_the_end_is_followed_by_who_is_there(qtbot: QtBot) -> None:
    entries = tuple(_bubble(number) for number in range(LONG_TALK))
    view, _ = _view(qtbot, _talk(*entries))
    view.show_state(_talk(*entries, _bubble(LONG_TALK)))
    settle(cast(QApplication, QApplication.instance()))
    bar = view.timeline.verticalScrollBar()
    assert bar.value() == bar.maximum()


def test_who_writes_sees_what_he_wrote(app: QApplication) -> None:
    window, _ = _window(app, "talk-scrolled-up")
    bar = window.conversation.timeline.verticalScrollBar()
    assert bar.value() < bar.maximum()
    window.sent(talk_id("Ben"))
    settle(app)
    assert bar.value() == bar.maximum()
    said = items("Ben")
    more = conversation(TRAINER, "Ben", [*said, replace(said[-1], id=b"x" * 16, seq=len(said) + 1)])
    window.show_state(replace(SCENES["talk-scrolled-up"].state, current=more))
    settle(app)
    assert bar.value() == bar.maximum()


def test_older_messages_are_asked_for_once(qtbot: QtBot) -> None:
    entries = tuple(_bubble(number) for number in range(LONG_TALK))
    view, said = _view(qtbot, _talk(*entries, more_above=True))
    bar = view.timeline.verticalScrollBar()
    bar.setValue(0)
    bar.setValue(5)
    bar.setValue(0)
    assert [intent for intent in said if not isinstance(intent, intents.Saw)] == [intents.WantOlder(talk_id("Ben"))]


# -- window ------------------------------------------------------------------------------------------------


def test_a_conversation_is_opened_from_the_list(app: QApplication) -> None:
    window, said = _window(app, "list-full")
    view = window.side.list.view
    place = next(n for n, row in enumerate(everybody()) if row.id == talk_id("Tom"))
    at = view.visualRect(view.model().index(place, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert said == [intents.OpenConversation(talk_id("Tom"))]


def test_the_list_folds_away_where_there_is_no_room(app: QApplication) -> None:
    window, said = _window(app, "narrow-talk")
    assert not window.side.isVisible()
    window.conversation.header.back_button.click()
    assert said == [intents.OpenConversation(None)]
    window.show_state(SCENES["narrow-list"].state)
    assert window.side.isVisible()
    assert not window.conversation.isVisible()
    window.resize(1120, 760)
    window.show_state(SCENES["narrow-talk"].state)
    assert window.side.isVisible()
    assert window.conversation.isVisible()


def test_the_banner_says_what_is_wrong_and_retries(app: QApplication) -> None:
    window, said = _window(app, "talk-offline")
    assert window.banner.isVisible()
    assert window.banner.accessibleName().endswith("Next try in 8 s.")
    window.banner._retry.click()
    assert said == [intents.RetryConnection()]
    window.show_state(SCENES["talk-full"].state)
    assert not window.banner.isVisible()


def test_what_was_typed_survives_news(app: QApplication) -> None:
    window, _ = _window(app, "talk-full")
    window.conversation.composer.box.setPlainText("half a thought")
    state = SCENES["talk-full"].state
    more = conversation(TRAINER, "Ben", [*items("Ben"), replace(items("Ben")[-1], id=b"x" * 16, seq=999)])
    window.show_state(replace(state, current=more))
    assert window.conversation.composer.text == "half a thought"


def test_the_first_screens_say_what_was_entered(app: QApplication) -> None:
    window, said = _window(app, "first-full")
    first = window.first_run
    first.go(SIGN_IN)
    for name, text in (("server", " coach.example.org "), ("handle", "ben"), ("password", " secret words ")):
        first._fields[SIGN_IN][name].line.setText(text)
    first._fields[SIGN_IN]["password"].submitted.emit()
    assert said == [intents.SignIn("coach.example.org", "ben", " secret words ")]
    first.go(CODE)
    window.show_state(SCENES["first-joining"].state)
    assert first._pages.number == JOIN
    first._goes[2].click()
    joined = said[-1]
    assert isinstance(joined, intents.Join)
    assert joined.consent == Choice()


def test_a_problem_without_a_form_is_said_where_it_can_be_mended(app: QApplication) -> None:
    window, _ = _window(app, "first-full")
    window.show_state(AppState(first_run=FirstRun(problem="You were signed out.")))
    assert window.first_run._pages.number == SIGN_IN
    assert window.first_run._general[SIGN_IN].text() == "You were signed out."


def test_the_setting_for_enter_reaches_the_composer(app: QApplication) -> None:
    window, _ = _window(app, "talk-full")
    window.show_state(replace(SCENES["talk-full"].state, settings=Settings(enter_sends=False)))
    assert not window.conversation.composer.enter_sends


def test_somebody_comes_online_and_nothing_else_of_the_page_is_made_anew(app: QApplication) -> None:
    window, _ = _window(app, "people-full")
    window.come_forward()
    state = SCENES["people-full"].state
    first, *others = state.people
    button = _named(window, f"Message {first.name}")
    other = _named(window, f"Message {others[0].name}")
    button.setFocus()
    window.show_state(replace(state, people=(replace(first, presence_words="last seen just now"), *others)))
    settle(app)
    assert _named(window, f"Message {others[0].name}") is other
    assert _named(window, f"Message {first.name}").hasFocus(), "the keyboard stays where it was"


def _named(window: MainWindow, name: str) -> QAbstractButton:
    (found,) = (each for each in window.people.findChildren(QAbstractButton) if each.accessibleName() == name)
    return found


def test_consent_says_what_was_ticked(app: QApplication) -> None:
    window, said = _window(app, "people-accepting")
    choices = window.people._consent
    assert choices is not None
    choices.answers.presence.button.click()
    choices.answers.goals.button.click()
    choices.answers.progress.button.click()
    choices.answers.setting["propose"].button.click()
    window.people._accept_offer()
    assert said[-1].consent == Choice(see_goals=True, set_goals="propose", see_progress=True, see_presence=True)


def test_a_code_that_leads_nowhere_stays_to_be_mended_and_one_that_was_accepted_does_not(app: QApplication) -> None:
    window, _ = _window(app, "people-accepting")
    state = SCENES["people-accepting"].state
    code = window.people._code
    code.line.setText("h4Vt0Qm")
    window.show_state(replace(state, first_run=FirstRun(problem="No such code.", problem_field="code")))
    assert code.text == "h4Vt0Qm"
    window.show_state(state)
    assert state.first_run.offer is not None
    code.line.setText(f" {state.first_run.offer.code} ")
    window.show_state(replace(state, first_run=FirstRun()))
    assert code.text == ""


def test_a_coach_who_runs_the_server_invites_clients_unless_told_otherwise(app: QApplication) -> None:
    window = MainWindow(Look(Theme(LIGHT)))
    said: list[Any] = []
    window.intent.connect(said.append)
    me = SCENES["people-full"].state.me
    assert me is not None
    for state in (AppState(screen="main"), AppState(screen="main", me=replace(me, trainer=True, admin=True))):
        window.show_state(state)
    invite = window.people.invite
    invite.note.line.setText("Somebody")
    invite.note.submitted.emit()
    invite._options["coach"].button.click()
    window.show_state(AppState(screen="main", me=replace(me, admin=True), loaded=True))
    invite.note.submitted.emit()
    window.show_state(AppState(screen="main", me=replace(me, trainer=False, admin=True)))
    invite._options["account"].button.click()
    window.show_state(AppState(screen="main", me=replace(me, trainer=True, admin=False)))
    invite.note.submitted.emit()
    assert [intent.whom for intent in said] == ["client", "coach", "client"]


def test_a_device_is_signed_out(app: QApplication) -> None:
    window, said = _window(app, "devices-full")
    leave = {button.accessibleName(): button for button in window.devices.findChildren(type(window.banner._retry))}
    leave["Sign out Old tablet"].click()
    leave["Sign out Studio laptop"].click()
    assert said == [intents.SignOutDevice(b"d3"), intents.SignOut()]


def test_another_theme_changes_every_ground(app: QApplication) -> None:
    window, _ = _window(app, "talk-full")
    light = photograph(window)
    window.look.use(Theme(DARK))
    settle(app)
    dark = photograph(window)
    for point in (QPoint(160, 500), QPoint(700, 60), QPoint(1000, 735), QPoint(500, 30)):
        assert light.pixelColor(point).lightness() > 150, point
        assert dark.pixelColor(point).lightness() < 100, point


def test_everything_is_painted(app: QApplication) -> None:
    for name in ("talk-full", "people-full", "first-full", "list-empty"):
        image = photograph(stage(app, SCENES[name], Theme(LIGHT)))
        found = {image.pixelColor(x, y).name() for x in range(0, 1120, 7) for y in range(0, 760, 7)}
        assert "#ff00ff" not in found, name


def test_nobody_but_who_looks_has_seen(qtbot: QtBot) -> None:
    view, said = _view(qtbot, _talk())
    view.timeline.isActiveWindow = lambda: False  # type: ignore[method-assign]
    view.show_state(_talk(_bubble(7)))
    view.timeline.tell_seen()
    assert said == []
    view.timeline.isActiveWindow = lambda: True  # type: ignore[method-assign]
    view.timeline.tell_seen()
    view.timeline.tell_seen()
    assert said == [intents.Saw(talk_id("Ben"), 7)]
