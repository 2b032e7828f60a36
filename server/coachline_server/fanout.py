"""Fan-out: one committed change to every live connection that may see it, encoded once per distinct content."""

from collections.abc import Callable, Hashable, Iterator, Sequence

from coachline_core.domain import access
from coachline_core.domain.streams import Changed
from coachline_protocol import limits
from coachline_protocol.codec import packed_size
from coachline_protocol.connection import encode_event
from coachline_protocol.ops import Body, Change, Withdrawn
from coachline_protocol.rows import AnyRow, Id, Message, StreamId

from coachline_server.people_online import LiveConnection, OnlinePerson, PeopleOnline
from coachline_server.topics import PRESENCES, presence_of

Visible = Callable[[Id, AnyRow], bool]
"""Whether a person may see a row of the stream at hand."""


class Fanout:
    """Knows who is online and how an event is written; who is told, or not any more, is the caller's to say."""

    def __init__(self, people: PeopleOnline, epoch: Id) -> None:
        self._people = people
        self._epoch = epoch

    def change(
        self, changed: Changed, audience: Sequence[Id], visible: Visible, *, but: LiveConnection | None = None
    ) -> None:
        """Tell the audience, and let everybody in it learn what it means for what they may do.

        Rows a reader may not see are skipped; that the revision went on is told all the same, lest the next
        change look like a gap. `but`: this connection is not told, for it knows already.
        """
        self.teach(changed.stream, changed.rows, audience)
        listeners = [online for person in audience if (online := self._listening(person, but)) is not None]
        if not listeners:
            return
        for piece in pieces(changed):
            frames: dict[tuple[int, ...], bytes] = {}
            for online in listeners:
                seen = tuple([n for n, row in enumerate(piece.rows) if visible(online.person, row)])
                if seen not in frames:
                    frames[seen] = self._frame(piece, tuple([piece.rows[n] for n in seen]))
                online.tell(frames[seen], tag=changed.stream, but=but)

    def teach(self, stream: StreamId, rows: Sequence[AnyRow], audience: Sequence[Id]) -> None:
        """Let everybody in the audience who is online learn what rows mean for what they may do."""
        lessons = [row for row in rows if access.teaches(row)]
        for person in audience if lessons else ():
            online = self._people.get(person)
            if online is not None:
                for row in lessons:
                    online.learn(stream, row)

    def withdraw(self, stream: StreamId, person: Id) -> None:
        """Tell a person that a stream is no longer his to see."""
        online = self._people.get(person)
        if online is not None:
            online.tell(encode_event("withdrawn", Withdrawn(stream=stream)))

    def withhold(self, changed: Changed, people: Sequence[Id]) -> None:
        """These people see less of a client by this change: they learn it, and of what waits for them of his record
        and his presence nothing is sent any more (H7)."""
        self.teach(changed.stream, changed.rows, people)
        for person in people:
            online = self._people.get(person)
            if online is not None:
                for tag in (changed.stream, presence_of(changed.stream.id), PRESENCES):
                    online.withhold(tag)

    def event(
        self,
        name: str,
        body: Body,
        people: Sequence[Id],
        *,
        droppable: tuple[object, ...] | None = None,
        tag: Hashable | None = None,
        but: LiveConnection | None = None,
    ) -> None:
        """Tell the same thing to several people. `droppable`: a later one with this key replaces it. `tag`: what it is
        about, if that may be withdrawn. `but`: this connection is not told."""
        frame: bytes | None = None
        for person in people:
            online = self._listening(person, but)
            if online is not None:
                frame = frame or encode_event(name, body)
                online.tell(frame, droppable=droppable, tag=tag, but=but)

    def _listening(self, person: Id, but: LiveConnection | None) -> OnlinePerson | None:
        """Somebody who is here by another connection than this one."""
        online = self._people.get(person)
        return None if online is None or online.connections == [but] else online

    def _frame(self, piece: Changed, rows: tuple[AnyRow, ...]) -> bytes:
        body = Change(stream=piece.stream, epoch=self._epoch, after=piece.after, rev=piece.rev, rows=rows)
        return encode_event(event_name(piece.stream, rows), body)


def event_name(stream: StreamId, rows: Sequence[AnyRow]) -> str:
    """Which event tells a change: a conversation's is `message` if there is one among its rows, else `member`."""
    if stream.kind != "conversation":
        return stream.kind
    return "message" if Message in map(type, rows) else "member"


def pieces(changed: Changed) -> Iterator[Changed]:
    """A change cut, between revisions, so that each piece fits a frame; nearly always it is one."""
    if len(changed.rows) == 1 or packed_size(changed) <= limits.MAX_ANSWER_BYTES:
        yield changed
        return
    after, size = changed.after, 0
    rows: list[AnyRow] = []
    for row in changed.rows:
        grown = size + packed_size(row)
        if rows and grown > limits.MAX_ANSWER_BYTES and row.rev > rows[-1].rev:
            yield Changed(changed.stream, after, rows[-1].rev, tuple(rows))
            after, grown = rows[-1].rev, packed_size(row)
            rows = []
        rows.append(row)
        size = grown
    yield Changed(changed.stream, after, changed.rev, tuple(rows))
