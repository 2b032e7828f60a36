"""Reference: a bare trio-websocket relay, the transport's own price. No accounts, nothing kept.

    python -m bench.relay_server READY_FD

The path names a group. A message goes to everybody else in its sender's group, and its first eight bytes back to
its sender: for a pair one frame in, two out.
"""

import json
import sys
from collections import defaultdict
from contextlib import suppress

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, WebSocketRequest, WebSocketServer

ACK_BYTES = 8

groups: defaultdict[str, list[WebSocketConnection]] = defaultdict(list)


async def relay(request: WebSocketRequest) -> None:
    """One connection."""
    connection = await request.accept()
    group = groups[request.path]
    group.append(connection)
    with suppress(ConnectionClosed):
        while True:
            said = await connection.get_message()
            for other in group:
                if other is not connection:
                    await other.send_message(said)
            await connection.send_message(said[:ACK_BYTES])
    group.remove(connection)


async def main(ready_fd: int) -> None:
    """Serve until the process is ended."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1", backlog=4096)
    async with trio.open_nursery() as nursery:
        server = WebSocketServer(relay, listeners)
        await nursery.start(server.run)
        async with trio.lowlevel.FdStream(ready_fd) as out:
            await out.send_all(json.dumps({"port": listeners[0].socket.getsockname()[1]}).encode() + b"\n")


if __name__ == "__main__":
    trio.run(main, int(sys.argv[1]))
