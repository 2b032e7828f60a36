"""Keeps a session connected: dial, hold the line, and when it ends come back as C11 of the protocol says.

It never gives up by itself: only a close code that asks for a person (4500 and above), a refused token or a refused
hello stop it, and then signing in or `prod` starts it again.
"""

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn

import trio
from coachline_protocol.codes import CloseCode, RefusalCode

from coachline_core.client.channel import converse
from coachline_core.client.line import Line
from coachline_core.client.values import ConnectionState, ServerAddress
from coachline_core.runtime.backoff import Backoff
from coachline_core.runtime.link import HandshakeFailed, LinkClosed
from coachline_core.runtime.seams import Network

PROBE_SECONDS = 5.0
"""After the network came up or the machine woke: how long an old connection may take to prove itself."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt or a connection ended. `stop`: not to be tried again until somebody acts."""

    reason: str
    retry_after_ms: int | None = None
    stop: bool = False
    device_revoked: bool = False
    token_dead: bool = False


class Connector:
    """One task, `run`; everything else is told to it or asked of it without waiting."""

    def __init__(
        self,
        *,
        server: ServerAddress,
        tls: ssl.SSLContext | None,
        network: Network,
        backoff: Backoff,
        token: Callable[[], Awaitable[bytes | None]],
        make_line: Callable[[bytes], Line],
        changed: Callable[[], None],
        ended: Callable[[Ended, Line], Awaitable[None]],
    ) -> None:
        self._server = server
        self._tls = tls
        self._network = network
        self._backoff = backoff
        self._token = token
        self._make_line = make_line
        self._changed = changed
        self._on_end = ended
        self._prodded = trio.Event()
        self._news = trio.Event()
        self._line: Line | None = None
        self._attempt = trio.CancelScope()
        self.state = ConnectionState("disconnected")

    @property
    def line(self) -> Line | None:
        """The connection requests can be made on now; None: there is none."""
        return self._line if self._line is not None and self._line.welcomed else None

    def prod(self) -> None:
        """Try now: somebody pressed Retry or signed in.

        Where there is a connection there is nothing to try, and nothing to remember for when it ends: whoever was
        prodded while all was well would then come back in step with everybody else.
        """
        if self.line is None:
            self._prodded.set()

    def restart(self, reason: str | None) -> None:
        """Who is signed in changed: end what there is and begin again with what is true now."""
        signed_in = reason is None and self.state.phase == "disconnected"
        # Said here, not when the task gets to it: whoever asks right after signing in waits for the connection.
        self._set(ConnectionState("connecting" if signed_in else self.state.phase, reason))
        if self.line is not None:
            self.line.channel.drop(reason or "closed")
        else:
            # Also what is not welcomed yet: it would be, as whoever was signed in before.
            self._attempt.cancel()
        self._prodded.set()

    def stage(self, synced: bool) -> None:
        """The line is welcomed, or up to date."""
        if synced:
            self._backoff.reset()
        else:
            self._prodded = trio.Event()
        self._set(ConnectionState("connected", synced=synced))

    async def until_news(self) -> None:
        """Wait until things stand otherwise with the server."""
        await self._news.wait()

    async def network_up(self) -> None:
        """The network came up or the machine woke: what was begun before that is worth nothing until it proves itself.

        A connection has PROBE_SECONDS to answer, an attempt is begun anew, a wait is over. What stopped until
        somebody acts stays stopped: this is nobody. Returns when the connection is known to be alive or dropped.
        """
        if self.state.phase == "disconnected":
            await trio.lowlevel.checkpoint()
        elif (line := self.line) is not None:
            self._prodded.set()
            await line.channel.probe(PROBE_SECONDS)
            if self.line is line:
                self._prodded = trio.Event()
        else:
            self._prodded.set()
            if self.state.phase != "connected":  # else it has just ended, and the reason is still to be heard
                self._attempt.cancel()
            await trio.lowlevel.checkpoint()

    async def run(self) -> NoReturn:
        """Connect and reconnect for as long as the session lives."""
        phase = "connecting"
        while True:
            token = await self._token()
            if token is None:
                await self._pause(ConnectionState("disconnected", self.state.reason or "signed_out"), None)
                phase = "connecting"
                continue
            self._set(ConnectionState("connecting" if phase == "connecting" else "reconnecting", self.state.reason))
            self._line = line = self._make_line(token)
            ended: Ended | None = None
            with trio.CancelScope() as self._attempt:
                ended = await self._connect(line)
            ended = ended or Ended(self.state.reason or "closed")
            self._line = None
            # Said before what has to be written down is: a slow disk must not look like a connection. But that it is
            # over, and nothing stayed here, only once it is so: whoever hears it may end the session at once.
            self._set(ConnectionState("reconnecting", None if ended.stop else ended.reason))
            await self._on_end(ended, line)
            if ended.stop:
                await self._pause(ConnectionState("disconnected", ended.reason), None)
                phase = "connecting"
            else:
                delay = self._backoff.next_delay(ended.retry_after_ms)
                await self._pause(ConnectionState("reconnecting", ended.reason, retry_in=delay), delay)
                phase = "reconnecting"

    async def _pause(self, state: ConnectionState, seconds: float | None) -> None:
        """Wait for the time to come or for somebody to act; who has acted already need not hear of a wait."""
        if not self._prodded.is_set():
            self._set(state)
        with trio.move_on_after(float("inf") if seconds is None else seconds) as waiting:
            await self._prodded.wait()
        if not waiting.cancelled_caught:
            self._prodded = trio.Event()
            self._backoff.reset()

    def _set(self, state: ConnectionState) -> None:
        self.state = state
        self._news.set()
        self._news = trio.Event()
        self._changed()

    async def _connect(self, line: Line) -> Ended:
        try:
            await converse(self._network, self._server, self._tls, line.hear, line.conduct)
        except HandshakeFailed as failed:
            return Ended("handshake" if failed.status is None else f"handshake_{failed.status}")
        except LinkClosed as closed:
            return _ended_by(closed, line.retry_after_ms)
        except ssl.SSLError:
            return Ended("certificate")
        except (OSError, trio.TooSlowError):
            return Ended("unreachable")
        return _ended_by_refusal(line)


def _ended_by_refusal(line: Line) -> Ended:
    """What a refused hello means."""
    if line.refusal is None:
        return Ended("closed", line.retry_after_ms)
    code = line.refusal.code
    token_dead = code in (RefusalCode.BAD_TOKEN, RefusalCode.UNAUTHENTICATED)
    return Ended(code.value, line.refusal.retry_after_ms, stop=not code.retryable, token_dead=token_dead)


def _ended_by(closed: LinkClosed, retry_after_ms: int | None) -> Ended:
    """What the end of a link means."""
    try:
        code = CloseCode(closed.code or 0)
    except ValueError:
        stop = closed.code is not None and 4500 <= closed.code <= 4999
        return Ended(closed.reason or "closed", retry_after_ms, stop=stop)
    return Ended(
        code.name.lower(),
        retry_after_ms,
        stop=not code.reconnect,
        device_revoked=code is CloseCode.DEVICE_REVOKED,
        token_dead=code in (CloseCode.DEVICE_REVOKED, CloseCode.SIGNED_OUT),
    )
