"""A server of one's own: `coachlined` beside the window, on this computer only, for as long as the window lives."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import trio

from coachline_desktop.aside import aside

PROGRAM: Final = (sys.executable, "-m", "coachline_server")
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 15.0
"""How long it may take to say goodbye to everybody; then it is killed, which loses nothing."""


class HostingFailed(Exception):
    """The server could not be made or started; the text is its own last sentence."""


def can_host() -> bool:
    """The server's package is installed, and the system hands on file descriptors."""
    return os.name == "posix" and find_spec("coachline_server") is not None


async def prepare(data: Path, *, name: str, handle: str, password: str, zone: str) -> None:
    """Make the server's folder and in it an account of a trainer who is its admin too. Raises HostingFailed."""
    await _command("init", "--data", str(data))
    who = ("--role", "trainer", "--role", "admin", "--name", name, "--zone", zone)
    await _command("user", "add", *who, "--password-stdin", "--data", str(data), "--", handle, said=password)


@asynccontextmanager
async def own_server(data: Path, port: int) -> AsyncIterator[int]:
    """The server, answering on loopback; yields its port, which is `port` if that was free. Raises HostingFailed."""
    process, answered = await _start(data, port)
    if answered is None and port:
        process, answered = await _start(data, 0)
    if answered is None:
        raise HostingFailed(await aside(lambda: _last_line(_log(data))))
    try:
        yield answered
    finally:
        with trio.CancelScope(shield=True):
            await _stop(process)


async def _command(*words: str, said: str = "") -> None:
    done = await trio.run_process(
        [*PROGRAM, *words], stdin=f"{said}\n".encode(), capture_stdout=True, capture_stderr=True, check=False
    )
    if done.returncode != 0:
        raise HostingFailed(_last(done.stderr.decode(errors="replace")))


async def _start(data: Path, port: int) -> tuple[trio.Process, int | None]:
    """The process, and the port it said it listens on; None: it ended instead."""
    log = await aside(lambda: _log(data).open("wb"))
    reading, writing = os.pipe()
    ports = ("--port", str(port), "--admin-port", "0", "--ready-fd", str(writing))
    try:
        process = await trio.lowlevel.open_process(
            [*PROGRAM, "serve", "--data", str(data), *ports],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            pass_fds=(writing,),
            start_new_session=True,  # an interrupt from the terminal is for the window, which stops the server
        )
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
        log.close()
    try:
        said = b""
        async with trio.lowlevel.FdStream(reading) as pipe:
            with trio.move_on_after(START_SECONDS):
                said = b"".join([bytes(part) async for part in pipe])
        if said:
            return process, int(json.loads(said)["port"])
        await _stop(process)
        return process, None
    except BaseException:
        with trio.CancelScope(shield=True):
            await _stop(process)
        raise


async def _stop(process: trio.Process) -> None:
    if process.poll() is None:
        process.terminate()
        with trio.move_on_after(STOP_SECONDS):
            await process.wait()
    if process.poll() is None:
        process.kill()
        await process.wait()


def _log(data: Path) -> Path:
    return data / "coachlined.log"


def _last_line(log: Path) -> str:
    return _last(log.read_text(encoding="utf-8", errors="replace"))


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it said nothing"
