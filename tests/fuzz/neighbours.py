"""Honest people on the daemon that is attacked: how long they wait, whether newcomers get in, what memory it takes."""

import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trio
from coachline_core.runtime.link import LinkClosed
from coachline_protocol import ops
from coachline_protocol.rows import Id, Message
from crash.device import Device
from support.process import Serving, new_id
from support.wire import Client, client_on

PAUSE_SECONDS = 0.02
"""Between two messages of the honest pair."""
NEWCOMER_SECONDS = 0.5
"""Between two honest newcomers."""
MIB = 1024**2


@dataclass
class Watch:
    """What was seen."""

    latencies: list[float] = field(default_factory=list)
    """Seconds from saying a message to its arrival at the other person."""
    arrivals: list[float] = field(default_factory=list)
    """Seconds from connecting to the welcome."""
    turned_away: int = 0
    """Newcomers that did not get in."""
    troubles: list[str] = field(default_factory=list)
    rss: list[int] = field(default_factory=list)
    """Bytes of the daemon in memory."""

    def line(self) -> str:
        """In one line."""
        ms = sorted(1000 * seconds for seconds in self.latencies) or [0.0]
        came = sorted(1000 * seconds for seconds in self.arrivals) or [0.0]
        return (
            f"delivery p50 {statistics.median(ms):.1f} ms, p99 {ms[int(len(ms) * 0.99)]:.1f} ms, most {ms[-1]:.0f} ms; "
            f"newcomers {len(self.arrivals)} in at most {came[-1]:.0f} ms, {self.turned_away} turned away; "
            f"memory {self.rss[0] / MIB:.0f} MiB, at most {max(self.rss) / MIB:.0f}, then {self.rss[-1] / MIB:.0f}"
        )


@dataclass
class Neighbours:
    """Maya and Tom, who talk, and Ann, who comes and goes."""

    daemon: Serving
    maya: Device
    tom: Device
    ann: Device
    watch: Watch = field(default_factory=Watch)

    @property
    def conversation(self) -> Id:
        """Maya's and Tom's."""
        return self.tom.conversations[0]

    def fresh(self) -> Watch:
        """Begin to watch anew; what was watched until now goes to whoever holds it."""
        self.watch = Watch()
        self.measure()
        return self.watch

    def measure(self) -> None:
        """The daemon's memory now."""
        status = Path(f"/proc/{self.daemon.process.pid}/status").read_text(encoding="ascii")
        (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
        self.watch.rss.append(int(line.split()[1]) * 1024)

    async def talk(self, task_status: trio.TaskStatus[None]) -> None:
        """One message after the other, each heard before the next is said."""
        async with self._welcomed(self.maya) as maya, self._welcomed(self.tom) as tom:
            task_status.started()
            while True:
                began = trio.current_time()
                post = ops.MessagePost(id=new_id(), conversation=self.conversation, text="how are you?")
                await maya.get(post, ops.Posted)
                change = await tom.told(ops.Change, "message")
                if not any(isinstance(row, Message) and row.id == post.id for row in change.rows):
                    self.watch.troubles.append("Tom was told of another message than Maya said")
                self.watch.latencies.append(trio.current_time() - began)
                maya.forget()
                await trio.sleep(PAUSE_SECONDS)

    async def come_and_go(self) -> None:
        """Somebody who wants to get in."""
        while True:
            began = trio.current_time()
            try:
                async with self._welcomed(self.ann):
                    self.watch.arrivals.append(trio.current_time() - began)
            except (LinkClosed, OSError):
                self.watch.turned_away += 1
            self.measure()
            await trio.sleep(NEWCOMER_SECONDS)

    @asynccontextmanager
    async def _welcomed(self, device: Device) -> AsyncIterator[Client]:
        stream = await trio.open_tcp_stream("127.0.0.1", self.daemon.port)
        async with client_on(stream) as client:
            await client.hello(device.token)
            yield client
