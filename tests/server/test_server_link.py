"""The daemon's end of a link, spoken to in frames made by hand: pieces, text, pings, and much at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
from coachline_core.runtime.link import HandshakeFailed, Link, LinkClosed
from coachline_server.link import TURN_MESSAGES, ServerLink, accept_link
from support.links import SUBPROTOCOL, linked, memory_streams
from support.network import Wire
from trio.testing import MockClock
from websockets.frames import Close, Frame, Opcode

UPGRADE = (
    "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
).encode()


def said(opcode: Opcode, data: bytes = b"", *, fin: bool = True) -> bytes:
    """A client's frame."""
    return Frame(opcode, data, fin).serialize(mask=True)


def answered(opcode: Opcode, data: bytes = b"") -> bytes:
    """A server's frame."""
    return Frame(opcode, data).serialize(mask=False)


@asynccontextmanager
async def by_hand(early: bytes = b"") -> AsyncIterator[tuple[Link, trio.abc.Stream]]:
    """The server's link and the client's stream after the handshake; `early`: said with the request."""
    client, server = await memory_streams()
    await client.send_all(UPGRADE + early)
    with trio.fail_after(10):
        async with accept_link(server, subprotocols=[SUBPROTOCOL], allowed_origins=(), handshake_timeout=5) as link:
            assert (await client.receive_some()).endswith(b"\r\n\r\n")
            yield link, client
            await client.aclose()


async def test_a_message_in_pieces_is_one_message_and_a_ping_between_them_is_answered() -> None:
    async with by_hand() as (link, client):
        await client.send_all(said(Opcode.BINARY, b"fi", fin=False) + said(Opcode.PING, b"?"))
        await client.send_all(said(Opcode.CONT, b"v", fin=False) + said(Opcode.CONT, b"e") + said(Opcode.BINARY, b"6"))
        assert [await link.receive(), await link.receive()] == [b"five", b"6"]
        assert await client.receive_some() == answered(Opcode.PONG, b"?")


async def test_text_comes_as_text_in_pieces_too() -> None:
    async with by_hand() as (link, client):
        whole = "grün".encode()
        await client.send_all(said(Opcode.TEXT, whole[:3], fin=False) + said(Opcode.CONT, whole[3:]))
        await client.send_all(said(Opcode.TEXT, whole))
        assert [await link.receive(), await link.receive()] == ["grün", "grün"]


@pytest.mark.parametrize(
    "words",
    [
        said(Opcode.TEXT, b"\xff"),
        said(Opcode.TEXT, b"\xff", fin=False),
        said(Opcode.TEXT, b"\xc3", fin=False) + said(Opcode.CONT),
        said(Opcode.TEXT, b"\xff") + said(Opcode.TEXT, b"\xff"),
    ],
    ids=["whole", "first piece", "breaks off", "twice"],
)
async def test_text_that_is_none_ends_the_link_and_says_why(words: bytes) -> None:
    async with by_hand() as (link, client):
        await client.send_all(words)
        with pytest.raises(LinkClosed) as ended:
            await link.receive()
        assert ended.value.code == 1007
        assert await client.receive_some() == answered(Opcode.CLOSE, Close(1007, "text is not UTF-8").serialize())


async def test_what_was_said_before_a_broken_frame_or_a_goodbye_is_heard() -> None:
    for last, code in ((said(Opcode.CLOSE, Close(4000, "bye").serialize()), 4000), (b"\xff\xff", 1002)):
        async with by_hand() as (link, client):
            await client.send_all(said(Opcode.BINARY, b"one") + said(Opcode.BINARY, b"two") + last)
            assert [await link.receive(), await link.receive()] == [b"one", b"two"]
            for use in (link.receive(), link.send(b"x"), link.ping()):
                with pytest.raises(LinkClosed) as ended:
                    await use
                assert ended.value.code == code


async def test_a_goodbye_is_the_end_at_once_whatever_its_code(autojump_clock: MockClock) -> None:
    client, server = await memory_streams()
    await client.send_all(UPGRADE)
    began = trio.current_time()
    async with accept_link(server, subprotocols=[SUBPROTOCOL], allowed_origins=(), handshake_timeout=5) as link:
        await client.send_all(said(Opcode.CLOSE, Close(1009, "").serialize()))
        with pytest.raises(LinkClosed) as ended:
            await link.receive()
        assert ended.value.code == 1009
    assert trio.current_time() == began


async def test_a_goodbye_without_a_code_has_none() -> None:
    async with by_hand() as (link, client):
        await client.send_all(said(Opcode.CLOSE))
        with pytest.raises(LinkClosed) as ended:
            await link.receive()
        assert ended.value.code is None


async def test_who_does_not_wait_for_the_answer_gets_none() -> None:
    for early in (said(Opcode.BINARY, b"early"), b"\x82"):
        with pytest.raises(HandshakeFailed, match="did not wait"):
            async with by_hand(early):
                pass


async def test_who_says_much_at_once_does_not_keep_others_waiting() -> None:
    turns: list[str] = []

    async def other() -> None:
        while True:
            await trio.lowlevel.checkpoint()
            turns.append("other")

    async with by_hand() as (link, client), trio.open_nursery() as nursery:
        await client.send_all(b"".join(said(Opcode.BINARY, b"%d" % n) for n in range(4 * TURN_MESSAGES)))
        nursery.start_soon(other)
        for _ in range(4 * TURN_MESSAGES):
            await link.receive()
            turns.append("link")
        nursery.cancel_scope.cancel()
    assert turns.count("other") >= 2


