"""The operator's HTTP listener: `/livez`, `/readyz`, `/metrics`, on loopback only.

h11 decides what is HTTP; this file only moves bytes. Every connection carries one request and is closed, so a
monitoring system that forgets its connections holds nothing. Errors of a client end its own connection only.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

import h11
import trio
import trio.abc

REQUEST_BYTES: Final = 8 * 1024
"""Of request line and headers; a probe sends some hundred."""
REQUEST_SECONDS: Final = 5
"""From the connection to the end of the answer."""
CONNECTIONS: Final = 32
"""At once; the next is closed unanswered."""
TEXT: Final = "text/plain; charset=utf-8"
METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: status code, content type, body."""

    status: int
    body: bytes
    content_type: str = TEXT


def is_loopback(host: str) -> bool:
    """Whether `host` can only be reached from this machine. A name other than `localhost` cannot be known to be."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Admin:
    """Answers probes.

    `unready()` says in a sentence why no work can be taken now, or None; it may wait and is given what is left of
    the request's time. `metrics()` is the Prometheus text.
    """

    def __init__(self, *, unready: Callable[[], Awaitable[str | None]], metrics: Callable[[], bytes]) -> None:
        self._unready = unready
        self._metrics = metrics
        self._open = 0

    async def run(self, listeners: list[trio.abc.Listener[trio.abc.Stream]]) -> None:
        """Serve until cancelled."""
        await trio.serve_listeners(self.answer, listeners)

    async def answer(self, stream: trio.abc.Stream) -> None:
        """One request, one answer, closed."""
        if self._open >= CONNECTIONS:
            await trio.aclose_forcefully(stream)
            return
        self._open += 1
        try:
            with trio.move_on_after(REQUEST_SECONDS):
                await self._exchange(stream)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return  # whoever asked has gone
        finally:
            self._open -= 1
            with trio.CancelScope(shield=True):
                await trio.aclose_forcefully(stream)

    async def _exchange(self, stream: trio.abc.Stream) -> None:
        http = h11.Connection(h11.SERVER, max_incomplete_event_size=REQUEST_BYTES)
        head_only = False
        try:
            request = await _next_request(http, stream)
            if request is None:
                return
            head_only = request.method == b"HEAD"
            page = await self._page(request)
        except h11.RemoteProtocolError as error:
            page = Page(error.error_status_hint, b"not a request this listener understands\n")
        await stream.send_all(_response(http, page, head_only=head_only))
        await _close(stream)

    async def _page(self, request: h11.Request) -> Page:
        if request.method not in (b"GET", b"HEAD"):
            return Page(405, b"GET and HEAD only\n")
        match request.target.partition(b"?")[0]:
            case b"/livez":
                return Page(200, b"alive\n")
            case b"/readyz":
                reason = await self._reason()
                return Page(200, b"ready\n") if reason is None else Page(503, f"{reason}\n".encode())
            case b"/metrics":
                return Page(200, self._metrics(), METRICS)
            case _:
                return Page(404, b"/livez, /readyz, /metrics\n")

    async def _reason(self) -> str | None:
        with trio.move_on_after(REQUEST_SECONDS / 2):
            return await self._unready()
        return "the database does not answer"


async def _next_request(http: h11.Connection, stream: trio.abc.Stream) -> h11.Request | None:
    while True:
        event = http.next_event()
        if isinstance(event, h11.Request):
            return event
        if event is not h11.NEED_DATA:
            return None  # closed before it asked
        http.receive_data(bytes(await stream.receive_some(REQUEST_BYTES)))


def _response(http: h11.Connection, page: Page, *, head_only: bool) -> bytes:
    headers = [
        ("Content-Type", page.content_type),
        ("Content-Length", str(len(page.body))),
        ("Cache-Control", "no-store"),
        ("Connection", "close"),
        *([("Allow", "GET, HEAD")] if page.status == 405 else []),
    ]
    parts = [http.send(h11.Response(status_code=page.status, headers=headers))]
    if not head_only:
        parts.append(http.send(h11.Data(data=page.body)))
    parts.append(http.send(h11.EndOfMessage()))
    return b"".join(part for part in parts if part)


async def _close(stream: trio.abc.Stream) -> None:
    # A close with unread bytes is a TCP reset, which can overtake the answer: say the end first, then read it out.
    if isinstance(stream, trio.abc.HalfCloseableStream):
        await stream.send_eof()
        while await stream.receive_some(REQUEST_BYTES):
            pass
