"""The operator's listener: probes get their answers, everybody else gets little."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import h11
import pytest
import trio
from coachline_server.admin import CONNECTIONS, REQUEST_BYTES, REQUEST_SECONDS, Admin, is_loopback
from trio.testing import MockClock, memory_stream_pair


async def ready() -> str | None:
    return None


async def full() -> str | None:
    return "the disk is full"


async def silent() -> str | None:
    await trio.sleep_forever()


def admin(unready: Callable[[], Awaitable[str | None]] = ready) -> Admin:
    return Admin(unready=unready, metrics=lambda: b"coachline_connections 3\n")


@asynccontextmanager
async def connected(served: Admin) -> AsyncIterator[trio.abc.Stream]:
    near, far = memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(served.answer, far)
        yield near
        nursery.cancel_scope.cancel()


async def everything(stream: trio.abc.Stream) -> bytes:
    return b"".join([bytes(part) async for part in stream])


async def asked(served: Admin, request: bytes) -> tuple[int, dict[bytes, bytes], bytes]:
    """What a whole request is answered: status, headers, body; h11 checks that it is HTTP."""
    async with connected(served) as stream:
        await stream.send_all(request)
        answer = await everything(stream)
    http = h11.Connection(h11.CLIENT)
    http.send(h11.Request(method="HEAD" if request.startswith(b"HEAD") else "GET", target="/", headers=[("Host", "x")]))
    http.receive_data(answer)
    http.receive_data(b"")
    response = http.next_event()
    assert isinstance(response, h11.Response)
    body = b""
    while isinstance(event := http.next_event(), h11.Data):
        body += bytes(event.data)
    return response.status_code, dict(response.headers), body


def get(path: str, method: str = "GET") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/livez", 200, b"alive\n"),
        ("/readyz", 200, b"ready\n"),
        ("/readyz?verbose", 200, b"ready\n"),
        ("/metrics", 200, b"coachline_connections 3\n"),
        ("/", 404, b"/livez, /readyz, /metrics\n"),
    ],
)
async def test_what_is_asked_is_answered(path: str, status: int, body: bytes) -> None:
    assert (await asked(admin(), get(path)))[::2] == (status, body)


async def test_not_ready_says_why() -> None:
    assert (await asked(admin(full), get("/readyz")))[::2] == (503, b"the disk is full\n")


async def test_alive_although_not_ready() -> None:
    assert (await asked(admin(full), get("/livez")))[0] == 200


async def test_a_database_that_does_not_answer_is_not_ready(autojump_clock: MockClock) -> None:
    assert (await asked(admin(silent), get("/readyz")))[::2] == (503, b"the database does not answer\n")


async def test_head_gets_the_length_and_no_body() -> None:
    status, headers, body = await asked(admin(), get("/metrics", "HEAD"))
    assert (status, headers[b"content-length"], body) == (200, b"24", b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_nothing_can_be_done_here(method: str) -> None:
    status, headers, _ = await asked(admin(), get("/livez", method))
    assert (status, headers[b"allow"]) == (405, b"GET, HEAD")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"\x16\x03\x01\x02\x00\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * REQUEST_BYTES, 431),
    ],
    ids=["not HTTP", "no host", "too long"],
)
async def test_what_is_no_request_is_refused(request_bytes: bytes, status: int) -> None:
    assert (await asked(admin(), request_bytes))[0] == status


async def test_whoever_says_nothing_is_dismissed(autojump_clock: MockClock) -> None:
    async with connected(admin()) as stream:
        await stream.send_all(b"GET /livez HT")
        assert await everything(stream) == b""
        assert trio.current_time() == pytest.approx(REQUEST_SECONDS)


async def test_whoever_leaves_at_once_leaves_nothing_behind() -> None:
    near, far = memory_stream_pair()
    await near.aclose()
    await admin().answer(far)


async def test_more_than_so_many_at_once_are_not_served(autojump_clock: MockClock) -> None:
    served = admin()
    pairs = [memory_stream_pair() for _ in range(CONNECTIONS + 1)]
    async with trio.open_nursery() as nursery:
        for _, far in pairs[:-1]:
            nursery.start_soon(served.answer, far)
        await trio.testing.wait_all_tasks_blocked()
        await served.answer(pairs[-1][1])
        assert await everything(pairs[-1][0]) == b""
        assert trio.current_time() == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_loopback_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.1", "example.org", ""])
def test_everything_else_is_not(host: str) -> None:
    assert not is_loopback(host)
