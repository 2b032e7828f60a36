"""Answers that are not lasting are forgotten, the oldest first, and no others."""

from coachline_core.domain.streams import Answer
from coachline_protocol.ops import Empty
from coachline_protocol.rows import Id
from coachline_server.store.pony_store import PonyStore
from coachline_server.store.port import AnswersForgotten, Append, Committed, Duplicate
from support.stored import BEN, DIGEST, MAYA, facts, id_of, posted
from support.stored import TestDatabase as Database

FIRST, LAST = id_of(1), id_of(9)


def answer(number: int, author: Id = MAYA, *, lasting: bool = False) -> Answer:
    return Answer(author, id_of(number), DIGEST, Empty(), number, lasting)


def hold(store: PonyStore, *answers: Answer) -> None:
    assert store.commit([Append(answers=answers)]) == [Committed()]


def forget(store: PonyStore, upto: Id) -> None:
    assert store.commit([facts(AnswersForgotten(upto))]) == [Committed()]


def remembered(store: PonyStore, *answers: Answer) -> list[bool]:
    return [store.answer(one.author, one.id) == one for one in answers]


def test_the_oldest_are_found_a_few_at_a_time(store: PonyStore) -> None:
    assert store.passing(LAST, 2) is None
    hold(store, *(answer(number) for number in (7, 3, 5)))
    assert store.passing(id_of(3), 2) is None
    assert store.passing(id_of(4), 2) == id_of(3)
    assert store.passing(LAST, 2) == id_of(5)
    assert store.passing(LAST, 3) == store.passing(LAST, 9) == id_of(7)


def test_what_is_forgotten_is_gone_and_the_rest_is_there(store: PonyStore, database: Database) -> None:
    old, same, kept, later = answer(3), answer(3, BEN), answer(2, lasting=True), answer(4)
    hold(store, old, same, kept, later)
    forget(store, id_of(3))
    assert remembered(store, old, same, kept, later) == [False, False, True, True]
    assert store.passing(LAST, 9) == later.id
    assert database.ask("SELECT COUNT(*) FROM answer") == [(2,)]
    assert database.ask("SELECT COUNT(*) FROM passing") == [(1,)]


def test_of_two_with_one_id_only_the_one_that_is_not_lasting_is_forgotten(store: PonyStore) -> None:
    mine, his = answer(3), answer(3, BEN, lasting=True)
    hold(store, mine, his)
    forget(store, LAST)
    assert remembered(store, mine, his) == [False, True]


def test_a_duplicate_says_whether_it_is_lasting(store: PonyStore) -> None:
    passing = answer(3)
    hold(store, passing)
    assert store.commit([Append(answers=(answer(3),)), posted(1)]) == [Duplicate((passing,)), Committed()]


def test_nothing_to_forget_is_no_mistake(store: PonyStore) -> None:
    store.commit([posted(1)])
    forget(store, LAST)
    assert store.answer(MAYA, FIRST) is not None
