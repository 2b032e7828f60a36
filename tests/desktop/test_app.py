"""The program without its widgets, against a real daemon: what is shown, and what comes of what people want."""

from __future__ import annotations

import signal
import sqlite3
from pathlib import Path

import pytest
from coachline_core.client.cache import Cache
from coachline_desktop import intents
from coachline_desktop.goal_state import Choice
from coachline_desktop.state import NewLine, Settings
from support.desktop_people import at_window, bubble, connected
from support.process import CLIENT_PASSWORD, Serving, coachlined, serving
from support.windows import MAYA, PASSWORD, TOM

pytestmark = pytest.mark.usefixtures("no_keyring")


async def test_a_wrong_password_is_said_at_its_field(data: Path, tmp_path: Path) -> None:
    async with serving(data) as daemon, at_window(tmp_path / "maya") as maya:
        await maya.paper.until(lambda state: state.screen == "first_run")
        maya.want(intents.SignIn(f"127.0.0.1:{daemon.port}", MAYA, "wrong"))
        state = await maya.paper.until(lambda state: state.first_run.problem)
        assert state.first_run.problem_field == "password"
        assert state.secrets_notice
        maya.want(intents.SignIn("not an address", MAYA, PASSWORD))
        await maya.paper.until(lambda state: state.first_run.problem_field == "server")
        maya.want(intents.LookUpCode(f"127.0.0.1:{daemon.port}", "NOSUCHCODE"))
        await maya.paper.until(lambda state: state.first_run.problem_field == "code" and not state.first_run.busy)


async def test_no_server_is_said_at_its_field(tmp_path: Path) -> None:
    async with at_window(tmp_path / "maya") as maya:
        await maya.paper.until(lambda state: state.screen == "first_run")
        maya.want(intents.SignIn("127.0.0.1:1", MAYA, PASSWORD))
        state = await maya.paper.until(lambda state: state.first_run.problem)
        assert state.first_run.problem_field == "server"


async def test_two_people_meet_write_and_read(data: Path, tmp_path: Path) -> None:
    async with serving(data) as daemon, at_window(tmp_path / "maya") as maya, at_window(tmp_path / "tom") as tom:
        await maya.sign_in(daemon.port, MAYA, PASSWORD)
        await tom.join(daemon.port, await maya.invite(), TOM, CLIENT_PASSWORD)
        conversation = await maya.write_to("Tom")
        maya.want(intents.Send(conversation, "How was the run?"))
        await maya.until_bubble("How was the run?", "delivered")
        assert maya.paper.cleared == [conversation]

        state = await tom.paper.until(lambda state: state.conversations and state.conversations[0].unread == 1)
        assert state.conversations[0].title == "Maya"
        assert [alert.words for alert in tom.paper.alerts] == ["New message"]
        await tom.open("Maya")
        assert tom.state.current is not None
        assert any(isinstance(entry, NewLine) for entry in tom.state.current.entries)
        assert tom.state.conversations[0].unread == 1, "to open is not to see"
        tom.want(intents.Saw(conversation, tom.state.current.last_seq))
        await maya.until_bubble("How was the run?", "read")
        await tom.paper.until(lambda state: state.unread == 0)
        assert tom.paper.badges[-1] == 0
        assert tom.state.current is not None
        assert any(isinstance(entry, NewLine) for entry in tom.state.current.entries), "the line stays while one looks"

        tom.want(intents.Draft(conversation, "Fine"))
        await maya.paper.until(lambda state: state.current and state.current.subtitle == "Tom is typing…")
        maya.paper.looking = conversation
        tom.want(intents.Send(conversation, "Fine, 5 km."))
        await maya.until_bubble("Fine, 5 km.")
        assert maya.paper.alerts == [], "nobody is told of what he looks at"
        await maya.paper.until(lambda state: state.current and not state.current.typing)


async def meeting(daemon: Serving, data: Path) -> str:
    """A code of Maya's, made by the daemon's own command."""
    done = coachlined("invite", "--by", MAYA, "--data", data)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[0]


async def test_what_is_written_offline_is_sent_when_the_line_heals(data: Path, tmp_path: Path) -> None:
    async with at_window(tmp_path / "tom") as tom:
        async with serving(data) as daemon:
            port = daemon.port
            await tom.join(port, await meeting(daemon, data), TOM, CLIENT_PASSWORD)
            conversation = await tom.write_to("Maya")
            daemon.process.send_signal(signal.SIGKILL)
            await daemon.process.wait()
        state = await tom.paper.until(lambda state: state.banner.phase == "reconnecting")
        assert state.banner.can_retry
        assert state.banner.words
        tom.want(intents.Send(conversation, "Written on the train"))
        await tom.until_bubble("Written on the train", "queued")
        async with serving(data, "--port", str(port)):
            tom.want(intents.RetryConnection())
            await tom.paper.until(connected)
            await tom.until_bubble("Written on the train", "sent")


async def test_too_long_is_refused_and_given_back(data: Path, tmp_path: Path) -> None:
    async with serving(data) as daemon, at_window(tmp_path / "tom") as tom:
        await tom.join(daemon.port, await meeting(daemon, data), TOM, CLIENT_PASSWORD)
        conversation = await tom.write_to("Maya")
        tom.want(intents.Send(conversation, "x" * 5001))
        await tom.paper.until(lambda _: tom.paper.refusals)
        why = "Too long: 5001 characters, and 5000 are allowed."
        assert tom.paper.refusals == [(conversation, "x" * 5001, why)]
        assert tom.paper.cleared == []
        assert bubble(tom.state, "x" * 5001) is None


