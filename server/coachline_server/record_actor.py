"""What a record has besides its stream: permissions that are withdrawn take effect before that is acknowledged."""

from dataclasses import replace

from coachline_core.domain.record import RecordState, narrowed
from coachline_core.domain.streams import Changed, row_key
from coachline_protocol.rows import Id, Relationship, StreamId

from coachline_server.people_online import PeopleOnline
from coachline_server.stream_actor import StreamActor
from coachline_server.stream_parts import Round, StreamParts


class RecordActor(StreamActor[RecordState]):
    """The actor of one client's record."""

    def __init__(self, stream: StreamId, parts: StreamParts, people: PeopleOnline) -> None:
        super().__init__(stream, parts)
        self._people = people

    def withhold(self, changed: Changed, before: RecordState) -> None:
        fewer = narrowed(before, changed.rows)
        if fewer:
            self.parts.fanout.withhold(changed, fewer)

    def leaves(self, person: Id) -> bool:
        held = self.state.relationships.get(person)
        return held is not None and held.left

    def told_here(self) -> RecordState:
        """With the relationships as their trainers' standings have them."""
        held = {trainer: self._told(trainer) or row for trainer, row in self.state.relationships.items()}
        return replace(self.state, relationships=held)

    def _told(self, trainer: Id) -> Relationship | None:
        online = self._people.get(trainer)
        standing = None if online is None else online.standing
        return None if standing is None else standing.clients.get(self.stream.id)

    def count(self, attempt: Round) -> None:
        for changed in attempt.batch.changes:
            if changed.stream == self.stream:
                for row in changed.rows:
                    self.parts.metrics.record_rows.labels(row_key(row)[0]).inc()
