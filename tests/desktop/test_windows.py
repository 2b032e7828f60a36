"""Two people at two windows and a real daemon: what a person can see of the plays, driven through the widgets."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from coachline_desktop import intents
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from support.process import GIVE_UP_SECONDS, serving
from support.tunnel import tunnel
from support.windows import MAYA, PASSWORD, Seated, begin, play

pytestmark = pytest.mark.usefixtures("no_keyring")


def test_sign_in_list_open_type_send_and_read(
    qapp: QApplication, data: Path, code: str, maya: Seated, tom: Seated
) -> None:
    async def scene() -> None:
        async with serving(data) as daemon:
            await maya.sign_in(daemon.port, MAYA, PASSWORD)
            await begin(tom, daemon.port, code)
            await tom.type("Good morning!")
            tom.enter()
            await tom.until_bubble("Good morning!", "delivered")
            assert tom.main.conversation.composer.text == ""
            await maya.come_forward()
            await maya.open("Tom")
            await maya.until_bubble("Good morning!", None)
            await tom.until_bubble("Good morning!", "read")
            await maya.type("Slept well?")
            await tom.until_words("Maya is typing…")
            maya.enter()
            await tom.until_bubble("Slept well?", None)

    play(qapp, [maya, tom], scene)


def test_cut_write_and_heal(qapp: QApplication, data: Path, code: str, tom: Seated) -> None:
    async def scene() -> None:
        async with serving(data) as daemon:
            await begin(tom, daemon.port, code)
            daemon.process.send_signal(signal.SIGKILL)
            await daemon.process.wait()
        await tom.until_words("The server cannot be reached.")
        await tom.type("On the train")
        tom.enter()
        await tom.until_bubble("On the train", "queued")
        async with serving(data, "--port", str(daemon.port)):
            await tom.press(Qt.Key.Key_R)
            await tom.until_bubble("On the train", "sent")
            await tom.until(lambda: not tom.main.banner.isVisible(), "no banner")

    play(qapp, [tom], scene)


def test_a_wrong_password_is_said_and_the_form_stays(qapp: QApplication, data: Path, maya: Seated) -> None:
    async def scene() -> None:
        async with serving(data) as daemon:
            await maya.sign_in(daemon.port, MAYA, "not this one")
            await maya.until_words("That name and password do not belong together.")
            await maya.fill("Password", PASSWORD)
            await maya.click("Sign in")
            await maya.until_words("No conversations yet")

    play(qapp, [maya], scene)


def test_signed_out_from_another_device(qapp: QApplication, data: Path, maya: Seated, tmp_path: Path) -> None:
    other = Seated(qapp, tmp_path / "other")

    async def scene() -> None:
        async with serving(data) as daemon:
            for window in (maya, other):
                await window.sign_in(daemon.port, MAYA, PASSWORD)
                await window.until_words("No conversations yet")
            await maya.press(Qt.Key.Key_3)
            await maya.click(f"Sign out {platform.node()}", nth=1)
            await other.until_words("This device was signed out from another one.")

    play(qapp, [maya, other], scene)


def test_too_long_stays_in_the_composer(qapp: QApplication, data: Path, code: str, tom: Seated) -> None:
    async def scene() -> None:
        async with serving(data) as daemon:
            await begin(tom, daemon.port, code)
            box = tom.main.conversation.composer.box
            box.setPlainText("y" * 5001)
            tom.enter()
            await tom.until_words("Too long")
            assert len(tom.main.conversation.composer.text) == 5001
            box.clear()
            await tom.type("Short")
            tom.enter()
            await tom.until_bubble("Short", "sent")
            assert [text for text, _ in tom.bubbles()] == ["Short"]

    play(qapp, [tom], scene)


def test_a_message_is_sent_once_and_what_is_written_behind_it_stays(
    qapp: QApplication, data: Path, code: str, tom: Seated
) -> None:
    """Return bounces, and its writer is faster than the disk."""

    async def scene() -> None:
        async with serving(data) as daemon:
            await begin(tom, daemon.port, code)
            composer = tom.main.conversation.composer
            await tom.type("One")
            tom.enter()
            tom.enter()
            QTest.keyClicks(composer.box, "Tw")
            await tom.until_bubble("One", "sent")
            QTest.keyClicks(composer.box, "o")
            tom.enter()
            await tom.until_bubble("Two", "sent")
            assert [text for text, _ in tom.bubbles()] == ["One", "Two"]
            assert composer.text == ""

    play(qapp, [tom], scene)


def test_what_the_server_refused_says_why_and_can_be_tried_again_or_dropped(
    qapp: QApplication, data: Path, code: str, tom: Seated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client whose own rules are laxer than the server's: what it queues is refused for good."""
    monkeypatch.setattr("coachline_core.domain.text.normalise_text", lambda text: text)
    text = "y" * 5001

    async def scene() -> None:
        async with serving(data) as daemon:
            await begin(tom, daemon.port, code)
            told: list[object] = []
            tom.window.wants.connect(told.append)
            await tom.type("y")
            tom.enter()
            await tom.until_bubble("y", "sent")
            (conversation,) = {want.conversation for want in told if isinstance(want, intents.Send)}
            tom.window.wants.emit(intents.Send(conversation, text))
            await tom.until_bubble(text, "failed")
            await tom.until_words("A message was not sent: Too long: 5001 characters, and 5000 are allowed.")
            await tom.press(Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
            (retry,) = [want for want in told if isinstance(want, intents.RetryMessage)]

            def gone() -> bool:
                """Dropped; what is on its way just now cannot be, so it is said until it can."""
                tom.window.wants.emit(intents.DiscardMessage(retry.conversation, retry.message))
                return tom.bubbles() == [("y", "sent")]

            await tom.until(gone, "the message gone")

    play(qapp, [tom], scene)


def test_what_an_end_refused_arrives_once_they_have_begun_anew(
    qapp: QApplication, data: Path, code: str, maya: Seated, tom: Seated
) -> None:
    """The coaching ends while Tom is in a tunnel with something to say; a new invitation, and Retry gets it through."""
    ended = "This conversation has ended: you can read it, but not write in it."

    async def scene() -> None:
        async with serving(data) as daemon, tunnel(daemon.port) as way:
            await maya.sign_in(daemon.port, MAYA, PASSWORD)
            await begin(tom, way.port, code)
            await maya.until(lambda: "Tom" in maya.titles(), "Tom in the list")
            way.shut()
            await tom.type("See you on Thursday")
            tom.enter()
            await tom.until_bubble("See you on Thursday", "queued")

            await maya.press(Qt.Key.Key_5)
            await maya.click_row("Tom")
            await maya.click("End the coaching…")
            await maya.click("End the coaching")
            await maya.until(lambda: not maya.says("End the coaching"), "no coaching to end")
            way.open()
            await tom.press(Qt.Key.Key_R)
            await tom.until_bubble("See you on Thursday", "failed")
            await tom.until_spoken("You: See you on Thursday", "Not sent", ended)
            await tom.until_words(f"A message was not sent: {ended}")
            await tom.until_words("The coaching ended")

            await tom.accept(await maya.invite("Tom"), "Maya")
            await tom.press(Qt.Key.Key_1)
            await tom.until_words("the conversation goes on")
            await tom.retry("See you on Thursday")
            await tom.until_bubble("See you on Thursday", "delivered")
            await maya.come_forward()
            await maya.open("Tom")
            await maya.until_bubble("See you on Thursday", None)
            await tom.until_bubble("See you on Thursday", "read")

    play(qapp, [maya, tom], scene)


def test_the_program_as_a_process_ends_in_order(tmp_path: Path) -> None:
    """Started as anybody starts it, ended by its terminal: the folder is free again, and no word was said."""
    environment = {**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    command = [sys.executable, "-W", "error", "-m", "coachline_desktop", "--data", str(tmp_path / "data")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        door = tmp_path / "data" / "window.lock"
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while not door.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        again = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=GIVE_UP_SECONDS)
        assert (again.returncode, again.stdout, again.stderr) == (0, "", "")  # the first one was told
        process.terminate()
        said, complained = process.communicate(timeout=GIVE_UP_SECONDS)
    finally:
        process.kill()
    of_itself = [line for line in complained.splitlines() if not line.startswith("This plugin does not support")]
    assert (process.returncode, said, of_itself) == (0, "", [])
    assert not door.exists()
