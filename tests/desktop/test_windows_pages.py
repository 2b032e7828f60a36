"""People, devices and settings through the real window and a real daemon: each does what it says, and it lasts."""

from __future__ import annotations

import platform
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from coachline_desktop import intents
from coachline_desktop.places import Places
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF, QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton
from support.desktop_people import AtWindow, at_window
from support.process import CLIENT_PASSWORD, serving
from support.windows import MAYA, PASSWORD, TOM, Seated, begin, play, seated

pytestmark = pytest.mark.usefixtures("no_keyring")


# -- people and invitations --------------------------------------------------------------------------------


def test_a_code_of_a_coach_is_made_copied_and_withdrawn(qapp: QApplication, data: Path, maya: Seated) -> None:
    async def scene() -> None:
        async with serving(data) as daemon:
            await maya.sign_in(daemon.port, MAYA, PASSWORD)
            await maya.until_words("No conversations yet")
            code = await maya.invite("Leilani")
            assert "A client of mine" not in maya.words(), "a coach who is no admin has no choice to make"
            await maya.until_words(f"The code {code} was made and copied.")
            assert QGuiApplication.clipboard().text() == code
            assert maya.main.people.invite.note.text == ""
            assert maya.sees("The code as a picture, for a camera")
            await maya.until_words("For Leilani · coaching")
            QGuiApplication.clipboard().clear()
            await maya.click("Copy the code")
            await maya.until(lambda: QGuiApplication.clipboard().text() == code, "the code on the clipboard")
            await maya.click("Revoke")
            await maya.until(lambda: code not in maya.codes(), "no such code any more")
            await maya.until_words("Withdrawn")

    play(qapp, [maya], scene)


def test_an_account_comes_first_and_a_coach_is_accepted_later(
    qapp: QApplication, data: Path, code: str, admin: str, maya: Seated, tom: Seated, tmp_path: Path
) -> None:
    """The admin lets Tom in; Maya's code makes them work together, and Tom says what she may see."""

    async def scene() -> None:
        async with serving(data) as daemon:
            await maya.sign_in(daemon.port, MAYA, PASSWORD)
            async with seated(Seated(qapp, tmp_path / "ada")) as ada:
                await ada.sign_in(daemon.port, admin, PASSWORD)
                await ada.until_words("No conversations yet")
                account = await ada.invite("Tom", "Somebody who trains on this server, with whomever")
                await ada.until_words("For Tom · an account")
                assert "A client of mine" not in ada.words(), "who is no coach has no clients"
            await tom.join(daemon.port, account, "Tom", TOM, CLIENT_PASSWORD)
            await tom.click("Enter a code")
            await tom.until_words("Nobody here yet")

            await tom.fill("The code you were given", code)
            await tom.click("Look at the invitation")
            await tom.until_words("What may Maya do?")
            await tom.fill("The code you were given", "something else meanwhile")
            await tom.click("See when I am online")
            await tom.click("Accept Maya as my coach")
            await tom.until_words("You train with Maya now.")
            await tom.until(lambda: "Message Maya" in tom.names(), "a way to write to Maya")

            await maya.click("People")
            await maya.until_words("You coach since")
            await maya.until(lambda: "online" in maya.words(), "Tom, who lets her see that he is online")
            await maya.until_words("Accepted by Tom")

    play(qapp, [maya, tom], scene)


def test_a_code_that_leads_nowhere_is_said_at_its_field(qapp: QApplication, data: Path, code: str, tom: Seated) -> None:
    async def scene() -> None:
        async with serving(data) as daemon:
            await tom.join(daemon.port, code, "Tom", TOM, CLIENT_PASSWORD)
            await tom.click("People")
            await tom.fill("The code you were given", "NOSUCHCODE")
            await tom.click("Look at the invitation")
            await tom.until_words("That does not exist, or not any more.")
            field = next(line for line in tom.main.people.findChildren(QLineEdit) if line.text() == "NOSUCHCODE")
            assert field.accessibleDescription() == "That does not exist, or not any more."

    play(qapp, [tom], scene)


