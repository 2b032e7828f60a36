"""Many WebSocket connections in one thread of the load generator, as cheaply as Python can.

No tasks and no general WebSocket library: one selector, whole messages in callbacks. Payloads are masked with the
key 0, which leaves them as they are (RFC 6455, section 5.3 asks for unpredictable keys against caches in between;
there are none on loopback), so a pre-encoded frame goes out as it lies there. What the server does with it is the
same work.
"""

from __future__ import annotations

import gc
import os
import selectors
import socket
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Self

RECEIVE_BYTES = 256 * 1024
COARSE_SECONDS = 0.0011
"""`select` rounds up to whole milliseconds: closer than this to something due, it is asked again and again."""

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Ended(Exception):
    """The other end closed a connection, or never opened it."""


def framed(payload: bytes, opcode: int) -> bytes:
    """A whole client message: header, the mask 0, the payload as it is."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, 0x80 | size, 0, 0, 0, 0)) + payload
    if size < 65536:
        return bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big") + b"\0\0\0\0" + payload
    return bytes((0x80 | opcode, 0xFF)) + size.to_bytes(8, "big") + b"\0\0\0\0" + payload


class Hub:
    """All connections of the load generator; its end closes them. Nothing happens but within `turn`."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self.idle_turns = 0.0
        """CPU seconds spent asking whether there is anything yet, which say nothing of how busy this is."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for key in list(self._selector.get_map().values()):
            key.data.close()
        self._selector.close()

    def busy(self) -> float:
        """CPU seconds this process has worked."""
        return time.process_time() - self.idle_turns

    def turn(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for something, and handle all there is; whether there was anything."""
        ready = self._selector.select(timeout)
        for key, events in ready:
            wire: Wire = key.data
            if events & selectors.EVENT_READ:
                wire.readable()
            if events & selectors.EVENT_WRITE:
                wire.writable()
        return bool(ready)

    def run(self, seconds: float) -> None:
        """Handle what comes for so long."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.turn(left)

    def until(self, reached: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Handle what comes until something is so. Raises Ended after `seconds`."""
        end = time.perf_counter() + seconds
        while not reached():
            if time.perf_counter() > end:
                raise Ended(f"not within {seconds} s: {what}")
            self.turn(0.05)

    def at_times(self, start: float, every: float, count: int, act: Callable[[int, float], None]) -> None:
        """Call `act(n, due)` for `count` moments, `every` seconds apart from `start` on, however late it has become."""
        for n in range(count):
            due = start + n * every
            while (left := due - time.perf_counter()) > 0:
                if left > COARSE_SECONDS * 1.1:
                    self.turn(left - COARSE_SECONDS)
                    continue
                begun = time.process_time()
                if not self.turn(0):
                    self.idle_turns += time.process_time() - begun
            act(n, due)

    def watch(self, wire: Wire, events: int) -> None:
        """Change what a connection waits for; 0: it is no more."""
        if events == 0:
            self._selector.unregister(wire.socket)
        elif wire.watched == 0:
            self._selector.register(wire.socket, events, wire)
        elif wire.watched != events:
            self._selector.modify(wire.socket, events, wire)
        wire.watched = events


class Wire:
    """One client connection: handshake, whole messages both ways, pongs, bytes counted."""

    def __init__(
        self,
        hub: Hub,
        address: tuple[str, int],
        *,
        path: str = "/",
        subprotocol: str = "",
        opcode: int = BINARY,
        opened: Callable[[], None],
        hear: Callable[[bytes], None],
    ) -> None:
        """Begins to connect. `opened` is called after the handshake, `hear` with each message's payload."""
        self._hub = hub
        self._opcode = opcode
        self._opened = opened
        self._hear = hear
        self._buffer = b""
        self._out = b""
        self._upgraded = False
        self._request = _upgrade(address, path, subprotocol)
        self.watched = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect_ex(address)
        hub.watch(self, selectors.EVENT_WRITE)

    def say(self, payload: bytes) -> None:
        """Send one message."""
        self._send(framed(payload, self._opcode))

    def close(self) -> None:
        """Cut it."""
        if self.watched:
            self._hub.watch(self, 0)
            self.socket.close()

    def writable(self) -> None:
        """The socket takes bytes: it is connected, or there is room again."""
        out, self._out = self._out or self._request, b""
        self._request = b""
        self._hub.watch(self, selectors.EVENT_READ)
        self._send(out)

    def readable(self) -> None:
        """The socket has bytes."""
        try:
            data = self.socket.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            raise Ended(str(error)) from None
        if not data:
            raise Ended(f"the server closed a connection: {self._buffer[:200]!r}")
        self.bytes_in += len(data)
        data = self._buffer + data if self._buffer else data
        self._buffer = self._frames(data) if self._upgraded else self._handshake(data)

    def _send(self, data: bytes) -> None:
        self.bytes_out += len(data)
        if not self._out:
            try:
                sent = self.socket.send(data)
            except BlockingIOError:
                sent = 0
            if sent == len(data):
                return
            data = data[sent:]
            self._hub.watch(self, selectors.EVENT_READ | selectors.EVENT_WRITE)
        self._out += data

    def _handshake(self, data: bytes) -> bytes:
        head, end, rest = data.partition(b"\r\n\r\n")
        if not end:
            return data
        if b" 101 " not in head[:16]:
            raise Ended(f"no WebSocket: {data[:200]!r}")
        self._upgraded = True
        self._opened()
        return self._frames(rest)

    def _frames(self, data: bytes) -> bytes:
        """Hand on every whole message; what is left over. Nobody measured here fragments."""
        at, size = 0, len(data)
        while size - at >= 2:
            length = data[at + 1]
            begin = at + 2
            if length == 126:
                length, begin = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                length, begin = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            if begin + length > size:
                break
            opcode, payload = data[at] & 0x0F, data[begin : begin + length]
            at = begin + length
            if opcode <= BINARY:
                self._hear(payload)
            elif opcode == PING:
                self._send(framed(payload, PONG))
            elif opcode == CLOSE:
                raise Ended(f"the server said goodbye: {int.from_bytes(payload[:2], 'big')} {payload[2:]!r}")
        return data[at:]


def _upgrade(address: tuple[str, int], path: str, subprotocol: str) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {address[0]}:{address[1]}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        *([f"Sec-WebSocket-Protocol: {subprotocol}"] if subprotocol else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def undisturbed() -> None:
    """Keep this process's own garbage collector out of the measurement."""
    gc.collect()
    gc.freeze()
