"""P13: the bytes of a busy day of a pair, both ways, ours against polling and against JSON over Socket.IO.

The talk is really held on each server and its bytes counted on the sockets, HTTP and WebSocket headers included,
TCP and TLS not. What only repeats, heartbeats and polls that bring nothing, is counted once and multiplied.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator

from bench.speakers import Speaker
from bench.subjects import Coachlined, Place, PythonSocketIo, coachlined, python_socketio
from bench.table import Row
from bench.wire import Hub

MESSAGES = 200
HOURS = 8
"""Both have the program open for a working day."""
POLL_SECONDS = 3
OUR_PING_SECONDS, OUR_PING_BYTES = 15, 2 + 2 + 4
"""The server pings with nothing in it, and the client's pong of it has a mask."""
THEIR_PING_SECONDS, THEIR_PING_BYTES = 25, 2 + 1 + 2 + 4 + 1
"""Engine.IO: the server says `2`, the client `3`."""

POLL = (
    "GET /messages?conversation={conversation}&after={after} HTTP/1.1\r\n"
    "Host: coach.example.org\r\n"
    "User-Agent: python-requests/2.32.3\r\n"
    "Accept-Encoding: gzip, deflate\r\n"
    "Accept: */*\r\n"
    "Connection: keep-alive\r\n"
    "Authorization: Bearer {token}\r\n\r\n"
)
"""What `requests` sends, with a token."""


def bandwidth_rows(place: Place) -> Iterator[Row]:
    """P13."""
    seconds = HOURS * 3600
    with coachlined(place) as house:
        ours = talked(house) + 2 * seconds // OUR_PING_SECONDS * OUR_PING_BYTES
    with python_socketio(place) as other:
        theirs = talked(other) + 2 * seconds // THEIR_PING_SECONDS * THEIR_PING_BYTES
        polling = _polled(other, seconds // POLL_SECONDS)
    figure = f"a day of {MESSAGES} messages, both ways"
    for reference, bytes_, share in (
        (f"polling every {POLL_SECONDS} s", polling, 0.2),
        ("JSON over Socket.IO", theirs, 0.7),
    ):
        target, met = f"≤ {share:g} ×", ours <= share * bytes_
        yield Row("P13", figure, ours / 1024, "KiB", reference, bytes_ / 1024, target, met)


def talked(house: Coachlined | PythonSocketIo) -> int:
    """Bytes of signing in and holding the talk, both devices together."""
    with Hub() as hub:
        sender, recipient = house.pairs(hub)[0]
        _talk(hub, sender)
        return sum(one.wire.bytes_in + one.wire.bytes_out for one in (sender, recipient))


def _talk(hub: Hub, sender: Speaker) -> None:
    said = 0

    def go_on(_: int) -> None:
        nonlocal said
        said += 1
        if said < MESSAGES:
            sender.say(said + 1)

    sender.done = go_on
    sender.say(1)
    hub.until(lambda: said == MESSAGES, "the talk held")
    hub.run(0.2)


def _polled(house: PythonSocketIo, polls: int) -> int:
    """Bytes of two people who ask so often, after the talk was held; each message is posted once and fetched once.

    Posting is taken to cost what fetching does.
    """
    person, _, conversation = house.people[0]
    with socket.create_connection(house.server.address) as connection:
        nothing, one = (
            _asked(connection, POLL.format(conversation=conversation, after=after, token=person))
            for after in (MESSAGES, MESSAGES - 1)
        )
    return 2 * polls * nothing + MESSAGES * (2 * one - nothing)


def _asked(connection: socket.socket, request: str) -> int:
    """Bytes of a request and its answer."""
    connection.sendall(request.encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return len(request) + len(head) + 4 + length
