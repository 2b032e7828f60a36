"""A real `coachlined`: its own process, its own data folder, loopback only; and a plain client to talk to it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import trio
from coachline_core.runtime.link import Link, connect_link, dial_tls
from coachline_core.runtime.seams import Ids, SystemClock, SystemEntropy, TcpNetwork
from coachline_protocol import limits, ops
from coachline_protocol.codes import Refusal
from coachline_protocol.connection import Answered, Connection, Denied, Told
from coachline_protocol.ops import Body
from coachline_protocol.rows import Consent, Id

BodyT = TypeVar("BodyT", bound=Body)

IDS = Ids(SystemClock(), SystemEntropy())
GIVE_UP_SECONDS = 120
"""Whoever does not answer within this is broken, whatever the machine is busy with: an end, not a measure.

On two cores with ten processes a daemon took more than 20 s to start.
"""

NO_CONSENT = Consent()
CLIENT_PASSWORD = "another quite long password"

# Passwords cost next to nothing here; what they cost for real is tested with them.
CHEAP = {"COACHLINE_PASSWORDS_MEMORY_MIB": "8", "COACHLINE_PASSWORDS_PASSES": "1"}
PROGRAM = (sys.executable, "-m", "coachline_server")


def environment(**more: str) -> dict[str, str]:
    """Ours, without anybody else's settings of a daemon."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COACHLINE_")}
    return {**kept, **CHEAP, **more}


def coachlined(*words: str | Path, said: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end. Nothing of it may ever show a traceback."""
    done = subprocess.run(
        [*PROGRAM, *words],
        input=said,
        capture_output=True,
        text=True,
        env=environment(**more),
        timeout=GIVE_UP_SECONDS,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


class Refused(Exception):
    """The daemon refused a request."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


class Serving:
    """A daemon that said it was ready."""

    def __init__(self, process: trio.Process, ready: dict[str, Any], log: Path) -> None:
        self.process = process
        self.port: int = ready["port"]
        self.admin_port: int = ready["admin_port"]
        self.log = log

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it logged so far; every line must be a JSON object."""
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]

    async def ended(self) -> int:
        """Its exit code, once it has ended by itself."""
        with trio.fail_after(GIVE_UP_SECONDS):
            return await self.process.wait()

    async def logged(self, event: str) -> dict[str, Any]:
        """The first line of an event, once it is there."""
        with trio.fail_after(GIVE_UP_SECONDS):
            while True:
                for line in self.lines:
                    if line["event"] == event:
                        return line
                await trio.sleep(0.01)

    async def probe(self, path: str) -> tuple[int, str]:
        """What the operator's listener answers: status and body."""
        async with await trio.open_tcp_stream("127.0.0.1", self.admin_port) as stream:
            await stream.send_all(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            with trio.fail_after(GIVE_UP_SECONDS):
                answer = b"".join([bytes(part) async for part in stream])
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), body.decode()

    @asynccontextmanager
    async def connected(self, trusting: ssl.SSLContext | None = None) -> AsyncIterator[Speaker]:
        """A connection to it."""
        stream = await dial_tls(TcpNetwork(), "localhost" if trusting else "127.0.0.1", self.port, trusting)
        async with connect_link(
            stream, host="localhost", path="/", subprotocol=limits.SUBPROTOCOL, handshake_timeout=GIVE_UP_SECONDS
        ) as link:
            yield Speaker(link)


class Speaker:
    """Asks one thing at a time and keeps the events heard meanwhile."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = Connection("client")
        self.events: list[Told] = []

    async def ask(self, body: Body, reply: type[BodyT]) -> BodyT:
        """The reply to a request. Raises Refused, LinkClosed."""
        wanted, data = self._connection.request(body)
        await self._link.send(data)
        while True:
            for heard in await self.hear():
                if isinstance(heard, Answered | Denied) and heard.id == wanted:
                    if isinstance(heard, Denied):
                        raise Refused(heard.refusal)
                    assert isinstance(heard.body, reply)
                    return heard.body

    async def hear(self) -> list[Any]:
        """What the next message says. Raises LinkClosed."""
        with trio.fail_after(GIVE_UP_SECONDS):
            heard = self._connection.receive(await self._link.receive())
        self.events += [each for each in heard if isinstance(each, Told)]
        return heard


def new_id() -> Id:
    """A fresh UUIDv7."""
    return IDS.new()


async def said_hello(speaker: Speaker, handle: str, password: str) -> Id:
    """Sign somebody in on a fresh device and say hello; returns who that is."""
    sign_in = ops.SignIn(handle=handle, password=password, device=new_id(), device_name="laptop")
    signed = await speaker.ask(sign_in, ops.SignedIn)
    await speaker.ask(ops.Hello(token=signed.token, client="test"), ops.Welcome)
    return signed.person


async def joined(speaker: Speaker, code: str, name: str = "Tom", consent: Consent = NO_CONSENT) -> Id:
    """Make a client with a trainer's code, accept the trainer, and open the conversation with her; returns it."""
    account = ops.AccountCreate(
        code=code,
        person=new_id(),
        handle=f"{name.lower()}@example.org",
        display_name=name,
        password=CLIENT_PASSWORD,
        time_zone="Europe/Vienna",
        device=new_id(),
        device_name="laptop",
    )
    created = await speaker.ask(account, ops.SignedIn)
    await speaker.ask(ops.Hello(token=created.token, client="test"), ops.Welcome)
    accepted = await speaker.ask(ops.InvitationAccept(id=new_id(), code=code, consent=consent), ops.Accepted)
    opened = await speaker.ask(ops.ConversationOpen(id=new_id(), person=accepted.trainer), ops.Opened)
    return opened.conversation


@asynccontextmanager
async def serving(data: Path, *flags: str, under: Sequence[str] = (), **more: str) -> AsyncIterator[Serving]:
    """A daemon on a data folder, on ports of the system's choice; killed at the end if it is still there.

    `under`: a command that runs it and becomes it, or stands beside it.
    """
    reading, writing = os.pipe()
    log = data.with_name(f"{data.name}-{new_id().hex()}.log")
    with log.open("wb") as out:
        process = await trio.lowlevel.open_process(
            [
                *under,
                *PROGRAM,
                "serve",
                "--data",
                str(data),
                "--port",
                "0",
                "--admin-port",
                "0",
                "--ready-fd",
                str(writing),
                *flags,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=out,
            env=environment(**more),
            pass_fds=(writing,),
        )
    os.close(writing)
    try:
        with trio.fail_after(GIVE_UP_SECONDS):
            async with trio.lowlevel.FdStream(reading) as pipe:
                line = b""
                # Not to its end: whatever stands beside the daemon may hold the pipe open.
                while not line.endswith(b"\n") and (part := await pipe.receive_some()):
                    line += part
        assert line, log.read_text(encoding="utf-8")
        yield Serving(process, json.loads(line), log)
    finally:
        with trio.CancelScope(shield=True):
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                await process.wait()


def copied(data: Path, to: Path) -> Path:
    """A data folder of one's own."""
    shutil.copytree(data, to)
    return to
