"""One device's way to the daemon, over whatever network there is, with somebody standing on it.

Faults are made at the client's end of the byte stream, so that the same ones can be had in memory and over loopback:
the network goes, a connection breaks between two bytes, answers vanish, nothing is read.
"""

import trio
import trio.abc
from coachline_core.runtime.seams import Network

END_OF_HANDSHAKE = b"\r\n\r\n"
SLOW_BUFFER = 16 * 1024
"""Bytes a device that stopped reading takes in all the same: the kernel's least for a socket, about."""


class Road:
    """A Network. Every stream dialled through it obeys what is done to it here."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._lanes: list[Lane] = []
        self._free = trio.Event()
        self._free.set()
        self._swallowed = trio.Event()
        self.connections = 0
        """How many connections were made, ever."""
        self.attempts = 0
        """How many were tried."""
        self.asked_for = b""
        """What the latest connection said first: its HTTP request."""
        self.closed = False
        self.deaf = False
        self.break_at: int | None = None

    # -- as a network

    async def dial(self, host: str, port: int) -> trio.abc.Stream:
        """Raises OSError while the road is closed."""
        self.attempts += 1
        await trio.lowlevel.checkpoint()
        if self.closed:
            raise OSError("no network")
        lane = Lane(self, await self._network.dial(host, port))
        self._lanes = [*(other for other in self._lanes if not other.ended), lane]
        self.connections += 1
        self.asked_for = b""
        return lane

    async def listen(self, host: str, port: int) -> list[trio.abc.Listener[trio.abc.Stream]]:
        """Nobody listens at the end of a road."""
        raise OSError("a device is not called")

    # -- what can happen on it

    async def cut(self) -> None:
        """Break every connection; a next one can be made."""
        for lane in self._lanes:
            await lane.cut()

    async def close(self) -> None:
        """No network until `open`."""
        self.closed = True
        await self.cut()

    def open(self) -> None:
        """The network is there again."""
        self.closed = False

    def lose_answers(self) -> None:
        """From now on nothing that the daemon says arrives, but for handshakes; until `hear_answers`."""
        self.deaf = True
        self._swallowed = trio.Event()

    def hear_answers(self) -> None:
        """What is said from now on arrives."""
        self.deaf = False

    async def answer_lost(self) -> None:
        """Until the daemon has said something that was lost."""
        await self._swallowed.wait()

    def break_off(self, after: int) -> None:
        """The next thing said that has more than `after` bytes is cut there, and the connection with it."""
        self.break_at = after

    def vanish(self) -> None:
        """Whatever is said on the connections there are is lost, their end too, and nobody is told (memory only)."""
        for lane in self._lanes:
            lane.vanished = True

    def stop_reading(self) -> None:
        """Nothing is taken from the network any more, so what is on its way fills up."""
        self._free = trio.Event()
        for lane in self._lanes:
            lane.narrow()

    def read_on(self) -> None:
        """Read again."""
        self._free.set()

    # -- for its lanes

    async def until_free(self) -> None:
        """Until reading is allowed."""
        await self._free.wait()

    def swallow(self) -> None:
        """Something was lost."""
        self._swallowed.set()


class Lane(trio.abc.Stream):
    """One connection on a road."""

    def __init__(self, road: Road, stream: trio.abc.Stream) -> None:
        self._road = road
        self._stream = stream
        self._greeting = b""
        self.ended = False
        self.vanished = False

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        if not self._greeting:
            self._road.asked_for += bytes(data)
        if self.vanished:
            await trio.lowlevel.checkpoint()
            return
        length = self._road.break_at
        if length is not None and len(data) > length:
            self._road.break_at = None
            await self._stream.send_all(bytes(data[:length]))
            await self.cut()
            raise trio.BrokenResourceError("broke off")
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        while True:
            await self._road.until_free()
            try:
                data = await self._stream.receive_some(max_bytes)
            except trio.ClosedResourceError:
                if self.ended:
                    raise trio.BrokenResourceError("cut") from None
                raise
            if self.vanished:
                await trio.sleep_forever()  # whoever waits finds out by the silence
            if data and self._road.deaf and END_OF_HANDSHAKE in self._greeting:
                self._road.swallow()
                continue
            self._greeting += data if END_OF_HANDSHAKE not in self._greeting else b""
            return data

    async def aclose(self) -> None:
        self.ended = True
        if self.vanished:
            await trio.lowlevel.checkpoint()  # the other end must not hear of it
        else:
            await self._stream.aclose()

    async def cut(self) -> None:
        """Both ends find the connection broken."""
        self.ended = True
        await trio.aclose_forcefully(self._stream)

    def narrow(self) -> None:
        """Keep the kernel from taking megabytes on behalf of a reader that does not read."""
        if isinstance(self._stream, trio.SocketStream):
            self._stream.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_RCVBUF, SLOW_BUFFER)
