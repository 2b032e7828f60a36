"""Frames and bodies that must not be: what each gets from a whole daemon, over all ops and all vectors.

Who may not do a thing, and what cannot be done now, is in `test_forbidden_requests.py`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
import trio_websocket
from coachline_protocol import limits, ops
from coachline_protocol.codec import decode_message, encode
from coachline_protocol.codes import CloseCode, Refusal, RefusalCode
from coachline_protocol.frames import Frame, Refused, Reply, Request
from coachline_protocol.ops import OPS, Op
from support.daemon import Account, House, daemon
from support.faults import Fault, bare, faults, no_maps, plain
from support.links import foreign_client
from support.requests import Household, alive, household, sound_requests
from support.vectors import bytes_of, load
from support.wire import PATIENCE, Client
from trio.testing import MockClock

VECTORS = [entry for entry in load("reject.json") if entry["hearer"] == "server"]
FATAL = {entry["name"]: entry for entry in VECTORS if "close" in entry}
REFUSED = {entry["name"]: entry for entry in VECTORS if "refusal" in entry}
ENTRANCE = [op for op in OPS if not op.after_welcome]
"""Ops that only make sense before welcome."""
CLOSED_BELOW = {"a message over 64 KiB": 1009}
"""What the WebSocket layer ends by itself, with its own code (F3)."""
INSIDE = [op for op in OPS if not op.before_welcome]
CHAIN: list[Any] = []
"""As deep as a frame may be: the frame is one, its body two."""
for _ in range(limits.MAX_DEPTH - 3):
    CHAIN = [CHAIN]


def name_of(op: Op) -> str:
    return op.name


@asynccontextmanager
async def asking(home: Household, op: Op) -> AsyncIterator[Client]:
    """A connection in the state in which this op may be said."""
    async with home.house.wire() as client:
        if op.after_welcome:
            await client.hello(home.tom.token)
        yield client


async def ask_anything(client: Client, op: str, body: object) -> ops.Body | Refusal:
    return await client.answer(await client.say_anything(op, body))


# -- bodies ------------------------------------------------------------------------------------------------


async def test_there_is_a_sound_request_of_every_op(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with household(tmp_path) as home:
        sound = sound_requests(home.house, home.toms())
        assert {name: type(body) for name, body in sound.items()} == {op.name: op.request for op in OPS}


@pytest.mark.parametrize("op", OPS, ids=name_of)
async def test_a_wrong_body_is_refused_by_its_field_and_changes_nothing(
    op: Op, tmp_path: Path, autojump_clock: MockClock
) -> None:
    """[B1] [B3] [B4]"""
    async with household(tmp_path) as home:
        sound = sound_requests(home.house, home.toms())[op.name]
        wrong: list[Fault] = [*no_maps(), *faults(sound)]
        before = home.heads()
        async with asking(home, op) as client:
            heard = {fault.name: bare(await ask_anything(client, op.name, fault.body)) for fault in wrong}
            assert heard == {fault.name: bare(fault.refusal) for fault in wrong}
            assert client.closed is None
        assert home.heads() == before


@pytest.mark.parametrize("name", ["goal.imagine", "MESSAGE.POST", "message.post ", "ｈello", "x" * 64])
async def test_an_op_nobody_knows_is_refused_in_every_state(
    name: str, tmp_path: Path, autojump_clock: MockClock
) -> None:
    """[B4]"""
    async with daemon(tmp_path) as house:
        tom = house.account("tom", "client")
        async with house.wire() as client:
            stranger = await ask_anything(client, name, {})
            await client.hello(tom.token)
            assert [stranger, await ask_anything(client, name, {})] == [Refusal(code=RefusalCode.UNKNOWN_OP)] * 2
            await alive(client)


# -- states ------------------------------------------------------------------------------------------------


class Peer:
    """Somebody else's program: says any bytes, and notes what it is told."""

    def __init__(self, socket: trio_websocket.WebSocketConnection) -> None:
        self._socket = socket
        self.frames: list[Frame] = []

    async def say(self, *frames: bytes | str | Frame) -> None:
        """Frames in one message; text and bytes as they are."""
        first = frames[0]
        if isinstance(first, str):
            await self._socket.send_message(first)
        else:
            await self._socket.send_message(b"".join(f if isinstance(f, bytes) else encode(f) for f in frames))  # type: ignore[arg-type]

    async def answer(self, number: int) -> Reply | Refused:
        """What the request with this number came to."""
        with trio.fail_after(PATIENCE):
            while True:
                for frame in self.frames:
                    if isinstance(frame, Reply | Refused) and frame.id == number:
                        return frame
                self.frames += decode_message(await self._socket.get_message())

    async def ended(self) -> int | None:
        """The code with which the other side closes."""
        with trio.fail_after(PATIENCE):
            try:
                while True:
                    self.frames += decode_message(await self._socket.get_message())
            except trio_websocket.ConnectionClosed as closed:
                return closed.reason.code if closed.reason is not None else None


@asynccontextmanager
async def peer(house: House, account: Account | None = None) -> AsyncIterator[Peer]:
    """Its connection; welcomed as somebody, if somebody is named."""
    stream: trio.abc.Stream
    host, port = house.address
    if house.memory is None:
        stream = await trio.open_tcp_stream(host, port)
    else:
        stream = await house.memory.dial(host, port, source="10.0.0.9")
    async with foreign_client(stream, subprotocols=[limits.SUBPROTOCOL]) as socket:
        found = Peer(socket)
        if account is not None:
            await found.say(hello(account))
            assert isinstance(await found.answer(0), Reply)
        yield found


def hello(account: Account) -> Request:
    return Request(0, "hello", ops.Hello(token=account.token, client="test"))


