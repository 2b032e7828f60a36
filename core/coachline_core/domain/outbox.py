"""What this device has yet to say: nothing is lost, said out of order, or done twice.

An entry is queued, then sending, then gone when it is acknowledged; a permanent refusal makes it failed, for
its author to retry or discard. Entries of one stream are said in the order they were added, several at once:
the server keeps that order by refusing with `out_of_order` whatever follows a retryable refusal. After such a
refusal the stream rests until every answer on its way has come, then goes on from the oldest, with one entry
at once and one more for each that is taken (as TCP does after a loss), so that a rate limit costs few refusals.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.ops import Command
from coachline_protocol.rows import Id, StreamId, Time

IN_FLIGHT = 16
"""Unanswered entries per stream: enough to fill a slow link, less than a gate remembers."""
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

    def add(self, id: Id, stream: StreamId, body: Command, *, needs: Id | None = None) -> "Outbox":
        """One more to say, last of its stream. Adding an id that is there changes nothing."""
        if self.get(id) is not None:
            return self
        return replace(self, entries=(*self.entries, Entry(id, stream, body, self.next_place, needs)))._settled()

    def sendable(self, now: Time) -> tuple[Entry, ...]:
        """What may be said now, in the order to say it."""
        room = {stream: self._room(stream, now) for stream in {entry.stream for entry in self.entries}}
        chosen: list[Entry] = []
        for entry in self.entries:
            if entry.state != "queued" or room[entry.stream] <= 0:
                continue
            needed = None if entry.needs is None else self.get(entry.needs)
            if needed is not None and needed.stream != entry.stream:
                # In one stream the server keeps the order; across streams only an answer does.
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

    def refused(self, id: Id, refusal: Refusal, now: Time) -> "Outbox":
        """Not done. For now: queued again, its stream rests. For good: failed, and with it what needs it."""
        entry = self.get(id)
        if entry is None:
            return self
        if not refusal.code.retryable:
            return self._with_entry(replace(entry, state="failed", refusal=refusal))._settled()._rested()
        pace = self._pace(entry.stream)
        pause = refusal.retry_after_ms
        if pause is None:
            pause = 0 if refusal.code is RefusalCode.OUT_OF_ORDER else PAUSE_MS
        slower = Pace(window=1, not_before=max(pace.not_before, now + pause), resting=True)
        waiting = replace(entry, state="queued", refusal=refusal)
        return self._with_entry(waiting)._with_pace(entry.stream, slower)._settled()._rested()

    def disconnected(self) -> "Outbox":
        """No answer will come to what was said: all of it is queued again, to be said on the next connection."""
        queued = self._with_entries(
            replace(entry, state="queued") if entry.state == "sending" else entry for entry in self.entries
        )
        return queued._settled()._rested()

    def retry(self, id: Id) -> "Outbox":
        """Say a failed entry again, and the failed ones it needs and that need it, each in its old place."""
        entry = self.get(id)
        if entry is None or entry.state != "failed":
            return self
        again = self._related(entry)
        return self._with_entries(
            replace(other, state="queued", refusal=None) if other.id in again else other for other in self.entries
        )

    def discard(self, id: Id) -> "Outbox":
        """Give an entry up; what needs it fails, for its author to decide. One being said cannot be taken back."""
        entry = self.get(id)
        if entry is None or entry.state == "sending":
            return self
        gone = entry.refusal or Refusal(code=RefusalCode.CONFLICT, field="id", hint="what it needs was discarded")
        failed = replace(entry, state="failed", refusal=gone)
        settled = self._with_entry(failed)._settled()
        return settled._with_entries(other for other in settled.entries if other.id != id)

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

    def _settled(self) -> "Outbox":
        """What is queued and needs something that failed has failed too."""
        failed = {entry.id: entry.refusal for entry in self.entries if entry.state == "failed"}
        entries: list[Entry] = []
        for entry in self.entries:
            if entry.state == "queued" and entry.needs is not None and entry.needs in failed:
                failed[entry.id] = failed[entry.needs]
                entry = replace(entry, state="failed", refusal=failed[entry.needs])
            entries.append(entry)
        return self._with_entries(entries)

    def _related(self, entry: Entry) -> set[Id]:
        """The failed entries that stand or fall with this one."""
        failed = [other for other in self.entries if other.state == "failed"]
        related = {entry.id}
        while True:
            more = {other.id for other in failed if other.needs in related}
            more |= {other.needs for other in failed if other.id in related and other.needs is not None}
            more &= {other.id for other in failed}
            if more <= related:
                return related
            related |= more
