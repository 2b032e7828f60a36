"""What a person's stream has besides it: a device that is signed out loses its tokens and its connections."""

from collections.abc import Iterable

from coachline_core.domain.person import PersonState
from coachline_core.domain.streams import Batch

from coachline_server.revocation import apart, dropped_tokens, revoked
from coachline_server.store.port import Fact
from coachline_server.stream_actor import StreamActor
from coachline_server.stream_parts import Round, Submission


class PersonActor(StreamActor[PersonState]):
    """The actor of one person."""

    def apart(self, submissions: list[Submission]) -> Iterable[list[Submission]]:
        return apart(submissions)

    def facts(self, batch: Batch, submissions: list[Submission]) -> list[Fact]:
        return dropped_tokens(self.state, batch, submissions) + super().facts(batch, submissions)

    def durable(self, attempt: Round) -> None:
        for person, device, itself in revoked(attempt.batch, attempt.submissions):
            self.parts.tell_revoked(person, device, itself)
