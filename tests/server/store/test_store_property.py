"""Any sequence of appends does to the database what it does to a dictionary."""

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from coachline_core.domain.streams import Answer
from coachline_protocol.rows import Id, Message, StreamId
from coachline_server.store.opening import open_store
from coachline_server.store.port import Append, Committed, Credential, Duplicate, Moved, Outcome, Store, Taken
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.stored import MAYA, conversation, message, posted
from support.stored import TestDatabase as Database

CHATS = [conversation(1), conversation(2)]
HANDLES = ["a", "b"]
PEOPLE = [bytes([n]) * 16 for n in (1, 2)]


@dataclass
class Model:
    """What the port promises, on dictionaries."""

    messages: dict[StreamId, list[Message]] = field(default_factory=lambda: {chat: [] for chat in CHATS})
    answers: dict[Id, Answer] = field(default_factory=dict)
    handles: dict[str, Id] = field(default_factory=dict)

    def append(self, append: Append) -> Outcome:
        known = tuple(self.answers[answer.id] for answer in append.answers if answer.id in self.answers)
        if known:
            return Duplicate(known)
        moved = tuple(c.stream for c in append.changes if len(self.messages[c.stream]) != c.after)
        if moved:
            return Moved(moved)
        for fact in append.facts:
            assert isinstance(fact, Credential)
            if self.handles.get(fact.handle, fact.person) != fact.person:
                return Taken("handle")
        for change in append.changes:
            self.messages[change.stream] += [row for row in change.rows if isinstance(row, Message)]
        self.answers |= {answer.id: answer for answer in append.answers}
        self.handles |= {fact.handle: fact.person for fact in append.facts if isinstance(fact, Credential)}
        return Committed()

    def agrees(self, store: Store) -> bool:
        """Whether the database says the same."""
        return all(
            store.messages(chat.id, before=None, after=0, limit=99) == tuple(rows)
            and store.load(chat).rev == len(rows)
            and store.changes(chat, 0, 99).rows == tuple(rows)
            for chat, rows in self.messages.items()
        ) and all(store.answer(MAYA, answer.id) == answer for answer in self.answers.values())


@st.composite
def an_append(draw: st.DrawFn) -> Append:
    seq, id_, chat = draw(st.integers(1, 6)), draw(st.integers(1, 12)), draw(st.sampled_from(CHATS))
    said = posted(seq, id_=id_, at=chat, text=draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=8)))
    claims: tuple[Credential, ...] = ()
    if draw(st.booleans()):
        # One handle a person: an account is one row.
        person = draw(st.sampled_from(PEOPLE))
        claims = (Credential(person, draw(st.sampled_from(HANDLES)), "hash"),)
    return Append(said.changes, said.answers, facts=claims)


def texts_without_nul(append: Append) -> bool:
    """No U+0000: the protocol refuses it, because PostgreSQL cannot hold it."""
    return all("\0" not in row.text for c in append.changes for row in c.rows if isinstance(row, Message))


batches = st.lists(st.lists(an_append().filter(texts_without_nul), max_size=6), max_size=8)


def play(store: Store, said: list[list[Append]]) -> None:
    model = Model()
    for batch in said:
        # Who takes a second handle gives the first one up.
        expected: list[Outcome] = []
        for append in batch:
            before = dict(model.handles)
            outcome = model.append(append)
            expected.append(outcome)
            if isinstance(outcome, Committed):
                for fact in append.facts:
                    assert isinstance(fact, Credential)
                    given_up = [h for h, p in before.items() if p == fact.person and h != fact.handle]
                    for handle in given_up:
                        del model.handles[handle]
        assert store.commit(batch) == expected
    assert model.agrees(store)
    assert {h: a.person for h in HANDLES if (a := store.account(h))} == model.handles


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(said=batches)
def test_sqlite_does_what_a_dictionary_does(said: list[list[Append]]) -> None:
    with TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/c.db", Path(folder) / "key")
        try:
            play(store, said)
        finally:
            store.close()


TABLES = "stream, answer, message, account"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=batches)
def test_postgresql_does_what_a_dictionary_does(postgresql: Database, said: list[list[Append]]) -> None:
    store = postgresql.open()
    try:
        play(store, said)
    finally:
        store.close()
        postgresql.ask(f"TRUNCATE {TABLES}")


def test_the_model_knows_every_outcome_it_is_asked_about() -> None:
    model = Model()
    assert model.append(posted(1, at=CHATS[0])) == Committed()
    assert isinstance(model.append(posted(2, id_=1, at=CHATS[0])), Duplicate)
    assert model.append(posted(1, id_=2, at=CHATS[0])) == Moved((CHATS[0],))
    assert model.messages[CHATS[0]] == [message(1)]