async def test_a_send_that_is_cancelled_kills_the_link(autojump_clock: MockClock) -> None:
    async with linked(*await memory_streams()) as pair:
        with trio.move_on_after(1) as scope:
            while True:  # until the buffers are full and a frame is half out
                await pair.server.send(b"x" * 60_000)
        assert scope.cancelled_caught
        with pytest.raises(LinkClosed) as ended:
            await pair.server.send(b"y")
        assert ended.value.code is None


async def test_a_send_that_is_cancelled_while_another_goes_out_kills_the_link(autojump_clock: MockClock) -> None:
    wire = Wire("a", "b:1")

    async def send(link: Link) -> None:
        with pytest.raises(LinkClosed):
            await link.send(b"x" * 60_000)

    with trio.fail_after(60):
        async with linked(wire.dialler, wire.listener) as pair, trio.open_nursery() as nursery:
            wire.stall(True)
            await pair.server.send(b"x" * 60_000)
            for _ in range(2):  # more than is on its way at once
                nursery.start_soon(send, pair.server)
            await trio.testing.wait_all_tasks_blocked()
            with trio.move_on_after(1):
                await pair.server.send(b"waits its turn")
            with pytest.raises(LinkClosed):
                await pair.server.send(b"y")


async def test_what_is_said_while_another_sends_goes_out_after_it(autojump_clock: MockClock) -> None:
    client, server = trio.testing.memory_stream_pair()
    deliver = server.send_stream.send_all_hook
    assert deliver is not None
    heard: list[bytes | str] = []

    async def late() -> None:
        await trio.sleep(1)
        await deliver()

    async with linked(client, server) as pair, trio.open_nursery() as nursery:
        server.send_stream.send_all_hook = late
        for word in (b"one", b"two", b"three"):
            nursery.start_soon(pair.server.send, word)
            await trio.testing.wait_all_tasks_blocked()
        heard += [await pair.client.receive() for _ in range(3)]
    assert heard == [b"one", b"two", b"three"]


async def test_whoever_waits_to_send_hears_that_the_link_was_cut(autojump_clock: MockClock) -> None:
    wire = Wire("a", "b:1")
    ended: list[int | None] = []

    async def send(link: Link) -> None:
        with pytest.raises(LinkClosed) as caught:
            await link.send(b"x" * 60_000)
        ended.append(caught.value.code)

    async with linked(wire.dialler, wire.listener) as pair:
        wire.stall(True)
        await pair.server.send(b"x" * 60_000)
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(send, pair.server)
            await trio.testing.wait_all_tasks_blocked()
            wire.cut()
    assert ended == [None] * 3


async def test_a_link_can_be_closed_while_somebody_listens(autojump_clock: MockClock) -> None:
    ended: list[int | None] = []

    async def listen(link: Link) -> None:
        with pytest.raises(LinkClosed) as caught:
            await link.receive()
        ended.append(caught.value.code)

    async with by_hand() as (link, client), trio.open_nursery() as nursery:
        nursery.start_soon(listen, link)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(link.close, 4000, "bye")
        assert await client.receive_some() == answered(Opcode.CLOSE, Close(4000, "bye").serialize())
        began = trio.current_time()
        await client.send_all(said(Opcode.CLOSE, Close(4000, "bye").serialize()))
    assert ended == [4000]
    assert trio.current_time() == began


async def test_what_is_said_after_our_goodbye_is_not_kept(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger could have us keep as much as he sends while we wait for his own goodbye."""
    kept: list[bytes] = []
    take = ServerLink._take

    def noticed(link: ServerLink, data: bytes, *, text: bool) -> None:
        kept.append(data)
        take(link, data, text=text)

    monkeypatch.setattr(ServerLink, "_take", noticed)
    async with by_hand() as (link, client), trio.open_nursery() as nursery:
        nursery.start_soon(link.close, 4000, "bye")
        await client.receive_some()
        await client.send_all(said(Opcode.BINARY, b"x" * 4000) * 10)
        await client.send_all(said(Opcode.BINARY, b"y", fin=False) + said(Opcode.CONT, b"y"))
        await client.send_all(said(Opcode.CLOSE, Close(4000, "bye").serialize()))
    assert kept == []


async def test_who_pings_and_does_not_read_is_soon_not_heard_either(autojump_clock: MockClock) -> None:
    """The answers would pile up behind what he does not read."""
    wire = Wire("a", "b:1")
    said_all = trio.Event()

    async def ping() -> None:
        for _ in range(200):
            await wire.dialler.send_all(said(Opcode.PING) * 1000)
        said_all.set()

    await wire.dialler.send_all(UPGRADE)
    async with accept_link(wire.listener, subprotocols=[SUBPROTOCOL], allowed_origins=(), handshake_timeout=5) as link:
        wire.stall(True)
        async with trio.open_nursery() as nursery:
            for work in (link.receive, ping):
                nursery.start_soon(work)
            for _ in range(3):
                nursery.start_soon(link.send, b"x" * 60_000)
            await trio.sleep(60)
            assert not said_all.is_set()
            wire.stall(False)
            while not said_all.is_set():
                await wire.dialler.receive_some()
            nursery.cancel_scope.cancel()
