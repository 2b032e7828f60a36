"""What a batch of commands comes to: the pure decision, and the reading of whatever else it looks at."""

from collections.abc import Sequence

from coachline_core.domain.rules import RULES
from coachline_core.domain.streams import Batch, Envelope, NotRead, State, View, decide_batch, repeated
from coachline_protocol.codes import Refusal
from coachline_protocol.rows import StreamId
from msgspec.structs import replace

from coachline_server.stream_parts import Round, StreamParts, Submission
from coachline_server.stream_reading import read_stream


class Deciding:
    """Decides what is said to one stream. Raises StoreError."""

    def __init__(self, stream: StreamId, parts: StreamParts) -> None:
        self._stream = stream
        self._parts = parts
        self.stale: set[StreamId] = set()
        """Streams of which the actors here need not have the truth: they are read from the database next time."""

    def decide_now(self, state: State, submissions: list[Submission]) -> Round | None:
        """What they come to, if nothing must be read for that and none is refused. Told to nobody."""
        try:
            view = View({self._stream: state})
            batch = decide_batch(RULES, view, self._stream, [submission.envelope for submission in submissions])
        except NotRead:
            return None
        return None if Refusal in map(type, batch.outcomes) else Round(submissions, batch)

    async def decide(self, state: State, submissions: list[Submission]) -> Round:
        """What they come to; those refused are told so (or their first answer) at once and are not in it."""
        if not submissions:
            return Round([], Batch((), (), (), state))
        envelopes = [submission.envelope for submission in submissions]
        batch, guessed = await self._decide(state, envelopes)
        while guessed and Refusal in map(type, batch.outcomes):
            # Another process may have written there. A commit would show it; a refusal has to ask.
            self.stale |= guessed
            batch, guessed = await self._decide(state, envelopes)
        self.stale.clear()
        if Refusal in map(type, batch.outcomes):
            decided = list(zip(submissions, batch.outcomes, strict=True))
            await self._tell_refused([(said, outcome) for said, outcome in decided if isinstance(outcome, Refusal)])
            accepted = [(said, outcome) for said, outcome in decided if not isinstance(outcome, Refusal)]
            submissions = [said for said, _ in accepted]
            batch = replace(batch, outcomes=tuple([outcome for _, outcome in accepted]))
        return Round(submissions, batch)

    async def _decide(self, state: State, envelopes: Sequence[Envelope]) -> tuple[Batch, set[StreamId]]:
        """Decide, reading whatever else is looked at: other streams, as their actors or the database say.

        Also which of them are only as their actors say.
        """
        states: dict[StreamId, State] = {self._stream: state}
        guessed: set[StreamId] = set()
        while True:
            try:
                return decide_batch(RULES, View(states), self._stream, envelopes), guessed
            except NotRead as missing:
                stream = missing.stream
                guess = None if stream in self.stale else self._parts.state_of(stream)
                if guess is not None:
                    guessed.add(stream)
                states[stream] = guess or (await read_stream(self._parts, stream))[0]

    async def _tell_refused(self, refused: Sequence[tuple[Submission, Refusal]]) -> None:
        keys = [(submission.envelope.author, submission.envelope.id) for submission, _ in refused]
        store = self._parts.store
        firsts = await self._parts.executor.read(lambda: [store.answer(author, id) for author, id in keys])
        for (submission, refusal), first in zip(refused, firsts, strict=True):
            submission.end(refusal if first is None else repeated(first, submission.envelope))
