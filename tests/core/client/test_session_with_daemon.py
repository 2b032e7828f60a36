"""The session against the real daemon, and the script of the README as it stands there."""

import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path

import pytest
import trio
from coachline_core.client import Cache, FileSecrets, ServerAddress, Session
from coachline_core.domain.ids import direct_id
from coachline_core.runtime.executor import InlineExecutor
from coachline_core.runtime.seams import Ids, SeededEntropy
from coachline_protocol.ops import Posted
from coachline_protocol.rows import Consent
from support.checkout import ROOT
from support.client_world import until
from support.daemon import PASSWORD, Account, House, daemon
from support.determinism import run_universe
from trio.testing import MockClock


@asynccontextmanager
async def session_of(house: House, folder: Path, account: Account, seed: int) -> AsyncIterator[Session]:
    """A running session of somebody with an account, not signed in yet."""
    entropy = SeededEntropy(seed)
    assert house.memory is not None
    with closing(Cache(folder / f"{account.handle}.db")) as cache:
        session = Session(
            ServerAddress(*house.address, tls=False),
            cache=cache,
            secrets=FileSecrets(folder / f"{account.handle}.token"),
            clock=house.clock,
            ids=Ids(house.clock, entropy),
            entropy=entropy,
            network=house.memory.seen_from(account.handle),
            executor=InlineExecutor(),
        )
        async with session.running():
            yield session


def said(session: Session) -> list[tuple[str, str]]:
    """Texts and states of the one conversation, system messages left out."""
    shown = [session.timeline(line.conversation) for line in session.conversations()]
    return [(item.text, item.state) for line in shown if line for item in line.items() if item.kind == "text"]


