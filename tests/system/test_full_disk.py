"""A disk that fills while people write: refused for now, nothing acknowledged is lost, and the daemon goes on."""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio
from coachline_protocol import ops
from coachline_protocol.codes import RefusalCode
from coachline_protocol.rows import Id
from support.process import Refused, Serving, Speaker, coachlined, copied, joined, new_id, serving

TRAINER = "maya@example.org"
MIB = 1024**2


class Disk:
    """Where a data folder lies, and how it is made full."""

    def __init__(self, folder: Path, mounted: bool) -> None:
        self.folder = folder
        self._mounted = mounted
        self._filler = folder / "filler"

    def fill(self, daemon: Serving) -> None:
        """From here on no file grows."""
        if self._mounted:
            with self._filler.open("wb", buffering=0) as file:
                try:
                    while True:
                        file.write(bytes(4096))
                except OSError:
                    return
        self._limit(daemon, 1)

    def empty(self, daemon: Serving) -> None:
        """There is room again."""
        if self._mounted:
            self._filler.unlink()
        else:
            self._limit(daemon, resource.RLIM_INFINITY)

    def _limit(self, daemon: Serving, size: int) -> None:
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@contextmanager
def disk(folder: Path) -> Iterator[Disk]:
    """A tiny file system of its own where that is permitted; otherwise files of the daemon are kept from growing."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield Disk(folder, mounted)
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Disk]:
    with disk(tmp_path / "small") as made:
        yield made


def number(n: int, conversation: Id) -> ops.MessagePost:
    """The n-th message."""
    return ops.MessagePost(id=new_id(), conversation=conversation, text=f"number {n}")


async def until_refused(speaker: Speaker, conversation: Id) -> tuple[list[ops.Posted], ops.MessagePost, RefusalCode]:
    """Post on and on: what is left of the last block may still take some. Returns what was refused, and why."""
    posted: list[ops.Posted] = []
    while True:
        message = number(len(posted), conversation)
        try:
            posted.append(await speaker.ask(message, ops.Posted))
        except Refused as refused:
            return posted, message, refused.refusal.code


async def test_full_and_free_again(made: Path, small: Disk) -> None:
    data = copied(made, small.folder / "data")
    plenty = {"COACHLINE_LIMITS_MESSAGE_BURST": "10000", "COACHLINE_LIMITS_MESSAGES_PER_MINUTE": "100000"}
    async with serving(data, **plenty) as daemon, daemon.connected() as tom:
        invited = await trio.to_thread.run_sync(lambda: coachlined("invite", "--by", TRAINER, "--data", data))
        conversation = await joined(tom, invited.stdout.strip())
        small.fill(daemon)
        posted, refused, code = await until_refused(tom, conversation)
        assert code is RefusalCode.UNAVAILABLE
        assert (await daemon.probe("/livez"))[0] == 200
        assert (await daemon.probe("/readyz"))[0] == 503
        small.empty(daemon)
        assert await daemon.probe("/readyz") == (200, "ready\n")
        posted.append(await tom.ask(refused, ops.Posted))  # said again, as every client does
        texts: list[str] = []
        for first in range(0, len(posted) + 1, 200):
            page = await tom.ask(ops.History(conversation=conversation, after=first, limit=200), ops.Messages)
            texts += [message.text for message in page.messages if message.kind == "text"]
    # In one order without a gap, each once, the refused one where it was said again.
    assert [each.seq for each in posted] == list(range(posted[0].seq, posted[0].seq + len(posted)))
    assert texts == [f"number {n}" for n in range(len(posted))]
