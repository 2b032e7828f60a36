"""What a commit writes: every page it dirties is summed, written to the log, and copied back one day."""

from collections.abc import Sequence

import pytest
from coachline_protocol.rows import Id
from coachline_server.store.pony_store import PonyStore
from coachline_server.store.port import Append, Committed
from support.stored import TestDatabase as Database
from support.stored import conversation, id_of, move, posted

PAGE_BYTES = 4_096
FRAME_BYTES = PAGE_BYTES + 24
CHATS = 60
BEFORE = 40
"""Messages in each chat: enough for every table and index to be of many pages."""
LONE_MESSAGE, LONE_RECEIPT, TOGETHER = 5, 3, 40
"""Pages; for `TOGETHER` a batch of one message in each chat."""


def author(chat: int) -> Id:
    return id_of(1_000 + chat * 7_919 % CHATS)


def said(chat: int, seq: int) -> Append:
    """The id is in order of time, as command ids are."""
    return posted(seq, id_=1_000_000 + seq * CHATS + chat, author=author(chat), at=conversation(chat))


def seen(chat: int, seq: int) -> Append:
    return Append(moves=(move(author(chat), "read", seq - 1, seq, at=seq, stream=conversation(chat)),))


@pytest.fixture
def busy(sqlite: Database) -> PonyStore:
    filling = sqlite.open()
    for seq in range(1, BEFORE + 1):
        outcomes = filling.commit([one for chat in range(CHATS) for one in (said(chat, seq), seen(chat, seq))])
        assert outcomes == [Committed()] * len(outcomes)
    filling.close()  # the log is copied back and begins anew
    return sqlite.open()


def pages(sqlite: Database, store: PonyStore, batches: Sequence[list[Append]]) -> float:
    """Written for each commit, on average."""
    for batch in batches:
        assert store.commit(batch) == [Committed()] * len(batch)
    return sqlite.file.with_name("coachline.db-wal").stat().st_size / FRAME_BYTES / len(batches)


def test_a_lone_message_writes_few_pages(sqlite: Database, busy: PonyStore) -> None:
    """Its stream, the message, its index, the answer: with what is split now and then."""
    assert pages(sqlite, busy, [[said(chat, BEFORE + 1)] for chat in range(CHATS)]) < LONE_MESSAGE


def test_a_lone_receipt_writes_few_pages(sqlite: Database, busy: PonyStore) -> None:
    """The cursor and its move."""
    assert pages(sqlite, busy, [[seen(chat, BEFORE + 1)] for chat in range(CHATS)]) < LONE_RECEIPT


def test_messages_of_one_moment_share_their_pages(sqlite: Database, busy: PonyStore) -> None:
    """Only the place of the stream and that of the message among its conversation's are each their own."""
    together = pages(sqlite, busy, [[said(chat, BEFORE + 1) for chat in range(CHATS)]])
    assert together < TOGETHER
