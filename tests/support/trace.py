"""What can be observed of a universe, line by line: frames on the wire with their virtual times, states, log lines.

Read at the dialling end of every wire: what is sent when it leaves, what is received when it arrives. Masks, nonces
and the payloads of pings come from the operating system's randomness inside libraries; they are not looked at.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Literal

import trio
import trio.abc
from coachline_core.runtime.seams import Network
from coachline_protocol.codec import decode_message
from coachline_protocol.frames import Event, Frame, Refused, Reply, Request
from support.vectors import plain
from wsproto.frame_protocol import FrameDecoder, Opcode

Direction = Literal[">", "<"]
"""`>` said by the dialler, `<` heard by it."""
Listener = Callable[[str, int, Direction, Frame], None]
"""Is told of each frame: whose wire, the wire's number, the direction, the frame."""

LONGEST_SHOWN = 60
"""Characters of a text."""
MOST_LINES = 300_000
"""Many times what the longest story takes: whatever goes round in circles is found out."""
HEAD_END = b"\r\n\r\n"


class Trace:
    """The lines so far, and whoever listens to the frames in them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.listeners: list[Listener] = []
        self.wires = 0
        self.steps = 0

    def step(self, what: str) -> None:
        """A step of the story begins."""
        self.note("story", f"{self.steps}: {what}")
        self.steps += 1

    def note(self, who: str, what: str) -> None:
        """One line, with the virtual time."""
        if len(self.lines) >= MOST_LINES:
            raise AssertionError("this universe does not come to an end")
        self.lines.append(f"{trio.current_time():12.6f} {who} {what}")

    def frame(self, who: str, wire: int, direction: Direction, frame: Frame) -> None:
        """One frame."""
        self.note(who, f"{wire} {direction} {_words(frame)}")
        for listener in self.listeners:
            listener(who, wire, direction, frame)

    def digest(self) -> str:
        """The same for the same lines."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()


class TracedNetwork:
    """A network as one host sees it, everything that host says and hears being noted."""

    def __init__(self, network: Network, who: str, trace: Trace) -> None:
        self._network = network
        self._who = who
        self._trace = trace

    async def dial(self, host: str, port: int) -> trio.abc.Stream:
        """As Network.dial."""
        try:
            stream = await self._network.dial(host, port)
        except OSError as error:
            self._trace.note(self._who, f"cannot dial: {error}")
            raise
        self._trace.wires += 1
        self._trace.note(self._who, f"{self._trace.wires} dialled")
        return _TracedStream(stream, self._who, self._trace.wires, self._trace)

    async def listen(self, host: str, port: int) -> list[trio.abc.Listener[trio.abc.Stream]]:
        """As Network.listen."""
        return await self._network.listen(host, port)


class _TracedStream(trio.abc.Stream):
    def __init__(self, stream: trio.abc.Stream, who: str, number: int, trace: Trace) -> None:
        self._stream = stream
        self._who = who
        self._number = number
        self._trace = trace
        self._said = _Messages(from_client=True)
        self._heard = _Messages(from_client=False)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._stream.send_all(data)
        self._note(">", self._said.read(bytes(data)))

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        try:
            data = await self._stream.receive_some(max_bytes)
        except trio.BrokenResourceError:
            self._trace.note(self._who, f"{self._number} broken")
            raise
        if not data:
            self._trace.note(self._who, f"{self._number} ended")
        self._note("<", self._heard.read(bytes(data)))
        return data

    async def aclose(self) -> None:
        await self._stream.aclose()

    def _note(self, direction: Direction, found: Iterator[bytes | str]) -> None:
        for message in found:
            if isinstance(message, str):
                self._trace.note(self._who, f"{self._number} {direction} {message}")
            else:
                for frame in decode_message(message):
                    self._trace.frame(self._who, self._number, direction, frame)


class _Messages:
    """One direction's bytes to whole WebSocket messages, and a word for whatever is none."""

    def __init__(self, *, from_client: bool) -> None:
        self._head: bytes | None = b""
        self._decoder = FrameDecoder(client=not from_client)
        self._parts: list[bytes] = []

    def read(self, data: bytes) -> Iterator[bytes | str]:
        if self._head is not None:
            head, end, data = (self._head + data).partition(HEAD_END)
            if not end:
                self._head = head
                return
            self._head = None
            yield head.partition(b"\r\n")[0].decode("latin-1")
        self._decoder.receive_bytes(data)
        while (frame := self._decoder.process_buffer()) is not None:
            payload = frame.payload
            if frame.opcode in (Opcode.PING, Opcode.PONG):
                yield frame.opcode.name.lower()
            elif frame.opcode is Opcode.CLOSE:
                yield f"close {int.from_bytes(bytes(payload)[:2], 'big')}"  # type: ignore[arg-type]
            else:
                self._parts.append(bytes(payload))  # type: ignore[arg-type]
                if frame.frame_finished and frame.message_finished:
                    message, self._parts = b"".join(self._parts), []
                    yield message


def _words(frame: Frame) -> str:
    match frame:
        case Request(id=number, op=op):
            return f"#{number} {op} {_value(plain(frame)[3])}"
        case Reply(id=number):
            return f"#{number} done {_value(plain(frame)[2])}"
        case Refused(id=number, code=code):
            return f"#{number} refused {code} {_value(plain(frame)[3])}"
        case Event(name=name):
            return f"told {name} {_value(plain(frame)[2])}"


def _value(value: object) -> str:
    """Plain values in one line, ids as hex."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str) and len(value) > LONGEST_SHOWN:
        return f"{value[:LONGEST_SHOWN]!r} and {len(value) - LONGEST_SHOWN} more"
    return repr(value)