@pytest.mark.parametrize("op", OPS, ids=name_of)
async def test_what_a_server_does_not_know_in_a_body_is_ignored(
    op: Op, tmp_path: Path, autojump_clock: MockClock
) -> None:
    """[B2] [F4] Also where it is as deep as can be."""
    async with household(tmp_path) as home:
        sound = sound_requests(home.house, home.toms())[op.name]
        async with peer(home.house, home.maya if op.after_welcome else None) as inventor:
            await inventor.say(Request(1, op.name, {**plain(sound), "not yet invented": CHAIN}))
            answer = await inventor.answer(1)
            if isinstance(answer, Refused):
                assert answer.code not in (RefusalCode.MALFORMED, RefusalCode.INVALID)


@pytest.mark.parametrize("op", INSIDE, ids=name_of)
async def test_before_the_welcome_nothing_is_done(op: Op, tmp_path: Path, autojump_clock: MockClock) -> None:
    """[C2] [C3] Neither before hello, nor after a hello that was refused, nor between hello and welcome."""
    async with household(tmp_path) as home:
        body = sound_requests(home.house, home.toms())[op.name]
        before = home.heads()
        async with peer(home.house) as visitor:
            await visitor.say(Request(1, op.name, body), Request(2, op.name, {}))
            await visitor.say(Request(3, "hello", ops.Hello(token=bytes(32), client="test")))
            assert (await visitor.answer(3)) == Refused(3, RefusalCode.BAD_TOKEN, {})
            await visitor.say(Request(4, op.name, body))
            await visitor.say(hello(home.tom), Request(5, op.name, body))
            assert isinstance(await visitor.answer(0), Reply)
            for number in (1, 2, 4, 5):
                assert await visitor.answer(number) == Refused(number, RefusalCode.UNAUTHENTICATED, {})
        assert home.heads() == before


@pytest.mark.parametrize("op", ENTRANCE, ids=name_of)
async def test_coming_in_twice_ends_the_connection(op: Op, tmp_path: Path, autojump_clock: MockClock) -> None:
    """[C3] After the welcome, and between hello and welcome."""
    async with household(tmp_path) as home:
        again = Request(1, op.name, sound_requests(home.house, home.toms())[op.name])
        before = home.heads()
        async with peer(home.house, home.tom) as inside:
            await inside.say(again)
            assert await inside.ended() == CloseCode.PROTOCOL_ERROR
        async with peer(home.house) as visitor:
            await visitor.say(hello(home.tom), again)
            assert await visitor.ended() == CloseCode.PROTOCOL_ERROR
        assert home.heads() == before


async def test_a_65th_question_ends_the_connection_and_64_are_answered(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    """[C5]"""
    async with household(tmp_path) as home:
        asked = [Request(number, "device.list", {}) for number in range(1, limits.MAX_OUTSTANDING + 2)]
        async with peer(home.house, home.tom) as patient:
            await patient.say(*asked[:-1])
            for request in asked[:-1]:
                assert isinstance(await patient.answer(request.id), Reply)
        async with peer(home.house, home.tom) as impatient:
            await impatient.say(*asked)
            assert await impatient.ended() == CloseCode.PROTOCOL_ERROR


async def test_an_id_that_still_waits_ends_the_connection(tmp_path: Path, autojump_clock: MockClock) -> None:
    """[C5]"""
    async with household(tmp_path) as home, peer(home.house, home.tom) as confused:
        await confused.say(Request(7, "device.list", {}))
        assert isinstance(await confused.answer(7), Reply)
        await confused.say(Request(7, "device.list", {}), Request(7, "people.list", {}))
        assert await confused.ended() == CloseCode.PROTOCOL_ERROR


async def test_after_a_broken_frame_nothing_of_the_message_is_done(tmp_path: Path, autojump_clock: MockClock) -> None:
    """[F1] [C6]"""
    async with household(tmp_path) as home:
        before = home.heads()
        async with peer(home.house, home.tom) as careless:
            await careless.say(Request(1, "message.post", home.house.post(home.conversation)), b"\xc1")
            assert await careless.ended() == CloseCode.PROTOCOL_ERROR
        assert home.heads() == before


# -- vectors -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["opened", "welcomed"])
@pytest.mark.parametrize("loopback", [False, True], ids=["memory", "loopback"])
async def test_what_must_be_rejected_ends_its_own_connection_and_no_other(
    loopback: bool, state: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """[F1] [F2] [F3] [F4] [F5] [F6] [C4] [H9]"""
    if not loopback:
        request.getfixturevalue("autojump_clock")
    async with daemon(tmp_path, loopback=loopback) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer, house.client(tom) as client:
            conversation = await house.open(trainer, tom)
            await client.told(ops.Change, "message")
            heard = {}
            for name, entry in FATAL.items():
                async with peer(house, tom if state == "welcomed" else None) as broken:
                    await broken.say(entry["text"] if "text" in entry else bytes_of(entry))
                    heard[name] = await broken.ended()
                posted = await trainer.get(house.post(conversation, name), ops.Posted)
                assert (await client.told(ops.Change, "message")).rev == posted.rev
            assert heard == {name: entry["close"] for name, entry in FATAL.items()} | CLOSED_BELOW


async def test_what_must_be_refused_is_refused_and_the_connection_goes_on(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    """[B1] [B3] [B4]"""
    async with household(tmp_path) as home, peer(home.house, home.tom) as careless:
        heard = {}
        for name, entry in REFUSED.items():
            careless.frames.clear()
            await careless.say(bytes_of(entry))
            answer = await careless.answer(1)
            assert isinstance(answer, Refused), name
            heard[name] = {"code": answer.code.value, **answer.details}
            heard[name].pop("hint", None)
        assert heard == {name: entry["refusal"] for name, entry in REFUSED.items()}
