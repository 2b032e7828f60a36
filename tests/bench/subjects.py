"""The servers under measurement, each running in its own process with somebody in it to talk to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.people import Pair, Person, Population, populate_socketio
from bench.processes import Server, started
from bench.speakers import Ours, Relayed, SocketIo, Speaker
from bench.wire import Hub
from coachline_protocol.rows import Id

UNLIMITED = {
    "COACHLINE_LIMITS_MESSAGES_PER_MINUTE": "100000",
    "COACHLINE_LIMITS_MESSAGE_BURST": "10000",
    "COACHLINE_LIMITS_UNWELCOMED": "100000",
    "COACHLINE_LIMITS_UNWELCOMED_PER_ADDRESS": "100000",
    "COACHLINE_LIMITS_CONNECTIONS": "100000",
    "COACHLINE_LOG_LEVEL": "warning",
}
"""What is measured is the work of a message, and all of them come from one machine."""

Two = tuple[Speaker, Speaker]


@dataclass
class Place:
    """Where a run keeps its files, and how long it measures."""

    folder: Path
    warm_seconds: float = 2.0
    seconds: float = 10.0
    rounds: int = 3
    pairs: int = 50
    members: int = 50
    """Of the room."""
    crowd: int = 1_000
    """Connections of P5 and P6."""
    repeats: int = 1_000
    """How often what is done one after the other is done."""
    numbers: count[int] = field(default_factory=lambda: count(1))
    """No two messages of a run have one number."""


class Coachlined:
    """The daemon."""

    name = "coachlined"

    def __init__(self, server: Server, pairs: Sequence[Pair], members: Sequence[Person], room: Id) -> None:
        self.server = server
        self._pairs = pairs
        self._members = members
        self._room = room

    def pairs(self, hub: Hub) -> list[Two]:
        """Every pair, signed in."""
        made: list[Two] = [
            (
                Ours(hub, self.server.address, pair.sender.token, pair.sender.id, pair.conversation),
                Ours(hub, self.server.address, pair.recipient.token, pair.recipient.id, pair.conversation),
            )
            for pair in self._pairs
        ]
        all_ready(hub, [speaker for pair in made for speaker in pair])
        return made

    def room(self, hub: Hub) -> list[Speaker]:
        """Everybody in the room, signed in; without receipts, as the relay has none."""
        made: list[Speaker] = [
            Ours(hub, self.server.address, person.token, person.id, self._room, receipts=False)
            for person in self._members
        ]
        all_ready(hub, made)
        return made


class Relay:
    """The bare relay."""

    name = "relay"

    def __init__(self, server: Server, place: Place) -> None:
        self.server = server
        self._place = place

    def pairs(self, hub: Hub) -> list[Two]:
        """Every pair, connected."""
        address = self.server.address
        made: list[Two] = [
            (Relayed(hub, address, f"pair{n}"), Relayed(hub, address, f"pair{n}")) for n in range(self._place.pairs)
        ]
        all_ready(hub, [speaker for pair in made for speaker in pair])
        return made

    def room(self, hub: Hub) -> list[Speaker]:
        """Everybody in the room, connected."""
        made: list[Speaker] = [Relayed(hub, self.server.address, "room") for _ in range(self._place.members)]
        all_ready(hub, made)
        return made


class PythonSocketIo:
    """python-socketio."""

    name = "python-socketio"

    def __init__(self, server: Server, people: Sequence[tuple[str, str, str]]) -> None:
        self.server = server
        self.people = people

    def pairs(self, hub: Hub) -> list[Two]:
        """Every pair, signed in."""
        address = self.server.address
        made: list[Two] = [
            (
                SocketIo(hub, address, sender, sender, conversation),
                SocketIo(hub, address, recipient, recipient, conversation),
            )
            for sender, recipient, conversation in self.people
        ]
        all_ready(hub, [speaker for pair in made for speaker in pair])
        return made


Subject = Coachlined | Relay | PythonSocketIo


def all_ready(hub: Hub, speakers: Iterable[Speaker]) -> None:
    """Wait until all of them are signed in."""
    waiting = list(speakers)
    hub.until(lambda: all(speaker.ready for speaker in waiting), "everybody signed in")


@contextmanager
def coachlined(place: Place) -> Iterator[Coachlined]:
    """The daemon with pairs and a room."""
    with TemporaryDirectory(dir=place.folder) as folder:
        population = Population(Path(folder) / "data")
        pairs = population.pairs(place.pairs)
        members = population.people(place.members)
        room = population.room(members)
        population.write()
        with daemon(population.folder.path) as server:
            yield Coachlined(server, pairs, members, room)


@contextmanager
def daemon(data: Path) -> Iterator[Server]:
    """The daemon on a data folder."""
    words = ["-m", "coachline_server", "serve", "--data", str(data), "--port", "0", "--admin-port", "0"]
    with started([*words, "--ready-fd", "{ready}"], data.with_suffix(".log"), **UNLIMITED) as server:
        yield server


@contextmanager
def relay(place: Place) -> Iterator[Relay]:
    """The bare relay."""
    with started(["-m", "bench.relay_server", "{ready}"], place.folder / "relay.log") as server:
        yield Relay(server, place)


@contextmanager
def python_socketio(place: Place) -> Iterator[PythonSocketIo]:
    """python-socketio with pairs."""
    with TemporaryDirectory(dir=place.folder) as folder:
        database = Path(folder) / "socketio.sqlite3"
        command = ["-m", "bench.socketio_server", str(database), "{ready}"]
        with started(command, Path(folder) / "socketio.log") as server:
            yield PythonSocketIo(server, populate_socketio(database, place.pairs))
