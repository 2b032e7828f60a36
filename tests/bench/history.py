"""P11: pages from anywhere in a large database, one question at a time, over the wire."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.loads import percentile
from bench.people import Person, Population
from bench.speakers import BODY, Ours
from bench.subjects import Place, all_ready, daemon
from bench.table import Row
from bench.wire import Hub
from coachline_core.domain.streams import Changed
from coachline_core.runtime.seams import Ids, SystemClock, SystemEntropy
from coachline_protocol import ops
from coachline_protocol.rows import Id, Message, StreamId
from coachline_server.data_folder import DataFolder
from coachline_server.store.opening import open_store
from coachline_server.store.port import Append, Committed

PAGE = 50
READERS = 20
"""They ask in turn, so that nobody's budget of reads runs out."""
ROWS_A_COMMIT = 5_000


def history_rows(place: Place, cache: Path, messages: int) -> Iterator[Row]:
    """P11."""
    library = Library(cache / f"history-{messages}", messages)
    library.make()
    people, conversation = library.known()
    with TemporaryDirectory(dir=place.folder) as folder:
        data = Path(folder) / "data"
        shutil.copytree(library.folder, data)
        with daemon(data) as server, Hub() as hub:
            readers = [Ours(hub, server.address, one.token, one.id) for one in people]
            all_ready(hub, readers)
            places = [2 + n * (messages - 2) // place.repeats for n in range(place.repeats)]
            pages = [ops.History(conversation=conversation, before=seq, limit=PAGE) for seq in places]
            stream, epoch = StreamId("conversation", conversation), readers[0].welcome["epoch"]
            changes = [ops.Changes(stream=stream, epoch=epoch, after=rev) for rev in places]
            for figure, asked in ((f"`history`, {PAGE} rows", pages), ("`changes`, 48 KiB of rows", changes)):
                took = percentile(_asked(hub, readers, asked), 0.99) * 1000
                yield Row("P11", f"{figure} of {messages:,}, p99", took, "ms", target="< 5 ms", met=took < 5)


class Library:
    """A data folder with many messages in one room, kept for the next run."""

    def __init__(self, folder: Path, messages: int) -> None:
        self.folder = folder
        self._known = folder / "known.json"
        self._messages = messages

    def make(self) -> None:
        """Fill it, unless a former run did: the file of who may read is written last."""
        if self._known.exists():
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        population = Population(self.folder)
        people = population.people(READERS)
        room = population.room(people)
        population.write()
        self._write_messages(StreamId("conversation", room), READERS + 1, people)
        known = {"room": room.hex(), "people": [[one.id.hex(), one.token.hex()] for one in people]}
        self._known.write_text(json.dumps(known), encoding="utf-8")

    def known(self) -> tuple[list[Person], Id]:
        """Who may read, and what."""
        known = json.loads(self._known.read_text(encoding="utf-8"))
        people = [Person(bytes.fromhex(id), bytes.fromhex(token)) for id, token in known["people"]]
        return people, bytes.fromhex(known["room"])

    def _write_messages(self, stream: StreamId, rev: int, people: Sequence[Person]) -> None:
        ids = Ids(SystemClock(), SystemEntropy())
        data = DataFolder(self.folder)
        store = open_store(data.database_url, data.key)
        try:
            for start in range(1, self._messages + 1, ROWS_A_COMMIT):
                rows = tuple(
                    Message(rev=rev + seq, seq=seq, id=ids.new(), author=people[seq % READERS].id, text=BODY, at=seq)
                    for seq in range(start, min(start + ROWS_A_COMMIT, self._messages + 1))
                )
                if store.commit([Append((Changed(stream, rows[0].rev - 1, rows[-1].rev, rows),))]) != [Committed()]:
                    raise RuntimeError(f"messages from {start} on were not taken")
        finally:
            store.close()


def _asked(hub: Hub, readers: Sequence[Ours], bodies: Sequence[ops.Body]) -> list[float]:
    """Seconds until each answer."""
    took: list[float] = []
    for n, body in enumerate(bodies):
        reader = readers[n % len(readers)]
        answers: list[object] = []
        reader.answered = answers.append
        begun = time.perf_counter()
        reader.ask(body)
        while not answers:
            hub.turn(0)
        took.append(time.perf_counter() - begun)
    return took
