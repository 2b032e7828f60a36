"""What is said to each of the servers: one client connection a speaker, the same calls for all three.

A message is a number. `say(n)` posts it; `delivered(n)` is called when a recipient's socket has it, `done(n)` when its
sender knows all there is to know: that it is kept and, where there are receipts, that it arrived.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import msgpack
import msgspec
from bench.wire import TEXT, Hub, Wire
from coachline_protocol import limits, ops
from coachline_protocol.codec import encode
from coachline_protocol.frames import Request
from coachline_protocol.rows import Id

BODY = "Five by five at eighty, the last set was heavy but the bar path is finally where we wanted it. More?"
"""100 characters: the body of every message."""

Number = Callable[[int], None]


def nobody(_: int) -> None:
    """Nobody wants to know."""


class Speaker(Protocol):
    """One connection of one person."""

    wire: Wire
    ready: bool
    delivered: Number
    done: Number
    refused: Callable[[int, str], None]

    def say(self, number: int) -> None:
        """Post message `number`."""
        ...


def refusal_is_a_defect(number: int, code: str) -> None:
    """No measurement but that of overload expects one."""
    raise RuntimeError(f"message {number} was refused: {code}")


class Ours:
    """A device of Coachline. As the session does, it says *delivered* one at a time, the newest, and puts all it has to
    say to one message of the server into one message of its own.
    """

    HELLO, CURSOR, ASK, FIRST_POST = 0, 1, 2, 65_536
    """Request ids. Those of posts have one length, so that they can be written into a frame that is there already."""
    POSTS = 1_000_000

    def __init__(
        self,
        hub: Hub,
        address: tuple[str, int],
        token: bytes,
        person: Id,
        conversation: Id | None = None,
        *,
        receipts: bool = True,
    ) -> None:
        """`receipts`: whether it says how far it has stored."""
        self.person = person
        self.ready = False
        self.delivered: Number = nobody
        self.done: Number = nobody
        self.refused: Callable[[int, str], None] = refusal_is_a_defect
        self.answered: Callable[[dict[str, Any]], None] = lambda _: None
        self.presence: Callable[[], None] = lambda: None
        self.welcome: dict[str, Any] = {}
        self._token = token
        self._pending: dict[int, int] = {}
        self._ids: dict[int, bytes] = {}
        """Of the messages that were said and not taken yet: what was refused is said again under its own."""
        self._unseen: deque[tuple[int, int]] = deque()
        self._heard = self._told = 0
        self._telling = not receipts
        self._hearing = False
        self._answers: list[bytes] = []
        """What it says to the message that it is hearing."""
        self._unpacker = msgpack.Unpacker(raw=False, strict_map_key=True)
        if conversation is not None:
            self._prepare(conversation)
        self.wire = Wire(hub, address, subprotocol=limits.SUBPROTOCOL, opened=self._greet, hear=self.hear)

    def say(self, number: int) -> None:
        request = self.FIRST_POST + number % self.POSTS
        self._pending[request] = number
        self._say(self._post[0] + request.to_bytes(4, "big") + self._post[1] + self._id_of(number) + self._post[2])

    def _id_of(self, number: int) -> bytes:
        """A UUIDv7 of when it was first said, as the session's are, with the message's number in its last six bytes."""
        known = self._ids.get(number)
        if known is None:
            now = (time.time_ns() // 10**6).to_bytes(6, "big")
            known = self._ids[number] = now + self._drawn + number.to_bytes(6, "big")
        return known

    def ask(self, body: ops.Body) -> None:
        """Ask one thing; `answered` hears the body of the reply."""
        self._say(encode(Request(self.ASK, ops.OP_BY_REQUEST[type(body)].name, body)))

    @property
    def full(self) -> bool:
        """Whether one more request might be one more than may wait for an answer."""
        return len(self._pending) >= limits.MAX_OUTSTANDING - 2

    def hear(self, data: bytes) -> None:
        """One message from the server."""
        self._hearing = True
        self._unpacker.feed(data)
        for frame in self._unpacker:
            kind, about, body = frame[0], frame[1], frame[2]
            if kind == 3:
                self._event(about, body)
            elif kind == 1:
                self._reply(about, body)
            else:
                self._refusal(about, body)
        if self._heard > self._told and not self._telling:
            self._tell()
        self._hearing = False
        if self._answers:
            said, self._answers = b"".join(self._answers), []
            self.wire.say(said)

    def _say(self, frame: bytes) -> None:
        if self._hearing:
            self._answers.append(frame)
        else:
            self.wire.say(frame)

    def _event(self, name: str, body: dict[str, Any]) -> None:
        if name == "message":
            for row in body["rows"]:
                if row["row"] == "message" and row["author"] != self.person:
                    self._heard = row["seq"]
                    self.delivered(int.from_bytes(row["id"][10:], "big"))
        elif name == "cursor":
            for cursor in body["cursors"]:
                if cursor["person"] != self.person:
                    self._arrived(cursor["delivered"])
        elif name == "presence":
            self.presence()

    def _reply(self, request: int, body: dict[str, Any]) -> None:
        if request >= self.FIRST_POST:
            number = self._pending.pop(request)
            del self._ids[number]
            self._unseen.append((body["seq"], number))
        elif request == self.CURSOR:
            self._telling = False
        elif request == self.ASK:
            self.answered(body)
        else:
            self.ready, self.welcome = True, body

    def _refusal(self, request: int, code: str) -> None:
        self.refused(self._pending.pop(request, -1), code)

    def _arrived(self, seq: int) -> None:
        while self._unseen and self._unseen[0][0] <= seq:
            self.done(self._unseen.popleft()[1])

    def _tell(self) -> None:
        self._told, self._telling = self._heard, True
        self._say(self._cursor + msgspec.msgpack.encode(self._told))

    def _greet(self) -> None:
        self.wire.say(encode(Request(self.HELLO, "hello", ops.Hello(token=self._token, client="bench"))))

    def _prepare(self, conversation: Id) -> None:
        # Version, twelve random bits, variant, fourteen random bits (RFC 9562, section 5.7).
        self._drawn = (0x7000_8000 | secrets.randbits(32) & 0x0FFF_3FFF).to_bytes(4, "big")
        stand_in = b"\x5a" * 16
        post = ops.MessagePost(id=stand_in, conversation=conversation, text=BODY)
        head, rest = encode(Request(self.FIRST_POST, "message.post", post)).split(self.FIRST_POST.to_bytes(4, "big"), 1)
        between, tail = rest.split(stand_in, 1)
        self._post = head, between, tail
        told = ops.CursorDelivered(conversation=conversation, seq=0)
        self._cursor = encode(Request(self.CURSOR, "cursor.delivered", told))[:-1]


class Relayed:
    """A connection to the bare relay. What is said is as long as our frame."""

    HEAD = 8
    FILLING = bytes(56) + BODY.encode()

    def __init__(self, hub: Hub, address: tuple[str, int], group: str) -> None:
        self.ready = False
        self.delivered: Number = nobody
        self.done: Number = nobody
        self.refused: Callable[[int, str], None] = refusal_is_a_defect
        self.wire = Wire(hub, address, path=f"/{group}", opened=self._opened, hear=self.hear)

    def say(self, number: int) -> None:
        self.wire.say(number.to_bytes(self.HEAD, "big") + self.FILLING)

    def hear(self, data: bytes) -> None:
        """One message from the server: our own head back, or somebody else's message."""
        number = int.from_bytes(data[: self.HEAD], "big")
        if len(data) == self.HEAD:
            self.done(number)
        else:
            self.delivered(number)

    def _opened(self) -> None:
        self.ready = True


