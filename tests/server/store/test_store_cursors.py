"""The moves of cursors are kept, however many there are and however they come."""

import random

import pytest
from coachline_core.domain import receipts
from coachline_core.domain.streams import CursorMove
from coachline_protocol.ops import Receipt
from coachline_protocol.rows import Cursor, Id
from coachline_server.store.cursors import CHUNK_SEQS, MOVE
from coachline_server.store.pony_store import PonyStore
from coachline_server.store.port import Append, Committed
from support.stored import BEN, CHAT, MAYA, move, opened
from support.stored import TestDatabase as Database

HEAD = 7 * CHUNK_SEQS


def walk(dice: random.Random) -> list[CursorMove]:
    """Two members go through a conversation, by small and by large steps, as far as they get in so many."""
    cursors: dict[Id, Cursor] = {}
    moves: list[CursorMove] = []
    for at in range(90):
        person, kind = dice.choice((MAYA, BEN)), dice.choice(("delivered", "delivered", "read"))
        cursor = cursors.get(person, Cursor(person=person))
        place = cursor.delivered if kind == "delivered" else cursor.read
        to = place + dice.choice((1, 1, 2, 5, CHUNK_SEQS, 2 * CHUNK_SEQS))
        for made in receipts.move(CHAT.id, cursors, person, "read" if kind == "read" else "delivered", to, HEAD, at):
            moves.append(made)
            cursors[person] = receipts.moved(cursors.get(person, cursor), made)
    return moves


def told(moves: list[CursorMove], person: Id, seq: int) -> Receipt:
    """What the moves say of one message, looked at one by one."""

    def covering(kind: str) -> int | None:
        mine = [made for made in moves if (made.person, made.kind) == (person, kind)]
        return next((made.at for made in mine if made.before < seq <= made.after), None)

    return Receipt(person=person, delivered_at=covering("delivered"), read_at=covering("read"))


@pytest.mark.parametrize("seed", range(4))
def test_the_times_of_every_message_are_those_of_the_moves_covering_it(store: PonyStore, seed: int) -> None:
    dice = random.Random(seed)
    moves = walk(dice)
    assert store.commit([opened()]) == [Committed()]
    left = list(moves)
    while left:
        some = dice.randint(1, 6)
        together, left = left[:some], left[some:]
        half = dice.randint(0, len(together))
        appends = [Append(moves=tuple(part)) for part in (together[:half], together[half:])]
        assert store.commit(appends) == [Committed(), Committed()]
    for seq in range(1, HEAD + 2):
        assert store.receipts(CHAT.id, seq) == (told(moves, MAYA, seq), told(moves, BEN, seq))


@pytest.mark.parametrize("before", [0, CHUNK_SEQS - 1, CHUNK_SEQS])
def test_a_move_that_comes_twice_keeps_its_first_time(store: PonyStore, before: int) -> None:
    store.commit([opened()])
    for at in (1, 2):
        store.commit([Append(moves=(move(BEN, "delivered", before, before + 1, at=at),))])
    assert store.receipts(CHAT.id, before + 1)[1] == Receipt(person=BEN, delivered_at=1)


def test_a_cursors_row_holds_no_more_moves_than_seqs_of_a_chunk(database: Database) -> None:
    store = database.open()
    store.commit([opened()])
    sizes: list[int] = []
    for seq in range(3 * CHUNK_SEQS):
        step = (move(BEN, "delivered", seq, seq + 1, at=seq), move(BEN, "read", seq, seq + 1, at=seq))
        store.commit([Append(moves=step)])
        ((size,),) = database.ask("SELECT length(moves) FROM cursor")
        sizes.append(size)
    assert max(sizes) == (CHUNK_SEQS - 1) * 2 * MOVE.size
    assert sizes[CHUNK_SEQS - 1 :: CHUNK_SEQS] == [0, 0, 0]
    assert len(database.ask("SELECT * FROM cursor_history")) == 3


@pytest.mark.parametrize("table", ["cursor", "cursor_history"])
def test_moves_that_are_damaged_are_reported_and_spoil_nobody_elses(database: Database, table: str) -> None:
    store = database.open()
    last = CHUNK_SEQS if table == "cursor_history" else 1
    moves = [move(BEN, "delivered", 0, last), move(MAYA, "delivered", 0, last, at=9)]
    store.commit([opened(), *(Append(moves=(made,)) for made in moves)])
    who = f"X'{BEN.hex()}'" if database.kind == "sqlite" else f"'\\x{BEN.hex()}'"
    database.ask(f"UPDATE {table} SET moves = person WHERE person = {who}")
    assert store.receipts(CHAT.id, 1) == (Receipt(person=MAYA, delivered_at=9), Receipt(person=BEN))
    (problem,) = database.reported
    assert BEN.hex() in str(problem)
