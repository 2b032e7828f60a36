"""Hears every frame on every wire of a universe: what may not be said at any moment, and what was acknowledged."""

from typing import TYPE_CHECKING, Any

from coachline_protocol.frames import Event, Frame, Reply, Request
from coachline_protocol.rows import Id
from support.trace import Direction

if TYPE_CHECKING:
    from support.universe import Universe


class Wiretap:
    """`acknowledged`: ids of messages whose author heard that they are kept. `wrongs`: what should not have been."""

    def __init__(self, world: "Universe") -> None:
        self._acknowledged: set[Id] = set()
        self.wrongs: list[str] = []
        self._world = world
        self._asked: dict[tuple[int, int], Request] = {}
        self._cursors: dict[tuple[int, Id, Id], tuple[int, int]] = {}
        self._device_on: dict[int, Id] = {}
        """Which device was welcomed on a wire."""
        self._shut_out: dict[tuple[int, Id], int] = {}
        """Devices of which somebody heard that they are signed out, and how many messages had been said by then. A
        backup takes that back: it counts from one restoring (so many) to the next."""
        self._said: dict[Id, int] = {}
        """Messages in the order in which they were first said."""
        world.trace.listeners.append(self._hear)

    @property
    def acknowledged(self) -> set[Id]:
        """Without those that a backup took back."""
        return self._acknowledged - self._world.lost

    def _hear(self, who: str, wire: int, direction: Direction, frame: Frame) -> None:
        match frame:
            case Request(id=number):
                self._asked[wire, number] = frame
                self._hear_request(who, wire, frame)
            case Reply(id=number, body=body):
                request = self._asked.pop((wire, number), None)
                if request is not None:
                    self._hear_reply(who, wire, request, body)
            case Event(name="cursor", body=body):
                for cursor in body["cursors"]:
                    self._follow(who, wire, body["conversation"], cursor)
            case Event(name="message", body=body):
                for row in body["rows"]:
                    if row["row"] == "message":
                        self._hear_message(who, wire, row["id"])
            case _:
                pass

    def _hear_request(self, who: str, wire: int, request: Request) -> None:
        body: Any = request.body
        if request.op == "message.post":
            self._said.setdefault(body["id"], len(self._said))
        elif request.op == "cursor.delivered":
            # [H5] What is said to be delivered is on the disk, everything below it that was ever there included.
            held = [message.seq for message in self._world.device(who).cache.messages(body["conversation"])]
            below = [seq for seq in held if seq <= body["seq"]]
            if not below or below != list(range(below[0], body["seq"] + 1)):
                self.wrongs.append(f"{who} says that it has everything up to {body['seq']}, and holds {below}")

    def _hear_reply(self, who: str, wire: int, request: Request, body: Any) -> None:
        asked: Any = request.body
        restored = self._world.daemon.restored
        match request.op:
            case "message.post":
                self._hear_acknowledged(who, asked["id"])
            case "sign_in":
                self._shut_out.pop((restored, asked["device"]), None)
            case "hello":
                self._device_on[wire] = body["device"]
            case "device.revoke":
                self._shut_out.setdefault((restored, asked["device"]), len(self._said))

    def _hear_acknowledged(self, who: str, message: Id) -> None:
        """[H1] What is acknowledged is in the database by then."""
        world = self._world
        self._acknowledged.add(message)
        author = world.people[world.device(who).person]
        if world.daemon.up and message not in world.lost and world.daemon.store.answer(author, message) is None:
            self.wrongs.append(f"{who} heard that {message.hex()} is kept, and it is not")

    def _hear_message(self, who: str, wire: int, message: Id) -> None:
        """[H7] A device that is known to be signed out hears nothing that is said afterwards."""
        shut_out = self._shut_out.get((self._world.daemon.restored, self._device_on.get(wire, b"")))
        if shut_out is not None and self._said.get(message, -1) >= shut_out:
            self.wrongs.append(f"{who} is signed out and was told of {message.hex()}")

    def _follow(self, who: str, wire: int, conversation: Id, cursor: dict[str, Any]) -> None:
        """[R1] [R2] A cursor never goes back, reading is no further than delivery, and nothing is told twice."""
        delivered, read = cursor.get("delivered", 0), cursor.get("read", 0)
        if read > delivered:
            self.wrongs.append(f"{who} was told of read {read} beyond delivered {delivered}")
        place = wire, conversation, cursor["person"]
        before = self._cursors.get(place, (0, 0))
        if delivered < before[0] or read < before[1]:
            self.wrongs.append(f"{who} was told that cursors went back from {before} to {delivered, read}")
        if (delivered, read) == before:
            self.wrongs.append(f"{who} was told twice of delivered {delivered}, read {read}")
        self._cursors[place] = delivered, read
