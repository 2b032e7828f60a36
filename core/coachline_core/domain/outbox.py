"""What this device has yet to say: nothing is lost, said out of order, or done twice.

An entry is queued, then sending, then gone when it is acknowledged; a permanent refusal makes it failed, for
its author to retry or discard. Entries of one stream are said in the order they were added, several at once:
the server keeps that order by refusing with `out_of_order` whatever follows a retryable refusal. After such a
refusal the stream rests until every answer on its way has come, then goes on from the oldest, with one entry
at once and one more for each that is taken (as TCP does after a loss), so that a rate limit costs few refusals.
What an entry stands on besides its place is said by `basis`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.ops import Command
from coachline_protocol.rows import Id, Revision, StreamId, Time

from coachline_core.domain.basis import Based, depends, rebased

IN_FLIGHT = 16
"""Unanswered entries per stream: enough to fill a slow link, less than a gate remembers."""
GIVEN_UP = Refusal(code=RefusalCode.CONFLICT, field="id", hint="given up, or what it needs was")
"""What became of an entry that its author discarded, and of those that needed it."""
PAUSE_MS = 1_000
"""How long a stream rests after a retryable refusal that names no time."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One command to be said. `place` orders entries and never changes.

    `needs`: an entry added before, without which this one makes no sense; one that is gone was done.
    """

    id: Id
    stream: StreamId
    body: Command
    place: int
    needs: Id | None = None
    state: Literal["queued", "sending", "failed"] = "queued"
    refusal: Refusal | None = None
    """Why it failed, or the latest reason it has to wait."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How a stream is being said: how many at once, not before when (ms), and whether it rests for answers."""

    window: int = IN_FLIGHT
    not_before: Time = 0
    resting: bool = False


