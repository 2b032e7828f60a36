"""A network in memory, with distance and with faults.

Byte streams between named hosts of one process: bounded like TCP's buffers (a reader that stops reading stops the
writer), delayed by a latency, cut, or half-open (bytes vanish and nobody is told). No task is needed for any of it.
"""

import operator
from collections import deque
from collections.abc import Callable

import trio
import trio.abc
from coachline_core.runtime.transport import Addressed, Prompt
from trio.lowlevel import ParkingLot

# Bytes in flight one way before a sender waits, about what Linux gives a loopback socket to begin with.
CAPACITY = 64 * 1024


class Pipe:
    """One direction of a connection."""

    def __init__(self, latency: Callable[[], float], capacity: int = CAPACITY) -> None:
        self._latency = latency
        self._capacity = capacity
        self._chunks: deque[tuple[float, bytes]] = deque()  # when it arrives, what
        self._size = 0
        self._changed = ParkingLot()
        self._eof_at: float | None = None
        self._due = 0.0
        self._receiver_gone = False
        self._cut = False
        self._lossy = False
        self._stalled = False
        self._sending = False
        self._receiving = False
        self._send_closed = False

    async def send(self, data: bytes) -> None:
        """Put bytes in flight, piece by piece as room allows: cancelled, some may be on their way."""
        if self._sending:
            raise trio.BusyResourceError("another task is sending")
        self._sending = True
        try:
            await trio.lowlevel.checkpoint()
            self._check_sender()
            while data:
                room = self._capacity - self._size
                if room > 0:
                    self._carry(data[:room])
                    data = data[room:]
                else:
                    await self._changed.park()
                    self._check_sender()
        finally:
            self._sending = False

    def send_now(self, data: bytes) -> int:
        """Put in flight what there is room for; how much that was."""
        self.check_idle()
        self._check_sender()
        sent = data[: max(self._capacity - self._size, 0)]
        if sent:
            self._carry(sent)
        return len(sent)

    async def wait_for_room(self) -> None:
        """Until a send might not block."""
        if self._sending:
            raise trio.BusyResourceError("another task is sending")
        self._sending = True
        try:
            await trio.lowlevel.checkpoint()
            while self._size >= self._capacity and not (self._send_closed or self._cut or self._receiver_gone):
                await self._changed.park()
            if self._send_closed:
                raise trio.ClosedResourceError
        finally:
            self._sending = False

    async def receive(self, max_bytes: int | None) -> bytes:
        """Bytes that have arrived, or b"" at the end."""
        if max_bytes is not None and operator.index(max_bytes) < 1:
            raise ValueError("max_bytes must be at least 1")
        if self._receiving:
            raise trio.BusyResourceError("another task is receiving")
        self._receiving = True
        try:
            await trio.lowlevel.checkpoint()
            while True:
                if self._receiver_gone:
                    raise trio.ClosedResourceError
                if self._cut:
                    raise trio.BrokenResourceError("cut")
                next_at = self._chunks[0][0] if self._chunks else self._eof_at
                if self._stalled:
                    next_at = None
                if next_at is not None and next_at <= trio.current_time():
                    return self._take(max_bytes)
                with trio.move_on_at(float("inf") if next_at is None else next_at):
                    await self._changed.park()
        finally:
            self._receiving = False

    def check_idle(self) -> None:
        """Raise BusyResourceError while another task sends."""
        if self._sending:
            raise trio.BusyResourceError("another task is sending")

    def end(self) -> None:
        """The sender closes: what is in flight still arrives, then the end (unless bytes vanish, then nothing)."""
        self._send_closed = True
        if self._eof_at is None and not self._lossy:
            self._eof_at = self._arrival()
        self._changed.unpark_all()

    def leave(self) -> None:
        """The receiver closes."""
        self._receiver_gone = True
        self._changed.unpark_all()

    def cut(self) -> None:
        """Both ends notice at once; what was in flight is lost."""
        self._cut = True
        self._changed.unpark_all()

    def swallow(self) -> None:
        """From now on everything vanishes, what is in flight too, and neither end notices."""
        self._lossy = True
        self._chunks.clear()
        self._size = 0
        self._eof_at = None
        self._changed.unpark_all()

    def stall(self, on: bool) -> None:
        """The receiver takes nothing until this ends: what is sent waits, and when there is no room the sender."""
        self._stalled = on
        self._changed.unpark_all()

    def _check_sender(self) -> None:
        if self._send_closed:
            raise trio.ClosedResourceError
        if self._cut or (self._receiver_gone and not self._lossy):
            raise trio.BrokenResourceError("the other end is gone")

    def _arrival(self) -> float:
        self._due = max(self._due, trio.current_time() + self._latency())  # never overtakes
        return self._due

    def _carry(self, data: bytes) -> None:
        if self._lossy:
            return
        self._chunks.append((self._arrival(), data))
        self._size += len(data)
        self._changed.unpark_all()

    def _take(self, max_bytes: int | None) -> bytes:
        if not self._chunks:
            return b""
        at, data = self._chunks.popleft()
        taken = data if max_bytes is None else data[:max_bytes]
        if len(taken) < len(data):
            self._chunks.appendleft((at, data[len(taken) :]))
        self._size -= len(taken)
        self._changed.unpark_all()
        return taken


