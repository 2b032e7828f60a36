"""What `strace` writes down is read rightly, and everything that is said too early is found."""

import pytest
from coachline_protocol import ops
from coachline_protocol.codec import encode
from coachline_protocol.frames import Event, Reply
from coachline_protocol.rows import Message, StreamId
from crash.order import calls, judge, ledger

LOG, DATABASE, SOCKET = "/data/coachline.sqlite3-wal", "/data/coachline.sqlite3", "TCP:[127.0.0.1:1->127.0.0.1:2]"
ID = bytes(range(16))
PLACES = {(7, 4): ID}
POSTED = encode(Reply(1, ops.Posted(rev=7, seq=4, at=1)))
DELIVERED = encode(
    Event(
        "message",
        ops.Change(
            stream=StreamId("conversation", bytes(16)),
            epoch=bytes(16),
            after=6,
            rev=7,
            rows=(Message(rev=7, seq=4, id=ID, author=bytes(16), text="x", at=1),),
        ),
    )
)


def shown(data: bytes) -> str:
    return '"' + "".join(f"\\x{byte:02x}" for byte in data) + '"'


def named(path: str) -> str:
    return path if path.startswith("TCP") else "".join(f"\\x{byte:02x}" for byte in path.encode())


def call(name: str, target: str, data: bytes = b"", thread: int = 1) -> str:
    """A line as strace writes it."""
    return f"{thread} {name}(5<{named(target)}>, {shown(data)}, {len(data)}, 0) = {len(data)}"


def sync(target: str = LOG, thread: int = 1) -> str:
    return f"{thread} fdatasync(5<{named(target)}>) = 0"


def page(content: bytes, *, last: bool) -> list[str]:
    """A frame of the log: its header, which says if it ends a transaction, and its page."""
    header = bytes(4) + (9 if last else 0).to_bytes(4, "big") + bytes(16)
    return [call("pwrite64", LOG, header), call("pwrite64", LOG, content.ljust(512, b"\0"))]


def said(frame: bytes) -> str:
    """A WebSocket message to a client."""
    return call("sendto", SOCKET, bytes([0x82, 126]) + len(frame).to_bytes(2, "big") + frame, thread=2)


COMMIT = [*page(b"first", last=False), *page(b"the row " + ID, last=True)]


def problems(*lines: str) -> list[str]:
    return judge(ledger(calls(lines), PLACES))


@pytest.mark.parametrize("frame", [POSTED, DELIVERED], ids=["acknowledged", "delivered"])
def test_what_is_said_after_the_sync_is_in_order(frame: bytes) -> None:
    assert problems(*COMMIT, sync(), said(frame)) == []
    assert len(ledger(calls([*COMMIT, sync(), said(frame)]), PLACES).said) == 1


@pytest.mark.parametrize("frame", [POSTED, DELIVERED], ids=["acknowledged", "delivered"])
def test_what_is_said_before_the_sync_is_not(frame: bytes) -> None:
    begun, ended = f"1 fdatasync(5<{named(LOG)}> <unfinished ...>", "1 <... fdatasync resumed>) = 0"
    for lines in (
        [*COMMIT, said(frame), sync()],
        [sync(), *COMMIT, said(frame)],
        [*COMMIT[:-1], sync(), COMMIT[-1], said(frame)],
        [*COMMIT, begun, said(frame), ended],
        [*COMMIT, sync(DATABASE), said(frame)],
        [*COMMIT, sync().replace("= 0", "= -1 EIO (Input/output error)"), said(frame)],
    ):
        assert len(problems(*lines)) == 1, lines
    assert problems(*COMMIT, begun, ended, said(frame)) == []


def test_what_was_never_written_is_found() -> None:
    (problem,) = problems(*page(b"another", last=True), sync(), said(POSTED))
    assert problem.endswith("was spoken of and never written")


def test_a_message_in_two_writes_is_said_when_the_second_began() -> None:
    first, second = POSTED[:3], POSTED[3:]
    begun = call("sendto", SOCKET, bytes([0x82, len(POSTED)]) + first, thread=2)
    assert problems(*COMMIT, begun, sync(), call("sendto", SOCKET, second, thread=2)) == []
    assert problems(*COMMIT, begun, call("sendto", SOCKET, second, thread=2), sync()) != []


def test_a_second_sync_of_a_commit_is_found_unless_a_checkpoint_wanted_it() -> None:
    assert problems(sync(), *COMMIT, sync()) == []
    assert problems(sync(), *COMMIT, sync(), sync()) == ["3 syncs of the log for 1 commits"]
    assert problems(sync(), *COMMIT, sync(), sync(), sync(DATABASE), sync()) == []
