"""Gathers what the truths are computed from, when every program has ended: from the files, and from the watches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from coachline_core.client.cache import Cache
from coachline_protocol.rows import AnyRow, Cursor, Id, Message, StreamId
from coachline_server.data_folder import DataFolder
from coachline_server.store.opening import open_store
from coachline_server.store.port import Store

from demo.cast import Cast
from demo.person import Person
from demo.truths import Evidence, Said, Unread

PAGE = 200
LONG_ENOUGH = 12  # characters of a text that cannot stand in a file by chance


def gather(folder: Path, cast: Cast, unread: Sequence[Unread]) -> Evidence:
    """Read the database as the daemon left it and every device's cache as its session left it.

    `folder`: the daemon's. `unread`: taken from the sessions before they ended.
    """
    people = list(cast.people.values())
    said = [each for person in people for each in person.said]
    data = DataFolder(folder)
    with closing(open_store(data.database_url, data.key)) as store:
        database = {talk: _messages(store, talk) for talk in cast.talks.values()}
        cursors = _cursors(store, cast)
        clients = [person.id for person in cast.clients.values()]
        records = {client: store.load(StreamId("record", client)).rows for client in clients}
    watches = [(person.name, watch) for person in people for watch in person.watches]
    return Evidence(
        said=said,
        acknowledged={id: place for _, watch in watches for id, place in watch.acknowledged.items()},
        database=database,
        copies=_copies(cast),
        cursors=cursors,
        unread=unread,
        people={person.name: person.id for person in people},
        records=records,
        held={person.name: _held(person) for person in people},
        entered=[entry for person in people for entry in person.entered],
        timelines_shown=sum(watch.looked_at for _, watch in watches),
        defects_shown=[f"{name}: {defect}" for name, watch in watches for defect in watch.defects],
        in_the_clear=_in_the_clear(folder, said),
    )


def _messages(store: Store, talk: Id) -> tuple[Message, ...]:
    found: list[Message] = []
    while page := store.messages(talk, before=None, after=found[-1].seq if found else 0, limit=PAGE):
        found += page
    return tuple(found)


def _cursors(store: Store, cast: Cast) -> Mapping[Id, Sequence[Cursor]]:
    heads = store.heads(cast.trainer.id, None, PAGE)
    return {head.stream.id: head.cursors for head in heads if head.stream.kind == "conversation"}


def _copies(cast: Cast) -> Mapping[str, Mapping[Id, Sequence[Message]]]:
    copies: dict[str, dict[Id, Sequence[Message]]] = {}
    for person in cast.people.values():
        talks = cast.talks.values() if person is cast.trainer else [cast.talks[person.name]]
        with closing(Cache(person.cache_file)) as cache:
            copies[person.name] = {talk: cache.messages(talk) for talk in talks}
    return copies


def _held(person: Person) -> Mapping[Id, Sequence[AnyRow]]:
    with closing(Cache(person.cache_file)) as cache:
        streams = cache.load().streams
    return {each.stream.id: each.rows for each in streams if each.stream.kind == "record"}


def _in_the_clear(folder: Path, said: Sequence[Said]) -> list[str]:
    everything = b"\0".join(file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file())
    return [each.text for each in said if len(each.text) >= LONG_ENOUGH and each.text.encode() in everything]