async def test_what_the_disk_does_not_take_is_given_back(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(data) as daemon, at_window(tmp_path / "tom") as tom:
        await tom.join(daemon.port, await meeting(daemon, data), TOM, CLIENT_PASSWORD)
        conversation = await tom.write_to("Maya")

        def full(*_: object) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        with monkeypatch.context() as broken:
            broken.setattr(Cache, "commit", full)
            tom.want(intents.Send(conversation, "See you"))
            await tom.paper.until(lambda _: tom.paper.refusals)
        ((where, text, why),) = tom.paper.refusals
        assert (where, text) == (conversation, "See you")
        assert "disk" in why
        assert tom.paper.cleared == []
        tom.want(intents.Send(conversation, "See you"))
        await tom.until_bubble("See you", "sent")


async def test_a_draft_and_the_sign_in_outlive_the_program(data: Path, tmp_path: Path) -> None:
    async with serving(data) as daemon:
        async with at_window(tmp_path / "tom") as tom:
            await tom.join(daemon.port, await meeting(daemon, data), TOM, CLIENT_PASSWORD)
            conversation = await tom.write_to("Maya")
            tom.want(intents.Draft(conversation, "Half a thought"))
            await tom.paper.until(lambda state: state.current and state.current.draft)
        async with at_window(tmp_path / "tom") as tom:
            await tom.paper.until(connected)
            state = await tom.paper.until(lambda state: state.conversations)
            assert state.conversations[0].draft
            await tom.open("Maya")
            assert tom.state.current is not None
            assert tom.state.current.draft == "Half a thought"
            tom.want(intents.Send(conversation, "A whole one"))
            await tom.until_bubble("A whole one", "sent")
            await tom.paper.until(lambda state: state.current and state.current.draft == "")


async def test_a_device_signed_out_from_another_is_back_at_the_first_screen(data: Path, tmp_path: Path) -> None:
    async with serving(data) as daemon, at_window(tmp_path / "one") as one, at_window(tmp_path / "two") as two:
        await one.sign_in(daemon.port, MAYA, PASSWORD)
        await two.sign_in(daemon.port, MAYA, PASSWORD)
        one.want(intents.OpenPage("devices"))
        state = await one.paper.until(lambda state: state.devices and len(state.devices) == 2)
        assert state.devices is not None
        one.want(intents.SignOutDevice(next(row.key for row in state.devices if not row.this)))
        state = await two.paper.until(lambda state: state.screen == "first_run" and state.first_run.problem)
        assert "another" in state.first_run.problem
        assert state.conversations == ()
        await one.paper.until(lambda state: state.devices and len(state.devices) == 1)
        await two.sign_in(daemon.port, MAYA, PASSWORD)


async def test_signing_out_is_quiet_and_knows_the_server_still(data: Path, tmp_path: Path) -> None:
    async with serving(data) as daemon, at_window(tmp_path / "maya") as maya:
        await maya.sign_in(daemon.port, MAYA, PASSWORD)
        maya.want(intents.ChangeSettings(appearance="dark", alerts="text"))
        await maya.paper.until(lambda state: state.settings == Settings("dark", "text"))
        maya.want(intents.AcceptInvitation("no such code", Choice()))
        await maya.paper.until(lambda state: state.notices)
        maya.want(intents.SignOut())
        state = await maya.paper.until(lambda state: state.screen == "first_run")
        assert state.notices == (), "what was said to her is not for whoever is next"
        assert (state.first_run.server, state.first_run.problem) == (f"127.0.0.1:{daemon.port}", "")
        assert state.settings == Settings("dark", "text") == maya.paper.settings


async def test_diagnostics_hold_no_content(data: Path, tmp_path: Path) -> None:
    async with serving(data) as daemon, at_window(tmp_path / "tom") as tom:
        await tom.join(daemon.port, await meeting(daemon, data), TOM, CLIENT_PASSWORD)
        conversation = await tom.write_to("Maya")
        tom.want(intents.Send(conversation, "secret"))
        await tom.until_bubble("secret", "sent")
        tom.want(intents.CopyDiagnostics())
        await tom.paper.until(lambda _: tom.paper.copied)
        for word in ("secret", "Maya", "Tom", "tom@", conversation.hex()):
            assert word not in tom.paper.copied[-1]


async def test_my_own_server_comes_and_goes_with_the_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHLINE_PASSWORDS_MEMORY_MIB", "8")
    async with at_window(tmp_path / "maya") as maya:
        await maya.paper.until(lambda state: state.first_run.can_host)
        maya.want(intents.HostServer("Maya", MAYA, "short"))
        state = await maya.paper.until(lambda state: state.first_run.problem)
        maya.want(intents.HostServer("Maya", MAYA, PASSWORD))
        state = await maya.paper.until(connected)
        assert state.me is not None
        assert (state.me.name, state.me.trainer, state.me.admin) == ("Maya", True, True)
    async with at_window(tmp_path / "maya") as maya:
        await maya.paper.until(connected)
