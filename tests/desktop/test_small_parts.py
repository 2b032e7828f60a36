"""What lies around the window: files, the keyring, the settings, the door for a second start, the shortcuts."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.errors
import pytest
from coachline_core.client import FileSecrets, ServerAddress
from coachline_desktop import desk, keeping
from coachline_desktop.actions import ACTIONS
from coachline_desktop.desk import Preferences, QtDesk
from coachline_desktop.intents import OpenConversation, RetryConnection, RetryMessage
from coachline_desktop.places import Account, Places, parse_server, written
from coachline_desktop.single import Single
from coachline_desktop.state import AppState, Bubble, ConnectionBanner, ConversationRow, ConversationState, Settings
from keyring.backend import KeyringBackend
from PySide6.QtCore import QUrl
from PySide6.QtGui import QIcon, QKeySequence
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

HERE = Account("127.0.0.1", 8440, False, "maya@example.org")

# -- places ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("chat.example", ServerAddress("chat.example", 8440, True)),
        (" chat.example:9000 ", ServerAddress("chat.example", 9000, True)),
        ("127.0.0.1:9000", ServerAddress("127.0.0.1", 9000, False)),
        ("localhost", ServerAddress("localhost", 8440, False)),
        ("[::1]:9000", ServerAddress("::1", 9000, False)),
        ("::1", ServerAddress("::1", 8440, False)),
        ("192.168.1.4", ServerAddress("192.168.1.4", 8440, True)),
        ("", None),
        ("a b", None),
        ("https://chat.example", None),
        ("chat.example:99999", None),
        ("chat.example:x", None),
        ("[::1", None),
        ("[::1]9", None),
    ],
)
def test_an_address_as_people_write_it(text: str, server: ServerAddress | None) -> None:
    assert parse_server(text) == server
    if server is not None:
        assert parse_server(written(server)) == server


def test_accounts_have_files_of_their_own(tmp_path: Path) -> None:
    places = Places(tmp_path / "data")
    assert stat.S_IMODE(places.folder.stat().st_mode) == 0o700
    same, other = Account("127.0.0.1", 8440, False, " Maya@example.org"), Account("127.0.0.1", 8441, False, HERE.handle)
    assert places.cache(HERE) == places.cache(same) != places.cache(other)
    assert places.token(HERE) != places.token(other)
    hosted = Account("127.0.0.1", 1, False, "maya", hosted=True)
    assert places.cache(hosted) == places.cache(Account("127.0.0.1", 2, False, "maya", hosted=True))


def test_who_was_here_last_is_remembered(tmp_path: Path) -> None:
    places = Places(tmp_path)
    assert places.load() is None
    places.keep(HERE)
    assert Places(tmp_path).load() == HERE
    (tmp_path / "account.json").write_text("{")
    assert places.load() is None


# -- the keyring -------------------------------------------------------------------------------------------


class Ring(KeyringBackend):
    """A keyring in memory that can break."""

    priority = 1

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = False

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._check()
        if self.kept.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError

    def _check(self) -> None:
        if self.broken:
            raise keyring.errors.KeyringLocked


@pytest.fixture
def ring() -> Iterator[Ring]:
    ring = Ring()
    before = keyring.get_keyring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


def test_the_token_is_in_the_keyring_and_in_no_file(ring: Ring, tmp_path: Path) -> None:
    assert keeping.keyring_works()
    assert ring.kept == {}
    secrets = keeping.secrets_for(HERE, Places(tmp_path), keyring_there=True)
    assert secrets.load() is None
    secrets.keep(b"\x00token")
    assert secrets.load() == b"\x00token"
    assert list(tmp_path.iterdir()) == []
    secrets.forget()
    assert (secrets.load(), ring.kept) == (None, {})
    secrets.forget()


def test_what_the_keyring_will_not_take_is_in_a_file_until_it_does(ring: Ring, tmp_path: Path) -> None:
    places = Places(tmp_path)
    secrets = keeping.secrets_for(HERE, places, keyring_there=True)
    ring.broken = True
    assert not keeping.keyring_works()
    secrets.keep(b"token")
    assert stat.S_IMODE(places.token(HERE).stat().st_mode) == 0o600
    assert secrets.load() == b"token"
    ring.broken = False
    assert secrets.load() == b"token"
    secrets.keep(b"later")
    assert not places.token(HERE).exists()
    assert secrets.load() == b"later"


def test_without_a_keyring_there_is_a_file(tmp_path: Path) -> None:
    assert isinstance(keeping.secrets_for(HERE, Places(tmp_path), keyring_there=False), FileSecrets)


# -- the desktop around ------------------------------------------------------------------------------------


def test_settings_and_the_windows_place_outlive_the_program(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "preferences.ini"
    first, window = Preferences(file), QWidget()
    qtbot.addWidget(window)
    assert first.load() == Settings()
    first.keep(Settings("dark", "off", enter_sends=False, text_percent=150))
    window.setGeometry(40, 30, 500, 400)
    first.keep_place(window)
    later, other = Preferences(file), QWidget()
    qtbot.addWidget(other)
    assert later.load() == Settings("dark", "off", enter_sends=False, text_percent=150)
    later.place(other)
    assert other.size() == window.size()


def test_a_word_that_is_no_setting_is_none(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "preferences.ini"
    file.write_text("[General]\nappearance=purple\nalerts=\ngeometry=7\ntext_percent=7000\n", encoding="utf-8")
    assert Preferences(file).load() == Settings()
    window = QWidget()
    qtbot.addWidget(window)
    Preferences(file).place(window)


def test_only_safe_addresses_are_opened_outside(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    class Services:
        @staticmethod
        def openUrl(url: QUrl) -> None:
            opened.append(url.toString())

    monkeypatch.setattr(desk, "QDesktopServices", Services)
    around = QtDesk(Preferences(tmp_path / "preferences.ini"), QIcon(), "test")
    safe = ["https://example.org/a", "http://example.org", "mailto:a@example.org"]
    for address in (*safe, "file:///etc/passwd", "javascript:alert(1)", "smb://x", "", "https://exa mple"):
        around.open_link(address)
    assert opened == safe
    assert around.device_name()
    assert "coachline test" in around.diagnostics()


def test_a_second_start_knocks_and_ends(qtbot: QtBot, tmp_path: Path) -> None:
    first, second = Single(tmp_path), Single(tmp_path)
    assert first.claim()
    with qtbot.waitSignal(first.knocked):
        assert not second.claim()
    first.release()
    assert second.claim()
    second.release()


# -- actions -----------------------------------------------------------------------------------------------


def by_name(name: str, state: AppState) -> object:
    (action,) = (action for action in ACTIONS if action.name == name)
    return action.wants(state)


def line(number: int, unread: int = 0) -> ConversationRow:
    return ConversationRow(bytes([number]) * 16, str(number), "N", 0, "unknown", "", False, None, 0, "", unread)


def talk(number: int, *entries: Bubble) -> ConversationState:
    return ConversationState(
        bytes([number]) * 16, "", "", 0, "unknown", "", False, entries, 0, True, "", more_above=False
    )


def test_keys_belong_to_one_action_each_and_are_keys() -> None:
    keys = [key for action in ACTIONS for key in action.keys]
    assert len(set(keys)) == len(keys)
    assert len({action.name for action in ACTIONS}) == len(ACTIONS)
    for action in ACTIONS:
        assert action.keys
        assert action.title
        assert action.tip
        assert all(not QKeySequence(key).isEmpty() for key in action.keys)


def test_the_list_is_walked_in_a_circle() -> None:
    state = AppState(screen="main", conversations=(line(1), line(2), line(3, unread=2)), current=talk(2))
    assert by_name("next", state) == OpenConversation(line(3).id)
    assert by_name("previous", state) == OpenConversation(line(1).id)
    assert by_name("unread", state) == OpenConversation(line(3).id)
    assert by_name("close", state) == OpenConversation(None)
    last = AppState(screen="main", conversations=state.conversations, current=talk(3))
    assert by_name("next", last) == OpenConversation(line(1).id)
    assert by_name("unread", last) is None
    none_open = AppState(screen="main", conversations=state.conversations)
    assert by_name("next", none_open) == OpenConversation(line(1).id)
    assert by_name("previous", none_open) == OpenConversation(line(3).id)


def test_what_cannot_be_done_now_is_off() -> None:
    at_first = AppState()
    assert [action.name for action in ACTIONS if action.possible(at_first)] == ["larger", "quit"]


def test_retry_is_for_what_failed_and_for_a_lost_connection() -> None:
    failed = Bubble(b"f" * 16, None, True, "me", "x", 0, "", "failed", "why", True, True)
    assert by_name("resend", AppState(screen="main", current=talk(1, failed))) == RetryMessage(talk(1).id, b"f" * 16)
    assert by_name("resend", AppState(screen="main", current=talk(1))) is None
    lost = AppState(screen="main", banner=ConnectionBanner("reconnecting", "gone", 3, can_retry=True))
    assert by_name("reconnect", lost) == RetryConnection()
    assert by_name("reconnect", AppState(screen="main")) is None