@dataclass(frozen=True, slots=True)
class Outbox:
    """The entries in ascending `place`, and the pace of the streams that are not at full speed."""

    entries: tuple[Entry, ...] = ()
    paces: Mapping[StreamId, Pace] = field(default_factory=dict)

    @property
    def next_place(self) -> int:
        """The place of the next entry."""
        return self.entries[-1].place + 1 if self.entries else 0

    def get(self, id: Id) -> Entry | None:
        """The entry with that id."""
        return next((entry for entry in self.entries if entry.id == id), None)

    def needed(self, stream: StreamId, body: Command) -> Id | None:
        """The entry that a command to be added stands or falls with: the last one of its stream that has not failed."""
        earlier = (entry for entry in reversed(self.entries) if entry.stream == stream and entry.state != "failed")
        return next((entry.id for entry in earlier if depends(body, entry.body)), None)

    def add(self, id: Id, stream: StreamId, body: Command, *, needs: Id | None = None) -> "Outbox":
        """One more to say, last of its stream. Adding an id that is there changes nothing."""
        if self.get(id) is not None:
            return self
        return replace(self, entries=(*self.entries, Entry(id, stream, body, self.next_place, needs))).settled()

    def sendable(self, now: Time) -> tuple[Entry, ...]:
        """What may be said now, in the order to say it."""
        room = {stream: self._room(stream, now) for stream in {entry.stream for entry in self.entries}}
        chosen: list[Entry] = []
        for entry in self.entries:
            if entry.state != "queued" or room[entry.stream] <= 0:
                continue
            needed = None if entry.needs is None else self.get(entry.needs)
            if needed is not None and (needed.stream != entry.stream or isinstance(entry.body, Based)):
                # In one stream the server keeps the order; across streams only an answer does, and only an answer
                # says the revision that a change is based on.
                room[entry.stream] = 0
                continue
            room[entry.stream] -= 1
            chosen.append(entry)
        return tuple(chosen)

    def wake_at(self, now: Time) -> Time | None:
        """When something queued that only waits for time may be said; None if nothing does."""
        waiting = {entry.stream for entry in self.entries if entry.state == "queued"}
        times = [self._pace(stream).not_before for stream in waiting]
        return min((time for time in times if time > now), default=None)

    def sent(self, ids: Collection[Id]) -> "Outbox":
        """These were said and await their answers."""
        return self._with_entries(
            replace(entry, state="sending") if entry.id in ids and entry.state == "queued" else entry
            for entry in self.entries
        )

    def acknowledged(self, id: Id) -> "Outbox":
        """Done, durably: the entry goes. An unknown id changes nothing."""
        entry = self.get(id)
        if entry is None:
            return self
        pace = self._pace(entry.stream)
        rest = self._with_entries(other for other in self.entries if other.id != id)
        return rest._with_pace(entry.stream, replace(pace, window=min(pace.window + 1, IN_FLIGHT)))._rested()

    def on_answer(self, id: Id, rev: Revision) -> tuple[Command, ...]:
        """How the changes read that are based on what this entry does, once its answer has come and says `rev`."""
        waiting = (entry.body for entry in self.entries if entry.needs == id)
        return tuple(rebased(body, rev) for body in waiting if isinstance(body, Based))

    def restated(self, body: Command) -> "Outbox":
        """An entry that is not on its way, based on a later revision."""
        entry = self.get(body.id)
        return self if entry is None else self._with_entry(replace(entry, body=body))

    def refused(self, id: Id, refusal: Refusal, now: Time) -> "Outbox":
        """Not done. For now: queued again, its stream rests. For good: failed, and with it what needs it."""
        entry = self.get(id)
        if entry is None:
            return self
        if not refusal.code.retryable:
            return self._with_entry(replace(entry, state="failed", refusal=refusal)).settled()._rested()
        pace = self._pace(entry.stream)
        pause = refusal.retry_after_ms
        if pause is None:
            pause = 0 if refusal.code is RefusalCode.OUT_OF_ORDER else PAUSE_MS
        slower = Pace(window=1, not_before=max(pace.not_before, now + pause), resting=True)
        waiting = replace(entry, state="queued", refusal=refusal)
        return self._with_entry(waiting)._with_pace(entry.stream, slower).settled()._rested()

    def disconnected(self) -> "Outbox":
        """No answer will come to what was said: all of it is queued again, to be said on the next connection."""
        queued = self._with_entries(
            replace(entry, state="queued") if entry.state == "sending" else entry for entry in self.entries
        )
        return queued.settled()._rested()

    def retry(self, id: Id) -> "Outbox":
        """Say a failed entry again, and the failed ones it needs and that need it, each in its old place."""
        again = {entry.id for entry in self.related(id)}
        if not again:
            return self
        return self._with_entries(
            replace(entry, state="queued", refusal=None) if entry.id in again else entry for entry in self.entries
        )

    def related(self, id: Id) -> tuple[Entry, ...]:
        """A failed entry and the failed ones it needs and that need it, in order: they stand or fall together."""
        failed = [entry for entry in self.entries if entry.state == "failed"]
        related = {entry.id for entry in failed if entry.id == id}
        while True:
            more = {entry.id for entry in failed if entry.needs in related}
            more |= {entry.needs for entry in failed if entry.id in related and entry.needs is not None}
            more &= {entry.id for entry in failed}
            if more <= related:
                return tuple(entry for entry in failed if entry.id in related)
            related |= more

    def dependents(self, id: Id) -> tuple[Entry, ...]:
        """The entries that fall with this one, in order."""
        fallen = {id}
        found: list[Entry] = []
        for entry in self.entries:
            if entry.needs in fallen:
                fallen.add(entry.id)
                found.append(entry)
        return tuple(found)

    def discard(self, id: Id) -> "Outbox":
        """Give an entry up; what needs it fails, for its author to decide. One being said cannot be taken back."""
        entry = self.get(id)
        if entry is None or entry.state == "sending":
            return self
        failed = replace(entry, state="failed", refusal=entry.refusal or GIVEN_UP)
        settled = self._with_entry(failed).settled()
        return settled._with_entries(other for other in settled.entries if other.id != id)

    def settled(self) -> "Outbox":
        """With what is queued and needs something that failed having failed too."""
        failed = {entry.id: entry.refusal for entry in self.entries if entry.state == "failed"}
        entries: list[Entry] = []
        for entry in self.entries:
            if entry.state == "queued" and entry.needs is not None and entry.needs in failed:
                failed[entry.id] = failed[entry.needs]
                entry = replace(entry, state="failed", refusal=failed[entry.needs])
            entries.append(entry)
        return self._with_entries(entries)

    # -- parts ---------------------------------------------------------------------------------------------

    def _pace(self, stream: StreamId) -> Pace:
        return self.paces.get(stream) or Pace()

    def _room(self, stream: StreamId, now: Time) -> int:
        """How many more of a stream may be said."""
        pace = self._pace(stream)
        if pace.resting or now < pace.not_before:
            return 0
        return pace.window - sum(self._sending(stream))

    def _sending(self, stream: StreamId) -> Iterator[bool]:
        return (entry.state == "sending" for entry in self.entries if entry.stream == stream)

    def _with_entries(self, entries: Iterable[Entry]) -> "Outbox":
        return replace(self, entries=tuple(entries))

    def _with_entry(self, changed: Entry) -> "Outbox":
        return self._with_entries(changed if entry.id == changed.id else entry for entry in self.entries)

    def _with_pace(self, stream: StreamId, pace: Pace) -> "Outbox":
        others = {at: held for at, held in self.paces.items() if at != stream}
        full = pace.window == IN_FLIGHT and not pace.resting
        return replace(self, paces=others if full else {**others, stream: pace})

    def _rested(self) -> "Outbox":
        """Streams of which every answer has come rest no longer."""
        paces = {
            stream: replace(pace, resting=pace.resting and any(self._sending(stream)))
            for stream, pace in self.paces.items()
        }
        return replace(self, paces=paces)