def test_a_coach_is_let_in_and_can_invite(
    qapp: QApplication, data: Path, admin: str, maya: Seated, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with serving(data) as daemon:
            async with seated(Seated(qapp, tmp_path / "ada")) as ada:
                await ada.sign_in(daemon.port, admin, PASSWORD)
                await ada.until_words("No conversations yet")
                code = await ada.invite("Zoe", "A coach on this server")
            await maya.join(daemon.port, code, "Zoe", "zoe@example.org", CLIENT_PASSWORD)
            await maya.until_words("No conversations yet")
            await maya.come_forward()
            await maya.click("Invite a client")
            way_in = maya.main.people.invite.note.line
            await maya.until(lambda: maya.main.focusWidget() is way_in, "the way to invite somebody")

    play(qapp, [maya], scene)


# -- devices -----------------------------------------------------------------------------------------------


def holding(folder: Path, words: bytes) -> list[Path]:
    """The files in which these words still stand."""
    return [path for path in folder.iterdir() if words in path.read_bytes()]


def test_a_device_signed_out_from_afar_shows_nothing_of_what_it_had(
    qapp: QApplication, data: Path, code: str, tom: Seated, tmp_path: Path
) -> None:
    phone = Seated(qapp, tmp_path / "phone")

    async def scene() -> None:
        async with serving(data) as daemon:
            await begin(tom, daemon.port, code)
            await tom.type("Between us")
            tom.enter()
            await phone.sign_in(daemon.port, TOM, CLIENT_PASSWORD)
            await phone.open("Maya")
            await phone.until_bubble("Between us", "sent")

            await tom.press(Qt.Key.Key_3)
            await tom.until(lambda: len(leaving(tom)) == 2, "two devices")
            assert tom.words().count("This device") == 1
            leaving(tom)[1].click()
            await phone.until_words("This device was signed out from another one. Everything kept here was removed.")
            seen = " ".join(phone.words())
            assert "Between us" not in seen
            assert "Maya" not in seen
            assert phone.main.windowTitle() == "Coachline"
            account = Places(tmp_path / "phone").load()
            assert account is not None
            await phone.until(lambda: not holding(tmp_path / "phone", b"Between us"), "nothing of it on the disk")
            await tom.until(lambda: len(leaving(tom)) == 1, "one device")

    play(qapp, [tom, phone], scene)


def leaving(who: Seated) -> list[QPushButton]:
    """The buttons that sign a device out, this one's first."""
    buttons = who.main.devices.findChildren(QPushButton)
    return [found for found in buttons if found.isVisible() and f"Sign out {platform.node()}" == found.accessibleName()]


# -- settings ----------------------------------------------------------------------------------------------


@asynccontextmanager
async def sitting_with_tom(
    qapp: QApplication, port: int, code: str, folder: Path
) -> AsyncIterator[tuple[Seated, AtWindow]]:
    """Maya at a window, with Tom as a client, who is at none."""
    async with at_window(folder / "tom") as tom, seated(Seated(qapp, folder / "maya")) as maya:
        await tom.join(port, code, TOM, CLIENT_PASSWORD)
        await maya.sign_in(port, MAYA, PASSWORD)
        yield maya, tom


def test_how_it_looks_changes_at_once_and_stays_after_a_restart(qapp: QApplication, data: Path, tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(data) as daemon:
            async with seated(Seated(qapp, tmp_path / "maya")) as maya:
                await maya.sign_in(daemon.port, MAYA, PASSWORD)
                await maya.until_words("No conversations yet")
                await maya.press(Qt.Key.Key_4)
                await maya.click("Light, like paper")
                await maya.until(lambda: not maya.main.look.theme.dark, "light")
                await maya.click("Dark, like the evening")
                await maya.until(lambda: maya.main.look.theme.dark, "dark")
                before = letters(maya)
                await maya.click("150 %")
                await maya.until(lambda: letters(maya) > 1.4 * before, "larger letters")
                await maya.press(Qt.Key.Key_Minus)
                await maya.until(lambda: before < letters(maya) < 1.3 * before, "somewhat smaller letters")
                maya.main.resize(700, 600)  # the off-screen platform's screen is 800 wide
            async with seated(Seated(qapp, tmp_path / "maya")) as maya:
                assert maya.main.look.theme.dark, "before anything is read from the disk"
                assert letters(maya) > before
                assert (maya.main.width(), maya.main.height()) == (700, 600)
                await maya.until_words("No conversations yet")
                await maya.press(Qt.Key.Key_4)
                assert chosen(maya) >= {"Dark, like the evening", "125 %", "Only who writes"}

    play(qapp, [], scene)


def letters(who: Seated) -> float:
    """How high the letters of the settings are, in pixels."""
    return QFontMetricsF(who.main.settings.secrets.font()).height()


def chosen(who: Seated) -> set[str]:
    """What is ticked on the page that is shown."""
    return {name for name, button in who.buttons().items() if button.isChecked()}


def tells(who: Seated) -> bool:
    """Whether others are told what somebody has read, as the server knows it."""
    return who.state.me is None or who.state.me.receipts


def test_what_a_notification_says_is_what_was_chosen(qapp: QApplication, data: Path, code: str, tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(data) as daemon, sitting_with_tom(qapp, daemon.port, code, tmp_path) as (maya, tom):
            conversation = await tom.write_to("Maya")

            async def says(text: str) -> None:
                tom.want(intents.Send(conversation, text))
                await maya.until(lambda: maya.preview("Tom") == text, f"{text} in the list")

            await maya.until(lambda: "Tom" in maya.titles(), "Tom in the list")
            await maya.press(Qt.Key.Key_4)
            await says("One")
            await maya.until_words("Tom: New message")
            await maya.click("Who writes, and what")
            await maya.until(lambda: maya.state.settings.alerts == "text", "the choice")
            await says("Two")
            await maya.until_words("Tom: Two")
            await maya.click("None")
            await maya.until(lambda: maya.state.settings.alerts == "off", "the choice")
            await maya.press(Qt.Key.Key_D)
            await maya.until(lambda: not any("Tom:" in words for words in maya.words()), "no notice")
            await says("Three")
            assert not any("Tom:" in words for words in maya.words())

    play(qapp, [], scene)


def test_receipts_and_what_enter_does(qapp: QApplication, data: Path, code: str, tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(data) as daemon:
            async with sitting_with_tom(qapp, daemon.port, code, tmp_path) as (maya, tom):
                await maya.until_words("No conversations yet")
                conversation = await tom.write_to("Maya")
                await maya.press(Qt.Key.Key_4)
                await maya.click("Tell others when I have read their messages")
                await maya.until(lambda: not tells(maya), "others told nothing")
                await tom.paper.until(lambda state: state.people)
                tom.want(intents.Send(conversation, "Secretly read"))
                await maya.open("Tom")
                await maya.until(lambda: maya.main.shows(conversation), "the conversation before her eyes")
                await maya.until(lambda: not maya.main.side.list.model.rows[0].unread, "nothing unread")
                await tom.until_bubble("Secretly read", "delivered")
                await maya.press(Qt.Key.Key_4)
                await maya.click("Enter sends, Shift+Enter breaks the line")
                await maya.until(lambda: not maya.main.conversation.composer.enter_sends, "another meaning of Enter")
                await maya.press(Qt.Key.Key_1)
                await maya.type("One line")
                maya.enter()
                assert maya.main.conversation.composer.text == "One line\n"
                assert maya.bubbles() == [("Secretly read", None)]
                await maya.press(Qt.Key.Key_4)
                await maya.click("Tell others when I have read their messages")
                await maya.until(lambda: tells(maya), "others told again")
                tom.want(intents.Send(conversation, "Openly read"))
                await maya.press(Qt.Key.Key_1)
                await tom.until_bubble("Openly read", "read")
            async with seated(Seated(qapp, tmp_path / "maya")) as maya:
                await maya.open("Tom")
                assert maya.main.conversation.composer.text == "One line\n"
                assert not maya.main.conversation.composer.enter_sends

    play(qapp, [], scene)


def test_about_says_what_it_is_and_where_the_sign_in_lies(qapp: QApplication, data: Path, maya: Seated) -> None:
    async def scene() -> None:
        async with serving(data) as daemon:
            await maya.sign_in(daemon.port, MAYA, PASSWORD)
            await maya.until_words("No conversations yet")
            await maya.press(Qt.Key.Key_4)
            await maya.until_words(
                "This computer has no keyring: your sign-in is kept in a file that only you can read."
            )
            QGuiApplication.clipboard().clear()
            await maya.click("Copy diagnostics")
            await maya.until(lambda: "coachline test" in QGuiApplication.clipboard().text(), "diagnostics")
            told = QGuiApplication.clipboard().text()
            assert "Maya" not in told
            assert MAYA not in told
            await maya.click("Sign out")
            await maya.until(lambda: maya.main.first_run.isVisible(), "the first screens")
            servers = [line.text() for line in maya.main.findChildren(QLineEdit) if line.accessibleName() == "Server"]
            assert f"127.0.0.1:{daemon.port}" in servers

    play(qapp, [maya], scene)
