"""What the demo claims at its end, each computed from what was found: on the disks, and on the screens meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from coachline_core.domain.record import sees
from coachline_protocol.rows import AnyRow, Cursor, Id, Message, Progress, Relationship, Seq


@dataclass(frozen=True, slots=True)
class Said:
    """Something a person wrote, as the person wrote it."""

    id: Id
    conversation: Id
    author: Id
    text: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A badge: what it shows, and what it has to."""

    whose: str
    shown: int
    written_after_last_look: int
    """Counted from what was written and seen in the demo."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the truths are computed from."""

    said: Sequence[Said]
    """In the order in which each author wrote."""
    acknowledged: Mapping[Id, tuple[Id, Seq]]
    """Message → conversation and place, as its author was told."""
    database: Mapping[Id, Sequence[Message]]
    """Conversation → its messages, decrypted, ascending."""
    copies: Mapping[str, Mapping[Id, Sequence[Message]]]
    """Person → conversation → what that person's device holds of it."""
    cursors: Mapping[Id, Sequence[Cursor]]
    unread: Sequence[Unread]
    people: Mapping[str, Id]
    """By name."""
    records: Mapping[Id, Sequence[AnyRow]]
    """Client → everything in that client's record, decrypted, from the database."""
    held: Mapping[str, Mapping[Id, Sequence[AnyRow]]]
    """Person → client → what that person's device holds of the client's record."""
    entered: Sequence[Id]
    """Entries of progress that somebody made."""
    timelines_shown: int
    defects_shown: Sequence[str]
    in_the_clear: Sequence[str]
    """Texts found unencrypted in the database's files."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A claim, whether it holds, and the figures."""

    claim: str
    holds: bool
    figures: str


def truths(found: Evidence) -> list[Truth]:
    """Every claim, judged."""
    return [*_of_messages(found), *_of_copies(found), *_of_records(found), *_of_screens(found)]


def _of_messages(found: Evidence) -> Iterator[Truth]:
    stored = [message for messages in found.database.values() for message in messages]
    written = [message for message in stored if message.kind == "text"]
    times = Counter(message.id for message in stored)
    places = {
        message.id: (conversation, message.seq) for conversation, some in found.database.items() for message in some
    }
    said = {each.id for each in found.said}
    lost = [id for id, place in found.acknowledged.items() if times[id] != 1 or places[id] != place]
    yield Truth(
        "what was acknowledged is in the database, once",
        bool(found.acknowledged) and not lost,
        f"{len(found.acknowledged) - len(lost)} of {len(found.acknowledged)} messages",
    )
    yield Truth(
        "what was written was acknowledged, nothing else is there",
        said == found.acknowledged.keys() and said == {message.id for message in written},
        f"{len(written)} of {len(said)} messages",
    )
    gaps = [
        conversation
        for conversation, messages in found.database.items()
        if [message.seq for message in messages] != list(range(1, len(messages) + 1))
    ]
    yield Truth(
        "the order of a conversation has no gap",
        not gaps,
        f"{len(found.database) - len(gaps)} of {len(found.database)} conversations",
    )
    intact = [author for author in _authors(found) if _as_written(found, author) == _as_stored(found, author)]
    yield Truth(
        "everybody's words stand in the order of writing",
        len(intact) == len(_authors(found)) > 0,
        f"{len(intact)} of {len(_authors(found))} people",
    )


def _of_copies(found: Evidence) -> Iterator[Truth]:
    pairs = [(person, conversation) for person, conversations in found.copies.items() for conversation in conversations]
    equal = [
        (person, conversation)
        for person, conversation in pairs
        if _lines(found.copies[person][conversation]) == _lines(found.database.get(conversation, ()))
    ]
    everywhere = Counter(conversation for _, conversation in pairs)
    yield Truth(
        "both sides hold the same whole conversation",
        len(equal) == len(pairs) and set(everywhere) == set(found.database) and set(everywhere.values()) == {2},
        f"{len(equal)} of {len(pairs)} copies",
    )
    heads = {conversation: len(messages) for conversation, messages in found.database.items()}
    cursors = [(conversation, cursor) for conversation, some in found.cursors.items() for cursor in some]
    honest = [
        cursor for conversation, cursor in cursors if cursor.read <= cursor.delivered <= heads.get(conversation, 0)
    ]
    yield Truth(
        "receipts: read ≤ delivered ≤ the last message",
        0 < len(cursors) == len(honest),
        f"{len(honest)} of {len(cursors)} cursors",
    )
    yield Truth(
        "nothing said lies in the clear in the database",
        bool(found.said) and not found.in_the_clear,
        f"{len(found.in_the_clear)} of {len(found.said)} texts",
    )


def _of_records(found: Evidence) -> Iterator[Truth]:
    times = Counter(row.id for rows in found.records.values() for row in rows if isinstance(row, Progress))
    yield Truth(
        "what was entered is in the records, nothing else is there",
        bool(found.entered) and times == Counter(found.entered),
        f"{times.total()} of {len(found.entered)} entries",
    )
    pairs = [(person, client) for person in found.people for client in found.records]
    shown = {(person, client): _shown(found, person, client) for person, client in pairs}
    held = {(person, client): set(found.held.get(person, {}).get(client, ())) for person, client in pairs}
    whole = [pair for pair in pairs if shown[pair] and shown[pair] <= held[pair]]
    wanted = [pair for pair in pairs if shown[pair]]
    yield Truth(
        "both sides hold the whole record, as far as it is shown",
        len(whole) == len(wanted) == 2 * len(found.records),
        f"{len(whole)} of {len(wanted)} copies",
    )
    hidden = sum(len(set(found.records[client]) - shown[person, client]) for person, client in pairs)
    beyond = sum(len(held[pair] - shown[pair]) for pair in pairs)
    yield Truth(
        "nobody's device holds what it may not see",
        hidden > 0 and beyond == 0,
        f"{beyond} of {hidden} hidden rows",
    )


def _shown(found: Evidence, person: str, client: Id) -> set[AnyRow]:
    """The rows of a record that a person sees."""
    reader, rows = found.people[person], found.records[client]
    mine = next((row for row in rows if isinstance(row, Relationship) and row.trainer == reader), None)
    return {row for row in rows if sees(reader, client, mine, row)}


def _of_screens(found: Evidence) -> Iterator[Truth]:
    wrong = [each for each in found.unread if each.shown != each.written_after_last_look]
    yield Truth(
        "unread counts are what was not yet looked at",
        bool(found.unread) and not wrong,
        f"{len(found.unread) - len(wrong)} of {len(found.unread)} badges",
    )
    yield Truth(
        "nothing was shown twice or out of order; no tick went back",
        found.timelines_shown > 0 and not found.defects_shown,
        f"{found.timelines_shown} screens",
    )


def _authors(found: Evidence) -> list[Id]:
    return list(dict.fromkeys(each.author for each in found.said))


def _as_written(found: Evidence, author: Id) -> dict[Id, list[str]]:
    texts: dict[Id, list[str]] = {}
    for each in found.said:
        if each.author == author:
            texts.setdefault(each.conversation, []).append(each.text)
    return texts


def _as_stored(found: Evidence, author: Id) -> dict[Id, list[str]]:
    texts: dict[Id, list[str]] = {}
    for conversation, messages in found.database.items():
        for message in messages:
            if message.author == author and message.kind == "text":
                texts.setdefault(conversation, []).append(message.text)
    return texts


def _lines(messages: Sequence[Message]) -> list[tuple[Seq, Id, Id, str]]:
    return [(message.seq, message.id, message.author, message.text) for message in messages]