class MemoryStream(trio.abc.HalfCloseableStream, Addressed, Prompt):
    """One end of a wire."""

    def __init__(self, outgoing: Pipe, incoming: Pipe, peer: str) -> None:
        self._outgoing = outgoing
        self._incoming = incoming
        self.peer = peer

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._outgoing.send(bytes(data))

    def send_now(self, data: bytes) -> int:
        """What a TCP socket does too: send what there is room for."""
        return self._outgoing.send_now(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._outgoing.wait_for_room()

    async def send_eof(self) -> None:
        await trio.lowlevel.checkpoint()
        self._outgoing.check_idle()
        self._outgoing.end()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        return await self._incoming.receive(max_bytes)

    async def aclose(self) -> None:
        self._outgoing.end()
        self._incoming.leave()
        await trio.lowlevel.checkpoint()


class Wire:
    """One connection, as the hand that may cut it sees it."""

    def __init__(
        self, source: str, target: str, latency: Callable[[], float] = lambda: 0.0, capacity: int = CAPACITY
    ) -> None:
        """`source` dialled `target`; `latency` gives seconds for each piece sent, drawn anew."""
        self.source = source
        self.target = target
        self._up = Pipe(latency, capacity)
        self._down = Pipe(latency, capacity)
        self.dialler = MemoryStream(self._up, self._down, target)
        self.listener = MemoryStream(self._down, self._up, source)

    def cut(self) -> None:
        """Break it: both ends notice at once, what was in flight is lost."""
        self._up.cut()
        self._down.cut()

    def half_open(self, *, up: bool = True, down: bool = True) -> None:
        """Bytes vanish silently: `up` those from the dialler, `down` those to it."""
        if up:
            self._up.swallow()
        if down:
            self._down.swallow()

    def stall(self, on: bool) -> None:
        """The dialler stops reading, or goes on."""
        self._down.stall(on)


class MemoryListener(trio.abc.Listener[trio.abc.Stream]):
    """Where dialled wires arrive."""

    def __init__(self, port: int, on_close: Callable[[], None]) -> None:
        self.port = port
        self._on_close = on_close
        self._send, self._receive = trio.open_memory_channel[trio.abc.Stream](128)

    def knock(self, stream: trio.abc.Stream) -> None:
        """Hand over a new connection. Raises trio.WouldBlock when nobody has accepted the last 128."""
        self._send.send_nowait(stream)

    async def accept(self) -> trio.abc.Stream:
        return await self._receive.receive()

    async def aclose(self) -> None:
        self._on_close()
        self._receive.close()
        await trio.lowlevel.checkpoint()


class MemoryNetwork:
    """Every host of a universe sees this one network, each through its own `seen_from(name)`."""

    def __init__(self, latency: Callable[[], float] = lambda: 0.0, *, capacity: int = CAPACITY) -> None:
        """`latency`: seconds for each piece sent; give a seeded one for a universe that varies."""
        self._latency = latency
        self._capacity = capacity
        self._listeners: dict[tuple[str, int], MemoryListener] = {}
        self._unreachable: set[str] = set()
        self._next_port = 50_000
        self.wires: list[Wire] = []

    def seen_from(self, name: str) -> "MemoryHost":
        """This network as the host `name` uses it."""
        return MemoryHost(self, name)

    def wires_of(self, name: str) -> list[Wire]:
        """Every wire that `name` ever dialled, in order."""
        return [wire for wire in self.wires if wire.source == name]

    def isolate(self, name: str) -> None:
        """Cut every wire of `name`; until `restore`, its calls fail."""
        self._unreachable.add(name)
        for wire in self.wires:
            if name in (wire.source, wire.target.rpartition(":")[0]):
                wire.cut()

    def unplug(self, name: str) -> None:
        """What `name` says and what is said to it vanishes and nobody is told; until `restore`, its calls fail."""
        self._unreachable.add(name)
        for wire in self.wires:
            if name in (wire.source, wire.target.rpartition(":")[0]):
                wire.half_open()

    def restore(self, name: str) -> None:
        """`name` may call and be called again."""
        self._unreachable.discard(name)

    async def dial(self, host: str, port: int, *, source: str = "somebody") -> trio.abc.Stream:
        """Raises ConnectionRefusedError when nobody listens, OSError when either side is isolated."""
        await trio.sleep(self._latency())
        if self._unreachable & {host, source}:
            raise OSError(f"no route from {source} to {host}")
        listener = self._listeners.get((host, port))
        if listener is None:
            raise ConnectionRefusedError(f"nobody listens at {host}:{port}")
        wire = Wire(source, f"{host}:{port}", self._latency, self._capacity)
        listener.knock(wire.listener)
        self.wires.append(wire)
        return wire.dialler

    async def listen(self, host: str, port: int) -> list[trio.abc.Listener[trio.abc.Stream]]:
        """Raises OSError when the address is taken. Port 0 gets a free one, readable at `listener.port`."""
        await trio.lowlevel.checkpoint()
        if port == 0:
            port, self._next_port = self._next_port, self._next_port + 1
        address = host, port
        if address in self._listeners:
            raise OSError(f"address in use: {host}:{port}")
        listener = MemoryListener(port, lambda: self._forget(address))
        self._listeners[address] = listener
        return [listener]

    def _forget(self, address: tuple[str, int]) -> None:
        self._listeners.pop(address, None)


class MemoryHost:
    """A Network for one named host."""

    def __init__(self, network: MemoryNetwork, name: str) -> None:
        self._network = network
        self.name = name

    async def dial(self, host: str, port: int) -> trio.abc.Stream:
        """As MemoryNetwork.dial, from this host."""
        return await self._network.dial(host, port, source=self.name)

    async def listen(self, host: str, port: int) -> list[trio.abc.Listener[trio.abc.Stream]]:
        """As MemoryNetwork.listen."""
        return await self._network.listen(host, port)