class SocketIo:
    """A connection to the python-socketio server, in Engine.IO 4 text packets."""

    PATH = "/socket.io/?EIO=4&transport=websocket"

    def __init__(self, hub: Hub, address: tuple[str, int], token: str, person: str, conversation: str) -> None:
        self.person = person
        self.ready = False
        self.delivered: Number = nobody
        self.done: Number = nobody
        self.refused: Callable[[int, str], None] = refusal_is_a_defect
        self._token = token
        self._conversation = conversation
        self._id = os.urandom(8).hex()
        self._unseen: deque[tuple[int, int]] = deque()
        self.wire = Wire(hub, address, path=self.PATH, opcode=TEXT, opened=lambda: None, hear=self.hear)

    def say(self, number: int) -> None:
        said = {"id": f"{self._id}{number:016x}", "conversation": self._conversation, "text": BODY}
        self.wire.say(f"42{number}{_json(['post', said])}".encode())

    def hear(self, data: bytes) -> None:
        """One packet."""
        kind = data[:2]
        if kind == b"42":
            self._event(*json.loads(data[2:]))
        elif kind == b"43":
            begin = data.index(b"[")
            self._unseen.append((json.loads(data[begin:])[0]["seq"], int(data[2:begin])))
        elif kind == b"40":
            self.ready = True
        elif kind[:1] == b"0":
            self.wire.say(f"40{_json({'token': self._token})}".encode())
        elif kind[:1] == b"2":
            self.wire.say(b"3")

    def _event(self, name: str, body: dict[str, Any]) -> None:
        if name == "message":
            self.delivered(int(body["id"][16:], 16))
            told = {"conversation": self._conversation, "seq": body["seq"]}
            self.wire.say(f"42{_json(['delivered', told])}".encode())
        elif name == "cursor":
            while self._unseen and self._unseen[0][0] <= body["delivered"]:
                self.done(self._unseen.popleft()[1])


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