async def test_two_people_talk_through_cuts(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        phones = session_of(house, tmp_path, maya, 11), session_of(house, tmp_path, tom, 12)
        async with phones[0] as trainer, phones[1] as client:
            for session, who in ((trainer, maya), (client, tom)):
                assert await session.sign_in(who.handle, PASSWORD, "phone") == who.person
                await until(session, lambda session=session: session.connection.synced)  # type: ignore[misc]
            conversation = await trainer.open_conversation(tom.person)
            await until(trainer, lambda: trainer.timeline(conversation) is not None)
            await trainer.post(conversation, "Good morning")
            await until(client, lambda: [text for text, _ in said(client)] == ["Good morning"])
            await until(trainer, lambda: said(trainer) == [("Good morning", "delivered")])
            assert house.memory is not None
            house.memory.isolate("tom")
            await client.post(conversation, "written offline")
            await trainer.post(conversation, "said meanwhile")
            await trio.sleep(100)
            house.memory.restore("tom")
            both = ["Good morning", "said meanwhile", "written offline"]
            await until(client, lambda: [text for text, _ in said(client)] == both)
            await until(trainer, lambda: [text for text, _ in said(trainer)] == both)
            await client.saw(conversation, 99)
            await until(trainer, lambda: ("said meanwhile", "read") in said(trainer))
            assert client.conversations()[0].unread == 0


async def test_who_else_is_looking_is_known_until_they_look_away(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        phones = session_of(house, tmp_path, maya, 11), session_of(house, tmp_path, tom, 12)
        async with phones[0] as trainer, phones[1] as client:
            for session, who in ((trainer, maya), (client, tom)):
                await session.sign_in(who.handle, PASSWORD, "phone")
            conversation = await trainer.open_conversation(tom.person)
            await until(client, lambda: client.timeline(conversation) is not None)
            await trainer.view(conversation)
            await until(client, lambda: client.viewing_in(conversation) == (maya.person,))
            await client.view(conversation)
            await until(trainer, lambda: trainer.viewing_in(conversation) == (tom.person,))
            await client.view(None)
            await until(trainer, lambda: trainer.viewing_in(conversation) == ())
            assert house.memory is not None
            house.memory.isolate("tom")
            await until(client, lambda: client.viewing_in(conversation) == ())


async def test_who_has_just_signed_in_or_made_an_account_may_ask_at_once(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with daemon(tmp_path) as house:
        maya = house.account("maya", "trainer")
        newcomer = Account(b"", "tom", b"", b"", ())
        phones = session_of(house, tmp_path, maya, 11), session_of(house, tmp_path, newcomer, 12)
        async with phones[0] as trainer, phones[1] as client:
            await trainer.sign_in("maya", PASSWORD, "phone")
            made = await trainer.create_invitation("coaching", note="Tom")
            assert (await client.inspect_invitation(made.code)).inviter == "Maya"
            await client.create_account(made.code, "tom", "Tom", PASSWORD, "Europe/Berlin", "phone")
            assert await client.accept_invitation(made.code, Consent(see_presence=True)) == maya.person
            opened = await client.open_conversation(maya.person)
            assert client.person is not None
            assert opened == direct_id(client.person, maya.person)


@pytest.mark.parametrize("seed", [1, 35, 53])
def test_a_session_ends_quietly_while_events_still_come(seed: int, tmp_path: Path) -> None:
    """However the scheduler orders the end: whoever tells the owner something is gone before the owner is."""

    async def run() -> None:
        async with daemon(tmp_path) as house:
            maya, newcomer = house.account("maya", "trainer"), Account(b"", "tom", b"", b"", ())
            phones = session_of(house, tmp_path, maya, 11), session_of(house, tmp_path, newcomer, 12)
            async with phones[0] as trainer, phones[1] as client:
                await trainer.sign_in("maya", PASSWORD, "phone")
                made = await trainer.create_invitation("coaching")
                await client.create_account(made.code, "tom", "Tom", PASSWORD, "Europe/Berlin", "phone")
                await client.accept_invitation(made.code, Consent(see_presence=True))
                await client.open_conversation(maya.person)

    run_universe(run, seed)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """The script in the README, as it stands there."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Twenty lines of Python")[2]
    code = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert code is not None
    script = tmp_path / "script.py"
    script.write_text(code[1], encoding="utf-8")
    return script


async def test_the_script_in_the_readme_prints_new_messages(script: Path, tmp_path: Path) -> None:
    async with daemon(tmp_path, loopback=True) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        host, port = house.address
        command = [sys.executable, str(script), host, str(port), "tom", PASSWORD, str(tmp_path)]
        async with house.client(maya) as trainer, trio.open_nursery() as nursery:
            conversation = await house.open(trainer, tom)
            run = partial(trio.run_process, command, stdout=subprocess.PIPE)
            process: trio.Process = await nursery.start(run)
            await trainer.get(house.post(conversation), Posted)
            assert process.stdout is not None
            heard = b""
            with trio.fail_after(30):
                while b"Good morning" not in heard:
                    more = await process.stdout.receive_some()
                    assert more
                    heard += more
            await process.stdout.aclose()
            nursery.cancel_scope.cancel()


async def said_by(script: Path, *words: str) -> str:
    """What the script says as it gives up."""
    done = await trio.run_process([sys.executable, str(script), *words], capture_stderr=True, check=False)
    assert done.returncode == 1
    return done.stderr.decode()


async def test_the_script_in_the_readme_says_that_a_password_is_wrong(script: Path, tmp_path: Path) -> None:
    async with daemon(tmp_path, loopback=True) as house:
        house.account("tom", "client")
        host, port = house.address
        said = await said_by(script, host, str(port), "tom", "not the one", str(tmp_path))
    assert said == "Not signed in: bad_credentials.\n"


async def test_the_script_in_the_readme_says_that_there_is_no_server(script: Path, tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # held, so that nobody else listens there meanwhile
        port = silent.getsockname()[1]
        said = await said_by(script, "127.0.0.1", str(port), "tom", PASSWORD, str(tmp_path))
    assert said == f"Not signed in: all attempts to connect to 127.0.0.1:{port} failed.\n"
