"""What a record has besides its stream: permissions that are withdrawn take effect before that is acknowledged."""

from coachline_core.domain.record import RecordState, narrowed
from coachline_core.domain.streams import Changed, row_key
from coachline_protocol.rows import Id

from coachline_server.stream_actor import StreamActor
from coachline_server.stream_parts import Round


class RecordActor(StreamActor[RecordState]):
    """The actor of one client's record."""

    def withhold(self, changed: Changed, before: RecordState) -> None:
        fewer = narrowed(before, changed.rows)
        if fewer:
            self.parts.fanout.withhold(changed, fewer)

    def leaves(self, person: Id) -> bool:
        held = self.state.relationships.get(person)
        return held is not None and held.left

    def count(self, attempt: Round) -> None:
        for changed in attempt.batch.changes:
            if changed.stream == self.stream:
                for row in changed.rows:
                    self.parts.metrics.record_rows.labels(row_key(row)[0]).inc()
