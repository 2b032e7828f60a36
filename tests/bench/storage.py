"""P7, P8: syncs for a commit, and what a message costs the database."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from bench.loads import ClosedLoop
from bench.processes import Server
from bench.speakers import BODY
from bench.subjects import Place, coachlined
from bench.table import Row
from bench.wire import Hub
from coachline_core.domain.ids import direct_id
from coachline_core.domain.streams import Answer, Changed
from coachline_core.runtime.seams import Ids, SystemClock, SystemEntropy
from coachline_protocol.ops import Posted
from coachline_protocol.rows import Id, Message, StreamId
from coachline_server.data_folder import DataFolder
from coachline_server.store.opening import open_store
from coachline_server.store.port import Append, Committed, Store

ROWS_A_COMMIT = 100
COMMITS = 50
DIGEST = bytes(16)
SEALED_BYTES = len(BODY) + 4 + 12 + 16
"""A text as it lies in the database: key id, nonce, ciphertext, tag."""
REPLY_BYTES = 35
"""The answer to a message, its name with it."""
SYNC = re.compile(r"f(?:data)?sync\(\d+<[^>]*\.sqlite3(-wal)?>")
SYNCS_OF_THE_LOG_BY_A_CHECKPOINT = 2
"""Before it is copied into the database, which is synced once then, and when it is begun anew."""

_ids = Ids(SystemClock(), SystemEntropy())


def durability_rows(place: Place) -> Iterator[Row]:
    """P7, as far as nobody need be killed for it: how often the log is synced for a commit. Needs strace."""
    strace = shutil.which("strace")
    if strace is None:
        return
    with coachlined(place) as house, Hub() as hub:
        pairs = house.pairs(hub)
        report = place.folder / "syncs.txt"
        command = [strace, "-f", "-y", "-e", "trace=fsync,fdatasync", "-o", str(report)]
        tracer = subprocess.Popen([*command, "-p", str(house.server.process.pid)], stderr=subprocess.PIPE)
        assert tracer.stderr is not None
        tracer.stderr.readline()  # says that it is attached
        before = _commits(house.server)
        loop = ClosedLoop(pairs, 4, place)
        hub.run(place.seconds)
        loop.stop()
        hub.run(1)
        commits = max(_commits(house.server) - before, 1)
        tracer.terminate()
        tracer.communicate()
    synced = SYNC.findall(report.read_text(encoding="utf-8"))
    syncs = synced.count("-wal") - SYNCS_OF_THE_LOG_BY_A_CHECKPOINT * synced.count("")
    figure = f"syncs of the log for a commit of {loop.done / commits:.0f} messages, checkpoints aside"
    yield Row("P7", figure, syncs / commits, "", target="≤ 1", met=syncs <= commits)


def row_rows(place: Place) -> Iterator[Row]:
    """P8: messages with their answers through the store, and as many values by plain SQL."""
    with TemporaryDirectory(dir=place.folder) as folder:
        data = DataFolder(Path(folder) / "data")
        data.make()
        store = open_store(data.database_url, data.key)
        try:
            ours = median(_store_cost(store) for _ in range(place.rounds)) * 1e6
        finally:
            store.close()
        raw = median(_sql_cost(Path(folder) / f"raw{n}.sqlite3") for n in range(place.rounds)) * 1e6
    yield Row(
        "P8", f"storage CPU for a message, {ROWS_A_COMMIT} a commit", ours, "µs", "raw SQL", raw, "≤ 25 µs", ours <= 25
    )


def _commits(server: Server) -> int:
    """Transactions so far, by the daemon's own account."""
    with urlopen(f"http://127.0.0.1:{server.ready['admin_port']}/metrics") as answer:
        found = re.search(r"^coachline_commit_appends_count (\S+)", answer.read().decode(), re.M)
    assert found is not None
    return int(float(found[1]))


def _store_cost(store: Store) -> float:
    """CPU seconds for a message: each of another conversation, as many conversations are written to at once."""
    author = _ids.new()
    streams = [StreamId("conversation", direct_id(author, _ids.new())) for _ in range(ROWS_A_COMMIT)]
    batches = [[_posted(stream, author, seq) for stream in streams] for seq in range(1, COMMITS + 1)]
    begun = time.process_time()
    for batch in batches:
        if store.commit(batch) != [Committed()] * len(batch):
            raise RuntimeError("a message was not taken")
    return (time.process_time() - begun) / (COMMITS * ROWS_A_COMMIT)


def _posted(stream: StreamId, author: Id, seq: int) -> Append:
    row = Message(rev=seq, seq=seq, id=_ids.new(), author=author, text=BODY, at=seq)
    answer = Answer(author, row.id, DIGEST, Posted(rev=seq, seq=seq, at=seq), seq, lasting=True)
    return Append((Changed(stream, seq - 1, seq, (row,)),), (answer,))


def _sql_cost(file: Path) -> float:
    """CPU seconds for a message, its answer and its stream's place, of values that are there already."""
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    connection.executescript(
        "CREATE TABLE stream (kind TEXT, id BLOB, rev INTEGER, seq INTEGER, active_at INTEGER, PRIMARY KEY (kind, id));"
        "CREATE TABLE answer (author BLOB, id BLOB, digest BLOB, reply BLOB, at INTEGER, PRIMARY KEY (id, author))"
        " WITHOUT ROWID;"
        "CREATE TABLE message (conversation BLOB, seq INTEGER, rev INTEGER, id BLOB, author BLOB, kind TEXT,"
        " sealed_text BLOB, at INTEGER, about BLOB, PRIMARY KEY (conversation, seq));"
    )
    author, streams, numbers = _ids.new(), [_ids.new() for _ in range(ROWS_A_COMMIT)], count(1)
    text, reply = bytes(SEALED_BYTES), bytes(REPLY_BYTES)
    batches = [[(stream, seq, _ids.new(), next(numbers)) for stream in streams] for seq in range(1, COMMITS + 1)]
    begun = time.process_time()
    for batch in batches:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO stream VALUES ('conversation', ?, ?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET"
            " rev = excluded.rev, seq = excluded.seq, active_at = excluded.active_at",
            [(stream, seq, seq, at) for stream, seq, _, at in batch],
        )
        connection.executemany(
            "INSERT INTO message VALUES (?, ?, ?, ?, ?, 'text', ?, ?, NULL)",
            [(stream, seq, seq, id, author, text, at) for stream, seq, id, at in batch],
        )
        connection.executemany(
            "INSERT INTO answer VALUES (?, ?, ?, ?, ?)", [(author, id, DIGEST, reply, at) for _, _, id, at in batch]
        )
        connection.execute("COMMIT")
    spent = time.process_time() - begun
    connection.close()
    return spent / (COMMITS * ROWS_A_COMMIT)
