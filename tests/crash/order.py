"""What the system saw of a daemon, read from `strace`: nothing is said of a message before its commit is on the disk.

SQLite's log is written in frames, a header of 24 bytes and a page; a header that names the size of the database ends
a transaction (sqlite.org/fileformat2.html, section 4.1). A message's id stands in the page in which it was inserted,
so the transaction that brought it is the first one that holds its id.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from coachline_protocol.codec import decode_message
from coachline_protocol.frames import Event, Reply
from coachline_protocol.rows import Id

CALLS = ("fsync", "fdatasync", "pwrite64", "write", "sendto", "sendmsg", "writev")
STRACE = (
    *("strace", "-D", "-f", "--seccomp-bpf", "-qq", "-yy", "-xx", "-s", "1000000"),
    *("-e", f"trace={','.join(CALLS)}", "-e", "signal=none"),
)
"""The tracer beside the daemon; `-o FILE` follows, and the daemon's own command."""

FRAME_HEADER = 24
LOG = "-wal"

_LINE = re.compile(r"^(\d+) +(.*)$")
_BEGUN = re.compile(r"^(\w+)\(\d+<([^>]*(?:->[^>]*)?)>(.*)$")
_RESUMED = re.compile(r"^<\.\.\. \w+ resumed>(.*)$")
_DATA = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@dataclass
class Call:
    """One call of the system, from the line on which it began to the line on which it ended."""

    name: str
    target: str
    data: bytes
    began: int
    ended: int = -1


def calls(lines: Iterable[str]) -> Iterator[Call]:
    """The calls on files and sockets, in the order in which they began; those without an end are left out."""
    open_calls: dict[str, Call] = {}
    found: list[Call] = []
    for number, line in enumerate(lines):
        match = _LINE.match(line)
        if match is None:
            continue
        thread, rest = match.groups()
        if _RESUMED.match(rest):
            call = open_calls.pop(thread, None)
            if call is not None and " = -1 " not in rest:
                call.ended = number
        elif begun := _BEGUN.match(rest):
            name, target, arguments = begun.groups()
            data = b"".join(_plain(text) for text in _DATA.findall(arguments))
            path = _plain(target).decode() if target.startswith("\\x") else target
            call = Call(name, path, data, number)
            found.append(call)
            if rest.endswith("<unfinished ...>"):
                open_calls[thread] = call
            elif " = -1 " not in rest:
                call.ended = number
    return (call for call in found if call.ended >= 0)


def _plain(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


@dataclass
class Transaction:
    """What was written to the log between two commits, and when it was on the disk."""

    pages: list[bytes] = field(default_factory=list)
    written: int = -1
    """The line on which the last of it was written."""
    synced: int = -1
    """The line on which the first sync after that ended; -1: none did."""


@dataclass
class Ledger:
    """What the trace shows."""

    transactions: list[Transaction] = field(default_factory=list)
    log_syncs: int = 0
    other_syncs: int = 0
    """Of the database itself: one for each checkpoint."""
    said: list[tuple[int, Id]] = field(default_factory=list)
    """The line on which a write to a socket began that acknowledges or delivers a message, and which."""

    @property
    def checkpoints(self) -> int:
        """How often the log was brought into the database."""
        return self.other_syncs


def ledger(trace: Iterable[Call], places: dict[tuple[int, int], Id]) -> Ledger:
    """Sort the calls. `places`: which message has this rev and seq, for a reply names no other."""
    found = Ledger()
    current, ends = Transaction(), False
    sockets: dict[str, bytearray] = {}
    for call in trace:
        if call.name in ("fsync", "fdatasync"):
            if call.target.endswith(LOG):
                found.log_syncs += 1
                for transaction in found.transactions:
                    if transaction.synced < 0 and transaction.written < call.began:
                        transaction.synced = call.ended
            else:
                found.other_syncs += call.target.endswith(".sqlite3")
        elif call.target.endswith(LOG):
            if len(call.data) == FRAME_HEADER:
                ends = call.data[4:8] != bytes(4)
            elif len(call.data) > FRAME_HEADER + 8:
                current.pages.append(call.data)
                if ends:
                    current.written = call.ended
                    found.transactions.append(current)
                    current = Transaction()
        elif call.target.startswith("TCP"):
            buffer = sockets.setdefault(call.target, bytearray())
            buffer += call.data
            for payload in messages_in(buffer):
                found.said += [(call.began, id) for id in named(payload, places)]
    return found


def messages_in(buffer: bytearray) -> Iterator[bytes]:
    """Take whole binary WebSocket messages of a server off the front: never masked, never fragmented by ours."""
    end = buffer.find(b"\r\n\r\n")
    if buffer.startswith(b"HTTP/1.1 ") and end >= 0:
        del buffer[: end + 4]
    while len(buffer) >= 2:
        length, start = buffer[1] & 0x7F, 2
        if length >= 126:
            start = 4 if length == 126 else 10
            length = int.from_bytes(buffer[2:start], "big")
        if len(buffer) < start + length:
            return
        opcode, payload = buffer[0] & 0x0F, bytes(buffer[start : start + length])
        del buffer[: start + length]
        if opcode == 2:
            yield payload


def named(payload: bytes, places: dict[tuple[int, int], Id]) -> Iterator[Id]:
    """The messages that the frames of one WebSocket message acknowledge or deliver."""
    for frame in decode_message(payload):
        match frame:
            case Reply(body={"rev": rev, "seq": seq}) if (rev, seq) in places:
                yield places[rev, seq]
            case Event(name="message", body={"rows": rows}):
                yield from (row["id"] for row in rows if row["row"] == "message" and row["id"] in places.values())
            case _:
                pass


def judge(found: Ledger) -> list[str]:
    """[H1] Empty: everything said of a message followed the sync of its commit, and no commit had two."""
    problems = []
    brought: dict[Id, Transaction | None] = {}
    for line, id in found.said:
        if id not in brought:
            brought[id] = next((t for t in found.transactions if any(id in page for page in t.pages)), None)
        transaction = brought[id]
        if transaction is None:
            problems.append(f"line {line}: {id.hex()} was spoken of and never written")
        elif not 0 <= transaction.synced < line:
            problems.append(f"line {line}: {id.hex()} was spoken of before line {transaction.synced} synced it")
    # A log that is begun syncs its header; a checkpoint syncs the log before, and begins it anew after.
    most = len(found.transactions) + 1 + 2 * found.checkpoints
    if found.log_syncs > most:
        problems.append(f"{found.log_syncs} syncs of the log for {len(found.transactions)} commits")
    return problems
